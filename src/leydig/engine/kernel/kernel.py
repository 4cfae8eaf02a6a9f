"""The kernel: the printed equations and the step of one set of drugs, compiled for eight men at a time, and for four.

What is printed (`leydig.engine.trace`) is the derivative of the axis, what it says to the organs, the
derivative of the organs (`leydig.engine.kernel.feedback`) and the reading of every analyte, or all of them with their
exact derivatives along one direction (`jax.jvp`). The march (`leydig.engine.kernel.march`) is the same for all. What is
compiled from the text is kept (`leydig.engine.kernel.kernel_cache`), so that compilation is paid once per machine and
set of drugs; the text is printed by every process.
"""

import hashlib
import inspect
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import jax
from jaxtyping import Array

from leydig import kinetics
from leydig.body import State
from leydig.engine import step
from leydig.engine.equations import FlatEquations, Function, flatten_equations
from leydig.engine.kernel import lane_code, machine_code, organs, simd
from leydig.engine.kernel.feedback import Feedback, divide_equations
from leydig.engine.kernel.kernel_cache import fetch_or_compile
from leydig.engine.kernel.lane_code import LaneCode, Layout
from leydig.engine.kernel.machine_code import compile_functions, load_functions, processor
from leydig.engine.kernel.simd import LaneFunction
from leydig.engine.system import FAST, System
from leydig.engine.trace.lanes import LanePrinter
from leydig.engine.trace.lines import Program
from leydig.engine.trace.tape import Trace
from leydig.engine.trace.tracer import trace_groups

__all__ = ["Kernel", "kernel_text", "read_kernel", "trace_kernel"]

_IMPORTS = """\
from math import inf, nan
import numpy as np
from leydig.engine.kernel.lane_code import Layout
from leydig.engine.kernel.organs import lane_messages, lane_organs
from leydig.engine.kernel.simd import equal, exp, log, maximum, minimum, not_equal, sqrt, where
from leydig.engine.step import lane_steps
"""
_SOURCES = (simd, lane_code, machine_code, step, organs, kinetics)  # what else the machine code depends on


class Kernel(NamedTuple):
    """What the march reads of one set of drugs.

    Attributes
    ----------
    sizes : tuple of int
        How many compartments the chain of each drug level has.
    layout : Layout
    text : str
        What it was printed as.
    functions : dict of str to callable
        The lane functions, by the names of `LaneCode`.
    """

    sizes: tuple[int, ...]
    layout: Layout
    text: str
    functions: dict[str, LaneFunction]

    def code(self, lanes: int) -> LaneCode:
        """Return where the lane functions for rows of so many lanes are, compiled or fetched from the cache."""
        if (self.text, lanes) not in _LOADED:
            mark = f"{_hash(self.text)}_{lanes}"
            named = {f"{name}_{mark}": one for name, one in self.functions.items()}
            about = (self.text, lanes, *processor())
            code = fetch_or_compile(about, lambda: compile_functions(named, lanes))
            _LOADED[self.text, lanes] = LaneCode(*load_functions(code, named))
        return _LOADED[self.text, lanes]


def _with_derivative(function: Function) -> Function:
    """Return the function on lists that hold values and then their derivatives along one direction."""

    def differentiate(*groups: list[Array]) -> list[Array]:
        halves = [(group[: len(group) // 2], group[len(group) // 2 :]) for group in groups]
        values, derivatives = jax.jvp(function, tuple(a for a, _ in halves), tuple(b for _, b in halves))
        return [*values, *derivatives]

    return differentiate


def kernel_text(system: System, state: State, derivative: bool = False) -> str:
    """Return the source text of the kernel for this system.

    Parameters
    ----------
    system : System
        Any man's system with the drugs in question; only its structure matters.
    state : State
    derivative : bool, optional
        Whether every number is followed by its derivative along one direction.

    Raises
    ------
    NotSolved
        When the equations use an operation that the printer does not know.
    """
    equations = flatten_equations(system, state)
    times, states, compartments = 2 if derivative else 1, equations.sizes["y"], equations.sizes["m"]
    entries = sum(size * (size + 1) // 2 for size in system.sizes)
    apart = divide_equations(equations, FAST)
    axis, following, (signals, messages) = len(apart.axis), len(apart.organs), apart.counts
    fast = [apart.axis.index(place) + axis * half for half in range(times) for place in FAST]
    programs = {name: LanePrinter.program(one) for name, one in trace_kernel(equations, apart, derivative).items()}
    whole = {"y": 0, "m": 0, "g": 0}  # rows of what a function reads, and the first of them
    groups = {"rate": whole, "say": {"s": times * axis}, "organ_rate": {"y": 0, "s": 0}, "read": whole}
    layout = {
        "axis": _places(apart.axis, states, times),
        "organs": _places(apart.organs, states, times),
        "states": times * states,
        "compartments": times * compartments,
        "signals": times * signals,
        "messages": times * messages,
        "readings": len(programs["read"].results),
        "weights": 1 + 7 * len(fast) + times * entries,
        "half": states if derivative else 0,
        "axis_half": axis if derivative else 0,
        **{f"{name}_aux": _width(program) for name, program in programs.items()},
    }
    head = [
        '"""Printed by leydig.engine.kernel.kernel; do not edit."""',
        *(f"# {module.__name__} {_hash(inspect.getsource(module))}" for module in _SOURCES),
        _IMPORTS,
        f"SIZES = {system.sizes}",
        f"LAYOUT = Layout({', '.join(f'{name}={value}' for name, value in layout.items())})",
        "pace, split, second, third, fourth, last, doubt, take, go_on, copy, fade, weigh = "
        f"lane_steps({times * axis}, {tuple(fast)}, {system.sizes}, {derivative})",
        f"hear, gather, turn = lane_messages({times * axis}, {times * signals}, {times * messages})",
        f"recall, reach, move, arrive = lane_organs({times * following}, {times * messages})",
    ]
    return "\n".join([*head, *(line for name, one in programs.items() for line in _functions(name, one, groups[name]))])


def trace_kernel(equations: FlatEquations, apart: Feedback, derivative: bool = False) -> dict[str, Trace]:
    """Return every function that a kernel prints, recorded: what any other language prints of a march, too.

    Parameters
    ----------
    equations : FlatEquations
    apart : Feedback
        The same, taken apart.
    derivative : bool, optional
        Whether every number is followed by its derivative along one direction.

    Returns
    -------
    dict of str to Trace
        ``rate`` (the axis and its signals), ``say`` (messages), ``organ_rate`` and ``read``.
    """

    def trace_parts(functions: Sequence[Function], **own: int) -> Trace:
        parts = [_with_derivative(one) if derivative else one for one in functions]
        counts = {name: (2 if derivative else 1) * count for name, count in own.items()}
        return trace_groups(lambda *groups: [value for one in parts for value in one(*groups)], counts, "t")

    sizes, (signals, messages) = equations.sizes, apart.counts
    return {
        "rate": trace_parts([apart.rate, apart.signals], **sizes | {"y": len(apart.axis)}),
        "say": trace_parts([apart.messages], t=sizes["t"], s=signals),
        "organ_rate": trace_parts([apart.organ_rate], t=sizes["t"], y=len(apart.organs), s=messages),
        "read": trace_parts([equations.read], **sizes),
    }


def _places(places: Sequence[int], states: int, times: int) -> str:
    """Return the text of the places of some states, and then those of their derivatives."""
    return f"np.array({[place + half * states for half in range(times) for place in places]}, dtype=np.int64)"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _width(program: Program) -> int:
    return max(len(program.fixed_names()), 1)


def _functions(name: str, program: Program, firsts: dict[str, int]) -> list[str]:
    """Return the lane functions of one printed function, its prelude and itself, and where a group's rows begin."""
    groups = tuple(firsts)
    carried, used = program.fixed_names(), program.moving_reads
    before = [*_reads(program.fixed_reads, "t"), *program.fixed.values()]
    before += [f"aux[{i}] = {one}" for i, one in enumerate(carried)]
    body = [line for group in (*groups, "t") for line in _reads(used, group, firsts.get(group, 0))]
    body += [f"{one} = aux[{i}]" for i, one in enumerate(carried)] + [*program.moving.values()]
    body += [f"out[{i}] = {one}" for i, one in enumerate(program.results)]
    return [
        f"def {name}_prelude(t, aux):",
        *(f"    {line}" for line in before or ["pass"]),
        f"def {name}({', '.join(groups)}, t, aux, out):",
        *(f"    {line}" for line in body),
    ]


def _reads(used: Iterable[str], group: str, first: int = 0) -> list[str]:
    """Return the lines that read one group's scalars from its rows, which begin at `first`."""
    places = sorted(int(word[1:]) for word in used if word[0] == group and word[1:].isdigit())
    return [f"{group}{i} = {group}[{first + i}]" for i in places]


_LOADED: dict[tuple[str, int], LaneCode] = {}
_READ: dict[str, Kernel] = {}


def read_kernel(text: str) -> Kernel:
    """Return what the march reads of a printed kernel; its lane functions are compiled when they are asked for."""
    if text not in _READ:
        room: dict[str, Any] = {}
        exec(compile(text, "<kernel>", "exec"), room)  # the text that was printed just now
        functions = {name: room[name] for name in LaneCode._fields}
        _READ[text] = Kernel(room["SIZES"], room["LAYOUT"], text, functions)
    return _READ[text]
