"""Sessions: who is signed in, known by a secret in a cookie of which the database has the hash alone."""

import secrets
import time
from dataclasses import dataclass

from leydig.extras import extra
from leydig.service.access.accounts import Account
from leydig.service.access.attempts import token_hash
from leydig.service.access.roles import AccountRole
from leydig.service.storage.act import Act
from leydig.service.storage.database import Database
from leydig.service.storage.tables import SCHEMA

with extra("web"):
    import sqlalchemy as sa

__all__ = ["Session", "Sessions"]

IDLE, LONGEST = 15 * 60.0, 12 * 3600.0  # [s]
FRESH, CODE_LASTS = 5 * 60.0, 5 * 60.0  # [s] for which a password counts as just written, and a code is waited for
NOTED = 30.0  # [s] between two notes of when a session was last seen
_SESSION, _ACCOUNT, _FACTOR = (SCHEMA.tables[one] for one in ("session", "account", "second_factor"))


@dataclass(frozen=True)
class Session:
    """Who is signed in.

    Attributes
    ----------
    account : Account
    csrf : str
        What every request that changes something carries.
    confirmed_at : float
        When its holder last wrote his password [s since 1970].
    has_factor : bool
        Whether its account has a second factor.
    """

    account: Account
    csrf: str
    confirmed_at: float = 0.0
    has_factor: bool = False

    @property
    def is_fresh(self) -> bool:
        """Whether its holder wrote his password within the last minutes."""
        return time.time() - self.confirmed_at <= FRESH


class Sessions:
    """The sessions of a database.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def begin(self, account: Account, former: str = "", needs_code: bool = False) -> tuple[str, Session]:
        """Begin a session and end the one that the same browser had; return its secret and what it is.

        Parameters
        ----------
        account : Account
        former : str, optional
            The secret of the one that ends.
        needs_code : bool, optional
            Whether it is none before a code of the second factor was written.
        """
        token, csrf, now = secrets.token_urlsafe(32), secrets.token_urlsafe(32), time.time()
        row = {
            "token": token_hash(token),
            "account": account.id,
            "csrf": csrf,
            "begun_at": now,
            "seen_at": now,
            "revoked": False,
            "confirmed_at": now,
            "needs_code": needs_code,
        }
        action = "session.ask-code" if needs_code else "session.begin"
        with self.database.enter(Act(action, account.id)) as connection:
            self._revoke(connection, former)
            connection.execute(sa.delete(_SESSION).where(_SESSION.c.begun_at < now - LONGEST))
            connection.execute(sa.insert(_SESSION).values(row))
        return token, Session(account, csrf, now)

    def find(self, token: str) -> Session | None:
        """Return the session of a secret; None where it is none, was ended, or nothing came of it for too long."""
        if not token:
            return None
        now = time.time()
        with self.database.look() as connection:
            row = self._row(connection, token)
            if row is None or row["needs_code"] or now - row["seen_at"] > IDLE or now - row["begun_at"] > LONGEST:
                return None
        if now - row["seen_at"] > NOTED:
            self._write(token, seen_at=now)
        account = Account(row["account"], row["name"], AccountRole(row["role"]))
        return Session(account, row["csrf"], row["confirmed_at"], bool(row["is_confirmed"]))

    def find_waiting_account(self, token: str) -> Account | None:
        """Return whose code a session waits for; None where it waits for none, or no longer."""
        with self.database.look() as connection:
            row = self._row(connection, token)
        if row is None or not row["needs_code"] or time.time() - row["begun_at"] > CODE_LASTS:
            return None
        return Account(row["account"], row["name"], AccountRole(row["role"]))

    def confirm(self, token: str, account: str) -> str:
        """Note that the holder of a session has written his password again; return its secret from now on."""
        fresh = secrets.token_urlsafe(32)
        said = {"token": token_hash(fresh), "confirmed_at": time.time()}
        with self.database.enter(Act("session.confirm", account)) as connection:
            connection.execute(sa.update(_SESSION).where(_SESSION.c.token == token_hash(token)).values(said))
        return fresh

    def count(self, account: str) -> int:
        """Return how many sessions of an account hold."""
        now = time.time()
        hold = sa.and_(
            _SESSION.c.account == account, _SESSION.c.revoked.is_(False), _SESSION.c.needs_code.is_(False),
            _SESSION.c.seen_at >= now - IDLE, _SESSION.c.begun_at >= now - LONGEST,
        )  # fmt: skip
        with self.database.look() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(_SESSION).where(hold)).scalar_one())

    def end_others(self, token: str, account: str) -> None:
        """End every session of an account but this one."""
        with self.database.enter(Act("session.end-others", account)) as connection:
            others = sa.and_(_SESSION.c.account == account, _SESSION.c.token != token_hash(token))
            connection.execute(sa.update(_SESSION).where(others).values(revoked=True))

    def end(self, token: str, account: str) -> None:
        """End a session."""
        with self.database.enter(Act("session.end", account)) as connection:
            self._revoke(connection, token)

    def _row(self, connection: sa.Connection, token: str) -> sa.RowMapping | None:
        """Return the row of a session that was not ended, with its account and whether it has a second factor."""
        mine = sa.and_(_SESSION.c.token == token_hash(token), _SESSION.c.revoked.is_(False))
        both = _SESSION.join(_ACCOUNT).outerjoin(_FACTOR, _FACTOR.c.account == _SESSION.c.account)
        asked = sa.select(_SESSION, _ACCOUNT.c.name, _ACCOUNT.c.role, _FACTOR.c.is_confirmed).select_from(both)
        return connection.execute(asked.where(mine)).mappings().one_or_none()

    def _write(self, token: str, **values: float) -> None:
        with self.database.touch() as connection:
            connection.execute(sa.update(_SESSION).where(_SESSION.c.token == token_hash(token)).values(values))

    def _revoke(self, connection: sa.Connection, token: str) -> None:
        mine = _SESSION.c.token == token_hash(token)
        connection.execute(sa.update(_SESSION).where(mine).values(revoked=True))
