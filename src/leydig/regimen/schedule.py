"""The schedule: every dose of a regimen on one time axis, as numbers."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from leydig.errors import BadRegimen
from leydig.regimen.dose import PLAIN, Dose
from leydig.regimen.repeat import RepeatKind
from leydig.ticks import days_of

if TYPE_CHECKING:
    from leydig.arrays import AnyArray, Number
else:
    AnyArray = Any  # JAX's as well, which is not loaded to read a regimen

__all__ = ["Schedule", "schedule_doses"]


@dataclass(frozen=True)
class Schedule:
    """Doses, infusions and pulses on ``[0, days)``, by drug; all times in ticks (`leydig.ticks`).

    Attributes
    ----------
    doses : dict of str to (ticks, amounts)
        Ascending ticks, and amounts in the drug's unit; amounts stay traced where they came traced. What is given
        at one tick is summed, except where doses have traced shifts of their own.
    infusions : dict of str to list of (start, stop, amount per day)
    pulses : dict of str to list of (start, stop, amount, interval in days)
    shifts : dict of str to Float[AnyArray, " dose"]
        Traced shifts of single doses [d], for drugs that have any.
    turns : list of (tick, shift)
        Traced shifts of the times at which an infusion or pulse train begins or ends.
    """

    doses: dict[str, tuple[Int[np.ndarray, " dose"], Float[AnyArray, " dose"]]]
    infusions: dict[str, list[tuple[int, int, "Number"]]]
    pulses: dict[str, list[tuple[int, int, "Number", float]]]
    shifts: dict[str, Float[AnyArray, " dose"]] = field(default_factory=dict)
    turns: list[tuple[int, "Number"]] = field(default_factory=list)

    @property
    def spans(self) -> list[list[tuple[int, int]]]:
        """Start and stop [tick] of every infusion and pulse, drug by drug."""
        infusions = [[(start, stop) for start, stop, _ in found] for found in self.infusions.values()]
        return infusions + [[(start, stop) for start, stop, *_ in found] for found in self.pulses.values()]

    def rates_at(
        self, name: str, ticks: Int[np.ndarray, " time"]
    ) -> tuple[Float[np.ndarray, " time"], Float[np.ndarray, " time"], Float[np.ndarray, " time"]]:
        """Return infusion rate, pulse and interval of one drug from each tick on."""
        rate, pulse, interval = np.zeros(len(ticks)), np.zeros(len(ticks)), np.ones(len(ticks))
        for start, stop, amount in self.infusions.get(name, []):
            rate[(ticks >= start) & (ticks < stop)] += amount
        for start, stop, amount, distance in self.pulses.get(name, []):
            on = (ticks >= start) & (ticks < stop)
            pulse[on], interval[on] = amount, distance
        return rate, pulse, interval


def schedule_doses(doses: tuple[Dose, ...], days: float) -> Schedule:
    """Return the schedule of these doses on ``[0, days)``.

    Raises
    ------
    BadRegimen
        When two pulse trains of one drug run at once.
    """
    single: dict[str, list[tuple[Int[np.ndarray, " _"], Number, Number]]] = {}
    turns: list[tuple[int, Number]] = []
    infusions: dict[str, list[tuple[int, int, Number]]] = {}
    pulses: dict[str, list[tuple[int, int, Number, float]]] = {}
    for dose in doses:
        if not isinstance(dose.shift, PLAIN) and (dose.is_pulsatile or dose.repeat.kind == RepeatKind.CONTINUOUS):
            turns += [(tick, dose.shift) for span in dose.tick_spans(days) for tick in span]
        if dose.repeat.kind == RepeatKind.CONTINUOUS:
            spans = [(start, stop, dose.amount) for start, stop in dose.tick_spans(days)]
            infusions.setdefault(dose.drug, []).extend(spans)
        elif dose.is_pulsatile:
            interval = dose.repeat.interval
            runs = [(start, stop, dose.amount, interval) for start, stop in dose.tick_spans(days)]
            pulses.setdefault(dose.drug, []).extend(runs)
        else:
            single.setdefault(dose.drug, []).append((dose.ticks(days), dose.amount, dose.shift))
    for drug, trains in pulses.items():
        for before, after in pairwise(sorted(trains, key=lambda train: train[0])):
            if after[0] < before[1]:
                raise BadRegimen(
                    f"got two pulse trains of {drug} at once from day {days_of(after[0]):g}; expected one at a time. "
                    "Give one train with the dose and interval that are meant."
                )
    merged = {drug: _merge(parts) for drug, parts in single.items()}
    shifts: dict[str, AnyArray] = {
        drug: shift for drug, (_, _, shift) in merged.items() if not isinstance(shift, np.ndarray)
    }
    lines = {drug: (ticks, amounts) for drug, (ticks, amounts, _) in merged.items()}
    return Schedule(lines, infusions, pulses, shifts, turns)


def _merge(
    parts: list[tuple[Int[np.ndarray, " _"], "Number", "Number"]],
) -> tuple[Int[np.ndarray, " dose"], Float[AnyArray, " dose"], Float[AnyArray, " dose"]]:
    """Return the doses of one drug in one ascending line: ticks, amounts, shifts; the same in any order."""
    ticks = np.concatenate([part for part, _, _ in parts])
    which = np.concatenate([np.full(len(part), i) for i, (part, _, _) in enumerate(parts)]).astype(int)
    amounts = _join_numbers([amount for _, amount, _ in parts])[which]
    shifts = _join_numbers([shift for _, _, shift in parts])[which]
    if not isinstance(shifts, np.ndarray):
        order = np.argsort(ticks, kind="stable")
        return ticks[order], amounts[order], shifts[order]
    moments, place = np.unique(ticks, return_inverse=True)
    if not isinstance(amounts, np.ndarray):
        import jax.numpy as jnp

        import leydig.precision  # noqa: F401  (before the first number)

        return moments, jnp.zeros(len(moments)).at[place].add(amounts), np.zeros(len(moments))
    order = np.lexsort((amounts, ticks))  # a sum depends on the order of its terms in the last place
    sums = np.zeros(len(moments))
    np.add.at(sums, place[order], amounts[order])
    return moments, sums, np.zeros(len(moments))


def _join_numbers(numbers: list["Number"]) -> Float[AnyArray, " part"]:
    """Return numbers as one array; plain ones stay plain, traced ones stay traced."""
    if all(isinstance(number, PLAIN) for number in numbers):
        return np.array(numbers, dtype=float)
    import jax.numpy as jnp

    import leydig.precision  # noqa: F401  (before the first number)

    return jnp.stack([jnp.asarray(number, dtype=float) for number in numbers])
