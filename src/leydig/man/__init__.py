"""The man: who he is, and what is expected of what was not measured."""

from leydig.man.man import Man
from leydig.man.population import population

__all__ = ["Man", "population"]
