"""The registry of works: what is sure of the identity of each, when it was checked, and when it is looked at again.

A source in a protocol says where a rule comes from; the registry says whether that place is what its name says. A work
that was named but not found so, or that is no evidence, supports nothing: `leydig.protocol.lint` refuses a rule on it.
"""

import datetime as dt
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from leydig.source import Source
from leydig.text_enum import TextEnum

__all__ = ["STATUSES", "UNUSABLE", "CitedWork", "WorkStatus", "version", "work_of", "works"]


class WorkStatus(TextEnum):
    """What is sure of the identity of a work (`STATUSES` says it in words)."""

    FOUND = "found"
    CORRECTED = "corrected"
    NOT_SETTLED = "not settled"
    MISMATCH = "mismatch"
    NOT_EVIDENCE = "not evidence"


STATUSES = {
    WorkStatus.FOUND: "found where its source says",
    WorkStatus.CORRECTED: "found, under other details than the brief gives",
    WorkStatus.NOT_SETTLED: "which publication it is, or what it says, is still to be confirmed",
    WorkStatus.MISMATCH: "not found as it is named",
    WorkStatus.NOT_EVIDENCE: "no evidence",
}
UNUSABLE = (WorkStatus.MISMATCH, WorkStatus.NOT_EVIDENCE)
_FILE = Path(__file__).with_name("works.toml")


@dataclass(frozen=True)
class CitedWork:
    """One work.

    Attributes
    ----------
    cite : str
        Who and year, as sources write them.
    status : WorkStatus
    checked, review : datetime.date
        When it was checked, and by when it is looked at again.
    where : str
        Kind and locator; empty where none is known.
    note : str
    row : str
        The row of the brief that names it; empty for all others.
    """

    cite: str
    status: WorkStatus
    checked: dt.date
    review: dt.date
    where: str = ""
    note: str = ""
    row: str = ""

    def overdue(self, on: dt.date) -> bool:
        """Return whether its review should have been done before a day."""
        return on > self.review

    def caution(self, on: dt.date) -> str:
        """Return what a reader must know of it before relying on it, on a day; empty where there is nothing."""
        parts = [self.note if self.status != WorkStatus.FOUND else ""]
        parts += [f"to be looked at again since {self.review}"] if self.overdue(on) else []
        return "; ".join(part for part in parts if part)


@lru_cache(maxsize=1)
def works() -> tuple[CitedWork, ...]:
    """Return every work of the registry."""
    return tuple(
        CitedWork(**{**one, "status": WorkStatus(one["status"])})
        for one in tomllib.loads(_FILE.read_text(encoding="utf-8"))["work"]
    )


def version() -> str:
    """Return the version of the registry."""
    return str(tomllib.loads(_FILE.read_text(encoding="utf-8"))["version"])


def work_of(source: Source) -> CitedWork | None:
    """Return the entry of a source: by its locator, else one without a locator by who and year; None where none is.

    Examples
    --------
    >>> from leydig.source import read_sources
    >>> work_of(read_sources("Dr.Oracle 2025, url:https://example.org/anastrozole")[0]).status
    'not evidence'
    """
    where = f"{source.kind}:{source.locator}"
    cite = f"{source.who} {source.year}"
    exact = next((one for one in works() if one.where == where), None)
    return exact or next((one for one in works() if not one.where and one.cite == cite), None)
