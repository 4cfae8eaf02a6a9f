"""Whom the model is for: the ages and BMIs inside which it may be asked."""

__all__ = ["AGES", "BMIS"]

AGES = (18.0, 90.0)  # [year]
BMIS = (14.0, 80.0)  # [kg/m2]
