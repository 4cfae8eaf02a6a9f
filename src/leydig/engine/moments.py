"""Moments as a user writes them: days as numbers, or quantities with a unit, and the ticks that they fall on."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from jaxtyping import Float

from leydig.checks import number
from leydig.errors import OutOfRange
from leydig.ticks import LONGEST_DAYS, days_of, ticks_of
from leydig.units import convert, read_quantity

__all__ = ["day_of", "moments"]


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
