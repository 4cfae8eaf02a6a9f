"""Virtual trials: what couples and visits make of what the body does."""
