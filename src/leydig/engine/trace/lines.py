"""Programs: a lowered trace as lines that each give a name to one operation.

What depends on parameters alone stands apart, in a prelude that is paid once for each man; the rest is paid at every
evaluation. A language of programs says how an operation, a number and a line are written, and nothing else.
"""

import re
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from leydig.engine.trace.lowering import lower
from leydig.engine.trace.merging import merge
from leydig.engine.trace.operations import POWER
from leydig.engine.trace.printer import Printer
from leydig.engine.trace.tape import Call, Input, Trace
from leydig.errors import NotSolved

__all__ = ["LinePrinter", "Program"]


class Program(NamedTuple):
    """A printed function; whoever prints it writes what stands around the lines.

    Attributes
    ----------
    fixed, moving : dict of str to str
        Lines that depend on fixed inputs alone, and the others, by the names that they give; each reads earlier ones.
    results : list of str
        Names or numbers of the results, in their order.
    fixed_reads : frozenset of str
        Inputs that fixed lines read, and so what has to have a name before them.
    moving_reads : frozenset of str
        Inputs and fixed lines that moving lines and results read.
    """

    fixed: dict[str, str]
    moving: dict[str, str]
    results: list[str]
    fixed_reads: frozenset[str]
    moving_reads: frozenset[str]

    def fixed_names(self) -> list[str]:
        """Return the names of fixed lines that the others read: what one man's prelude hands on."""
        return [name for name in self.fixed if name in self.moving_reads]


class LinePrinter(Printer[str]):
    """A language of programs; fixed lines are named ``p0``, ``p1``, ..., moving ones ``v0``, ``v1``, ...

    A language says `language`, `forms`, `line` and `constant`; `program` then gives the lines. It never meets a power,
    which is written as products or by exponential and logarithm. A comparison gives a truth value, which is read as
    the first argument of `where` alone.

    Attributes
    ----------
    line : str
        How a name is given to an expression, with ``{}`` for the name and then the expression.
    """

    lowers = (POWER,)
    line: ClassVar[str]

    def __init__(self) -> None:
        self._fixed: dict[str, str] = {}
        self._moving: dict[str, str] = {}
        self._fixed_reads: set[str] = set()
        self._moving_reads: set[str] = set()
        self._moves: set[str] = set()

    @abstractmethod
    def constant(self, value: float) -> str:
        """Return how a plain number is written, with all its digits; infinity and NaN may come."""

    def input(self, one: Input) -> str:
        """Return the name of an input.

        Raises
        ------
        NotSolved
            When a line might have the same name.
        """
        if re.fullmatch(r"[pv]\d+", one.name):
            raise NotSolved(
                f"got an input named {one.name}; expected a name that no line has, and lines are named p0, p1, ... and "
                "v0, v1, ... Name the group of inputs by another letter."
            )
        if not one.fixed:
            self._moves.add(one.name)
        return one.name

    def call(self, call: Call, arguments: Sequence[str]) -> str:
        """Give an operation a name in a line of its own and return the name."""
        moving = any(one in self._moves for one in arguments)
        lines, reads = (self._moving, self._moving_reads) if moving else (self._fixed, self._fixed_reads)
        name = f"{'v' if moving else 'p'}{len(self._fixed) + len(self._moving)}"
        lines[name] = self.line.format(name, self.forms[call.operation].format(*arguments))
        reads.update(arguments)
        if moving:
            self._moves.add(name)
        return name

    @classmethod
    def program(cls, trace: Trace) -> Program:
        """Return a trace as a program."""
        printer = cls()
        results = list(printer.texts(merge(lower(trace))).values())
        inputs = frozenset(node.name for node in trace.nodes if isinstance(node, Input))
        return Program(
            printer._fixed,
            printer._moving,
            results,
            inputs & printer._fixed_reads,
            (inputs | printer._fixed.keys()) & (printer._moving_reads | {*results}),
        )
