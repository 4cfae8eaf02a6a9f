"""A printer writes a trace in one language: the seam at which a language joins.

It says how an input, a constant and an operation are written; the order of the operations, what is worked out
beforehand and what is shared come from the trace. A language of programs needs no more than this; what stands around
the lines (how a list is read, how a function begins and ends) is for whoever prints them::

    from leydig.engine import LinePrinter, flatten_equations, operations, trace_groups

    class JavaScriptPrinter(LinePrinter):
        language = "JavaScript"
        line = "const {} = {};"
        forms = {operations.ADD: "{} + {}", operations.MAXIMUM: "Math.max({}, {})", ...}  # one for each operation

        def constant(self, value):
            return repr(value)

    equations = flatten_equations(system, state)
    program = JavaScriptPrinter.program(trace_groups(equations.rate, equations.sizes, "t"))

`leydig.engine.trace.lines` says what a `Program` holds. A language of formulas subclasses `Printer` itself and says in
`Printer.share` what gets a line of its own. ``JavaScriptPrinter.missing_forms()`` names what is still to be written.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from leydig.engine.trace.operations import OPERATIONS, Operation
from leydig.engine.trace.tape import Call, Constant, Input, Trace
from leydig.errors import NotSolved

__all__ = ["Printer"]

Text = TypeVar("Text")


class Printer(ABC, Generic[Text]):
    """How one language writes a trace; `Text` is what it knows of a written value.

    Attributes
    ----------
    language : str
        Its name in messages.
    forms : mapping of Operation to str
        How each operation is written, with ``{}`` for its arguments, as `str.format` takes it: braces of the
        language are doubled, and ``{1}`` is the second argument.
    lowers : tuple of Operation
        Operations that it never meets, since its trace is lowered first.
    """

    language: ClassVar[str]
    forms: ClassVar[Mapping[Operation, str]]
    lowers: ClassVar[tuple[Operation, ...]] = ()

    @abstractmethod
    def input(self, one: Input) -> Text:
        """Return how an input is written where it is read."""

    @abstractmethod
    def constant(self, value: float) -> Text:
        """Return how a plain number is written."""

    @abstractmethod
    def call(self, call: Call, arguments: Sequence[Text]) -> Text:
        """Return how an operation on written arguments is written."""

    def share(self, call: Call, text: Text, readers: Sequence[Call]) -> Text:
        """Return what stands for a written operation where these read it: itself, or the name of a line of its own."""
        return text

    @classmethod
    def missing_forms(cls) -> list[str]:
        """Return the names of operations that have no form here."""
        return [one.name for one in OPERATIONS.values() if one not in cls.forms and one not in cls.lowers]

    def texts(self, trace: Trace) -> dict[str, Text]:
        """Return every result as written, by name.

        Raises
        ------
        NotSolved
            When an operation of the trace has no form in this language.
        """
        lacking = {call.operation.name for call in trace.calls().values() if call.operation not in self.forms}
        if lacking:
            raise NotSolved(
                f"got the operation {', '.join(sorted(lacking))}; expected one that {self.language} writes: "
                f"{', '.join(one.name for one in self.forms)}. Add its form to {type(self).__module__}."
            )
        written: list[Text] = []
        readers = trace.readers()
        for place, node in enumerate(trace.nodes):
            if isinstance(node, Input):
                written.append(self.input(node))
            elif isinstance(node, Constant):
                written.append(self.constant(node.value))
            else:
                text = self.call(node, [written[one] for one in node.arguments])
                written.append(self.share(node, text, readers[place]))
        return {name: written[place] for name, place in trace.results.items()}
