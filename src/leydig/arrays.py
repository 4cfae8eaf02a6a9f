"""Arrays that several rooms name, plain ones and those that JAX may be tracing, and when two results are equal."""

from collections.abc import Mapping
from dataclasses import fields

import numpy as np
from jaxtyping import Array, Float

import leydig.precision  # noqa: F401  (before the first number)

__all__ = ["AnyArray", "Number", "Scalar", "same_fields"]

AnyArray = Array | np.ndarray  # plain, or JAX's where something is traced
Scalar = Float[Array, ""]  # one number of JAX
Number = Scalar | float


def same_fields(one: object, other: object) -> bool:
    """Return whether a result holds the same as another one, field by field, NaN where NaN stands: their ``==``."""
    if type(one) is not type(other):
        return NotImplemented
    compared = [each.name for each in fields(one) if each.compare]  # type: ignore[arg-type]
    return all(_same(getattr(one, name), getattr(other, name)) for name in compared)


def _same(one: object, other: object) -> bool:
    if isinstance(one, Array | np.ndarray) or isinstance(other, Array | np.ndarray):
        values, others = np.asarray(one), np.asarray(other)
        return np.array_equal(values, others, equal_nan=bool(np.issubdtype(values.dtype, np.floating)))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
