"""Who answers whom: the states that hormones depend on, and the organs that only follow them.

The equations are traced once and taken apart along what depends on what. The **axis** is every state on which a fast
hormone depends, through any number of others; what is left are **organs**: states that nothing of the axis depends on.
What an organ hears of the axis is a **message**: an expression of axis, drugs and parameters alone that an equation of
an organ reads. Its last steps, which the axis has no use for, start from **signals** that the axis works out anyway.

Nothing is declared: an organ that begins to feed back becomes a part of the axis by its equations.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from jaxtyping import Array

from leydig.engine.equations import FlatEquations, Function
from leydig.engine.trace.tape import Trace
from leydig.engine.trace.tracer import trace_groups

__all__ = ["Feedback", "divide_equations"]


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


def divide_equations(equations: FlatEquations, fast: Sequence[int]) -> Feedback:
    """Take equations apart into the axis and the organs that follow it.

    Parameters
    ----------
    equations : FlatEquations
    fast : sequence of int
        Places of the hormones that the axis is made of, whatever else it holds.
    """
    trace = trace_groups(equations.rate, equations.sizes, "t")
    ends = list(accumulate(equations.sizes.values()))
    rates = [*trace.results.values()]
    states = range(ends[0], ends[1])
    axis = _axis(trace, rates, states, fast)
    organs = tuple(place for place in range(len(states)) if place not in axis)
    moving = trace.reach(range(ends[0], ends[-1]))
    following = trace.reach(states[place] for place in organs)
    own = [rates[place] for place in organs]
    heard = {one for place in trace.dependencies(own) & following for one in trace.arguments(place)} | set(own)
    messages = sorted((heard & moving) - following)
    used = trace.dependencies(rates[place] for place in axis)
    told = _signals(trace, messages, moving, used)

    def inputs_by_place(
        t: Sequence[Array], y: Sequence[Array], m: Sequence[Array], g: Sequence[Array]
    ) -> dict[int, Array]:
        return (
            dict(enumerate(t))
            | dict(zip((states[place] for place in axis), y, strict=True))
            | dict(enumerate([*m, *g], ends[1]))
        )

    def axis_rate(t: Sequence[Array], y: Sequence[Array], m: Sequence[Array], g: Sequence[Array]) -> list[Array]:
        return trace.values([rates[place] for place in axis], inputs_by_place(t, y, m, g))

    def signals(t: Sequence[Array], y: Sequence[Array], m: Sequence[Array], g: Sequence[Array]) -> list[Array]:
        return trace.values(told, inputs_by_place(t, y, m, g))

    def say(t: Sequence[Array], s: Sequence[Array]) -> list[Array]:
        return trace.values(messages, dict(enumerate(t)) | dict(zip(told, s, strict=True)))

    def organ_rate(t: Sequence[Array], y: Sequence[Array], m: Sequence[Array]) -> list[Array]:
        known = dict(enumerate(t)) | dict(zip((states[place] for place in organs), y, strict=True))
        return trace.values(own, known | dict(zip(messages, m, strict=True)))

    return Feedback(axis, organs, axis_rate, signals, say, organ_rate, (len(told), len(messages)))


def _axis(trace: Trace, rates: Sequence[int], states: range, fast: Sequence[int]) -> tuple[int, ...]:
    """Return the places of the states that fast hormones depend on, through any number of others."""
    found = set[int]()
    waiting = list(fast)
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += [one - states[0] for one in trace.dependencies([rates[place]]) if one in states]
    return tuple(sorted(found))


def _signals(trace: Trace, messages: Sequence[int], moving: set[int], used: set[int]) -> list[int]:
    """Return the places nearest to the messages that the axis works out anyway, or is given."""
    found = set[int]()
    waiting, seen = list(messages), set[int]()
    while waiting:
        place = waiting.pop()
        if place in seen or place not in moving:
            continue
        seen.add(place)
        if place in used or not trace.arguments(place):
            found.add(place)
        else:
            waiting += trace.arguments(place)
    return sorted(found)
