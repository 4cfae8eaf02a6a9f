"""Shapes of arrays, looked at while tests run: what an annotation says comes and goes.

Each function and dataclass of the package whose annotations say shapes is wrapped as it is imported: jaxtyping binds
the names of its axes, beartype looks at what comes in and goes out. Only shapes and kinds of numbers are looked at: what
else an annotation says, mypy holds. A plain number or an array of NumPy stands wherever JAX's may, since the equations
are read with both (`leydig.engine.reference`).

jaxtyping brings an import hook of its own, which wraps every function there is and reads its arguments twice: a fifth of
the time of the engine's tests, most of it where nothing is to be seen. Here a function that says no shape stays itself,
and what is wrapped is prepared in its first call. Each function is looked at in its first calls, then now and then: looking at
every one of a million calls was a tenth of the time of all tests. A function inside a function stays itself, too: it would be prepared
anew in each call of the outer one.
"""

import ast
import dataclasses
import sys
import types
import typing
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial, reduce, wraps
from importlib.machinery import PathFinder, SourceFileLoader
from operator import or_

import numpy as np
from beartype import BeartypeConf, beartype
from jaxtyping import AbstractArray, Array, jaxtyped

__all__ = ["check", "watch"]

DRUGS = "leydig.drug"
LOOKED_AT = {"first": 40, "every": 20}  # calls of a function that are looked at: so many, then each so many
_CHECK = beartype(conf=BeartypeConf(is_pep484_tower=True))


def watch(package):
    """Look at the shapes in a package from now on; before any of it is imported."""
    sys.meta_path.insert(0, _Finder(package))


class _Finder:
    def __init__(self, package):
        self.package = package

    def find_spec(self, name, path=None, target=None):
        """Return what the path says of a module, with a loader that marks."""
        if name.partition(".")[0] != self.package:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    def source_to_code(self, data, path, *, _optimize=-1):
        """Compile a source with its functions and classes handed to `check`."""
        return compile(_Marks().visit(ast.parse(data, path)), path, "exec", dont_inherit=True, optimize=_optimize)

    def path_stats(self, path):
        """Refuse, so that Python keeps no compiled file of what is marked."""
        raise OSError(f"{path} is compiled anew in every run that watches")


class _Marks(ast.NodeTransformer):
    def visit_FunctionDef(self, node):
        """Mark a function below its other decorators, which may hide its annotations."""
        node.decorator_list.append(_mark(node))
        return node

    def visit_ClassDef(self, node):
        """Mark the methods of a class, and itself above its other decorators: one of them makes it a dataclass."""
        self.generic_visit(node)
        node.decorator_list.insert(0, _mark(node))
        return node


def _mark(node):
    mark = ast.Call(ast.Name("__import__", ast.Load()), [ast.Constant("shapes")], [])
    return ast.fix_missing_locations(ast.copy_location(ast.Attribute(mark, "check", ast.Load()), node))


def check(one):
    """Return a function that looks at the arrays among its arguments and results; itself where it has none.

    A dataclass looks at what its fields are given, but for a drug: it may hold one number for each man, where its
    equations read one.
    """
    if isinstance(one, type):
        if dataclasses.is_dataclass(one) and "__init__" in vars(one) and not one.__module__.startswith(DRUGS):
            one.__init__ = check(one.__init__)
        return one
    seen = {name: _arrays(annotation) for name, annotation in getattr(one, "__annotations__", {}).items()}
    return one if all(annotation is object for annotation in seen.values()) else _wrapped(one, seen)


def _wrapped(function, seen):
    """Return a function that looks at arguments and results as `seen` says, prepared in its first call.

    It stands among the globals of the function itself: doctest reads the examples of what stands in a module alone.
    """
    checked, prepare, context, calls, looked_at = None, partial(_prepare, function, seen), jaxtyped, 0, LOOKED_AT

    def watched(*args, **kwargs):
        nonlocal checked, calls
        calls += 1
        if calls > looked_at["first"] and calls % looked_at["every"]:
            return function(*args, **kwargs)
        if checked is None:
            checked = prepare()
        with context("context"):
            return checked(*args, **kwargs)

    moved = types.FunctionType(watched.__code__, function.__globals__, closure=watched.__closure__)
    return wraps(function)(moved)


def _prepare(function, seen):
    function.__annotations__ = seen
    return _CHECK(function)


@lru_cache(maxsize=4096)
def _arrays(annotation):
    """Return what an annotation says of arrays; object where it says nothing of them."""
    if isinstance(annotation, type) and issubclass(annotation, AbstractArray):
        return _array(annotation)
    kind, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if kind in (list, dict, tuple, Mapping, Sequence):
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
