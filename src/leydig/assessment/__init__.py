"""The assessment: what a protocol says of one man on one day."""
