"""The kernel: the printed equations and the step that marches them, compiled for eight men at a time.

What is printed (`leydig.engine.trace`) is the derivative of the axis, what it says to the organs, the
derivative of the organs (`leydig.engine.kernel.feedback`) and the reading of every analyte, or all of them with their
exact derivatives along one direction (`jax.jvp`), beside the march of `leydig.engine.kernel.march`. What is compiled
from the text is kept (`leydig.engine.kernel.kernel_cache`), so that compilation is paid once per machine and set of
drugs; the text is printed by every process.
"""

import hashlib
import inspect
import sys
from collections.abc import Iterable, Sequence
from types import ModuleType

import jax
from jaxtyping import Array

from leydig import kinetics
from leydig.body import State
from leydig.engine import step
from leydig.engine.equations import FlatEquations, Function, flatten_equations
from leydig.engine.kernel import march, organs, simd
from leydig.engine.kernel.feedback import Feedback, divide_equations
from leydig.engine.kernel.kernel_cache import KernelCache
from leydig.engine.system import FAST, System
from leydig.engine.trace.lanes import LanePrinter
from leydig.engine.trace.lines import Program
from leydig.engine.trace.tracer import trace_groups

__all__ = ["compile_kernel", "kernel_text"]

_COMPILED = "@njit(nogil=True, error_model='numpy')"
_IMPORTS = """\
from math import inf, nan
import numpy as np
from numba import njit
from leydig.engine.kernel.simd import LANES, equal, exp, lane_code, log, maximum, minimum, not_equal, sqrt, where
from leydig.engine.kernel.organs import AFTER_JUMP, SUBSTEP, lane_messages, lane_organs
from leydig.engine.step import LONGEST, MOST, SHORTEST, lane_steps
from leydig.ticks import TICKS_PER_DAY
"""


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
    programs = _programs(equations, apart, derivative)
    whole = {"y": 0, "m": 0, "g": 0}  # rows of what a function reads, and the first of them
    groups = {"rate": whole, "say": {"s": times * axis}, "organ_rate": {"y": 0, "s": 0}, "read": whole}
    head = [
        '"""Printed by leydig.engine.kernel.kernel; do not edit."""',
        *(f"# {module.__name__} {_hash(inspect.getsource(module))}" for module in (simd, step, organs, kinetics)),
        _IMPORTS,
        f"SIZES = {system.sizes}",
        *(f"{name.upper()}_AUX = {_width(program)}" for name, program in programs.items()),
        f"READ = {len(programs['read'].results)}",
        f"STATES, COMPARTMENTS, HALF = {times * states}, {times * compartments}, {states if derivative else 0}",
        f"AXIS = np.array({_places(apart.axis, states, times)})",
        f"ORGANS = np.array({_places(apart.organs, states, times)}, dtype=np.int64)",
        f"AXIS_HALF, SIGNALS, MESSAGES = {axis if derivative else 0}, {times * signals}, {times * messages}",
        "pace, split, second, third, fourth, last, doubt, take, go_on, copy, fade, weigh = "
        f"lane_steps({times * axis}, {tuple(fast)}, {system.sizes}, {derivative})",
        f"hear, gather, turn = lane_messages({times * axis}, {times * signals}, {times * messages})",
        f"recall, reach, move, arrive = lane_organs({times * following}, {times * messages})",
        f"WIDTH = {1 + 7 * len(fast) + times * entries}",
    ]
    bodies = [line for name, program in programs.items() for line in _functions(name, program, groups[name])]
    tail = [inspect.getsource(one) for one in (march.lane_rows, organs.march_organs, march.march)]
    return "\n".join([*head, *bodies, *(f"{_COMPILED}\n{text}" for text in tail)])


def _programs(equations: FlatEquations, apart: Feedback, derivative: bool) -> dict[str, Program]:
    """Return every function of the kernel, printed."""

    def print_parts(functions: Sequence[Function], **own: int) -> Program:
        parts = [_with_derivative(one) if derivative else one for one in functions]
        counts = {name: (2 if derivative else 1) * count for name, count in own.items()}
        return LanePrinter.program(
            trace_groups(lambda *groups: [value for one in parts for value in one(*groups)], counts, "t")
        )

    sizes, (signals, messages) = equations.sizes, apart.counts
    return {
        "rate": print_parts([apart.rate, apart.signals], **sizes | {"y": len(apart.axis)}),
        "say": print_parts([apart.messages], t=sizes["t"], s=signals),
        "organ_rate": print_parts([apart.organ_rate], t=sizes["t"], y=len(apart.organs), s=messages),
        "read": print_parts([equations.read], **sizes),
    }


def _places(places: Sequence[int], states: int, times: int) -> list[int]:
    """Return the places of some states, and then those of their derivatives."""
    return [place + half * states for half in range(times) for place in places]


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
        "@lane_code",
        f"def {name}_prelude(t, aux):",
        *(f"    {line}" for line in before or ["pass"]),
        "@lane_code",
        f"def {name}({', '.join(groups)}, t, aux, out):",
        *(f"    {line}" for line in body),
    ]


def _reads(used: Iterable[str], group: str, first: int = 0) -> list[str]:
    """Return the lines that read one group's scalars from its rows, which begin at `first`."""
    places = sorted(int(word[1:]) for word in used if word[0] == group and word[1:].isdigit())
    return [f"{group}{i} = {group}[{first + i}]" for i in places]


_LOADED: dict[str, ModuleType] = {}


def compile_kernel(text: str) -> ModuleType:
    """Return the module of a printed kernel; its `march` is compiled, or fetched from the cache."""
    name = "leydig_kernel_" + _hash(text)
    if name not in _LOADED:
        module = ModuleType(name)
        exec(compile(text, f"<{name}>", "exec"), module.__dict__)  # the text that was printed just now
        module.march._cache = KernelCache(text)
        sys.modules[name] = _LOADED[name] = module
    return _LOADED[name]
