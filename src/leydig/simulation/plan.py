"""The plan of a simulation: which steps to take, what each begins with, and which results to keep.

Steps are short after a dose and grow with the time since it; they end exactly at every dose, at every
change of an infusion or pulse, and at every time that is kept. A plan is plain numbers, so a new
regimen of known drugs needs no new compilation.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from leydig.drugs import DRUGS, Drug, Mixture
from leydig.regimen import Schedule
from leydig.simulation.system import mode_layout

__all__ = ["Plan", "planned"]

LONGEST = 0.055  # [d] longest step
GROWTH = 0.2  # share of the time since a dose by which steps may grow
FRESH_GROWTH = 0.1  # the same after a dose that meets an empty body, or another jump
FIRST = 0.003  # first step after a dose that meets an empty body, in absorption times
LATER = 0.15  # first step after any other dose, in absorption times
EDGE = 0.0005  # [d] longest first step where an input jumps from nothing
SMALL_EDGE = 0.01  # [d] longest first step after any other dose
_SAME = 1e-9  # [d] times closer than this are one time


@dataclass(frozen=True)
class Plan:
    """Steps, doses and times of one simulation.

    Attributes
    ----------
    times : Float[np.ndarray, " out"]
        Days that are kept.
    lengths : Float[np.ndarray, " length"]
        The step lengths that occur [d].
    length, dose, given : Int[np.ndarray, " step"]
        Which length, dose and given numbers each step has; dose -1 is none.
    doses : Float[Array, "dose mode"]
        Amounts added to the modes; a JAX array when a dose size is traced.
    givens : Float[Array, "span given"]
        Infusion rate, pulse and interval of each drug in turn.
    kept : Int[np.ndarray, " out"]
        The step before which each kept time lies; the last one is the end.
    kept_given : Int[np.ndarray, " out"]
        What is being given at each kept time.
    """

    times: Float[np.ndarray, " out"]
    lengths: Float[np.ndarray, " length"]
    length: Int[np.ndarray, " step"]
    dose: Int[np.ndarray, " step"]
    given: Int[np.ndarray, " step"]
    doses: Float[Array, "dose mode"]
    givens: Float[Array, "span given"]
    kept: Int[np.ndarray, " out"]
    kept_given: Int[np.ndarray, " out"]

    def rows(self) -> Int[np.ndarray, " steps"]:
        """Return the result row before each step and at the end; -1 where none is kept."""
        rows = np.full(len(self.length) + 1, -1)
        rows[self.kept] = np.arange(len(self.kept))
        return rows


def planned(schedule: Schedule, drugs: dict[str, Drug], times: Float[np.ndarray, " out"], start: float = 0.0) -> Plan:
    """Return the plan for a schedule.

    Parameters
    ----------
    schedule : Schedule
        Doses, infusions and pulses.
    drugs : dict of str to Drug
        The drugs of the schedule, mixtures resolved.
    times : Float[np.ndarray, " out"]
        Days to keep, ascending from `start`.
    start : float, optional
        Day of the first step; earlier doses are already in the modes.
    """
    given_at, givens = _givens(schedule, list(drugs))
    dose_times, doses, first_steps = _doses(schedule, drugs)
    coming = dose_times >= start - _SAME
    dose_times, doses, first_steps = dose_times[coming], doses[coming], first_steps[coming]
    events = np.concatenate([[start], given_at, dose_times])
    steps = np.concatenate([[LONGEST], np.full(len(given_at), EDGE), first_steps])
    grid = _grid(events, steps, times)
    lengths, length = np.unique(np.round(np.diff(grid), 10), return_inverse=True)
    dose = np.full(len(length), -1)
    place = np.searchsorted(grid, dose_times - _SAME)
    dose[place] = np.arange(len(dose_times))
    given = np.searchsorted(given_at, grid[:-1] + _SAME, side="right")
    kept = np.searchsorted(grid, times - _SAME)
    return Plan(
        times, lengths, length.reshape(-1), dose, given, doses, givens, kept, given[np.minimum(kept, len(given) - 1)]
    )


def _rates(drug: Drug) -> list[float]:
    """Return the rates of a drug's chains [1/d]."""
    return [float(rate) for chain in drug.chains().values() for rate in chain.rates]


def _parts(name: str) -> dict[str, Any]:
    """Return the catalogue drugs in one unit of this one."""
    entry = DRUGS[name]
    return entry.parts() if isinstance(entry, Mixture) else {name: 1.0}


def _doses(
    schedule: Schedule, drugs: dict[str, Drug]
) -> tuple[Float[np.ndarray, " dose"], Float[Array, "dose mode"], Float[np.ndarray, " dose"]]:
    """Return dose times, what each adds to every mode, and the first step that each asks for [d]."""
    layout = mode_layout(drugs)
    every = [times for times, _ in schedule.doses.values()]
    moments = np.unique(np.round(np.concatenate([*every, []]), 10))
    table: Any = np.zeros((len(moments), len(layout)))
    first = np.full(len(moments), np.inf)
    for name, (times, amounts) in schedule.doses.items():
        where = np.searchsorted(moments, np.round(times, 10))
        fresh = np.diff(times, prepend=-np.inf)
        for part, share in _parts(name).items():
            columns = np.array([mode.drug == part for mode in layout], dtype=float)
            table = _added(table, where, amounts[:, None] * share * columns)
            rates = _rates(drugs[part])
            later = min(LATER / max(rates), SMALL_EDGE)
            step = np.where(fresh > 3.0 / min(rates), min(FIRST / max(rates), EDGE), later)
            np.minimum.at(first, where, step)
    return moments, table, first


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


def _grid(
    events: Float[np.ndarray, " event"],
    steps: Float[np.ndarray, " event"],
    times: Float[np.ndarray, " out"],
) -> Float[np.ndarray, " boundary"]:
    """Return step boundaries: every event and kept time, and growing steps after each event."""
    end = times[-1]
    order = np.lexsort((steps, events))
    events, steps = events[order], steps[order]
    new = np.diff(events, prepend=-np.inf) > _SAME
    events, steps = events[new], steps[new]
    inside = (events < end - _SAME) & (events > times[0] - _SAME)
    events, steps = events[inside], steps[inside]
    gaps = np.diff(events, append=end)
    made: dict[tuple[float, float], Float[np.ndarray, " boundary"]] = {}
    pieces = []
    for event, step, gap in zip(events, steps, gaps, strict=True):
        fresh = step <= EDGE
        key = (round(gap, 9), step)
        if key not in made:
            made[key] = _growing(gap, step, FRESH_GROWTH if fresh else GROWTH)
        pieces.append(event + made[key])
    grid = np.sort(np.concatenate([*pieces, times]))
    return grid[np.diff(grid, prepend=-np.inf) > _SAME]


def _growing(gap: float, first: float, growth: float) -> Float[np.ndarray, " boundary"]:
    """Return offsets from 0, growing from `first`, that fill `gap` evenly at the end."""
    offsets = [0.0]
    while True:
        step = min(LONGEST, first + growth * offsets[-1])
        if step >= LONGEST:
            left = gap - offsets[-1]
            count = max(int(np.ceil(left / LONGEST)), 1)
            return np.concatenate([offsets, offsets[-1] + left * np.arange(1, count) / count])
        if offsets[-1] + step >= gap:
            return np.array(offsets)
        offsets.append(offsets[-1] + step)
