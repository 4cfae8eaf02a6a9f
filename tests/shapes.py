"""Shapes of arrays, checked in every call while tests run with ``SHAPES=1``: what an annotation says comes and goes.

jaxtyping's import hook wraps each function of the rooms named in `ROOMS`, and beartype looks at what comes in and
goes out. Only shapes and kinds of numbers are looked at: what else an annotation says, mypy holds. A plain number or an
array of NumPy stands wherever JAX's may, since the equations are read with both (`leydig.engine.reference`).
"""

import types
import typing
from functools import lru_cache, reduce
from operator import or_

import numpy as np
from beartype import BeartypeConf, beartype
from jaxtyping import AbstractArray, Array, install_import_hook

__all__ = ["ROOMS", "check", "install_import_hook", "watch"]

ROOMS = ("analyte", "body", "course", "drug", "drugs", "engine", "evidence", "man", "pulses", "simulation",
         "ticks", "trial")  # fmt: skip
_CHECK = beartype(conf=BeartypeConf(is_pep484_tower=True))


def watch():
    """Look at the shapes in these rooms from now on; before any of them is imported."""
    return install_import_hook([f"leydig.{room}" for room in ROOMS], "shapes.check")


def check(function):
    """Return a function that checks the arrays among its arguments and results; itself where it has none."""
    seen = {name: _arrays(one) for name, one in function.__annotations__.items()}
    if all(one is object for one in seen.values()):
        return function
    function.__annotations__ = seen
    return _CHECK(function)


@lru_cache(maxsize=4096)
def _arrays(annotation):
    """Return what an annotation says of arrays; object where it says nothing of them."""
    if isinstance(annotation, type) and issubclass(annotation, AbstractArray):
        return _array(annotation)
    kind, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if kind in (list, dict, tuple):
        parts = tuple(one if one is Ellipsis else _arrays(one) for one in inside)
        return object if all(one in (object, Ellipsis) for one in parts) else kind[parts]
    if kind in (typing.Union, types.UnionType):
        parts = [type(None) if one in (None, type(None)) else _arrays(one) for one in inside]
        return object if object in parts else reduce(or_, parts)
    return object


def _array(annotation):
    """Return an array's annotation with NumPy's beside JAX's, and a plain number where no axis is needed."""
    if annotation.array_type is typing.Any:
        return annotation
    wider = annotation.dtype[Array | np.ndarray, annotation.dim_str]
    bare = all(axis == "..." or axis.lstrip("#").startswith("*") for axis in annotation.dim_str.split())
    return wider | float | np.floating if bare else wider
