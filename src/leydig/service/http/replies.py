"""Replies as bytes: JSON, problems, files, and where a browser's form is led."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from leydig.extras import extra
from leydig.service.access.sessions import LONGEST
from leydig.service.http.call import Reply
from leydig.service.http.guard import cookie_name
from leydig.service.options import ServiceOptions
from leydig.service.problems import MEDIA, ServiceProblem

with extra("web"):
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import Response, StreamingResponse

__all__ = ["problem_bytes", "respond", "respond_problem", "set_session"]

BETWEEN, LASTS = 0.5, 600.0  # [s] between two looks, and in all


def problem_bytes(problem: ServiceProblem) -> tuple[dict[str, str], bytes]:
    """Return headers and body of a problem."""
    headers = {"content-type": MEDIA} | ({"retry-after": str(problem.wait)} if problem.wait else {})
    headers |= {"allow": problem.allow} if problem.allow else {}
    return headers, _json_bytes(problem.as_json())


def respond_problem(problem: ServiceProblem) -> Response:
    """Return a problem as it is sent."""
    headers, body = problem_bytes(problem)
    return Response(body, problem.status, headers)


def respond(reply: Reply, options: ServiceOptions) -> Response:
    """Return a reply as it is sent."""
    headers = {"etag": f'"{reply.version}"'} if reply.version else {}
    headers |= reply.headers | ({"location": reply.location} if reply.location else {})
    if reply.events is not None:
        return StreamingResponse(_send_events(reply.events), reply.status, headers, "text/event-stream")
    if reply.file is not None:
        headers |= {"content-type": reply.media}
        headers |= {"content-disposition": f'attachment; filename="{reply.name}"'} if reply.name else {}
        response = Response(reply.file, reply.status, headers)
    elif reply.content is None and reply.view is None:
        response = Response(None, reply.status, headers)
    else:
        content = (reply.view().to_json() if reply.view is not None else {}) | (reply.content or {})
        response = Response(_json_bytes(content), reply.status, headers | {"content-type": "application/json"})
    set_session(response, reply.token, options)
    return response


async def _send_events(ask: Callable[[], tuple[dict[str, Any], bool]]) -> AsyncIterator[bytes]:
    """Send on what changes, as server-sent events, until it is over or has lasted; a browser asks again then."""
    last: dict[str, Any] | None = None
    for _ in range(round(LASTS / BETWEEN)):
        content, is_over = await run_in_threadpool(ask)
        if content != last:
            yield b"data: " + _json_bytes(content) + b"\n\n"
            last = content
        if is_over:
            return
        await asyncio.sleep(BETWEEN)


def set_session(response: Response, token: str | None, options: ServiceOptions) -> None:
    """Give a browser the secret of its session, or take it back where that is empty."""
    if token is None:
        return
    response.set_cookie(
        cookie_name(options),
        token,
        max_age=int(LONGEST) if token else 0,
        path="/",
        secure=options.secure,
        httponly=True,
        samesite="strict",
    )


def _json_bytes(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")
