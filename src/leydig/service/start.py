"""Starting the service: where it listens and to whom, its database, its first account, and what is compiled ahead."""

import ipaddress
import secrets
import socket
import tempfile
import threading
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from leydig.errors import LeydigError, LeydigWarning, OutOfRange, UnknownName
from leydig.extras import extra
from leydig.json_file import file_text
from leydig.log import logger
from leydig.service.access.roles import AccountRole
from leydig.service.application import application, rooms_of
from leydig.service.clinic.desk import Desk
from leydig.service.http.call import Rooms
from leydig.service.invented import enter_invented_men
from leydig.service.jobs.processes import WorkerProcesses, work_of_database
from leydig.service.options import ServiceOptions
from leydig.service.server import server_settings
from leydig.service.storage.database import Database, sqlite_address
from leydig.service.storage.keys import KeyRing
from leydig.service.storage.sealing import seal_secrets
from leydig.service.systems.scanner import read_scanner
from leydig.service.systems.systems import ClinicSystems, read_systems
from leydig.simulation.cluster import cluster_name

with extra("web"):
    import uvicorn

if TYPE_CHECKING:
    from leydig.record import Record

__all__ = ["ListenAddress", "database_of", "serve_forever", "service_options"]

LOG = logger(__name__)
FILE = "leydig.db"
DEMO_NAME = "demo"
SHORTEST_SECRET = 32  # characters
WARM = ("anastrozole 1 mg daily", "clomiphene 25 mg daily")


@dataclass(frozen=True)
class ListenAddress:
    """Where the service listens.

    Attributes
    ----------
    host : str
    port : int
        0 for any that is free.
    names : tuple of str
        Further names under which browsers ask for it.
    certificate, key : Path or None
        For HTTPS.
    proxy : str
        The address of the proxy before it, which speaks HTTPS with browsers; empty for none.
    hooks_secret : Path or None
        A file with what a clinic's system sends with a call of CDS Hooks.
    workers : int
        Processes that do long work.
    systems : Path or None
        A file that names other systems of the clinic.
    scanner : str
        A command that reads every file that is sent from its standard input, and refuses malware; empty for none.
    cluster : str
        ``dask://host:port`` of a cluster that shares trials and forecasts of many men; empty for none.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    names: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    proxy: str = ""
    hooks_secret: Path | None = None
    workers: int = 1
    systems: Path | None = None
    cluster: str = ""
    scanner: str = ""


def service_options(
    where: ListenAddress, demo: bool = False, factor_roles: Collection[str] = ()
) -> ServiceOptions:  # fmt: skip
    """Return how the service runs where it listens.

    Parameters
    ----------
    where : ListenAddress
    demo : bool, optional
    factor_roles : collection of str, optional
        Roles that must have a second factor.

    Raises
    ------
    OutOfRange
        When others could reach it by plain HTTP, or of certificate and key one is missing.
    UnknownName
        When there is no such role.
    """
    for role in factor_roles:
        if role not in list(AccountRole):
            raise UnknownName.among("role", role, list(AccountRole))
    if (where.certificate is None) != (where.key is None):
        raise OutOfRange("got one of --certificate and --key; expected both. Add the other one.")
    for file in filter(None, (where.certificate, where.key)):
        if not file.is_file():
            raise OutOfRange(f"got {str(file)!r}, where no file is; expected a file in PEM. Check the path.")
    secure = where.certificate is not None or bool(where.proxy)
    cluster_name(where.cluster)
    if not _is_loopback(where.host) and not secure:
        raise OutOfRange(
            f"got --host {where.host}, which others reach, without HTTPS; expected --certificate and --key, or "
            "--behind-proxy ADDRESS. Leave --host out to serve this machine alone."
        )
    own = f"[{where.host}]" if ":" in where.host else where.host
    names = dict.fromkeys((*ServiceOptions().hosts, own, *(name.lower() for name in where.names)))
    secret = _read_secret(where.hooks_secret) if where.hooks_secret else ""
    systems = read_systems(where.systems) if where.systems else ClinicSystems()
    return ServiceOptions(
        hosts=tuple(names), secure=secure, demo=demo, proxy=where.proxy, hooks_secret=secret, ahead=True,
        factor_roles=frozenset(factor_roles), systems=systems, scanner=read_scanner(where.scanner),
    )  # fmt: skip


def _read_secret(path: Path) -> str:
    """Return the secret of a file; raises OutOfRange where it is guessed too soon."""
    secret = file_text(path, OutOfRange, "a file with a secret").strip()
    if len(secret) < SHORTEST_SECRET or not secret.isascii() or len(secret.split()) != 1:
        raise OutOfRange(
            f"{path}: got a secret of {len(secret)} characters; expected {SHORTEST_SECRET} or more, plain and in one "
            "word. Make one: openssl rand -hex 32"
        )
    return secret


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def database_of(
    data: Path | None, address: str = "", demo: bool = False, master_key: Path | None = None
) -> Iterator[Database]:  # fmt: skip
    """Open the database of the service, and close it at the end.

    Parameters
    ----------
    data : Path, optional
        The folder of its file; the user's folder of data when left out.
    address : str, optional
        Of a database in place of the file.
    demo : bool, optional
        Whether it is thrown away at the end.
    master_key : Path, optional
        A file with the key under which the keys of people are.

    Raises
    ------
    BadRecord
        When `address` is none.
    OutOfRange
        When it was written by a newer version.
    """
    if demo:
        with tempfile.TemporaryDirectory(prefix="leydig-demo-") as folder, database_of(Path(folder)) as database:
            yield database
        return
    ring = KeyRing.from_file(master_key)
    database = Database(address or sqlite_address(_folder(data) / FILE), ring)
    try:
        yield database
    finally:
        database.close()


def _folder(data: Path | None) -> Path:
    if data is not None:
        return data.absolute()
    import platformdirs

    return platformdirs.user_data_path("leydig")


def serve_forever(
    database: Database, where: ListenAddress, options: ServiceOptions, *, open_browser: bool = False
) -> Iterator[str]:
    """Serve until the process is told to end; first yield lines that say where, and how to sign in.

    Raises
    ------
    OutOfRange
        When the port is taken.
    BadRecord
        When keys of people are under another master key.
    """
    database.upgrade()
    seal_secrets(database)
    database.forget_pages()
    rooms = rooms_of(database, options)
    with _bind(where) as listener:
        scheme = "https" if where.certificate else "http"
        host = f"[{where.host}]" if ":" in where.host else where.host
        address = f"{scheme}://{host}:{listener.getsockname()[1]}"
        yield f"Leydig at {address} (Ctrl+C ends it)"
        yield from _first_words(rooms, address)
        threading.Thread(target=_warm, args=(rooms.desk,), daemon=True, name="warm").start()
        over = threading.Event()
        threading.Thread(target=rooms.desk.list.keep, args=(over,), daemon=True, name="list").start()
        if open_browser:
            import webbrowser

            threading.Timer(1.0, webbrowser.open, (address,)).start()
        try:
            with _workers(database, where):
                _run(rooms, where, listener)
        finally:
            over.set()


def _bind(where: ListenAddress) -> socket.socket:
    kind = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    listener = socket.socket(kind, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((where.host, where.port))
        listener.listen(128)  # who comes before all is ready waits
    except OSError as error:
        listener.close()
        raise OutOfRange(
            f"got --host {where.host} --port {where.port}: {error.strerror or error}; expected an address of this "
            "machine that is free. Name another port, or 0 for any."
        ) from error
    return listener


def _first_words(rooms: Rooms, address: str) -> Iterator[str]:
    """Yield how the first account signs in, where there is none."""
    if rooms.options.demo:
        count, password = enter_invented_men(rooms.desk), secrets.token_urlsafe(12)
        token = rooms.accounts.invite(DEMO_NAME, AccountRole.CLINICIAN)
        rooms.accounts.accept(token, DEMO_NAME, password)
        yield f"{count} invented men; nothing is kept. Sign in as {DEMO_NAME} with the password {password}"
    elif not rooms.accounts.list_accounts():
        token = rooms.accounts.invite("", AccountRole.ADMIN)
        yield f"Make the first account, once, within a day: {address}/setup/{token}"


@contextmanager
def _workers(database: Database, where: ListenAddress) -> Iterator[None]:
    """Let workers live as long as the service serves."""
    workers = WorkerProcesses(database, where.workers, partial(work_of_database, cluster=where.cluster))
    workers.start()
    try:
        yield
    finally:
        workers.stop()


def _run(rooms: Rooms, where: ListenAddress, listener: socket.socket) -> None:
    settings = server_settings(application(rooms), where.certificate, where.key)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeydigWarning)  # findings and forecasts say it to who asks
        uvicorn.Server(settings).run(sockets=[listener])


def _warm(desk: Desk) -> None:
    """Compile what the first what-if needs, on a man who is nobody."""
    try:
        for regimen in WARM:
            desk.shelf.forecast(_nobody(), regimen, 12.0)
        LOG.info("kernels are warm")
    except LeydigError as error:
        LOG.warning("kernels are not warm: %s", type(error).__name__)


def _nobody() -> "Record":
    import datetime as dt

    from leydig.record import Record, Result

    day = dt.date.today()
    levels = (("bmi", 23.0, "kg/m2"), ("testosterone", 500.0, "ng/dL"), ("lh", 4.0, "IU/L"))
    results = tuple(Result(name, value, day, unit) for name, value, unit in levels)
    return Record("male", dt.date(day.year - 30, 1, 1), results)
