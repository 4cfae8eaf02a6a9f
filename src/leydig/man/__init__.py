"""The man: who he is, and what is expected of what was not measured."""

from leydig.man.man import Man

__all__ = ["Man"]
