"""The file of one person while a transaction is open: his entries, and what was said and decided of him."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from leydig.extras import extra
from leydig.service.problems import ServiceProblem
from leydig.service.storage.audit import now_text
from leydig.service.storage.database import ring_of
from leydig.service.storage.identity import new_identity
from leydig.service.storage.keys import PersonKey
from leydig.service.storage.shapes import present_shape
from leydig.service.storage.tables import SCHEMA

with extra("web"):
    import sqlalchemy as sa

__all__ = [
    "Entry",
    "Note",
    "PersonFile",
    "all_person_files",
    "create_person",
    "open_content",
    "open_person",
    "person_lines",
    "person_marks",
    "seal_content",
]

MOST_NAMED = 500  # people whom a question names one by one; for more, everybody is read
_T = SCHEMA.tables


@dataclass(frozen=True)
class Note:
    """One row of a person's file.

    Attributes
    ----------
    id, person : str
    recorded_at, recorded_by : str
        Time in UTC, and the account.
    content : dict
    """

    id: str
    person: str
    recorded_at: str
    recorded_by: str
    content: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain content."""
        about = {"id": self.id, "recorded_at": self.recorded_at, "recorded_by": self.recorded_by}
        return about | self.content


@dataclass(frozen=True)
class Entry(Note):
    """One thing of a record.

    Attributes
    ----------
    supersedes, superseded_by : str or None
        The entry that it corrects, and the one that corrects it.
    bundle : str or None
        The file from which it came.
    """

    supersedes: str | None = None
    superseded_by: str | None = None
    bundle: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain content."""
        links = {"supersedes": self.supersedes, "superseded_by": self.superseded_by, "bundle": self.bundle}
        return super().as_json() | links


class PersonFile:
    """One person, whose key is at hand.

    Parameters
    ----------
    connection : Connection
        Of an open transaction.
    row : Row
        Of ``person``.
    key : PersonKey
    """

    def __init__(self, connection: sa.Connection, row: Any, key: PersonKey) -> None:
        self.connection, self.key = connection, key
        self.id: str = row.id
        self.recorded_at: str = row.recorded_at
        self.pseudonym: str = key.open(row.body, f"person/{row.id}")["pseudonym"]

    def entries(self) -> list[Entry]:
        """Return every entry, the first first, those that were superseded too."""
        table = _T["entry"]
        asked = sa.select(table).where(table.c.person == self.id).order_by(table.c.id)
        found = [
            Entry(
                row.id,
                self.id,
                row.recorded_at,
                row.recorded_by,
                self.key.open(row.body, f"entry/{row.id}"),
                row.supersedes,
                None,
                row.bundle,
            )
            for row in self.connection.execute(asked)
        ]
        by = {one.supersedes: one.id for one in found if one.supersedes}
        return [replace(one, superseded_by=by.get(one.id)) for one in found]

    def entry_identities(self) -> list[str]:
        """Return the identity of every entry, the first first."""
        own = _T["entry"].c
        return list(self.connection.execute(sa.select(own.id).where(own.person == self.id).order_by(own.id)).scalars())

    def set_line(self, mark: str, content: dict[str, Any]) -> None:
        """Keep what the list says of him, under a mark that no other line of his has."""
        table = _T["person_line"]
        values = {"mark": mark, "body": self.key.seal(content, f"person_line/{self.id}")}
        changed = self.connection.execute(sa.update(table).where(table.c.person == self.id).values(values))
        if changed.rowcount == 0:
            self.connection.execute(sa.insert(table).values(person=self.id, **values))

    def add_entry(self, content: dict[str, Any], by: str, supersedes: str | None = None) -> Entry:
        """Write an entry.

        Raises
        ------
        ServiceProblem
            Status 409, when the entry that it supersedes was superseded already.
        """
        links = {"supersedes": supersedes, "bundle": None}
        try:
            with self.connection.begin_nested():
                found = self._insert("entry", content, by, links)
        except sa.exc.IntegrityError as error:
            raise ServiceProblem(
                "CorrectedAlready",
                409,
                f"got a correction of {supersedes}, which was corrected already; expected the entry that holds now. "
                "Load the person again.",
            ) from error
        self._forget_line()
        return Entry(found.id, self.id, found.recorded_at, by, content, supersedes, None, None)

    def add_entries(self, contents: Iterable[dict[str, Any]], by: str, bundle: str) -> list[Entry]:
        """Write the entries of a file, all at once."""
        at, found, rows = now_text(), [], []
        for content in contents:
            identity = new_identity()
            found.append(Entry(identity, self.id, at, by, content, None, None, bundle))
            body = self.key.seal(content, f"entry/{identity}")
            rows.append({"id": identity, "person": self.id, "recorded_at": at, "recorded_by": by, "body": body,
                         "supersedes": None, "bundle": bundle})  # fmt: skip
        if rows:
            self.connection.execute(sa.insert(_T["entry"]), rows)
            self._forget_line()
        return found

    def _forget_line(self) -> None:
        """Let the list work out anew what it says of him: that is of earlier."""
        line = _T["person_line"]
        self.connection.execute(sa.update(line).where(line.c.person == self.id).values(mark=""))

    def add_note(self, table: str, content: dict[str, Any], by: str) -> Note:
        """Write an assessment, a forecast or a decision."""
        return self._insert(table, content, by, {})

    def notes(self, table: str) -> list[Note]:
        """Return all of a table, the first first."""
        rows = self.connection.execute(self._of(table).order_by(_T[table].c.id))
        return [self._note(table, row) for row in rows]

    def note(self, table: str, identity: str) -> Note:
        """Return one; raises ServiceProblem (404) where he has none of this identity."""
        row = self.connection.execute(self._of(table).where(_T[table].c.id == identity)).one_or_none()
        if row is None:
            raise _problem(table, identity, "Load the person again.")
        return self._note(table, row)

    def last_note(self, table: str) -> Note | None:
        """Return the last one; None where there is none."""
        row = self.connection.execute(self._of(table).order_by(_T[table].c.id.desc()).limit(1)).one_or_none()
        return None if row is None else self._note(table, row)

    def add_bundle(self, plain: bytes, by: str) -> str:
        """Keep a file as it came; return its identity."""
        identity = new_identity()
        self._write("bundle", {"id": identity}, self.key.seal_bytes(plain, f"bundle/{identity}"), by)
        return identity

    def bundles(self) -> list[str]:
        """Return the identities of his files."""
        return [row.id for row in self.connection.execute(self._of("bundle").order_by(_T["bundle"].c.id))]

    def bundle(self, identity: str) -> bytes:
        """Return a file as it came; raises as `note`."""
        row = self.connection.execute(self._of("bundle").where(_T["bundle"].c.id == identity)).one_or_none()
        if row is None:
            raise _problem("import", identity, "Send the file again.")
        return self.key.open_bytes(row.body, f"bundle/{identity}")

    def commit_of(self, bundle: str) -> dict[str, Any] | None:
        """Return what was taken of a file; None before it was."""
        row = self.connection.execute(
            self._of("bundle_commit").where(_T["bundle_commit"].c.bundle == bundle)
        ).one_or_none()
        return None if row is None else self.key.open(row.body, f"bundle_commit/{bundle}")

    def add_commit(self, bundle: str, content: dict[str, Any], by: str) -> None:
        """Write what was taken of a file."""
        body = self.key.seal(content, f"bundle_commit/{bundle}")
        self._write("bundle_commit", {"bundle": bundle}, body, by)

    def destroy_key(self) -> None:
        """Delete the person: nothing of him can be read again, and no work on him goes on."""
        for one in ("job", "answer", "person_line"):
            self.connection.execute(sa.delete(_T[one]).where(_T[one].c.person == self.id))
        self.connection.execute(sa.delete(_T["person_key"]).where(_T["person_key"].c.person == self.id))

    def _of(self, table: str) -> sa.Select[Any]:
        return sa.select(_T[table]).where(_T[table].c.person == self.id)

    def _note(self, table: str, row: Any) -> Note:
        content = present_shape(table, self.key.open(row.body, f"{table}/{row.id}"))
        return Note(row.id, self.id, row.recorded_at, row.recorded_by, content)

    def _insert(self, table: str, content: dict[str, Any], by: str, links: dict[str, str | None]) -> Note:
        identity = new_identity()
        at = self._write(table, {"id": identity, **links}, self.key.seal(content, f"{table}/{identity}"), by)
        return Note(identity, self.id, at, by, content)

    def _write(self, table: str, columns: dict[str, str | None], body: bytes, by: str) -> str:
        at = now_text()
        about = {"person": self.id, "recorded_at": at, "recorded_by": by, "body": body}
        self.connection.execute(sa.insert(_T[table]).values(**columns, **about))
        return at


def create_person(connection: sa.Connection, pseudonym: str, by: str) -> PersonFile:
    """Write a new person with a key of his own."""
    identity, key = new_identity(), PersonKey()
    stored = ring_of(connection).seal(key.secret, f"person_key/{identity}")
    body = key.seal({"pseudonym": pseudonym}, f"person/{identity}")
    connection.execute(sa.insert(_T["person"]).values(id=identity, recorded_at=now_text(), recorded_by=by, body=body))
    connection.execute(sa.insert(_T["person_key"]).values(person=identity, key=stored))
    return open_person(connection, identity)


def open_person(connection: sa.Connection, identity: str, lock: bool = False) -> PersonFile:
    """Return the file of a person.

    Parameters
    ----------
    connection : Connection
        Of an open transaction.
    identity : str
    lock : bool, optional
        Whether other writers wait until the transaction ends.

    Raises
    ------
    ServiceProblem
        Status 404, when there is no such person, or he was deleted.
    """
    asked = _people_query().where(_T["person"].c.id == identity)
    asked = asked.with_for_update(of=_T["person_key"]) if lock else asked
    row = connection.execute(asked).one_or_none()
    if row is None:
        raise ServiceProblem(
            "NotFound", 404, f"got person {identity[:32]!r}; expected one of this clinic. See the list of people."
        )
    return PersonFile(connection, row, _person_key(connection, row.id, row.key))


def all_person_files(connection: sa.Connection) -> Iterator[PersonFile]:
    """Yield the file of every person, the first first."""
    for row in connection.execute(_people_query().order_by(_T["person"].c.id)).all():
        yield PersonFile(connection, row, _person_key(connection, row.id, row.key))


def person_marks(connection: sa.Connection) -> list[tuple[str, str]]:
    """Return the identity of everybody, the first first, with the mark of his line; empty where he has none."""
    person, key, line = _T["person"].c, _T["person_key"], _T["person_line"]
    asked = sa.select(person.id, line.c.mark).join(key, key.c.person == person.id).order_by(person.id)
    rows = connection.execute(asked.outerjoin(line, line.c.person == person.id))
    return [(identity, mark or "") for identity, mark in rows]


def person_lines(connection: sa.Connection, people: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield who some people are and what the list says of each; where that was never worked out, his pseudonym."""
    person, line = _T["person"].c, _T["person_line"]
    asked = _people_query().add_columns(line.c.body.label("said")).outerjoin(line, line.c.person == person.id)
    asked = asked.where(person.id.in_(people)) if len(people) <= MOST_NAMED else asked
    for row in connection.execute(asked):
        key = _person_key(connection, row.id, row.key)
        said = (row.body, f"person/{row.id}") if row.said is None else (row.said, f"person_line/{row.id}")
        yield row.id, key.open(*said)


def seal_content(connection: sa.Connection, person: str, content: dict[str, Any], row: str) -> bytes:
    """Return a content as it is stored in a row: of a person under his key, of nobody as JSON."""
    if person:
        return open_person(connection, person).key.seal(content, row)
    return json.dumps(content, ensure_ascii=False, sort_keys=True, allow_nan=False).encode()


def open_content(connection: sa.Connection, person: str, body: bytes, row: str) -> dict[str, Any]:
    """Return a content that `seal_content` stored; of a person who was deleted nothing."""
    if not person:
        found: dict[str, Any] = json.loads(body)
        return found
    try:
        return open_person(connection, person).key.open(body, row)
    except ServiceProblem:
        return {}


def _person_key(connection: sa.Connection, person: str, body: bytes) -> PersonKey:
    return PersonKey(ring_of(connection).open(body, f"person_key/{person}"))


def _people_query() -> sa.Select[Any]:
    person, key = _T["person"], _T["person_key"]
    return sa.select(person, key.c.key).join(key, key.c.person == person.c.id)


def _problem(what: str, identity: str, way_out: str) -> ServiceProblem:
    return ServiceProblem("NotFound", 404, f"got {what} {identity[:32]!r}; expected one of this person. {way_out}")
