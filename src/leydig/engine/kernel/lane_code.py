"""Lane functions as the march calls them: by the addresses of their machine code, on rows of eight numbers or of four.

The march is the same for every set of drugs and takes seconds to compile; the lane functions of a set take a fraction
of one. So the march is compiled once and is told where the lane functions of a set are, and how many rows they have.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.base import BaseContext
from numba.core.typing.context import Context
from numba.core.typing.templates import Signature
from numba.extending import intrinsic

__all__ = ["LaneCode", "Layout", "call", "lane_rows"]

LINE = 8  # numbers on a line of the cache


class LaneCode(NamedTuple):
    """Addresses of the lane functions of one set of drugs.

    Those of the step are described at `leydig.engine.step.lane_steps`, those of messages and organs at
    `leydig.engine.kernel.organs`; the others are printed (`leydig.engine.kernel.kernel`), each with a prelude that is
    paid once for each man.
    """

    rate: int
    rate_prelude: int
    say: int
    say_prelude: int
    organ_rate: int
    organ_rate_prelude: int
    read: int
    read_prelude: int
    pace: int
    split: int
    second: int
    third: int
    fourth: int
    last: int
    doubt: int
    take: int
    go_on: int
    copy: int
    fade: int
    weigh: int
    hear: int
    gather: int
    turn: int
    recall: int
    reach: int
    move: int
    arrive: int


class Layout(NamedTuple):
    """How many rows the lane functions of one set of drugs read and fill.

    Attributes
    ----------
    axis, organs : Int[np.ndarray, " state"]
        Places of the states that are marched, and of those that follow; with derivatives, then the places of these.
    states, compartments, signals, messages, readings : int
        Rows of each kind, derivatives among them.
    weights : int
        Rows of the numbers of one step length.
    half, axis_half : int
        Where the derivatives begin among states and axis; 0 without.
    rate_aux, say_aux, organ_rate_aux, read_aux : int
        Rows that the preludes fill.
    """

    axis: Int[np.ndarray, " state"]
    organs: Int[np.ndarray, " state"]
    states: int
    compartments: int
    signals: int
    messages: int
    readings: int
    weights: int
    half: int
    axis_half: int
    rate_aux: int
    say_aux: int
    organ_rate_aux: int
    read_aux: int


@intrinsic
def call(_: Context, address: types.Type, *rows: types.Type) -> tuple[Signature, Callable[..., ir.Value]]:
    """Call the lane function at an address with arrays of shape ``(row, lane)``; Numba compiles it into its caller."""

    def code(context: BaseContext, builder: ir.IRBuilder, signature: Signature, values: Sequence[ir.Value]) -> ir.Value:
        place, arrays = values
        pointers = [
            context.make_array(kind)(context, builder, value=value).data
            for kind, value in zip(signature.args[1], cgutils.unpack_tuple(builder, arrays), strict=True)
        ]
        function = ir.FunctionType(ir.VoidType(), [one.type for one in pointers])
        builder.call(builder.inttoptr(place, function.as_pointer()), pointers)
        return context.get_dummy_value()

    return types.void(address, types.StarArgTuple.from_types(rows)), code


@njit(nogil=True, error_model="numpy")
def lane_rows(count, lanes):  # type: ignore[no-untyped-def]
    """Return rows of zeros for so many men, on lines of the cache of their own: a row on two is twice the work."""
    flat = np.zeros(count * lanes + LINE)
    first = -flat.ctypes.data // flat.itemsize % LINE
    return flat[first : first + count * lanes].reshape(count, lanes)
