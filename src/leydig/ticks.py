"""Time on one axis: whole ticks of a microsecond, so that two times are one time or they are not.

Days are floating-point numbers and never equal what they ought to be: a third of a day is 0.3333333333333333, eight
hours three times over is not always a day. Times are therefore rounded once, where they enter (`ticks_of`), and
compared as whole numbers from there on. Up to `LONGEST_DAYS` a tick turned into days and back is the same tick.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from jaxtyping import Int

from leydig.errors import OutOfRange

__all__ = ["LONGEST_DAYS", "TICKS_PER_DAY", "days_of", "even_times", "multiples", "snap_ticks", "tick_of", "ticks_of"]

TICKS_PER_DAY = 86_400_000_000  # 1 µs each
# A hundred Julian years (assumed: longer than a grown man can be treated). It bounds every course, span, day and
# interval alike, so that what one door lets in no other refuses.
LONGEST_DAYS = 36_525.0
_FARTHEST = 1e7  # [d] far inside what 64 bits hold
ROUNDINGS = 4.0  # units in the last place by which an interval that was computed may be off


def ticks_of(days: npt.ArrayLike) -> Int[np.ndarray, "..."]:
    """Return days as ticks, each rounded once.

    Parameters
    ----------
    days : Float[np.ndarray, "..."]
        Days.

    Raises
    ------
    OutOfRange
        When a day is no number, or beyond ten million.

    Examples
    --------
    >>> ticks_of([0.0, 1 / 3, 2.0]).tolist()
    [0, 28800000000, 172800000000]
    """
    found = np.asarray(days, dtype=float)
    if not np.all(np.abs(found) <= _FARTHEST):
        raise OutOfRange(f"got day {found[~(np.abs(found) <= _FARTHEST)].flat[0]:g}; expected a day of up to "
                         f"{_FARTHEST:,.0f}. Count days from the start of the treatment.")  # fmt: skip
    whole = np.floor(found)
    rest = np.rint((found - whole) * TICKS_PER_DAY)
    return np.asarray(whole.astype(np.int64) * TICKS_PER_DAY + rest.astype(np.int64))


def tick_of(day: float) -> int:
    """Return one day as a tick; errors as `ticks_of`."""
    return int(ticks_of(day))


def days_of(ticks: npt.ArrayLike) -> Any:
    """Return ticks as days.

    Examples
    --------
    >>> float(days_of(28_800_000_000)) == 1 / 3
    True
    """
    return np.asarray(ticks) / TICKS_PER_DAY


def snap_ticks(days: float) -> float:
    """Return days as the float of their tick, where only the rounding of their own computation keeps them from it.

    So one time is one number however it was worked out, while a seventh of a day, which is no tick, stays a seventh.

    Examples
    --------
    >>> snap_ticks(7 * (1 / 1440)) == 7 / 1440, snap_ticks(1 / 7) == 1 / 7
    (True, True)
    """
    size = days * TICKS_PER_DAY
    return round(size) / TICKS_PER_DAY if abs(size - round(size)) <= ROUNDINGS * np.spacing(size) else days


def multiples(interval: float, count: int) -> Int[np.ndarray, " multiple"]:
    """Return the first multiples of an interval [d], 0 included, as ticks.

    Every multiple is rounded once, so nothing drifts: three times a day is on the day again after each third dose. An
    interval that is whole ticks but for the rounding of its own computation is whole ticks.
    """
    size = interval * TICKS_PER_DAY
    whole = np.rint(size)
    rest = size - whole if abs(size - whole) > ROUNDINGS * np.spacing(size) else 0.0
    numbers = np.arange(count, dtype=np.int64)
    return numbers * int(whole) + np.rint(numbers * rest).astype(np.int64)


def even_times(step: float, length: int) -> Int[np.ndarray, " time"]:
    """Return the multiples of a step [d] from 0 up to a length in ticks, the length itself not always among them."""
    found = multiples(step, int(length / (step * TICKS_PER_DAY)) + 2)
    return found[found <= length]
