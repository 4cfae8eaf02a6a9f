"""Men of the prior, solved: about them results are judged, and from them a fit starts.

The start is the mean of a linear update (an ensemble Kalman filter's), with the covariances of the men and the scatter
``R`` of results::

    m = C_xe·(C_ee + R)⁻¹·(y − mean e)        e = what is expected to be read of each man
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from leydig.inference.sampling.problem import Problem

__all__ = ["Ensemble", "kalman_mean"]

MEN = 256


@dataclass(frozen=True)
class Ensemble:
    """Men at some places, and their true levels on the days of the results.

    Attributes
    ----------
    places : Float[np.ndarray, "draw coordinate"]
    levels : Float[np.ndarray, "draw measurement"]
        NaN of a man who was not solved.
    """

    places: Float[np.ndarray, "draw coordinate"]
    levels: Float[np.ndarray, "draw measurement"]

    @classmethod
    def of_prior(cls, problem: Problem, random: np.random.Generator) -> "Ensemble":
        """Return men drawn from the prior, solved."""
        places = random.standard_normal((MEN, len(problem.prior.names)))
        return Ensemble(places, problem.levels(places))


def kalman_mean(problem: Problem, ensemble: Ensemble) -> Float[np.ndarray, " coordinate"]:
    """Return about where the posterior lies; the prior's mean where too few men were solved."""
    expected = problem.likelihood.mean_readings(ensemble.levels)
    solved = np.isfinite(expected).all(axis=1)
    if solved.sum() < MEN // 2:
        return np.zeros(ensemble.places.shape[1])
    places, middle = ensemble.places[solved], expected[solved].mean(axis=0)
    apart = expected[solved] - middle
    readings, scatter = problem.likelihood.normal_about(middle)
    weighted = np.linalg.solve(apart.T @ apart / len(places) + scatter, readings - middle)
    return np.asarray(places.T @ (apart @ weighted) / len(places))
