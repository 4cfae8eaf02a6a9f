"""The continuous ranked probability score of a prediction: proper, in the unit of what is predicted, lower is better.

::

    CRPS = E|X − y| − ½·E|X − X'|        X, X' drawn from what is predicted, y observed

Both forms are exact: of a normal distribution in closed form (Gneiting and Raftery 2007,
doi:10.1198/016214506000001437), of independent draws without the bias of their number, from their order (Zamo and
Naveau 2018, doi:10.1007/s11004-017-9709-7).
"""

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

__all__ = ["crps_of_draws", "crps_of_normal"]


def crps_of_normal(
    observed: Float[np.ndarray, "..."], mean: Float[np.ndarray, "..."] | float, spread: Float[np.ndarray, "..."] | float
) -> Float[np.ndarray, "..."]:
    """Return the score of normal distributions of this mean and standard deviation: s·(z(2Φ(z) − 1) + 2φ(z) − 1/√π)."""
    z = (observed - mean) / spread
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    return np.asarray(spread * (z * (2.0 * ndtr(z) - 1.0) + 2.0 * density - 1.0 / np.sqrt(np.pi)))


def crps_of_draws(observed: float, draws: Float[np.ndarray, " draw"]) -> float:
    """Return the score of at least two independent draws of one value.

    In order, a draw is the larger of its pair as often as others lie below it, so that half the mean distance of two is
    ``Σ (2i − 1 − n)·x_i / (n(n − 1))``, i from 1.
    """
    count = len(draws)
    weight = 2.0 * np.arange(count) + 1.0 - count
    between = np.sort(draws) @ weight / (count * (count - 1))
    return float(np.abs(draws - observed).mean() - between)
