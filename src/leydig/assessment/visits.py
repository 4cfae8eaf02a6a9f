"""When to measure next: the visits of a protocol, their windows, and what is overdue."""

import datetime as dt
from dataclasses import dataclass

from leydig.assessment.facts.facts import Facts
from leydig.protocol.protocol import Protocol, Visit
from leydig.protocol.vocabulary import VisitAnchor

__all__ = ["Due", "due_visits"]

WEEKEND = (5, 6)  # Saturday and Sunday: no clinic, no laboratory


@dataclass(frozen=True)
class Due:
    """A visit that is still to come, or overdue.

    Attributes
    ----------
    visit : Visit
    day, opens, closes : datetime.date
        The day is never on a weekend.
    overdue : bool
    """

    visit: Visit
    day: dt.date
    opens: dt.date
    closes: dt.date
    overdue: bool


def due_visits(view: Facts, protocol: Protocol, changes_today: bool = False) -> list[Due]:
    """Return the visits that are still to come, the next one first; of one day what is overdue longest.

    Parameters
    ----------
    view : View
    protocol : Protocol
    changes_today : bool, optional
        Whether a dose is changed, or treatment begun, on this day: windows after a change then begin today.
    """
    start = view.steps.start or (view.on if changes_today else None)
    changed = view.on if changes_today else view.steps.changed
    found = []
    for visit in protocol.visits:
        anchor = changed if visit.after == VisitAnchor.CHANGE else start
        if anchor is None:
            continue
        opens, closes = anchor + dt.timedelta(visit.opens), anchor + dt.timedelta(visit.closes)
        if not _is_done(view, visit, opens):
            late = view.on > anchor + dt.timedelta(visit.overdue)
            day = _weekday(anchor + dt.timedelta(visit.day), max(opens, view.on), closes)
            found.append(Due(visit, day, opens, closes, late))
    return sorted(found, key=lambda one: (one.day, not one.overdue, one.closes, one.visit.name))


def _weekday(day: dt.date, first: dt.date, last: dt.date) -> dt.date:
    """Return the weekday next to a day, inside what is left of its window where that has one, never before `first`.

    Parameters
    ----------
    day : datetime.date
        In the middle of the window.
    first, last : datetime.date
        What is left of the window; `last` is earlier where it has closed.
    """
    day = max(day, first)
    near = (day + dt.timedelta(shift) for shift in (0, -1, 1, -2, 2))
    inside = (one for one in near if one.weekday() not in WEEKEND and first <= one <= last)
    later = (one for one in (day + dt.timedelta(shift) for shift in range(3)) if one.weekday() not in WEEKEND)
    return next(inside, None) or next(later)


def _is_done(view: Facts, visit: Visit, opens: dt.date) -> bool:
    """Return whether everything on a visit's panel was measured in its window, or later."""
    return all(any(one.date >= opens for one in view.results(name)) for name in visit.panel)
