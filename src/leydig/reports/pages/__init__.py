"""Pages of one man on one day: for the clinician and for himself, as HTML, PDF and calendar."""
