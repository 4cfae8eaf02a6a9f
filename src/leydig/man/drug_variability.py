"""How men differ in what a drug becomes in them and does to them.

Every parameter of a drug with a ``cv`` is spread log-normally between men, inside its range, drawn by
the parameter's path and the number of the man: man 17 of seed 1 handles anastrozole as man 17 does in
any population. What does not vary between men stays one number.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from leydig.checks import seed_number, whole_number
from leydig.drug import Drug
from leydig.parameter import change, log_spread, parameters
from leydig.streams import stream

__all__ = ["drug_deviate_names", "sample_drug_variability", "take_drugs", "vary_drugs"]

FURTHEST = 2.5  # standard deviations beyond which no man is drawn


def sample_drug_variability(drugs: Mapping[str, Drug], n: int, seed: int = 1, *, first: int = 0) -> dict[str, Drug]:
    """Return drugs whose varying parameters are arrays with one number for each man.

    Parameters
    ----------
    drugs : mapping of str to Drug
        By catalogue name; their values are the medians.
    n : int
        How many men.
    seed : int, optional
        Another seed is another population.
    first : int, optional
        Number of the first man.

    Returns
    -------
    dict of str to Drug
        For `simulate(..., drugs=...)`.

    Raises
    ------
    OutOfRange
        When a count or the seed is impossible.

    Examples
    --------
    >>> from leydig.drugs import DRUGS
    >>> spread = sample_drug_variability({"anastrozole": DRUGS["anastrozole"]}, 5)
    >>> spread["anastrozole"].clearance.shape
    (5,)
    """
    n, first, seed = whole_number(n, "number of men"), whole_number(first, "first man", (0, 2**31)), seed_number(seed)
    return vary_drugs(
        drugs, {path: _normals(path, seed, range(first, first + n)) for path in drug_deviate_names(drugs)}
    )


def drug_deviate_names(drugs: Mapping[str, Drug]) -> tuple[str, ...]:
    """Return the paths of every parameter of these drugs that varies between men."""
    return tuple(path for name in drugs for path, one, _ in parameters(drugs[name], f"drugs.{name}") if one.cv)


def vary_drugs(drugs: Mapping[str, Drug], deviates: Mapping[str, Float[np.ndarray, " man"]]) -> dict[str, Drug]:
    """Return drugs as they act in men with these standard normal numbers: the map by which all are drawn.

    Parameters
    ----------
    drugs : mapping of str to Drug
        By catalogue name; their values are the medians.
    deviates : mapping of str to Float[np.ndarray, " man"]
        One number for each man, by `drug_deviate_names`; what is beyond `FURTHEST` is set to it.
    """
    found = {}
    for name, drug in drugs.items():
        changes: dict[str, Any] = {}
        for path, one, value in parameters(drug, f"drugs.{name}"):
            if path in deviates:
                z = np.clip(deviates[path], -FURTHEST, FURTHEST)
                changes[path] = np.clip(value * np.exp(log_spread(one.cv) * z), *one.within)
        found[name] = change(drug, changes, f"drugs.{name}")
    return found


def take_drugs(drugs: Mapping[str, Drug], which: Any) -> dict[str, Drug]:
    """Return drugs as they act in some of the men, or in one of them; numbers that are the same for all stay.

    Parameters
    ----------
    drugs : mapping of str to Drug
    which : int, slice or sequence of int
        As for `Man.take`.
    """
    taken: dict[str, Drug] = jax.tree.map(lambda leaf: np.asarray(leaf)[which] if np.ndim(leaf) else leaf, dict(drugs))
    return taken


def _normals(purpose: str, seed: int, numbers: Iterable[int]) -> Any:
    """Return one normal number for each man, by purpose, seed and number of the man."""
    drawn = (stream(seed, purpose, number) for number in numbers)
    return np.array([one.standard_normal() for one in drawn])
