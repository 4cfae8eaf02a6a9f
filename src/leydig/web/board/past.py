"""Earlier forecasts against what came: of each result the forecast before it, on what he was given since."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leydig.errors import LeydigWarning
from leydig.evidence.formats import number_text
from leydig.inference.results.assay import READ_OF_ESTRADIOL, EstradiolAssay, read_by
from leydig.protocol.implied import short_title
from leydig.record.quantity import QUANTITIES
from leydig.record.record import Record, Result
from leydig.regimen.regimen import Regimen
from leydig.reports.pages.case import value_in_usual_units
from leydig.units import DAYS_PER_WEEK

__all__ = ["PastLine", "past_lines"]

NEAR = DAYS_PER_WEEK / 2.0  # [d] from a day of a forecast, which has one a week


@dataclass(frozen=True)
class PastLine:
    """One result beside what was expected of it.

    Attributes
    ----------
    title : str
    day : datetime.date
    result : str
        As it came.
    expected : str
        Median and 90 % band of a laboratory result of that day.
    inside : str
        ``yes`` or ``no``; of a bound, whether the band reaches to where the value lies.
    regimen : str
        On which it was expected, and which he was given.
    at : str
        When it was forecast.
    """

    title: str
    day: dt.date
    result: str
    expected: str
    inside: str
    regimen: str
    at: str


def past_lines(record: Record, forecasts: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[PastLine, ...]:
    """Return every result that a forecast of the regimen which he was given came before, the last one first.

    Estradiol is put beside a forecast of it as its own assay reads it, and beside none of another assay's.

    Parameters
    ----------
    record : Record
    forecasts : sequence of (str, mapping)
        When each was stored, and its content, the first first.
    """
    found = []
    for one in record.results:
        made = next(iter(_forecasts_of(one, record, forecasts)), None)
        if made is not None:
            found.append(_line(one, *made))
    return tuple(sorted(found, key=lambda line: (line.day, line.title), reverse=True))


def _forecasts_of(
    one: Result, record: Record, forecasts: Sequence[tuple[str, Mapping[str, Any]]]
) -> Iterable[tuple[str, str, Mapping[str, Any], int]]:
    """Yield time, regimen, quantiles and place of forecasts that were made before a result, the last one first."""
    given = _regimen_on(record, one.date)
    for at, content in reversed(forecasts):
        days = (one.date - dt.date.fromisoformat(content["from"])).days
        if days <= 0:
            continue
        for ahead in content["forecasts"]:
            level = ahead.get("results", {}).get(one.name)
            told = EstradiolAssay(ahead.get("estradiol_assay", EstradiolAssay.IMMUNOASSAY))
            if level is None or ahead["regimen"] != given or (one.name in READ_OF_ESTRADIOL and told != read_by(one)):
                continue
            times = content["times"]
            place = min(range(len(times)), key=lambda place: abs(times[place] - days))
            if abs(times[place] - days) <= NEAR:
                yield at, ahead["regimen"], level, place


def _regimen_on(record: Record, day: dt.date) -> str:
    """Return what he was given on a day, as a forecast writes it."""
    import warnings

    texts = [str(one.regimen) for one in record.treatments if one.start <= day and (one.stop is None or day < one.stop)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeydigWarning)
        return str(Regimen(" + ".join(texts)))


def _line(one: Result, at: str, regimen: str, level: Mapping[str, Any], place: int) -> PastLine:
    unit = level["unit"]
    low, middle, high = (float(level[key][place]) for key in ("q05", "q50", "q95"))
    factor = 1.0 if unit == "1" else QUANTITIES[one.name].factor_from(unit)
    value = QUANTITIES[one.name].convert(float(one.value), one.unit) / factor
    is_inside = {"": low <= value <= high, "<": low < value, ">": high > value}[one.comparator]
    shown = "" if unit == "1" else f" {unit}"
    text = f"{one.comparator}{one.value:g} {one.unit}".strip()
    return PastLine(
        short_title(one.name), one.date, value_in_usual_units(one.name, text),
        f"{number_text(middle)} ({number_text(low)} to {number_text(high)}){shown}", "yes" if is_inside else "no",
        regimen, at,
    )  # fmt: skip
