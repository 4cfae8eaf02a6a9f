"""The series: one level over time with its unit, read exactly at any time of its course.

Kept days are read. At any other time the course is solved again up to there, so nothing is ever interpolated.
Pulses and the rhythm of the day are averaged out: this is the day clock.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float

from leydig.analytes import Analyte
from leydig.drugs import Measure
from leydig.errors import OutOfRange
from leydig.simulation.moments import day_of
from leydig.ticks import ticks_of
from leydig.units import factor

__all__ = ["Level", "Series", "quantiles"]

Reader = Callable[[Float[np.ndarray, " time"], bool], Any]
"""Takes days, and whether a moment is read after what is given there; returns values of shape (*man, time)."""


@dataclass(frozen=True)
class Level:
    """One value of one level, or one per man, with its unit.

    Attributes
    ----------
    analyte : Analyte or Measure
        What it is.
    value : Float[np.ndarray, "*man"]
    unit : str
    """

    analyte: Analyte | Measure
    value: Any
    unit: str

    def to(self, unit: str) -> "Level":
        """Return the level in another unit.

        Raises
        ------
        WrongUnit
            When `unit` does not measure this.
        """
        return Level(self.analyte, self.value * factor(self.unit, unit, self.analyte.molar_mass), unit)

    def __float__(self) -> float:
        return float(self.value)

    def __format__(self, form: str) -> str:
        return format(float(self.value), form)

    def __repr__(self) -> str:
        return f"{np.array2string(np.asarray(self.value), precision=4)} {self.unit}"


@dataclass(frozen=True)
class Series:
    """One level over time.

    Attributes
    ----------
    name : str
        Catalogue name of an analyte, or name of a drug level.
    analyte : Analyte or Measure
        What is measured, and in which units.
    days : Float[np.ndarray, " time"]
        The kept days.
    values : Float[np.ndarray, "*man time"]
        In `unit`; with a ``draw`` axis before ``time`` when `draws` is not 0. Before any dose of that moment.
    unit : str
    draws : int
        How many posterior draws there are.
    """

    name: str
    analyte: Analyte | Measure
    days: Float[np.ndarray, " time"]
    values: Any
    unit: str
    draws: int = 0
    _start: float | None = field(default=None, repr=False, compare=False)
    _reader: Reader | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        from leydig.simulation.display import series_line

        return series_line(self)

    def _repr_html_(self) -> str:
        from leydig.simulation.display import series_card

        return series_card(self)

    def to(self, unit: str) -> "Series":
        """Return the series in another unit; raises `WrongUnit` when it measures something else."""
        scale = self.analyte.factor_to(unit) / self.analyte.factor_to(self.unit)
        return self._derived(partial(_scaled, scale), unit=unit)

    def interval(self, level: float = 0.9) -> tuple["Series", "Series"]:
        """Return the lower and the upper end of an interval over posterior draws.

        Parameters
        ----------
        level : float, optional
            Share of the draws inside, above 0 and below 1.

        Raises
        ------
        OutOfRange
            When the course has no draws, or the share is impossible.
        """
        if not self.draws:
            raise OutOfRange("got a course without draws; expected one with them. Simulate with uncertainty=True.")
        if not 0.0 < level < 1.0:
            raise OutOfRange(f"got an interval of {level:g}; expected above 0 and below 1. Give 0.9, for instance.")
        ends = (0.5 - level / 2.0, 0.5 + level / 2.0)
        low, high = (self._derived(partial(_draw_quantile, end), draws=0) for end in ends)
        return low, high

    def _derived(self, function: Callable[[Any], Any], **changes: Any) -> "Series":
        """Return the series with a function of its values, wherever they are read."""
        reader = None if self._reader is None else partial(_read_derived, self._reader, function)
        return replace(self, values=function(self.values), _reader=reader, **changes)

    def at(self, *, week: float | None = None, day: float | str | None = None, after: bool = False) -> Level:
        """Return the level at one time: read on a kept day, solved at any other.

        Parameters
        ----------
        week, day : float
            One of the two, counted from the start; a day may be a text with its unit, such as ``"36 hours"``.
        after : bool, optional
            Whether to read after what is given at this moment; before it when left out. Only what jumps differs:
            the release of a depot, not a tablet, which must be absorbed first.

        Raises
        ------
        OutOfRange
            When the time is outside the course, or neither or both are given.
        NotSolved
            When the course does not hold what solving needs; the message says which times to ask for.
        """
        if (week is None) == (day is None):
            raise OutOfRange(f"got week {week} and day {day}; expected one of the two. Write .at(week=4).")
        when = day_of(day) if week is None else 7.0 * day_of(week, "week")
        return Level(self.analyte, self.read([when], after)[..., 0], self.unit)

    def read(self, days: Sequence[float] | Float[np.ndarray, " time"], after: bool = False) -> Any:
        """Return the values at some days, never interpolated.

        Parameters
        ----------
        days : Float[np.ndarray, " time"]
            Inside the course, in any order.
        after : bool, optional
            Whether to read after what is given at these moments.

        Returns
        -------
        Float[np.ndarray, "*man time"]
            In `unit`.

        Raises
        ------
        OutOfRange, NotSolved
            As `at`.
        """
        asked = np.asarray(days, dtype=float)
        first = float(self.days[0]) if self._start is None else self._start
        for when in asked[~((asked >= first) & (asked <= self.days[-1]))][:1]:
            raise OutOfRange(
                f"got day {when:g}; expected day {first:g} to {self.days[-1]:g}, which the course covers. "
                "Simulate longer, or ask for a day inside."
            )
        place, kept = _kept_places(self.days, asked)
        apart = np.flatnonzero(~kept | after)
        values = self.values[..., place]
        if len(apart):
            solved = self._solved(asked[apart], after)
            values = np.array(values)
            values[..., apart] = solved
        return values

    def _solved(self, days: Float[np.ndarray, " time"], after: bool) -> Any:
        if self._reader is None:
            raise OutOfRange(
                f"got day {days[0]:g} of a series that holds its kept days alone; expected one of these. "
                "Ask the course for this series."
            )
        return self._reader(days, after)


def quantiles(values: Any, shares: Any, axis: Any) -> Any:
    """Return quantiles of those who were solved; NaN where none was."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
        return np.nanquantile(np.asarray(values, dtype=float), shares, axis=axis)


def _kept_places(days: Any, asked: Any) -> tuple[Any, Any]:
    """Return the nearest kept day of each asked one, and whether the two are one moment."""
    here, there = ticks_of(days), ticks_of(asked)
    place = np.clip(np.searchsorted(here, there), 0, len(here) - 1)
    return place, here[place] == there


def _scaled(scale: float, values: Any) -> Any:
    return values * scale


def _draw_quantile(share: float, values: Any) -> Any:
    return quantiles(values, share, -2)


def _read_derived(reader: Reader, function: Callable[[Any], Any], days: Any, after: bool) -> Any:
    return function(reader(days, after))
