"""The forward model of a fit: true levels of many men on the days of one man's results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Float

from leydig.engine import Cohort
from leydig.inference.prior import Prior
from leydig.inference.prior_men import PriorMen
from leydig.inference.results.adherence import regimen_at
from leydig.inference.results.history import History
from leydig.regimen import Regimen

__all__ = ["LevelFunction", "TrueLevels", "levels_at", "levels_of_branches", "measured_levels"]

LevelFunction = Callable[[Float[np.ndarray, "draw coordinate"]], Float[np.ndarray, "draw measurement"]]
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


def levels_at(
    men: PriorMen,
    regimen_of: Callable[[float], Regimen],
    days: Float[np.ndarray, " time"],
    analytes: tuple[str, ...],
    cores: int | None = None,
) -> TrueLevels:
    """Return true levels of men who each take their share of their doses.

    Parameters
    ----------
    men : PriorMen
    regimen_of : callable
        What a man takes from day 0 on, from the share that he takes; on day 0 he is at rest.
    days : Float[np.ndarray, " time"]
        Ascending.
    analytes : tuple of str
    cores : int, optional
        Every core when left out.
    """
    until = max(float(days[-1]), SHORTEST)
    cohort = Cohort(men.man, men.drugs, tolerance=TOLERANCE, cores=cores, rescue=False, drug_free=men.drug_free)
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
    before, after = days[days <= branch], days[days > branch]
    cohort = Cohort(men.man, men.drugs, tolerance=TOLERANCE, rescue=False, drug_free=men.drug_free)
    first = cohort.advance(_regimens(men, regimens_of[0]), branch, at=before)
    early = {name: first[name][:, np.searchsorted(first.days[0], before)] for name in analytes}
    found = []
    for regimen_of in regimens_of:
        later = cohort.branch().advance(_regimens(men, regimen_of), float(after[-1]), at=after)
        values = {name: np.concatenate([early[name], later[name]], axis=1) for name in analytes}
        for one in values.values():
            one[list(first.failed)] = np.nan
        found.append(TrueLevels(days, values, len({*first.failed, *later.failed})))
    return found


def _regimens(men: PriorMen, regimen_of: Callable[[float], Regimen]) -> list[Regimen]:
    """Return what each man takes, made once for each share."""
    shares, own = np.unique(men.taken, return_inverse=True)
    kinds = [regimen_of(float(share)) for share in shares]
    return [kinds[place] for place in own]


def measured_levels(prior: Prior, history: History, cores: int | None = None) -> LevelFunction:
    """Return the function from places to true levels, one column for each measurement.

    A man who is not solved has NaN everywhere.
    """
    days, taken = np.array(history.days), partial(regimen_at, history.regimen)
    analytes = tuple(dict.fromkeys(one.analyte for one in history.measurements))
    columns = [int(np.searchsorted(days, one.day)) for one in history.measurements]

    def levels(places: Float[np.ndarray, "draw coordinate"]) -> Float[np.ndarray, "draw measurement"]:
        found = levels_at(prior.men(places), taken, days, analytes, cores)
        each = zip(history.measurements, columns, strict=True)
        return np.stack([found.values[one.analyte][:, column] for one, column in each], axis=1)

    return levels
