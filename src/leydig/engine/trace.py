"""The printer: traced equations written as plain lines of arithmetic.

A function of scalars is traced once into elementary operations (`jax.make_jaxpr`). What depends on
parameters alone is printed into a prelude, paid once per man; the rest is paid at every evaluation.
Powers become exponentials of shared logarithms, division by a fixed number becomes multiplication, an
expression that comes twice is printed once. An operation that the printer does not know is refused by
its name.
"""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.extend.core as jex
import numpy as np

from leydig.errors import NotSolved

__all__ = ["PrintedLines", "print_lines", "words"]

_BINARY: dict[str, tuple[str, Callable[[float, float], float]]] = {
    "add": ("{} + {}", lambda a, b: a + b),
    "add_any": ("{} + {}", lambda a, b: a + b),
    "sub": ("{} - {}", lambda a, b: a - b),
    "mul": ("{} * {}", lambda a, b: a * b),
    "div": ("{} / {}", lambda a, b: a / b if b else math.nan),
    "max": ("maximum({}, {})", max),
    "min": ("minimum({}, {})", min),
}
_COMPARED = {"lt": "{} < {}", "le": "{} <= {}", "gt": "{} > {}", "ge": "{} >= {}", "eq": "equal({}, {})"}
_UNARY: dict[str, tuple[str, Callable[[float], float]]] = {
    "neg": ("-{}", lambda a: -a),
    "exp": ("exp({})", math.exp),
    "log": ("log({})", lambda a: math.log(a) if a > 0.0 else -math.inf),
    "sqrt": ("sqrt({})", math.sqrt),
    "square": ("{0} * {0}", lambda a: a * a),
}
_SAME = ("reshape", "broadcast_in_dim", "squeeze", "convert_element_type", "copy", "stop_gradient")
_NESTED = {"jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr", "custom_jvp_call": "call_jaxpr"}


def _number(name: str) -> float | None:
    """Return the value of a literal, None for a name."""
    return None if name[0].isalpha() and name[-1].isdigit() else float(name)


class PrintedLines:
    """Traced scalar operations as lines of Python.

    Attributes
    ----------
    fixed, moving : list of str
        Lines that depend on parameters alone, and the others.
    results : list of str
        Names or numbers of the results.
    """

    def __init__(self, moving: Sequence[str]) -> None:
        self.fixed: list[str] = []
        self.moving: list[str] = []
        self.results: list[str] = []
        self._moves = set(moving)
        self._known: dict[str, str] = {}

    def line(self, expression: str, sources: Sequence[str]) -> str:
        """Print one assignment and return its name; an expression already printed keeps its name."""
        if expression not in self._known:
            moving = any(source in self._moves for source in sources)
            name = f"{'v' if moving else 'p'}{len(self._known)}"
            (self.moving if moving else self.fixed).append(f"{name} = {expression}")
            if moving:
                self._moves.add(name)
            self._known[expression] = name
        return self._known[expression]

    def walk(self, jaxpr: Any, constants: Sequence[Any], names: Sequence[str]) -> list[str]:
        """Print the operations of one (possibly nested) trace and return the names of its results."""
        known = {id(var): name for var, name in zip(jaxpr.invars, names, strict=True)}
        known |= {id(var): repr(float(value)) for var, value in zip(jaxpr.constvars, constants, strict=True)}

        def read(atom: Any) -> str:
            return repr(float(atom.val)) if isinstance(atom, jex.Literal) else known[id(atom)]

        for equation in jaxpr.eqns:
            found = self._operation(equation, [read(atom) for atom in equation.invars])
            known |= {id(var): name for var, name in zip(equation.outvars, found, strict=True)}
        return [read(atom) for atom in jaxpr.outvars]

    def _operation(self, equation: Any, given: list[str]) -> list[str]:
        """Print one operation and return the names of its results."""
        name = equation.primitive.name
        if name in _NESTED:
            inner = equation.params[_NESTED[name]]
            return self.walk(inner.jaxpr, list(inner.consts), given[-len(inner.jaxpr.invars) :])
        if any(var.aval.shape != () for var in equation.outvars):
            raise NotSolved(f"the operation {name!r} gives an array; the kernel prints scalars. Rewrite the equation.")
        if name in _SAME:
            return given[:1]
        if name in _BINARY:
            return [self._binary(name, *given)]
        if name in _UNARY:
            return [self._unary(name, given[0])]
        if name in _COMPARED:
            return [self.line(_COMPARED[name].format(*given), given)]
        if name == "integer_pow":
            return [self._whole_power(given[0], equation.params["y"])]
        if name == "pow":
            return [self._unary("exp", self._binary("mul", given[1], self._unary("log", given[0])))]
        if name == "select_n":
            return [self.line(f"where({given[0]}, {given[2]}, {given[1]})", given)]
        raise NotSolved(f"the operation {name!r} is not known to the kernel's printer. Add it to leydig.engine.trace.")

    def _unary(self, operation: str, one: str) -> str:
        text, value = _UNARY[operation]
        number = _number(one)
        return self.line(text.format(one), [one]) if number is None else repr(value(number))

    def _binary(self, operation: str, one: str, other: str) -> str:
        text, value = _BINARY[operation]
        a, b = _number(one), _number(other)
        if a is not None and b is not None:
            return repr(value(a, b))
        simple = _simple(operation, one, other, a, b)
        if simple is not None:
            return simple
        if operation == "div" and other not in self._moves and one in self._moves:
            return self._binary("mul", one, self._binary("div", "1.0", other))
        return self.line(text.format(one, other), [one, other])

    def _whole_power(self, base: str, power: int) -> str:
        product = "1.0"
        for _ in range(abs(power)):
            product = self._binary("mul", product, base)
        return product if power >= 0 else self._binary("div", "1.0", product)


def _simple(operation: str, one: str, other: str, a: float | None, b: float | None) -> str | None:
    """Return what an operation with 0 or 1 amounts to; None when it must be printed."""
    if operation in ("add", "add_any") and 0.0 in (a, b):
        return other if a == 0.0 else one
    if operation == "sub" and b == 0.0:
        return one
    if operation == "mul" and 0.0 in (a, b):
        return "0.0"
    if operation == "mul" and 1.0 in (a, b):
        return other if a == 1.0 else one
    if operation == "div" and (a == 0.0 or b == 1.0):
        return one
    return None


def print_lines(function: Callable[..., list[Any]], groups: dict[str, int], fixed: str) -> PrintedLines:
    """Trace a function of lists of scalars and return its lines.

    Parameters
    ----------
    function : callable
        Takes one list of scalars per group and returns a list of scalars.
    groups : dict of str to int
        How many scalars each group has; a scalar is named by its group and place, as ``y3``.
    fixed : str
        The group that stays the same for one man.

    Raises
    ------
    NotSolved
        When the function uses an operation that the printer does not know.
    """
    one = jax.ShapeDtypeStruct((), np.float64)
    trace = jax.make_jaxpr(function)(*([one] * count for count in groups.values()))
    names = {group: [f"{group}{i}" for i in range(count)] for group, count in groups.items()}
    lines = PrintedLines([name for group, some in names.items() if group != fixed for name in some])
    lines.results = lines.walk(trace.jaxpr, list(trace.consts), [name for some in names.values() for name in some])
    return _pruned(lines)


def words(lines: Sequence[str]) -> set[str]:
    """Return every name that stands in these lines."""
    return set(re.findall(r"[a-z]\w*", " ".join(lines)))


def _pruned(lines: PrintedLines) -> PrintedLines:
    """Drop what no result needs."""
    needed = words(lines.results)
    for part in (lines.moving, lines.fixed):
        for line in reversed(list(part)):
            name, expression = line.split(" = ", 1)
            if name in needed:
                needed |= words([expression])
            else:
                part.remove(line)
    return lines
