"""A trace as SBML formulas, each with the unit that follows from those of its operands.

What is used once is nested; what is longer and used more than once becomes a rule named after its line.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from leydig.engine import Call, Input, Printer, trace_equations
from leydig.engine import operations as op
from leydig.exchange.sbml_document import Document
from leydig.exchange.sbml_units import CONVERSIONS, PURE, Unit, sbml_unit

__all__ = ["FormulaPrinter", "FormulaValue"]

_ALIKE = (op.ADD, op.SUBTRACT, op.MAXIMUM, op.MINIMUM, op.NEGATE, op.WHERE, *op.TRUTHS)  # arguments of one unit
_SIGNS = {op.MULTIPLY: 1.0, op.DIVIDE: -1.0}


class FormulaValue(NamedTuple):
    """A formula and its unit, or a plain number."""

    text: str = ""
    unit: Unit = PURE
    number: float | None = None


class FormulaPrinter(Printer[FormulaValue]):
    """Prints traces as formulas of one document; longer ones used more than once become rules."""

    language = "SBML"
    forms = {
        op.ADD: "({} + {})",
        op.SUBTRACT: "({} - {})",
        op.MULTIPLY: "({} * {})",
        op.DIVIDE: "({} / {})",
        op.MAXIMUM: "max({}, {})",
        op.MINIMUM: "min({}, {})",
        op.NEGATE: "(-{})",
        op.EXPONENTIAL: "exp({})",
        op.LOGARITHM: "ln({})",
        op.SQUARE_ROOT: "sqrt({})",
        op.POWER: "({} ^ {})",
        op.LESS: "({} < {})",
        op.LESS_EQUAL: "({} <= {})",
        op.GREATER: "({} > {})",
        op.GREATER_EQUAL: "({} >= {})",
        op.EQUAL: "({} == {})",
        op.NOT_EQUAL: "({} != {})",
        op.WHERE: "piecewise({1}, {0}, {2})",
    }

    def __init__(self, document: Document) -> None:
        self.document, self.counts = document, Counter[str]()
        self.rules: dict[str, FormulaValue] = {}  # id and unit by formula
        self._known: Mapping[str, FormulaValue] = {}

    def formulas(
        self, function: Callable[[Any], Any], argument: Any, leaves: Mapping[str, FormulaValue]
    ) -> dict[str, FormulaValue]:
        """Return what a function gives, by id; `leaves` says how its argument's leaves are written."""
        self._known = leaves
        return self.texts(trace_equations(function, argument))

    def input(self, one: Input) -> FormulaValue:
        """Return the id of an input."""
        return self._known[one.name]

    def constant(self, value: float) -> FormulaValue:
        """Return a plain number, whose unit follows from where it stands."""
        return FormulaValue(number=value)

    def call(self, call: Call, arguments: Sequence[FormulaValue]) -> FormulaValue:
        """Return an operation as text; plain numbers in it get their units from where they stand."""
        operation = call.operation
        alike, sign = _common(arguments[operation is op.WHERE :]), _SIGNS.get(operation)
        power = {op.SQUARE_ROOT: 0.5, op.POWER: arguments[-1].number}.get(operation)
        placed = []
        for text, unit, number in arguments:
            own = alike if operation in _ALIKE else _conversion(number) if sign else PURE
            placed += [(text, unit) if number is None else (self.document.number(number, own), own)]
        (_, first), (_, last) = placed[0], placed[-1]
        unit = alike if operation in _ALIKE else first + sign * last if sign else first * (power or 0.0)
        unit = PURE if operation in op.TRUTHS else unit
        return FormulaValue(self.forms[operation].format(*(text for text, _ in placed)), unit)

    def share(self, call: Call, text: FormulaValue, readers: Sequence[Call]) -> FormulaValue:
        """Return the id of a rule for what is longer and read more than once."""
        if len(readers) < 2 or text.text.count("(") <= 2 or call.operation in op.TRUTHS:
            return text
        if text.text not in self.rules:
            origin = call.origin().lower()
            self.counts[origin] += 1
            name = f"{origin}_{self.counts[origin]}"
            self.rules[text.text] = FormulaValue(name.removesuffix("_1"), text.unit)
        return self.rules[text.text]


def _conversion(number: float | None) -> Unit:
    """Return the unit of a plain number in a product: of a conversion where it is one."""
    near = [text for one, text in CONVERSIONS.items() if number is not None and np.isclose(one, number, 1e-12)]
    return sbml_unit(near[0]) if near else PURE


def _common(arguments: Sequence[FormulaValue]) -> Unit:
    """Return the unit of the first argument that is no plain number."""
    return next((value.unit for value in arguments if value.number is None), PURE)
