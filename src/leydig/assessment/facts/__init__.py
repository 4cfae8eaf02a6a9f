"""What is known of a man on a day: results, derived values, exposure, and his place on each ladder."""
