"""A trace in the elementary operations of a processor.

Powers become products where the exponent is a plain whole number, exponentials of shared logarithms otherwise, and
division by what is fixed for one man becomes multiplication by its inverse, which is worked out once.
"""

from leydig.engine.trace.operations import DIVIDE, EXPONENTIAL, LOGARITHM, MULTIPLY, POWER
from leydig.engine.trace.tape import Call, Constant, Input, Tape, Trace

__all__ = ["lower"]


def lower(trace: Trace) -> Trace:
    """Return the same equations without powers and with fewer divisions."""
    tape = Tape([node for node in trace.nodes if isinstance(node, Input)])
    places: list[int] = []
    for place, node in enumerate(trace.nodes):
        if isinstance(node, Input):
            places.append(place)
        elif isinstance(node, Constant):
            places.append(tape.constant(node.value))
        else:
            places.append(_lower(tape, node, [places[one] for one in node.arguments]))
    return tape.trace({name: places[place] for name, place in trace.results.items()})


def _lower(tape: Tape, call: Call, given: list[int]) -> int:
    """Write one operation in elementary ones and return its place."""
    if call.operation is POWER:
        return _power(tape, *given)
    if call.operation is DIVIDE and tape.is_moving(given[0]) and not tape.is_moving(given[1]):
        return tape.call(MULTIPLY, given[0], tape.call(DIVIDE, tape.constant(1.0), given[1]))
    return tape.call(call.operation, *given, origin=call.origin)


def _power(tape: Tape, base: int, exponent: int) -> int:
    whole = tape.number(exponent)
    if whole is None or whole != round(whole):
        return tape.call(EXPONENTIAL, tape.call(MULTIPLY, exponent, tape.call(LOGARITHM, base)))
    product = tape.constant(1.0)
    for _ in range(abs(round(whole))):
        product = tape.call(MULTIPLY, product, base)
    return product if whole >= 0.0 else tape.call(DIVIDE, tape.constant(1.0), product)
