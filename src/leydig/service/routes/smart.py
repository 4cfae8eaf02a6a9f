"""SMART App Launch over HTTP: to a clinic's record and back, and what came of it into a man's file."""

import json
from http.cookies import SimpleCookie
from typing import Any

from leydig.service.bodies import PersonBody, SmartBody
from leydig.service.http.call import LAUNCH_COOKIE, Reply, Route, RouteCall
from leydig.service.http.guard import cookie_name
from leydig.service.problems import ServiceProblem
from leydig.service.systems.launch import LAUNCH_LASTS
from leydig.web.addresses import address
from leydig.web.view import View
from leydig.web.views.entry.imports import arrival_view, results_view, systems_view

__all__ = ["SMART_ROUTES"]

_SEXES = ("male", "female")  # of FHIR, as a record says them


def _list(call: RouteCall) -> Reply:
    found = [(one.name, one.fhir) for one in call.rooms.options.systems.smart]
    return Reply({}, view=lambda: systems_view(found))


def _launch(call: RouteCall) -> Reply:
    """Lead the browser to the authorization server of a system that is named."""
    there, secret = call.rooms.launches.begin(call.query.get("iss", ""), call.query.get("launch", ""))
    return Reply(status=303, location=there, headers={"set-cookie": _cookie(call, secret)})


def _cookie(call: RouteCall, secret: str) -> str:
    """Return the cookie of a launch: it goes with a browser that another site leads back, as a session's does not."""
    name = cookie_name(call.rooms.options, LAUNCH_COOKIE)
    cookie: SimpleCookie = SimpleCookie({name: secret})
    cookie[name].update({"path": "/", "max-age": str(int(LAUNCH_LASTS) if secret else 0), "samesite": "Lax"})
    cookie[name]["httponly"] = True
    cookie[name]["secure"] = call.rooms.options.secure
    return cookie[name].OutputString()


def _receive(call: RouteCall) -> Reply:
    """Take the code; the way on is a link of this page, with which a browser sends its session again."""
    if "error" in call.query:
        raise ServiceProblem(
            "LaunchRefused", 403, "got a refusal of the other system; expected a code. Begin again from the record."
        )
    name = call.rooms.launches.receive(call.launch, call.query.get("state", ""), call.query.get("code", ""))
    return Reply({}, view=lambda: arrival_view(name))


def _show_results(call: RouteCall) -> Reply:
    name = call.rooms.launches.name(call.launch)
    return Reply({}, view=lambda: _results_page(call, name))


def _results_page(call: RouteCall, name: str, refusal: str = "", pointer: str = "") -> View:
    people = call.desk.pseudonyms(call.account.id)
    return results_view(name, people, pseudonym=call.draft.get("pseudonym", ""), refusal=refusal, pointer=pointer)


def _refused_results(call: RouteCall, problem: ServiceProblem) -> View:
    named = [one.name for one in call.rooms.options.systems.smart]
    return _results_page(call, " / ".join(named), problem.detail, problem.pointer)


def _take_results(call: RouteCall) -> Reply:
    """Fetch the results of the man and show what they would add to his file."""
    body: SmartBody = call.body
    if bool(body.person) == bool(body.pseudonym.strip()):
        raise ServiceProblem(
            "WrongBody", 422, "got both or neither of a man and a new pseudonym; expected one. Choose one.",
            pointer="/person",
        )  # fmt: skip
    if body.person:
        call.desk.person(body.person, call.account.id, "import.read")  # before the one code is used up
    bundle = call.rooms.launches.fetch(call.launch)
    person = body.person or call.desk.add_person(_person_body(bundle, body.pseudonym), call.account.id).id
    identity, found = call.desk.preview_import(person, json.dumps(bundle, default=str).encode(), call.account.id)
    there = address("import", person, identity)
    return Reply(
        {"id": identity, "person": person} | found.as_json(), 201, there, headers={"set-cookie": _cookie(call, "")}
    )


def _person_body(bundle: dict[str, Any], pseudonym: str) -> PersonBody:
    him = bundle["entry"][0]["resource"]
    sex, born = him.get("gender"), him.get("birthDate")
    if sex not in _SEXES:
        raise ServiceProblem(
            "WrongBody", 422, "got a man of no sex that a record holds; expected male or female. Add him by hand.",
            pointer="/pseudonym",
        )  # fmt: skip
    return PersonBody(pseudonym=pseudonym, sex=sex, born=born if isinstance(born, str) and len(born) == 10 else "")


_BACK = ("code", "state", "error", "error_description", "error_uri", "iss", "session_state")
SMART_ROUTES = (
    Route("GET", "/smart", _list, "Systems from which results are fetched"),
    Route("GET", "/smart/launch", _launch, "Go to a system (SMART App Launch)", query=("iss", "launch"), status=303),
    Route("GET", "/smart/callback", _receive, "Come back from it", query=_BACK),
    Route("GET", "/smart/results", _show_results, "Whose its results are"),
    Route(
        "POST",
        "/smart/results",
        _take_results,
        "Fetch them and preview",
        SmartBody,
        status=201,
        refusal=_refused_results,
    ),
)
