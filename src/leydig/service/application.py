"""The application: every route at its address and under ``/api/v1``, with its guard and its description."""

from collections.abc import Sequence

from leydig.extras import extra
from leydig.service.access.accounts import Accounts
from leydig.service.access.factors import SecondFactors
from leydig.service.access.passwords import Passwords
from leydig.service.access.sessions import Sessions
from leydig.service.clinic.desk import Desk
from leydig.service.http.call import Rooms, Route
from leydig.service.http.description import describe_route
from leydig.service.http.endpoint import endpoint_of
from leydig.service.http.guard import Guard
from leydig.service.http.limits import Surround
from leydig.service.http.pages import answer_stray, wants_page
from leydig.service.http.replies import respond_problem
from leydig.service.jobs.queue import JobQueue
from leydig.service.options import ServiceOptions
from leydig.service.problems import ServiceProblem
from leydig.service.routes.account import ACCOUNT_ROUTES
from leydig.service.routes.catalogs import CATALOG_ROUTES
from leydig.service.routes.documents import DOCUMENT_ROUTES
from leydig.service.routes.hooks import HOOK_ROUTES
from leydig.service.routes.jobs import JOB_ROUTES
from leydig.service.routes.opinions import OPINION_ROUTES
from leydig.service.routes.people import PEOPLE_ROUTES
from leydig.service.routes.populations import POPULATION_ROUTES
from leydig.service.routes.sign_in import ACCESS_ROUTES
from leydig.service.routes.smart import SMART_ROUTES
from leydig.service.storage.database import Database
from leydig.service.systems.hook_token import HookTokens
from leydig.service.systems.launch import Launches
from leydig.version import VERSION

with extra("web"):
    from fastapi import FastAPI
    from starlette.concurrency import run_in_threadpool
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Match
    from starlette.routing import Route as Addressed

__all__ = ["API", "ROUTES", "application", "rooms_of"]

API = "/api/v1"
ROUTES: tuple[Route, ...] = (
    *ACCESS_ROUTES,
    *ACCOUNT_ROUTES,
    *PEOPLE_ROUTES,
    *OPINION_ROUTES,
    *DOCUMENT_ROUTES,
    *CATALOG_ROUTES,
    *HOOK_ROUTES,
    *JOB_ROUTES,
    *POPULATION_ROUTES,
    *SMART_ROUTES,
)


def rooms_of(database: Database, options: ServiceOptions) -> Rooms:
    """Return what routes work with."""
    accounts = Accounts(database, Passwords(options.cost))
    return Rooms(
        Desk(database), accounts, SecondFactors(database), Sessions(database), JobQueue(database), options,
        HookTokens(database, options.systems), Launches(database, options.systems),
    )  # fmt: skip


def application(rooms: Rooms, routes: Sequence[Route] = ROUTES) -> Surround:
    """Return the service as an ASGI application.

    Parameters
    ----------
    rooms : Rooms
    routes : sequence of Route, optional
        Those of the service when left out.

    Raises
    ------
    KeyError
        When a route has no row in the table of permissions.
    """
    app = FastAPI(title="Leydig", version=VERSION, docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    for route in routes:
        endpoint = endpoint_of(route, rooms)
        app.add_api_route(
            API + route.path, endpoint, methods=[route.method], status_code=route.status, response_model=None,
            response_class=Response, openapi_extra=describe_route(route),  # the description says what it holds
        )  # fmt: skip
        app.add_route(route.path, endpoint, [route.method], include_in_schema=False)  # and the head of what is read
        if route.method == "GET":
            app.add_route(API + route.path, endpoint, ["HEAD"], include_in_schema=False)
    guard = Guard(rooms.sessions, rooms.options)

    async def answer_http_error(request: Request, error: Exception) -> Response:
        """Answer what has no address, or no such method there; a browser with a page."""
        assert isinstance(error, HTTPException)
        session = await run_in_threadpool(guard.find_session, request) if wants_page(request) else None
        problem = _stray_problem(error, _methods_of(app, request))
        return await run_in_threadpool(answer_stray, problem, request, session, rooms.options)

    app.add_exception_handler(HTTPException, answer_http_error)
    app.add_exception_handler(Exception, _answer_error)
    return Surround(app, rooms.options)


def _methods_of(app: FastAPI, request: Request) -> str:
    """Return every method that an address knows."""
    known = (
        one for one in app.routes if isinstance(one, Addressed) and one.matches(request.scope)[0] is not Match.NONE
    )
    return ", ".join(sorted({method for one in known for method in one.methods or ()}))


def _stray_problem(error: HTTPException, allow: str) -> ServiceProblem:
    """Return what is wrong with a request that no route has."""
    if error.status_code == 405:
        return ServiceProblem(
            "WrongMethod",
            405,
            f"got a method that this address does not know; expected {allow}. See /openapi.json.",
            allow=allow,
        )
    return ServiceProblem(
        "NotFound", error.status_code, "got an address that nothing has; expected one of /openapi.json. See there."
    )


async def _answer_error(_: Request, error: Exception) -> Response:
    """Answer an error of the program; what it was about stays out of the answer."""
    return respond_problem(
        ServiceProblem(
            "InternalError",
            500,
            f"got {type(error).__name__} inside; expected none. Nothing was written; tell who runs the service.",
        )
    )
