"""Lanes: arithmetic on several men at once, emitted as vector instructions.

The compiler does not find the vectors in a long text of scalar operations by itself. So a lane function
is plain Python over `Lane` values that is run once, at compile time: every operation emits one vector
instruction, and the instructions become one function of machine code (`leydig.engine.kernel.machine_code`).
Its arguments are arrays of shape ``(row, lane)``, of eight lanes, or of four where no more men are asked for. Every
lane is computed on its own, so no man depends on his neighbours, and nothing is reordered, so results have the same
bytes for any number of men. A product and a sum may become one instruction, which rounds once.

`exp` and `log` are written here, since the vector forms of the system library are not there on every
machine: both reduce the argument exactly and sum a polynomial, to about one unit in the last place.
"""

from collections.abc import Callable
from inspect import signature
from math import factorial

import numpy as np
from llvmlite import ir
from numpy.polynomial import Chebyshev, Polynomial

__all__ = [
    "FEW_LANES", "LANES", "Lane", "LaneFunction", "Rows", "emit_function", "equal", "exp", "log", "maximum", "minimum",
    "not_equal", "size", "sqrt", "where",
]  # fmt: skip

LANES = 8  # of a row, where men are many
FEW_LANES = 4  # where they are no more: half the instructions, and the wait for each result is the same
_REAL = ir.DoubleType()
_WHOLE = ir.IntType(64)

_SHIFT = 1.5 * 2.0**52  # adding it leaves the rounded number in the lowest bits
_LN2 = 0.6931471805599453
_LN2_REST = 2.3190468138462996e-17  # what the line above leaves of ln 2
_TINIEST = 2.0**-1022
_LOWEST, _HIGHEST = -708.0, 709.0  # arguments whose exponential is an ordinary number
_SQRT_HALF = int(np.float64(0.5**0.5).view(np.int64)) >> 32 << 32
_EXPONENT = 52  # lowest bit of the exponent
_BIAS = 1023
_WHOLE_TO_REAL = int(np.float64(2.0**52).view(np.int64))
_FAR = 18  # terms after which a series leaves nothing in double precision


def _economize(series: list[float], start: float, end: float, terms: int) -> list[float]:
    """Return fewer coefficients of a power series that serve between two arguments, by Chebyshev's polynomials."""
    whole = Polynomial(series).convert(kind=Chebyshev, domain=[start, end])
    return whole.truncate(terms).convert(kind=Polynomial).coef.tolist()


_EXP_BEND = _economize([1.0 / factorial(k) for k in range(_FAR)], -0.5 * _LN2, 0.5 * _LN2, 12)[2:]
_EXP = [1.0, 1.0, *_EXP_BEND]  # the first two exactly; what is left is 2e-17
_LOG = _economize([2.0 / (2 * k + 1) for k in range(_FAR)], 0.0, (3.0 - 2.0 * 2.0**0.5) ** 2, 8)  # the same, 3e-17


class _Now:
    """Where instructions are being emitted."""

    builder: ir.IRBuilder = None
    lanes: int
    reals: ir.VectorType
    wholes: ir.VectorType


class Lane:
    """One number of every lane, at compile time."""

    def __init__(self, value: ir.Value) -> None:
        self.value = value

    def __add__(self, other: "_Operand") -> "Lane":
        return _emit("fadd", self, other)

    def __radd__(self, other: "_Operand") -> "Lane":
        return _emit("fadd", other, self)

    def __sub__(self, other: "_Operand") -> "Lane":
        return _emit("fsub", self, other)

    def __rsub__(self, other: "_Operand") -> "Lane":
        return _emit("fsub", other, self)

    def __mul__(self, other: "_Operand") -> "Lane":
        return _emit("fmul", self, other)

    def __rmul__(self, other: "_Operand") -> "Lane":
        return _emit("fmul", other, self)

    def __truediv__(self, other: "_Operand") -> "Lane":
        return _emit("fdiv", self, other)

    def __rtruediv__(self, other: "_Operand") -> "Lane":
        return _emit("fdiv", other, self)

    def __neg__(self) -> "Lane":
        return _emit("fsub", 0.0, self)

    def __lt__(self, other: "_Operand") -> "Lane":
        return _compare("<", self, other)

    def __le__(self, other: "_Operand") -> "Lane":
        return _compare("<=", self, other)

    def __gt__(self, other: "_Operand") -> "Lane":
        return _compare(">", self, other)

    def __ge__(self, other: "_Operand") -> "Lane":
        return _compare(">=", self, other)


_Operand = Lane | float


class Rows:
    """An array of shape ``(row, lane)``, at compile time."""

    def __init__(self, pointer: ir.Value) -> None:
        self._pointer = pointer

    def _pointer_to(self, row: int) -> ir.Value:
        first = _Now.builder.gep(self._pointer, [ir.Constant(_WHOLE, row * _Now.lanes)])
        return _Now.builder.bitcast(first, _Now.reals.as_pointer())

    def __getitem__(self, row: int) -> Lane:
        return Lane(_Now.builder.load(self._pointer_to(row), align=8))

    def __setitem__(self, row: int, lane: _Operand) -> None:
        _Now.builder.store(_value(lane), self._pointer_to(row), align=8)


LaneFunction = Callable[..., None]  # takes `Rows`


def _value(lane: _Operand) -> ir.Value:
    if isinstance(lane, Lane):
        return lane.value
    return ir.Constant(_Now.reals, [float(lane)] * _Now.lanes)


def _emit(operation: str, one: _Operand, other: _Operand) -> Lane:
    return Lane(getattr(_Now.builder, operation)(_value(one), _value(other), flags=("contract",)))


def _compare(sign: str, one: _Operand, other: _Operand) -> Lane:
    return Lane(_Now.builder.fcmp_ordered(sign, _value(one), _value(other)))


def _whole_numbers(value: int) -> ir.Constant:
    return ir.Constant(_Now.wholes, [value] * _Now.lanes)


def _machine(name: str, *lanes: _Operand) -> Lane:
    """Emit a call of one of the machine's own functions."""
    module, full = _Now.builder.module, f"llvm.{name}.v{_Now.lanes}f64"
    if full not in module.globals:
        ir.Function(module, ir.FunctionType(_Now.reals, [_Now.reals] * len(lanes)), name=full)
    return Lane(_Now.builder.call(module.globals[full], [_value(lane) for lane in lanes]))


def _fma(one: _Operand, other: _Operand, more: _Operand) -> Lane:
    return _machine("fma", one, other, more)


def equal(one: _Operand, other: _Operand) -> Lane:
    """Return whether two numbers are equal."""
    return _compare("==", one, other)


def not_equal(one: _Operand, other: _Operand) -> Lane:
    """Return whether two numbers differ; NaN differs from everything."""
    return Lane(_Now.builder.fcmp_unordered("!=", _value(one), _value(other)))


def where(condition: Lane, one: _Operand, other: _Operand) -> Lane:
    """Return `one` where the condition holds and `other` where it does not."""
    return Lane(_Now.builder.select(condition.value, _value(one), _value(other)))


def minimum(one: _Operand, other: _Operand) -> Lane:
    """Return the smaller; NaN in `one` stays."""
    return where(_compare(">", one, other), other, one)


def maximum(one: _Operand, other: _Operand) -> Lane:
    """Return the larger; NaN in `one` stays."""
    return where(_compare("<", one, other), other, one)


def size(lane: _Operand) -> Lane:
    """Return the absolute value."""
    return _machine("fabs", lane)


def sqrt(lane: _Operand) -> Lane:
    """Return the square root."""
    return _machine("sqrt", lane)


def _polynomial(x: Lane, coefficients: list[float]) -> Lane:
    """Return a polynomial with ascending coefficients, in pairs so that few operations wait for another."""
    terms: list[_Operand] = list(coefficients)
    while len(terms) > 1:
        pairs = [_fma(terms[i + 1], x, terms[i]) for i in range(0, len(terms) - 1, 2)]
        terms = [*pairs, *terms[2 * len(pairs) :]]
        x = x * x
    return Lane(_value(terms[0]))


def exp(lane: _Operand) -> Lane:
    """Return the exponential; 0 below -708, and the value at 709 above it."""
    build, x = _Now.builder, minimum(maximum(Lane(_value(lane)), _LOWEST), _HIGHEST)
    shifted = _fma(x, 1.0 / _LN2, _SHIFT)
    whole = shifted - _SHIFT
    rest = _fma(whole, -_LN2_REST, _fma(whole, -_LN2, x))
    bits = build.add(build.bitcast(shifted.value, _Now.wholes), _whole_numbers(_BIAS))
    power = Lane(build.bitcast(build.shl(bits, _whole_numbers(_EXPONENT)), _Now.reals))
    value = power * _polynomial(rest, _EXP)
    return where(_compare("<=", lane, _LOWEST), 0.0, value)


def log(lane: _Operand) -> Lane:
    """Return the natural logarithm; minus infinity at 0, NaN below."""
    build, x = _Now.builder, Lane(_value(lane))
    bits = build.bitcast(x.value, _Now.wholes)
    exponent = build.ashr(build.sub(bits, _whole_numbers(_SQRT_HALF)), _whole_numbers(_EXPONENT))
    part = Lane(build.bitcast(build.sub(bits, build.shl(exponent, _whole_numbers(_EXPONENT))), _Now.reals))
    lifted = build.or_(build.add(exponent, _whole_numbers(2 * _BIAS)), _whole_numbers(_WHOLE_TO_REAL))
    whole = Lane(build.bitcast(lifted, _Now.reals)) - (2.0**52 + 2.0 * _BIAS)
    ratio = (part - 1.0) / (part + 1.0)
    value = _fma(whole, _LN2, ratio * _polynomial(ratio * ratio, _LOG))
    ordinary = where(_compare(">=", x, _TINIEST), value, -np.inf)
    return where(_compare(">=", x, 0.0), ordinary, np.nan)


def emit_function(module: ir.Module, name: str, function: LaneFunction, lanes: int = LANES) -> None:
    """Write a lane function into a module of LLVM.

    Parameters
    ----------
    module : llvmlite.ir.Module
    name : str
        Under which it can be called, with the addresses of its rows.
    function : callable
        Takes `Rows` and stores into the last of them; runs now, once.
    lanes : int, optional
        How many lanes its rows have.
    """
    _Now.lanes, _Now.reals, _Now.wholes = lanes, ir.VectorType(_REAL, lanes), ir.VectorType(_WHOLE, lanes)
    pointers = [_REAL.as_pointer()] * len(signature(function).parameters)
    body = ir.Function(module, ir.FunctionType(ir.VoidType(), pointers), name=name)
    for argument in body.args:
        argument.add_attribute("noalias")
    _Now.builder = ir.IRBuilder(body.append_basic_block())
    function(*(Rows(argument) for argument in body.args))
    _Now.builder.ret_void()
