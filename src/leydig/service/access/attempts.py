"""Attempts at a password or a code: each is counted before it is looked at, so that many at once count as many."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

from leydig.extras import extra
from leydig.service.problems import ServiceProblem
from leydig.service.storage.database import Database
from leydig.service.storage.identity import new_identity
from leydig.service.storage.tables import SCHEMA

with extra("web"):
    import sqlalchemy as sa

__all__ = ["Attempt", "Attempts", "token_hash"]

WINDOW = 15 * 60.0  # [s] in which refused attempts are counted
MOST_OF_PAIR, MOST_OF_ADDRESS, MOST_OF_ACCOUNT = (
    5,
    20,
    25,
)  # of an account from one address, of an address, of an account
_ATTEMPT = SCHEMA.tables["attempt"]


def token_hash(token: str) -> str:
    """Return what is stored of a secret that only its holder knows."""
    return hashlib.sha256(token.encode()).hexdigest()


class Attempt:
    """One attempt, which counts as refused until it succeeds."""

    def __init__(self) -> None:
        self.is_right = False

    def take_back(self) -> None:
        """Take it back."""
        self.is_right = True


class Attempts:
    """The attempts of the last minutes. Who guesses from one address keeps nobody at another one out.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    @contextmanager
    def enter(self, name: str, address: str) -> Iterator[Attempt]:
        """Count an attempt at an account from an address.

        Raises
        ------
        ServiceProblem
            Status 429, where too many were refused just before.
        """
        account = name.strip().lower()
        limits = {
            token_hash(f"account {account} from {address}"): MOST_OF_PAIR,
            token_hash(f"address {address}"): MOST_OF_ADDRESS,
            token_hash(f"account {account}"): MOST_OF_ACCOUNT,
        }
        rows = [{"id": new_identity(), "subject": one, "at": time.time()} for one in limits]
        with self.database.touch() as connection:
            self.database.lock_all(connection)
            connection.execute(sa.delete(_ATTEMPT).where(_ATTEMPT.c.at < time.time() - WINDOW))
            for subject, most in limits.items():
                _refuse_many(connection, subject, most)
            connection.execute(sa.insert(_ATTEMPT), rows)
        attempt = Attempt()
        yield attempt
        if attempt.is_right:
            mine = [_ATTEMPT.c.id == one["id"] for one in rows]
            with self.database.touch() as connection:
                connection.execute(sa.delete(_ATTEMPT).where(sa.or_(_ATTEMPT.c.subject == rows[0]["subject"], *mine)))


def _refuse_many(connection: sa.Connection, subject: str, most: int) -> None:
    asked = sa.select(_ATTEMPT.c.at).where(_ATTEMPT.c.subject == subject)
    times = connection.execute(asked).scalars().all()
    if len(times) < most:
        return
    wait = max(1, round(min(times) + WINDOW - time.time()))
    raise ServiceProblem(
        "TooManySignIns",
        429,
        f"got {most} refused attempts in {WINDOW / 60:.0f} minutes; expected fewer. Wait {wait} seconds.",
        wait=wait,
    )
