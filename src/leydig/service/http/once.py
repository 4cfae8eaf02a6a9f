"""A request with a key is done once: asked again within a day, it gets what was answered then.

A program names the key in ``Idempotency-Key``; a page of a browser has one for its forms, so that who clicks twice asks
once. What is written and what is answered are one transaction: a program that got no answer may always ask again.
"""

import hashlib
import re
from typing import TYPE_CHECKING, Any

from leydig.extras import extra
from leydig.service.http.call import Reply, Route, RouteCall
from leydig.service.http.reading import RequestContent
from leydig.service.problems import ServiceProblem
from leydig.service.storage.act import Act
from leydig.service.storage.answers import RequestKey, find_answer, keep_answer
from leydig.web.addresses import addressed_person

if TYPE_CHECKING:
    from leydig.service.access.sessions import Session

with extra("web"):
    from starlette.requests import Request

__all__ = ["HEADER", "answer_once", "request_key"]

HEADER = "idempotency-key"
_KEY = re.compile(r'"([\x20\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255})', re.ASCII)


def request_key(
    route: Route, request: Request, session: "Session | None", content: RequestContent
) -> RequestKey | None:  # fmt: skip
    """Return the key of a request; None where it has none.

    Raises
    ------
    ServiceProblem
        Status 400, when it is none, or the route takes none.
    """
    said = request.headers.get(HEADER, "")
    if said and not route.is_once:
        raise ServiceProblem(
            "WrongKey", 400, "got an Idempotency-Key; expected none here, where nothing is added. Leave it out."
        )
    found = _KEY.fullmatch(said)
    if said and found is None:
        raise ServiceProblem(
            "WrongKey",
            400,
            f"got an Idempotency-Key of {len(said)} characters; expected 1 to 255 visible ones of ASCII. Take a UUID.",
        )
    key = (found[1] or found[2]) if found is not None else ""
    if not route.is_once or session is None or not (key or content.request):
        return None
    asked = hashlib.sha256(content.raw).hexdigest() if content.raw else content.content
    version = content.version or request.headers.get("if-match", "")
    question = [sorted(request.query_params.multi_items()), asked, version]
    who = (session.account.id, route.name, *request.path_params.values())
    if key:
        return RequestKey.of((*who, "program", key), question)
    alike = RequestKey.of((), question).question  # forms of one page share a key: another content is another request
    return RequestKey.of((*who, "form", content.request, alike), question)


def answer_once(route: Route, call: RouteCall) -> Reply:
    """Answer a request; where its key was answered, the same again."""
    key, database = call.key, call.desk.database
    if key is None:
        return route.answer(call)
    if route.may_wait:  # it is worked out beside, holds nobody up, and gives the same when it is asked again
        with database.look() as connection:
            kept = find_answer(connection, key)
        reply = route.answer(call) if kept is None else _repeat(call, kept)
        if kept is None:
            with database.enter(Act("answer.keep", call.account.id)) as connection:
                database.lock_all(connection)
                keep_answer(connection, key, _content(reply), _person(call, reply))
        return reply
    with database.unite() as connection:
        database.lock_all(connection)
        kept = find_answer(connection, key)
        if kept is not None:
            return _repeat(call, kept)
        reply = route.answer(call)
        keep_answer(connection, key, _content(reply), _person(call, reply))
        return reply


def _content(reply: Reply) -> dict[str, Any]:
    return {"content": reply.content, "status": reply.status, "location": reply.location, "version": reply.version}


def _repeat(call: RouteCall, kept: dict[str, Any]) -> Reply:
    with call.desk.database.enter(Act("answer.repeat", call.account.id, call.path.get("id", ""))):
        return Reply(**kept, headers={"idempotency-replayed": "true"})


def _person(call: RouteCall, reply: Reply) -> str:
    """Return whom an answer is about: of the address that was asked, or of who was added."""
    return call.path.get("id", "") or addressed_person(reply.location)
