"""The course: every analyte and every drug level over time, with units, as `simulate` returns it.

Values are at the kept days and before any dose of that moment; a moment between is solved when it is asked for
(`leydig.simulation.series`). Pulses and the rhythm of the day are averaged out: this is the day clock.
"""

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES
from leydig.errors import LeydigWarning, NotSolved, OutOfRange, UnknownName
from leydig.man import Man
from leydig.regimen import Regimen
from leydig.simulation.display import course_card, course_line
from leydig.simulation.failures import failure_record
from leydig.simulation.kernel import named
from leydig.simulation.origin import Origin
from leydig.simulation.series import Series
from leydig.ticks import days_of, ticks_of

if TYPE_CHECKING:
    from pathlib import Path

    import pandas
    import xarray

__all__ = ["Course", "finite"]

REMEMBERED = 64  # sets of days between kept ones that stay solved


@dataclass(frozen=True)
class Course:
    """What `simulate` returns.

    Attributes
    ----------
    man : Man
    regimen : Regimen or tuple of Regimen
        One for all, or one for each man.
    days : Float[np.ndarray, " time"]
    inside : dict of str to Float[np.ndarray, "*man time"]
        Every analyte in its inside unit.
    hazards : dict of str to Float[np.ndarray, "*man time"]
        Symptom hazards per month; assumed, never validated.
    notes : tuple of str
        Remarks that belong to the result.
    failed : dict of int to str
        Men who were not solved, and why; their values are NaN. Under draws the number of man *m* in draw *d* is
        ``m·draws + d``.
    ending : (states, modes)
        Where the course ends, for a later course that goes on from it.
    paths : tuple of str
        How each man was solved: ``"kernel"``, ``"reference"`` or ``"failed"``.
    draws : int
        How many posterior draws the values hold, on the axis before ``time``; 0 when they have none.
    origin : Origin or None
        What the course was solved from, so that moments between kept days can be; None under a transformation.
    """

    man: Man
    regimen: Regimen | tuple[Regimen, ...]
    days: Float[np.ndarray, " time"]
    inside: dict[str, Any]
    hazards: dict[str, Any]
    notes: tuple[str, ...]
    failed: dict[int, str] = field(default_factory=dict)
    ending: tuple[Any, Any] | None = None
    paths: tuple[str, ...] = ()
    draws: int = 0
    origin: Origin | None = field(default=None, repr=False, compare=False)
    _solved: dict[Any, dict[str, Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __getitem__(self, name: str) -> Series:
        if name not in self.inside:
            raise UnknownName.among("analyte of this course", name, self.inside)
        analyte = ANALYTES[name]
        scale = analyte.factor_to(analyte.us)
        start = None if self.origin is None else self.origin.start
        reader = partial(self._read, name, scale)
        return Series(name, analyte, self.days, self.inside[name] * scale, analyte.us, self.draws, start, reader)

    def __iter__(self) -> Iterator[str]:
        return iter(self.inside)

    def __repr__(self) -> str:
        return course_line(self)

    def _repr_html_(self) -> str:
        return course_card(self)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    @property
    def failed_count(self) -> int:
        """How many men, or men under a draw, were not solved."""
        return len(self.failed)

    def shown(self, name: str, units: str = "us") -> Series:
        """Return an analyte in its US or SI unit.

        Raises
        ------
        OutOfRange
            When `units` is neither ``"us"`` nor ``"si"``.
        """
        if units not in ("us", "si"):
            raise OutOfRange(f"units {units!r} came. Allowed: us, si. Choose one.")
        series = self[name]
        return series.to(getattr(series.analyte, units))

    def record(self, units: str = "us", days: Float[np.ndarray, " time"] | None = None) -> dict[str, Any]:
        """Return the course as plain lists and texts, the content of the command line's ``--json``.

        Parameters
        ----------
        units : {"us", "si"}
        days : Float[np.ndarray, " time"], optional
            Days to show, solved where they are not kept; every kept day when left out.
        """
        wanted = self.days if days is None else np.asarray(days, dtype=float)
        analytes = {}
        for name in self.inside:
            series = self.shown(name, units)
            analytes[name] = {"unit": series.unit, "values": finite(np.asarray(series.read(wanted)).tolist())}
        return {
            "days": [float(day) for day in wanted],
            "analytes": analytes,
            "man": self.man.summary(),
            "regimen": str(self.regimen),
            "notes": list(self.notes),
            **failure_record(self.failed, self.man.count, self.draws),
        }

    def table(self, every: str = "4 weeks", units: str = "us") -> "pandas.DataFrame":
        """Return a table, one row per time, one column per analyte with its unit."""
        from leydig.interfaces.tables import course_table

        return course_table(self, every, units)

    def plot(self, path: "str | Path | None" = None, units: str = "us") -> Any:
        """Return the clinician's figure; with a path ending in .png or .html it is written there too."""
        from leydig.interfaces.plots import course_figure

        return course_figure(self, path, units)

    def to_xarray(self, units: str = "us") -> "xarray.Dataset":
        """Return the course as a labelled dataset with units in the attributes."""
        from leydig.interfaces.tables import course_dataset

        return course_dataset(self, units)

    def _read(self, name: str, scale: float, days: Float[np.ndarray, " time"], after: bool) -> Any:
        """Return an analyte at days that are not kept, solved together and remembered."""
        if self.origin is None:
            listed = ", ".join(f"{day:.6g}" for day in days[:4])
            raise NotSolved(
                f"got day {days[0]:.6g} of a course made under a JAX transformation; expected one of its kept days. "
                f"Simulate with at=[{listed}] there, or with an every= that meets it."
            )
        moments, place = np.unique(ticks_of(days) + int(after), return_inverse=True)
        key = tuple(moments.tolist())
        if key not in self._solved:
            if len(self._solved) >= REMEMBERED:
                self._solved.pop(next(iter(self._solved)))
            self._solved[key] = self._solve(self.origin, days_of(moments))
        return self._solved[key][name][..., place] * scale

    def _solve(self, origin: Origin, days: Float[np.ndarray, " time"]) -> dict[str, Any]:
        """Return every analyte at some days; who was not solved for the course is not read either."""
        found = origin.solved(days)
        values = found.values
        values[list(self.failed)] = np.nan
        new = {row: why for row, why in found.failed.items() if row not in self.failed}
        if new and not origin.shape:
            raise NotSolved(f"this man was not solved up to day {days[-1]:g}: {new[0]}. Ask for a kept day.")
        if new:
            warnings.warn(
                f"{len(new)} more not solved on these days and NaN: {', '.join(map(str, sorted(new)[:8]))}",
                LeydigWarning,
                stacklevel=6,
            )
        return named(origin.shaped(values))[0]


def finite(content: Any) -> Any:
    """Return nested dicts and lists with None in place of NaN and infinity, which JSON cannot carry."""
    if isinstance(content, dict):
        return {key: finite(value) for key, value in content.items()}
    if isinstance(content, list):
        return [finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
