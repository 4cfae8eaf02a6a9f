"""Pages of people: what a route found, as the view that a browser is shown."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from leydig.assessment.finding import Assessment
from leydig.errors import LeydigError
from leydig.protocol.protocol import Protocol
from leydig.protocol.reader import read_protocol
from leydig.protocol.vocabulary import Severity
from leydig.service.access.roles import PERMISSIONS
from leydig.service.bodies import USUAL_PROTOCOL, AssessmentBody
from leydig.service.clinic.desk import PersonState
from leydig.service.clinic.imports import ImportPreview
from leydig.service.http.call import RouteCall
from leydig.service.problems import ServiceProblem
from leydig.web.views.entry import entry_line, entry_view
from leydig.web.views.imports import import_view
from leydig.web.views.man import DecisionLine, man_view
from leydig.web.views.people import PersonRow, people_view, person_row

if TYPE_CHECKING:
    from leydig.web.view import View

__all__ = [
    "ALERTS",
    "DUE",
    "entries_page",
    "import_page",
    "man_page",
    "people_page",
    "people_rows",
    "question_of",
    "refused_decision",
    "refused_entry",
    "refused_person",
]

ALERTS = ("", str(Severity.CRITICAL), str(Severity.WARNING))
DUE = ("", "overdue", "week")
WEEK = 7  # [d]


def question_of(call: RouteCall) -> AssessmentBody:
    """Return by which protocol, in which region and on which day a person is looked at."""
    asked = {key: call.query.get(key, "") for key in ("region", "on")}
    return AssessmentBody(protocol=call.query.get("protocol") or USUAL_PROTOCOL, **asked)


# The list ------------------------------------------------------------------------------------------


def people_rows(call: RouteCall, due: str, alert: str, after: str, most: int) -> tuple[list[PersonRow], str]:
    """Return lines of the list in the order in which people were added, and where the next page goes on."""
    rows: list[PersonRow] = []
    for one in call.desk.people(call.account.id):
        if one.id <= after:
            continue
        row = _row(call, one)
        if _is_due(row, due) and (not alert or any(line.severity == alert for line in row.alerts)):
            if len(rows) == most:
                return rows, rows[-1].id
            rows.append(row)
    return rows, ""


def _row(call: RouteCall, state: PersonState) -> PersonRow:
    plan, today, found, why = read_protocol(USUAL_PROTOCOL), dt.date.today(), None, ""
    try:
        _, found = call.desk.shelf.assess(state.record, USUAL_PROTOCOL, "", "")
    except LeydigError as error:
        why = str(error)
    last = dt.datetime.fromisoformat(state.changed_at).date()
    return person_row(state.id, state.pseudonym, state.record, plan, found, on=today, last_change=last, refusal=why)


def _is_due(row: PersonRow, due: str) -> bool:
    if due == DUE[0]:
        return True
    return row.overdue or (due != DUE[1] and row.days is not None and row.days <= WEEK)


def people_page(rows: Sequence[PersonRow], due: str = "", alert: str = "", next_: str = "", **form: str) -> "View":
    """Return the page of the list."""
    return people_view(rows, on=dt.date.today(), protocol=USUAL_PROTOCOL, due=due, alert=alert, next=next_, **form)


def refused_person(call: RouteCall, problem: ServiceProblem) -> "View":
    """Return the list with the form for a new person that was refused."""
    rows, next_ = people_rows(call, "", "", "", 50)
    form = {key: call.draft.get(key, "") for key in ("pseudonym", "born")}
    return people_page(rows, next_=next_, **form, refusal=problem.detail, pointer=problem.pointer)


# One person ----------------------------------------------------------------------------------------


def man_page(
    call: RouteCall, state: PersonState, plan: Protocol, assessment: Assessment, refusal: ServiceProblem | None = None
) -> "View":
    """Return the page of one person, with the decision that was refused.

    Who may write it stores what he is shown, so that a decision can stand on it.
    """
    stored = ""
    if call.rooms.options.ahead and not assessment.is_refused:
        call.desk.shelf.prepare(state.record)
    may_store = call.account.role in (PERMISSIONS["POST /people/{id}/assessments"] or ())
    if may_store and not call.rooms.options.demo and not assessment.is_refused:
        stored = call.desk.store_assessment(state, plan, assessment, call.account.id).id
    names = call.rooms.accounts.names()
    decisions = [
        DecisionLine(
            one.recorded_at[:10],
            names.get(one.recorded_by, ""),
            one.content["regimen"],
            one.content["reason"],
            one.content["override"],
            one.content["assessment"],
        )
        for one in state.decisions
    ]
    return man_view(
        state.id,
        state.pseudonym,
        state.record,
        plan,
        assessment,
        decisions=decisions,
        assessment_id=stored,
        version=state.version,
        draft=call.draft,
        refusal=refusal.detail if refusal else "",
        pointer=refusal.pointer if refusal else "",
    )


def refused_decision(call: RouteCall, problem: ServiceProblem) -> "View":
    """Return the page of a person, by the protocol of the decision that was refused, with what was written."""
    identity, by = call.path["id"], call.account.id
    said = call.desk.note(identity, "assessment", call.draft.get("assessment", ""), by).content
    question = AssessmentBody(protocol=said["protocol"], region=said["region"])
    return man_page(call, *call.desk.look_at(identity, question, by), refusal=problem)


def entries_page(
    call: RouteCall, state: PersonState, draft: dict[str, str] | None = None, refusal: str = "", pointer: str = ""
) -> "View":
    """Return the page on which results are entered, with the history."""
    names = call.rooms.accounts.names()
    lines = [entry_line(one.as_json() | {"recorded_by": names.get(one.recorded_by, "")}) for one in state.entries]
    return entry_view(
        state.id,
        state.pseudonym,
        lines,
        today=dt.date.today(),
        version=state.version,
        draft=draft,
        refusal=refusal,
        pointer=pointer,
    )


def refused_entry(call: RouteCall, problem: ServiceProblem) -> "View":
    """Return that page with the entry or file that was refused."""
    state = call.desk.person(call.path["id"], call.account.id, "entry.read")
    return entries_page(call, state, call.draft, problem.detail, problem.pointer)


def import_page(call: RouteCall, preview: ImportPreview) -> "View":
    """Return the page of what a file would add."""
    state = call.desk.person(call.path["id"], call.account.id, "import.read")
    return import_view(state.id, state.pseudonym, call.path["import"], preview.as_json(), version=state.version)
