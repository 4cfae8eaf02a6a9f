"""Merging: a lowered trace with fewer divisions, exponentials and logarithms.

Each of these costs as much as ten products, and all that reads it has to wait for it. What one operation alone reads
becomes a part of that operation::

    a/b · c/d  =  (a·c)/(b·d)        e^a · e^b  =  e^(a + b)        log(k/b)  =  log k − log b, for a fixed k

The numbers differ from those of the trace in their last places.
"""

from leydig.engine.trace.operations import ADD, DIVIDE, EXPONENTIAL, LOGARITHM, MULTIPLY, SUBTRACT
from leydig.engine.trace.tape import Call, Constant, Input, Tape, Trace

__all__ = ["merge"]


def merge(trace: Trace) -> Trace:
    """Return the same equations with fractions, exponentials and logarithms merged where nothing else reads them."""
    return _Merger(trace).merge()


class _Merger:
    """A trace while it is written again; a fraction is divided when somebody reads its value."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.tape = trace, Tape([node for node in trace.nodes if isinstance(node, Input)])
        self.readers, self.results = trace.readers(), {*trace.results.values()}
        self.written: dict[int, int] = {}
        self.fractions: dict[int, tuple[int, int]] = {}

    def merge(self) -> Trace:
        """Return the trace as it is written again."""
        for place, node in enumerate(self.trace.nodes):
            if isinstance(node, Input):
                self.written[place] = place
            elif isinstance(node, Constant):
                self.written[place] = self.tape.constant(node.value)
            elif not self.keep_fraction(place, node):
                self.written[place] = self.write(node)
        return self.tape.trace({name: self.write_value(place) for name, place in self.trace.results.items()})

    def lone_reader(self, place: int) -> Call | None:
        """Return the one operation that reads a node, None where there are more or it is a result."""
        readers = self.readers[place]
        return readers[0] if len(readers) == 1 and place not in self.results else None

    def write_value(self, place: int) -> int:
        """Return where a node stands on the tape, its fraction divided if it is one."""
        if place not in self.written:
            self.written[place] = self.tape.call(DIVIDE, *self.fractions[place])
        return self.written[place]

    def is_moving(self, place: int) -> bool:
        """Return whether a node depends on more than constants and fixed inputs, as every fraction does."""
        return place in self.fractions or self.tape.is_moving(self.written[place])

    def parts(self, place: int) -> tuple[int, int]:
        """Return numerator and denominator of a node, which may be 1."""
        return self.fractions.get(place) or (self.write_value(place), self.tape.constant(1.0))

    def keep_fraction(self, place: int, call: Call) -> bool:
        """Keep an operation as a fraction where it is one; divided at once unless its only reader takes it so."""
        fractions = not self.fractions.keys().isdisjoint(call.arguments)
        if not (call.operation is MULTIPLY and fractions) and not (
            call.operation is DIVIDE and self.is_moving(call.arguments[1])
        ):
            return False
        (above, below), (second, other) = (self.parts(one) for one in call.arguments)
        if call.operation is DIVIDE:
            second, other = other, second
        self.fractions[place] = self.tape.call(MULTIPLY, above, second), self.tape.call(MULTIPLY, below, other)
        reader = self.lone_reader(place)
        fixed = not self.tape.is_moving(self.fractions[place][0])
        if reader is None or not (reader.operation in (MULTIPLY, DIVIDE) or (reader.operation is LOGARITHM and fixed)):
            self.write_value(place)
            del self.fractions[place]
        return True

    def write(self, call: Call) -> int:
        """Write an operation and return its place."""
        nodes = [self.trace.nodes[one] for one in call.arguments]
        if call.operation is MULTIPLY and all(
            isinstance(node, Call) and node.operation is EXPONENTIAL and self.lone_reader(place)
            for node, place in zip(nodes, call.arguments, strict=True)
        ):
            exponents = [self.write_value(self.trace.arguments(place)[0]) for place in call.arguments]
            return self.tape.call(EXPONENTIAL, self.tape.call(ADD, *exponents))
        if call.operation is LOGARITHM and call.arguments[0] in self.fractions:
            logarithms = [self.tape.call(LOGARITHM, part) for part in self.fractions[call.arguments[0]]]
            return self.tape.call(SUBTRACT, *logarithms)
        return self.tape.call(call.operation, *(self.write_value(one) for one in call.arguments), origin=call.origin)
