"""The steady state: where a man is to whom the same has been given for ever.

Drugs are linear, so what is in their compartments on day 0 is exact. Over a period ``P`` amounts move by ``E(P)``
(`leydig.kinetics`), and the doses of one period leave ``b``; what comes back to itself is ``a = E(P)·a + b``. ``E`` is
triangular, and ``1 − E_ii = −expm1(−λ_i·P)`` of a half-life of many periods is not cancelled.

The body is not linear. Its state is a fixed point of the map of a whole number of periods, as the engine marches them
with the drugs at their steady state from the first day: half a year from his rest, which decides to which steady state
he comes should there be two, then Newton's method, whose derivative is that of men who begin a little beside.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from leydig.blocks import take_rows
from leydig.drug import Drug
from leydig.engine import solve
from leydig.engine.plan import Intakes, Plan, plan_schedule, propagators, stack_plans
from leydig.engine.system import compartments
from leydig.kinetics import doublings_for
from leydig.man import Man
from leydig.regimen.steady import SteadyRegimen
from leydig.ticks import days_of

__all__ = ["SteadyState", "find_steady_state", "steady_amounts"]

RUN_IN = 182.0  # [d] half a year: slower than that is nothing but bone, which Newton's method takes at once
SPAN = 7.0  # [d] shortest map: over a day a slow state hardly moves, and its derivative would be 1 but for rounding
NUDGE = 1e-4  # share of a state by which it is moved for the derivative
FINER = 0.01  # tolerance of these marches against that of the course, and share of it up to which the state is known
ROUNDS = 12  # steps of Newton's method before it is given up; two are usual
_LEAST = 1e-6  # of the resting state: below, a state counts as nothing
_NOTHING = 1e-9
_FARTHEST = 0.1  # share of a state that one step leaves at least, since no level is below 0


class SteadyState(NamedTuple):
    """Where men begin who are at steady state.

    Attributes
    ----------
    states : Float[np.ndarray, "man state"]
        NaN of those for whom none was found.
    amounts : Float[np.ndarray, "man compartment"]
    """

    states: Float[np.ndarray, "man state"]
    amounts: Float[np.ndarray, "man compartment"]


def find_steady_state(
    men: Man,
    drugs: dict[str, Drug],
    regimens: Sequence[SteadyRegimen],
    which: Int[np.ndarray, " man"],
    tolerance: float = solve.TOLERANCE,
    cores: int | None = None,
) -> SteadyState:
    """Return the steady state of men on day 0.

    Parameters
    ----------
    men : Man
        With a leading axis.
    drugs : dict of str to Drug
        The drugs of these regimens and any others, mixtures resolved.
    regimens : sequence of SteadyRegimen
    which : Int[np.ndarray, " man"]
        What has been given to each man.
    tolerance : float, optional
        Relative error allowed in every level; the state is known to a hundredth of it.
    cores : int, optional
        Every core when left out.
    """
    spans = [one.period() * np.ceil(SPAN / one.period() - _NOTHING) for one in regimens]
    intakes, who = Intakes(drugs), solve.kernel_numbers(men, drugs)
    amounts, sizes = np.empty_like(who.decay), _sizes(drugs)
    once = [_plan(one, intakes, span) for one, span in zip(regimens, spans, strict=True)]
    for number, plan in enumerate(once):
        for rows in _alike(np.flatnonzero(which == number), who.decay, sizes, plan):
            amounts[rows] = steady_amounts(plan, who.decay[rows], sizes)
    marcher = _Marcher(men, drugs, who, amounts, which, max(FINER * tolerance, solve.TOLERANCES[0]), cores)
    long = [_plan(one, intakes, span * np.ceil(RUN_IN / span)) for one, span in zip(regimens, spans, strict=True)]
    everyone = np.arange(len(which))
    states = marcher.march(long, everyone, who.start)
    going = np.isfinite(states).all(axis=1)
    floor = np.maximum(_LEAST * who.start, _NOTHING)
    for _ in range(ROUNDS):
        left = everyone[going]
        if not len(left):
            break
        states[left], arrived = _newton_step(marcher, once, left, states[left], floor[left], FINER * tolerance)
        going[left[arrived]] = False
        going &= np.isfinite(states).all(axis=1)
    states[going] = np.nan
    return SteadyState(states, amounts)


def _plan(regimen: SteadyRegimen, intakes: Intakes, days: float) -> Plan:
    """Return the plan of whole periods."""
    return plan_schedule(regimen.cycle(days).schedule(days), intakes, np.array([days]))


def _sizes(drugs: dict[str, Drug]) -> list[int]:
    """Return how many compartments each chain has."""
    layout = compartments(drugs)
    firsts = [number for number, one in enumerate(layout) if one.place == 0]
    return np.diff([*firsts, len(layout)]).tolist()


def _alike(
    rows: Int[np.ndarray, " row"], rates: Float[np.ndarray, "man compartment"], sizes: Sequence[int], plan: Plan
) -> Iterator[Int[np.ndarray, " row"]]:
    """Yield rows whose drugs move by as many doublings, so that no man's numbers depend on who is beside him."""
    fastest = [rates[rows, end - size : end].max(axis=1) for end, size in zip(np.cumsum(sizes), sizes, strict=True)]
    gaps = {float(days_of(np.diff(plan.ends).max())), float(plan.times[-1])}
    doublings = [[doublings_for(rate * gap) for rate in chain.tolist()] for chain in fastest for gap in gaps]
    keys = list(zip(*doublings, strict=True)) or [()] * len(rows)
    for key in dict.fromkeys(keys):
        yield rows[[own == key for own in keys]]


def steady_amounts(
    plan: Plan, rates: Float[np.ndarray, "man compartment"], sizes: Sequence[int]
) -> Float[np.ndarray, "man compartment"]:
    """Return what is in the compartments where a plan begins that has been repeated for ever.

    Parameters
    ----------
    plan : Plan
        Of whole periods; it keeps its end.
    rates : Float[np.ndarray, "man compartment"]
        How fast the compartments empty [1/d].
    sizes : sequence of int
        How many compartments each chain has.
    """
    days = float(plan.times[-1])
    amounts = plan.amounts(np.zeros_like(rates), rates, sizes)[:, -1]
    moving = propagators(rates, np.array([days]), sizes)[:, 0]
    for place in range(rates.shape[1]):  # every term is positive: nothing cancels
        filled = (moving[:, place, :place] * amounts[:, :place]).sum(axis=1)
        amounts[:, place] = (amounts[:, place] + filled) / -np.expm1(-rates[:, place] * days)
    return amounts


class _Marcher(NamedTuple):
    """Men with their drugs at steady state, who can be marched from any state of their bodies."""

    men: Man
    drugs: dict[str, Drug]
    who: solve.Numbers
    amounts: Float[np.ndarray, "man compartment"]
    which: Int[np.ndarray, " man"]
    tolerance: float
    cores: int | None

    def march(
        self, plans: list[Plan], men: Int[np.ndarray, " row"], states: Float[np.ndarray, "row state"]
    ) -> Float[np.ndarray, "row state"]:
        """Return where men end who begin in these states, NaN where they do not arrive."""
        module = solve.kernel(self.men, self.drugs)
        who, begin = solve.Numbers(*take_rows(self.who, men)), (states, self.amounts[men])
        found = solve.march(module, who, begin, self.which[men], stack_plans(plans), self.tolerance, self.cores)
        found.states[found.bad != solve.FINE] = np.nan
        return found.states


def _newton_step(
    marcher: _Marcher, plans: list[Plan], men: Int[np.ndarray, " man"], states: Float[np.ndarray, "man state"],
    floor: Float[np.ndarray, "man state"], error: float,
) -> tuple[Float[np.ndarray, "man state"], Bool[np.ndarray, " man"]]:  # fmt: skip
    """Return states nearer to the fixed point, and whose step was no longer than the error that is allowed."""
    count, size = states.shape
    nudges = NUDGE * np.maximum(states, floor)
    begins = states[:, None] + np.concatenate([np.zeros((count, 1, size)), nudges[:, None] * np.eye(size)], axis=1)
    ends = marcher.march(plans, np.repeat(men, size + 1), begins.reshape(-1, size)).reshape(begins.shape)
    slopes = np.swapaxes(ends[:, 1:] - ends[:, :1], 1, 2) / nudges[:, None]
    lost = ~np.isfinite(ends).all(axis=(1, 2))
    slopes[lost] = 0.0
    steps = np.linalg.solve(np.eye(size) - slopes, (ends[:, 0] - states)[..., None])[..., 0]
    arrived = (np.abs(steps) <= error * np.maximum(states, floor)).all(axis=1)
    found = np.maximum(states + steps, _FARTHEST * states)
    found[lost] = np.nan
    return found, arrived & ~lost
