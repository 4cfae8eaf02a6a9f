"""Timing of doses: that of FHIR as the repeat of a dose, and a repeat as FHIR writes it."""

import datetime as dt
from typing import Any

from leydig.errors import BadRecord, BadRegimen
from leydig.exchange.fhir.element import Element, seen_text
from leydig.regimen import Repeat
from leydig.regimen.repeat import CONTINUOUS, DAILY, ONCE, TIMES_A_WEEK, RepeatKind
from leydig.ticks import snap_ticks
from leydig.units import DAYS_PER_MONTH, DAYS_PER_WEEK

__all__ = ["read_repeat", "span_days", "timing_of"]

_DAYS = {"min": 1.0 / 1440.0, "h": 1.0 / 24.0, "d": 1.0, "wk": DAYS_PER_WEEK, "mo": DAYS_PER_MONTH}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_BOUNDS = ("boundsPeriod", "boundsDuration")
_READ = {"frequency", "period", "periodUnit", "dayOfWeek", "timeOfDay", "when", "count", "frequencyMax", "id", *_BOUNDS}
_CODES = {
    "QD": (1, 1.0), "BID": (2, 1.0), "TID": (3, 1.0), "QID": (4, 1.0), "QOD": (1, 2.0), "AM": (1, 1.0), "PM": (1, 1.0),
    "BED": (1, 1.0), "WK": (1, 7.0), "Q1H": (1, 1.0 / 24.0), "Q2H": (1, 1.0 / 12.0), "Q4H": (1, 1.0 / 6.0),
    "Q6H": (1, 0.25), "Q8H": (1, 1.0 / 3.0), "Q12H": (1, 0.5),
}  # fmt: skip
_TIMES_A_DAY = 24


def read_repeat(schedule: Element, start: dt.date) -> Repeat:
    """Return how often a Timing says that a dose is given.

    Parameters
    ----------
    schedule : Element
        A Timing.
    start : datetime.date
        The day of the first dose, from which days of the week are counted.

    Raises
    ------
    BadRecord
        When it says nothing, or what no regimen can be.
    """
    repeat = schedule.child("repeat")
    said = set(repeat.content) - set(_BOUNDS)
    if not said:
        return _by_code(schedule)
    more = said - _READ
    if more:
        raise BadRecord(f"{repeat.place}: got {', '.join(sorted(more))}; expected how often alone. Write the regimen.")
    frequency, period = repeat.number("frequency"), repeat.number("period")
    if repeat.number("frequencyMax") not in (None, frequency):
        raise repeat.refusal("frequencyMax", "one frequency", "Write the regimen that is meant.")
    if repeat.number("count") == 1.0 and period is None:
        return ONCE
    if "count" in repeat:
        raise repeat.refusal("count", "1, or a bound of days", "Write the regimen.")
    moments = max(len(_words(repeat, "timeOfDay")), len(_words(repeat, "when")))
    frequency = float(moments or 1) if frequency is None else frequency
    if moments and frequency != moments:
        raise repeat.refusal("frequency", f"the {moments} times of day that are named", "Write the regimen.")
    days = _words(repeat, "dayOfWeek")
    if days:
        return _weekdays(repeat, days, start, frequency)
    if period is None and not moments:
        raise repeat.refusal("period", "how often", "Give frequency, period and periodUnit.")
    unit = repeat.text("periodUnit") or ("d" if moments else "")
    if unit not in _DAYS:
        raise repeat.refusal("periodUnit", " or ".join(_DAYS), "Give one of these.")
    return _even(repeat, frequency, 1.0 if period is None else period, unit)


def _words(repeat: Element, key: str) -> list[str]:
    value = repeat.content.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise repeat.refusal(key, "a list of words", "Write [ ... ].")
    return value


def _by_code(timing: Element) -> Repeat:
    """Return how often the code of a Timing says."""
    for _, code, _ in timing.codings("code"):
        if code in _CODES:
            times, days = _CODES[code]
            return Repeat(RepeatKind.EVERY, days / times)
    said = seen_text(timing.child("code").text("text"))
    if said.upper() in _CODES:
        times, days = _CODES[said.upper()]
        return Repeat(RepeatKind.EVERY, days / times)
    raise BadRecord(
        f"{timing.place}: got {said or 'nothing'!r} as how often; expected frequency, period and periodUnit. Add them."
    )


def _weekdays(repeat: Element, days: list[str], start: dt.date, frequency: float) -> Repeat:
    """Return the days of each week on which a dose is given."""
    unit, period = repeat.text("periodUnit"), repeat.number("period")
    weekly = (unit in ("", "wk") and period in (None, 1.0)) or (unit == "d" and period == 1.0)
    if not weekly or not set(days) <= set(_WEEKDAYS) or frequency not in (1.0, float(len(days))):
        raise repeat.refusal("dayOfWeek", "days of every week, a dose on each", "Write the regimen.")
    offsets = sorted({(_WEEKDAYS.index(day) - start.weekday()) % 7 for day in days})
    return Repeat(RepeatKind.WEEKDAYS, weekdays=tuple(offsets))


def _even(repeat: Element, frequency: float, period: float, unit: str) -> Repeat:
    """Return doses at one distance, or on the days of the week that are meant where none are named."""
    times = round(frequency)
    if times != frequency or times < 1 or period <= 0.0:
        raise repeat.refusal("frequency", "a whole number of doses in a period", "Write the regimen.")
    length = _DAYS[unit] * period
    try:
        if unit in ("wk", "mo") and times > 1:
            if length == DAYS_PER_WEEK and times in TIMES_A_WEEK:
                return Repeat(RepeatKind.WEEKDAYS, weekdays=TIMES_A_WEEK[times])
            if length != DAYS_PER_WEEK or times != round(DAYS_PER_WEEK):
                raise repeat.refusal("frequency", "2, 3 or 7 in a week", "Name the days with dayOfWeek.")
        elif unit == "d" and times > 1 and period != 1.0:
            raise repeat.refusal("period", "1 where there are several doses in days", "Write the regimen.")
        return Repeat(RepeatKind.EVERY, snap_ticks(length / times))
    except BadRegimen as error:
        raise BadRecord(f"{repeat.place}: {error}") from error


def span_days(duration: Element) -> float:
    """Return the length of a Duration [d]; raises BadRecord where it is none."""
    value, unit = duration.number("value"), duration.text("code") or duration.text("unit")
    if value is None or value <= 0.0 or unit not in _DAYS:
        raise duration.refusal("value", f"a length in {', '.join(_DAYS)}", "Give value and code.")
    return value * _DAYS[unit]


def timing_of(repeat: Repeat, start: dt.date) -> dict[str, Any] | None:
    """Return a repeat as the ``repeat`` of a Timing; None where only words can say it.

    Parameters
    ----------
    repeat : Repeat
    start : datetime.date
        The day of the first dose.
    """
    if repeat.on or repeat == CONTINUOUS:
        return None
    if repeat == ONCE:
        return {"count": 1}
    if repeat.kind == RepeatKind.WEEKDAYS:
        if repeat.weekdays in TIMES_A_WEEK.values():
            return {"frequency": len(repeat.weekdays), "period": 1, "periodUnit": "wk"}
        days = sorted((start.weekday() + day) % 7 for day in repeat.weekdays)
        return {"dayOfWeek": [_WEEKDAYS[day] for day in days], "period": 1, "periodUnit": "wk"}
    times = round(DAILY.days / repeat.days)
    if 1 < times <= _TIMES_A_DAY and snap_ticks(1.0 / times) == repeat.days:
        return {"frequency": times, "period": 1, "periodUnit": "d"}
    for unit in ("wk", "d", "h", "min"):
        many = round(repeat.days / _DAYS[unit])
        if many >= 1 and snap_ticks(many * _DAYS[unit]) == repeat.days:
            return {"frequency": 1, "period": many, "periodUnit": unit}
    return None
