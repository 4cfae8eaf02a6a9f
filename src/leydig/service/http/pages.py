"""Pages: a reply as HTML for who asks with a browser, and a refusal as the page it came from."""

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from leydig.errors import LeydigError
from leydig.extras import extra
from leydig.service.access.sessions import Session
from leydig.service.http.call import Reply, RouteCall
from leydig.service.http.guard import CONFIRMATION_NEEDED, FACTOR_NEEDED, NO_TOKEN, NOT_SIGNED_IN, SAFE
from leydig.service.http.replies import respond, respond_problem, set_session
from leydig.service.options import ServiceOptions
from leydig.service.problems import ServiceProblem
from leydig.web import Frame, page
from leydig.web.draft import read_draft
from leydig.web.views.problem import problem_view
from leydig.web.views.sign_in import sign_in_view

if TYPE_CHECKING:
    from leydig.service.http.call import Route
    from leydig.web.view import View

with extra("web"):
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["answer_problem", "answer_reply", "answer_stray", "is_of_browser", "wants_page"]

API = "/api/v1"
AGAIN = (NO_TOKEN, CONFIRMATION_NEEDED)  # a form is shown again: another tab signed in, or the password is missing
_SIGN_IN, _ACCOUNT, _CONFIRMATION = "/sign-in", "/account", "/account/confirmation"


def wants_page(request: Request) -> bool:
    """Return whether a browser asks, which shows a page."""
    return is_of_browser(request.url.path, request.headers.get("accept", ""))


def is_of_browser(path: str, accept: str) -> bool:
    """Return whether who asks for a path and accepts these media is a browser, which shows a page."""
    return not path.startswith(f"{API}/") and "text/html" in accept


def answer_reply(reply: Reply, request: Request, session: Session | None, options: ServiceOptions) -> Response:
    """Return a reply as a page, or as where a form is led; as JSON where no browser asks."""
    if request.method == "HEAD" and reply.events is not None:
        return Response(None, reply.status, media_type="text/event-stream")  # a head does not follow
    if not wants_page(request) or reply.file is not None or reply.events is not None:
        return respond(reply, options)
    if reply.view is not None:
        response = _page(reply.view(), request, reply.session or session, options, reply.status)
    elif request.method not in SAFE and reply.location:
        response = Response(None, 303, reply.headers | {"location": reply.location})
    else:
        return respond(reply, options)
    set_session(response, reply.token, options)
    return response


def answer_problem(
    problem: ServiceProblem, route: "Route", call: RouteCall, request: Request, options: ServiceOptions
) -> Response:
    """Return a refusal as the page of its form, or as a page of its own; as problem details where no browser asks."""
    if not wants_page(request):
        return respond_problem(problem)
    if problem.status == 401 and call.session is None and request.method in SAFE:
        return _lead(_SIGN_IN, request)
    if problem.name == CONFIRMATION_NEEDED and request.method in SAFE:
        return _lead(_CONFIRMATION, request)
    if problem.name == FACTOR_NEEDED and request.method in SAFE:
        return Response(None, 303, {"location": _ACCOUNT})
    back = (
        f"/people/{call.path['id']}" if "id" in call.path and request.url.path != f"/people/{call.path['id']}" else ""
    )
    if problem.name == NOT_SIGNED_IN:
        return _page(sign_in_view(next=back, draft=call.draft_text), request, None, options, problem.status)
    view: View = problem_view(
        problem.as_json(), back=back, draft=read_draft(call.draft_text) if _may_again(problem) else None
    )
    if route.refusal is not None and (problem.status not in (403, 404) or problem.name in AGAIN):
        with suppress(LeydigError):  # where what the page would show is refused too, the problem alone is said
            view = route.refusal(call, problem)
    response = _page(view, request, call.session, options, problem.status)
    if problem.wait:
        response.headers["retry-after"] = str(problem.wait)
    return response


def _may_again(problem: ServiceProblem) -> bool:
    """Return whether a form that was refused may be sent again: with other words, or with the token of now."""
    return problem.status == 422 or problem.name in AGAIN


def _lead(where: str, request: Request) -> Response:
    """Return the way to a page that leads back here."""
    there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Response(None, 303, {"location": f"{where}?next={quote(there, safe='')}"})


def answer_stray(
    problem: ServiceProblem, request: Request, session: Session | None, options: ServiceOptions
) -> Response:
    """Return the refusal of a request that no route has: as a page for a browser, as problem details else."""
    if not wants_page(request):
        return respond_problem(problem)
    response = _page(problem_view(problem.as_json()), request, session, options, problem.status)
    if problem.allow:
        response.headers["allow"] = problem.allow
    return response


def _page(view: "View", request: Request, session: Session | None, options: ServiceOptions, status: int) -> Response:
    """Return a page with what stands around it."""
    frame = Frame(csrf="", demo=options.demo, path=request.url.path)
    if session is not None:
        who = session.account
        frame = Frame(who.name, str(who.role), session.csrf, options.demo, request.url.path, secrets.token_urlsafe(12))
    return Response(page(view, frame), status, media_type="text/html")
