"""The body: one organ per file, each with its equations, its parameters and their sources."""

from leydig.body.axis import Body, State

__all__ = ["Body", "State"]
