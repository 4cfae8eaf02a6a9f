"""Traced scalar operations as SBML formulas, each with the unit that follows from those of its operands.

What is used once is nested; what is longer and used more than once becomes a rule named after its line.
"""

import linecache
import operator
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.extend.core as jex
import numpy as np

from leydig.errors import NotSolved
from leydig.exchange.sbml_document import Document
from leydig.exchange.sbml_units import CONVERSIONS, PURE, Unit, sbml_unit

__all__ = ["FormulaValue", "Printer", "leaf_ids"]

_ALIKE = {"add": "({} + {})", "sub": "({} - {})", "max": "max({}, {})", "min": "min({}, {})", "neg": "(-{})"}
_FORMS = _ALIKE | {"mul": "({} * {})", "div": "({} / {})", "pow": "({} ^ {})", "sqrt": "sqrt({})",
                   "exp": "exp({})", "log": "ln({})"}  # fmt: skip
_SAME = ("reshape", "broadcast_in_dim", "squeeze", "convert_element_type", "copy", "stop_gradient")
_NESTED = {"jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr", "custom_jvp_call": "call_jaxpr"}
_FOLDS = {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv}


class FormulaValue(NamedTuple):
    """A formula and its unit, or a plain number."""

    text: str = ""
    unit: Unit = PURE
    number: float | None = None


class Printer:
    """Prints traced scalar operations as formulas; longer ones used more than once become rules."""

    def __init__(self, document: Document) -> None:
        self.document, self.counts = document, Counter[str]()
        self.rules: dict[str, FormulaValue] = {}  # id and unit by formula

    def trace(
        self, function: Callable[[Any], Any], inputs: Any, known: Mapping[str, FormulaValue]
    ) -> dict[str, FormulaValue]:
        """Return what a function gives for these inputs, by id."""
        trace, shape = jax.make_jaxpr(function, return_shape=True)(inputs)
        found = self.walk(trace.jaxpr, trace.consts, [known[name] for name in leaf_ids(inputs)])
        return dict(zip(leaf_ids(shape), found, strict=True))

    def walk(self, jaxpr: Any, constants: list[Any], arguments: list[FormulaValue]) -> list[FormulaValue]:
        """Print the operations of one (possibly nested) trace and return its results."""
        known = {id(var): value for var, value in zip(jaxpr.invars, arguments, strict=True)}
        known |= {id(var): FormulaValue(number=float(one)) for var, one in zip(jaxpr.constvars, constants, strict=True)}
        uses = Counter(id(atom) for one in jaxpr.eqns for atom in one.invars * (1 + (one.primitive.name in _NESTED)))

        def read(atom: Any) -> FormulaValue:
            return FormulaValue(number=float(atom.val)) if isinstance(atom, jex.Literal) else known[id(atom)]

        for equation in jaxpr.eqns:
            results = self.operation(equation, [read(atom) for atom in equation.invars])
            for var, value in zip(equation.outvars, results, strict=True):
                if uses[id(var)] > 1 and value.number is None and value.text.count("(") > 2:
                    if value.text not in self.rules:
                        self.counts[origin := _origin(equation)] += 1
                        name = f"{origin}_{self.counts[origin]}"
                        self.rules[value.text] = FormulaValue(name.removesuffix("_1"), value.unit)
                    value = self.rules[value.text]
                known[id(var)] = value
        return [read(atom) for atom in jaxpr.outvars]

    def operation(self, equation: Any, values: list[FormulaValue]) -> list[FormulaValue]:
        """Print one operation, or what it comes to where plain numbers make it trivial."""
        if (name := equation.primitive.name) in _NESTED:
            inner = equation.params[_NESTED[name]]
            return self.walk(inner.jaxpr, list(inner.consts), values[-len(inner.jaxpr.invars) :])
        if name in ("integer_pow", "square"):
            name, values = "pow", [values[0], FormulaValue(number=float(equation.params.get("y", 2)))]
        if name not in (*_FORMS, *_SAME) or any(var.aval.shape != () for var in equation.outvars):
            raise NotSolved(f"the operation {name!r} has no SBML form among {', '.join(_FORMS)}. Add it there.")
        first, last = values[0].number, values[-1].number
        if name in _FOLDS and first is not None and last is not None:
            return [FormulaValue(number=float(_FOLDS[name](first, last)))]
        if (name in ("mul", "div") and first == 0.0) or (name == "mul" and last == 0.0):
            return [FormulaValue(number=0.0)]
        if (name == "add" and first == 0.0) or (name == "mul" and first == 1.0):
            return values[1:]
        if name in _SAME or (name in ("add", "sub") and last == 0.0) or (name in ("mul", "div") and last == 1.0):
            return values[:1]
        return [self.formula(name, values)]

    def formula(self, name: str, values: list[FormulaValue]) -> FormulaValue:
        """Return an operation as text; plain numbers in it get their units from where they stand."""
        alike = next((value.unit for value in values if value.number is None), PURE)
        sign, power = {"mul": 1.0, "div": -1.0}.get(name), {"sqrt": 0.5, "pow": values[-1].number}.get(name)
        placed = []
        for text, unit, number in values:
            near = [text for one, text in CONVERSIONS.items() if number is not None and np.isclose(one, number, 1e-12)]
            own = alike if name in _ALIKE else sbml_unit(near[0]) if near and sign else PURE
            placed += [(text, unit) if number is None else (self.document.number(number, own), own)]
        (_, first), (_, last) = placed[0], placed[-1]
        unit = alike if name in _ALIKE else first + sign * last if sign else first * (power or 0.0)
        return FormulaValue(_FORMS[name].format(*(text for text, _ in placed)), unit)


def _origin(equation: Any) -> str:
    """Return where in the model an operation stands, as an id: its class and the name it gives a value to."""
    for frame in getattr(equation.source_info.traceback, "frames", ()):
        if frame.file_name.startswith(str(Path(__file__).parents[1])):
            owner, _, function = re.sub(r"\W*<.*", "", frame.function_name).rpartition(".")
            line = re.match(r"\s*([a-zA-Z_]\w*) ?= ?\S", linecache.getline(frame.file_name, frame.line_num))
            return re.sub(r"_+", "_", f"{owner}_{line[1] if line else function}").strip("_").lower()
    return "shared"


def leaf_ids(tree: Any) -> list[str]:
    """Return the id of every leaf: its path with ``_``, states and levels by their own names."""
    paths = (jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_flatten_with_path(tree)[0])
    return [re.sub(r"^(state|level)_", "", re.sub(r"\W+", "_", path).strip("_")) for path in paths]
