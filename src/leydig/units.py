"""Unit text and conversion, used only at the edges: inside, every level is in one fixed unit.

Mass and amount of substance convert with a molar mass; international units (IU) never convert to mass,
because that depends on the standard. Text may be written as a clinician writes it (``ng/dL``,
``mIU/mL``), or in UCUM (``m[IU]/mL``, ``10*6/mL``).
"""

import re
from functools import lru_cache
from typing import Any

from leydig.errors import WrongUnit

__all__ = [
    "ESTRADIOL_MOLAR_MASS",
    "HOURS_PER_DAY",
    "TESTOSTERONE_MOLAR_MASS",
    "convert",
    "factor",
    "read_quantity",
]

HOURS_PER_DAY = 24.0
TESTOSTERONE_MOLAR_MASS = 288.42  # [g/mol]
ESTRADIOL_MOLAR_MASS = 272.38  # [g/mol]

_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*")
_UCUM = {
    "m[IU]/mL": "IU/L",
    "[IU]/L": "IU/L",
    "mIU/mL": "IU/L",
    "10*6/mL": "million/mL",
    "10^6/mL": "million/mL",
    "M/mL": "million/mL",
    "10*9/L": "million/mL",
    "10*6": "million",
    "{ratio}": "1",
}


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry()
    registry.define("international_unit = [biological_activity] = IU")
    registry.define("sperm_million = [sperm] = million")
    return registry


def _plain(unit: str) -> str:
    text = unit.strip().replace("µ", "u").replace("μ", "u").replace("²", "2")
    return _UCUM.get(text, text)


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
    if _plain(unit) == _plain(into):
        return 1.0
    here, there = _read_unit(unit), _read_unit(into)
    registry = _registry()
    one = 1.0 * here
    if here.dimensionality == (there * registry.gram / registry.mole).dimensionality and molar_mass:
        one = one / (molar_mass * registry.gram / registry.mole)
    elif there.dimensionality == (here * registry.gram / registry.mole).dimensionality and molar_mass:
        one = one * (molar_mass * registry.gram / registry.mole)
    if one.dimensionality != there.dimensionality:
        raise WrongUnit(
            f"{unit!r} came where {into!r} is expected; the two measure different things. "
            f"Give the value in {into} or a unit that converts to it."
        )
    return float(one.to(there).magnitude)


def _read_unit(text: str) -> Any:
    plain = {"1": "dimensionless", "%": "percent", "": "dimensionless"}.get(_plain(text), _plain(text))
    plain = re.sub(r"\b(c?m)2\b", r"\1**2", plain)
    registry = _registry()
    try:
        return registry.Unit(plain)
    except Exception as error:
        raise WrongUnit(
            f"the unit {text!r} cannot be read. Allowed are units such as ng/dL, nmol/L, pg/mL, IU/L, "
            "million/mL, %. Write one of these."
        ) from error


def convert(value: Any, unit: str, into: str, molar_mass: float | None = None) -> Any:
    """Return `value` (number or array) in another unit; arguments and errors as `factor`."""
    return value * factor(unit, into, molar_mass)


def read_quantity(text: str) -> tuple[float, str]:
    """Read ``"271 ng/dL"`` into a number and a unit text.

    Raises
    ------
    WrongUnit
        When there is no number or no unit.
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise WrongUnit(f"{text!r} has no number in front. Allowed is a number and a unit. Write '271 ng/dL'.")
    if not match[2]:
        raise WrongUnit(f"{text!r} has no unit. Allowed is a number and a unit. Write '{text.strip()} ng/dL'.")
    return float(match[1]), match[2]
