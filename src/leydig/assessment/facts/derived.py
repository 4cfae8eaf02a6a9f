"""What is worked out from other results of one man: `leydig.record.quantity.DERIVED` says of which."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from leydig.analytes import ANALYTES
from leydig.assessment.facts.value import (
    Value,
    calculated_free_testosterone,
    free_of_bioavailable,
    preferred_result,
    usual_albumin,
)
from leydig.record.quantity import DERIVED, QUANTITIES
from leydig.record.record import Result

__all__ = ["derive_quantity", "draw_ratio", "shared_days"]

Results = Callable[[str], Sequence[Result]]  # those of a quantity that count, oldest first


def derive_quantity(name: str, results: Results) -> Value | None:
    """Return a quantity that was not recorded, worked out from others; None where it cannot be.

    Parameters
    ----------
    name : str
    results : callable
        Returns the results of a quantity that count, oldest first.
    """
    if name == "free_testosterone":
        return _free(results) or _free_of_bioavailable(results)
    return _count(name, results) if name in DERIVED else None


def shared_days(names: tuple[str, ...], results: Results) -> list[dt.date]:
    """Return the days on which all of these were drawn."""
    return sorted(set.intersection(*({one.date for one in results(name)} for name in names)))


def _result_on(name: str, day: dt.date, results: Results) -> Result:
    return preferred_result([one for one in results(name) if one.date == day])


def draw_ratio(day: dt.date, results: Mapping[str, Sequence[Result]]) -> Value:
    """Return testosterone [ng/dL] over estradiol [pg/mL] of one draw, with bounds where one is censored.

    Parameters
    ----------
    day : datetime.date
    results : mapping of str to sequence of Result
        Those of this day, by name.
    """
    above, below = (preferred_result(results[name]) for name in DERIVED["te2_ratio"])
    (lowest, highest), (least, most) = above.bounds_in("ng/dL"), below.bounds_in("pg/mL")
    low, high = lowest / most, highest / max(least, 1e-9)
    sign = "" if low == high else ">" if below.comparator == "<" or above.comparator == ">" else "<"
    shown = low if sign == ">" else high
    return Value(low, high, f"{sign}{shown:.3g}", day, below.specific)


def _albumin(results: Results) -> float:
    """Return the last albumin [umol/L] that was measured, else the usual one: it changes little between draws."""
    found = [one for one in results("albumin") if not one.comparator]
    return found[-1].value_in("umol/L") if found else usual_albumin()


def _free(results: Results) -> Value | None:
    """Return free testosterone from testosterone and SHBG of one draw, albumin and usual estradiol."""
    days = shared_days(("testosterone", "shbg"), results)
    if not days:
        return None
    total, shbg = (_result_on(name, days[-1], results) for name in ("testosterone", "shbg"))
    if total.comparator or shbg.comparator:
        return None
    level = calculated_free_testosterone(total.value_in("nmol/L"), shbg.value_in("nmol/L"), _albumin(results))
    return _free_value(level, days[-1])


def _free_of_bioavailable(results: Results) -> Value | None:
    """Return free testosterone from what is free or loosely held by albumin."""
    found = [one for one in results("bioavailable_testosterone") if not one.comparator]
    if not found:
        return None
    return _free_value(free_of_bioavailable(found[-1].value_in("nmol/L"), _albumin(results)), found[-1].date)


def _free_value(level: float, day: dt.date) -> Value:
    """Return free testosterone [pg/mL] as a value, in words in the unit of the guidelines' limits."""
    own = level * QUANTITIES["free_testosterone"].factor_from("pg/mL")
    limit = own / QUANTITIES["free_testosterone"].factor_from("pmol/L")
    return Value(own, own, f"{limit:.3g} pmol/L (calculated)", day)


def _count(name: str, results: Results) -> Value | None:
    days = shared_days(DERIVED[name], results)
    if not days:
        return None
    own = float(np.prod([_result_on(part, days[-1], results).value_in(ANALYTES[part].unit) for part in DERIVED[name]]))
    return Value(own, own, f"{own:.3g} million", days[-1])
