"""What a visit reads of a virtual man: his true level with the noise of his days and of the assay.

How samples differ stands in `leydig.man.sample`. A reading is printed as a laboratory prints it, and a value below
the limit of quantification is ``<limit``. Semen of one visit is one ejaculate: no sperm seen is 0, without shares.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES, of_panel, of_specimen
from leydig.man.man import MEASURABLE
from leydig.man.sample import sample_draw
from leydig.record.quantity import QUANTITIES, QuantityKind
from leydig.record.record import Result
from leydig.streams import stream_of_man

__all__ = ["SEMEN_ANALYTES", "laboratory_results", "uniforms", "with_counts"]

SEMEN_ANALYTES = tuple(name for name in MEASURABLE if name in of_specimen("semen"))  # what one ejaculate is read for
MORNING = dt.time(8, 0)


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
        A standard normal number for each; that of ``abstinence`` is 0 where it is left out.
    date : datetime.date
    """
    semen = ("sperm_concentration",) if any(name in SEMEN_ANALYTES for name in names) else ()
    read = sample_draw({name: true[name] for name in dict.fromkeys((*names, *semen))}, deviates)
    found = {name: _print_result(name, float(read[name]), date) for name in names if not np.isnan(read[name])}
    if "progressive_motility" in found and "motility" in found:  # both are counted in one drop
        most = found["motility"].standard_value
        if found["progressive_motility"].standard_value > most:
            found["progressive_motility"] = Result("progressive_motility", most, date, "%")
    return tuple(found.values())


def _print_result(name: str, level: float, date: dt.date) -> Result:
    """Return one reading of an analyte, as a laboratory prints it."""
    analyte = ANALYTES[name]
    low, high = analyte.possible
    shown, time = analyte.factor_to(analyte.clinical), MORNING if name not in SEMEN_ANALYTES else None
    floor = low if name == "sperm_concentration" else max(analyte.quantified, low)  # every sperm seen is counted
    if level < floor:
        if low == 0.0:
            return Result(name, 0.0, date, analyte.clinical, time)
        return Result(name, float(f"{floor * shown:.3g}"), date, analyte.clinical, time, "<")
    return Result(name, float(f"{min(level, high) * shown:.3g}"), date, analyte.clinical, time)


@lru_cache(maxsize=256)
def with_counts(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return which analytes a visit of this panel reads: some hormones always, one ejaculate where semen is asked."""
    semen = SEMEN_ANALYTES if "sperm_concentration" in names else ()
    return tuple(
        dict.fromkeys(
            (*of_panel("visit"), *semen, *(name for name in names if QUANTITIES[name].kind == QuantityKind.ANALYTE))
        )
    )
