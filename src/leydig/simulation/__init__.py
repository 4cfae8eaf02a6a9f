"""The simulation: from a man and a regimen to a course."""

from leydig.simulation.course import Course
from leydig.simulation.series import Level, Series
from leydig.simulation.simulate import simulate

__all__ = ["Course", "Level", "Series", "simulate"]
