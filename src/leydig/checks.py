"""The one door for every number, count, seed and date that comes from outside.

A plain number, a NumPy number, an array without axes and a JAX array meet the same check and the same message,
``got X; expected Y. Way out.``: whether a value is allowed never depends on the type that carries it. A number that JAX
is tracing passes, because it has no value yet. A truth value, a text, None, NaN, infinity and a complex number
are not numbers here.
"""

import datetime as dt
import math
import re
import sys
from collections.abc import Sequence
from numbers import Complex, Real
from typing import Any

from leydig.errors import LeydigError, OutOfRange

__all__ = [
    "ABOVE_ZERO",
    "FINITE",
    "HIGHEST_SEED",
    "NOT_NEGATIVE",
    "WITHIN_ONE",
    "Limits",
    "ascending_vector",
    "date",
    "interval",
    "is_number",
    "is_traced",
    "moment",
    "number",
    "numbers",
    "option",
    "plain_number",
    "seed_number",
    "text_of",
    "vector",
    "whole_number",
]

Limits = tuple[float, float]

FINITE: Limits = (-math.inf, math.inf)
NOT_NEGATIVE: Limits = (0.0, math.inf)
WITHIN_ONE: Limits = (math.ulp(0.0), math.nextafter(1.0, 0.0))  # above 0 and below 1
ABOVE_ZERO = math.ulp(0.0)  # the lowest limit of what must be more than 0
HIGHEST_SEED = 2**32 - 1  # a seed is one 32-bit word of every random stream
EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
LONGEST_SHOWN = 60  # characters of a value in a message
_KINDS = ("i", "u", "f")  # NumPy kinds that hold real numbers
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}([T ].+)?")


def number(
    value: Any, what: str, within: Limits = FINITE, unit: str = "", *, hint: str = "",
    error: type[LeydigError] = OutOfRange,
) -> Any:  # fmt: skip
    """Return one number as a float, refusing what is none or is outside its limits.

    Parameters
    ----------
    value : float or Float[Array, ""]
        What came.
    what : str
        What the number is, in words.
    within : (float, float), optional
        Lowest and highest allowed value; `ABOVE_ZERO` as the lowest excludes 0. Infinite limits admit every
        finite number.
    unit : str, optional
        Unit of the limits, for the message.
    hint : str, optional
        The way out, where the caller knows a better one.
    error : type, optional
        The class of the refusal.

    Returns
    -------
    float or Float[Array, ""]
        A float; a number that JAX is tracing as it came.

    Raises
    ------
    OutOfRange
        Or `error`, when it is no number, or outside.

    Examples
    --------
    >>> number(34, "age", (18.0, 90.0), "years")
    34.0
    """
    if is_traced(value):
        return value
    problem = _refusal(value)
    if not problem:
        found = float(value)
        if math.isfinite(found) and within[0] <= found <= within[1]:
            return found
        problem = _way_out(found, within, unit)
    raise error(_message(what, value, _range_words(within, unit), hint or problem, unit))


def plain_number(
    value: Any, what: str, within: Limits = FINITE, unit: str = "", *, hint: str = "",
    error: type[LeydigError] = OutOfRange,
) -> float:  # fmt: skip
    """Return one number as a float, also refusing what JAX is tracing; arguments and errors as for `number`."""
    if is_traced(value):
        raise error(f"got {what} that JAX is tracing; expected a plain number. Nothing can be derived by it: fix it.")
    found: float = number(value, what, within, unit, hint=hint, error=error)
    return found


def numbers(
    value: Any, what: str, within: Limits = FINITE, unit: str = "", *, each: str = "man",
    count: int | None = None, hint: str = "", error: type[LeydigError] = OutOfRange,
) -> Any:  # fmt: skip
    """Return a number, or one number for each of many, refusing as `number` does and naming the bad one.

    Parameters
    ----------
    value : float or Float[Array, " each"]
        One number, or a sequence or array of them.
    what, within, unit, hint, error
        As for `number`.
    each : str, optional
        What the axis counts, for the message.
    count : int, optional
        How many there must be; any number when left out.

    Returns
    -------
    float or Float[np.ndarray, " each"]
        What JAX is tracing as it came.
    """
    if is_traced(value) or _is_single(value):
        return number(value, what, within, unit, hint=hint, error=error)
    import numpy as np

    listed = value if hasattr(value, "dtype") else list(value)
    shape = getattr(listed, "shape", None) or (len(listed),)
    if len(shape) != 1 or not shape[0] or count not in (None, shape[0]):
        wanted = f"one number, or {'one' if count is None else count} for each {each}"
        raise error(
            f"got {what} of shape {shape}; expected {wanted}. {hint or f'Give a vector with one axis, {each}.'}"
        )
    if getattr(getattr(listed, "dtype", None), "kind", "") in _KINDS:
        found = np.asarray(listed, dtype=float)
        fine = np.isfinite(found) & (within[0] <= found) & (found <= within[1])
        if fine.all():
            return found
    checked = [
        number(item, f"{what} of {each} {place}", within, unit, hint=hint, error=error)
        for place, item in enumerate(listed)
    ]
    return np.array(checked, dtype=float)


def whole_number(
    value: Any, what: str, within: Limits = (1, math.inf), unit: str = "", *, hint: str = "",
    error: type[LeydigError] = OutOfRange,
) -> int:  # fmt: skip
    """Return a whole number as an int, such as a count; arguments and errors as for `number`.

    Examples
    --------
    >>> whole_number(200, "number of men")
    200
    """
    found = plain_number(value, what, within, unit, hint=hint, error=error)
    if found != int(found):
        nearest = f"Write {math.floor(found)} or {math.ceil(found)}."
        raise error(_message(what, value, f"a whole number, {_range_words(within, unit)}", hint or nearest, unit))
    return int(value)


def seed_number(value: Any, what: str = "seed", *, error: type[LeydigError] = OutOfRange) -> int:
    """Return the seed of a random stream, a whole number of 0 to `HIGHEST_SEED`; errors as for `number`."""
    return whole_number(value, what, (0, HIGHEST_SEED), error=error)


def interval(value: Any, what: str, within: Limits, unit: str = "", *, error: type[LeydigError] = OutOfRange) -> Limits:
    """Return two numbers, the lower first, both within limits; errors as for `number`.

    Examples
    --------
    >>> interval((25, 45), "age", (18.0, 90.0), "years")
    (25.0, 45.0)
    """
    ends = () if _is_single(value) or not hasattr(value, "__len__") else tuple(value)
    if len(ends) != 2:
        raise error(
            f"got {what} {text_of(value)}; expected two numbers, the lower first, {_range_words(within, unit)}. "
            "Write (low, high)."
        )
    low, high = (plain_number(end, f"{side} end of {what}", within, unit, error=error) for side, end in
                 zip(("lower", "upper"), ends, strict=True))  # fmt: skip
    if not low < high:
        way_out = f"Write ({high:g}, {low:g})." if high < low else "Two equal ends leave nothing between them."
        raise error(f"got {what} {f'{low:g} to {high:g} {unit}'.rstrip()}; expected the lower end first. {way_out}")
    return low, high


def vector(
    value: Any, what: str, within: Limits = FINITE, unit: str = "", *, least: int = 1,
    error: type[LeydigError] = OutOfRange,
) -> Any:  # fmt: skip
    """Return a vector of at least `least` numbers; errors as for `number`."""
    many = None if _is_single(value) or is_traced(value) else len(value)
    if many is None or many < least:
        came = text_of(value) if many is None else f"{many} numbers"
        raise error(f"got {what} {came}; expected a vector of at least {least}. Write [{', '.join('x' * least)}].")
    return numbers(value, what, within, unit, each="place", error=error)


def ascending_vector(
    value: Any, what: str, within: Limits = FINITE, unit: str = "", *, least: int = 1,
    error: type[LeydigError] = OutOfRange,
) -> Any:  # fmt: skip
    """Return a vector of at least `least` numbers, each higher than the one before; errors as for `number`."""
    found = vector(value, what, within, unit, least=least, error=error)
    stalled = found[1:] <= found[:-1]
    if stalled.any():
        place = int(stalled.argmax()) + 1
        raise error(
            f"got {what} {found[place]:g} after {found[place - 1]:g} at place {place}; expected ascending numbers. "
            "Sort them, and keep each once."
        )
    return found


def date(value: Any, what: str, *, error: type[LeydigError] = OutOfRange) -> dt.date:
    """Return a day of the calendar, 1900 to 2199, refusing a moment of it.

    Parameters
    ----------
    value : datetime.date, datetime.datetime, numpy.datetime64, pandas.Timestamp or str
        A text is YYYY-MM-DD. A moment counts as a day only at midnight without a time zone.
    what : str
        What the day is, in words.
    error : type, optional
        The class of the refusal.

    Raises
    ------
    OutOfRange
        Or `error`, when it is no day, or its time would be lost.

    Examples
    --------
    >>> date("2026-03-02", "day of the draw")
    datetime.date(2026, 3, 2)
    """
    day, time = moment(value, what, error=error)
    if time is not None:
        raise error(f"got {what} {text_of(value)}; expected a day without a time. Write {day.isoformat()}.")
    return day


def moment(value: Any, what: str, *, error: type[LeydigError] = OutOfRange) -> tuple[dt.date, dt.time | None]:
    """Return a day and, where one came with it, the time of that day; arguments and errors as for `date`."""
    found = _plain_date(value)
    expected = f"a date such as 2026-03-02, of {EARLIEST.year} to {LATEST.year}"
    if not isinstance(found, dt.date) or found != found:  # NaT is a datetime that equals nothing
        way = "of a day of the calendar." if isinstance(value, str) else "or give a datetime.date."
        raise error(_message(what, value, expected, f"Write YYYY-MM-DD, {way}", ""))
    day, time = (found.date(), found.time()) if isinstance(found, dt.datetime) else (found, dt.time.min)
    if getattr(found, "tzinfo", None) is not None:
        raise error(
            f"got {what} {text_of(value)}; expected a date without a time zone. "
            f"Give the local day where blood was drawn, such as {day.isoformat()}."
        )
    if not EARLIEST <= day <= LATEST:
        raise error(_message(what, value, expected, "Check the year.", ""))
    return day, None if time == dt.time.min else time


def option(value: Any, what: str, options: Sequence[str], *, error: type[LeydigError] = OutOfRange) -> str:
    """Return one of a few words, refusing any other."""
    if not isinstance(value, str) or value not in options:
        listed = ", ".join(options[:-1]) + f" or {options[-1]}" if len(options) > 1 else options[0]
        raise error(f"got {what} {text_of(value)}; expected {listed}. Choose one of these words.")
    return value


def text_of(value: Any) -> str:
    """Return a value as short text of one line."""
    value = _unwrap(value)
    if isinstance(value, int) and value.bit_length() > 200:
        return f"of about {round(value.bit_length() * math.log10(2.0))} digits"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, dt.date):
        return value.isoformat()  # such as 2026-03-02, and of a moment its time too
    text = " ".join(repr(value).split())
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."


def is_number(value: Any) -> bool:
    """Return whether this is one real number; infinity and NaN are, a truth value and a text are not."""
    return not is_traced(value) and not _refusal(value)


def is_traced(value: Any) -> bool:
    """Return whether JAX is tracing this number, so that it has no value yet."""
    jax = sys.modules.get("jax")  # nothing is traced before JAX was loaded
    return jax is not None and isinstance(value, jax.core.Tracer)


def _is_single(value: Any) -> bool:
    """Return whether this is meant as one thing, not as a sequence."""
    shape = getattr(value, "shape", None)
    return shape == () if shape is not None else isinstance(value, (str, bytes)) or not hasattr(value, "__iter__")


def _refusal(value: Any) -> str:
    """Return why this is no number, as the way out; empty for a number."""
    if value is None:
        return "Leave it out where it is optional, or give a number."
    if isinstance(value, (str, bytes)):
        return _without_quotes(value)
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if isinstance(value, bool) or kind == "b":
        return "A truth value is no number: write 1 or 0 if that is meant."
    if kind:
        return _array_refusal(value, kind)
    if not isinstance(value, Real):
        return "Give its real part." if isinstance(value, Complex) else f"A {type(value).__name__} is no number."
    try:
        float(value)
    except OverflowError:
        return "No quantity is so large: check its digits."
    return ""


def _array_refusal(value: Any, kind: str) -> str:
    if getattr(value, "shape", ()) != ():
        return f"Give one number, not an array of shape {value.shape}."
    if kind == "c":
        return "Give its real part."
    return "" if kind in _KINDS else f"An array of {value.dtype} holds no number."


def _without_quotes(value: str | bytes) -> str:
    try:
        float(value)
    except ValueError:
        return "Give the number itself, without words or a unit."
    return f"Write {value.strip() if isinstance(value, str) else value!r} without quotes."


def _way_out(value: float, within: Limits, unit: str) -> str:
    if math.isnan(value):
        return "A missing number is left out, not written as NaN."
    if math.isinf(value):
        return "Give a finite number."
    if unit not in ("", "1"):
        return "Check the number and its unit."
    nearest = within[0] if value < within[0] else within[1]
    return "Give more than 0." if nearest == ABOVE_ZERO else f"The nearest that is allowed is {nearest:.10g}."


def _range_words(within: Limits, unit: str) -> str:
    low, high = within
    tail = f" {unit}" if unit not in ("", "1") else ""
    if within == WITHIN_ONE:
        return f"above 0 and below 1{tail}"
    if low == ABOVE_ZERO:
        return f"a number above 0{tail}" if math.isinf(high) else f"above 0, up to {high:.10g}{tail}"
    if math.isinf(low) and math.isinf(high):
        return f"a finite number{tail}"
    if math.isinf(high):
        return f"{low:.10g}{tail} or more"
    return f"at most {high:.10g}{tail}" if math.isinf(low) else f"{low:.10g} to {high:.10g}{tail}"


def _message(what: str, value: Any, expected: str, way_out: str, unit: str) -> str:
    value = _unwrap(value)
    countable = isinstance(value, Real) and not isinstance(value, bool)
    tail = f" {unit}" if unit not in ("", "1") and countable else ""
    return f"got {what} {text_of(value)}{tail}; expected {expected}. {way_out}"


def _unwrap(value: Any) -> Any:
    """Return what an array without axes holds, so that one value reads the same in every type."""
    return value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value


def _plain_date(value: Any) -> Any:
    """Return a date or datetime; anything else for what is none."""
    if isinstance(value, str):
        match = _DAY.fullmatch(value.strip())
        try:
            return match and (dt.datetime if match[1] else dt.date).fromisoformat(value.strip())
        except ValueError:
            return None
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return value.astype("datetime64[us]").item() if kind == "M" and getattr(value, "shape", None) == () else value
