"""The plan of a simulation: what happens when, and which results to keep.

A plan is a line of boundaries (a dose, a change of what is given, a time that is kept), in ticks (`leydig.ticks`),
and plain numbers, so a new regimen of known drugs needs no new compilation, and men on different plans march side by
side (`stack_plans`). The engine finds its own steps between boundaries; `Plan.grid` gives fixed ones, for the reader in
JAX: short after a dose, growing with the time since it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from leydig.arrays import AnyArray, Number
from leydig.drug import Drug
from leydig.drugs import DRUGS
from leydig.engine.system import compartments
from leydig.errors import OutOfRange
from leydig.kinetics import doublings_for, propagator
from leydig.regimen import Schedule
from leydig.ticks import days_of, tick_of, ticks_of

__all__ = ["Intakes", "Plan", "Stack", "StepGrid", "drug_rates", "plan_schedule", "propagators", "stack_plans"]

FIRST_STEP = 0.02  # [d] first step where nothing happened
ABSORBED = 0.2  # first step after a dose, in absorption times
FRESH = 0.002  # the same after a dose that meets an empty body, where an effect may be full within that step
EMPTY = 3.0  # times over which a body is called empty, in the drug's slowest
EDGE = 0.004  # [d] longest first step where the derivative jumps
GRID_LONGEST = 0.033  # [d] longest step of a fixed grid
GRID_GROWTH = 0.09  # share of the time since a boundary by which steps of a fixed grid may grow
GRID_FIRST = 0.05  # first step of a fixed grid after a boundary, against the longest first step above
_EARLIEST = np.iinfo(np.int64).min

Infusion = tuple[int, int, Number]  # start and stop [tick], amount a day, which may be traced


@dataclass(frozen=True)
class Plan:
    """What happens at every boundary of one simulation.

    Attributes
    ----------
    times : Float[np.ndarray, " out"]
        Days that are kept.
    ends : Int[np.ndarray, " boundary"]
        Times of the boundaries in ticks: the start, what happens, what is kept, the end.
    dose, given, row : Int[np.ndarray, " boundary"]
        The dose that comes there (-1 for none), the given numbers that begin there, and the place in
        `times` (-1 for none).
    hint : Float[np.ndarray, " boundary"]
        Longest first step after the boundary [d].
    jump : Int[np.ndarray, " boundary"]
        1 where the derivative of the state may jump.
    doses : Float[Array, "dose compartment"]
        Amounts added to the compartments; a JAX array when a dose size is traced.
    givens : Float[Array, "span given"]
        Infusion rate, pulse and interval of each drug in turn; the first row is nothing.
    shifts : Float[Array, " boundary"]
        By how much the time of what happens there is moved [d]: 0, or traced at 0.
    """

    times: Float[np.ndarray, " out"]
    ends: Int[np.ndarray, " boundary"]
    dose: Int[np.ndarray, " boundary"]
    given: Int[np.ndarray, " boundary"]
    row: Int[np.ndarray, " boundary"]
    hint: Float[np.ndarray, " boundary"]
    jump: Int[np.ndarray, " boundary"]
    doses: Float[AnyArray, "dose compartment"]
    givens: Float[AnyArray, "span given"]
    shifts: Float[AnyArray, " boundary"]

    def grid(self) -> "StepGrid":
        """Return fixed steps between the boundaries."""
        lengths, boundary = [], []
        known: dict[tuple[int, float], Float[np.ndarray, " step"]] = {}
        day = days_of(self.ends)
        earlier = np.minimum.accumulate(self.hint - day)  # what bends is not over at the next boundary, if that is near
        hints = np.minimum(np.where(earlier < self.hint - day, earlier + day, self.hint), GRID_LONGEST)
        for place, key in enumerate(zip(np.diff(self.ends).tolist(), hints.tolist(), strict=False)):
            if key not in known:
                known[key] = _growing_steps(float(days_of(key[0])), GRID_FIRST * key[1])
            lengths.append(known[key])
            boundary.append(np.append(place, np.full(len(known[key]) - 1, -1)))
        kept = np.cumsum([0, *(len(part) for part in lengths)])[self.row >= 0]
        return StepGrid(np.concatenate(lengths), np.concatenate(boundary), kept)

    def output_givens(self) -> Float[AnyArray, "out given"]:
        """Return the given numbers at the kept times."""
        return self.givens[self.given[self.row >= 0]]

    def amounts(
        self,
        begin: Float[AnyArray, "*man compartment"],
        rates: Float[AnyArray, "*man compartment"],
        sizes: Sequence[int],
    ) -> Float[np.ndarray, "*man out compartment"]:
        """Return what is in the compartments at the kept times, before any dose of that moment.

        Parameters
        ----------
        begin : Float[np.ndarray, "*man compartment"]
            What is in them where the plan begins.
        rates : Float[np.ndarray, "*man compartment"]
            How fast they empty [1/d].
        sizes : sequence of int
            How many compartments each chain has.
        """
        gaps, which = np.unique(np.diff(self.ends), return_inverse=True)
        moving = propagators(np.asarray(rates), days_of(gaps), sizes)
        now, doses = np.array(begin, dtype=float), np.asarray(self.doses)
        kept = np.empty((*now.shape[:-1], len(self.times), now.shape[-1]))
        for place, (dose, row) in enumerate(zip(self.dose.tolist(), self.row.tolist(), strict=True)):
            if row >= 0:
                kept[..., row, :] = now
            if dose >= 0:
                now = now + doses[dose]
            if place < len(which):
                now = (moving[..., which[place], :, :] @ now[..., None])[..., 0]
        return kept


def propagators(
    rates: Float[np.ndarray, "*man compartment"], gaps: Float[np.ndarray, " gap"], sizes: Sequence[int]
) -> Float[np.ndarray, "*man gap compartment compartment"]:
    """Return the matrices that carry all compartments over some times [d]."""
    found = np.zeros((*rates.shape[:-1], len(gaps), rates.shape[-1], rates.shape[-1]))
    for end, size in zip(np.cumsum(sizes), sizes, strict=True):
        chain = range(end - size, end)
        doublings = doublings_for(float(np.max(rates[..., chain], initial=0.0) * np.max(gaps, initial=0.0)))
        rows = propagator([rates[..., None, j] for j in chain], gaps, doublings, np.exp)
        for i, row in zip(chain, rows, strict=True):
            for j, share in zip(chain, row, strict=False):
                found[..., i, j] = share
    return found


class StepGrid(NamedTuple):
    """Fixed steps through a plan.

    Attributes
    ----------
    lengths : Float[np.ndarray, " step"]
        Step lengths [d].
    boundary : Int[np.ndarray, " step"]
        The boundary at which a step begins; -1 when it begins between two.
    kept : Int[np.ndarray, " out"]
        The step before which each kept time lies; the last one is the end.
    """

    lengths: Float[np.ndarray, " step"]
    boundary: Int[np.ndarray, " step"]
    kept: Int[np.ndarray, " out"]


class Stack(NamedTuple):
    """Many plans as arrays with a leading plan axis, padded; what `leydig.engine.kernel.march` reads."""

    counts: Int[np.ndarray, " plan"]
    ends: Int[np.ndarray, "plan boundary"]
    doses: Float[np.ndarray, "plan dose compartment"]
    dose: Int[np.ndarray, "plan boundary"]
    givens: Float[np.ndarray, "plan span given"]
    given: Int[np.ndarray, "plan boundary"]
    row: Int[np.ndarray, "plan boundary"]
    hint: Float[np.ndarray, "plan boundary"]
    jump: Int[np.ndarray, "plan boundary"]
    shifts: Float[np.ndarray, "plan boundary"]


def stack_plans(plans: Sequence[Plan]) -> Stack:
    """Return many plans as padded arrays."""

    def rows(name: str, kind: type, fill: int = 0) -> np.ndarray:
        parts = [np.asarray(getattr(plan, name)) for plan in plans]
        shape = tuple(max(part.shape[axis] for part in parts) for axis in range(parts[0].ndim))
        found = np.full((len(parts), *shape), fill, dtype=kind)
        for place, part in enumerate(parts):
            inside: tuple[int | slice, ...] = (place, *(slice(0, size) for size in part.shape))
            found[inside] = part
        return found

    return Stack(
        np.array([len(plan.ends) for plan in plans]),
        rows("ends", np.int64),
        rows("doses", float),
        rows("dose", np.int64, -1),
        rows("givens", float),
        rows("given", np.int64),
        rows("row", np.int64, -1),
        rows("hint", float),
        rows("jump", np.int64),
        rows("shifts", float),
    )


def plan_schedule(
    schedule: Schedule, drugs: "dict[str, Drug] | Intakes", times: Float[np.ndarray, " out"], start: float = 0.0
) -> Plan:
    """Return the plan for a schedule.

    Parameters
    ----------
    schedule : Schedule
        Doses, infusions and pulses.
    drugs : dict of str to Drug, or Intakes
        The drugs of the schedule (there may be more), mixtures resolved; as `Intakes` where many plans share them.
    times : Float[np.ndarray, " out"]
        Days to keep, ascending from `start`.
    start : float, optional
        Day of the first boundary; earlier doses are already in the compartments.

    Raises
    ------
    OutOfRange
        When the times do not ascend by a tick or more.
    """
    kept, begin = ticks_of(times), tick_of(start)
    if len(kept) == 0 or kept[0] < begin or kept[-1] == begin or (np.diff(kept) < 1).any():
        raise OutOfRange(f"got kept times that do not ascend from day {start:g}; expected each at least 1 µs after the "
                         "one before, and one after the start. Sort them, and keep each once.")  # fmt: skip
    intakes = drugs if isinstance(drugs, Intakes) else Intakes(drugs)
    begins, givens = _givens(schedule, list(intakes.drugs))
    doses, stop = _doses(schedule, intakes), kept[-1]
    coming = np.flatnonzero((doses.at >= begin) & (doses.at < stop))
    turns = begins[(begins > begin) & (begins < stop)]
    ends = np.unique(np.concatenate([[begin], kept, doses.at[coming], turns]))
    moved = bool(schedule.shifts or schedule.turns)
    if moved:  # what is moved on its own is a boundary of its own
        again = doses.at[coming[1:]][np.diff(doses.at[coming]) == 0]
        ends = np.sort(np.concatenate([ends, again, np.intersect1d(doses.at[coming], turns)]))
    dose, hint, row = np.full(len(ends), -1), np.full(len(ends), np.inf), np.full(len(ends), -1)
    jump = np.zeros(len(ends), dtype=int)
    here, there = _last_places(ends, doses.at[coming]), np.searchsorted(ends, turns)
    dose[here], hint[here], jump[here] = coming, doses.first[coming], doses.sudden[coming]
    hint[there], jump[there] = np.minimum(hint[there], EDGE), 1
    hint[0] = min(hint[0], FIRST_STEP)
    row[np.searchsorted(ends, kept)] = np.arange(len(kept))
    given = np.searchsorted(begins, ends, side="right")
    given[-1] = given[-2]
    plan = Plan(days_of(kept), ends, dose, given, row, hint, jump, doses.amounts, givens, np.zeros(len(ends)))
    return _shift(plan, schedule, doses) if moved else plan


def _last_places(ends: Int[np.ndarray, " boundary"], at: Int[np.ndarray, " dose"]) -> Int[np.ndarray, " dose"]:
    """Return a boundary for each of these ascending times; times that come twice fill the last of their boundaries."""
    same = np.searchsorted(at, at, side="right") - np.arange(len(at))
    return np.searchsorted(ends, at, side="right") - same


def _shift(plan: Plan, schedule: Schedule, doses: "_Doses") -> Plan:
    """Return the plan with the traced shifts of its boundaries, and of what they add to the compartments."""
    shifts = jnp.zeros(len(plan.ends))
    first = np.diff(plan.ends, prepend=_EARLIEST) != 0
    for tick, shift in schedule.turns:
        shifts = shifts + jnp.where((plan.ends == tick) & first, shift, 0.0)
    dosed = plan.dose >= 0
    shifts = shifts.at[np.flatnonzero(dosed)].add(jnp.asarray(doses.shifts)[plan.dose[dosed]])
    return replace(plan, shifts=shifts)


class _Doses(NamedTuple):
    """Single doses in time: ticks, amounts for every compartment, longest first step [d], suddenness, shift [d]."""

    at: Int[np.ndarray, " dose"]
    amounts: Float[AnyArray, "dose compartment"]
    first: Float[np.ndarray, " dose"]
    sudden: Int[np.ndarray, " dose"]
    shifts: Float[AnyArray, " dose"]


def drug_rates(drug: Drug) -> list[float]:
    """Return the rates of a drug's chains [1/d]; the catalogue's where men differ, so that no plan hangs on a man."""
    chains = list(drug.chains().values())
    if any(np.ndim(rate) for chain in chains for rate in chain.rates):
        return drug_rates(DRUGS[drug.name])  # type: ignore[arg-type]
    return [float(rate) for chain in chains for rate in chain.rates]


class Intake(NamedTuple):
    """How a dose of one drug enters: 1 where it does, the rates of its chains [1/d], whether it acts at once."""

    entered: Float[np.ndarray, " compartment"]
    rates: list[float]
    at_once: bool


class Intakes:
    """How doses of some drugs enter the compartments; each drug is asked once, however many plans are made.

    Parameters
    ----------
    drugs : dict of str to Drug
        Mixtures resolved.
    """

    def __init__(self, drugs: dict[str, Drug]) -> None:
        self.drugs, self.layout = drugs, compartments(drugs)
        self._known: dict[str, Intake] = {}

    def __getitem__(self, name: str) -> Intake:
        if name not in self._known:
            entered = np.array([one.drug == name and one.place == 0 for one in self.layout], dtype=float)
            at_once = any(len(chain.rates) == 1 for chain in self.drugs[name].chains().values())
            self._known[name] = Intake(entered, drug_rates(self.drugs[name]), at_once)
        return self._known[name]


def _doses(schedule: Schedule, intakes: Intakes) -> _Doses:
    """Return the single doses of a schedule; drugs at one tick are one, unless something is moved."""
    every = np.concatenate([np.zeros(0, dtype=np.int64), *(ticks for ticks, _ in schedule.doses.values())])
    if schedule.shifts or schedule.turns:
        order = np.argsort(every, kind="stable")
        moments, where = every[order], np.argsort(order)
    else:
        moments, where = np.unique(every, return_inverse=True)
    table: AnyArray = np.zeros((len(moments), len(intakes.layout)))
    first, sudden = np.full(len(moments), np.inf), np.zeros(len(moments), dtype=int)
    shifts: AnyArray = np.zeros(len(moments))
    places = np.split(where, np.cumsum([len(ticks) for ticks, _ in schedule.doses.values()]))
    for (name, (ticks, amounts)), here in zip(schedule.doses.items(), places, strict=False):
        if name in schedule.shifts:
            shifts = jnp.asarray(shifts).at[here].set(schedule.shifts[name])
        for part, share in DRUGS[name].parts().items():
            entered, rates, at_once = intakes[part]
            table = _add(table, here, amounts[:, None] * share * entered)
            fresh = np.diff(days_of(ticks), prepend=-np.inf) > EMPTY / min(rates)
            step = np.where(fresh, FRESH, ABSORBED) / max(rates)
            np.minimum.at(first, here, np.minimum(step, EDGE) if at_once else step)
            sudden[here] |= at_once
    return _Doses(moments, table, first, sudden, shifts)


def _add(
    table: Float[AnyArray, "row column"],
    where: Any,  # what indexes rows; NumPy's stubs know no tuple here
    more: Float[AnyArray, "..."],
) -> Float[AnyArray, "row column"]:
    """Return the table with more in some places; plain numbers stay plain, traced ones stay traced."""
    if isinstance(table, np.ndarray) and isinstance(more, np.ndarray):
        np.add.at(table, where, more)
        return table
    return jnp.asarray(table).at[where].add(more)


def _givens(schedule: Schedule, names: list[str]) -> tuple[Int[np.ndarray, " edge"], Float[AnyArray, "span given"]]:
    """Return the ticks at which infusions or pulses change, and what is given between them."""
    column = {name: 3 * place for place, name in enumerate(names)}
    spans: list[tuple[int, int, dict[int, Number]]] = [
        (start, stop, {column[name]: amount})
        for name, found in schedule.infusions.items()
        for start, stop, amount in _order(found)
    ]
    spans += [
        (start, stop, {column[name] + 1: amount, column[name] + 2: interval - 1.0})
        for name, found in schedule.pulses.items()
        for start, stop, amount, interval in found
    ]
    edges = np.unique(np.array([tick for span in spans for tick in span[:2]], dtype=np.int64))
    table: AnyArray = np.tile([0.0, 0.0, 1.0], (len(edges) + 1, len(names)))
    starts = np.concatenate([[_EARLIEST], edges])
    for start, stop, given in spans:
        on = (starts >= start) & (starts < stop)
        for place, more in given.items():
            table = _add(
                table, (on, place), more if isinstance(more, jax.Array) else np.float64(more) * np.ones(on.sum())
            )
    return edges, table


def _order(spans: list[Infusion]) -> list[Infusion]:
    """Return infusions in an order of their own, since a sum depends on the order of its terms in the last place."""
    return spans if any(isinstance(amount, jax.Array) for _, _, amount in spans) else sorted(spans)


def _growing_steps(gap: float, first: float) -> Float[np.ndarray, " step"]:
    """Return step lengths that fill `gap`, growing from `first`."""
    if gap == 0.0:
        return np.zeros(1)
    offsets = [0.0]
    while offsets[-1] < gap:
        offsets.append(offsets[-1] + min(GRID_LONGEST, first + GRID_GROWTH * offsets[-1]))
    return np.diff(np.array(offsets) * (gap / offsets[-1]))
