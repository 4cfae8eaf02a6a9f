"""The database: opened, migrated, and entered with an act, by one way for reading and one for writing."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from leydig.errors import BadRecord
from leydig.extras import extra, require
from leydig.log import logger
from leydig.service.storage.act import Act
from leydig.service.storage.audit import append_act
from leydig.service.storage.keys import KeyRing
from leydig.service.storage.tables import SCHEMA

with extra("web"):
    import sqlalchemy as sa
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError
    from sqlalchemy import event
    from sqlalchemy.engine import make_url

__all__ = ["Database", "ring_of", "sqlite_address"]

LOG = logger(__name__)
BUSY = 5.0  # [s] for which a writer waits for another one
FORGET = 2.0  # [s] for which the table of keys is waited for
_ALONE: dict[bool, dict[str, Any]] = {True: {}, False: {"isolation_level": "AUTOCOMMIT"}}
_UNITED: ContextVar[tuple["Database", "sa.Connection"] | None] = ContextVar("united", default=None)
_MIGRATIONS = Path(__file__).with_name("migrations")
_SQLITE = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    f"PRAGMA busy_timeout={round(1000 * BUSY)}",
)


def ring_of(connection: sa.Connection) -> KeyRing:
    """Return what the secrets of a connection's database are under."""
    ring: KeyRing = connection.get_execution_options()["key_ring"]
    return ring


def sqlite_address(path: Path) -> str:
    """Return the address of a database in a file, which is made for this user alone where it is not there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    return f"sqlite:///{path}"


class Database:
    """The database of the service.

    Parameters
    ----------
    address : str
        ``sqlite:///FILE`` or ``postgresql://...``.
    ring : KeyRing, optional
        What its secrets are under; nothing when left out.

    Raises
    ------
    BadRecord
        When it is the address of no such database.
    MissingExtra
        When the extra ``postgres`` is not installed.
    """

    def __init__(self, address: str, ring: KeyRing | None = None) -> None:
        self.engine = _engine(address).execution_options(key_ring=ring or KeyRing())
        self._gate: AbstractContextManager[object] = threading.Lock() if self.is_sqlite else nullcontext()

    @property
    def ring(self) -> KeyRing:
        """What its secrets are under."""
        ring: KeyRing = self.engine.get_execution_options()["key_ring"]
        return ring

    @property
    def is_sqlite(self) -> bool:
        """Whether it is one file."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def enter(self, act: Act) -> Iterator[sa.Connection]:
        """Open a transaction for an act; its audit row is written with what it writes, or nothing is.

        Whoever acts holds the audit before he holds a person: of two of whom each held one, both would wait for ever.
        """
        with self._begin_write() as connection:
            self.lock_all(connection)
            yield connection
            append_act(connection, act)

    @contextmanager
    def read(self, act: Act) -> Iterator[sa.Connection]:
        """Open a transaction that reads for an act, and holds nobody up meanwhile.

        Its audit row is written when all is read and before anybody is told; where that fails, nobody is.
        """
        if self._common_connection() is None:
            with self.snapshot() as connection:
                yield connection
            with self.enter(act):
                pass
        else:
            with self.enter(act) as connection:
                yield connection

    @contextmanager
    def look(self) -> Iterator[sa.Connection]:
        """Open a transaction that reads nothing of a person: accounts, sessions, the audit itself."""
        with self.engine.connect().execution_options(deferred=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def touch(self) -> Iterator[sa.Connection]:
        """Open a transaction that writes what is no act: when a session was seen, refused sign-ins that are old."""
        with self._begin_write() as connection:
            yield connection

    @contextmanager
    def _begin_write(self) -> Iterator[sa.Connection]:
        """Open a transaction that writes. Of one process one at a time writes a file: SQLite lets who waits starve."""
        united = self._common_connection()
        if united is not None:
            yield united
            return
        with self._gate, self.engine.begin() as connection:
            yield connection

    def _common_connection(self) -> sa.Connection | None:
        """Return the connection of `unite`, inside of it."""
        united = _UNITED.get()
        return united[1] if united is not None and united[0] is self else None

    @contextmanager
    def unite(self) -> Iterator[sa.Connection]:
        """Open one transaction for all that is written here until it ends: all of it is written, or nothing is."""
        with self._begin_write() as connection:
            mark = _UNITED.set((self, connection))
            try:
                yield connection
            finally:
                _UNITED.reset(mark)

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """Open a transaction that sees the rows of one moment, however long it reads."""
        how = {"deferred": True} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self.engine.connect().execution_options(**how) as connection, connection.begin():
            yield connection

    def lock_all(self, connection: sa.Connection) -> None:
        """Let every other writer wait until the transaction ends."""
        connection.execute(sa.select(SCHEMA.tables["chain"]).with_for_update())

    def upgrade(self) -> None:
        """Bring the tables to the form that this version knows.

        Raises
        ------
        BadRecord
            When it does not answer, or a newer version wrote it.
        """
        try:
            with self.engine.begin() as connection:
                command.upgrade(_configuration(connection), "head")
        except (sa.exc.OperationalError, sa.exc.DatabaseError) as error:
            why = str(error.orig).partition("\n")[0]
            raise BadRecord(
                f"got a database that does not answer as one ({why}); expected one that may be written. Check its "
                "address."
            ) from error
        except CommandError as error:
            raise BadRecord(
                f"got tables of a form that this version does not know ({error}); expected {self.newest_revision} or "
                "an earlier one. Use the version that wrote it."
            ) from error

    @property
    def revision(self) -> str | None:
        """The form of its tables; None where there are none."""
        with self.look() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    @property
    def newest_revision(self) -> str | None:
        """The form of tables that this version knows."""
        return ScriptDirectory(str(_MIGRATIONS)).get_current_head()

    def forget_pages(self) -> bool:
        """Overwrite the keys that were deleted where they stood; return whether it was done.

        Of a file the log that still holds them is written back and cut; of PostgreSQL the table is written anew, while
        its own log holds them until it is used again (`docs/service.md`). Where somebody reads for long it is not done:
        the next deletion or start does it.
        """
        with self.engine.connect().execution_options(**_ALONE[self.is_sqlite]) as connection:
            if self.is_sqlite:
                row = connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()  # type: ignore[union-attr]
                is_done = row[0] == 0
            else:
                is_done = _write_keys_anew(connection)
        if not is_done:
            LOG.warning("keys that were deleted still stand in the database, which somebody reads for long")
        return is_done

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _write_keys_anew(connection: sa.Connection) -> bool:
    """Write the table of keys anew, without those that were deleted; return whether nobody held it."""
    connection.exec_driver_sql(f"SET lock_timeout = '{round(1000 * FORGET)}ms'")
    try:
        connection.exec_driver_sql("VACUUM (FULL) person_key")
    except (sa.exc.OperationalError, sa.exc.ProgrammingError):  # it is held, or belongs to another role
        return False
    finally:
        connection.exec_driver_sql("RESET lock_timeout")
    return True


def _engine(address: str) -> sa.Engine:
    try:
        url = make_url(address)
    except sa.exc.ArgumentError:
        url = None
    name = url.get_backend_name() if url is not None else ""
    if url is None or name not in ("sqlite", "postgresql"):
        raise BadRecord(
            f"got a database {name or 'of an unreadable address'}; expected sqlite:///FILE or postgresql://... "
            "Give --database such an address, or leave it out."
        )
    if name == "postgresql":
        require("postgres", "psycopg")
        return sa.create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"timeout": BUSY, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_on_sqlite)
    return engine


def _begin_on_sqlite(connection: sa.Connection) -> None:
    """Begin as a writer, who waits for others now and not in the midst; who only looks waits for nobody."""
    deferred = connection.get_execution_options().get("deferred", False)
    connection.exec_driver_sql("BEGIN" if deferred else "BEGIN IMMEDIATE")


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    """Make one connection durable, and leave transactions to the engine."""
    connection.isolation_level = None
    for words in _SQLITE:
        connection.execute(words)


def _configuration(connection: sa.Connection) -> Config:
    found = Config()
    found.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    found.attributes["connection"] = connection
    return found
