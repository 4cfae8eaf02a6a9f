"""A page that is asked for inside of the program, by who has the database: the command line."""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote, urlsplit

from leydig.service.access.accounts import Account
from leydig.service.access.roles import AccountRole
from leydig.service.access.sessions import Session
from leydig.service.http.call import Reply, Rooms, Route, RouteCall
from leydig.service.http.reading import read_query
from leydig.service.problems import ServiceProblem
from leydig.service.storage.act import SYSTEM

__all__ = ["READER", "answer_inside"]

READER = Session(Account(SYSTEM, SYSTEM, AccountRole.READER), "")  # what it sees is stored nowhere


def answer_inside(rooms: Rooms, routes: Iterable[Route], address: str) -> Reply:
    """Return what an address answers to who only reads; as every read it leaves its row in the audit.

    Parameters
    ----------
    rooms : Rooms
    routes : iterable of Route
    address : str
        Such as ``/people?due=overdue``.

    Raises
    ------
    ServiceProblem
        Status 404, when no page has this address, or as its route refuses.
    """
    parts = urlsplit(address)
    for route in routes:
        found = _pattern(route.path).fullmatch(parts.path) if route.method == "GET" else None
        if found is not None:
            query = read_query(parse_qsl(parts.query, keep_blank_values=True), route.query)
            path = {key: unquote(value) for key, value in found.groupdict().items()}
            return route.answer(RouteCall(rooms, path, query, READER))
    raise ServiceProblem(
        "NotFound", 404, f"got {address[:80]!r}, which no page has; expected one such as /people. See docs/service.md."
    )


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))
