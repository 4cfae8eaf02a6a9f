"""What there is to do for some men: which drugs, which regimens, at which times, how exactly."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from leydig.drugs import Drug
from leydig.errors import OutOfRange, UnknownName
from leydig.man import Man
from leydig.regimen import Regimen
from leydig.simulation import engine
from leydig.simulation.plan import Plan, planned
from leydig.simulation.system import drugs_of
from leydig.ticks import LONGEST_DAYS, days_of, evenly, tick_of
from leydig.units import convert, read_quantity

__all__ = ["LONGEST_DAYS", "Work", "kept_times", "planned_work"]


class Work(NamedTuple):
    """What is the same for all men: drugs, regimens, their plans, tolerance."""

    drugs: dict[str, Drug]
    regimens: tuple[Regimen, ...]
    plans: tuple[Plan, ...]
    tolerance: float

    def of(self, piece: slice) -> "Work":
        """Return the work of some of the men."""
        return self._replace(drugs=engine.some_drugs(self.drugs, piece))

    def solved(self, men: Man, which: Any, begin: Any, cores: int | None) -> engine.Solution:
        """Solve some men."""
        return engine.solved(men, self.drugs, self.regimens, self.plans, which, begin, self.tolerance, cores)


def planned_work(
    regimens: Sequence[Regimen],
    times: Float[np.ndarray, " out"],
    tolerance: float,
    drugs: dict[str, Drug] | None = None,
    start: float = 0.0,
) -> Work:
    """Return the work of these regimens, planned from `start` [d]."""
    found = _used(drugs_of([name for one in regimens for name in one.drugs]), drugs or {})
    plans = (planned(one.schedule(float(times[-1])), found, times, start) for one in regimens)
    return Work(found, tuple(regimens), tuple(plans), tolerance)


def kept_times(
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
        raise OutOfRange("both weeks and days came. Allowed is one. Leave one out.")
    length = (
        26.0 * 7.0 if weeks is None and days is None else (7.0 * weeks if weeks is not None else float(days or 0.0))
    )
    if not 0.0 < length <= LONGEST_DAYS:
        raise OutOfRange(f"a length of {length:g} days came. Allowed: more than 0, up to {LONGEST_DAYS:g}. Correct it.")
    step = min(usual, length) if every is None else convert(*read_quantity(every), "day")
    if not min(1e-3, length) <= step <= length:
        raise OutOfRange(f"every {every!r} came. Allowed: 2 minutes up to the length of the course. Correct it.")
    end = tick_of(length)
    ticks = evenly(step, end)
    return days_of(ticks if ticks[-1] == end else np.append(ticks, end))


def _used(found: dict[str, Drug], changed: dict[str, Drug]) -> dict[str, Drug]:
    """Return the drugs of the regimen, changed ones in place of the catalogue's."""
    for name, drug in changed.items():
        if name not in found:
            raise UnknownName.among("drug of this regimen (isomers apart)", name, found)
        if not isinstance(drug, type(found[name])):
            raise UnknownName.among(f"kind of {name}", type(drug).__name__, [type(found[name]).__name__])
    return found | changed
