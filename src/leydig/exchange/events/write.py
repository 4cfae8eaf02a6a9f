"""`write_events`: a simulated course, of one man or of many, as an event table that `read_events` reads back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES, of_panel, of_specimen
from leydig.checks import option, plain_number, seed_number
from leydig.course.course import Course
from leydig.course.failures import failure_record
from leydig.course.tables.frames import course_frame
from leydig.errors import BadRegimen, OutOfRange, UnknownName
from leydig.man.sample import sample_readings
from leydig.man.weight.series import BmiSeries
from leydig.moments import moments
from leydig.product import PRODUCTS
from leydig.record.quantity import QUANTITIES
from leydig.regimen import Regimen, SteadyRegimen
from leydig.regimen.events import DIGITS, PER_DAY, DoseEvent, regimen_events
from leydig.target import target_file
from leydig.ticks import days_of, tick_of
from leydig.units import snap
from leydig.whole_file import disk, whole_file

if TYPE_CHECKING:
    import pandas

__all__ = ["SEEN", "course_events", "dose_event_rows", "event_table_rows", "writable_analytes", "write_events"]

AssayLimits = Mapping[str, tuple[float | None, float | None]]
_DOSES = ("ID", "DAY", "PLACE", "EVID", "AMT", "RATE", "II", "ADDL", "SS", "DRUG", "ROUTE", "UNIT")
_COLUMNS = ("ID", "TIME", "TIMEUNIT", *_DOSES[3:], "ANALYTE", "DV", "CENS", "LIMIT", "AGE", "BMI")
_STEADY, SEEN, _GIVEN = range(3)  # the order of rows of one time: a level is that before the dose of its moment


def write_events(
    course: Course, path: Path | str, *, at: Iterable[float | str] | None = None, analytes: Iterable[str] | None = None,
    limits: AssayLimits | None = None, time: str = "days", units: str = "us", error_seed: int | None = None,
) -> Path:  # fmt: skip
    """Write a course as an event table: every dose, and every level as an observation.

    Parameters
    ----------
    course : Course
        Of one man or of many, who are 1, 2, 3 ...; without draws.
    path : Path or str
        Ending in .csv.
    at : iterable of float or str, optional
        When levels are seen, as `simulate` takes it; every kept day when left out.
    analytes : iterable of str, optional
        Which levels; those of a figure when left out.
    limits : mapping of str to (float, float), optional
        By analyte, the lowest and the highest level that its assay reads, in the unit that is written; None where it
        reads any. A level beyond is the limit with ``CENS`` 1 below (``LIMIT`` 0, the other end) and -1 above.
    time : {"days", "hours"}, optional
    units : {"us", "si"}, optional
    error_seed : int, optional
        Draws what a laboratory reads of each level (`leydig.man.sample`): variation within a man, of the assay, and of
        one ejaculate a day. Levels are those of the model when it is left out.

    Returns
    -------
    Path

    Raises
    ------
    OutOfRange
        When the course is under draws, a limit or a time is impossible, or nothing can be written there.
    UnknownName
        When no record, and so no table, holds an analyte.
    BadRegimen
        When a row cannot hold a dose, or a steady state that is not that of a dose on day 0.

    Notes
    -----
    A level is that before any dose of its moment. A man who was not solved keeps his times, EVID 2, without a level; so
    does a share of sperm where none was seen.
    """
    target = target_file(path, {".csv": ()})
    rows = course_events(course, at, analytes, limits, time, units, error_seed)
    with whole_file(target) as beside, disk(target):
        rows.to_csv(beside, index=False)
    return target


def course_events(
    course: Course, at: Iterable[float | str] | None = None, analytes: Iterable[str] | None = None,
    limits: AssayLimits | None = None, time: str = "days", units: str = "us", error_seed: int | None = None,
) -> "pandas.DataFrame":  # fmt: skip
    """Return the rows that `write_events` writes, ``.`` where nothing is; `attrs` counts who was not solved."""
    option(time, "unit of time", tuple(PER_DAY))
    if course.draws:
        raise OutOfRange("got a course under draws; expected one without, a person has one level at a time. "
                         "Simulate without uncertainty.")  # fmt: skip
    when = course.days if at is None else moments(at)
    seed = None if error_seed is None else seed_number(error_seed, "error_seed")
    seen = _seen_rows(course, when, _names(analytes), units, seed)
    _censor(seen, _read_limits(limits or {}, set(seen["ANALYTE"])))
    ages, sizes = (np.atleast_1d(np.asarray(part, dtype=float)) for part in (course.man.age, course.man.bmi))
    found = event_table_rows(seen, _dose_rows(course, float(when[-1])), ages, sizes, time, course.bmi)
    found.attrs |= failure_record(course.failed, course.man.count)
    return found


def event_table_rows(
    observations: "pandas.DataFrame", doses: "pandas.DataFrame", ages: Float[np.ndarray, " man"],
    sizes: Float[np.ndarray, " man"], time: str = "days", changes: Sequence[BmiSeries | None] = (),
) -> "pandas.DataFrame":  # fmt: skip
    """Return observations and doses as the rows of one event table, ``.`` where nothing is.

    Parameters
    ----------
    observations : pandas.DataFrame
        Columns ``ID`` (1, 2, 3 ...), ``DAY``, ``PLACE`` (`SEEN`), ``EVID``, ``ANALYTE``, ``UNIT``, ``DV``, ``CENS``,
        ``LIMIT``.
    doses : pandas.DataFrame
        Of `dose_event_rows`, with their ``ID``.
    ages, sizes : Float[np.ndarray, " man"]
        Age [years] and BMI [kg/m2] by ``ID``.
    time : {"days", "hours"}, optional
    changes : sequence of BmiSeries or None, optional
        How the BMI of each man changes; every row has the one of its day.
    """
    import pandas

    size = PER_DAY[option(time, "unit of time", tuple(PER_DAY))]
    found = pandas.concat([observations, doses], ignore_index=True)
    found = found.sort_values(["ID", "DAY", "PLACE"], kind="stable", ignore_index=True)
    who = found["ID"].to_numpy() - 1
    found = found.assign(AGE=ages[who], BMI=sizes[who], TIMEUNIT=time)
    for number, series in enumerate(changes):
        if series is not None:
            his = found["ID"] == number + 1
            found.loc[his, "BMI"] = [series.at(day) for day in found.loc[his, "DAY"]]
    found["TIME"] = _in_unit(found["DAY"], size)
    found["II"] = _in_unit(found["II"], size)
    found["RATE"] = found["RATE"] / size
    return found.astype(object).where(found.notna(), ".")[list(_COLUMNS)]


def _names(analytes: Iterable[str] | None) -> list[str]:
    """Return the analytes that are written, refusing what no table can hold."""
    if analytes is None:
        return [name for name in of_panel("course") if name in writable_analytes()]
    names = [analytes] if isinstance(analytes, str) else list(analytes)
    for name in names:
        if name not in writable_analytes():
            raise UnknownName.among("analyte that a table holds", name, writable_analytes())
    return names


def writable_analytes() -> list[str]:
    """Return the levels that a table may hold: those of records, without ratios, which follow from two of them."""
    return [name for name in ANALYTES if name in QUANTITIES and not QUANTITIES[name].ratio_of]


def _seen_rows(
    course: Course, when: Float[np.ndarray, " time"], names: list[str], units: str, seed: int | None
) -> "pandas.DataFrame":
    """Return one row for each man, time and analyte."""
    import pandas

    for name in names:
        if name not in course:
            raise UnknownName.among("analyte of this course", name, list(course))
    frame = course_frame(course, True, units, when)
    if seed is not None:
        _read_in_laboratory(frame, names, when, seed)
    frame = frame[frame["name"].isin(names)]
    value = frame["value"].to_numpy()
    who = frame["man"].to_numpy() if "man" in frame else np.zeros(len(frame), dtype=int)
    return pandas.DataFrame({
        "ID": who + 1, "DAY": frame["day"].to_numpy(), "PLACE": SEEN, "EVID": np.where(np.isnan(value), 2, 0),
        "ANALYTE": frame["name"].astype(str).to_numpy(), "UNIT": frame["unit"].astype(str).to_numpy(), "DV": value,
        "CENS": np.where(np.isnan(value), np.nan, 0.0), "LIMIT": np.nan,
    })  # fmt: skip


def _read_in_laboratory(
    frame: "pandas.DataFrame", names: list[str], when: Float[np.ndarray, " time"], seed: int
) -> None:
    """Put what a laboratory reads in place of the true levels of these analytes, in the units of the frame."""
    semen = of_specimen("semen")
    needed = [name for name in semen if {*names} & {*semen}] + [name for name in names if name not in semen]
    rows = {name: np.flatnonzero(frame["name"] == name) for name in needed if name in {*frame["name"]}}
    units = {name: ANALYTES[name].factor_to(str(frame["unit"].iloc[where[0]])) for name, where in rows.items()}
    value = frame["value"].to_numpy().copy()
    true = {name: (value[where] / units[name]).reshape(-1, len(when)) for name, where in rows.items()}
    for name, read in sample_readings(true, when, seed).items():
        if name in names:
            value[rows[name]] = (read * units[name]).ravel()
    frame["value"] = value


def _read_limits(limits: AssayLimits, names: set[str]) -> dict[str, tuple[float, float]]:
    """Return what each assay reads, 0 and infinity where it reads any level."""
    found = {}
    for name, (low, high) in limits.items():
        if name not in names:
            raise UnknownName.among("analyte that is written", name, sorted(names))
        least = 0.0 if low is None else plain_number(low, f"lowest {name}", (0.0, np.inf))
        most = np.inf if high is None else plain_number(high, f"highest {name}", (0.0, np.inf))
        if not least < most:
            raise OutOfRange(f"got an assay of {name} from {least:g} to {most:g}; expected the lower limit first. "
                             "Swap them.")  # fmt: skip
        found[name] = (least, most)
    return found


def _censor(seen: "pandas.DataFrame", limits: Mapping[str, tuple[float, float]]) -> None:
    """Put the limit in place of what an assay does not read."""
    for name, (low, high) in limits.items():
        below = (seen["ANALYTE"] == name) & (seen["DV"] < low)
        above = (seen["ANALYTE"] == name) & (seen["DV"] > high)
        seen.loc[below, ["DV", "CENS", "LIMIT"]] = (low, 1.0, 0.0)
        seen.loc[above, ["DV", "CENS"]] = (high, -1.0)


def _dose_rows(course: Course, end: float) -> "pandas.DataFrame":
    """Return the dose rows of everybody until a day."""
    import pandas

    count = course.man.count or 1
    each = course.regimen if isinstance(course.regimen, tuple) else (course.regimen,) * count
    starts = course.origin.steady if course.origin is not None and course.origin.steady else (None,) * count
    known: dict[tuple[Regimen, SteadyRegimen | None], list[dict[str, object]]] = {}
    rows = []
    for number, key in enumerate(zip(each, starts, strict=True), 1):
        if key not in known:
            known[key] = [_dose_row(*one) for one in _placed_events(*key, end)]
        rows += [{"ID": number} | row for row in known[key]]
    return pandas.DataFrame(rows, columns=list(_DOSES))


def dose_event_rows(regimens: Sequence[Regimen], end: float) -> "pandas.DataFrame":
    """Return the dose rows of people 1, 2, 3 ... until a day, each on his regimen from day 0 on."""
    import pandas

    rows = [{"ID": number} | _dose_row(event, 0)
            for number, regimen in enumerate(regimens, 1) for event in regimen_events(regimen.doses, end)]  # fmt: skip
    return pandas.DataFrame(rows, columns=list(_DOSES))


def _placed_events(regimen: Regimen, start: SteadyRegimen | None, end: float) -> Iterator[tuple[DoseEvent, int]]:
    """Yield every dose record with ``SS``: 1 and 2 where it has been given for ever, 0 otherwise."""
    events = regimen_events(regimen.doses, end)
    for place, series in enumerate(() if start is None else start.events):
        steady = 1 if place == 0 else 2
        if series.rate and series.length == tick_of(series.interval):
            yield series._replace(tick=0, amount=0.0, interval=0.0, additional=0), steady
            continue
        same = [one for one in events if one[:5] == series._replace(tick=0)[:5] and series.tick == 0]
        if not same:
            raise BadRegimen(
                f"got a course from the steady state of {start}; expected one of doses that go on from day 0 on. "
                "Begin on the day of a dose, or simulate some of it from rest."
            )
        events.remove(same[0])
        yield same[0]._replace(interval=series.interval), steady
    yield from ((event, 0) for event in events)


def _dose_row(event: DoseEvent, steady: int) -> dict[str, object]:
    """Return one dose record as a row; times in days."""
    return {
        "DAY": float(days_of(event.tick)), "PLACE": _STEADY if steady else _GIVEN, "EVID": 1, "AMT": event.amount,
        "RATE": event.rate, "II": event.interval, "ADDL": event.additional, "SS": steady, "DRUG": event.drug,
        "ROUTE": event.route or ".", "UNIT": PRODUCTS[event.drug].unit,
    }  # fmt: skip


def _in_unit(days: "pandas.Series[float]", size: float) -> "pandas.Series[float] | list[float]":
    """Return days in the unit of the table."""
    return days if size == 1.0 else [snap(number * size, DIGITS) for number in days.tolist()]
