"""The forward model of a fit: true levels of many men on the days of one man's results.

Who was marched to the last of them stands there: what comes later is marched from where he stands, never from rest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
from jaxtyping import Float

from leydig.engine import Cohort
from leydig.inference.prior import Prior
from leydig.inference.prior_men import PriorMen
from leydig.inference.results.adherence import regimen_at
from leydig.inference.results.history import History
from leydig.regimen import Regimen

__all__ = ["MarchFunction", "MeasuredMen", "TrueLevels", "levels_at", "levels_of_branches", "measured_men"]

MarchFunction = Callable[[Float[np.ndarray, "draw coordinate"]], "MeasuredMen"]
SHORTEST = 1.0  # [d] that is solved where only day 0 is asked for
TOLERANCE = 7e-3  # that is asked for; levels come within 1e-3 of the solution, a hundredth of any assay's error


@dataclass(frozen=True)
class TrueLevels:
    """Levels of men on some days.

    Attributes
    ----------
    days : Float[np.ndarray, " time"]
    values : dict of str to Float[np.ndarray, "draw time"]
        By analyte, in its inside unit; NaN of a man who was not solved.
    failed : int
        How many men were not solved.
    """

    days: Float[np.ndarray, " time"]
    values: dict[str, Float[np.ndarray, "draw time"]]
    failed: int


@dataclass(frozen=True)
class MeasuredMen:
    """Men marched to the last day of some results.

    Attributes
    ----------
    men : PriorMen
        As they stand there.
    levels : Float[np.ndarray, "draw measurement"]
        True levels, one column for each result; NaN of a man who was not solved.
    """

    men: PriorMen
    levels: Float[np.ndarray, "draw measurement"]


def levels_at(
    men: PriorMen,
    regimen_of: Callable[[float], Regimen],
    days: Float[np.ndarray, " time"],
    analytes: tuple[str, ...],
) -> TrueLevels:
    """Return true levels of men who each take their share of their doses.

    Parameters
    ----------
    men : PriorMen
    regimen_of : callable
        What a man takes from day 0 on, from the share that he takes; on day 0 he is at rest. Up to where the men stand
        it is what brought them there.
    days : Float[np.ndarray, " time"]
        Ascending.
    analytes : tuple of str
    """
    return _march(men, _cohort(men, float(days[0])), regimen_of, days, analytes)


def _cohort(men: PriorMen, day: float, cores: int | None = None) -> Cohort:
    """Return the men where they stand, or at rest where that is after a day that is asked for."""
    if men.standing is not None and bool(men.standing.day.max() <= day):
        return men.standing.branch()
    return Cohort(men.man, men.drugs, tolerance=TOLERANCE, cores=cores, rescue=False, drug_free=men.drug_free)


def _march(
    men: PriorMen, cohort: Cohort, regimen_of: Callable[[float], Regimen], days: Float[np.ndarray, " time"],
    analytes: tuple[str, ...],
) -> TrueLevels:  # fmt: skip
    """Return true levels of men who are marched on to the last of some days."""
    until = max(float(days[-1]), float(cohort.day[0]) + SHORTEST)
    found = cohort.advance(_regimens(men, regimen_of), until, at=days)
    columns = np.searchsorted(found.days[0], days)
    return TrueLevels(days, {name: found[name][:, columns] for name in analytes}, len(found.failed))


def levels_of_branches(
    men: PriorMen,
    regimens_of: Sequence[Callable[[float], Regimen]],
    branch: float,
    days: Float[np.ndarray, " time"],
    analytes: tuple[str, ...],
) -> list[TrueLevels]:
    """Return true levels of men on several ways that part on a day; what lies before it is solved once.

    Parameters
    ----------
    men : PriorMen
    regimens_of : sequence of callable
        For each way, what a man takes from day 0 on, from the share that he takes; the same before the branch.
    branch : float
        The day on which the ways part, after day 0 [d].
    days : Float[np.ndarray, " time"]
        Ascending, the last one after the branch.
    analytes : tuple of str
    """
    cohort = _cohort(men, min(branch, float(days[0])))
    if not bool(cohort.day[0] < branch):
        return [_march(men, cohort.branch(), one, days, analytes) for one in regimens_of]
    before, after = days[days <= branch], days[days > branch]
    first = cohort.advance(_regimens(men, regimens_of[0]), branch, at=before)
    early = {name: first[name][:, np.searchsorted(first.days[0], before)] for name in analytes}
    found = []
    for regimen_of in regimens_of:
        later = _march(men, cohort.branch(), regimen_of, after, analytes)
        values = {name: np.concatenate([early[name], later.values[name]], axis=1) for name in analytes}
        found.append(TrueLevels(days, values, later.failed))
    return found


def _regimens(men: PriorMen, regimen_of: Callable[[float], Regimen]) -> list[Regimen]:
    """Return what each man takes, made once for each share."""
    shares, own = np.unique(men.taken, return_inverse=True)
    kinds = [regimen_of(float(share)) for share in shares]
    return [kinds[place] for place in own]


def measured_men(prior: Prior, history: History, cores: int | None = None) -> MarchFunction:
    """Return the function from places to men marched through one man's treatments to his last result."""
    days, taken = np.array(history.days), cache(partial(regimen_at, history.regimen))
    analytes = tuple(dict.fromkeys(one.analyte for one in history.measurements))
    columns = [int(np.searchsorted(days, one.day)) for one in history.measurements]

    def measure(places: Float[np.ndarray, "draw coordinate"]) -> MeasuredMen:
        men = prior.men(places)
        cohort = _cohort(men, 0.0, cores)
        found = _march(men, cohort, taken, days, analytes)
        each = zip(history.measurements, columns, strict=True)
        levels = np.stack([found.values[one.analyte][:, column] for one, column in each], axis=1)
        return MeasuredMen(replace(men, standing=cohort), levels)

    return measure
