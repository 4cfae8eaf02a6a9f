"""What a rule read as a row of four texts: name, value, unit and day."""

import re

from leydig.errors import LeydigError
from leydig.record.quantity import QUANTITIES, QuantityKind

__all__ = ["input_row"]

_NUMBER = re.compile(r"(?P<value>[<>]?-?\d+(?:\.\d+)?(?:e[-+]?\d+)?) (?P<rest>.+)")
_IMPLIED = ("years", "%")  # units of what a record or a twin implies, beside those of the quantities


def input_row(name: str, words: str, date: str) -> list[str]:
    """Return an input of a rule as its name, value, unit and day.

    Parameters
    ----------
    name : str
    words : str
        The value with its unit; what is said beyond, such as "at baseline" or "(calculated)", stays with the value.
    date : str
        Empty where there is none.

    Examples
    --------
    >>> input_row("estradiol", "<10 pg/mL", "2026-03-02")
    ['estradiol', '<10', 'pg/mL', '2026-03-02']
    >>> input_row("free_testosterone", "211 pmol/L (calculated)", "2026-03-02")
    ['free_testosterone', '211 (calculated)', 'pmol/L', '2026-03-02']
    """
    read = _NUMBER.fullmatch(words)
    if read is None:
        return [name, words, "", date]
    parts = read["rest"].split(" ")
    for count in range(len(parts), 0, -1):
        unit = " ".join(parts[:count])
        if _is_unit(name.removeprefix("forecast."), unit):
            return [name, " ".join((read["value"], *parts[count:])), unit, date]
    return [name, words, "", date]


def _is_unit(name: str, unit: str) -> bool:
    """Return whether a text is a unit of a quantity; of what is none, whether its values are told in it."""
    if name not in QUANTITIES:
        return unit in _IMPLIED
    one = QUANTITIES[name]
    if one.kind in (QuantityKind.FACT, QuantityKind.WORK_UP):
        return False
    if unit in one.units:
        return True
    try:
        one.factor_from(unit)
    except LeydigError:
        return False
    return True
