"""When the rows of an event table are: hours or days by a unit that is declared, or real dates with the time of day.

Real dates keep the clock of the place: a dose at 08:00 is at 08:00 on both sides of a change of summer time. With a
time zone the hours between rows are those that passed; without one every day has 24. Intervals (``II``) are always
hours or days.
"""

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from jaxtyping import Int

from leydig.checks import moment, text_of
from leydig.errors import BadRecord
from leydig.exchange.events.cells import MISSING, Cells, first_rows
from leydig.regimen.events import PER_DAY
from leydig.ticks import LONGEST_DAYS, TICKS_PER_DAY, ticks_of

__all__ = ["RowTimes", "row_times", "time_size"]

_UNITS = {"h": "hours", "hr": "hours", "hour": "hours", "hours": "hours", "d": "days", "day": "days", "days": "days"}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_EPOCH = dt.datetime(1970, 1, 1)
_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class RowTimes:
    """When each row is.

    Attributes
    ----------
    ticks : Int[np.ndarray, " row"]
        From the table's own zero, or from 1970 with real dates; differences are time that passed.
    clock : Int[np.ndarray, " row"] or None
        What the clock of the place shows, in ticks from 1970; None without dates.
    """

    ticks: Int[np.ndarray, " row"]
    clock: Int[np.ndarray, " row"] | None = None


def time_size(cells: Cells, time: str | None) -> float | None:
    """Return how many units of time a day has, None where no unit is declared.

    Raises
    ------
    BadRecord
        When the unit is unknown, or the file and the call say different ones.
    """
    said = {} if time is None else {str(time): -1}
    if "TIMEUNIT" in cells.columns:
        said |= {text: row for row, text in enumerate(cells.columns["TIMEUNIT"]) if text not in MISSING}
    units: dict[str, int] = {}
    for text, row in said.items():
        unit = _UNITS.get(text.lower())
        if unit is None or (units and unit not in units):
            place = cells.row_place(row) if row >= 0 else cells.name
            raise BadRecord(
                f"{place}: got the unit of time {text_of(text)}; expected "
                f"{next(iter(units), 'days or hours')}. One table counts in one unit: convert the others."
            )
        units[unit] = row
    return PER_DAY[next(iter(units))] if units else None


def row_times(cells: Cells, size: float | None, timezone: str | None) -> RowTimes:
    """Return when each row is.

    Parameters
    ----------
    cells : Cells
    size : float or None
        How many units of ``TIME`` a day has.
    timezone : str, optional
        Name of the place's time zone, such as ``Europe/Berlin``, for real dates.

    Raises
    ------
    BadRecord
        When a row has no time, none that exists, or one without a unit.
    """
    if "DATETIME" in cells.columns or "DATE" in cells.columns:
        return _date_times(cells, timezone)
    if timezone is not None:
        raise BadRecord(f"{cells.name}: got a time zone for times without dates; expected DATE and TIME. Leave it out.")
    if "TIME" not in cells.columns:
        raise BadRecord(f"{cells.name}: got no column TIME; expected TIME, or DATE and TIME. The file has "
                        f"{', '.join(cells.columns)}: name the column, columns={{'TIME': ...}}.")  # fmt: skip
    clock = next((row for row, text in enumerate(cells.columns["TIME"]) if ":" in text), None)
    if clock is not None:
        cells.refuse(clock, f"the clock time {cells.columns['TIME'][clock]!r} without a date", "DATE beside it",
                     "Add a column DATE, or count hours.")  # fmt: skip
    times = cells.numbers("TIME")
    missing = np.flatnonzero(np.isnan(times))
    if len(missing):
        cells.refuse(int(missing[0]), "no TIME", "a number", "Every row happens at a time: add it.")
    if size is None:
        raise BadRecord(
            f"{cells.name}: got times without a unit; expected days or hours. Give time='hours' or time='days', "
            "a column TIMEUNIT, or say it in the JSON file beside the table (leydig data check --time hours --keep)."
        )
    days = times / size
    far = np.flatnonzero(np.abs(days) > LONGEST_DAYS)
    if len(far):
        cells.refuse(int(far[0]), f"TIME {times[far[0]]:g}", f"at most {LONGEST_DAYS:g} days from 0", "Check its unit.")
    return RowTimes(ticks_of(days))


def _date_times(cells: Cells, timezone: str | None) -> RowTimes:
    """Return the times of real dates."""
    if "DATETIME" in cells.columns:
        texts = cells.columns["DATETIME"]
        local = {text: _from_text(cells, row, text) for text, row in first_rows(texts).items()}
        clock = np.fromiter((local[text] for text in texts), dtype=np.int64, count=len(texts))
    else:
        if "TIME" not in cells.columns:
            raise BadRecord(
                f"{cells.name}: got DATE without TIME; expected the time of day beside it. Add a column TIME."
            )
        dates, times = cells.columns["DATE"], cells.columns["TIME"]
        day = {text: _from_text(cells, row, text, whole=True) for text, row in first_rows(dates).items()}
        hour = {text: _time_of_day(cells, row, text) for text, row in first_rows(times).items()}
        clock = np.fromiter(
            (day[a] + hour[b] for a, b in zip(dates, times, strict=True)), dtype=np.int64, count=len(dates)
        )
    if timezone is None:
        return RowTimes(clock, clock)
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as why:
        raise BadRecord(f"{cells.name}: got the time zone {text_of(timezone)}; expected one such as Europe/Berlin. "
                        "Check its name, or leave it out.") from why  # fmt: skip
    first = first_rows(clock.tolist())
    passed = {tick: _real_tick(cells, row, tick, zone) for tick, row in first.items()}
    return RowTimes(np.fromiter(map(passed.__getitem__, clock.tolist()), dtype=np.int64, count=len(clock)), clock)


def _from_text(cells: Cells, row: int, text: str, whole: bool = False) -> int:
    """Return the tick of a date, or of a date and time."""
    what = "DATE" if whole else "DATETIME"
    expected = "YYYY-MM-DD" if whole else "YYYY-MM-DD HH:MM"
    way_out = "No other order of day and month is guessed."
    try:
        day, time = moment(text, what, error=BadRecord)
    except BadRecord:
        cells.refuse(row, f"{what} {text_of(text)}", expected, way_out)
    if whole and time is not None:
        cells.refuse(row, f"{what} {text_of(text)}", expected, way_out)
    return _tick(dt.datetime.combine(day, time or dt.time.min))


def _time_of_day(cells: Cells, row: int, text: str) -> int:
    found = _CLOCK.fullmatch(text)
    hour, minute, second = (int(part or 0) for part in found.groups()) if found else (24, 0, 0)
    if hour > 23 or minute > 59 or second > 59:
        cells.refuse(
            row, f"TIME {text_of(text)} beside a date", "a time of day such as 08:30", "Write HH:MM or HH:MM:SS."
        )
    return ((hour * 60 + minute) * 60 + second) * (TICKS_PER_DAY // 86_400)


def _real_tick(cells: Cells, row: int, tick: int, zone: ZoneInfo) -> int:
    """Return a local time as ticks that passed, refusing one that the clock skips or shows twice."""
    local = _EPOCH + tick * _MICROSECOND
    early, late = (local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC).replace(tzinfo=None) for fold in (0, 1))
    if early != late:
        twice = early < late
        cells.refuse(
            row,
            f"{local:%Y-%m-%d %H:%M} in {zone.key}, which the clock {'shows twice' if twice else 'skips'}",
            "a time that is there once",
            "Write the rows in UTC, with timezone='UTC'.",
        )
    return _tick(early)


def _tick(moment_: dt.datetime) -> int:
    return (moment_ - _EPOCH) // _MICROSECOND
