"""The step: an exponential Runge-Kutta method of fourth order, taken by all men together.

A state that decays fast on its own (LH, FSH, felt LH, testosterone, estradiol) is split as
``dy/dt = −λ·y + N(y)``. The first part is taken exactly through the functions ``φ_k(−λh)``, the rest by
four evaluations (Krogstad's scheme)::

    Y2 = e½·y + (h/2)·φ1½·N1                          N1 = N(y, start)
    Y3 = Y2 + h·φ2½·(N2 − N1)                         N2 = N(Y2, middle)
    Y4 = e·y + h·φ1·N1 + 2h·φ2·(N3 − N1)              N3 = N(Y3, middle)
    y' = e·y + h·[(φ1 − 3φ2 + 4φ3)N1 + (2φ2 − 4φ3)(N2 + N3) + (4φ3 − φ2)N4]      N4 = N(Y4, end)

For λ = 0, which holds for all slow states, it is the classical Runge-Kutta method. A lesser step comes
for nothing: with the first evaluation N5 of the next step in place of N4 the sum is of third order, and the
difference, ``h·(4φ3 − φ2)(N4 − N5)``, tells how far the step is to be trusted. It is blind to what bends within the
step, and to N2 and N3 that lie apart on both sides of the truth: their mean then is beside it by the square of that.

What is in the compartments of a drug moves exactly over each half of the step (`leydig.kinetics.propagator`).

This file holds both readers of the step: `lane_steps`, for the compiled kernel, and `scan`, the same
arithmetic in JAX.
"""

from itertools import pairwise
from math import factorial
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from leydig.body import State
from leydig.engine.kernel import simd
from leydig.engine.kernel.simd import Lane, LaneFunction, Rows
from leydig.engine.plan import Plan
from leydig.engine.system import FAST, System
from leydig.kinetics import Triangle, depletion_rate, propagate, propagator

__all__ = ["coefficients", "lane_steps", "scan"]

LONGEST = 0.125  # [d] longest step; from about 0.2 rounding grows into a ripple of the tolerance's size
SHORTEST = 1e-7  # [d] steps that would have to be shorter are given up
MOST = 2000  # steps tried for each boundary and each day of a plan, on average, before it is given up
TERMS = 10
DOUBLINGS = 6
DRUG_DOUBLINGS = 8  # enough for half a step at any rate that a drug may have, some 200 a day
CURVED = 0.4  # weight of the squared bend of N within a step; ten times the error of a hyperbola
STRAYED = 1.0  # the same of what N2 and N3 differ; six times the error that an exponential N makes of it in one step
CAUTION = 0.9  # share of the step that the difference allows
SLOWEST, FASTEST = 0.2, 2.5  # by which a step may shrink or grow at once


_N = TypeVar("_N", Lane, Array)


def coefficients(z: _N) -> tuple[_N, ...]:
    """Return e^(−z), φ1(−z), φ2(−z), φ3(−z) for z from 0 to 50, and the same for half of z, elementwise.

    Notes
    -----
    Summed as series for z/64, then doubled; every term of a doubling is positive, so nothing cancels.
    With these e + z·φ1 = 1 holds at every doubling, so that what is at rest stays at rest.
    """
    x = z * (1.0 / 2**DOUBLINGS)
    third = 1.0 / factorial(TERMS + 1) - x * (1.0 / factorial(TERMS + 2))
    for k in range(TERMS - 3, -1, -1):
        third = 1.0 / factorial(k + 3) - x * third
    second = 0.5 - x * third
    first = 1.0 - x * second
    decay = 1.0 - x * first
    half: tuple[_N, ...] = ()
    for _ in range(DOUBLINGS):
        half = (decay, first, second, third)
        third = 0.125 * (second * (1.0 + first) + 2.0 * third)
        second = 0.25 * (first * first + 2.0 * second)
        first = 0.5 * first * (1.0 + decay)
        decay = decay * decay
    return (decay, first, second, third, *half)


class _Dual:
    """A number with its derivative along one direction."""

    def __init__(self, value: Lane, slope: Lane) -> None:
        self.value, self.slope = value, slope

    def __add__(self, other: "_Dual") -> "_Dual":
        return _Dual(self.value + other.value, self.slope + other.slope)

    def __sub__(self, other: "_Dual") -> "_Dual":
        return _Dual(self.value - other.value, self.slope - other.slope)

    def __rsub__(self, other: float) -> "_Dual":
        return _Dual(other - self.value, 0.0 - self.slope)

    def __mul__(self, other: "_Dual | Lane | float") -> "_Dual":
        if not isinstance(other, _Dual):
            return _Dual(self.value * other, self.slope * other)
        return _Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    __rmul__ = __mul__


def _places(sizes: tuple[int, ...]) -> list[range]:
    """Return the places of the compartments of each chain."""
    ends = np.cumsum([0, *sizes]).tolist()
    return [range(a, b) for a, b in pairwise(ends)]


def lane_steps(
    states: int, fast: tuple[int, ...], sizes: tuple[int, ...], derivative: bool
) -> tuple[LaneFunction, ...]:
    """Return the lane functions of one step.

    Parameters
    ----------
    states : int
        How many states there are.
    fast : tuple of int
        Which of them decay fast on their own.
    sizes : tuple of int
        How many compartments the chain of each drug level has.
    derivative : bool
        Whether what is in them is followed by its derivative along one direction.

    Returns
    -------
    tuple
        ``pace`` chooses the length; ``split`` adds λ·y to a derivative; ``second``, ``third``, ``fourth`` and
        ``last`` are the stages; ``doubt`` compares with the lesser step and says whether the step is taken and how
        much longer or shorter the next may be; ``take`` takes it and ``go_on`` counts it; ``copy`` copies amounts;
        ``fade`` carries amounts over half a step and a whole one; ``weigh`` fills the rows of numbers of one step
        length: h; e, φ1, φ2, φ3 over a step and e, φ1, φ2 over half of it for each fast state; the propagator of
        each chain over half a step, row by row, and its derivative.
    """
    slow = [j for j in range(states) if j not in fast]
    places = list(enumerate(fast))
    count, chains, entries = sum(sizes), _places(sizes), sum(size * (size + 1) // 2 for size in sizes)

    def row(w: Rows, place: int) -> list[Lane]:
        return [w[1 + 7 * place + k] for k in range(7)]

    def split(own: Rows, y: Rows, N1: Rows) -> None:
        for place, j in places:
            N1[j] = N1[j] + own[place] * y[j]

    def second(w: Rows, y: Rows, N1: Rows, stage: Rows) -> None:
        half = 0.5 * w[0]
        for place, j in places:
            _, _, _, _, e, g1, _ = row(w, place)
            stage[j] = e * y[j] + half * g1 * N1[j]
        for j in slow:
            stage[j] = y[j] + half * N1[j]

    def third(w: Rows, own: Rows, N1: Rows, N2: Rows, stage: Rows) -> None:
        h = w[0]
        for place, j in places:
            g2 = row(w, place)[6]
            N2[j] = N2[j] + own[place] * stage[j]
            stage[j] = stage[j] + h * g2 * (N2[j] - N1[j])
        for j in slow:
            stage[j] = stage[j] + 0.5 * h * (N2[j] - N1[j])

    def fourth(w: Rows, own: Rows, y: Rows, N1: Rows, N3: Rows, stage: Rows) -> None:
        h = w[0]
        for place, j in places:
            e, f1, f2, _, _, _, _ = row(w, place)
            N3[j] = N3[j] + own[place] * stage[j]
            stage[j] = e * y[j] + h * (f1 * N1[j] + 2.0 * f2 * (N3[j] - N1[j]))
        for j in slow:
            stage[j] = y[j] + h * N3[j]

    def last(w: Rows, own: Rows, stage: Rows, y: Rows, N1: Rows, N2: Rows, N3: Rows, N4: Rows, new: Rows) -> None:
        h = w[0]
        for place, j in places:
            e, f1, f2, f3, _, _, _ = row(w, place)
            N4[j] = N4[j] + own[place] * stage[j]
            b = 2.0 * f3
            new[j] = e * y[j] + h * (
                (f1 - 3.0 * f2 + 2.0 * b) * N1[j] + 2.0 * (f2 - b) * (N2[j] + N3[j]) + (2.0 * b - f2) * N4[j]
            )
        sixth = h * (1.0 / 6.0)
        for j in slow:
            new[j] = y[j] + sixth * (N1[j] + 2.0 * (N2[j] + N3[j]) + N4[j])

    def doubt(
        w: Rows, own: Rows, new: Rows, N1: Rows, N2: Rows, N3: Rows, N4: Rows, N5: Rows, smooth: Rows,
        limit: Rows, taken: Rows, factor: Rows,
    ) -> None:  # fmt: skip
        h, most = w[0], 0.0 * w[0]
        for place, j in places[: len(FAST)]:
            _, f1, f2, f3, _, _, _ = row(w, place)
            ended = N5[j] + own[place] * new[j]
            gap = simd.where(smooth[0] > 0.0, h * (4.0 * f3 - f2) * (N4[j] - ended), 0.0)
            bend, strayed = N1[j] - N2[j] - N3[j] + N4[j], N3[j] - N2[j]
            squares = CURVED * bend * bend + STRAYED * strayed * strayed
            curved = h * f1 * squares / (simd.size(N1[j]) + simd.size(N4[j]))
            most = simd.maximum(most, (simd.size(gap) + curved) / new[j])
        taken[0] = simd.where(most <= limit[0], 1.0, 0.0)
        change = CAUTION * simd.sqrt(simd.sqrt(limit[0] / most))
        factor[0] = simd.minimum(simd.where(change >= SLOWEST, change, SLOWEST), FASTEST)

    def take(taken: Rows, own: Rows, new: Rows, begun: Rows, N5: Rows, y: Rows, level: Rows, N1: Rows) -> None:
        yes = taken[0] > 0.0
        for place, j in places:
            N1[j] = simd.where(yes, N5[j] + own[place] * new[j], N1[j])
        for j in slow:
            N1[j] = simd.where(yes, N5[j], N1[j])
        for j in range(states):
            y[j] = simd.where(yes, new[j], y[j])
        for j in range(count * (2 if derivative else 1)):
            level[j] = simd.where(yes, begun[j], level[j])

    def cell_size(brisk: Rows, cell: Rows) -> Lane:
        return simd.where(brisk[0] > SHORTEST, 0.5 * cell[0], cell[0])  # a sum of steps misses a day by a rounding

    def pace(left: Rows, wish: Rows, brisk: Rows, cell: Rows, h: Rows) -> None:
        longest = simd.minimum(wish[0], 0.5 * cell_size(brisk, cell))
        h[0] = simd.where(longest < left[0], simd.where(2.0 * longest < left[0], longest, 0.5 * left[0]), left[0])

    def go_on(
        busy: Rows, taken: Rows, h: Rows, factor: Rows, cell: Rows, left: Rows, wish: Rows, since: Rows, brisk: Rows,
        ripe: Rows, tried: Rows,
    ) -> None:  # fmt: skip
        yes, wished = taken[0] > 0.0, factor[0] * h[0]
        grown = simd.where(factor[0] > 1.0, simd.where(h[0] < wish[0], wish[0], 0.0), 0.0)  # cut short by a boundary
        wish[0] = simd.where(yes, simd.minimum(simd.maximum(wished, grown), LONGEST), wished)
        left[0] = simd.where(yes, left[0] - h[0], left[0])
        since[0] = simd.where(yes, since[0] + h[0], since[0])
        brisk[0] = simd.where(yes, brisk[0] - h[0], brisk[0])
        size = cell_size(brisk, cell)
        then = since[0] + simd.minimum(wish[0], 0.5 * size)
        ripe[0] = simd.where(yes, simd.where(then > size, 1.0, 0.0), 0.0)
        tried[0] = tried[0] + busy[0]

    def copy(end: Rows, begun: Rows) -> None:
        for j in range(count * (2 if derivative else 1)):
            begun[j] = end[j]

    def shares(w: Rows, first: int) -> list[Triangle[Lane]]:
        """Return the propagators that are kept from a row on."""
        row = iter(range(first, first + entries))
        return [[[w[next(row)] for _ in range(i + 1)] for i in range(len(chain))] for chain in chains]

    def carry(w: Rows, before: Rows, after: Rows) -> None:
        for chain, rows in zip(chains, shares(w, 1 + 7 * len(fast)), strict=True):
            for j, amount in zip(chain, propagate(rows, [before[j] for j in chain]), strict=True):
                after[j] = amount
        if derivative:
            both = (shares(w, 1 + 7 * len(fast) + part * entries) for part in (0, 1))
            for chain, rows, moving in zip(chains, *both, strict=True):
                kept = propagate(rows, [before[count + j] for j in chain])
                moved = propagate(moving, [before[j] for j in chain])
                for j, one, other in zip(chain, kept, moved, strict=True):
                    after[count + j] = one + other

    def fade(w: Rows, level: Rows, middle: Rows, end: Rows) -> None:
        carry(w, level, middle)
        carry(w, middle, end)

    def weigh(h: Rows, own: Rows, decay: Rows, w: Rows) -> None:
        w[0] = h[0]
        for place in range(len(fast)):
            z = own[place] * h[0]
            for k, number in enumerate(coefficients(z)[:7]):
                w[1 + 7 * place + k] = number
        row, half = 1 + 7 * len(fast), 0.5 * h[0]
        for chain in chains:
            rates = [_Dual(decay[j], decay[count + j]) if derivative else decay[j] for j in chain]
            for entry in chain_entries(rates, half):
                w[row] = entry.value if isinstance(entry, _Dual) else entry
                if isinstance(entry, _Dual):
                    w[entries + row] = entry.slope
                row += 1

    def chain_entries(rates: list[Lane | _Dual], half: Lane) -> list[Lane | _Dual]:
        return [entry for line in propagator(rates, half, DRUG_DOUBLINGS) for entry in line]

    return pace, split, second, third, fourth, last, doubt, take, go_on, copy, fade, weigh


def scan(
    system: System,
    state: State,
    own: Float[Array, " fast"],
    decay: Float[Array, " compartment"],
    plan: Plan,
) -> tuple[Float[Array, "out state"], Float[Array, "out compartment"]]:
    """March one man through a plan in JAX, so that derivatives of any kind flow.

    Parameters
    ----------
    system : System
    state : State
        Resting state.
    own : Float[Array, " fast"]
        Own decay rates of the fast states [1/d].
    decay : Float[Array, " compartment"]
        How fast the compartments empty [1/d].
    plan : Plan
        Its doses, givens and shifts may be traced.

    Returns
    -------
    states, amounts : Float[Array, "out state"], Float[Array, "out compartment"]
        At the times of the plan, before any dose of that moment.

    Notes
    -----
    A shift moves what a step begins with in time. It is traced at zero: what a dose brings that comes ``s`` later has
    emptied for ``s`` less, and the state has moved by ``−s`` times the jump of its derivative.
    """
    start, unravel = ravel_pytree(state)
    rates = jnp.zeros_like(start).at[jnp.asarray(FAST)].set(own)
    grid = plan.grid()
    doses = jnp.concatenate([jnp.asarray(plan.doses), jnp.zeros((1, len(decay)))])
    givens = jnp.asarray(plan.givens)
    shifted = isinstance(plan.shifts, jax.core.Tracer)
    place = np.maximum.accumulate(grid.boundary)
    dose = np.where(grid.boundary >= 0, plan.dose[grid.boundary], -1)
    shifts = jnp.where(grid.boundary >= 0, jnp.asarray(plan.shifts)[grid.boundary], 0.0)
    given = plan.given[place]
    before = np.append(0, given[:-1])

    def rate(y: Array, level: Array, g: Array) -> Array:
        return ravel_pytree(system.rate(unravel(y), tuple(level), tuple(g)))[0]

    def shift_state(y: Array, level: Array, more: Array, g: Array, before: Array, shift: Array) -> tuple[Array, Array]:
        jump = rate(y, level + more, givens[g]) - rate(y, level, givens[before])
        return y - shift * jump, level + more + shift * depletion_rate(decay, more, system.sizes)

    def carry_levels(level: Array, h: Array) -> tuple[Array, Array]:
        """Return what is in the compartments after half a step and after a whole one."""
        chains = _places(system.sizes)
        halves = [propagator([decay[j] for j in chain], 0.5 * h, DRUG_DOUBLINGS) for chain in chains]

        def carry(before: Array) -> Array:
            amounts = [propagate(half, [before[j] for j in chain]) for half, chain in zip(halves, chains, strict=True)]
            return jnp.stack([amount for chain in amounts for amount in chain]) if amounts else before

        middle = carry(level)
        return middle, carry(middle)

    def stages(h: Array) -> tuple[Array, Array]:
        """Return the shares of y and the weights of N1 to N4 in y, Y2, Y3, Y4 and y', so that one rate is compiled."""
        e, f1, f2, f3, eh, g1, g2, _ = coefficients(rates * h)
        none, inner, outer = jnp.zeros_like(e), 2.0 * f2 - 4.0 * f3, 4.0 * f3 - f2
        weights = [[none] * 4, [0.5 * g1, none, none, none], [0.5 * g1 - g2, g2, none, none],
                   [f1 - 2.0 * f2, none, 2.0 * f2, none], [f1 - 3.0 * f2 + 4.0 * f3, inner, inner, outer]]  # fmt: skip
        return jnp.stack([jnp.ones_like(e), eh, eh, e, e]), h * jnp.stack([jnp.stack(row) for row in weights])

    def scan_step(
        carry: tuple[Array, Array], now: tuple[Array, ...]
    ) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        (y, level), (h, dose, g, before, shift) = carry, now
        kept = (y, level)
        if shifted:
            y, level = shift_state(y, level, doses[dose], g, before, shift)
        else:
            level = level + doses[dose]
        numbers, (middle, end) = givens[g], carry_levels(level, h)
        shares, weights = stages(h)

        def evaluate(N: Array, now: tuple[Array, ...]) -> tuple[Array, None]:
            stage, share, weight, level = now
            at = share * y + jnp.sum(weight * N, axis=0)
            return N.at[stage].set(rate(at, level, numbers) + rates * at), None

        levels = jnp.stack([level, middle, middle, end])
        N, _ = jax.lax.scan(evaluate, jnp.zeros((4, len(y))), (jnp.arange(4), shares[:4], weights[:4], levels))
        y = shares[4] * y + jnp.sum(weights[4] * N, axis=0)
        return (y, end), kept

    steps = tuple(jnp.asarray(part) for part in (grid.lengths, dose, given, before, shifts))
    last, kept = jax.lax.scan(scan_step, (start, jnp.zeros_like(decay)), steps)
    states, amounts = (jnp.concatenate([rows, end[None]]) for rows, end in zip(kept, last, strict=True))
    return states[grid.kept], amounts[grid.kept]
