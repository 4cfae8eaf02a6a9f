"""The clinic's list: who is there, what was found last, who is due or overdue, and what is missing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from leydig.assessment.finding import Assessment, FindingKind
from leydig.assessment.visits import Due
from leydig.protocol.implied import title_of
from leydig.protocol.protocol import Protocol
from leydig.protocol.vocabulary import Severity
from leydig.record.record import Record
from leydig.reports.pages.case import by_severity, case_of
from leydig.web.view import View

__all__ = ["AlertLine", "PeopleView", "PersonRow", "people_view", "person_row"]

NEVER = 10**6  # [d] until the visit of who has none


@dataclass(frozen=True)
class AlertLine:
    """One alert of a man: how grave, and its title."""

    severity: str
    title: str


@dataclass(frozen=True)
class PersonRow:
    """One man of the list.

    Attributes
    ----------
    id, pseudonym : str
    verdict, action : str
        Empty where nothing was assessed; `refusal` says why.
    alerts : tuple of AlertLine
        Critical ones and warnings, the gravest first.
    visit : str
        The next one, or the first that is overdue.
    due : datetime.date or None
    days : int or None
        Until then; of an overdue visit since its window closed, negative.
    overdue : bool
    changed : datetime.date or None
        The last day of his record.
    missing : tuple of str
        What has to be recorded before treatment, in words.
    refusal : str
    waits : bool
        Whether what is said is of an earlier day or of fewer entries, and is being worked out.
    """

    id: str
    pseudonym: str
    verdict: str
    action: str = ""
    alerts: tuple[AlertLine, ...] = ()
    visit: str = ""
    due: dt.date | None = None
    days: int | None = None
    overdue: bool = False
    changed: dt.date | None = None
    missing: tuple[str, ...] = ()
    refusal: str = ""
    waits: bool = False

    @property
    def urgency(self) -> tuple[int, int, str]:
        """What orders the list: the gravest alert, as which an overdue visit counts, then the nearest visit."""
        weights = [Severity(one.severity).weight for one in self.alerts]
        late = Severity.WARNING.weight if self.overdue else 0
        return -max([*weights, late]), self.days if self.days is not None else NEVER, self.id


@dataclass(frozen=True)
class PeopleView(View):
    """The page of the list.

    Attributes
    ----------
    on : datetime.date
        Today.
    people : tuple of PersonRow
    protocol : str
        By which they were assessed.
    due, alert : str
        What was asked for.
    next : str
        The cursor of the next page; empty on the last.
    count : int
        How many fit what was asked for, over all pages.
    search : str
        The part of a pseudonym that was looked for.
    pseudonym, refusal, pointer : str
        What was written into the form for a new man, why it was refused, and in which field.
    """

    template: ClassVar[str] = "people.html.jinja"
    on: dt.date
    people: tuple[PersonRow, ...]
    protocol: str = ""
    due: str = ""
    alert: str = ""
    next: str = ""
    pseudonym: str = ""
    born: str = ""
    refusal: str = ""
    pointer: str = ""
    count: int = 0
    search: str = ""


def person_row(
    id: str,
    pseudonym: str,
    record: Record,
    plan: Protocol,
    assessment: Assessment | None,
    *,
    on: dt.date,
    last_change: dt.date | None = None,
    refusal: str = "",
) -> PersonRow:
    """Return one man of the list.

    Parameters
    ----------
    id, pseudonym : str
    record : Record
    plan : Protocol
    assessment : Assessment or None
        Of this record by this protocol; None where nothing could be assessed.
    on : datetime.date
        Today.
    last_change : datetime.date, optional
        When his record was last written.
    refusal : str, optional
        Why there is no assessment.
    """
    if assessment is None or assessment.is_refused:
        why = refusal or "; ".join(dict.fromkeys(one.plain for one in (assessment.findings if assessment else ())))
        return PersonRow(id, pseudonym, str(assessment.verdict) if assessment else "", changed=last_change, refusal=why)
    next_ = next(iter(case_of(record, plan, assessment).due), None)
    grave = [one for one in assessment.of(FindingKind.ALERT) if one.severity != Severity.INFO]
    alerts = tuple(AlertLine(str(one.severity), one.title) for one in by_severity(grave))
    missing = [title_of(name) for one in assessment.of(FindingKind.MISSING) if one.required for name in one.missing]
    row = PersonRow(
        id,
        pseudonym,
        str(assessment.verdict),
        assessment.action,
        alerts,
        changed=last_change,
        missing=tuple(dict.fromkeys(missing)),
    )
    if next_ is None:
        return row
    return replace(row, visit=next_.visit.name, due=next_.day, days=_days_until(next_, on), overdue=next_.overdue)


def _days_until(one: Due, on: dt.date) -> int:
    """Return the days until a visit; of an overdue one the days since its window closed, as a negative number."""
    return -(on - one.closes).days if one.overdue else (one.day - on).days


def people_view(
    rows: Sequence[PersonRow],
    *,
    on: dt.date,
    protocol: str = "",
    due: str = "",
    alert: str = "",
    next: str = "",
    pseudonym: str = "",
    born: str = "",
    refusal: str = "",
    pointer: str = "",
    count: int | None = None,
    search: str = "",
) -> PeopleView:
    """Return the list: who is overdue and whose alerts are gravest come first.

    Parameters
    ----------
    rows : sequence of PersonRow
        Of this page, by `due` and `alert`.
    on : datetime.date
    protocol, due, alert, next, pseudonym, born, refusal, pointer, search : str, optional
        As in `PeopleView`.
    count : int, optional
        Of all pages; those that are here when left out.
    """
    ordered = tuple(sorted(rows, key=lambda one: one.urgency))
    every = len(ordered) if count is None else count
    return PeopleView(on, ordered, protocol, due, alert, next, pseudonym, born, refusal, pointer, every, search)
