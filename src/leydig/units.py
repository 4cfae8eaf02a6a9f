"""Unit text and conversion, used only at the edges: inside, every level is in one fixed unit.

Mass and amount of substance convert with a molar mass; international units (IU) never convert to mass,
because that depends on the standard. Text may be written as a clinician writes it (``ng/dL``,
``mIU/mL``), or in UCUM (``m[IU]/mL``, ``10*6/mL``).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from leydig.checks import is_number, plain_number, text_of
from leydig.errors import OutOfRange, WrongUnit

__all__ = [
    "DAYS_PER_MONTH",
    "DAYS_PER_WEEK",
    "DAYS_PER_YEAR",
    "ESTRADIOL_MOLAR_MASS",
    "HOURS_PER_DAY",
    "MILLIONS_PER_ML",
    "TESTOSTERONE_MOLAR_MASS",
    "convert",
    "distinct_units",
    "factor",
    "read_quantity",
    "snap",
]

HOURS_PER_DAY = 24.0
DAYS_PER_WEEK = 7
DAYS_PER_YEAR = 365.25  # the Julian year
DAYS_PER_MONTH = DAYS_PER_YEAR / 12.0  # 30.4375, what UCUM calls a month (mo); url:https://ucum.org/ucum, table 5
TESTOSTERONE_MOLAR_MASS = 288.42  # [g/mol]
ESTRADIOL_MOLAR_MASS = 272.38  # [g/mol]

_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*")
LEVELS = "ng/dL, nmol/L, pg/mL, IU/L, million/mL or %"
TIMES = "hours, days, weeks, months or years"
_UNIT = re.compile(
    r"(?:1 ?/ ?)?[A-Za-z%‰](?:[A-Za-z%‰_ /]|\*(?!\d)|(?:\*\*|\^)-?\d)*"
)  # words, and numbers as powers alone
_OF_ONE = re.compile(r"1(?: ?/ ?[A-Za-z].*)?")  # a unit that begins with a digit: of a ratio, or of a rate
_UCUM = {
    "m[IU]/mL": "IU/L",
    "[IU]/L": "IU/L",
    "mIU/mL": "IU/L",
    "10*9/L": "million/mL",
    "10*6": "million",
    "{ratio}": "1",
}
# how laboratories print million/mL, in small letters without blanks
MILLIONS_PER_ML = (
    "10^6/ml", "x10^6/ml", "×10^6/ml", "10*6/ml", "x10*6/ml", "10**6/ml", "10e6/ml", "x10e6/ml", "x10(6)/ml", "10⁶/ml",
    "x10⁶/ml", "×10⁶/ml", "m/ml", "mio/ml", "mio./ml", "mil/ml", "mill/ml", "mill./ml", "million/ml", "millions/ml",
    "millionperml", "million/cc", "millones/ml", "millionen/ml",
)  # fmt: skip


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(Path(__file__).with_name("units.txt"))


def _ucum_text(unit: str) -> str:
    if not isinstance(unit, str):
        raise WrongUnit(f"got unit {text_of(unit)}; expected a text such as ng/dL. Put it in quotes.")
    text = unit.strip().replace("µ", "u").replace("μ", "u").replace("²", "2")
    return "million/mL" if text.lower().replace(" ", "") in MILLIONS_PER_ML else _UCUM.get(text, text)


@lru_cache(maxsize=512)
def factor(unit: str, into: str, molar_mass: float | None = None) -> float:
    """Return the number by which a value in `unit` is multiplied to be in `into`.

    Parameters
    ----------
    unit, into : str
        Unit texts.
    molar_mass : float, optional
        Molar mass [g/mol], needed between mass and amount of substance.

    Returns
    -------
    float

    Raises
    ------
    WrongUnit
        When a unit cannot be read or measures something else.

    Examples
    --------
    >>> round(factor("ng/dL", "nmol/L", 288.42), 5)
    0.03467
    """
    if _ucum_text(unit) == _ucum_text(into):
        return 1.0
    registry, there = _registry(), _read_unit(into)
    here = _read_unit(unit, TIMES if there.dimensionality == registry.day.dimensionality else LEVELS)
    one = 1.0 * here
    if here.dimensionality == (there * registry.gram / registry.mole).dimensionality and molar_mass:
        one = one / (molar_mass * registry.gram / registry.mole)
    elif there.dimensionality == (here * registry.gram / registry.mole).dimensionality and molar_mass:
        one = one * (molar_mass * registry.gram / registry.mole)
    if one.dimensionality != there.dimensionality:
        raise WrongUnit(
            f"got unit {unit!r}; expected one that converts to {into!r}, which measures something else. "
            f"Give the value in {into}, or in a unit of the same quantity."
        )
    return float(one.to(there).magnitude)


@lru_cache(maxsize=65536)
def snap(value: float, digits: int = 12) -> float:
    """Return a number to so many digits: a value on a limit is on it in whatever unit it came.

    Examples
    --------
    >>> 46.0 * factor("mm", "cm"), snap(46.0 * factor("mm", "cm"))
    (4.6000000000000005, 4.6)
    """
    return float(f"{value:.{digits}g}")


def distinct_units(sizes: Mapping[str, float]) -> tuple[str, ...]:
    """Return units of different sizes, of those of one size the first.

    Examples
    --------
    >>> distinct_units({"pg/mL": 1.0, "ng/L": 1.0, "ng/dL": 10.0})
    ('pg/mL', 'ng/dL')
    """
    first: dict[float, str] = {}
    for unit, size in sizes.items():
        first.setdefault(snap(size), unit)
    return tuple(first.values())


def _read_unit(text: str, examples: str = LEVELS) -> Any:
    plain = {"1": "dimensionless", "%": "percent", "": "dimensionless"}.get(_ucum_text(text), _ucum_text(text))
    plain = re.sub(r"\b(c?m)2\b", r"\1**2", plain)
    refusal = WrongUnit(f"got unit {text!r}; expected one such as {examples}. Check its spelling.")
    if not _UNIT.fullmatch(plain):  # '27 1 ng/dL' is no 27 ng/dL, though 1 ng/dL is ng/dL
        raise refusal
    registry = _registry()
    try:
        return registry.Unit(plain)
    except Exception as error:
        raise refusal from error


def convert(value: Any, unit: str, into: str, molar_mass: float | None = None) -> Any:
    """Return `value` (number or array) in another unit; arguments and errors as `factor`."""
    return value * factor(unit, into, molar_mass)


def read_quantity(
    text: Any, what: str = "quantity", units: Sequence[str] = ("ng/dL",),
    usual: Callable[[float], Sequence[str]] | None = None,
) -> tuple[float, str]:  # fmt: skip
    """Read ``"271 ng/dL"`` into a number and a unit text.

    Parameters
    ----------
    text : str
    what : str, optional
        What the quantity is, for the message.
    units : sequence of str, optional
        Units in which it may be given, the usual one first, for the message.
    usual : callable, optional
        Returns those in which a number would be usual, which are offered where it came without any; the first of
        `units` when left out.

    Raises
    ------
    WrongUnit
        When there is no number or no unit.
    OutOfRange
        When the value is known only to be below or above a limit, or is infinite.

    Examples
    --------
    >>> read_quantity("271 ng/dL")
    (271.0, 'ng/dL')
    """
    allowed, readable = f"a number and a unit ({', '.join(units)})", isinstance(text, str) or is_number(text)
    text = text if isinstance(text, str) else text_of(text)
    match = _NUMBER.fullmatch(text) if readable else None
    limit = _NUMBER.fullmatch(text.strip()[1:]) if text.strip()[:1] in tuple("<>≤≥") else None
    if limit is not None:
        raise OutOfRange(
            f"got {what} {text.strip()!r}; expected {allowed}. A result beyond the limit of its assay is no level: "
            f"leave it out, or write the level to assume, such as '{limit[1]} {limit[2] or units[0]}'."
        )
    if match is None:
        raise WrongUnit(f"got {what} {text!r}, which has no number in front; expected {allowed}. "
                        f"Write the number first, such as '1 {units[0]}'.")  # fmt: skip
    if match[2][:1] in tuple("0123456789.,'-+") and not _OF_ONE.fullmatch(match[2]):
        raise WrongUnit(
            f"got {what} {text!r}; expected {allowed}. Write one number in one piece, with a point before its decimals."
        )
    if not match[2]:
        meant = [f"'{match[1]} {unit}'" for unit in (units[:1] if usual is None else usual(float(match[1])))]
        way = f"Write {' or '.join(meant)} if that is meant." if meant else "Write its unit after it."
        raise WrongUnit(f"got {what} {text!r}, which has no unit; expected {allowed}. {way}")
    return plain_number(float(match[1]), what, unit=match[2]), match[2]
