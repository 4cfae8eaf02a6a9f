"""The verification: engine against reference, and one decision by every way in."""
