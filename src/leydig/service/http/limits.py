"""What stands around every request: its host, its size, and the headers of its answer."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from leydig.characters import hidden_character
from leydig.service.http.cross_origin import allows_origin, cross_origin_headers, is_preflight
from leydig.service.http.pages import is_of_browser
from leydig.service.http.reading import LARGEST, LARGEST_FILE
from leydig.service.http.replies import problem_bytes
from leydig.service.options import ServiceOptions
from leydig.service.problems import ServiceProblem
from leydig.web import Frame, page
from leydig.web.addresses import address, addressed_person
from leydig.web.views.problem import problem_view

__all__ = ["Surround"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
POLICY = "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'; object-src 'none'"
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # without one a browser sends forms with the origin "null", which is refused
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_FILE = re.compile(r"/imports/?$|/cds-services/")  # addresses that take a file or a bundle
YEAR = 31_536_000  # [s]
PATIENCE = 60.0  # [s] in which a body comes whole


class Surround:
    """Stands around an application.

    Parameters
    ----------
    inner : callable
        The application.
    options : ServiceOptions
    """

    def __init__(self, inner: Any, options: ServiceOptions) -> None:
        self.inner, self.options = inner, options
        self.headers = [(key.encode(), value.encode()) for key, value in HEADERS.items()]
        if options.secure:
            self.headers.append((b"strict-transport-security", f"max-age={YEAR}; includeSubDomains".encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        begun = False

        async def send_on(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(self._with_headers(message, more))

        said = dict(scope["headers"])
        words = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        is_named = allows_origin(scope["path"], words, self.options)
        more = cross_origin_headers(words["origin"]) if is_named else []
        try:
            self._check_host(said.get(b"host", b"").decode("latin-1"))
            _check_path(scope["path"])
            most = LARGEST_FILE if _FILE.search(scope["path"]) else LARGEST
            if is_named and is_preflight(scope["method"], words):
                await send_on({"type": "http.response.start", "status": 204, "headers": []})
                await send_on({"type": "http.response.body", "body": b""})
                return
            _check_length(said.get(b"content-length", b"0"), most)
            await self.inner(scope, _limit_body(receive, most), send_on)
        except ServiceProblem as problem:
            if begun:
                raise
            shows_page = is_of_browser(scope["path"], words.get("accept", ""))
            await _send_problem(problem, send_on, scope["path"] if shows_page else "")

    def _check_host(self, host: str) -> None:
        """Refuse a name under which the service is not asked for: a foreign page may have led a browser here."""
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name.lower() not in self.options.hosts:
            raise ServiceProblem(
                "WrongHost",
                421,
                f"got host {name[:80]!r}; expected "
                f"{' or '.join(self.options.hosts)}. Name it when the service starts: --host.",
            )

    def _with_headers(self, message: Message, more: list[tuple[bytes, bytes]]) -> Message:
        if message["type"] != "http.response.start":
            return message
        there = {key.lower() for key, _ in message["headers"]}
        more = more + [one for one in self.headers if one[0] not in there]
        more += [] if b"cache-control" in there else [(b"cache-control", b"no-store")]
        return {**message, "headers": [*message["headers"], *more]}


def _check_path(path: str) -> None:
    """Refuse an address that nobody can type: null and what turns text around reach no table and no log."""
    hidden = hidden_character(path)
    if hidden:
        raise ServiceProblem(
            "NotFound", 404, f"got {hidden} in the address; expected what can be seen. See /openapi.json."
        )


def _check_length(said: bytes, most: int) -> None:
    if not said.isdigit() or len(said.lstrip(b"0")) > len(str(most)) or int(said) > most:
        raise _problem(most)


def _problem(most: int) -> ServiceProblem:
    return ServiceProblem(
        "TooLarge",
        413,
        f"got a body of more than {most:,} bytes; expected fewer. Send a part of it, or one person's file.",
    )


def _limit_body(receive: Receive, most: int) -> Receive:
    """Return a way to receive that ends where a body goes on beyond its limit, or comes too slowly."""
    taken, until, is_whole = 0, time.monotonic() + PATIENCE, False

    async def receive_on() -> Message:
        nonlocal taken, is_whole
        if is_whole:  # what comes after it is that who asked has gone
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), max(until - time.monotonic(), 0.0))
        except TimeoutError as error:
            raise ServiceProblem(
                "TooSlow", 408, f"got no whole body within {PATIENCE:.0f} seconds; expected one. Send it again."
            ) from error
        is_whole = not message.get("more_body", False)
        taken += len(message.get("body", b""))
        if taken > most:
            raise _problem(most)
        return message

    return receive_on


async def _send_problem(problem: ServiceProblem, send: Send, path: str) -> None:
    """Send a problem; as a page with the way back where a browser asked for a path."""
    headers, body = problem_bytes(problem)
    if path:
        person = addressed_person(path)
        view = problem_view(problem.as_json(), back=address("man", person) if person else "")
        headers, body = {"content-type": "text/html; charset=utf-8"}, page(view, Frame(path=path)).encode()
    pairs = [(key.encode(), value.encode()) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
