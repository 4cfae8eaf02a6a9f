"""A value that is known between bounds, the result that counts of a day, and whether a rule holds."""

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import equinox as eqx
import jax
import numpy as np

from leydig.analytes import ANALYTES
from leydig.body import Body
from leydig.protocol.semen import CATEGORIES
from leydig.record.record import Result

__all__ = [
    "NOT",
    "Evaluation",
    "Value",
    "any_holds",
    "calculated_free_testosterone",
    "free_of_bioavailable",
    "implied_value",
    "preferred_result",
    "usual_albumin",
    "value_of",
]


@dataclass(frozen=True)
class Value:
    """A value that is known: between bounds, in the unit of its quantity, with words and day."""

    low: float
    high: float
    text: str
    date: dt.date | None = None
    specific: bool = False
    own_range: tuple[float | None, float | None] | None = None

    @property
    def day(self) -> str:
        """The day in the form of the calendar of ISO 8601; empty where there is none."""
        return self.date.isoformat() if self.date else ""


@dataclass(frozen=True)
class Evaluation:
    """Whether a rule holds: True, False or None for unknown; what it read, and what is missing."""

    verdict: bool | None
    inputs: tuple[tuple[str, str, str], ...]
    missing: tuple[str, ...]


NOT = Evaluation(False, (), ())


def value_of(one: Result) -> Value:
    """Return a result as a value between bounds."""
    return Value(*one.bounds, str(one), one.date, one.specific, one.own_limits)


def preferred_result(same_day: Sequence[Result]) -> Result:
    """Return the result that counts of one day: one by mass spectrometry first, else the last."""
    return next((one for one in same_day if one.specific), same_day[-1])


@lru_cache(maxsize=1)
def usual_albumin() -> float:
    """Return albumin [umol/L] of a man in whom it was not measured."""
    return float(Body().blood.albumin)


@lru_cache(maxsize=4096)
def calculated_free_testosterone(testosterone: float, shbg: float, albumin: float) -> float:
    """Return free testosterone [pg/mL] at testosterone, SHBG [nmol/L], albumin [umol/L] and usual estradiol.

    Estradiol competes for SHBG, but hardly matters.
    """
    estradiol = ANALYTES["estradiol"].reference[0]
    free = _free_hormones(*map(np.float64, (testosterone, estradiol, shbg, albumin)))
    return float(free.testosterone) * ANALYTES["free_testosterone"].factor_to("pg/mL")


@jax.jit
def _free_hormones(testosterone: Any, estradiol: Any, shbg: Any, albumin: Any) -> Any:
    blood = eqx.tree_at(lambda one: one.albumin, Body().blood, albumin)
    return blood.free(testosterone, estradiol, shbg)


def free_of_bioavailable(bioavailable: float, albumin: float) -> float:
    """Return free testosterone [pg/mL] at bioavailable testosterone [nmol/L] and albumin [umol/L]."""
    held = float(Body().blood.testosterone_albumin) * albumin
    return bioavailable / (1.0 + held) * ANALYTES["free_testosterone"].factor_to("pg/mL")


def any_holds(verdicts: Iterable[bool | None]) -> bool | None:
    """Return whether any of several holds; None where that is unknown."""
    several = list(verdicts)
    return True if True in several else None if None in several else False


def implied_value(name: str, number: float) -> Value:
    """Return a number that a record implies as a value."""
    words = CATEGORIES[int(number)][1] if name == "semen.category" else f"{number:.3g}"
    return Value(number, number, words if math.isfinite(number) else "never")
