"""What the evidence covers: ages, BMIs, weekly doses of each drug, and drugs that were given together.

``applicability.toml`` is written from the studies of `leydig.evidence`, which stands above this room.
"""

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from leydig.product import PRODUCTS
from leydig.regimen import Regimen

__all__ = ["APPLICABILITY", "uncovered_man", "uncovered_regimen"]

APPLICABILITY = Path(__file__).with_name("applicability.toml")
ROUNDING = 1e-9


@lru_cache(maxsize=1)
def _coverage() -> dict[str, Any]:
    return tomllib.loads(APPLICABILITY.read_text(encoding="utf-8"))


def uncovered_man(age: float, bmi: float) -> tuple[str, ...]:
    """Return in words what of a man no study of the evidence covers; nothing where all is covered.

    Parameters
    ----------
    age, bmi : float
        Years and kg/m2.

    Examples
    --------
    >>> uncovered_man(34.0, 28.7)
    ()
    """
    return (*_range_gap(age, "age", "years"), *_range_gap(bmi, "bmi", "kg/m2"))


def uncovered_regimen(regimen: Regimen) -> tuple[str, ...]:
    """Return in words what of a regimen no study of the evidence covers; nothing where all is covered.

    Examples
    --------
    >>> uncovered_regimen(Regimen("anastrozole 1 mg daily"))
    ()
    """
    return (*_doses(regimen), *_combination(regimen))


def _range_gap(value: float, name: str, unit: str) -> Iterator[str]:
    low, high = _coverage()[name]
    if not low <= value <= high:
        title = {"age": "age", "bmi": "BMI"}[name]
        yield f"{title} {value:.1f} {unit}; the evidence covers {low:g} to {high:g} {unit}"


def _doses(regimen: Regimen) -> Iterator[str]:
    for drug, (amount, unit) in regimen.weekly_total().items():
        title, known = PRODUCTS[drug].title, _coverage()["weekly"].get(drug)
        if known is None:
            yield f"{title}; no study of the evidence gives it"
        elif amount and not known["least"] * (1.0 - ROUNDING) <= amount <= known["most"] * (1.0 + ROUNDING):
            yield (
                f"{title} {amount:g} {unit} a week; the evidence covers {known['least']:g} to {known['most']:g} {unit}"
            )


def _combination(regimen: Regimen) -> Iterator[str]:
    drugs = set(regimen.drugs)
    if len(drugs) > 1 and not any(drugs <= set(known) for known in _coverage()["together"]):
        yield f"{' with '.join(PRODUCTS[drug].title for drug in sorted(drugs))}; no study gives them together"
