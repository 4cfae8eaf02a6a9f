"""The planned visits as a calendar file that any calendar can read."""

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from leydig.assessment.assess import assess
from leydig.assessment.facts.facts import Facts
from leydig.assessment.finding import Assessment
from leydig.assessment.visits import Due, due_visits
from leydig.errors import BadRecord
from leydig.extras import extra
from leydig.log import logger
from leydig.protocol.override import apply_overrides
from leydig.protocol.protocol import Protocol
from leydig.protocol.reader import read_protocol
from leydig.record.files import as_json
from leydig.record.quantity import QUANTITIES
from leydig.record.record import Record
from leydig.target import target_file

if TYPE_CHECKING:
    from icalendar import Alarm, Event

__all__ = ["calendar_file"]

LOG = logger(__name__)

REMINDER = 3  # [d] before a visit


def calendar_file(
    record: Record,
    protocol: Protocol | str = "anastrozole",
    *,
    region: str = "",
    on: dt.date | None = None,
    out: Path | str,
) -> Path:
    """Write one all-day event per planned visit, each with a reminder some days before.

    The same record, protocol and day give the same bytes. An event keeps its identity while its window stays, so
    a calendar that reads a later file moves the visit instead of adding it again.

    Parameters
    ----------
    record : Record
    protocol : Protocol or str, optional
    region : str, optional
        For a name or path of a protocol only.
    on : datetime.date, optional
        The day of the assessment; the last day of the record when left out.
    out : Path or str
        Ending in ``.ics``.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutOfRange
        When the path ends otherwise.
    BadRecord
        When the record is refused, or no visit is planned because nothing is given or advised.
    UnknownName, BadProtocol
        As `leydig.assessment.assess`.
    """
    target = target_file(out, {".ics": ("reports", "icalendar")}, make=True)
    plan = protocol if isinstance(protocol, Protocol) else read_protocol(protocol, region)
    found = assess(record, plan, on=on)
    if found.is_refused:
        why = "; ".join(one.plain.rstrip(".") for one in found.findings)
        raise BadRecord(
            f"got a record that is refused: {why}; expected one that can be assessed. See: leydig protocol assess"
        )
    due = _due(record, plan, found)
    if not due:
        raise BadRecord(
            f"got a man without treatment and the advice {found.action!r}, so that no visit is planned; expected a man "
            "on treatment, or one who may start. See: leydig protocol assess"
        )
    target.write_bytes(_calendar(record, plan, found, due))
    LOG.info("wrote %s", target)
    return target


def _due(record: Record, plan: Protocol, found: Assessment) -> list[Due]:
    own = apply_overrides(plan, record.overrides)
    return due_visits(Facts(record, own, found.on), own, found.now != found.next)


def _calendar(record: Record, plan: Protocol, found: Assessment, due: list[Due]) -> bytes:
    with extra("reports"):
        from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Leydig//planned visits//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", "Planned visits")
    for one in due:
        calendar.add_component(_event(record, plan, found, one))
    return calendar.to_ical()


def _event(record: Record, plan: Protocol, found: Assessment, one: Due) -> "Event":
    with extra("reports"):
        from icalendar import Event

    event = Event()
    event.add("uid", f"{_identity(record, plan, one)}@leydig")
    event.add("dtstamp", dt.datetime.combine(found.on, dt.time(), dt.UTC))
    event.add("dtstart", one.day)
    event.add("dtend", one.day + dt.timedelta(1))
    event.add("summary", f"Visit: {one.visit.name}" + (" (overdue)" if one.overdue else ""))
    event.add("description", _description(plan, one))
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    if (one.day - found.on).days >= REMINDER:
        event.add_component(_reminder(one))
    return event


def _reminder(one: Due) -> "Alarm":
    with extra("reports"):
        from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"In {REMINDER} days: {one.visit.name}")
    alarm.add("trigger", dt.timedelta(days=-REMINDER))
    return alarm


def _identity(record: Record, plan: Protocol, one: Due) -> str:
    """Return what tells this visit of this man from every other: his id, or his record where he has none."""
    man = record.id or json.dumps(as_json(record), sort_keys=True)
    return str(uuid5(NAMESPACE_URL, json.dumps([man, plan.name, one.visit.name, one.opens.isoformat()])))


def _description(plan: Protocol, one: Due) -> str:
    panel = ", ".join(QUANTITIES[name].title for name in one.visit.panel)
    lines = [f"Window: {one.opens} to {one.closes}.", f"To be measured: {panel}."]
    if one.overdue:
        lines.append("Overdue: it should have been done by now.")
    if any(need.morning and need.of in one.visit.panel for need in plan.needs):
        lines.append("Blood is drawn between 7 and 11 in the morning.")
    return "\n".join([*lines, "Planned by a program; your clinician decides."])
