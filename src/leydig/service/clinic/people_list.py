"""The clinic's list: one line of each man, kept beside his file under his key, and worked out anew where it is old.

A line holds for one day, one version and the entries of then. A few that are old are worked out for who looks; many,
such as after midnight, in the background, while what was said before is shown as what it is.
"""

import datetime as dt
import hashlib
import secrets
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from leydig.errors import LeydigError
from leydig.log import logger
from leydig.protocol.reader import read_protocol
from leydig.service.bodies import USUAL_PROTOCOL
from leydig.service.clinic.opinion import protocol_hash
from leydig.service.clinic.twins import TwinShelf
from leydig.service.problems import ServiceProblem
from leydig.service.storage.act import SYSTEM, Act
from leydig.service.storage.database import Database
from leydig.service.storage.person_file import PersonFile, open_person, person_lines, person_marks
from leydig.version import VERSION
from leydig.web.views.people import AlertLine, PersonRow, person_row

if TYPE_CHECKING:
    from leydig.service.clinic.desk import PersonState

__all__ = ["PeopleList"]

LOG = logger(__name__)
AT_ONCE = 20  # lines that are worked out for who looks: some tenths of a second
BATCH = 20  # lines that are written together
LOOK = 30.0  # [s] between two looks whether lines are old


class PeopleList:
    """The list of everybody.

    Parameters
    ----------
    database : Database
    shelf : TwinShelf
        Assesses.
    state_of : function
        From the file of a person to his state.
    """

    def __init__(self, database: Database, shelf: TwinShelf, state_of: "Callable[[PersonFile], PersonState]") -> None:
        self._database, self._shelf, self._state_of = database, shelf, state_of
        self._working = threading.Lock()
        self._read_lines: dict[str, tuple[str, PersonRow]] = {}

    def rows(self, by: str) -> list[PersonRow]:
        """Return the line of everybody, in the order in which they were added."""
        with self._database.enter(Act("people.list", by)):
            pass
        lines = self._lines()
        old = [row.id for mark, row in lines if not _is_now(mark)]
        if len(old) > AT_ONCE:
            threading.Thread(target=self.refresh, daemon=True, name="lines of the list").start()
            return [row if _is_now(mark) else replace(row, waits=True) for mark, row in lines]
        fresh = {row.id: row for row in self._work_out(old)}
        return [fresh.get(row.id, row) for _, row in lines]

    def refresh(self) -> None:
        """Work out every line that is old; where that is being done already, nothing."""
        if not self._working.acquire(blocking=False):
            return
        try:
            with self._database.snapshot() as connection:
                old = [person for person, mark in person_marks(connection) if not _is_now(mark)]
            if old:
                with self._database.enter(Act("people.assess", SYSTEM)):
                    pass
            for first in range(0, len(old), BATCH):
                self._work_out(old[first : first + BATCH])
            LOG.info("%d lines of the list are worked out", len(old))
        finally:
            self._working.release()

    def keep(self, over: threading.Event) -> None:
        """Keep every line that of today, until it is over."""
        while True:
            self.refresh()
            if over.wait(LOOK):
                return

    def _lines(self) -> list[tuple[str, PersonRow]]:
        """Return the line of everybody as it is kept, with its mark; those that were read before are not read again."""
        known = self._read_lines
        with self._database.snapshot() as connection:
            marks = dict(person_marks(connection))
            fresh = [one for one, mark in marks.items() if one not in known or known[one][0] != mark]
            read = {one: _row_of(one, said) for one, said in person_lines(connection, fresh)} if fresh else {}
        lines = {one: (mark, read[one]) if one in read else known[one] for one, mark in marks.items()}
        self._read_lines = lines  # of whom is deleted nothing stays
        return list(lines.values())

    def _work_out(self, people: Sequence[str]) -> list[PersonRow]:
        """Return the lines of some people as they are now, and keep those whose file did not change meanwhile."""
        states = []
        with self._database.snapshot() as connection:
            for one in people:
                with suppress(ServiceProblem):  # who was deleted since has none
                    states.append(self._state_of(open_person(connection, one)))
        found = [(state, self._row(state)) for state in states]
        if found:
            with self._database.touch() as connection:
                for state, row in found:
                    with suppress(ServiceProblem):
                        file = open_person(connection, state.id, lock=True)
                        if file.entry_identities() == [one.id for one in state.entries]:
                            file.set_line(f"{_stamp()} {secrets.token_hex(6)}", _content_of(row))
        return [row for _, row in found]

    def _row(self, state: "PersonState") -> PersonRow:
        plan, today, found, why = read_protocol(USUAL_PROTOCOL), dt.date.today(), None, ""
        try:
            _, found = self._shelf.assess(state.record, USUAL_PROTOCOL, "", "")
        except LeydigError as error:
            why = str(error)
        last = dt.datetime.fromisoformat(state.changed_at).date()
        return person_row(state.id, state.pseudonym, state.record, plan, found, on=today, last_change=last, refusal=why)


def _stamp() -> str:
    """Return what a line of now is of: a day, and what it is assessed by."""
    return f"{dt.date.today().isoformat()} {_rules()}"


def _is_now(mark: str) -> bool:
    return mark.startswith(f"{_stamp()} ")


@lru_cache(maxsize=1)
def _rules() -> str:
    """Return what differs where another version assesses, or another protocol."""
    return hashlib.sha256(f"{VERSION} {protocol_hash(read_protocol(USUAL_PROTOCOL))}".encode()).hexdigest()[:12]


def _content_of(row: PersonRow) -> dict[str, Any]:
    said = asdict(row)
    return said | {key: value.isoformat() for key, value in said.items() if isinstance(value, dt.date)}


def _row_of(person: str, content: dict[str, Any]) -> PersonRow:
    """Return a line that was kept; his pseudonym alone where there is none, or a version wrote it that knew others."""
    if set(content) != {one.name for one in fields(PersonRow)}:
        return PersonRow(person, content["pseudonym"], "", waits=True)
    days = {key: dt.date.fromisoformat(content[key]) if content[key] else None for key in ("due", "changed")}
    alerts = tuple(AlertLine(**one) for one in content["alerts"])
    return PersonRow(**(content | days | {"alerts": alerts, "missing": tuple(content["missing"])}))
