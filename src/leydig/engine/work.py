"""What there is to do for some men: which drugs, which regimens, at which times, how exactly."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from leydig.checks import plain_number, text_of
from leydig.drug import Drug
from leydig.drugs import drugs_of
from leydig.engine import solve
from leydig.engine.plan import Plan, plan_schedule
from leydig.errors import OutOfRange, UnknownName
from leydig.man import Man
from leydig.man.drug_variability import take_drugs
from leydig.parameter import check_ranges
from leydig.regimen import Regimen
from leydig.ticks import LONGEST_DAYS, days_of, evenly, tick_of
from leydig.units import convert, read_quantity

__all__ = ["LONGEST_DAYS", "Work", "output_times", "plan_work"]

SHORTEST_DAYS = 1.0 / 86400.0  # [d] of a course
CLOSEST_DAYS = 1e-3  # [d] between kept times


class Work(NamedTuple):
    """What is the same for all men: drugs, regimens, their plans, tolerance."""

    drugs: dict[str, Drug]
    regimens: tuple[Regimen, ...]
    plans: tuple[Plan, ...]
    tolerance: float

    def of(self, piece: slice) -> "Work":
        """Return the work of some of the men."""
        return self._replace(drugs=take_drugs(self.drugs, piece))

    def solved(self, men: Man, which: Any, begin: Any, cores: int | None) -> solve.Solution:
        """Solve some men."""
        return solve.solve_men(men, self.drugs, self.regimens, self.plans, which, begin, self.tolerance, cores)


def plan_work(
    regimens: Sequence[Regimen],
    times: Float[np.ndarray, " out"],
    tolerance: float,
    drugs: dict[str, Drug] | None = None,
    start: float = 0.0,
) -> Work:
    """Return the work of these regimens, planned from `start` [d]."""
    found = _used(drugs_of([name for one in regimens for name in one.drugs]), drugs or {})
    plans = (plan_schedule(one.schedule(float(times[-1])), found, times, start) for one in regimens)
    return Work(found, tuple(regimens), tuple(plans), tolerance)


def output_times(
    weeks: float | None, days: float | None, every: str | None = None, usual: float = 1.0
) -> Float[np.ndarray, " out"]:
    """Return the kept days from 0, each the day of a tick (`leydig.ticks`).

    Parameters
    ----------
    weeks, days : float or None
        Length; one of the two, 26 weeks when both are None.
    every : str or None
        Distance; the usual one when it is None.
    usual : float, optional
        The usual distance [d]; a course that is shorter keeps its start and its end.

    Raises
    ------
    OutOfRange, WrongUnit
        When the length or the distance is impossible.
    """
    if weeks is not None and days is not None:
        raise OutOfRange(
            f"got weeks {text_of(weeks)} and days {text_of(days)}; expected one of the two. Leave one out."
        )
    if days is not None:
        length = plain_number(days, "days", (SHORTEST_DAYS, LONGEST_DAYS))
    else:
        limits = (SHORTEST_DAYS / 7.0, LONGEST_DAYS / 7.0)
        length = 7.0 * plain_number(26.0 if weeks is None else weeks, "weeks", limits)
    step = min(usual, length) if every is None else convert(*read_quantity(every, "every", ("day", "week")), "day")
    if not min(CLOSEST_DAYS, length) <= step <= length:
        raise OutOfRange(
            f"got every {every!r}; expected 2 minutes up to the {length:g} days of the course. "
            "Keep times closer together, or simulate longer."
        )
    end = tick_of(length)
    ticks = evenly(step, end)
    return days_of(ticks if ticks[-1] == end else np.append(ticks, end))


def _used(found: dict[str, Drug], changed: dict[str, Drug]) -> dict[str, Drug]:
    """Return the drugs of the regimen, changed ones in place of the catalogue's.

    Raises
    ------
    UnknownName
        When the regimen does not hold a drug, or it is of another kind.
    OutOfRange
        When a parameter of a changed drug is outside its range, however it was set.
    """
    for name, drug in changed.items():
        if name not in found:
            raise UnknownName.among("drug of this regimen (isomers apart)", name, found)
        if not isinstance(drug, type(found[name])):
            raise UnknownName.among(f"kind of {name}", type(drug).__name__, [type(found[name]).__name__])
        check_ranges(drug, f"drugs.{name}")
    return found | changed
