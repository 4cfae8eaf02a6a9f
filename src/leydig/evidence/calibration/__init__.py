"""The calibration: how well parameters agree with the calibration studies, and their posterior."""
