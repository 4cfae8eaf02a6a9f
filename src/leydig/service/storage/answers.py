"""Answers to requests that carry a key, kept for a day: whoever asks again with it gets what was answered then.

The key itself is not stored, but its hash with account and address; what is about a person is under his key.
"""

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

from leydig.extras import extra
from leydig.service.problems import ServiceProblem
from leydig.service.storage.person_file import open_content, seal_content
from leydig.service.storage.tables import SCHEMA

with extra("web"):
    import sqlalchemy as sa

__all__ = ["KEPT", "RequestKey", "find_answer", "keep_answer"]

KEPT = 86_400.0  # [s] for which an answer is kept
_ANSWER = SCHEMA.tables["answer"]


@dataclass(frozen=True)
class RequestKey:
    """The key of a request, and what is asked with it.

    Attributes
    ----------
    key, question : str
        SHA-256 in hexadecimal digits.
    """

    key: str
    question: str

    @classmethod
    def of(cls, words: tuple[str, ...], question: object) -> "RequestKey":
        """Return the key that an account says at an address, and the hash of JSON content that it asks."""
        plain = json.dumps(question, sort_keys=True, ensure_ascii=True)
        key, asked = (hashlib.sha256(text.encode()).hexdigest() for text in (json.dumps(words), plain))
        return RequestKey(key, asked)


def find_answer(connection: sa.Connection, key: RequestKey) -> dict[str, Any] | None:
    """Return what was answered to a key; None where nothing was, or too long ago.

    Raises
    ------
    ServiceProblem
        Status 422, when something else was asked with it.
    """
    asked = sa.select(_ANSWER).where(_ANSWER.c.key == key.key, _ANSWER.c.until > time.time())
    row = connection.execute(asked).one_or_none()
    if row is None:
        return None
    if row.question != key.question:
        raise ServiceProblem(
            "KeyUsed",
            422,
            "got an Idempotency-Key with which something else was asked here; expected a new one for a new request. "
            "Make another key.",
        )
    return open_content(connection, row.person or "", row.body, f"answer/{row.key}")


def keep_answer(connection: sa.Connection, key: RequestKey, content: dict[str, Any], person: str) -> None:
    """Keep what was answered to a key, and forget what was kept long enough.

    Parameters
    ----------
    connection : Connection
        Of a transaction that writes.
    key : RequestKey
    content : dict
        JSON content.
    person : str
        Whom it is about: it goes with him; empty for nobody.
    """
    now = time.time()
    connection.execute(sa.delete(_ANSWER).where((_ANSWER.c.until <= now) | (_ANSWER.c.key == key.key)))
    body = seal_content(connection, person, content, f"answer/{key.key}")
    row = {"key": key.key, "question": key.question, "person": person or None, "until": now + KEPT, "body": body}
    connection.execute(sa.insert(_ANSWER).values(row))
