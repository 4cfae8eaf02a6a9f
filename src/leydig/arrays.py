"""Types of arrays that several rooms name: plain ones, and those that JAX may be tracing."""

import numpy as np
from jaxtyping import Array, Float

import leydig.precision  # noqa: F401  (before the first number)

__all__ = ["AnyArray", "Number", "Scalar"]

AnyArray = Array | np.ndarray  # plain, or JAX's where something is traced
Scalar = Float[Array, ""]  # one number of JAX
Number = Scalar | float
