"""Whether a man's results are those of his kind: all together, each given the others, and in another unit.

Men of the prior are given results as a laboratory might have read them; about these replicates everything is measured::

    all together     the share of replicates that lie farther from their mean than his results (Mahalanobis distance)
    each             z = where a result lies given all others, in standard deviations
    another unit     a result typed in the other of its two clinical units would lie at z′: suspected where the odds
                     exp[(z² − z′²)/2] exceed `SWAP_ODDS`
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from leydig.inference.results.history import Measurement
from leydig.inference.results.likelihood import Likelihood
from leydig.inference.sampling.ensemble import Ensemble
from leydig.record.quantity import quantity

__all__ = ["Misfit", "ResultCheck", "find_misfit"]

SWAP_ODDS = 20.0  # of another unit, above which it is suspected
SLIGHT_SWAP = 0.5  # logarithm of the factor between two units below which they cannot be told apart


@dataclass(frozen=True)
class ResultCheck:
    """Whether one result was to be expected of this man, given his kind and all his other results.

    Attributes
    ----------
    measurement : Measurement
    z : float
        Where it lies, in standard deviations of what was to be expected.
    p : float
        Share of such men and laboratories that would have read something as far from what is expected, or farther.
    other_unit : str
        The unit in which the number would have been expected, where it is suspected to be in that; empty else.
    """

    measurement: Measurement
    z: float
    p: float
    other_unit: str


@dataclass(frozen=True)
class Misfit:
    """How a man's results go with men of a kind.

    Attributes
    ----------
    p : float
        Share of such men whose results would lie as far from what is expected, or farther.
    results : tuple of ResultCheck
        One for each result that is no bound.
    """

    p: float
    results: tuple[ResultCheck, ...]


def find_misfit(likelihood: Likelihood, ensemble: Ensemble, random: np.random.Generator) -> Misfit:
    """Return how results go with men of the prior.

    Parameters
    ----------
    likelihood : Likelihood
    ensemble : Ensemble
        Of men of the prior.
    random : numpy.random.Generator
    """
    solved = ensemble.levels[np.isfinite(ensemble.levels).all(axis=1)]
    replicates = likelihood.simulate(solved, random)
    replicates = replicates[np.isfinite(replicates).all(axis=1)]
    if not likelihood.measurements or len(replicates) <= 2 * len(likelihood.measurements):
        return Misfit(1.0, ())
    mean = replicates.mean(axis=0)
    precision = np.linalg.pinv(np.atleast_2d(np.cov(replicates.T)))
    apart, own = replicates - mean, likelihood.readings - mean
    distances, distance = np.einsum("ij,jk,ik->i", apart, precision, apart), float(own @ precision @ own)
    p = (1.0 + (distances >= distance).sum()) / (1.0 + len(distances))
    width = 1.0 / np.sqrt(np.maximum(np.diag(precision), 1e-12))
    checks = [
        _check(one, float(z), float(w))
        for one, z, w, sign in zip(
            likelihood.measurements, (precision @ own) * width, width, likelihood.sign, strict=True
        )
        if sign == 0
    ]
    return Misfit(float(p), tuple(checks))


def _check(one: Measurement, z: float, width: float) -> ResultCheck:
    """Return where a result lies, and whether another unit would have been expected."""
    other = ""
    for unit in {one.entry.us, one.entry.si} - {one.result.unit}:
        shift = _shift(one, unit)
        odds = 0.5 * (z**2 - (z + shift / width) ** 2)
        if abs(shift) > SLIGHT_SWAP and odds > np.log(SWAP_ODDS):
            other = unit
    return ResultCheck(one, z, float(2.0 * ndtr(-abs(z))), other)


def _shift(one: Measurement, unit: str) -> float:
    """Return by how much the logarithm of a result would move if its number were in another unit."""
    own = quantity(one.analyte)
    return float(np.log(own.factor_from(unit) / own.factor_from(one.result.unit)))
