"""The tracer: a function of numbers, run once by JAX, written on a tape.

An operation that is not among `OPERATIONS`, or that gives an array, is refused by its name.
"""

import linecache
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import SupportsFloat

import jax
import jax.extend.core as jex
import numpy as np
from jaxtyping import Array, PyTree

from leydig.engine.trace.operations import OPERATIONS, POWER, WHERE
from leydig.engine.trace.tape import Input, Tape, Trace
from leydig.errors import NotSolved

__all__ = ["leaf_ids", "trace_equations", "trace_groups"]

_MODEL = str(Path(__file__).parents[2])
# neither stop_gradient nor custom_jvp_call: the derivative that they ask for would stand in no text
_SAME = ("reshape", "broadcast_in_dim", "squeeze", "convert_element_type", "copy")
_NESTED = {"jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr"}


def trace_equations(
    function: Callable[[PyTree], PyTree], argument: PyTree, inputs: Sequence[Input] | None = None
) -> Trace:
    """Record what a function does to the leaves of its argument.

    Parameters
    ----------
    function : callable
        Takes a tree of scalars and returns one.
    argument : tree of numbers or of shapes
        What it takes; the values do not matter.
    inputs : sequence of Input, optional
        Name and unit of every leaf; named by their paths and pure numbers when left out.

    Returns
    -------
    Trace
        With the results named by their paths.

    Raises
    ------
    NotSolved
        When the function uses an operation that is not among `OPERATIONS`.
    """
    tape = Tape([Input(name) for name in leaf_ids(argument)] if inputs is None else inputs)
    traced, shape = jax.make_jaxpr(function, return_shape=True)(argument)
    places = _walk(tape, traced.jaxpr, traced.consts, range(len(tape.nodes)))
    return tape.trace(dict(zip(leaf_ids(shape), places, strict=True)))


def trace_groups(function: Callable[..., list[Array]], sizes: Mapping[str, int], constant: str) -> Trace:
    """Record a function of lists of scalars.

    Parameters
    ----------
    function : callable
        Takes one list of scalars for each group and returns a list of scalars.
    sizes : mapping of str to int
        How many scalars each group has; a scalar is named by its group and place, as ``y3``.
    constant : str
        The group that stays the same for one man.

    Raises
    ------
    NotSolved
        As `trace_equations`.
    """
    one = jax.ShapeDtypeStruct((), np.float64)
    inputs = [Input(f"{group}{i}", fixed=group == constant) for group, count in sizes.items() for i in range(count)]
    return trace_equations(lambda lists: function(*lists), tuple([one] * count for count in sizes.values()), inputs)


def _walk(tape: Tape, jaxpr: jex.Jaxpr, constants: Sequence[SupportsFloat], given: Sequence[int]) -> list[int]:
    """Write the operations of one (possibly nested) trace and return the places of its results."""
    known = {id(var): place for var, place in zip(jaxpr.invars, given, strict=True)}
    known |= {id(var): tape.constant(float(one)) for var, one in zip(jaxpr.constvars, constants, strict=True)}

    def read(atom: jex.Var | jex.Literal) -> int:
        return tape.constant(float(atom.val)) if isinstance(atom, jex.Literal) else known[id(atom)]

    for equation in jaxpr.eqns:
        results = _write(tape, equation, [read(atom) for atom in equation.invars])
        known |= {id(var): place for var, place in zip(equation.outvars, results, strict=True)}
    return [read(atom) for atom in jaxpr.outvars]


def _write(tape: Tape, equation: jex.JaxprEqn, given: list[int]) -> list[int]:
    """Write one operation of JAX and return the places of its results."""
    name = equation.primitive.name
    if name in _NESTED:
        inner = equation.params[_NESTED[name]]
        return _walk(tape, inner.jaxpr, inner.consts, given[-len(inner.jaxpr.invars) :])
    if any(getattr(var.aval, "shape", None) != () for var in equation.outvars):
        raise NotSolved(
            f"got the operation {name!r}, which gives an array; expected equations of scalars. "
            "Return a list instead of stacking it."
        )
    if name in _SAME:
        return given[:1]
    origin = partial(_origin, equation)
    if name == "select_n":
        return [tape.call(WHERE, given[0], given[2], given[1], origin=origin)]
    if name in ("integer_pow", "square"):
        return [tape.call(POWER, given[0], tape.constant(equation.params.get("y", 2)), origin=origin)]
    for operation in OPERATIONS.values():
        if name in operation.primitives:
            return [tape.call(operation, *given, origin=origin)]
    raise NotSolved(
        f"got the operation {name!r}; expected one of {', '.join(OPERATIONS)}. "
        "Write the equation with these, or add the operation to leydig.engine.trace.operations."
    )


def _origin(equation: jex.JaxprEqn) -> str:
    """Return where in the model an operation stands: its class, ``_`` and the name that its line gives to a value."""
    for frame in getattr(equation.source_info.traceback, "frames", ()):
        if frame.file_name.startswith(_MODEL):
            owner, _, function = re.sub(r"\W*<.*", "", frame.function_name).rpartition(".")
            line = re.match(r"\s*([a-zA-Z_]\w*) ?= ?\S", linecache.getline(frame.file_name, frame.line_num))
            return re.sub(r"_+", "_", f"{owner.lower()}_{line[1] if line else function}").strip("_")
    return "shared"


def leaf_ids(tree: PyTree) -> list[str]:
    """Return the id of every leaf: its path with ``_``, states and levels by their own names."""
    paths = (jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_flatten_with_path(tree)[0])
    return [re.sub(r"^(state|level)_", "", re.sub(r"\W+", "_", path).strip("_")) for path in paths]
