"""One way from a request to its answer: guard, body, route, reply; a refusal leaves its audit row."""

import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from typing import Any

from leydig.errors import LeydigError
from leydig.extras import extra
from leydig.log import logger
from leydig.service.access.roles import is_open
from leydig.service.access.sessions import Session
from leydig.service.bodies import read_body
from leydig.service.http.call import LAUNCH_COOKIE, Reply, Rooms, Route, RouteCall
from leydig.service.http.guard import NOT_SIGNED_IN, Guard, address_of, cookie_name
from leydig.service.http.once import answer_once, request_key
from leydig.service.http.pages import answer_problem, answer_reply, wants_page
from leydig.service.http.reading import RequestContent, read_content, read_query
from leydig.service.http.replies import set_session
from leydig.service.problems import ServiceProblem, problem_of
from leydig.service.storage.act import Act, Outcome
from leydig.service.systems.scanner import scan_file
from leydig.web.draft import draft_text

with extra("web"):
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import Response

__all__ = ["endpoint_of"]

LOG = logger(__name__)
Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint_of(route: Route, rooms: Rooms) -> Endpoint:
    """Return what answers the requests of a route."""
    guard = Guard(rooms.sessions, rooms.options)

    async def endpoint(request: Request) -> Response:
        begun, session, incoming, fresh = time.perf_counter(), None, RequestContent(), ""
        try:
            session = await run_in_threadpool(guard.find_session, request)
            await run_in_threadpool(guard.check, route, request, session)
            with _turn(route, rooms, session):
                if route.method != "GET":
                    incoming = await read_content(request, route.takes_file)
                guard.check_token(route, request, session, incoming.csrf)
                if incoming.raw and not is_open(route.name):  # before anything reads it, and outside of any lock
                    await run_in_threadpool(scan_file, rooms.options.scanner, incoming.raw)
                call = _call(route, rooms, request, session, incoming)
                if route.is_signature and incoming.confirmation and session is not None:
                    fresh = await run_in_threadpool(_confirm, rooms, call, session, incoming.confirmation)
                    session, call = replace(session, confirmed_at=time.time()), replace(call, token=fresh)
                guard.check_confirmation(route, session)
                reply = _count_stream(await run_in_threadpool(answer_once, route, call), rooms, session)
                response = await run_in_threadpool(answer_reply, reply, request, session, rooms.options)
        except ClientDisconnect:  # who asked has gone: nobody is told anything
            return Response(None, 400)
        except LeydigError as error:
            problem = problem_of(error)
            if problem.name == NOT_SIGNED_IN and route.method == "POST" and wants_page(request):
                with suppress(ServiceProblem):  # what was written goes on to who signs in
                    incoming = await read_content(request, route.takes_file)
            call = _refused_call(rooms, request, session, incoming)
            await run_in_threadpool(_note_refusal, rooms, route, request, session, problem)
            response = await run_in_threadpool(answer_problem, problem, route, call, request, rooms.options)
        if fresh:
            set_session(response, fresh, rooms.options)
        took = 1000.0 * (time.perf_counter() - begun)
        LOG.info("%s %s: %d in %.0f ms", route.method, route.path, response.status_code, took)  # no identity, no query
        return response

    return endpoint


def _turn(route: Route, rooms: Rooms, session: Session | None) -> AbstractContextManager[None]:
    """Count a request of who is signed in while it is answered."""
    return nullcontext() if session is None or is_open(route.name) else rooms.turns.enter(session.account.id)


def _count_stream(reply: Reply, rooms: Rooms, session: Session | None) -> Reply:
    """Return a reply whose stream of events is counted."""
    if reply.events is None or session is None:
        return reply
    return replace(reply, events=rooms.turns.follow(session.account.id, reply.events))


def _call(
    route: Route, rooms: Rooms, request: Request, session: Session | None, incoming: RequestContent
) -> RouteCall:  # fmt: skip
    """Return a request, read."""
    body: Any = None
    if route.body is not None and not incoming.raw:
        body = read_body(route.body, incoming.content)
    elif route.body is None and incoming.content:
        raise ServiceProblem("WrongBody", 422, "got a body; expected none here. Leave it out.")
    version = incoming.version or request.headers.get("if-match", "")
    if route.needs_version and not version and _is_change(body):
        raise ServiceProblem(
            "VersionNeeded",
            428,
            "got a change without the version that it changes; expected If-Match. Take the ETag of GET /people/{id}.",
        )
    options = rooms.options
    query = read_query(request.query_params.multi_items(), route.query)
    return RouteCall(
        rooms, dict(request.path_params), query, session, body, incoming.raw, version,
        request.cookies.get(cookie_name(options), ""), address_of(request, options), incoming.is_form,
        bearer=request.headers.get("authorization", "").removeprefix("Bearer ").strip(),
        launch=request.cookies.get(cookie_name(options, LAUNCH_COOKIE), ""),
        key=request_key(route, request, session, incoming),
    )  # fmt: skip


def _confirm(rooms: Rooms, call: RouteCall, session: Session, password: str) -> str:
    """Check the password that a form holds beside its content; return the secret of the session from then on."""
    rooms.accounts.check_present(session.account, password, call.address, "/confirmation")
    return rooms.sessions.confirm(call.token, session.account.id)


def _refused_call(
    rooms: Rooms, request: Request, session: Session | None, incoming: RequestContent
) -> RouteCall:  # fmt: skip
    """Return a request that was refused, with what it had sent."""
    said = incoming.content if incoming.is_form else {}
    draft = {key: "\n".join(value) if isinstance(value, list) else value for key, value in said.items()}
    kept = said | ({"version": incoming.version} if incoming.version and said else {})
    text = "" if incoming.raw else draft_text(request.url.path, kept)
    return RouteCall(
        rooms, dict(request.path_params), dict(request.query_params), session, draft=draft, draft_text=text
    )


def _is_change(body: Any) -> bool:
    """Return whether a body changes what is there; a new entry does not."""
    return bool(getattr(body, "supersedes", True))


def _note_refusal(
    rooms: Rooms, route: Route, request: Request, session: Session | None, problem: ServiceProblem
) -> None:
    """Write the audit row of a request that was refused to somebody who is signed in."""
    if session is None or is_open(route.name):
        return
    outcome = Outcome.DENIED if problem.status in (401, 403) else Outcome.FAILURE
    target = str(request.path_params.get("id", ""))[:26]
    with rooms.desk.database.enter(Act(route.name[:64], session.account.id, target, outcome)):
        pass
