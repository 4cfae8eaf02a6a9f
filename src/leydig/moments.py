"""Moments as a user writes them: days as numbers, quantities with a unit, a length with a distance; and their ticks."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from jaxtyping import Float

from leydig.checks import number, plain_number, text_of
from leydig.errors import OutOfRange
from leydig.ticks import LONGEST_DAYS, days_of, even_times, tick_of, ticks_of
from leydig.units import convert, read_quantity

__all__ = ["day_of", "moments", "output_times"]

SHORTEST_DAYS = 1.0 / 86400.0  # [d] of a course
CLOSEST_DAYS = 1e-3  # [d] between kept times


def day_of(value: Any, unit: str = "day") -> float:
    """Return one moment as a number of `unit`.

    Parameters
    ----------
    value : float or str
        A number, or a text such as ``"36 hours"`` or ``"4 weeks"``.
    unit : {"day", "week"}, optional

    Raises
    ------
    OutOfRange, WrongUnit
        When it is no finite number of 0 or more, or the text measures no time.

    Examples
    --------
    >>> day_of("36 hours")
    1.5
    """
    if isinstance(value, str):
        amount, measure = read_quantity(value, "time", ("days", "weeks", "hours"))
        value = convert(amount, measure, unit)
    found: float = number(value, "time", (0.0, LONGEST_DAYS), unit + "s")
    return found


def moments(values: Any) -> Float[np.ndarray, " time"]:
    """Return moments in days, ascending, refusing those that cannot be kept.

    Parameters
    ----------
    values : iterable of float or str
        Days as numbers, or texts with a unit, in any order.

    Raises
    ------
    OutOfRange, WrongUnit
        When there is none, one is negative or not finite, or two are one moment.

    Examples
    --------
    >>> moments(["4 weeks", 0.25]).tolist()
    [0.25, 28.0]
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise OutOfRange(f"got at={values!r}; expected a list of times. Write at=[0.25, '4 weeks'].")
    days = np.sort([day_of(value) for value in values])
    if not len(days):
        raise OutOfRange("got no time in at=[]; expected at least one. Write at=[0.25, '4 weeks'].")
    ticks = ticks_of(days)
    for place in np.flatnonzero(np.diff(ticks) == 0)[:1]:
        raise OutOfRange(f"got day {days[place]:.12g} twice; expected each time once. Leave one out.")
    found: Float[np.ndarray, " time"] = days_of(ticks)
    return found


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
    ticks = even_times(step, end)
    return days_of(ticks if ticks[-1] == end else np.append(ticks, end))
