"""The schedule: every dose of a regimen on one time axis, as numbers."""

from dataclasses import dataclass
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
    """

    doses: dict[str, tuple[Float[np.ndarray, " dose"], Float[Array, " dose"]]]
    infusions: dict[str, list[tuple[float, float, Any]]]
    pulses: dict[str, list[tuple[float, float, Any, float]]]


def scheduled(doses: tuple[Dose, ...], days: float) -> Schedule:
    """Return the schedule of these doses on ``[0, days)``.

    Raises
    ------
    BadRegimen
        When two pulse trains of one drug run at once.
    """
    single: dict[str, list[tuple[Float[np.ndarray, " dose"], Any]]] = {}
    infusions: dict[str, list[tuple[float, float, Any]]] = {}
    pulses: dict[str, list[tuple[float, float, Any, float]]] = {}
    for dose in doses:
        if dose.repeat.kind == "continuous":
            spans = [(start, stop, dose.amount) for start, stop in dose.spans(days)]
            infusions.setdefault(dose.drug, []).extend(spans)
        elif dose.pulsed:
            interval = 7.0 / dose.repeat.per_week() if dose.repeat.kind != "once" else 1.0
            runs = [(start, stop, dose.amount, interval) for start, stop in dose.spans(days)]
            pulses.setdefault(dose.drug, []).extend(runs)
        else:
            single.setdefault(dose.drug, []).append((dose.times(days), dose.amount))
    for drug, trains in pulses.items():
        for before, after in pairwise(sorted(trains, key=lambda train: train[0])):
            if after[0] < before[1]:
                raise BadRegimen(
                    f"two pulse trains of {drug} run at once from day {after[0]:g}. Allowed is one at a time. "
                    "Give one train with the dose and interval that are meant."
                )
    return Schedule({drug: _merged(found) for drug, found in single.items()}, infusions, pulses)


def _merged(
    found: list[tuple[Float[np.ndarray, " dose"], Any]],
) -> tuple[Float[np.ndarray, " dose"], Float[Array, " dose"]]:
    """Return the doses of one drug in one ascending line."""
    times = np.concatenate([one for one, _ in found])
    which = np.concatenate([np.full(len(one), i) for i, (one, _) in enumerate(found)]).astype(int)
    order = np.argsort(times, kind="stable")
    plain = all(isinstance(amount, PLAIN) for _, amount in found)
    amounts: Any = np.array([amount for _, amount in found]) if plain else jnp.stack([jnp.asarray(a) for _, a in found])
    return times[order], amounts[which[order]]
