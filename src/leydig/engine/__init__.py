"""The engine: men, drugs and plans in, levels out. `Cohort` is its door; what lies behind it may change at any time."""

from leydig.engine.cohort import Cohort, Levels
from leydig.engine.solve import TOLERANCE

__all__ = ["TOLERANCE", "Cohort", "Levels"]
