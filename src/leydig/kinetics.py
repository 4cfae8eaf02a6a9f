"""Linear pharmacokinetics, exact between doses.

A drug moves along a chain of compartments (gut or depot, blood, metabolite), each emptying at its own
rate ``λ1 … λn`` [1/d]::

    dA1/dt = given − λ1·A1        dAi/dt = λ(i−1)·A(i−1) − λi·Ai        level = scale·An

Over a time ``t`` without doses the amounts move by a lower triangular matrix, ``A(t) = E(t)·A(0)``, whose entries are
divided differences of the exponential::

    E_ij(t) = (−1)^(i−j) · λj … λ(i−1) · exp[−λj·t, …, −λi·t]

Partial fractions of these (``1/(λ2 − λ1)``) cancel where rates are near and are undefined where they are equal. Here
they are never formed: `propagator` sums the series of a short time and doubles that time. No term of a doubling is
negative, so nothing cancels, and equal rates are rates like any other.
"""

import operator
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, Protocol, Self, TypeVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jaxtyping import Array, Float

from leydig.arrays import AnyArray
from leydig.units import HOURS_PER_DAY

__all__ = ["Chain", "Triangle", "depletion_rate", "doublings_for", "oral", "per_day", "propagate", "propagator"]

_LN2 = float(np.log(2.0))
TERMS = 7  # of the series, for rate times time up to `_SHORT`
_SHORT = 2.0**-7


class _Summand(Protocol):
    """What adds and multiplies: a number, an array, a lane of a kernel, with its derivative or without."""

    def __add__(self, other: Any, /) -> Self: ...
    def __mul__(self, other: Any, /) -> Self: ...
    def __rmul__(self, other: Any, /) -> Self: ...


_N = TypeVar("_N", bound=_Summand)
Triangle = list[list[_N]]  # rows of a lower triangular matrix, each up to its diagonal


def per_day(half_life_hours: Float[Array, "*men"]) -> Float[Array, "*men"]:
    """Return the rate constant [1/d] of a half-life [h]."""
    return _LN2 * HOURS_PER_DAY / half_life_hours


def doublings_for(most: float) -> int:
    """Return how often a time must be halved for the series of `propagator`, from the largest rate times it."""
    return max(0, int(np.ceil(np.log2(max(most, _SHORT) / _SHORT))))


def propagator(
    rates: Sequence[_N], time: _Summand, doublings: int, exp: Callable[[_N], _N] | None = None
) -> Triangle[_N]:
    """Return E(t): the share of one unit in compartment j that is in compartment i after a time without doses.

    Parameters
    ----------
    rates : sequence of numbers
        Rates along the chain [1/d]: numbers, arrays, or whatever else adds and multiplies.
    time : number
        [d]
    doublings : int
        What `doublings_for` says of the largest rate times the largest time.
    exp : callable, optional
        The exponential of these numbers. Without it what stays in a compartment is squared at every doubling, which
        doubles its rounding: nothing over the few doublings of a step of the engine, too much over a year.

    Returns
    -------
    list of lists
        Row i holds the shares of the compartments j ≤ i.

    Examples
    --------
    >>> chain = propagator([2.0, 2.0], 0.5, doublings_for(1.0), np.exp)
    >>> bool(abs(chain[1][0] - np.exp(-1.0)) < 1e-15)
    True
    """
    part = [rate * (time * 0.5**doublings) for rate in rates]
    places = range(len(part))
    rows: list[list[Any]] = [[None] * i + [1.0] for i in places]  # None is 0
    for k in range(TERMS, 0, -1):  # E = 1 + M·(1 + M/2·(1 + M/3·(…)))
        step = [flow * (1.0 / k) for flow in part]
        rows = [[_series(step, rows, i, j) for j in range(i + 1)] for i in places]
    rows = [[0.0 * part[0] if entry is None else entry for entry in row] for row in rows]
    for double in range(doublings):
        if exp is not None:
            for i in places:
                rows[i][i] = exp(part[i] * -(2.0**double))
        rows = [[_sum([rows[i][k] * rows[k][j] for k in range(j, i + 1)]) for j in range(i + 1)] for i in places]
    return rows


def _series(step: Sequence[Any], rows: list[list[Any]], i: int, j: int) -> Any:
    """Return one entry of 1 + M·rows, where M empties every compartment into the next."""
    if i == j:
        return 1.0 - step[i] * rows[i][i]
    if rows[i - 1][j] is None:
        return None
    filled = step[i - 1] * rows[i - 1][j]
    return filled if rows[i][j] is None else filled - step[i] * rows[i][j]


def propagate(rows: Triangle[_N], amounts: Sequence[_N]) -> list[_N]:
    """Return the amounts of a chain after the time of its propagator."""
    return [_sum([share * amount for share, amount in zip(row, amounts, strict=False)]) for row in rows]


def _sum(terms: list[_N]) -> _N:
    return reduce(operator.add, terms)


def depletion_rate(
    rates: Float[AnyArray, "*#row compartment"], amounts: Float[AnyArray, "*#row compartment"], sizes: Sequence[int]
) -> Float[AnyArray, "*row compartment"]:
    """Return how fast compartments lose what is in them, less what the one before gives: −dA/dt, nothing dosed.

    Parameters
    ----------
    rates, amounts : Float[Array, "... compartment"]
        The compartments of all chains, one after the other.
    sizes : sequence of int
        How many compartments each chain has.
    """
    flow = rates * amounts
    first = np.zeros(sum(sizes), dtype=bool)
    first[np.cumsum([0, *sizes])[:-1]] = True
    before = flow[..., np.maximum(np.arange(len(first)) - 1, 0)]
    return flow - before * ~first


class Chain(eqx.Module):
    """A catenary chain of compartments from the dose to one measured level.

    Attributes
    ----------
    rates : tuple of Float[Array, "*#men"]
        Rate constants along the chain [1/d], of one man or of many.
    scale : Float[Array, "*#men"]
        Level read in the last compartment per unit of amount in it (bioavailability over volume).
    """

    rates: tuple[Float[Array, "*#men"], ...]
    scale: Float[Array, "*#men"]

    def response(self, days: npt.ArrayLike) -> Float[np.ndarray, "*day"]:
        """Return the level at days after one unit of drug, shape of `days`; outside a JAX transformation.

        Examples
        --------
        >>> round(float(Chain((jnp.asarray(1.0),), jnp.asarray(2.0)).response(np.log(2.0))), 12)
        1.0
        """
        rates = [float(rate) for rate in self.rates]
        time = np.asarray(days, dtype=float)
        most = max(rates) * float(np.max(time, initial=0.0))
        return np.asarray(float(self.scale) * propagator(rates, time, doublings_for(most), np.exp)[-1][0])

    def steady(self, per_day: float) -> Float[Array, "*men"]:
        """Return the average level at steady state under `per_day` units of drug a day."""
        return jnp.asarray(self.scale) * per_day / self.rates[-1]


def oral(
    absorption: Float[Array, "*#men"],
    clearance: Float[Array, "*#men"],
    half_life: Float[Array, "*#men"],
    amount: Float[Array, "*#men"] | float,
) -> Chain:
    """Return the chain gut to blood of a drug with one compartment.

    Parameters
    ----------
    absorption : Float[Array, "*#men"]
        Absorption rate constant [1/h].
    clearance : Float[Array, "*#men"]
        Apparent clearance, CL/F [L/h].
    half_life : Float[Array, "*#men"]
        Half-life in blood [h]; the volume is clearance times half-life over ln 2.
    amount : Float[Array, "*#men"]
        Amount per dose unit, so that the level is in amount per litre.
    """
    elimination = per_day(half_life)
    volume = clearance * HOURS_PER_DAY / elimination
    return Chain((absorption * HOURS_PER_DAY, elimination), amount / volume)
