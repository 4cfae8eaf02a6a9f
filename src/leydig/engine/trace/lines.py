"""Programs: a lowered trace as lines that each give a name to one operation.

What depends on parameters alone stands apart, in a prelude that is paid once for each man; the rest is paid at every
evaluation. A language of programs says how an operation, a number and a line are written, and nothing else.
"""

import re
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from leydig.engine.trace.lowering import lower
from leydig.engine.trace.operations import POWER
from leydig.engine.trace.printer import Printer
from leydig.engine.trace.tape import Call, Input, Trace

__all__ = ["LinePrinter", "Program", "words"]


class Program(NamedTuple):
    """A printed function.

    Attributes
    ----------
    fixed, moving : dict of str to str
        Lines that depend on fixed inputs alone, and the others, by the names that they give.
    results : list of str
        Names or numbers of the results, in their order.
    """

    fixed: dict[str, str]
    moving: dict[str, str]
    results: list[str]

    def fixed_names(self) -> list[str]:
        """Return the names of fixed lines that the others read."""
        used = words([*self.moving.values(), *self.results])
        return [name for name in self.fixed if name in used]


class LinePrinter(Printer[str]):
    """A language of programs; fixed lines are named ``p0``, ``p1``, ..., moving ones ``v0``, ``v1``, ..."""

    lowers = (POWER,)
    line: ClassVar[str]  # how a name is given to an expression, with {} for both

    def __init__(self) -> None:
        self._fixed: dict[str, str] = {}
        self._moving: dict[str, str] = {}
        self._moves: set[str] = set()

    @abstractmethod
    def constant(self, value: float) -> str:
        """Return how a plain number is written."""

    def input(self, one: Input) -> str:
        """Return the name of an input."""
        if not one.fixed:
            self._moves.add(one.name)
        return one.name

    def call(self, call: Call, arguments: Sequence[str]) -> str:
        """Give an operation a name in a line of its own and return the name."""
        moving = any(one in self._moves for one in arguments)
        name = f"{'v' if moving else 'p'}{len(self._fixed) + len(self._moving)}"
        expression = self.forms[call.operation].format(*arguments)
        (self._moving if moving else self._fixed)[name] = self.line.format(name, expression)
        if moving:
            self._moves.add(name)
        return name

    @classmethod
    def program(cls, trace: Trace) -> Program:
        """Return a trace as a program."""
        printer = cls()
        results = printer.texts(lower(trace))
        return Program(printer._fixed, printer._moving, list(results.values()))


def words(lines: Iterable[str]) -> set[str]:
    """Return every name that stands in these lines."""
    return set(re.findall(r"[a-z]\w*", " ".join(lines)))
