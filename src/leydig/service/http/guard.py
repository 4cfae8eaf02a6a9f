"""The guard: who asks, whether he may, and whether the request is his own doing."""

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from leydig.extras import extra
from leydig.service.access.roles import PERMISSIONS, is_open
from leydig.service.access.sessions import FRESH, Session, Sessions
from leydig.service.http.call import Route
from leydig.service.http.cross_origin import allows_origin
from leydig.service.options import ServiceOptions
from leydig.service.problems import ServiceProblem

with extra("web"):
    from starlette.requests import Request

__all__ = ["CONFIRMATION_NEEDED", "FACTOR_NEEDED", "NOT_SIGNED_IN", "NO_TOKEN", "Guard", "address_of", "cookie_name"]

SAFE = ("GET", "HEAD")
HEADER = "x-csrf-token"
FACTOR_NEEDED, CONFIRMATION_NEEDED = "FactorNeeded", "ConfirmationNeeded"
NOT_SIGNED_IN, NO_TOKEN = "NotSignedIn", "NoToken"
_DEMO = (
    "POST /sign-in",
    "POST /sign-out",
    "POST /people/search",
    "POST /simulations",
    "POST /trials",
    "POST /evidence/replays",
    "POST /jobs/{job}/cancellation",
)  # what writes no person


@dataclass(frozen=True)
class Guard:
    """The guard of a service.

    Attributes
    ----------
    sessions : Sessions
    options : ServiceOptions
    """

    sessions: Sessions
    options: ServiceOptions

    def find_session(self, request: Request) -> Session | None:
        """Return who is signed in; None where nobody is."""
        return self.sessions.find(request.cookies.get(cookie_name(self.options), ""))

    def check(self, route: Route, request: Request, session: Session | None) -> None:
        """Refuse who may not.

        Raises
        ------
        ServiceProblem
            Status 401 where nobody is signed in, 403 where the role is another.
        """
        if route.method not in SAFE and not allows_origin(request.url.path, request.headers, self.options):
            self._check_origin(request)
        if is_open(route.name):
            return
        if session is None:
            raise ServiceProblem(NOT_SIGNED_IN, 401, "got no session, or one that ended; expected one. Sign in.")
        allowed = PERMISSIONS[route.name] or frozenset()
        if session.account.role not in allowed:
            raise ServiceProblem(
                "NotAllowed",
                403,
                f"got role {session.account.role}; expected "
                f"{' or '.join(sorted(allowed))}. Ask one of them, or an admin for another role.",
            )
        self._check_factor(route, session)
        if self.options.demo and route.method not in SAFE and route.name not in _DEMO:
            raise ServiceProblem(
                "Demonstration",
                403,
                "got a change of an invented clinic; expected none: "
                "nothing is written here. Start leydig serve without --demo.",
            )

    def _check_factor(self, route: Route, session: Session) -> None:
        """Refuse who has no second factor where his role must have one; his own account he may see to."""
        is_own = route.path.startswith("/account") and not route.path.startswith("/accounts")
        is_enough = session.has_factor or is_own or route.name == "POST /sign-out"
        if session.account.role in self.options.factor_roles and not is_enough:
            raise ServiceProblem(
                FACTOR_NEEDED,
                403,
                f"got a session of role {session.account.role} without a second factor; expected one here. "
                "Set it up: /account",
            )

    def check_token(self, route: Route, request: Request, session: Session | None, token: str) -> None:
        """Refuse a change that does not carry the token of its session, in a header or a form."""
        if route.method in SAFE or is_open(route.name) or session is None:
            return
        sent = request.headers.get(HEADER) or token
        if not hmac.compare_digest(sent.encode(), session.csrf.encode()):
            raise ServiceProblem(
                NO_TOKEN,
                403,
                "got a change without the token of its session; expected "
                "X-CSRF-Token, or csrf of the form. Load the page again; see GET /account.",
            )

    def check_confirmation(self, route: Route, session: Session | None) -> None:
        """Refuse a signature, an export or a deletion by who wrote his password too long ago."""
        if route.is_signature and session is not None and not session.is_fresh:
            raise ServiceProblem(
                CONFIRMATION_NEEDED,
                403,
                f"got a password that was written more than {FRESH / 60:.0f} minutes ago; expected it again before one "
                "signs, exports, deletes or manages accounts. Write it at /account/confirmation, or in the form.",
                pointer="/confirmation",
            )

    def _check_origin(self, request: Request) -> None:
        """Refuse what another site has a browser send."""
        origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
        is_foreign = site is not None and site not in ("same-origin", "none")
        if origin is not None and origin != "null":
            is_foreign = is_foreign or urlsplit(origin).netloc != request.headers.get("host", "")
        if is_foreign or origin == "null":
            raise ServiceProblem(
                "ForeignOrigin",
                403,
                "got a change that another site had a browser "
                "send; expected one from a page of this service. Open the page itself.",
            )


def cookie_name(options: ServiceOptions, name: str = "leydig") -> str:
    """Return the name of a cookie that holds a secret; of that of a session when left out."""
    return f"__Host-{name}" if options.secure else name


def address_of(request: Request, options: ServiceOptions) -> str:
    """Return from where a request came; what a header says of it is taken from the named proxy alone."""
    direct = request.client.host if request.client else ""
    said = request.headers.get("x-forwarded-for", "")
    return said.rpartition(",")[2].strip() if options.proxy and direct == options.proxy and said else direct
