"""Sessions: who is signed in, known by a secret in a cookie of which the database has the hash alone."""

import secrets
import time
from dataclasses import dataclass

from leydig.extras import extra
from leydig.service.access.accounts import Account, token_hash
from leydig.service.access.roles import AccountRole
from leydig.service.storage.act import Act
from leydig.service.storage.database import Database
from leydig.service.storage.tables import SCHEMA

with extra("web"):
    import sqlalchemy as sa

__all__ = ["Session", "Sessions"]

IDLE, LONGEST = 15 * 60.0, 12 * 3600.0  # [s]
NOTED = 30.0  # [s] between two notes of when a session was last seen
_SESSION, _ACCOUNT = SCHEMA.tables["session"], SCHEMA.tables["account"]


@dataclass(frozen=True)
class Session:
    """Who is signed in.

    Attributes
    ----------
    account : Account
    csrf : str
        What every request that changes something carries.
    """

    account: Account
    csrf: str


class Sessions:
    """The sessions of a database.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def begin(self, account: Account, former: str = "") -> tuple[str, Session]:
        """Begin a session and end the one that the same browser had; return its secret and what it is."""
        token, csrf, now = secrets.token_urlsafe(32), secrets.token_urlsafe(32), time.time()
        row = {
            "token": token_hash(token),
            "account": account.id,
            "csrf": csrf,
            "begun_at": now,
            "seen_at": now,
            "revoked": False,
        }
        with self.database.enter(Act("session.begin", account.id)) as connection:
            self._revoke(connection, former)
            connection.execute(sa.delete(_SESSION).where(_SESSION.c.begun_at < now - LONGEST))
            connection.execute(sa.insert(_SESSION).values(row))
        return token, Session(account, csrf)

    def find(self, token: str) -> Session | None:
        """Return the session of a secret; None where it is none, was ended, or nothing came of it for too long."""
        if not token:
            return None
        now = time.time()
        asked = sa.select(_SESSION, _ACCOUNT.c.name, _ACCOUNT.c.role).join(_ACCOUNT)
        with self.database.look() as connection:
            row = connection.execute(asked.where(_SESSION.c.token == token_hash(token))).one_or_none()
            if row is None or row.revoked or now - row.seen_at > IDLE or now - row.begun_at > LONGEST:
                return None
        if now - row.seen_at > NOTED:
            with self.database.touch() as connection:
                mine = _SESSION.c.token == token_hash(token)
                connection.execute(sa.update(_SESSION).where(mine).values(seen_at=now))
        return Session(Account(row.account, row.name, AccountRole(row.role)), row.csrf)

    def end(self, token: str, account: str) -> None:
        """End a session."""
        with self.database.enter(Act("session.end", account)) as connection:
            self._revoke(connection, token)

    def _revoke(self, connection: sa.Connection, token: str) -> None:
        mine = _SESSION.c.token == token_hash(token)
        connection.execute(sa.update(_SESSION).where(mine).values(revoked=True))
