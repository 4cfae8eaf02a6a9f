"""Who answers whom: the states that hormones depend on, and the organs that only follow them.

The equations are traced once and taken apart along what depends on what. The **axis** is every state on which a fast
hormone depends, through any number of others; what is left are **organs**: states that nothing of the axis depends on.
What an organ hears of the axis is a **message**: an expression of axis, drugs and parameters alone that an equation of
an organ reads. Its last steps, which the axis has no use for, start from **signals** that the axis works out anyway.

Nothing is declared: an organ that begins to feed back becomes a part of the axis by its equations.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import jax
import jax.extend.core as jex
import numpy as np

__all__ = ["Feedback", "divide_equations"]

_NESTED = {"jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr"}
Function = Callable[..., list[Any]]


class Feedback(NamedTuple):
    """Equations taken apart; every function takes and returns lists of scalars.

    Attributes
    ----------
    axis, organs : tuple of int
        Places of the states that hormones depend on, and of the others.
    rate : callable
        Takes parameters, axis, amounts and given numbers; returns the derivatives of the axis.
    signals : callable
        Takes the same; returns the signals.
    messages : callable
        Takes parameters and signals; returns the messages.
    organ_rate : callable
        Takes parameters, organs and messages; returns the derivatives of the organs.
    counts : tuple of int
        How many signals and messages there are.
    """

    axis: tuple[int, ...]
    organs: tuple[int, ...]
    rate: Function
    signals: Function
    messages: Function
    organ_rate: Function
    counts: tuple[int, int]


class _Call(NamedTuple):
    """One operation with the places of its arguments, and which of its results is meant."""

    equation: Any
    arguments: tuple[int, ...]
    result: int


class _Tape:
    """Traced operations in their order, nested ones written out; a place is an input, a number or a call."""

    def __init__(self, function: Function, sizes: Sequence[int]) -> None:
        one = jax.ShapeDtypeStruct((), np.float64)
        trace = jax.make_jaxpr(function)(*([one] * count for count in sizes))
        self.nodes: list[Any] = [None] * sum(sizes)
        self.results = self._walk(trace.jaxpr, trace.consts, list(range(sum(sizes))))

    def _walk(self, jaxpr: Any, constants: Sequence[Any], given: Sequence[int]) -> list[int]:
        known = {id(var): place for var, place in zip(jaxpr.invars, given, strict=True)}
        known |= {id(var): self._add(value) for var, value in zip(jaxpr.constvars, constants, strict=True)}
        for equation in jaxpr.eqns:
            arguments = [
                self._add(atom.val) if isinstance(atom, jex.Literal) else known[id(atom)] for atom in equation.invars
            ]
            inner = equation.params.get(_NESTED.get(equation.primitive.name, ""))
            if inner is not None:
                found = self._walk(inner.jaxpr, inner.consts, arguments)
            else:
                calls = (_Call(equation, tuple(arguments), place) for place in range(len(equation.outvars)))
                found = [self._add(call) for call in calls]
            known |= {id(var): place for var, place in zip(equation.outvars, found, strict=True)}
        return [self._add(atom.val) if isinstance(atom, jex.Literal) else known[id(atom)] for atom in jaxpr.outvars]

    def _add(self, node: Any) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1

    def arguments(self, place: int) -> tuple[int, ...]:
        """Return the places that one place reads."""
        node = self.nodes[place]
        return node.arguments if isinstance(node, _Call) else ()

    def needed(self, wanted: Iterable[int], known: Iterable[int] = ()) -> set[int]:
        """Return every place that is needed for some, where others are known."""
        found: set[int] = set()
        waiting, have = list(wanted), set(known)
        while waiting:
            place = waiting.pop()
            if place not in found and place not in have:
                found.add(place)
                waiting += self.arguments(place)
        return found

    def reach(self, sources: Iterable[int]) -> set[int]:
        """Return every place that depends on some, these included."""
        found = set(sources)
        for place in range(len(self.nodes)):
            if not found.isdisjoint(self.arguments(place)):
                found.add(place)
        return found

    def values(self, wanted: Sequence[int], known: dict[int, Any]) -> list[Any]:
        """Work out some places from known ones."""
        values, done = dict(known), {}
        for place in sorted(self.needed(wanted, known)):
            node = self.nodes[place]
            if not isinstance(node, _Call):
                values[place] = node
                continue
            key = (id(node.equation), node.arguments)
            if key not in done:
                primitive = node.equation.primitive
                options = primitive.get_bind_params(node.equation.params)
                found = primitive.bind(*(values[one] for one in node.arguments), **options)
                done[key] = found if primitive.multiple_results else [found]
            values[place] = done[key][node.result]
        return [values[place] for place in wanted]


def divide_equations(rate: Function, sizes: Sequence[int], fast: Sequence[int]) -> Feedback:
    """Take equations apart into the axis and the organs that follow it.

    Parameters
    ----------
    rate : callable
        Takes lists of parameters, states, amounts and given numbers; returns the derivatives of the states.
    sizes : sequence of int
        The lengths of these lists.
    fast : sequence of int
        Places of the hormones that the axis is made of, whatever else it holds.
    """
    tape, ends = _Tape(rate, sizes), list(accumulate(sizes))
    states = range(ends[0], ends[1])
    axis = _axis(tape, states, fast)
    organs = tuple(place for place in range(len(states)) if place not in axis)
    moving = tape.reach(range(ends[0], ends[-1]))
    following = tape.reach(states[place] for place in organs)
    own = [tape.results[place] for place in organs]
    heard = {one for place in tape.needed(own) & following for one in tape.arguments(place)} | set(own)
    messages = sorted((heard & moving) - following)
    used = tape.needed(tape.results[place] for place in axis)
    told = _signals(tape, messages, moving, used)

    def outside(t: Any, y: Any, m: Any, g: Any) -> dict[int, Any]:
        return (
            dict(enumerate(t))
            | dict(zip((states[place] for place in axis), y, strict=True))
            | dict(enumerate([*m, *g], ends[1]))
        )

    def axis_rate(t: Any, y: Any, m: Any, g: Any) -> list[Any]:
        return tape.values([tape.results[place] for place in axis], outside(t, y, m, g))

    def signals(t: Any, y: Any, m: Any, g: Any) -> list[Any]:
        return tape.values(told, outside(t, y, m, g))

    def said(t: Any, s: Any) -> list[Any]:
        return tape.values(messages, dict(enumerate(t)) | dict(zip(told, s, strict=True)))

    def organ_rate(t: Any, y: Any, m: Any) -> list[Any]:
        known = dict(enumerate(t)) | dict(zip((states[place] for place in organs), y, strict=True))
        return tape.values(own, known | dict(zip(messages, m, strict=True)))

    return Feedback(axis, organs, axis_rate, signals, said, organ_rate, (len(told), len(messages)))


def _axis(tape: _Tape, states: range, fast: Sequence[int]) -> tuple[int, ...]:
    """Return the places of the states that fast hormones depend on, through any number of others."""
    found: set[int] = set()
    waiting = list(fast)
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += [one - states[0] for one in tape.needed([tape.results[place]]) if one in states]
    return tuple(sorted(found))


def _signals(tape: _Tape, messages: Sequence[int], moving: set[int], used: set[int]) -> list[int]:
    """Return the places nearest to the messages that the axis works out anyway, or is given."""
    found: set[int] = set()
    waiting, seen = list(messages), set[int]()
    while waiting:
        place = waiting.pop()
        if place in seen or place not in moving:
            continue
        seen.add(place)
        if place in used or not tape.arguments(place):
            found.add(place)
        else:
            waiting += tape.arguments(place)
    return sorted(found)
