"""What is given, step by step of the minute clock: levels of drugs, infusions, and every dose of GnRH by itself."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int

from leydig.arrays import AnyArray
from leydig.body.effects import Action
from leydig.drug import Drug
from leydig.drugs import DRUGS, drugs_of
from leydig.engine import System, assemble_system, plan_schedule
from leydig.man import Man
from leydig.pulses.generator import Pulses
from leydig.regimen import Regimen
from leydig.ticks import TICKS_PER_DAY, days_of, multiples

__all__ = ["StepDoses", "Train", "fullness", "step_doses", "train", "train_steps"]

HISTORY = 20  # [d] of earlier doses that a store can remember


class StepDoses(NamedTuple):
    """What is given during each step.

    Attributes
    ----------
    action : Float[Array, "step field"]
        The fields of `leydig.body.effects.Action`.
    infused : Float[Array, " step"]
        The drive of infusions [1].
    pump : Float[np.ndarray, " step"]
        Time to a dose of GnRH [d], infinity where none comes.
    freed : Float[np.ndarray, " step"]
        The fraction of the store that it frees.
    """

    action: Float[Array, "*step field"]
    infused: Float[Array, "*step"]
    pump: Float[AnyArray, "*step"]
    freed: Float[AnyArray, "*step"]


class Train(NamedTuple):
    """Doses of GnRH: ascending ticks, receptor time of each [d], and (start, stop) of every run of doses in ticks."""

    ticks: Int[np.ndarray, " dose"]
    receptor_time: Float[np.ndarray, " dose"]
    runs: list[tuple[int, int]]


def step_doses(
    man: Man, regimen: Regimen, begin: Float[np.ndarray, " compartment"], start: float,
    times: Float[np.ndarray, " step"],
) -> StepDoses:  # fmt: skip
    """Return what is given at these times [d]; nothing before `start`, and no dose of GnRH yet."""
    drugs = drugs_of(list(regimen.drugs))
    system, _, _, decay = assemble_system(man, drugs)
    plan = plan_schedule(regimen.schedule(float(times[-1])), drugs, times[times >= start], start)
    amounts = np.zeros((len(times), len(decay)))
    amounts[times >= start] = plan.amounts(begin, decay, system.sizes)
    spans = np.zeros(len(times), dtype=int)  # the first span is nothing
    spans[times >= start] = plan.given[plan.row >= 0]
    given = np.asarray(plan.givens)[spans]
    pulseless = given * np.where(np.arange(given.shape[1]) % 3 == 1, 0.0, 1.0)
    infused = _joint_action(system, amounts, pulseless)[:, list(Action.__dataclass_fields__).index("gnrh_drive")]
    none = np.zeros(len(times))
    return StepDoses(_joint_action(system, amounts, given), infused, none + np.inf, none)


@jax.jit
def _joint_action(
    system: System, amounts: Float[Array, "step compartment"], given: Float[Array, "step given"]
) -> Float[Array, "step field"]:
    """Return the fields of the joint action at every step."""
    return jax.vmap(lambda levels, given: ravel_pytree(system.action(tuple(levels), tuple(given)))[0])(amounts, given)


def train(regimen: Regimen, until: int) -> Train:
    """Return every dose of GnRH before a tick, each with its own receptor time."""
    ticks, busy, runs = [np.zeros(0, dtype=np.int64)], [np.zeros(0)], []
    for name, trains in regimen.schedule(float(days_of(until))).pulses.items():
        moments, doses = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
        for first, stop, dose, interval in sorted(trains, key=lambda run: run[0]):
            every = multiples(interval, max(int((min(stop, until) - first) / (interval * TICKS_PER_DAY)) + 2, 0))
            moments.append(first + every[first + every < min(stop, until)])
            doses.append(np.full(len(moments[-1]), float(dose)))
            runs.append((first, stop))
        drug, when = DRUGS[name], np.concatenate(moments)
        if isinstance(drug, Drug):
            ticks.append(when)
            busy.append(drug.receptor_time(days_of(when), np.concatenate(doses)))
    order = np.argsort(found := np.concatenate(ticks), kind="stable")
    return Train(found[order], np.concatenate(busy)[order], runs)


def train_steps(
    doses: Train, pulses: Pulses, start: int, step: int, count: int
) -> tuple[Float[np.ndarray, " step"], Float[np.ndarray, " step"]]:
    """Return when in each step a dose comes [d], infinity where none does, and the fraction that it frees.

    Parameters
    ----------
    doses : Train
    pulses : Pulses
    start, step : int
        Of the steps, in ticks.
    count : int
        Of the steps.
    """
    at, freed = np.full(count, np.inf), np.zeros(count)
    inside = (doses.ticks >= start) & (doses.ticks < start + step * count)
    place = (doses.ticks[inside] - start) // step
    at[place] = days_of(doses.ticks[inside] - start - step * place)
    freed[place] = np.asarray(pulses.released_fraction(jnp.asarray(doses.receptor_time[inside])))
    return at, freed


def fullness(doses: Train, pulses: Pulses, shares: Float[np.ndarray, "2"], start: int) -> Float[np.ndarray, "2"]:
    """Return how full the stores of LH and FSH are where a simulation begins, after the doses before it.

    Parameters
    ----------
    doses : Train
    pulses : Pulses
    shares : Float[np.ndarray, "2"]
        Of own and given pulses at the start, taken for those of the days before.
    start : int
        In ticks.
    """
    recent = (doses.ticks < start) & (doses.ticks >= start - HISTORY * TICKS_PER_DAY)
    full, (own, pump) = np.ones(2), (float(share) for share in shares)
    stores, freed = (
        np.asarray(pulses.stores()),
        np.asarray(pulses.released_fraction(jnp.asarray(doses.receptor_time[recent]))),
    )
    ticks = doses.ticks[recent]
    for tick, gap, fraction in zip(ticks, days_of(np.diff(ticks, append=start)), freed, strict=True):
        on = any(first <= tick < stop for first, stop in doses.runs if stop > start)
        full = full * (1.0 - fraction)
        slow = own * (full < 1.0) / stores
        grown = np.where(slow > 0.0, -np.expm1(-slow * gap) / np.where(slow > 0.0, slow, 1.0), gap)
        full = full + (pump * on + own * np.maximum(1.0 - full, 0.0)) / stores * grown
    return full
