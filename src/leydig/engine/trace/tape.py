"""The tape: traced equations as one list of nodes, each an input, a constant or an operation on earlier nodes.

What is written on it comes to its shortest: plain numbers are worked out, what 0 and 1 make trivial is dropped,
and what stands there already is not written again.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jaxtyping import Array

from leydig.engine.trace.operations import ADD, DIVIDE, MULTIPLY, SUBTRACT, WHERE, Operation

__all__ = ["Call", "Constant", "Input", "Node", "Tape", "Trace"]


def _no_origin() -> str:
    return ""


@dataclass(frozen=True)
class Input:
    """A number that the equations are given.

    Attributes
    ----------
    name : str
        Its name, once in a trace.
    unit : str
        Its unit, as parameters declare theirs; "1" for a pure number.
    fixed : bool
        Whether it stays the same for one man, so that what depends on such inputs alone is worked out once.
    """

    name: str
    unit: str = "1"
    fixed: bool = False


@dataclass(frozen=True)
class Constant:
    """A plain number, compared as it is written, so that -0 is not 0."""

    text: str

    @property
    def value(self) -> float:
        """The number."""
        return float(self.text)


@dataclass(frozen=True)
class Call:
    """An operation on earlier nodes.

    Attributes
    ----------
    operation : Operation
    arguments : tuple of int
        Places of the arguments among the nodes.
    origin : callable
        Returns where in the model it stands: its class, ``_`` and the name that its line gives to a value.
    """

    operation: Operation
    arguments: tuple[int, ...]
    origin: Callable[[], str] = field(default=_no_origin, compare=False)


Node = Input | Constant | Call


@dataclass(frozen=True)
class Trace:
    """Equations as a list of operations.

    Attributes
    ----------
    nodes : tuple of Input, Constant or Call
        Inputs first, all of them; then what a result needs, every node after those that it reads.
    results : dict of str to int
        Places of the results by name.
    """

    nodes: tuple[Node, ...]
    results: dict[str, int]

    def digest(self) -> str:
        """Return the SHA-256 of inputs, numbers, operations and results; the same in every process."""
        lines = [
            f"{node.operation.name} {' '.join(map(str, node.arguments))}" if isinstance(node, Call) else repr(node)
            for node in self.nodes
        ]
        lines += [f"{name} is {place}" for name, place in self.results.items()]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def node(self, result: str) -> Node:
        """Return the node of a result."""
        return self.nodes[self.results[result]]

    def calls(self) -> dict[int, Call]:
        """Return the operations by place."""
        return {place: node for place, node in enumerate(self.nodes) if isinstance(node, Call)}

    def readers(self) -> dict[int, list[Call]]:
        """Return the operations that read each node, by its place, once for each argument that it is."""
        found: dict[int, list[Call]] = {place: [] for place in range(len(self.nodes))}
        for call in self.calls().values():
            for place in call.arguments:
                found[place].append(call)
        return found

    def arguments(self, place: int) -> tuple[int, ...]:
        """Return the places that the node at one place reads."""
        node = self.nodes[place]
        return node.arguments if isinstance(node, Call) else ()

    def dependencies(self, targets: Iterable[int], inputs: Iterable[int] = ()) -> set[int]:
        """Return every place that is needed for some, these included, where others are known."""
        found, stop, waiting = set[int](), set(inputs), list(targets)
        while waiting:
            place = waiting.pop()
            if place not in found and place not in stop:
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

    def values(self, targets: Sequence[int], inputs: Mapping[int, Array]) -> list[Array]:
        """Work out some places in JAX, from the values at known ones.

        Parameters
        ----------
        targets : sequence of int
        inputs : mapping of int to number, array or tracer
            Inputs, or any places in their stead.

        Raises
        ------
        KeyError
            When an input that is needed is not known.
        """
        values: dict[int, Any] = dict(
            inputs
        )  # constants stay plain numbers, which JAX takes for arrays and no type says
        for place in sorted(self.dependencies(targets, inputs)):
            node = self.nodes[place]
            if isinstance(node, Call):
                values[place] = node.operation.in_jax(*(values[one] for one in node.arguments))
            elif isinstance(node, Constant):
                values[place] = node.value
        return [values[place] for place in targets]


class Tape:
    """A trace while it is written.

    Parameters
    ----------
    inputs : sequence of Input
        What the equations are given; their places are 0, 1, 2, ...
    """

    def __init__(self, inputs: Sequence[Input]) -> None:
        self.nodes: list[Node] = list(inputs)
        self._places: dict[Node, int] = {node: place for place, node in enumerate(self.nodes)}
        self._fixed = {place for place, one in enumerate(inputs) if one.fixed}

    def number(self, place: int) -> float | None:
        """Return the value of a constant, None for what is none."""
        node = self.nodes[place]
        return node.value if isinstance(node, Constant) else None

    def is_moving(self, place: int) -> bool:
        """Return whether a node depends on more than constants and fixed inputs."""
        return place not in self._fixed

    def constant(self, value: float) -> int:
        """Write a plain number and return its place."""
        return self._write(Constant(repr(float(value))))

    def call(self, operation: Operation, *arguments: int, origin: Callable[[], str] = _no_origin) -> int:
        """Write an operation, or what it comes to, and return its place."""
        numbers = [self.number(place) for place in arguments]
        values = [number for number in numbers if number is not None]
        if len(values) == len(arguments):
            return self.constant(operation.value(*values))
        trivial = self._simplify(operation, arguments, numbers)
        return self._write(Call(operation, arguments, origin)) if trivial is None else trivial

    def _simplify(self, operation: Operation, arguments: tuple[int, ...], numbers: list[float | None]) -> int | None:
        """Return the place of what 0, 1 or a constant condition makes of an operation; None when it must be written."""
        first, last = numbers[0], numbers[-1]
        if operation is WHERE and first is not None:
            return arguments[1] if first else arguments[2]
        if operation is MULTIPLY and 0.0 in (first, last):
            return self.constant(0.0)
        if (operation is ADD and first == 0.0) or (operation is MULTIPLY and first == 1.0):
            return arguments[1]
        if operation in (ADD, SUBTRACT) and last == 0.0:
            return arguments[0]
        if (operation in (MULTIPLY, DIVIDE) and last == 1.0) or (operation is DIVIDE and first == 0.0):
            return arguments[0]
        return None

    def _write(self, node: Node) -> int:
        if node not in self._places:
            place = len(self.nodes)
            self.nodes.append(node)
            self._places[node] = place
            if not isinstance(node, Call) or self._fixed.issuperset(node.arguments):
                self._fixed.add(place)
        return self._places[node]

    def trace(self, results: Mapping[str, int]) -> Trace:
        """Return what was written, without what no result needs."""
        needed = set(results.values())
        for place in reversed(range(len(self.nodes))):
            node = self.nodes[place]
            if place in needed and isinstance(node, Call):
                needed.update(node.arguments)
        kept = [place for place, node in enumerate(self.nodes) if place in needed or isinstance(node, Input)]
        moved = {place: new for new, place in enumerate(kept)}
        nodes = (self.nodes[place] for place in kept)
        return Trace(
            tuple(
                replace(node, arguments=tuple(moved[place] for place in node.arguments))
                if isinstance(node, Call)
                else node
                for node in nodes
            ),
            {name: moved[place] for name, place in results.items()},
        )
