"""Rows of trees and tables: some of them, a function that is asked for a fixed number at a time, and products."""

from collections.abc import Callable
from typing import TypeVar

import jax
import numpy as np
from jaxtyping import Float, Int, PyTree

import leydig.precision  # noqa: F401  (before the first number)
from leydig.cache import keep_compiled_jax

__all__ = ["in_blocks", "multiply_rows", "take_rows"]

_T = TypeVar("_T")  # a tree with rows
BLOCK = 64  # rows that one compiled call takes
REMEMBERED = 64  # single rows whose answer is kept
_KNOWN: dict[tuple[object, ...], PyTree] = {}


def in_blocks(function: Callable[..., _T], *rows: PyTree) -> _T:
    """Return what a function of rows gives, asked for `BLOCK` rows at a time.

    A compiler rounds in another way for another number of rows, so the number is always the same: no man's
    numbers depend on how many are asked for with him.

    Parameters
    ----------
    function : callable
        Takes trees of `BLOCK` rows and returns one.
    *rows : tree of Array
        Every leaf with one row for each man.

    Notes
    -----
    A function must give the same for the same rows: what it gave for a single one is kept for the next time.
    """
    leaves, shape = jax.tree.flatten(rows)
    leaves = [np.asarray(leaf) for leaf in leaves]
    if len(leaves[0]) > 1:
        return _ask(function, rows)
    row = (function, shape, *(one.dtype for one in leaves), b"".join(one.tobytes() for one in leaves))
    if row not in _KNOWN:
        if len(_KNOWN) >= REMEMBERED:
            _KNOWN.pop(next(iter(_KNOWN)))
        _KNOWN[row] = _ask(function, rows)
    found: _T = jax.tree.map(np.copy, _KNOWN[row])
    return found


def _ask(function: Callable[..., _T], rows: tuple[PyTree, ...]) -> _T:
    keep_compiled_jax()
    count = len(jax.tree.leaves(rows)[0])
    parts = []
    for first in range(0, count, BLOCK):
        which = np.minimum(np.arange(first, first + BLOCK), count - 1)
        parts.append(jax.tree.map(np.asarray, function(*take_rows(rows, which))))
    return jax.tree.map(lambda *blocks: np.ascontiguousarray(np.concatenate(blocks)[:count]), *parts)


def take_rows(tree: _T, which: int | slice | Int[np.ndarray, " row"] | None) -> _T:
    """Return a part of every leaf: one man by number, several by slice, one man as a row by None."""
    return jax.tree.map(lambda leaf: np.asarray(leaf)[which], tree)


def multiply_rows(
    rows: Float[np.ndarray, "row inner"], matrix: Float[np.ndarray, "inner column"]
) -> Float[np.ndarray, "row column"]:
    """Return ``rows @ matrix`` of many rows and a small matrix, worked out by this thread alone.

    Notes
    -----
    For a thousand rows and some dozens of columns BLAS starts a thread on every core, which takes ten times as long as
    the product, and longer still where men are fitted side by side.
    """
    return np.asarray(np.einsum("ij,jk->ik", rows, matrix))
