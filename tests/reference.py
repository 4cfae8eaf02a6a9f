"""The second solution under the name that tests use: `leydig.simulation.reference` of one man."""

from leydig.simulation.reference import reference

__all__ = ["solve"]


def solve(man, regimen, times, tolerance=1e-10):
    """Return the flattened states at `times` [d], before any dose of that moment."""
    return reference(man, regimen, times, tolerance=tolerance)
