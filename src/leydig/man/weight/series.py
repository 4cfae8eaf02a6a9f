"""BMI over time: on which days a man was weighed, and what holds between them."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from leydig.checks import ABOVE_ZERO, option, plain_number, text_of
from leydig.errors import OutOfRange
from leydig.man.limits import BMIS
from leydig.moments import day_of
from leydig.ticks import days_of, tick_of, ticks_of

__all__ = ["HEIGHTS", "LAST_VALUE", "LINEAR", "MASSES", "BmiSeries", "complete_series", "switch_series"]

LAST_VALUE, LINEAR = "last value", "linear"  # what holds between two days on which he was weighed
PIECE = 0.05  # [kg/m2] a line is followed in pieces of at most so much, each at the BMI of its middle
ROUNDING = 0.05  # [kg/m2] by which his BMI of day 0 may be off that of the man: it is written to one decimal
HEIGHTS = (120.0, 230.0)  # [cm], assumed: no grown man; metres and inches are outside
MASSES = (20.0, 400.0)  # [kg], assumed: what the limits of BMI leave of these heights


Weighings = Mapping[float | str, float] | Iterable[tuple[float | str, float]]  # what was measured, by day


@dataclass(frozen=True, init=False)
class BmiSeries:
    """A man's BMI over time, as an argument of `simulate`.

    Parameters
    ----------
    values : mapping, or iterable of pairs
        BMI [kg/m2] by the day of the regimen on which he was weighed; days are numbers or texts such as
        ``"26 weeks"``, ascending.
    between : {"last value", "linear"}
        What holds between these days: the last value carried forward, or a line from one to the next. Before the first
        of them it is from day 0 on, and from the BMI of the man himself; after the last one it stays.

    Attributes
    ----------
    points : tuple of (float, float)
        Days, each the day of a tick, and BMI [kg/m2].
    between : str

    Raises
    ------
    OutOfRange
        When there is no value, one is no BMI that a man has, or days do not ascend.

    Examples
    --------
    >>> BmiSeries({0: 34, "26 weeks": 29.3}, "linear")
    BmiSeries(BMI 34 on day 0, 29.3 on day 182, linear between)
    """

    points: tuple[tuple[float, float], ...]
    between: str

    def __init__(self, values: Weighings, between: str) -> None:
        object.__setattr__(self, "between", option(between, "between", (LAST_VALUE, LINEAR)))
        object.__setattr__(self, "points", tuple(_points(values)))

    @staticmethod
    def of_weight(weights: Weighings, height: float, between: str) -> "BmiSeries":
        """Return the same from his weight.

        Parameters
        ----------
        weights : mapping, or iterable of pairs
            Weight [kg] by day, otherwise as `BmiSeries`.
        height : float
            [cm]; it does not change.
        between : {"last value", "linear"}

        Raises
        ------
        OutOfRange
            As `BmiSeries`, and for a height or a weight that no man has.

        Examples
        --------
        >>> BmiSeries.of_weight({0: 110, 182: 95}, height=180, between="linear")
        BmiSeries(BMI 33.95 on day 0, 29.32 on day 182, linear between)
        """
        square = (plain_number(height, "height", HEIGHTS, "cm") / 100.0) ** 2
        pairs = [(day, plain_number(mass, "weight", MASSES, "kg") / square) for day, mass in _pairs(weights)]
        return BmiSeries(pairs, between)

    def __str__(self) -> str:
        told = [f"{bmi:.4g} on day {day:g}" for day, bmi in self.points]
        shown = told if len(told) <= 4 else [*told[:2], f"{len(told) - 3} more", told[-1]]
        rule = "linear between" if self.between == LINEAR else "last value carried forward"
        return f"BMI {', '.join(shown)}, {rule}"

    def __repr__(self) -> str:
        return f"BmiSeries({self})"

    def as_json(self) -> dict[str, object]:
        """Return it as plain JSON content."""
        return {"days": [day for day, _ in self.points], "bmi": [bmi for _, bmi in self.points],
                "unit": "kg/m2", "between": self.between}  # fmt: skip

    def at(self, day: float | str) -> float:
        """Return the BMI on a day, a number or a text with a unit; from that moment on where it changes at once."""
        day = day_of(day)
        days, values = (np.array(part) for part in zip(*self.points, strict=True))
        if self.between == LINEAR:
            return float(np.interp(day, days, values))
        return float(values[max(int(np.searchsorted(days, day, side="right")) - 1, 0)])

    def steps(self, piece: float = PIECE) -> tuple[Int[np.ndarray, " step"], Float[np.ndarray, " step"]]:
        """Return the ticks from which each BMI [kg/m2] holds, and these, no two alike in a row.

        Parameters
        ----------
        piece : float, optional
            How much of a line at most one of them stands for [kg/m2].
        """
        piece = plain_number(piece, "piece", (ABOVE_ZERO, 10.0), "kg/m2")
        ticks = ticks_of([day for day, _ in self.points])
        values = np.array([bmi for _, bmi in self.points])
        if self.between == LINEAR:
            pairs = [slice(place, place + 2) for place in range(len(ticks) - 1)]
            lines = [_line(ticks[pair], values[pair], piece) for pair in pairs]
            ticks = np.concatenate([*(edges for edges, _ in lines), ticks[-1:]])
            values = np.concatenate([*(middles for _, middles in lines), values[-1:]])
        new = np.append(True, np.diff(values) != 0.0)
        return ticks[new], values[new]


def complete_series(series: BmiSeries, bmi: float, day: float = 0.0) -> BmiSeries:
    """Return a series with a first point: the BMI that he has on a day, after which all others lie.

    Parameters
    ----------
    series : BmiSeries
    bmi : float
        [kg/m2]; on day 0 that of his baseline.
    day : float, optional
        [d]

    Raises
    ------
    OutOfRange
        When a point is before that day, or says something else of it.
    """
    (first, said), *later = series.points
    if first < day:
        raise OutOfRange(f"got a BMI of day {first:g}; expected days from {day:g} on, where this course begins. "
                         "Leave earlier days out.")  # fmt: skip
    if first > day:
        later = list(series.points)
    elif abs(said - bmi) > ROUNDING * (1.0 + 1e-9):
        raise OutOfRange(
            f"got BMI {said:.4g} on day {day:g} of a man with BMI {bmi:.4g} then; expected the same: his levels of "
            f"that day belong to it. Make him with bmi={said:.4g}, or leave day {day:g} out."
        )
    return _with_points(series, ((float(day), float(bmi)), *later))


def switch_series(before: BmiSeries, now: BmiSeries, day: float) -> BmiSeries:
    """Return one series until a day [d], and another from then on.

    Raises
    ------
    OutOfRange
        When the two differ in what holds between days, or the other says something of an earlier day.
    """
    if now.between != before.between:
        raise OutOfRange(
            f"got {now.between!r} after {before.between!r}; expected one rule for a whole course. "
            f"Write between={before.between!r}, or simulate anew from day 0."
        )
    first = tuple(point for point in before.points if point[0] < day)
    return _with_points(before, (*first, *complete_series(now, before.at(day), day).points))


def _line(
    ends: Int[np.ndarray, " two"], values: Float[np.ndarray, " two"], piece: float
) -> tuple[Int[np.ndarray, " piece"], Float[np.ndarray, " piece"]]:
    """Return the first tick of each piece of a line, and the BMI of its middle."""
    count = max(math.ceil(abs(values[1] - values[0]) / piece - 1e-9), 1)
    shares = np.arange(count) / count
    edges = ends[0] + np.rint((ends[1] - ends[0]) * shares).astype(np.int64)
    return edges, values[0] + (values[1] - values[0]) * (shares + 0.5 / count)


def _pairs(values: Weighings) -> list[tuple[float | str, float]]:
    """Return days and what was measured on them, as they came."""
    listed = list(values.items() if isinstance(values, Mapping) else values) if hasattr(values, "__iter__") else []
    if not listed or any(isinstance(one, str) or not hasattr(one, "__len__") or len(one) != 2 for one in listed):
        raise OutOfRange(
            f"got {text_of(values)} for a series of BMI or weight; expected at least one day with its value. "
            "Write {0: 34, 180: 29}."
        )
    return [(day, value) for day, value in listed]


def _points(values: Weighings) -> list[tuple[float, float]]:
    """Return days of ticks and BMIs, refusing what is none and days that do not ascend."""
    points: list[tuple[float, float]] = []
    for when, value in _pairs(values):
        day = float(days_of(tick_of(day_of(when))))
        if points and day <= points[-1][0]:
            raise OutOfRange(f"got BMI of day {day:.12g} after that of day {points[-1][0]:.12g}; expected ascending "
                             "days, each once. Sort them, and leave one of two out.")  # fmt: skip
        points.append((day, plain_number(value, f"BMI of day {day:g}", BMIS, "kg/m2")))
    return points


def _with_points(series: BmiSeries, points: tuple[tuple[float, float], ...]) -> BmiSeries:
    """Return a series with other points, which were looked at before."""
    found = object.__new__(BmiSeries)
    object.__setattr__(found, "points", points)
    object.__setattr__(found, "between", series.between)
    return found
