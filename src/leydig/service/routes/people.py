"""People, their entries and imports."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from leydig.exchange.laboratory_days import DateOrder
from leydig.record.files import as_json
from leydig.service.bodies import CommitBody, DeletionBody, EntryBody, ImportBody, PersonBody, SearchBody, VisitBody
from leydig.service.clinic.desk import PersonState
from leydig.service.http.call import Reply, Route, RouteCall
from leydig.service.problems import ServiceProblem
from leydig.service.routes.pages import (
    ALERTS,
    DUE,
    PAGE_SIZE,
    entries_page,
    import_page,
    man_page,
    people_page,
    people_rows,
    question_of,
    refused_entry,
    refused_person,
    refused_visit,
    visit_page,
)
from leydig.service.storage.identity import plain_pseudonym
from leydig.service.storage.person_file import Entry
from leydig.web.addresses import address
from leydig.web.views.patient import patient_view
from leydig.web.views.people import PersonRow

__all__ = ["PEOPLE_ROUTES"]

LARGEST_PAGE = 200  # people of one answer


def _list_people(call: RouteCall) -> Reply:
    """Answer who there is, by what a protocol says of each today."""
    due, alert = call.choice("due", DUE), call.choice("alert", ALERTS)
    most, after = call.number("limit", PAGE_SIZE, LARGEST_PAGE), call.query.get("after", "")
    rows, next_, count = people_rows(call, due, alert, after, most)
    view = partial(people_page, rows, count, due=due, alert=alert, next=next_)
    return Reply(_list_content(rows, next_, count), view=view)


def _list_content(rows: Sequence[PersonRow], next_: str, count: int) -> dict[str, Any]:
    return {"items": [_json_row(one) for one in rows], "next": next_ or None, "count": count}


def _search_people(call: RouteCall) -> Reply:
    """Answer whose pseudonym holds a text; a browser is led to the one where it is one. No pseudonym in an address."""
    body: SearchBody = call.body
    wanted = plain_pseudonym(body.pseudonym)
    found = [one for one in call.desk.list.rows(call.account.id) if wanted in plain_pseudonym(one.pseudonym)]
    rows = sorted(found, key=lambda one: one.urgency)[:LARGEST_PAGE]
    content = _list_content(rows, "", len(found))
    if len(found) == 1 and call.is_form:
        return Reply(content, location=f"/people/{found[0].id}")
    return Reply(content, view=lambda: people_page(rows, len(found), search=body.pseudonym.strip()))


def _json_row(row: PersonRow) -> dict[str, Any]:
    """Return a person in one line of the list."""
    said = asdict(row)
    return said | {key: said[key].isoformat() if said[key] else None for key in ("due", "changed")}


def _add_person(call: RouteCall) -> Reply:
    body: PersonBody = call.body
    state = call.desk.add_person(body, call.account.id)
    return Reply(_head(state), 201, f"/people/{state.id}", state.version)


def _head(state: PersonState) -> dict[str, Any]:
    return {"id": state.id, "pseudonym": state.pseudonym, "version": state.version, "changed_at": state.changed_at}


def _show_person(call: RouteCall) -> Reply:
    """Answer one person and what a protocol says of him; for who may write it, what he saw is stored."""
    question = question_of(call)
    state, plan, found = call.desk.look_at(call.path["id"], question, call.account.id)
    content = _head(state) | {"record": as_json(state.record), "decisions": [one.as_json() for one in state.decisions]}
    content |= {"assessment": found.record()}
    return Reply(content, version=state.version, view=lambda: man_page(call, state, plan, found))


def _show_patient(call: RouteCall) -> Reply:
    """Answer the page for the person himself: no dose, no forecast."""
    state, plan, found = call.desk.look_at(call.path["id"], question_of(call), call.account.id)
    return Reply(view=lambda: patient_view(state.id, state.pseudonym, state.record, plan, found))


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
    content = {"items": [one.as_json() for one in state.entries]}
    return Reply(content, version=state.version, view=lambda: entries_page(call, state, call.query))


def _add_entry(call: RouteCall) -> Reply:
    body: EntryBody = call.body
    version = "" if call.is_form and not body.supersedes else call.version  # what a form adds changes nothing
    try:
        entry, is_new = call.desk.add_entry(call.path["id"], body, call.account.id, version)
    except ServiceProblem as problem:
        if body.body is not None and problem.pointer[1:] in body.body.model_fields_set:
            problem.pointer = f"/body{problem.pointer}"
        raise
    there = address("entries", call.path["id"], entry=entry.id if call.is_form else "")
    return Reply(entry.as_json(), 201 if is_new else 200, there)


def _show_visit(call: RouteCall) -> Reply:
    view = visit_page(call)
    return Reply(view.as_json(), view=lambda: view)


def _add_visit(call: RouteCall) -> Reply:
    """Store a visit whole."""
    entries = call.desk.add_visit(call.path["id"], call.body, call.account.id, asks=call.is_form)
    return Reply(_entries(entries), 201, f"/people/{call.path['id']}")


# Imports -------------------------------------------------------------------------------------------


def _add_import(call: RouteCall) -> Reply:
    body: ImportBody | None = call.body
    plain = call.raw or (body.text.encode() if body else b"")
    if not plain:
        raise ServiceProblem(
            "WrongBody",
            422,
            "got no file and no text, or an empty one; expected results in it. Choose a file, or paste a text.",
            pointer="/file",
        )
    identity, found = call.desk.preview_import(call.path["id"], plain, call.account.id)
    return Reply({"id": identity} | found.as_json(), 201, f"/people/{call.path['id']}/imports/{identity}")


def _show_import(call: RouteCall) -> Reply:
    dates = call.choice("dates", ("", *DateOrder))
    found = call.desk.show_import(
        call.path["id"], call.path["import"], call.account.id, DateOrder(dates) if dates else None
    )
    return Reply({"id": call.path["import"]} | found.as_json(), view=lambda: import_page(call, found))


def _commit_import(call: RouteCall) -> Reply:
    body: CommitBody = call.body
    dates = DateOrder(body.dates) if body.dates else None
    entries, is_new = call.desk.commit_import(
        call.path["id"], call.path["import"], body.confirmed, call.account.id, dates
    )
    return Reply(_entries(entries), 201 if is_new else 200, f"/people/{call.path['id']}")


def _entries(entries: list[Entry]) -> dict[str, Any]:
    return {"items": [one.as_json() for one in entries]}


PEOPLE_ROUTES = (
    Route("GET", "/people", _list_people, "List people", query=("due", "alert", "after", "limit")),
    Route("POST", "/people", _add_person, "Add a person", PersonBody, status=201, is_once=True, refusal=refused_person),
    Route("POST", "/people/search", _search_people, "Find people by a part of their pseudonym", SearchBody),
    Route("GET", "/people/{id}", _show_person, "One person", query=("protocol", "region", "on")),
    Route("GET", "/people/{id}/patient", _show_patient, "A person's own page", query=("protocol", "region", "on")),
    Route(
        "DELETE", "/people/{id}", _delete_person, "Delete a person", needs_version=True, is_signature=True, status=204
    ),
    Route(
        "POST",
        "/people/{id}/deletion",
        _delete_by_form,
        "Delete a person by form",
        DeletionBody,
        needs_version=True,
        is_signature=True,
    ),
    Route(
        "GET",
        "/people/{id}/entries",
        _list_entries,
        "Every entry, and what superseded what",
        query=("before", "entry"),
    ),
    Route(
        "POST",
        "/people/{id}/entries",
        _add_entry,
        "Add or correct an entry",
        EntryBody,
        needs_version=True,
        is_once=True,
        status=201,
        refusal=refused_entry,
    ),
    Route("GET", "/people/{id}/visit", _show_visit, "What a visit asks for", query=("protocol", "region", "on")),
    Route(
        "POST",
        "/people/{id}/visit",
        _add_visit,
        "Store the results and answers of a visit together",
        VisitBody,
        status=201,
        is_once=True,
        refusal=refused_visit,
    ),
    Route(
        "POST",
        "/people/{id}/imports",
        _add_import,
        "Preview a file",
        ImportBody,
        takes_file=True,
        is_once=True,
        status=201,
        refusal=refused_entry,
    ),
    Route("GET", "/people/{id}/imports/{import}", _show_import, "A preview", query=("dates",)),
    Route(
        "POST",
        "/people/{id}/imports/{import}/commit",
        _commit_import,
        "Take the entries of a file",
        CommitBody,
        is_once=True,
        status=201,
    ),
)
