"""The forward model of a fit: true levels of many men on the days of one man's results.

Who was marched to the last of them stands there: what comes later is marched from where he stands, never from rest.
Estradiol, and T:E2, are those that a named assay reads (`leydig.inference.results.assay`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
from jaxtyping import Float

from leydig.engine import Cohort, Levels
from leydig.inference.prior import Prior
from leydig.inference.prior_men import PriorMen
from leydig.inference.results.adherence import regimen_at
from leydig.inference.results.assay import EstradiolAssay, level_by
from leydig.inference.results.history import History, Measurement
from leydig.regimen import Regimen

__all__ = ["MarchFunction", "MeasuredMen", "TrueLevels", "levels_at", "levels_of_branches", "levels_of_results",
           "measured_men"]  # fmt: skip

MarchFunction = Callable[[Float[np.ndarray, "draw coordinate"]], "MeasuredMen"]
SHORTEST = 1.0  # [d] that is solved where only day 0 is asked for
TOLERANCE = 1e-2  # that is asked for; levels come within 1e-3 of the solution, a hundredth of any assay's error


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
        True levels, one column for each result, as its own assay reads it; NaN of a man who was not solved.
    """

    men: PriorMen
    levels: Float[np.ndarray, "draw measurement"]


def levels_at(
    men: PriorMen,
    regimen_of: Callable[[float], Regimen],
    days: Float[np.ndarray, " time"],
    analytes: tuple[str, ...],
    assay: EstradiolAssay,
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
    assay : EstradiolAssay
        As which estradiol is told.
    """
    return _true_levels(men, _march(men, _cohort(men, float(days[0])), regimen_of, days), days, analytes, assay)


def levels_of_results(
    men: PriorMen, regimen_of: Callable[[float], Regimen], measurements: Sequence[Measurement]
) -> Float[np.ndarray, "draw measurement"]:
    """Return true levels of men on the days of results, each as its own assay reads it; parameters as `levels_at`."""
    days = np.array(sorted({one.day for one in measurements}))
    return _of_each(men, _march(men, _cohort(men, float(days[0])), regimen_of, days), measurements)


def _cohort(men: PriorMen, day: float, cores: int | None = None) -> Cohort:
    """Return the men where they stand, or at rest where that is after a day that is asked for."""
    if men.standing is not None and bool(men.standing.day.max() <= day):
        return men.standing.branch()
    return Cohort(men.man, men.drugs, tolerance=TOLERANCE, cores=cores, rescue=False, drug_free=men.drug_free)


def _march(
    men: PriorMen, cohort: Cohort, regimen_of: Callable[[float], Regimen], days: Float[np.ndarray, " time"]
) -> Levels:  # fmt: skip
    """Return what men showed who were marched on to the last of some days."""
    until = max(float(days[-1]), float(cohort.day[0]) + SHORTEST)
    return cohort.advance(_regimens(men, regimen_of), until, at=days)


def _true_levels(
    men: PriorMen, found: Levels, days: Float[np.ndarray, " time"], analytes: tuple[str, ...], assay: EstradiolAssay
) -> TrueLevels:  # fmt: skip
    """Return the levels of some days among those that men showed."""
    columns = np.searchsorted(found.days[0], days)
    values = {name: level_by(assay, name, found, men.man)[:, columns] for name in analytes}
    return TrueLevels(days, values, len(found.failed))


def _of_each(
    men: PriorMen, found: Levels, measurements: Sequence[Measurement]
) -> Float[np.ndarray, "draw measurement"]:  # fmt: skip
    """Return the level of each result among those that men showed, as its own assay reads it."""
    kinds = dict.fromkeys((one.by, one.analyte) for one in measurements)
    read = {kind: level_by(*kind, found, men.man) for kind in kinds}
    columns = np.searchsorted(found.days[0], [one.day for one in measurements])
    each = zip(measurements, columns, strict=True)
    return np.stack([read[one.by, one.analyte][:, column] for one, column in each], axis=1)


def levels_of_branches(
    men: PriorMen,
    regimens_of: Sequence[Callable[[float], Regimen]],
    branch: float,
    days: Float[np.ndarray, " time"],
    analytes: tuple[str, ...],
    assay: EstradiolAssay,
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
    assay : EstradiolAssay
        As which estradiol is told.
    """
    cohort = _cohort(men, min(branch, float(days[0])))
    if not bool(cohort.day[0] < branch):
        return [_true_levels(men, _march(men, cohort.branch(), one, days), days, analytes, assay)
                for one in regimens_of]  # fmt: skip
    before, after = days[days <= branch], days[days > branch]
    first = cohort.advance(_regimens(men, regimens_of[0]), branch, at=before)
    early = _true_levels(men, first, before, analytes, assay).values
    found = []
    for regimen_of in regimens_of:
        later = _true_levels(men, _march(men, cohort.branch(), regimen_of, after), after, analytes, assay)
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

    def measure(places: Float[np.ndarray, "draw coordinate"]) -> MeasuredMen:
        men = prior.men(places)
        cohort = _cohort(men, 0.0, cores)
        levels = _of_each(men, _march(men, cohort, taken, days), history.measurements)
        return MeasuredMen(replace(men, standing=cohort), levels)

    return measure
