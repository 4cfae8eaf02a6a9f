"""Where on the loop each drug acts: asked of the drugs themselves, so a new drug needs no words of its own here.

A drug of the catalogue says by `leydig.drug.Drug.action` what it does to the body; every field of that action that is
not zero at a level of one is a place where the drug acts.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from leydig.body.effects import PLACES
from leydig.drug import Delivery, Drug
from leydig.drugs import DRUGS

__all__ = ["Mechanism", "mechanisms"]

PULSE, INTERVAL = 10.0, 0.0625  # [dose unit], [d]: a pump's pulse every 90 minutes, for drugs that come in pulses
ORDER = tuple(PLACES)


@dataclass(frozen=True)
class Mechanism:
    """One place where one drug acts.

    Attributes
    ----------
    organ : str
    drug : str
        Of the catalogue.
    effect : str
        In words.
    field : str
        Of `leydig.body.effects.Action`.
    """

    organ: str
    drug: str
    effect: str
    field: str


def mechanisms(drugs: Iterable[str]) -> tuple[Mechanism, ...]:
    """Return where some drugs act, in the order of the loop: brain, pituitary, testis, blood, liver and fat.

    Parameters
    ----------
    drugs : iterable of str
        Of the catalogue.

    Examples
    --------
    >>> [(one.organ, one.drug) for one in mechanisms(["hcg", "follitropin"])]
    [('Leydig cells', 'hcg'), ('Sertoli cells', 'follitropin')]
    """
    found = [Mechanism(PLACES[field].organ, drug, PLACES[field].effect, field)
             for drug in dict.fromkeys(drugs) for field in _fields(drug)]  # fmt: skip
    return tuple(sorted(found, key=lambda one: ORDER.index(one.field)))


@lru_cache(maxsize=64)
def _fields(drug: str) -> tuple[str, ...]:
    """Return every field of the action in which a drug, or a part of a mixture, is not zero."""
    found: dict[str, None] = {}
    for part in DRUGS[drug].parts():
        one = DRUGS[part]
        if isinstance(one, Drug):
            found.update(dict.fromkeys(_places_of_action(one)))
    return tuple(found)


def _places_of_action(drug: Drug) -> tuple[str, ...]:
    levels: dict[str, float] = defaultdict(float, dict.fromkeys(drug.chains(), 1.0))  # nothing else is given
    action = drug.action(levels, Delivery(1.0, PULSE, INTERVAL))  # type: ignore[arg-type]
    return tuple(one.name for one in dataclasses.fields(action) if float(np.asarray(getattr(action, one.name))) != 0.0)
