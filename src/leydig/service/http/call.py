"""A call: all that a route knows of a request."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from leydig.errors import UnknownName
from leydig.service.access.accounts import Account, Accounts
from leydig.service.access.factors import SecondFactors
from leydig.service.access.sessions import Session, Sessions
from leydig.service.bodies import RequestBody
from leydig.service.clinic.desk import Desk
from leydig.service.http.turns import Turns
from leydig.service.jobs.queue import JobQueue
from leydig.service.jobs.worker import worker_name
from leydig.service.options import ServiceOptions
from leydig.service.problems import ServiceProblem
from leydig.service.storage.answers import RequestKey
from leydig.service.systems.hook_token import HookTokens
from leydig.service.systems.launch import Launches
from leydig.web.view import View

__all__ = ["LAUNCH_COOKIE", "Reply", "Rooms", "Route", "RouteCall"]

LAUNCH_COOKIE = "leydig-launch"


@dataclass(frozen=True)
class Rooms:
    """What routes work with."""

    desk: Desk
    accounts: Accounts
    factors: SecondFactors
    sessions: Sessions
    queue: JobQueue
    options: ServiceOptions
    tokens: HookTokens
    launches: Launches
    worker: str = field(default_factory=worker_name)
    turns: Turns = field(default_factory=Turns)
    background: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "forecast"))


@dataclass(frozen=True)
class RouteCall:
    """A request, read.

    Attributes
    ----------
    rooms : Rooms
    path : dict of str to str
        What its address names.
    query : dict of str to str
    session : Session or None
    body : RequestBody or None
    raw : bytes
        The file that came; empty where none did.
    version : str
        Of `If-Match`, or of the form.
    token : str
        The secret of its session.
    address : str
        From where it came.
    is_form : bool
        Whether a browser's form sent it.
    draft : dict of str to str
        What came with a request that was refused.
    draft_text : str
        The form that was refused, as `leydig.web.draft.draft_text` writes it.
    bearer : str
        The bearer token that came with it.
    launch : str
        The secret of a launch that its browser began.
    key : RequestKey or None
        By which it is known when it comes again.
    """

    rooms: Rooms
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    session: Session | None = None
    body: Any = None
    raw: bytes = b""
    version: str = ""
    token: str = ""
    address: str = ""
    is_form: bool = False
    draft: dict[str, str] = field(default_factory=dict)
    draft_text: str = ""
    bearer: str = ""
    launch: str = ""
    key: RequestKey | None = None

    @property
    def account(self) -> Account:
        """Who asks; the guard has seen to it that somebody does."""
        if self.session is None:
            raise ServiceProblem("NotSignedIn", 401, "got no session; expected one. Sign in.")
        return self.session.account

    @property
    def desk(self) -> Desk:
        """The desk at which it is worked on."""
        return self.rooms.desk

    def number(self, name: str, otherwise: int, most: int) -> int:
        """Return a whole number of the query, from 1 to `most`."""
        text = self.query.get(name, "")
        if not text:
            return otherwise
        if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most or len(text) > 9:
            raise ServiceProblem(
                "WrongQuery",
                422,
                f"got {name} {text[:20]!r}; expected a whole number from 1 to {most}. Write such as {otherwise}.",
                pointer=f"/{name}",
            )
        return int(text)

    def choice(self, name: str, words: tuple[str, ...]) -> str:
        """Return one of some words of the query; the first where it says nothing."""
        text = self.query.get(name, "") or words[0]
        if text not in words:
            raise ServiceProblem(
                "WrongQuery", 422, str(UnknownName.among(name, text, filter(None, words))), pointer=f"/{name}"
            )
        return text


@dataclass(frozen=True)
class Reply:
    """What is answered.

    Attributes
    ----------
    content : Any
        JSON content.
    status : int
    location : str
        Of what was made; a browser's form is led there.
    version : str
        For `ETag`.
    file : bytes or None
        In place of JSON.
    media : str
        Of the file.
    name : str
        Under which a browser saves the file; empty where it shows it.
    token : str or None
        The secret of a session that begins; empty where one ends.
    session : Session or None
        The session that begins.
    view : function or None
        Gives its page; what the page says stands in the JSON too.
    headers : dict of str to str
        Further ones.
    events : function or None
        Asked again and again for what is to be sent on, and whether it is over, where a caller wants events.
    """

    content: Any = None
    status: int = 200
    location: str = ""
    version: str = ""
    file: bytes | None = None
    media: str = ""
    name: str = ""
    token: str | None = None
    session: Session | None = None
    view: Callable[[], View] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    events: Callable[[], tuple[dict[str, Any], bool]] | None = None


@dataclass(frozen=True)
class Route:
    """A route.

    Attributes
    ----------
    method, path : str
    answer : function
        From a `RouteCall` to a `Reply`.
    title : str
        What it does, for the description of the interface.
    body : type of RequestBody, optional
    query : tuple of str
        What its query may say.
    takes_file : bool
        Whether its body may be a file.
    needs_version : bool
        Whether it changes what somebody may have changed before: a version is asked for.
    is_signature : bool
        Whether it signs, hands out or deletes: the password must have been written just before.
    status : int
        Of what is answered when all is well.
    media : str
        Of what is answered.
    refusal : function, optional
        Gives the page on which a browser sees what was refused, beside what it had sent.
    may_wait : bool
        Whether it answers 202 and the address of a job where it takes long.
    is_once : bool
        Whether it adds something, so that a request with a key is done once.
    """

    method: str
    path: str
    answer: Callable[[RouteCall], Reply]
    title: str
    body: type[RequestBody] | None = None
    query: tuple[str, ...] = ()
    takes_file: bool = False
    needs_version: bool = False
    is_signature: bool = False
    status: int = 200
    media: str = "application/json"
    refusal: Callable[[RouteCall, ServiceProblem], View] | None = None
    may_wait: bool = False
    is_once: bool = False

    @property
    def name(self) -> str:
        """Its name in the table of permissions."""
        return f"{self.method} {self.path}"
