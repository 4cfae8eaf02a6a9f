"""Whether a man's results are those of his kind: all together, each given the others, and in another unit.

Men of the prior are given results as a laboratory might have read them; about these replicates everything is measured::

    all together     the share of replicates that have such results at all, and lie farther from their mean than his
                     (Mahalanobis distance d); an ejaculate without sperm has no motility
    each             z = where a result lies given all others, in standard deviations
    another unit     g = (d² − d′²)/2, the log odds of a mistake, where d′ is his distance if one result, or all of an
                     analyte in one unit, stood in the other of its two clinical units: suspected where g exceeds 0
                     and what it is at most in all but `SWAP_ALARMS` of the replicates, in which no unit is mistaken

The likeliest mistake is taken first; another one only where it is likely beside that. A number that no replicate has in
the other unit is no mistake of units, however odd he is else, and a unit that the laboratory confirmed
(`units_confirmed` of the record) is none. Units that lie no farther apart than men and assays do cannot be told so
surely: a mistake that is not suspected is possible where ``g`` exceeds what it is in all but `SWAPS_MISSED` of the
replicates in which that very unit is mistaken, and the laboratory is to be asked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import ndtr

from leydig.inference.results.history import Measurement
from leydig.inference.results.likelihood import Likelihood
from leydig.inference.sampling.ensemble import Ensemble
from leydig.record.quantity import quantity

__all__ = ["Misfit", "ResultCheck", "find_misfit"]

SWAP_ALARMS = 0.004  # share of men in whom a mistaken unit is suspected in vain
SWAPS_MISSED = 0.01  # share of mistaken units of which nobody is asked
READINGS = 8  # replicates of each man of the prior
SAME = 1e-6  # variance of a logarithm that stands for none: men without sperm read alike, and who has some does not
FEWEST = 2  # men, or replicates, for each result, above which a covariance is told from them
HARDLY_ANY = 0.1  # share of replicates with a result, such as motility, below which men of the kind do not have it
FARTHEST = 10.0  # standard deviations: what lies farther is told as this
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
    possible_unit : str
        The unit in which it may be as well, where that is not suspected; empty else.
    """

    measurement: Measurement
    z: float
    p: float
    other_unit: str
    possible_unit: str = ""


@dataclass(frozen=True)
class UnitSwap:
    """Results of one analyte whose unit may have been mistaken.

    Attributes
    ----------
    places : tuple of int
        Among the measurements.
    unit : str
        The unit in which their numbers would have been expected.
    shift : float
        What it adds to the logarithm of each.
    """

    places: tuple[int, ...]
    unit: str
    shift: float


@dataclass(frozen=True)
class Misfit:
    """How a man's results go with men of a kind.

    Attributes
    ----------
    p : float
        Share of such men whose results would lie as far from what is expected, or farther.
    results : tuple of ResultCheck
        One for each result that is no bound.
    kinds : dict of str to float
        The same share among men of every kind; empty unless his results are not those of his own.
    """

    p: float
    results: tuple[ResultCheck, ...]
    kinds: dict[str, float] = field(default_factory=dict)


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
    replicates = likelihood.simulate(np.repeat(solved, READINGS, axis=0), random)
    if not likelihood.measurements or len(solved) <= FEWEST * len(likelihood.measurements):
        return Misfit(1.0, ())
    found = np.isfinite(replicates)
    usual = found.mean(axis=0) >= HARDLY_ANY
    if found[:, usual].all(axis=1).sum() <= FEWEST * len(usual):  # many samples, each of which few of them have
        usual = found.all(axis=0)
    like_his = np.where(usual, replicates, 0.0)[found[:, usual].all(axis=1)]
    mean = like_his.mean(axis=0)
    apart, own = like_his - mean, np.where(usual, likelihood.readings - mean, 0.0)
    precision = np.where(np.outer(usual, usual), np.linalg.inv(np.cov(like_his.T) + SAME * np.eye(len(mean))), 0.0)
    distances, distance = np.einsum("ij,jk,ik->i", apart, precision, apart), float(own @ precision @ own)
    p = (1.0 + (distances >= distance).sum()) / (1.0 + len(distances))
    p = max(p * float(found.all(axis=1).mean()), 1.0 / (1.0 + len(replicates)))
    z = (precision @ own) / np.sqrt(np.maximum(np.diag(precision), 1e-12))
    z = np.clip(np.where(usual, z, FARTHEST), -FARTHEST, FARTHEST)
    swaps = SwapOdds.of(likelihood, apart, precision)
    units = _unit_of_each(swaps.likely(own))
    possible = _unit_of_each(one for one in swaps.open(own) if not set(one.places) & set(units))
    checks = [
        ResultCheck(
            one, float(z[place]), float(2.0 * ndtr(-abs(z[place]))), units.get(place, ""), possible.get(place, "")
        )
        for place, one in enumerate(likelihood.measurements)
        if likelihood.sign[place] == 0
    ]
    return Misfit(float(p), tuple(checks))


def _unit_of_each(swaps: Iterable[UnitSwap]) -> dict[int, str]:
    """Return the other unit of each result, by its place."""
    return {place: swap.unit for swap in swaps for place in swap.places}


@dataclass(frozen=True)
class SwapOdds:
    """How likely mistaken units are, about replicates.

    Attributes
    ----------
    swaps : tuple of UnitSwap
    shifts : Float[np.ndarray, "swap measurement"]
        What each adds to the logarithms of the results.
    precision : Float[np.ndarray, "measurement measurement"]
        Of the replicates.
    reach : Float[np.ndarray, "end measurement"]
        Where the lowest and the highest of the replicates lie, from their mean.
    alarm : float
        Log odds above which a unit is suspected.
    question : Float[np.ndarray, " swap"]
        Log odds above which one is asked about.
    """

    swaps: tuple[UnitSwap, ...]
    shifts: Float[np.ndarray, "swap measurement"]
    precision: Float[np.ndarray, "measurement measurement"]
    reach: Float[np.ndarray, "end measurement"]
    alarm: float
    question: Float[np.ndarray, " swap"]

    @classmethod
    def of(
        cls, likelihood: Likelihood, apart: Float[np.ndarray, "replicate measurement"],
        precision: Float[np.ndarray, "measurement measurement"],
    ) -> "SwapOdds":  # fmt: skip
        """Return the odds' limits, from replicates about their mean."""
        swaps = tuple(_possible_swaps(likelihood))
        shifts = np.array([_shift_of(one, apart.shape[1]) for one in swaps]).reshape(len(swaps), apart.shape[1])
        own = SwapOdds(
            swaps, shifts, precision, np.stack([apart.min(axis=0), apart.max(axis=0)]), 0.0, np.zeros(len(swaps))
        )
        if not swaps:
            return own
        gains = own.gains(apart)
        mistaken = gains + 2.0 * own.costs  # a mistake moves results by minus its shift
        alarm = max(float(np.quantile(gains.max(axis=1), 1.0 - SWAP_ALARMS)), 0.0)
        return replace(own, alarm=alarm, question=np.quantile(mistaken, SWAPS_MISSED, axis=0))

    @property
    def costs(self) -> Float[np.ndarray, " swap"]:
        """What the odds of a mistake are below 1 in results that are as expected, as a logarithm."""
        return np.asarray(0.5 * np.einsum("ij,jk,ik->i", self.shifts, self.precision, self.shifts))

    def gains(self, apart: Float[np.ndarray, "*man measurement"]) -> Float[np.ndarray, "*man swap"]:
        """Return the log odds of each mistake in results, given from their mean."""
        return np.asarray(-apart @ self.precision @ self.shifts.T - self.costs)

    def in_reach(self, own: Float[np.ndarray, " measurement"]) -> Bool[np.ndarray, " swap"]:
        """Return which mistakes would leave his results where some replicate has them."""
        low, high = self.reach
        there = own + self.shifts
        return np.asarray(((self.shifts == 0.0) | ((low <= there) & (there <= high))).all(axis=1))

    def likely(self, own: Float[np.ndarray, " measurement"]) -> Iterator[UnitSwap]:
        """Yield the mistakes that are suspected, the likeliest first."""
        where, open_ones = own.copy(), np.ones(len(self.swaps), dtype=bool)
        while open_ones.any():
            gains = np.where(open_ones & self.in_reach(where), self.gains(where), -np.inf)
            best = int(np.argmax(gains))
            if gains[best] <= self.alarm:
                return
            yield self.swaps[best]
            where = where + self.shifts[best]
            open_ones &= (self.shifts * self.shifts[best] == 0.0).all(axis=1)

    def open(self, own: Float[np.ndarray, " measurement"]) -> Iterator[UnitSwap]:
        """Yield the mistakes that are to be asked about, suspected or not."""
        for swap, gain, limit, near in zip(self.swaps, self.gains(own), self.question, self.in_reach(own), strict=True):
            if near and gain > limit:
                yield swap


def _possible_swaps(likelihood: Likelihood) -> Iterator[UnitSwap]:
    """Yield every mistake: of all results of an analyte in one unit, and of each of several."""
    groups: dict[tuple[str, str], list[int]] = {}
    for place, one in enumerate(likelihood.measurements):
        if likelihood.sign[place] == 0 and not one.sure_unit:
            groups.setdefault((one.analyte, one.result.unit), []).append(place)
    for places in groups.values():
        one = likelihood.measurements[places[0]]
        for unit in sorted({one.entry.us, one.entry.si} - {one.result.unit}):
            shift = _shift(one, unit)
            if abs(shift) > SLIGHT_SWAP:
                yield UnitSwap(tuple(places), unit, shift)
                yield from (UnitSwap((place,), unit, shift) for place in places if len(places) > 1)


def _shift_of(swap: UnitSwap, count: int) -> Float[np.ndarray, " measurement"]:
    """Return what a mistake adds to the logarithm of every result."""
    found = np.zeros(count)
    found[list(swap.places)] = swap.shift
    return found


def _shift(one: Measurement, unit: str) -> float:
    """Return by how much the logarithm of a result would move if its number were in another unit."""
    own = quantity(one.analyte)
    return float(np.log(own.factor_from(unit) / own.factor_from(one.result.unit)))
