"""People, their entries and imports."""

import datetime as dt
from typing import Any

from leydig.assessment.finding import FindingKind
from leydig.record.files import as_json
from leydig.service.bodies import AssessmentBody, CommitBody, DeletionBody, EntryBody, ImportBody, PersonBody
from leydig.service.clinic.desk import PersonState
from leydig.service.http.call import Reply, Route, RouteCall
from leydig.service.problems import ServiceProblem
from leydig.service.storage.person_file import Entry

__all__ = ["PEOPLE_ROUTES"]

PAGE, LARGEST_PAGE = 50, 200  # people of one answer
_DUE, _ALERTS = ("", "overdue", "week"), ("", "critical", "warning")


def _list_people(call: RouteCall) -> Reply:
    """Answer who there is, by what was last said of each."""
    due, alert = call.choice("due", _DUE), call.choice("alert", _ALERTS)
    most, after = call.number("limit", PAGE, LARGEST_PAGE), call.query.get("after", "")
    lines = [_line(one) for one in call.desk.people(call.account.id) if one.id > after]
    shown = [one for one in lines if _is_due(one, due) and (not alert or one["alerts"].get(alert))]
    more = shown[most - 1]["id"] if len(shown) > most else None
    return Reply({"items": shown[:most], "next": more})


def _line(state: PersonState) -> dict[str, Any]:
    """Return a person in one line of the list."""
    said = state.assessment.content if state.assessment else {}
    findings = said.get("findings", [])
    alerts: dict[str, int] = {}
    for one in findings:
        if one["kind"] == FindingKind.ALERT:
            alerts[one["severity"]] = alerts.get(one["severity"], 0) + 1
    missing = [
        name for one in findings if one["kind"] == FindingKind.MISSING and one["required"] for name in one["missing"]
    ]
    return {
        "id": state.id,
        "pseudonym": state.pseudonym,
        "verdict": said.get("verdict"),
        "action": said.get("action"),
        "alerts": alerts,
        "due": said.get("due") or None,
        "assessed_on": said.get("on"),
        "changed_at": state.changed_at,
        "missing": list(dict.fromkeys(missing)),
    }


def _is_due(line: dict[str, Any], due: str) -> bool:
    if not due:
        return True
    today = dt.date.today()
    until = today if due == "overdue" else today + dt.timedelta(7)
    return line["due"] is not None and dt.date.fromisoformat(line["due"]) <= until


def _add_person(call: RouteCall) -> Reply:
    body: PersonBody = call.body
    state = call.desk.add_person(body, call.account.id)
    return Reply(_head(state), 201, f"/people/{state.id}", state.version)


def _head(state: PersonState) -> dict[str, Any]:
    return {"id": state.id, "pseudonym": state.pseudonym, "version": state.version, "changed_at": state.changed_at}


def _show_person(call: RouteCall) -> Reply:
    """Answer one person and what a protocol says of him."""
    asked = AssessmentBody(
        protocol=call.query.get("protocol") or "anastrozole",
        region=call.query.get("region", ""),
        on=call.query.get("on", ""),
    )
    state, _, found = call.desk.look_at(call.path["id"], asked, call.account.id)
    content = _head(state) | {"record": as_json(state.record), "assessment": found.record()}
    content |= {"decisions": [one.as_json() for one in state.decisions]}
    return Reply(content, version=state.version)


def _delete_person(call: RouteCall) -> Reply:
    call.desk.delete_person(call.path["id"], call.account.id, call.version)
    return Reply(status=204)


def _delete_by_form(call: RouteCall) -> Reply:
    """Delete a person whose pseudonym was written again, as a form does."""
    body: DeletionBody = call.body
    call.desk.delete_person(call.path["id"], call.account.id, call.version, body.pseudonym)
    return Reply({"id": call.path["id"], "deleted": True}, 200, "/people")


# Entries -------------------------------------------------------------------------------------------


def _list_entries(call: RouteCall) -> Reply:
    state = call.desk.person(call.path["id"], call.account.id, "entry.read")
    return Reply({"items": [one.as_json() for one in state.entries]}, version=state.version)


def _add_entry(call: RouteCall) -> Reply:
    body: EntryBody = call.body
    entry, is_new = call.desk.add_entry(call.path["id"], body, call.account.id, call.version)
    return Reply(entry.as_json(), 201 if is_new else 200, f"/people/{call.path['id']}/entries")


# Imports -------------------------------------------------------------------------------------------


def _add_import(call: RouteCall) -> Reply:
    body: ImportBody | None = call.body
    plain = call.raw or (body.text.encode() if body else b"")
    if not plain:
        raise ServiceProblem(
            "WrongBody", 422, "got no file and no text; expected one of them. Choose a file.", pointer="/file"
        )
    identity, found = call.desk.preview_import(call.path["id"], plain, call.account.id)
    return Reply({"id": identity} | found.as_json(), 201, f"/people/{call.path['id']}/imports/{identity}")


def _show_import(call: RouteCall) -> Reply:
    found = call.desk.show_import(call.path["id"], call.path["import"], call.account.id)
    return Reply({"id": call.path["import"]} | found.as_json())


def _commit_import(call: RouteCall) -> Reply:
    body: CommitBody = call.body
    entries, is_new = call.desk.commit_import(call.path["id"], call.path["import"], body.confirmed, call.account.id)
    return Reply(_entries(entries), 201 if is_new else 200, f"/people/{call.path['id']}")


def _entries(entries: list[Entry]) -> dict[str, Any]:
    return {"items": [one.as_json() for one in entries]}


PEOPLE_ROUTES = (
    Route("GET", "/people", _list_people, "List people", query=("due", "alert", "after", "limit")),
    Route("POST", "/people", _add_person, "Add a person", PersonBody, status=201),
    Route("GET", "/people/{id}", _show_person, "One person", query=("protocol", "region", "on")),
    Route("DELETE", "/people/{id}", _delete_person, "Delete a person", needs_version=True, status=204),
    Route(
        "POST", "/people/{id}/deletion", _delete_by_form, "Delete a person by form", DeletionBody, needs_version=True
    ),
    Route("GET", "/people/{id}/entries", _list_entries, "Every entry, and what superseded what"),
    Route(
        "POST", "/people/{id}/entries", _add_entry, "Add or correct an entry", EntryBody, needs_version=True, status=201
    ),
    Route("POST", "/people/{id}/imports", _add_import, "Preview a file", ImportBody, takes_file=True, status=201),
    Route("GET", "/people/{id}/imports/{import}", _show_import, "A preview"),
    Route(
        "POST",
        "/people/{id}/imports/{import}/commit",
        _commit_import,
        "Take the entries of a file",
        CommitBody,
        status=201,
    ),
)
