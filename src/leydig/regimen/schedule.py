"""The schedule: every dose of a regimen on one time axis, as numbers."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from leydig.errors import BadRegimen
from leydig.regimen.dose import PLAIN, Dose

__all__ = ["Schedule", "scheduled"]


@dataclass(frozen=True)
class Schedule:
    """Doses, infusions and pulses on ``[0, days)``, by drug.

    Attributes
    ----------
    doses : dict of str to (times, amounts)
        Ascending days, and amounts in the drug's unit; amounts stay traced where they came traced.
    infusions : dict of str to list of (start, stop, amount per day)
    pulses : dict of str to list of (start, stop, amount, interval in days)
    shifts : dict of str to Float[Array, " dose"]
        Traced shifts of single doses [d], for drugs that have any.
    turns : list of (day, shift)
        Traced shifts of the days on which an infusion or pulse train begins or ends.
    """

    doses: dict[str, tuple[Float[np.ndarray, " dose"], Float[Array, " dose"]]]
    infusions: dict[str, list[tuple[float, float, Any]]]
    pulses: dict[str, list[tuple[float, float, Any, float]]]
    shifts: dict[str, Any] = field(default_factory=dict)
    turns: list[tuple[float, Any]] = field(default_factory=list)


def scheduled(doses: tuple[Dose, ...], days: float) -> Schedule:
    """Return the schedule of these doses on ``[0, days)``.

    Raises
    ------
    BadRegimen
        When two pulse trains of one drug run at once.
    """
    single: dict[str, list[tuple[Float[np.ndarray, " dose"], Any, Any]]] = {}
    turns: list[tuple[float, Any]] = []
    infusions: dict[str, list[tuple[float, float, Any]]] = {}
    pulses: dict[str, list[tuple[float, float, Any, float]]] = {}
    for dose in doses:
        if not isinstance(dose.shift, PLAIN) and (dose.pulsed or dose.repeat.kind == "continuous"):
            turns += [(day, dose.shift) for span in dose.spans(days) for day in span]
        if dose.repeat.kind == "continuous":
            spans = [(start, stop, dose.amount) for start, stop in dose.spans(days)]
            infusions.setdefault(dose.drug, []).extend(spans)
        elif dose.pulsed:
            interval = 7.0 / dose.repeat.per_week() if dose.repeat.kind != "once" else 1.0
            runs = [(start, stop, dose.amount, interval) for start, stop in dose.spans(days)]
            pulses.setdefault(dose.drug, []).extend(runs)
        else:
            single.setdefault(dose.drug, []).append((dose.times(days), dose.amount, dose.shift))
    for drug, trains in pulses.items():
        for before, after in pairwise(sorted(trains, key=lambda train: train[0])):
            if after[0] < before[1]:
                raise BadRegimen(
                    f"two pulse trains of {drug} run at once from day {after[0]:g}. Allowed is one at a time. "
                    "Give one train with the dose and interval that are meant."
                )
    merged = {drug: _merged(found) for drug, found in single.items()}
    shifts = {drug: shift for drug, (_, _, shift) in merged.items() if not isinstance(shift, np.ndarray)}
    given = {drug: (times, amounts) for drug, (times, amounts, _) in merged.items()}
    return Schedule(given, infusions, pulses, shifts, turns)


def _merged(found: list[tuple[Float[np.ndarray, " dose"], Any, Any]]) -> tuple[Float[np.ndarray, " dose"], Any, Any]:
    """Return the doses of one drug in one ascending line: times, amounts, shifts."""
    times = np.concatenate([one for one, _, _ in found])
    which = np.concatenate([np.full(len(one), i) for i, (one, _, _) in enumerate(found)]).astype(int)
    order = np.argsort(times, kind="stable")
    amounts, shifts = (_together([one[part] for one in found])[which[order]] for part in (1, 2))
    return times[order], amounts, shifts


def _together(numbers: list[Any]) -> Any:
    """Return numbers as one array; plain ones stay plain, traced ones stay traced."""
    if all(isinstance(number, PLAIN) for number in numbers):
        return np.array(numbers, dtype=float)
    return jnp.stack([jnp.asarray(number, dtype=float) for number in numbers])
