"""The audit: one row for each act, chained by hashes, so that a row that is changed or taken away is found."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leydig.extras import extra
from leydig.service.storage.act import Act
from leydig.service.storage.tables import SCHEMA

with extra("web"):
    import sqlalchemy as sa

__all__ = ["GENESIS", "AuditFault", "append_act", "audit_rows", "now_text", "verify_chain"]

GENESIS = "0" * 64  # the hash before the first row
_AUDIT, _CHAIN = SCHEMA.tables["audit"], SCHEMA.tables["chain"]
_HASHED = ("number", "at", "account", "action", "target", "outcome", "previous")


@dataclass(frozen=True)
class AuditFault:
    """The first row at which the chain does not hold.

    Attributes
    ----------
    number : int
    why : str
    """

    number: int
    why: str

    def __str__(self) -> str:
        return f"row {self.number} of the audit: {self.why}"


def now_text() -> str:
    """Return this moment in UTC, as every table writes it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")


def append_act(connection: sa.Connection, act: Act) -> None:
    """Write the row of an act; the chain is locked until the transaction ends."""
    head = connection.execute(sa.select(_CHAIN).with_for_update()).one()
    row = {
        "number": head.number + 1,
        "at": now_text(),
        "account": act.account,
        "action": act.action,
        "target": act.target,
        "outcome": str(act.outcome),
        "previous": head.hash,
    }
    row["hash"] = _row_hash(row)
    connection.execute(sa.insert(_AUDIT).values(row))
    connection.execute(sa.update(_CHAIN).values(number=row["number"], hash=row["hash"]))


def audit_rows(connection: sa.Connection, target: str = "", before: int | None = None, limit: int = 100) -> list[Any]:
    """Return rows, the last first.

    Parameters
    ----------
    connection : Connection
    target : str, optional
        Identity of what they are about; everything when left out.
    before : int, optional
        The number of a row; those before it.
    limit : int, optional
    """
    asked = sa.select(_AUDIT).order_by(_AUDIT.c.number.desc()).limit(limit)
    asked = asked.where(_AUDIT.c.target == target) if target else asked
    asked = asked.where(_AUDIT.c.number < before) if before is not None else asked
    return [dict(row) for row in connection.execute(asked).mappings()]


def verify_chain(connection: sa.Connection) -> AuditFault | None:
    """Return the first fault of the chain; None where every row is as it was written and none is missing."""
    previous, expected = GENESIS, 1
    for row in connection.execute(sa.select(_AUDIT).order_by(_AUDIT.c.number)).mappings():
        if row["number"] != expected:
            return AuditFault(expected, "it is missing")
        if row["previous"] != previous:
            return AuditFault(expected, "it does not follow the row before it")
        if row["hash"] != _row_hash(row):
            return AuditFault(expected, "it was changed after it was written")
        previous, expected = row["hash"], expected + 1
    head = connection.execute(sa.select(_CHAIN)).one()
    if (head.number, head.hash) != (expected - 1, previous):
        return AuditFault(expected, "it is missing at the end")
    return None


def _row_hash(row: Mapping[Any, Any]) -> str:
    return hashlib.sha256(json.dumps([row[key] for key in _HASHED]).encode()).hexdigest()
