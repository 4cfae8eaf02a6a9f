"""The plan of a simulation: what happens when, and which results to keep.

A plan is a line of boundaries (a dose, a change of what is given, a time that is kept) and plain numbers,
so a new regimen of known drugs needs no new compilation, and men on different plans march side by side
(`stacked`). The engine finds its own steps between boundaries; `Plan.grid` gives fixed ones, for the
reader in JAX: short after a dose, growing with the time since it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from leydig.drugs import DRUGS, Drug
from leydig.regimen import Schedule
from leydig.simulation.system import mode_layout

__all__ = ["Grid", "Plan", "Stack", "planned", "stacked"]

FIRST_STEP = 0.02  # [d] first step where nothing happened
ABSORBED = 0.2  # first step after a dose, in absorption times
FRESH = 0.05  # the same after a dose that meets an empty body, where the answer bends most
EMPTY = 3.0  # times over which a body is called empty, in the drug's slowest
EDGE = 0.004  # [d] longest first step where the derivative jumps
GRID_LONGEST = 0.033  # [d] longest step of a fixed grid
GRID_GROWTH = 0.09  # share of the time since a boundary by which steps of a fixed grid may grow
GRID_FIRST = 0.05  # first step of a fixed grid after a boundary, against the longest first step above
_SAME = 1e-9  # [d] times closer than this are one time


@dataclass(frozen=True)
class Plan:
    """What happens at every boundary of one simulation.

    Attributes
    ----------
    times : Float[np.ndarray, " out"]
        Days that are kept.
    ends : Float[np.ndarray, " boundary"]
        Times of the boundaries [d]: the start, what happens, what is kept, the end.
    dose, given, row : Int[np.ndarray, " boundary"]
        The dose that comes there (-1 for none), the given numbers that begin there, and the place in
        `times` (-1 for none).
    hint : Float[np.ndarray, " boundary"]
        Longest first step after the boundary [d].
    jump : Int[np.ndarray, " boundary"]
        1 where the derivative of the state may jump.
    doses : Float[Array, "dose mode"]
        Amounts added to the modes; a JAX array when a dose size is traced.
    givens : Float[Array, "span given"]
        Infusion rate, pulse and interval of each drug in turn; the first row is nothing.
    shifts : Float[Array, " boundary"]
        By how much the time of what happens there is moved [d]: 0, or traced at 0.
    """

    times: Float[np.ndarray, " out"]
    ends: Float[np.ndarray, " boundary"]
    dose: Int[np.ndarray, " boundary"]
    given: Int[np.ndarray, " boundary"]
    row: Int[np.ndarray, " boundary"]
    hint: Float[np.ndarray, " boundary"]
    jump: Int[np.ndarray, " boundary"]
    doses: Any
    givens: Any
    shifts: Any

    def grid(self) -> "Grid":
        """Return fixed steps between the boundaries."""
        lengths, boundary = [], []
        made: dict[tuple[float, float], Float[np.ndarray, " step"]] = {}
        for place, gap in enumerate(np.diff(self.ends)):
            key = (round(float(gap), 9), float(self.hint[place]))
            if key not in made:
                made[key] = _growing(float(gap), GRID_FIRST * min(float(self.hint[place]), GRID_LONGEST))
            lengths.append(made[key])
            boundary.append(np.append(place, np.full(len(made[key]) - 1, -1)))
        kept = np.cumsum([0, *(len(part) for part in lengths)])[self.row >= 0]
        return Grid(np.concatenate(lengths), np.concatenate(boundary), kept)

    def kept_givens(self) -> Any:
        """Return the given numbers at the kept times, shape (out, given)."""
        return self.givens[self.given[self.row >= 0]]

    def modes(
        self, times: Float[np.ndarray, " time"], begin: Float[np.ndarray, " mode"], decay: Float[np.ndarray, " mode"]
    ) -> Float[np.ndarray, "time mode"]:
        """Return the modes at some times, before any dose of that moment; 0 before the plan begins.

        Parameters
        ----------
        times : Float[np.ndarray, " time"]
            Days.
        begin : Float[np.ndarray, " mode"]
            Modes where the plan begins.
        decay : Float[np.ndarray, " mode"]
            Decay rates of the modes [1/d].
        """
        found = np.zeros((len(times), len(decay)))

        def add(inside: Any, moment: float, amounts: Any) -> None:
            found[inside] += amounts * np.exp(-decay * (times[inside] - moment)[:, None])

        add(times >= self.ends[0], self.ends[0], begin)
        for boundary in np.flatnonzero(self.dose >= 0):
            moment = self.ends[boundary]
            add(times > moment, moment, np.asarray(self.doses)[self.dose[boundary]])
        return found


class Grid(NamedTuple):
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
    """Many plans as arrays with a leading plan axis, padded; what `leydig.simulation.march` reads."""

    counts: Int[np.ndarray, " plan"]
    ends: Float[np.ndarray, "plan boundary"]
    doses: Float[np.ndarray, "plan dose mode"]
    dose: Int[np.ndarray, "plan boundary"]
    givens: Float[np.ndarray, "plan span given"]
    given: Int[np.ndarray, "plan boundary"]
    row: Int[np.ndarray, "plan boundary"]
    hint: Float[np.ndarray, "plan boundary"]
    jump: Int[np.ndarray, "plan boundary"]
    shifts: Float[np.ndarray, "plan boundary"]


def stacked(plans: Sequence[Plan]) -> Stack:
    """Return many plans as padded arrays."""

    def rows(name: str, kind: Any, fill: Any = 0) -> Any:
        parts = [np.asarray(getattr(plan, name)) for plan in plans]
        shape = tuple(max(part.shape[axis] for part in parts) for axis in range(parts[0].ndim))
        found = np.full((len(parts), *shape), fill, dtype=kind)
        for place, part in enumerate(parts):
            inside: Any = (place, *(slice(0, size) for size in part.shape))
            found[inside] = part
        return found

    return Stack(
        np.array([len(plan.ends) for plan in plans]),
        rows("ends", float),
        rows("doses", float),
        rows("dose", np.int64, -1),
        rows("givens", float),
        rows("given", np.int64),
        rows("row", np.int64, -1),
        rows("hint", float),
        rows("jump", np.int64),
        rows("shifts", float),
    )


def planned(schedule: Schedule, drugs: dict[str, Drug], times: Float[np.ndarray, " out"], start: float = 0.0) -> Plan:
    """Return the plan for a schedule.

    Parameters
    ----------
    schedule : Schedule
        Doses, infusions and pulses.
    drugs : dict of str to Drug
        The drugs of the schedule (there may be more), mixtures resolved.
    times : Float[np.ndarray, " out"]
        Days to keep, ascending from `start`.
    start : float, optional
        Day of the first boundary; earlier doses are already in the modes.
    """
    given_at, givens = _givens(schedule, list(drugs))
    doses = _doses(schedule, drugs)
    stop = times[-1]
    coming = np.flatnonzero((doses.at >= start - _SAME) & (doses.at < stop - _SAME))
    turns = given_at[(given_at > start + _SAME) & (given_at < stop - _SAME)]
    ends = np.sort(np.concatenate([[start], times, doses.at[coming], turns]))
    ends = ends[np.diff(ends, prepend=-np.inf) > _SAME]
    if schedule.shifts or schedule.turns:  # what is moved on its own is a boundary of its own
        apart = doses.at[coming][np.diff(doses.at[coming], prepend=-np.inf) <= _SAME]
        ends = np.sort(np.concatenate([ends, apart, np.intersect1d(doses.at[coming], turns)]))
    first = np.diff(ends, prepend=-np.inf) > _SAME
    dose, hint, row = np.full(len(ends), -1), np.full(len(ends), np.inf), np.full(len(ends), -1)
    jump = np.zeros(len(ends), dtype=int)
    here = _last_places(ends, doses.at[coming])
    dose[here], hint[here], jump[here] = coming, doses.first[coming], doses.sudden[coming]
    there = np.searchsorted(ends, turns - _SAME)
    hint[there], jump[there] = np.minimum(hint[there], EDGE), 1
    hint[0] = min(hint[0], FIRST_STEP)
    row[np.searchsorted(ends, times - _SAME)] = np.arange(len(times))
    given = np.searchsorted(given_at, ends + _SAME, side="right")
    given[-1] = given[-2]
    plan = Plan(times, ends, dose, given, row, hint, jump, doses.amounts, givens, np.zeros(len(ends)))
    return plan if not (schedule.shifts or schedule.turns) else _shifted(plan, schedule, doses, first)


def _last_places(ends: Any, at: Any) -> Any:
    """Return a boundary for each of these ascending times; times that come twice fill the last of their boundaries."""
    after = np.searchsorted(ends, at + _SAME, side="left")
    same = np.searchsorted(at, at + _SAME, side="left") - np.arange(len(at))
    return after - same


def _shifted(plan: Plan, schedule: Schedule, doses: "_Doses", first: Any) -> Plan:
    """Return the plan with the traced shifts of its boundaries, and of what they add to the modes."""
    shifts: Any = jnp.zeros(len(plan.ends))
    for day, shift in schedule.turns:
        at = (np.abs(plan.ends - day) < _SAME) & first
        shifts = shifts + jnp.where(at, shift, 0.0)
    given = plan.dose >= 0
    shifts = shifts.at[np.flatnonzero(given)].add(jnp.asarray(doses.shifts)[plan.dose[given]])
    return replace(plan, shifts=shifts)


class _Doses(NamedTuple):
    """Single doses in time: days, amounts for every mode, longest first step [d], suddenness, shift [d]."""

    at: Any
    amounts: Any
    first: Any
    sudden: Any
    shifts: Any


def _rates(drug: Drug) -> list[float]:
    """Return the rates of a drug's chains [1/d]; the catalogue's where men differ, so that no plan hangs on a man."""
    chains = list(drug.chains().values())
    if any(np.ndim(rate) for chain in chains for rate in chain.rates):
        return _rates(DRUGS[drug.name])  # type: ignore[arg-type]
    return [float(rate) for chain in chains for rate in chain.rates]


def _doses(schedule: Schedule, drugs: dict[str, Drug]) -> _Doses:
    """Return the single doses of a schedule; drugs at one moment are one, unless something is moved."""
    layout, apart = mode_layout(drugs), bool(schedule.shifts or schedule.turns)
    keys = [
        np.stack([np.round(times, 10), np.full(len(times), float(place) if apart else 0.0)], axis=1)
        for place, (times, _) in enumerate(schedule.doses.values())
    ]
    moments, where = np.unique(np.concatenate([*keys, np.zeros((0, 2))]), axis=0, return_inverse=True)
    places = np.split(where.reshape(-1), np.cumsum([len(key) for key in keys])[:-1]) if keys else []
    table: Any = np.zeros((len(moments), len(layout)))
    first, sudden = np.full(len(moments), np.inf), np.zeros(len(moments), dtype=int)
    shifts: Any = np.zeros(len(moments))
    for (name, (times, amounts)), here in zip(schedule.doses.items(), places, strict=True):
        if name in schedule.shifts:
            shifts = jnp.asarray(shifts).at[here].set(schedule.shifts[name])
        for part, share in DRUGS[name].parts().items():
            columns = np.array([mode.drug == part for mode in layout], dtype=float)
            table = _added(table, here, amounts[:, None] * share * columns)
            at_once = any(len(chain.rates) == 1 for chain in drugs[part].chains().values())
            rates = _rates(drugs[part])
            fresh = np.diff(times, prepend=-np.inf) > EMPTY / min(rates)
            step = np.where(fresh, FRESH, ABSORBED) / max(rates)
            np.minimum.at(first, here, np.minimum(step, EDGE) if at_once else step)
            sudden[here] |= at_once
    return _Doses(moments[:, 0], table, first, sudden, shifts)


def _added(table: Any, where: Any, more: Any) -> Any:
    """Return the table with more in some places; plain numbers stay plain, traced ones stay traced."""
    if isinstance(table, np.ndarray) and isinstance(more, np.ndarray):
        np.add.at(table, where, more)
        return table
    return jnp.asarray(table).at[where].add(more)


def _givens(schedule: Schedule, names: list[str]) -> tuple[Float[np.ndarray, " edge"], Float[Array, "span given"]]:
    """Return the times at which infusions or pulses change, and what is given between them."""
    spans: list[Any] = [(name, 0, *span) for name, found in schedule.infusions.items() for span in found]
    spans += [(name, 1, *span) for name, found in schedule.pulses.items() for span in found]
    edges = np.unique(np.array([time for span in spans for time in span[2:4]], dtype=float))
    edges = edges[np.isfinite(edges)]
    table: Any = np.tile([0.0, 0.0, 1.0], (len(edges) + 1, len(names)))
    starts = np.concatenate([[-np.inf], edges])
    for name, kind, start, stop, *amount in spans:
        on = (starts >= start - _SAME) & (starts < stop - _SAME)
        column = 3 * names.index(name)
        steps = [(column, amount[0])] if kind == 0 else [(column + 1, amount[0]), (column + 2, amount[1] - 1.0)]
        for place, more in steps:
            table = _added(
                table, (on, place), more if isinstance(more, jax.Array) else np.float64(more) * np.ones(on.sum())
            )
    return edges, table


def _growing(gap: float, first: float) -> Float[np.ndarray, " step"]:
    """Return step lengths that fill `gap`, growing from `first`."""
    if gap == 0.0:
        return np.zeros(1)
    offsets = [0.0]
    while offsets[-1] < gap:
        offsets.append(offsets[-1] + min(GRID_LONGEST, first + GRID_GROWTH * offsets[-1]))
    return np.diff(np.array(offsets) * (gap / offsets[-1]))
