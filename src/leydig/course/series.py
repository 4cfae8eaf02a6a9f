"""The series: one level over time with its unit, read exactly at any time of its course.

Kept days are read. At any other time the course is solved again up to there, so nothing is ever interpolated.
Pulses and the rhythm of the day are averaged out: this is the day clock.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from jaxtyping import Bool, Float, Int

from leydig.analyte import Analyte
from leydig.arrays import AnyArray, same_fields
from leydig.checks import WITHIN_ONE, plain_number, text_of, vector
from leydig.course.curve import Curve, DerivedCurve
from leydig.course.exposure import area, extreme
from leydig.drug import Measure
from leydig.errors import OutOfRange
from leydig.moments import day_of
from leydig.ticks import ticks_of
from leydig.units import HOURS_PER_DAY, factor

__all__ = ["Level", "Series", "quantiles"]


@dataclass(frozen=True)
class Level:
    """One value of one level, or one per man, with its unit.

    Attributes
    ----------
    analyte : Analyte or Measure
        What it is.
    value : Float[AnyArray, "*man"]
    unit : str
    day : Float[AnyArray, "*man"] or float or None
        When it is; of a peak or trough, one for each value.
    """

    analyte: Analyte | Measure
    value: Float[AnyArray, "*man"]
    unit: str
    day: Float[AnyArray, "*man"] | float | None = None

    __eq__ = same_fields

    def to(self, unit: str) -> "Level":
        """Return the level in another unit.

        Raises
        ------
        WrongUnit
            When `unit` does not measure this.
        """
        plain = self.analyte.plain_unit(unit) if isinstance(self.analyte, Analyte) else unit
        scale = factor(self.unit, plain, self.analyte.molar_mass)
        return Level(self.analyte, self.value * scale, unit, self.day)

    def __float__(self) -> float:
        return float(self.value)

    def __format__(self, form: str) -> str:
        return format(float(self.value), form)

    def __repr__(self) -> str:
        return f"{np.array2string(np.asarray(self.value), precision=4)} {self.unit}"


@dataclass(frozen=True, repr=False)
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
    values : Float[AnyArray, "*man time"]
        In `unit`; with a ``draw`` axis before ``time`` when `draws` is not 0. Before any dose of that moment.
    unit : str
    draws : int
        How many posterior draws there are.
    curve : Curve or None
        From which it is read between kept days.
    """

    name: str
    analyte: Analyte | Measure
    days: Float[np.ndarray, " time"]
    values: Float[AnyArray, "*man time"]
    unit: str
    draws: int = 0
    curve: Curve | None = field(default=None, compare=False)

    __eq__ = same_fields

    def __repr__(self) -> str:
        from leydig.course.display import series_line

        return series_line(self)

    def _repr_html_(self) -> str:
        from leydig.course.display import series_card

        return series_card(self)

    def to(self, unit: str) -> "Series":
        """Return the series in another unit; raises `WrongUnit` when it measures something else."""
        scale = self.analyte.factor_to(unit) / self.analyte.factor_to(self.unit)
        return self._transform(partial(_scale, scale), linear=True, unit=unit)

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
        level = plain_number(level, "level of the interval", WITHIN_ONE, hint="Give 0.9, for instance.")
        ends = (0.5 - level / 2.0, 0.5 + level / 2.0)
        low, high = (self._transform(partial(_draw_quantile, end), linear=False, draws=0) for end in ends)
        return low, high

    def _transform(
        self,
        function: Callable[[AnyArray], AnyArray],
        linear: bool,
        *,
        unit: str | None = None,
        draws: int | None = None,
    ) -> "Series":
        """Return the series with a function of its values, wherever they are read."""
        curve = None if self.curve is None else DerivedCurve(self.curve, function, linear)
        unit, draws = self.unit if unit is None else unit, self.draws if draws is None else draws
        return replace(self, values=function(self.values), curve=curve, unit=unit, draws=draws)

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
        return Level(self.analyte, self.read([when], after)[..., 0], self.unit, when)

    def read(
        self, days: Sequence[float] | Float[np.ndarray, " time"], after: bool = False
    ) -> Float[AnyArray, "*man time"]:
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
        asked = self._check_days(vector(days, "days"))
        if not isinstance(after, bool):
            raise OutOfRange(
                f"got after={text_of(after)}; expected True or False. Write after=True to read after a dose."
            )
        place, kept = _kept_places(self.days, asked)
        apart = np.flatnonzero(~kept | after)
        values = self.values[..., place]
        if len(apart):
            solved = self._read_curve(asked[apart], after)
            values = np.array(values)
            values[..., apart] = solved
        return values

    def _read_curve(self, days: Float[np.ndarray, " time"], after: bool) -> Float[AnyArray, "*man time"]:
        return self._curve().read(days, after)

    def _curve(self) -> Curve:
        if self.curve is None:
            raise OutOfRange(
                "got a series that holds its kept days alone; expected one of a course. Ask the course for it."
            )
        return self.curve

    def _check_days(self, asked: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
        """Return the days, refusing one that the course does not cover."""
        first = float(self.days[0]) if self.curve is None else self.curve.start
        for when in asked[~((asked >= first) & (asked <= self.days[-1]))][:1]:
            raise OutOfRange(
                f"got day {when:.12g}; expected day {first:g} to {self.days[-1]:g}, which the course covers. "
                "Simulate longer, or ask for a day inside."
            )
        return asked

    def auc(self, start: float | str | None = None, stop: float | str | None = None) -> Level:
        """Return the area under the curve, in `unit` times hours.

        Parameters
        ----------
        start, stop : float or str, optional
            Days, or texts with a unit such as ``"4 weeks"``; the whole course when left out.

        Returns
        -------
        Level

        Raises
        ------
        OutOfRange
            When an end is outside the course, or the stop is not after the start.

        Notes
        -----
        Of a drug level in closed form (where another drug changes it, by quadrature to 1e-8); of an analyte by
        quadrature on solved values, to the tolerance of the course.

        Examples
        --------
        >>> from leydig import Man, simulate
        >>> course = simulate(Man(age=30), "anastrozole 1 mg daily", weeks=12)
        >>> round(float(course["anastrozole"].auc(77, 78).to("ng/mL*h")))  # 1 mg over 1.9 L/h
        526
        """
        ends = self._ends(start, stop)
        return Level(self.analyte, area(self._curve(), *ends) * HOURS_PER_DAY, f"{_factor_text(self.unit)}h")

    def peak(self, start: float | str | None = None, stop: float | str | None = None) -> Level:
        """Return the highest level, and its day, from just after the start until just before the stop; see `auc`."""
        return self._extreme(start, stop, 1.0)

    def trough(self, start: float | str | None = None, stop: float | str | None = None) -> Level:
        """Return the lowest level, and its day, from just after the start until just before the stop; see `auc`."""
        return self._extreme(start, stop, -1.0)

    def _extreme(self, start: float | str | None, stop: float | str | None, sign: float) -> Level:
        days, values = extreme(self._curve(), *self._ends(start, stop), sign)
        return Level(self.analyte, values, self.unit, days)

    def _ends(self, start: float | str | None, stop: float | str | None) -> tuple[float, float]:
        first = self._curve().start if start is None else day_of(start)
        last = float(self.days[-1]) if stop is None else day_of(stop)
        self._check_days(np.array([first, last]))
        if not last > first:
            raise OutOfRange(f"got day {first:g} to {last:g}; expected a stop after the start. Swap the two, or widen.")
        return first, last


def quantiles(
    values: Float[AnyArray, "..."], shares: float | Sequence[float], axis: int | tuple[int, ...] | None
) -> Float[np.ndarray, "..."]:
    """Return quantiles of those who were solved; NaN where none was."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
        return np.nanquantile(np.asarray(values, dtype=float), shares, axis=axis)


def _kept_places(
    days: Float[np.ndarray, " time"], asked: Float[np.ndarray, " asked"]
) -> tuple[Int[np.ndarray, " asked"], Bool[np.ndarray, " asked"]]:
    """Return the nearest kept day of each asked one, and whether the two are one moment."""
    here, there = ticks_of(days), ticks_of(asked)
    place = np.clip(np.searchsorted(here, there), 0, len(here) - 1)
    return place, here[place] == there


def _scale(scale: float, values: AnyArray) -> AnyArray:
    return values * scale


def _draw_quantile(share: float, values: AnyArray) -> AnyArray:
    return quantiles(values, share, -2)


def _factor_text(unit: str) -> str:
    """Return a unit as a factor before another."""
    return "" if unit == "1" else "percent*" if unit == "%" else f"{unit}*"
