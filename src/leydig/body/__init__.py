"""The body: one organ per file, each with its equations, its parameters and their sources."""

import leydig.precision  # noqa: F401  (before the first number)
from leydig.body.axis import Body, State

__all__ = ["Body", "State"]
