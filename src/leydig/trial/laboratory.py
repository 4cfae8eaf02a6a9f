"""What a visit reads of a virtual man: his true level with the noise of his days and of the assay.

A reading is ``true·exp(σz − ½σ²)`` with ``σ² = ln(1 + CV_within² + CV_assay²)``; shares are noisy on the scale
of their odds. It is printed as a laboratory prints it, and a value below the limit of quantification is
``<limit``. Semen of one visit is one ejaculate: its counts follow from its concentration and volume.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES, of_panel, of_specimen
from leydig.man.man import MEASURABLE, SHARES
from leydig.parameter import log_spread
from leydig.record.quantity import QUANTITIES
from leydig.record.record import Result
from leydig.streams import stream_of_man

__all__ = ["SEMEN_ANALYTES", "laboratory_results", "noisy", "uniforms", "with_counts"]

SEMEN_ANALYTES = tuple(name for name in MEASURABLE if name in of_specimen("semen"))  # what one ejaculate is read for
MORNING = dt.time(8, 0)
FURTHEST = 3.0  # standard deviations beyond which no reading errs


def uniforms(seed: int, purpose: str, man: int, size: int, place: int = 0) -> Float[np.ndarray, " size"]:
    """Return uniform numbers that belong to a man and a purpose, whatever else is drawn.

    Parameters
    ----------
    seed, man : int
    purpose : str
        Such as ``"visit"``.
    size : int
    place : int, optional
        Which of many, such as the number of a visit.
    """
    return stream_of_man(seed, f"{purpose}|{place}", man).random(size)


def laboratory_results(
    names: Sequence[str], true: Mapping[str, float], deviates: Mapping[str, float], date: dt.date
) -> tuple[Result, ...]:
    """Return one reading of each analyte, all of one visit.

    Parameters
    ----------
    names : sequence of str
        Of `leydig.analytes.ANALYTES`.
    true : mapping of str to float
        True levels in their inside units.
    deviates : mapping of str to float
        A standard normal number for each.
    date : datetime.date
    """
    found = {name: _reading(name, true[name], deviates[name], date) for name in names}
    if "progressive_motility" in found and "motility" in found:  # both are counted in one drop
        motile = found["motility"]
        odds = noisy("progressive_motility", true["progressive_motility"], deviates["motility"])
        value = min(float(f"{100.0 * odds:.3g}"), motile.own)
        found["progressive_motility"] = Result("progressive_motility", value, date, "%")
    return tuple(found.values())


def noisy(name: str, true: float, deviate: float) -> float:
    """Return a true level with noise, in the inside unit."""
    analyte = ANALYTES[name]
    sigma = log_spread(analyte.within_man_cv, analyte.assay_cv)
    z = float(np.clip(deviate, -FURTHEST, FURTHEST))
    if name in SHARES:
        odds = true / max(1.0 - true, 1e-9) * np.exp(sigma * z)
        return float(odds / (1.0 + odds))
    return float(true * np.exp(sigma * z - 0.5 * sigma**2))


def _reading(name: str, true: float, deviate: float, date: dt.date) -> Result:
    """Return one reading of an analyte, as a laboratory prints it."""
    analyte, level = ANALYTES[name], noisy(name, true, deviate)
    low, high = analyte.possible
    floor, shown = max(analyte.quantified, low), analyte.factor_to(analyte.clinical)
    time = MORNING if name not in SEMEN_ANALYTES else None
    if level < floor:
        if low == 0.0:  # no sperm seen is written as 0
            return Result(name, 0.0, date, analyte.clinical, time)
        return Result(name, float(f"{floor * shown:.3g}"), date, analyte.clinical, time, "<")
    return Result(name, float(f"{min(level, high) * shown:.3g}"), date, analyte.clinical, time)


@lru_cache(maxsize=256)
def with_counts(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return which analytes a visit of this panel reads: some hormones always, one ejaculate where semen is asked."""
    semen = SEMEN_ANALYTES if "sperm_concentration" in names else ()
    return tuple(
        dict.fromkeys((*of_panel("visit"), *semen, *(name for name in names if QUANTITIES[name].kind == "analyte")))
    )
