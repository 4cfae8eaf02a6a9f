"""A course as tables and datasets."""
