"""Reads typeset equations (presentation MathML) as numbers, so that tests can work out what a page says."""

import math
from xml.etree import ElementTree

SIGNS = {"−": "-", "·": "*", "≤": "<=", "≥": ">=", "=": "==", "≠": "!="}
FUNCTIONS = {"exp": "exp", "ln": "log", "max": "max", "min": "min"}
ROOM = {"exp": math.exp, "log": math.log, "max": max, "min": min, "sqrt": math.sqrt, "__builtins__": {}}


def value_of(mathml, symbols):
    """Return the value of an expression; `symbols` has the number of each symbol by its MathML."""
    return float(eval(python_of(ElementTree.fromstring(f"<mrow>{mathml}</mrow>"), symbols), ROOM))


def python_of(element, symbols):
    """Return an expression as Python."""
    own = ElementTree.tostring(element, encoding="unicode")
    if own in symbols:
        return f"({symbols[own]!r})"
    if element.tag == "mtable":
        (one, condition), (other, _) = ([python_of(cell, symbols) for cell in row] for row in element)
        return f"(({one}) if ({condition}) else ({other}))"
    inside = [python_of(one, symbols) for one in element]
    if element.tag == "mn":
        return element.text
    if element.tag == "mo":
        return SIGNS.get(element.text, element.text)
    if element.tag == "mi":
        return FUNCTIONS[element.text]
    if element.tag == "mfrac":
        return f"(({inside[0]})/({inside[1]}))"
    if element.tag == "msup":
        return f"(({inside[0]})**({inside[1]}))"
    if element.tag == "msqrt":
        return f"sqrt({inside[0]})"
    if element.tag == "mtext":
        return ""
    assert element.tag in ("mrow", "mtd"), own
    return "".join(inside).removeprefix("{")
