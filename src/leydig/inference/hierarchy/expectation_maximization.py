"""Means and spreads of a population from weighted draws of each of its men, by expectation and maximization.

With draws ``x_ij`` of man ``i`` that stand for his posterior under a population ``N(m₀, s₀²)`` with weights ``w_ij``,
another population ``N(m, s²)`` only changes what they count::

    expectation    v_ij ∝ w_ij · N(x_ij; m, s²) / N(x_ij; m₀, s₀²),    Σ_j v_ij = 1
    maximization   m = Σ_ij v_ij x_ij / n                s² = Σ_ij v_ij (x_ij − m)² / n

coordinate by coordinate, so that none goes with another. The standard error of a mean is that of the scores of the men,
``Σ_i g_i g_iᵀ`` with ``g_i = Σ_j v_ij ∂ log N(x_ij; m, s²)/∂m``. A spread near 0 has no such score: the density of the
results hangs on ``s²`` and is level there. So its error is that of ``s²``, where a man's results alone place him within
``r_i`` (normally; from the variance ``τ_i²`` of his draws)::

    1/r_i² = 1/τ_i² − 1/s₀²        error of s² = e = [½ Σ_i (s² + r_i²)⁻²]^−½        of s: √(s² + e) − s

which is ``e/(2s)`` where the spread is wide, and up to ``√e`` where it is told from none no better.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["PopulationStep", "WeightedDraws", "maximize", "population_errors"]

STEPS = 200  # at most
STILL = 1e-4  # change of a mean or of a spread, in standard deviations of the prior, that is none
NARROWEST = 0.02  # spread, in the same

Places = Float[np.ndarray, "draw coordinate"]
Row = Float[np.ndarray, " coordinate"]


@dataclass(frozen=True)
class PopulationStep:
    """Where the population is after a step.

    Attributes
    ----------
    mean, spread : Float[np.ndarray, " coordinate"]
    effective : float
        Equal draws that the man who has the fewest is worth.
    """

    mean: Row
    spread: Row
    effective: float


@dataclass(frozen=True)
class WeightedDraws:
    """Draws of one man in the coordinates of the population.

    Attributes
    ----------
    places : Float[np.ndarray, "draw coordinate"]
    logs : Float[np.ndarray, " draw"]
        Logarithm of each weight over the density of the population under which it was drawn.
    precision : Float[np.ndarray, " coordinate"]
        Of what his results alone say of him; 0 where they say nothing.
    """

    places: Places
    logs: Float[np.ndarray, " draw"]
    precision: Row

    @classmethod
    def of_population(
        cls, places: Places, weights: Float[np.ndarray, " draw"], mean: Row, spread: Row
    ) -> "WeightedDraws":
        """Return draws with their weights under a population."""
        kept = weights > 0.0
        logs = np.log(weights[kept]) - _log_normal(places[kept], mean, spread)
        middle = weights @ places / weights.sum()
        variance = weights @ (places - middle) ** 2 / weights.sum()
        return WeightedDraws(places[kept], logs, np.maximum(1.0 / variance - 1.0 / spread**2, 0.0))

    def weights(self, mean: Row, spread: Row) -> Float[np.ndarray, " draw"]:
        """Return what each draw counts under another population; they sum to 1."""
        logs = self.logs + _log_normal(self.places, mean, spread)
        found = np.exp(logs - logs.max())
        return np.asarray(found / found.sum())


def _log_normal(places: Places, mean: Row, spread: Row) -> Float[np.ndarray, " draw"]:
    white = (places - mean) / spread
    return np.asarray(-0.5 * (white**2).sum(axis=1) - np.log(spread).sum())


def maximize(men: list[WeightedDraws], mean: Row, spread: Row) -> list[PopulationStep]:
    """Return the steps to the likeliest population, the last one where nothing moves any more.

    Parameters
    ----------
    men : list of WeightedDraws
    mean, spread : Float[np.ndarray, " coordinate"]
        Where to begin.
    """
    steps: list[PopulationStep] = []
    for _ in range(STEPS):
        weights = [one.weights(mean, spread) for one in men]
        each = zip(weights, men, strict=True)
        new = np.mean([own @ one.places for own, one in each], axis=0)
        each = zip(weights, men, strict=True)
        square = np.mean([own @ (one.places - new) ** 2 for own, one in each], axis=0)
        wide = np.maximum(np.sqrt(square), NARROWEST)
        moved = max(np.abs(new - mean).max(), np.abs(wide - spread).max())
        mean, spread = new, wide
        steps.append(PopulationStep(mean, spread, float(min(1.0 / (own**2).sum() for own in weights))))
        if moved < STILL:
            break
    return steps


def population_errors(men: list[WeightedDraws], mean: Row, spread: Row) -> tuple[Row, Row]:
    """Return the standard errors of means and spreads."""
    scores = []
    for one in men:
        scores.append(one.weights(mean, spread) @ (one.places - mean) / spread**2)
    table = np.array(scores)
    precision = np.array([one.precision for one in men])
    known = np.sum((precision / (1.0 + spread**2 * precision)) ** 2, axis=0)
    with np.errstate(divide="ignore"):
        of_square = np.sqrt(2.0 / known)
    return np.sqrt(np.diag(np.linalg.pinv(table.T @ table))), np.sqrt(spread**2 + of_square) - spread
