"""The operations that equations are made of: what each takes and gives, and JAX's names of it.

A new operation is added here; every printer then asks for its form.
"""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass

from jax import lax
from jaxtyping import Array

__all__ = [
    "ADD", "DIVIDE", "EQUAL", "EXPONENTIAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "LOGARITHM", "MAXIMUM",
    "MINIMUM", "MULTIPLY", "NEGATE", "NOT_EQUAL", "OPERATIONS", "POWER", "SQUARE_ROOT", "SUBTRACT", "TRUTHS",
    "WHERE", "Operation",
]  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """One operation on numbers.

    Attributes
    ----------
    name : str
        Its word.
    arity : int
        How many arguments it takes.
    value : callable
        What it gives for plain numbers; a truth value is 1 or 0.
    in_jax : callable
        What it is in JAX, which knows its derivative.
    primitives : tuple of str
        JAX's names of it.
    """

    name: str
    arity: int
    value: Callable[..., float]
    in_jax: Callable[..., Array]
    primitives: tuple[str, ...] = ()


def _quotient(one: float, other: float) -> float:
    return one / other if other else math.nan


def _logarithm(one: float) -> float:
    if one > 0.0:
        return math.log(one)
    return math.nan if one else -math.inf


def _power(base: float, exponent: float) -> float:
    """Return a product for a whole exponent, and what the exponential of the logarithm gives otherwise."""
    if exponent != round(exponent):
        return math.exp(exponent * _logarithm(base))
    return math.pow(base, exponent) if base or exponent >= 0.0 else math.nan


def _power_in_jax(base: Array, exponent: Array | float) -> Array:
    if isinstance(exponent, float) and exponent == round(exponent):
        return lax.integer_pow(base, round(exponent))
    return lax.pow(base, exponent)


def _choice(condition: float, one: float, other: float) -> float:
    return one if condition else other


ADD = Operation("add", 2, operator.add, lax.add, ("add", "add_any"))
SUBTRACT = Operation("subtract", 2, operator.sub, lax.sub, ("sub",))
MULTIPLY = Operation("multiply", 2, operator.mul, lax.mul, ("mul",))
DIVIDE = Operation("divide", 2, _quotient, lax.div, ("div",))
MAXIMUM = Operation("maximum", 2, max, lax.max, ("max",))
MINIMUM = Operation("minimum", 2, min, lax.min, ("min",))
NEGATE = Operation("negate", 1, operator.neg, lax.neg, ("neg",))
EXPONENTIAL = Operation("exponential", 1, math.exp, lax.exp, ("exp",))
LOGARITHM = Operation("logarithm", 1, _logarithm, lax.log, ("log",))
SQUARE_ROOT = Operation("square root", 1, math.sqrt, lax.sqrt, ("sqrt",))
POWER = Operation("power", 2, _power, _power_in_jax, ("pow",))
LESS = Operation("less", 2, operator.lt, lax.lt, ("lt",))
LESS_EQUAL = Operation("less or equal", 2, operator.le, lax.le, ("le",))
GREATER = Operation("greater", 2, operator.gt, lax.gt, ("gt",))
GREATER_EQUAL = Operation("greater or equal", 2, operator.ge, lax.ge, ("ge",))
EQUAL = Operation("equal", 2, operator.eq, lax.eq, ("eq",))
NOT_EQUAL = Operation("not equal", 2, operator.ne, lax.ne, ("ne",))
WHERE = Operation("where", 3, _choice, lax.select)  # condition, what it chooses where it holds, and where it does not

TRUTHS = (LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, EQUAL, NOT_EQUAL)  # what they give is a condition of WHERE

OPERATIONS = {
    one.name: one
    for one in (
        ADD, SUBTRACT, MULTIPLY, DIVIDE, MAXIMUM, MINIMUM, NEGATE, EXPONENTIAL, LOGARITHM, SQUARE_ROOT, POWER, LESS,
        LESS_EQUAL, GREATER, GREATER_EQUAL, EQUAL, NOT_EQUAL, WHERE,
    )
}  # fmt: skip
