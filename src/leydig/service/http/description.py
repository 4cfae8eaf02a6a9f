"""The description of the interface: what every route takes, and every status with which it answers."""

import re
from functools import cache
from typing import Any

from leydig.service.access.roles import PERMISSIONS, is_open
from leydig.service.http.call import Route
from leydig.service.problems import MEDIA

__all__ = ["describe_route"]

_PART = re.compile(r"\{(\w+)\}")
_REFUSALS = {
    400: "The body cannot be read",
    401: "Nobody is signed in",
    403: "Not for this role, or without the token of the session",
    404: "Nothing has this address",
    405: "No such method here",
    408: "The body did not come in time",
    409: "It was changed meanwhile, or is there already",
    412: "The version is not that of now",
    413: "Too large",
    415: "Of a kind that is not read",
    421: "Asked under another host",
    422: "Refused, with a message for each field",
    428: "A version is needed",
    429: "Too many at a time, or too many refused sign-ins",
    500: "An error of the program",
    501: "A library is not installed here",
    502: "Another system does not answer",
}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "pointer": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}}},
        },
    },
}


@cache
def describe_route(route: Route) -> dict[str, Any]:
    """Return what OpenAPI says of a route beyond its path."""
    found: dict[str, Any] = {
        "summary": route.title,
        "operationId": route.name,
        "parameters": [*_parameters(route)],
        "responses": _responses(route),
    }
    if not is_open(route.name):
        found["security"] = [{"session": []}]
        found["description"] = f"For {', '.join(sorted(PERMISSIONS[route.name] or ()))}."
    return found | ({"requestBody": {"required": True, "content": _contents(route)}} if route.body else {})


def _parameters(route: Route) -> list[dict[str, Any]]:
    text = {"type": "string"}
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": text} for name in _PART.findall(route.path)
    ]
    found += [{"name": name, "in": "query", "schema": text} for name in route.query]
    if route.method != "GET" and not is_open(route.name):
        found.append({"name": "X-CSRF-Token", "in": "header", "required": True, "schema": text})
    if route.is_once:
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": text})
    if route.needs_version:
        found.append({"name": "If-Match", "in": "header", "required": False, "schema": text})
    return found


def _contents(route: Route) -> dict[str, Any]:
    assert route.body is not None
    schema = route.body.model_json_schema()
    found: dict[str, Any] = {
        kind: {"schema": schema} for kind in ("application/json", "application/x-www-form-urlencoded")
    }
    if route.takes_file:
        file = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
        found |= {
            "multipart/form-data": {"schema": file},
            "text/csv": {"schema": {"type": "string"}},
            "application/fhir+json": {"schema": {"type": "object"}},
        }
    return found


def _responses(route: Route) -> dict[str, Any]:
    problem = {MEDIA: {"schema": PROBLEM}}
    is_empty = route.status in (204, 303)
    done: dict[str, Any] = {"description": "Done"} | ({} if is_empty else {"content": {route.media: {}}})
    found: dict[str, Any] = {str(route.status): done}
    if route.status in (201, 202):
        found["200"] = done | {"description": "It was there already"}
    if route.may_wait:
        found["202"] = done | {"description": "It takes long: Location is that of a job"}
    if route.method != "GET" or route.path == "/":
        found["303"] = {"description": "A browser is led on"}
    return found | {str(status): {"description": words, "content": problem} for status, words in _REFUSALS.items()}
