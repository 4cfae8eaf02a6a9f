"""Pages of people: what a route found, as the view that a browser is shown."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from leydig.assessment.finding import OVERRIDE_REASONS, Assessment
from leydig.protocol.protocol import Protocol
from leydig.protocol.vocabulary import Severity
from leydig.service.access.roles import PERMISSIONS
from leydig.service.bodies import USUAL_PROTOCOL, AssessmentBody, VisitBody, read_body
from leydig.service.clinic.desk import PersonState
from leydig.service.clinic.imports import ImportPreview
from leydig.service.http.call import RouteCall
from leydig.service.problems import ServiceProblem
from leydig.web.views.entry.entries import entry_line, entry_view
from leydig.web.views.entry.imports import import_view
from leydig.web.views.entry.visit import VisitView, visit_view
from leydig.web.views.man import DecisionLine, man_view
from leydig.web.views.people import PersonRow, people_view

if TYPE_CHECKING:
    from leydig.web.view import View

__all__ = [
    "ALERTS",
    "DUE",
    "PAGE_SIZE",
    "entries_page",
    "import_page",
    "man_page",
    "people_page",
    "people_rows",
    "question_of",
    "refused_decision",
    "refused_entry",
    "refused_person",
    "refused_visit",
    "visit_page",
]

ALERTS = ("", str(Severity.CRITICAL), str(Severity.WARNING))
DUE = ("", "overdue", "week")
WEEK = 7  # [d]
PAGE_SIZE = 50  # people of one answer
_CURSOR = re.compile(r"(-?\d{1,3})\.(-?\d{1,7})\.([0-9A-Z]{26})")


def question_of(call: RouteCall) -> AssessmentBody:
    """Return by which protocol, in which region and on which day a person is looked at."""
    asked = {key: call.query.get(key, "") for key in ("region", "on")}
    return read_body(AssessmentBody, {"protocol": call.query.get("protocol") or USUAL_PROTOCOL} | asked)


# The list ------------------------------------------------------------------------------------------


def people_rows(call: RouteCall, due: str, alert: str, after: str, most: int) -> tuple[list[PersonRow], str, int]:
    """Return lines of the list, who needs attention first, where the next page goes on, and how many there are."""
    fits = [one for one in call.desk.list.rows(call.account.id) if _is_due(one, due) and _is_grave(one, alert)]
    begin = _cursor(after) if after else ()
    rows = sorted((one for one in fits if one.urgency > begin), key=lambda one: one.urgency)
    more = len(rows) > most
    return rows[:most], ".".join(map(str, rows[most - 1].urgency)) if more else "", len(fits)


def _cursor(text: str) -> tuple[int, int, str]:
    """Return after whom a page goes on."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise ServiceProblem(
            "WrongQuery",
            422,
            f"got after {text[:40]!r}; expected the next of the page before. Leave it out for the first page.",
            pointer="/after",
        )
    return int(found[1]), int(found[2]), found[3]


def _is_due(row: PersonRow, due: str) -> bool:
    if due == DUE[0]:
        return True
    return row.overdue or (due != DUE[1] and row.days is not None and row.days <= WEEK)


def _is_grave(row: PersonRow, alert: str) -> bool:
    """Return whether a man has an alert as grave as is asked for, or graver."""
    least = Severity(alert).weight if alert else 0
    return not alert or any(Severity(one.severity).weight >= least for one in row.alerts)


def people_page(rows: Sequence[PersonRow], count: int, **words: str) -> "View":
    """Return a page of the list, which has so many men over all pages."""
    return people_view(rows, on=dt.date.today(), protocol=USUAL_PROTOCOL, count=count, **words)


def refused_person(call: RouteCall, problem: ServiceProblem) -> "View":
    """Return the list with the form for a new person that was refused."""
    rows, next_, count = people_rows(call, "", "", "", PAGE_SIZE)
    form = {key: call.draft.get(key, "") for key in ("pseudonym", "born")}
    return people_page(rows, count, next=next_, **form, refusal=problem.detail, pointer=problem.pointer)


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
            OVERRIDE_REASONS.get(one.content["override_code"], one.content["override_code"]),
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
    call: RouteCall, state: PersonState, query: Mapping[str, str], problem: ServiceProblem | None = None
) -> "View":
    """Return the page on which results are entered, with the history and what was refused."""
    names = call.rooms.accounts.names()
    lines = [entry_line(one.as_json() | {"recorded_by": names.get(one.recorded_by, "")}) for one in state.entries]
    return entry_view(
        state.id,
        state.pseudonym,
        lines,
        today=dt.date.today(),
        version=state.version,
        draft=call.draft,
        refusal=problem.detail if problem else "",
        pointer=problem.pointer if problem else "",
        before=query.get("before", ""),
        newest=query.get("entry", ""),
    )


def refused_entry(call: RouteCall, problem: ServiceProblem) -> "View":
    """Return that page with the entry or file that was refused."""
    state = call.desk.person(call.path["id"], call.account.id, "entry.read")
    return entries_page(call, state, {}, problem)


def visit_page(
    call: RouteCall, problem: ServiceProblem | None = None, question: AssessmentBody | None = None
) -> VisitView:
    """Return the form of a whole visit, with what was refused."""
    state, plan, assessment = call.desk.look_at(call.path["id"], question or question_of(call), call.account.id)
    errors = _errors_by_name(call, problem)
    return visit_view(
        state.id, state.record, plan, assessment, today=dt.date.today(), pseudonym=state.pseudonym, draft=call.draft,
        refusal=problem.detail if problem else "", errors={name: detail for name, (_, detail) in errors.items()},
        rare=[name for name, (field, _) in errors.items() if field == "/unit"],
    )  # fmt: skip


def _errors_by_name(call: RouteCall, problem: ServiceProblem | None) -> dict[str, tuple[str, str]]:
    """Return which field of a row of a visit was refused and why, by the name of its quantity."""
    if problem is None or not problem.errors:
        return {}
    body = read_body(VisitBody, call.draft)
    names = {place: one.name for place, one in body.entries()}
    places = {error["pointer"]: error["detail"] for error in problem.errors}
    return {names[place]: (pointer.removeprefix(place), detail) for pointer, detail in places.items() for place in names
            if pointer == place or pointer.startswith(f"{place}/")}  # fmt: skip


def refused_visit(call: RouteCall, problem: ServiceProblem) -> "View":
    """Return that form with what was refused."""
    return visit_page(call, problem, read_body(AssessmentBody, {}))


def import_page(call: RouteCall, preview: ImportPreview) -> "View":
    """Return the page of what a file would add."""
    state = call.desk.person(call.path["id"], call.account.id, "import.read")
    return import_view(
        state.id,
        state.pseudonym,
        call.path["import"],
        preview.as_json(),
        version=state.version,
        dates=call.query.get("dates", ""),
    )
