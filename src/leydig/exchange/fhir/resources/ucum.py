"""Units of FHIR: a UCUM code where there is one, else the text, as the units that a quantity is recorded in.

Text that is no unit of ours is looked up among the spellings of laboratories, and that it was is told: a repair is
shown.
"""

import math
import re

from leydig.errors import BadRecord, WrongUnit
from leydig.exchange.fhir.element import Element, seen_text
from leydig.exchange.laboratory_terms import laboratory_unit, unit_scale
from leydig.record.quantity import Quantity
from leydig.units import factor

__all__ = ["UCUM", "code_of_unit", "read_unit", "unit_of_code"]

UCUM = "http://unitsofmeasure.org"
_ANNOTATION = re.compile(r"\{[^{}]*\}")
_PLAIN = re.compile(r"1|%|[A-Za-zµμ]{1,9}[23²]?(/[A-Za-zµμ]{1,6}[23²]?)?")  # what is handed on to be read as a unit
_CODES = {  # UCUM, without its annotations, in the words of our units
    "": "1", "10*6/mL": "million/mL", "10*9/L": "million/mL", "10*6": "million", "[pH]": "1", "[in_i]": "in",
    "mo": "month", "a": "year", "wk": "week", "d": "day", "min": "minute", "mL/mL": "L/L", "10*6/uL": "million/uL",
}  # fmt: skip
_INTO_CODE = {
    "million/mL": "10*6/mL", "M/mL": "10*6/mL", "10^6/mL": "10*6/mL", "million": "10*6", "month": "mo", "year": "a",
    "day": "d", "week": "wk", "minute": "min", "in": "[in_i]", "kg/m²": "kg/m2",
}  # fmt: skip


def unit_of_code(code: str) -> str:
    """Return a UCUM code in the words of our units.

    Examples
    --------
    >>> unit_of_code("m[IU]/mL"), unit_of_code("10*6/mL{spermatozoa}"), unit_of_code("{T-score}")
    ('mIU/mL', 'million/mL', '1')
    """
    plain = _ANNOTATION.sub("", code.strip()).replace("[IU]", "IU").replace("[iU]", "IU")
    return _CODES.get(plain, plain)


def code_of_unit(unit: str) -> str:
    """Return the UCUM code of a unit of ours; empty for a pure number.

    Examples
    --------
    >>> code_of_unit("mIU/mL"), code_of_unit("million/mL"), code_of_unit("ng/dL")
    ('m[IU]/mL', '10*6/mL', 'ng/dL')
    """
    text = unit.strip().replace("µ", "u").replace("μ", "u")
    return _INTO_CODE.get(text, text.replace("IU", "[IU]"))


def read_unit(one: Quantity, value: Element) -> tuple[str, str]:
    """Return the unit of a value, in words that its quantity is recorded in, and what was repaired.

    Parameters
    ----------
    one : Quantity
    value : Element
        A FHIR Quantity.

    Raises
    ------
    BadRecord
        When there is no unit, it measures something else, or code and text say different ones.
    """
    code, text = value.text("code"), value.text("unit")
    if not code and not text:
        if one.unit in ("", "1") and not one.ratio_of:
            return "", ""
        raise value.refusal("unit", f"a unit of {one.title}: {', '.join(one.units)}", "Give its UCUM code.")
    by_code = (
        laboratory_unit(one.name, unit_of_code(code)) if code and value.text("system").rstrip("/") in ("", UCUM) else ""
    )
    if _scale(one, by_code) is not None:
        return _beside_code(one, value, by_code, text)
    spelling = laboratory_unit(one.name, text)
    if _scale(one, spelling) is None:
        raise BadRecord(
            f"{value.place}: got {one.title} in {seen_text(code or text)!r}; expected a unit of it: "
            f"{', '.join(one.units)}. It measures something else, or is written in a way that is not known."
        )
    read = f"its text {seen_text(text)!r} is read as {spelling}" if text != spelling else f"its text, {text}, is taken"
    return spelling, f"its unit has no UCUM code that is known: {read}"


def _beside_code(one: Quantity, value: Element, by_code: str, text: str) -> tuple[str, str]:
    """Return the unit that a UCUM code says, in the words of the text where that says the same."""
    there = laboratory_unit(one.name, text)
    scale, other = _scale(one, by_code), _scale(one, there) if text else None
    if scale is None or other is None:
        return by_code, ""
    if not math.isclose(scale, other, rel_tol=1e-6):
        raise BadRecord(
            f"{value.place}: got unit {seen_text(text)!r} beside code {value.text('code')!r}; expected one unit. "
            "Ask the laboratory which is meant."
        )
    return there, ""


def _scale(one: Quantity, unit: str) -> float | None:
    """Return the factor of a unit of a quantity; None where it is none."""
    return unit_scale(one.name, unit) if unit in one.units or _PLAIN.fullmatch(unit) else None


def differs_in_kind(unit: str, usual: str) -> bool:
    """Return whether no law of units alone relates two units, such as mass and amount of substance."""
    try:
        factor(unit or "1", usual or "1")
    except WrongUnit:
        return True
    return False
