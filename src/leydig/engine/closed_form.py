"""Levels of drugs in closed form.

Amounts move exactly along the compartments of a chain (`leydig.kinetics`), and what has left the last one is what has
entered the first, less what is still inside::

    level = scale·A_n          area from the start = scale·(entered − A_1 − … − A_n)/λ_n
"""

from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from leydig.blocks import in_blocks
from leydig.drug import Drug
from leydig.engine.origin import AFTER, Origin
from leydig.engine.plan import Plan
from leydig.engine.solve import drugs_per_man, rows_kinetics
from leydig.engine.system import Kinetics, kinetics

__all__ = ["DrugLevels", "drug_levels"]


class DrugLevels(NamedTuple):
    """Every drug level of everyone who is solved, one row each.

    Attributes
    ----------
    levels, areas : dict of str to Float[np.ndarray, "row time"]
        Each level in the unit that the drug declares, and its integral from the start [d].
    drugs : dict of str to Drug
        The drugs, ready for both: one that differs between rows has numbers of shape (row, 1).
    """

    levels: dict[str, Any]  # plain arrays, where a drug is written for JAX's
    areas: dict[str, Any]
    drugs: dict[str, Drug]


def drug_levels(origin: Origin, days: Float[np.ndarray, " time"]) -> DrugLevels:
    """Return every drug level on some days, ascending, before any dose of that moment."""
    whole = days if days[-1] > origin.start else np.append(days, origin.start + AFTER)
    work = origin.work(whole)
    _, drugs, which = origin.rows(work.drugs)
    names, sizes, scales, rates = _kinetics(drugs, len(which))
    begin = np.zeros_like(rates) if origin.begin is None else np.asarray(origin.begin[1])
    amounts, entered = np.empty((2, len(which), len(whole), rates.shape[1]))
    for number, plan in enumerate(work.plans):
        rows = np.flatnonzero(which == number)
        amounts[rows] = plan.amounts(begin[rows], rates[rows], sizes)
        entered[rows] = begin[rows, None] + _intake(plan)
    spread = jax.tree.map(lambda leaf: np.asarray(leaf)[:, None] if np.ndim(leaf) else leaf, drugs)
    levels, areas = {}, {}
    for name, scale, size, end in zip(names, scales, sizes, np.cumsum(sizes), strict=True):
        left = (entered - amounts)[:, : len(days), end - size : end].sum(axis=-1)
        levels[name] = np.array(scale[:, None] * amounts[:, : len(days), end - 1])
        areas[name] = np.array(scale[:, None] / rates[:, None, end - 1] * left)
    return DrugLevels(levels, areas, spread)


def _kinetics(drugs: dict[str, Drug], count: int) -> Kinetics:
    """Return the chains of the drugs, scales of shape (row,) and rates [1/d] of shape (row, compartment)."""
    if not jax.tree.leaves(drugs):
        return Kinetics((), (), (), jax.numpy.zeros((count, 0)))
    one = not any(np.ndim(leaf) for leaf in jax.tree.leaves(drugs))
    names, sizes, *_ = kinetics(drugs)
    scales, rates = in_blocks(rows_kinetics, drugs_per_man(drugs, 1 if one else count))
    shaped = jax.tree.map(lambda part: np.broadcast_to(np.asarray(part), (count, *part.shape[1:])), (scales, rates))
    return Kinetics(names, sizes, *shaped)


def _intake(plan: Plan) -> Float[np.ndarray, "time compartment"]:
    """Return what was dosed into the compartments before each kept time."""
    doses, dosed = np.asarray(plan.doses), plan.dose >= 0
    added = np.zeros((len(plan.ends), doses.shape[1]))
    added[dosed] = doses[plan.dose[dosed]]
    return (np.cumsum(added, axis=0) - added)[plan.row >= 0]
