"""Weighted draws: Pareto-smoothed importance weights, and drawing again by them."""

import numpy as np
from jaxtyping import Float, Int
from scipy.special import logsumexp

from leydig.extras import extra

__all__ = ["HEAVY_TAIL", "resample", "smooth_weights"]

NEVER = 50.0  # how far below the least log weight one is set that is not finite
HEAVY_TAIL = 0.7  # k of weights above which draws are not to be trusted (Vehtari 2024, arXiv:1507.02646)


def smooth_weights(
    logs: Float[np.ndarray, "draw case"],
) -> tuple[Float[np.ndarray, "draw case"], Float[np.ndarray, " case"]]:
    """Return the logs of Pareto-smoothed weights that sum to 1, and the shape of their tail (k̂), for each column."""
    with extra("fit"):
        from arviz_stats.base import array_stats  # type: ignore[attr-defined]

    ready = np.where(np.isfinite(logs), logs, np.nanmin(np.where(np.isfinite(logs), logs, np.nan)) - NEVER)
    smooth, shape = array_stats.psislw(-ready.T, axis=-1)  # it takes log likelihoods that are left out: their negative
    return np.asarray(smooth - logsumexp(smooth, axis=-1, keepdims=True)).T, np.asarray(shape)


def resample(weights: Float[np.ndarray, " draw"], count: int, random: np.random.Generator) -> Int[np.ndarray, " place"]:
    """Return places drawn again by their weights, as evenly as chance allows (systematic resampling)."""
    steps = (np.arange(count) + random.random()) / count
    return np.minimum(np.searchsorted(np.cumsum(weights), steps * weights.sum()), len(weights) - 1)
