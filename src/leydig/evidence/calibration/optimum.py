"""The most probable parameters: least squares at given spreads between studies, and the spreads renewed in turn."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.optimize import least_squares

from leydig.evidence.calibration.posterior import (
    OLD_BACKGROUND,
    SPREAD_GROUPS,
    STUDY_SPREAD,
    STUDY_SPREAD_WIDTH,
    Posterior,
)

__all__ = ["downhill", "normal_covariance", "optimum"]

Vector = Float[np.ndarray, " number"]

STEP = 0.02  # for differences
FURTHEST, FAREST = 2.0, 5.0  # where a start, and an optimum, may be
TAUS = np.exp(np.linspace(np.log(0.02), np.log(1.5), 90))
FAR = 25.0  # what a least-squares row is where an arm was not solved


def optimum(posterior: Posterior, start: Float[np.ndarray, " parameter"], rounds: int = 15) -> tuple[Vector, float]:
    """Return an optimum, as `Posterior` takes it, and the log posterior there.

    Parameters
    ----------
    posterior : Posterior
    start : Float[np.ndarray, " parameter"]
        Normal numbers of the parameters.
    rounds : int, optional
        Most evaluations of the derivatives, twice: study spreads are renewed between.
    """
    point = np.append(np.clip(start, -FURTHEST, FURTHEST), np.log(OLD_BACKGROUND))
    tau = np.full(len(SPREAD_GROUPS), STUDY_SPREAD)
    for _ in range(2):
        point = downhill(posterior, point, tau, rounds)
        tau = _spreads(posterior, point)
    whole = np.concatenate([point[:-1], np.log(tau), point[-1:]])
    return whole, float(posterior(whole)[0])


def downhill(posterior: Posterior, point: Vector, tau: Float[np.ndarray, " group"], rounds: int) -> Vector:
    """Return the least-squares optimum at these study spreads.

    Parameters
    ----------
    posterior : Posterior
    point : Float[np.ndarray, " number"]
        Where to begin, as `Posterior.whiten` takes it.
    tau : Float[np.ndarray, " group"]
        Spreads between studies.
    rounds : int
        Most evaluations.
    """

    def rows(points: Float[np.ndarray, "*vector number"]) -> Float[np.ndarray, "vector row"]:
        found = posterior.whiten(np.atleast_2d(points), tau)
        return np.where(np.isfinite(found), found, FAR)

    return least_squares(
        lambda at: rows(at)[0], point, lambda at: _slopes(rows, at), bounds=(-FAREST, FAREST), max_nfev=rounds
    ).x


def _slopes(rows: Callable[[np.ndarray], np.ndarray], at: Vector) -> Float[np.ndarray, "row number"]:
    """Return the derivatives of rows at a point, by central differences that are worked out together."""
    steps = np.diag(np.full(len(at), STEP))
    found = rows(np.concatenate([at + steps, at - steps]))
    return np.asarray(((found[: len(at)] - found[len(at) :]) / (2.0 * STEP)).T)


def _spreads(posterior: Posterior, point: Vector) -> Float[np.ndarray, " group"]:
    """Return the most probable study spreads at these parameters, on a grid."""
    predicted = posterior.predict(posterior.logs(point[None, :-1]))
    gap = posterior.residuals(predicted, np.exp(point[-1:]))
    logits = np.repeat(posterior.share_logits(predicted), len(TAUS), axis=0)
    found = np.empty(len(SPREAD_GROUPS))
    for group in range(len(SPREAD_GROUPS)):
        score = -0.5 * (np.log(TAUS / STUDY_SPREAD) / STUDY_SPREAD_WIDTH) ** 2
        shares = posterior.shares.of_studies(logits, np.repeat(TAUS[:, None], len(SPREAD_GROUPS), axis=1), group)
        score += sum(shares.values())
        for block, of in zip(posterior.blocks, posterior.block_group, strict=True):
            if of == group:
                weight, explained = posterior.study_effect(gap, block, TAUS)
                score += 0.5 * (explained - np.log(weight))
        found[group] = TAUS[np.argmax(score)]
    return found


def normal_covariance(posterior: Posterior, best: Vector) -> Float[np.ndarray, "number number"]:
    """Return the covariance of the normal approximation at the optimum, as `Posterior` takes it."""
    count = len(posterior.free)
    tau, at = np.exp(best[count:-1]), np.append(best[:count], best[-1])
    slopes = _slopes(lambda points: posterior.whiten(points, tau), at)
    inner = np.linalg.inv(slopes.T @ slopes)
    whole = np.diag(np.full(len(best), STUDY_SPREAD_WIDTH**2 / 2.0))
    places = [*range(count), len(best) - 1]
    whole[np.ix_(places, places)] = inner
    return whole
