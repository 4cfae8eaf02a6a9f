"""When something was measured: the local day as it was written, else by the report, the panel or the specimen."""

import datetime as dt
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

from leydig.errors import BadRecord
from leydig.exchange.fhir.bundle import Bundle
from leydig.exchange.fhir.element import Element

__all__ = ["Draw", "draw_of", "draws", "read_day"]

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_UTC = ("Z", "+00:00", "-00:00")
MOST_REFERENCES = 50_000  # from reports and panels to their members, and from those to theirs
LOCAL_TIME = "urn:leydig:local-time"  # our extension: a time of draw of which no time zone is known


@dataclass(frozen=True)
class Draw:
    """When something was measured.

    Attributes
    ----------
    day : datetime.date
    time : datetime.time or None
        On the local clock; None where that is not known.
    why : str
        Where the day was found, where the result itself does not say it, and why there is no time.
    """

    day: dt.date
    time: dt.time | None = None
    why: str = ""


def _moment(element: Element, key: str) -> Draw:
    """Return a moment; raises BadRecord where it has no day that exists."""
    text = element.text(key)
    match = _MOMENT.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        day = dt.date.fromisoformat(match[1])
        time = dt.time.fromisoformat(match[2]) if match[2] else None
    except ValueError as why:
        raise element.refusal(key, "a day that exists", "Write YYYY-MM-DD; a year or month alone is no day.") from why
    if time is not None and match[3] in _UTC:
        return Draw(day, None, "its time is in UTC, which says no local time: the day is taken as it is written")
    return Draw(day, time)


def _time(element: Element) -> dt.time:
    """Return the time of day that an extension of ours says."""
    try:
        return dt.time.fromisoformat(element.text("valueTime")).replace(tzinfo=None)
    except ValueError as why:
        raise element.refusal("valueTime", "a time of day", "Write HH:MM:SS.") from why


def read_day(element: Element, key: str) -> dt.date:
    """Return the local day of a date or moment; raises BadRecord where there is none that exists."""
    return _moment(element, key).day


def draw_of(element: Element, bundle: Bundle) -> Draw | None:
    """Return when a result or report says that it was measured, or its specimen was collected; None where neither says.

    Raises
    ------
    BadRecord
        When it says a day that does not exist, or a year or month alone.
    """
    for one in element.children("extension"):
        if one.text("url") == LOCAL_TIME and "effectiveDateTime" in element:
            return Draw(read_day(element, "effectiveDateTime"), _time(one))
    for key in ("effectiveDateTime", "effectiveInstant"):
        if key in element:
            return _moment(element, key)
    if "start" in element.child("effectivePeriod"):
        return _moment(element.child("effectivePeriod"), "start")
    specimen = element.content.get("specimen")
    for holder in [element.child("specimen")] if isinstance(specimen, dict) else element.children("specimen"):
        found = bundle.find(holder.text("reference"), element)
        if found is not None:
            collection = found.child("collection")
            if "collectedDateTime" in collection:
                return _inherit_draw(_moment(collection, "collectedDateTime"), "specimen")
            if "start" in collection.child("collectedPeriod"):
                return _inherit_draw(_moment(collection.child("collectedPeriod"), "start"), "specimen")
    return None


def _inherit_draw(draw: Draw, holder: str) -> Draw:
    """Return a draw that was found beside the result."""
    return Draw(draw.day, draw.time, "; ".join(filter(None, (f"its day is that of its {holder}", draw.why))))


def draws(bundle: Bundle) -> dict[str, Draw]:
    """Return the draws that reports and panels say of their members, by the path of the member.

    A report says it of its results, a panel of its members, and they of theirs; two different days are none.
    """
    found: dict[str, set[Draw]] = {}
    followed: Counter[str] = Counter()
    for kind, key, word in (("DiagnosticReport", "result", "report"), ("Observation", "hasMember", "panel")):
        for holder in bundle.of(kind):
            with suppress(BadRecord):  # what cannot be read says nothing of its members
                _spread(holder, key, word, bundle, found, followed)
            if followed.total() > MOST_REFERENCES:
                raise BadRecord(
                    f"got reports and panels that name one another more than {MOST_REFERENCES:,} times; expected those "
                    "of one man. Send fewer."
                )
    return {place: _joint_draw(many) for place, many in found.items() if len({one.day for one in many}) == 1}


def _joint_draw(many: set[Draw]) -> Draw:
    """Return what several holders of one day say."""
    times = {one.time for one in many}
    return Draw(min(one.day for one in many), times.pop() if len(times) == 1 else None, min(one.why for one in many))


def _spread(
    holder: Element, key: str, word: str, bundle: Bundle, found: dict[str, set[Draw]], followed: Counter[str]
) -> None:
    """Hand the draw of a report or panel on to its members and theirs, and count the references that are followed."""
    draw = draw_of(holder, bundle)
    waiting, passed = [(holder, key)], {holder.place}
    while draw is not None and waiting and followed.total() <= MOST_REFERENCES:
        one, which = waiting.pop()
        listed = one.content.get(which)
        followed[which] += len(listed) if isinstance(listed, list) else 0
        for member in one.children(which):
            target = bundle.find(member.text("reference"), one)
            if target is not None and target.place not in passed:
                passed.add(target.place)
                found.setdefault(target.place, set()).add(_inherit_draw(draw, word))
                waiting.append((target, "hasMember"))
