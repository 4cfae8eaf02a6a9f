"""The desk: everything that is done with people's files, each in one transaction with its audit row."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from leydig.assessment.finding import Assessment
from leydig.exchange.laboratory_days import DateOrder
from leydig.progress import Progress, no_progress
from leydig.protocol.protocol import Protocol
from leydig.record import Record
from leydig.regimen.regimen import regimen_of
from leydig.service.bodies import (
    AssessmentBody,
    DecisionBody,
    EntryBody,
    EntryKind,
    ForecastBody,
    PersonBody,
    VisitBody,
)
from leydig.service.clinic.imports import ImportPreview, read_import
from leydig.service.clinic.opinion import assessment_content, forecast_content, forecast_each
from leydig.service.clinic.people_list import PeopleList
from leydig.service.clinic.record import (
    check_entry,
    clinic_record,
    contents_now,
    contents_record,
    entry_content,
    record_hash,
    refuse_before_birth,
    visit_contents,
)
from leydig.service.clinic.twins import TwinShelf
from leydig.service.clinic.writing import add_once, correct_entry
from leydig.service.problems import ServiceProblem, refuse_with_pointer
from leydig.service.storage.act import Act
from leydig.service.storage.audit import audit_rows
from leydig.service.storage.database import Database
from leydig.service.storage.identity import is_lookalike
from leydig.service.storage.person_file import Entry, Note, PersonFile, all_person_files, create_person, open_person

__all__ = ["Desk", "PersonArchive", "PersonState"]


@dataclass(frozen=True)
class PersonState:
    """A person as he is now.

    Attributes
    ----------
    id, pseudonym, recorded_at : str
    record : Record
    entries : tuple of Entry
        Those that were superseded too.
    decisions : tuple of Note
    assessment : Note or None
        The last one that was stored.
    """

    id: str
    pseudonym: str
    recorded_at: str
    record: Record
    entries: tuple[Entry, ...]
    decisions: tuple[Note, ...] = ()
    assessment: Note | None = None

    @property
    def version(self) -> str:
        """What changes with every entry: for `ETag` and `If-Match`."""
        return _version(self.id, (one.id for one in self.entries))

    @property
    def changed_at(self) -> str:
        """When something was last written of him."""
        return self.entries[-1].recorded_at if self.entries else self.recorded_at


@dataclass(frozen=True)
class PersonArchive:
    """Everything of a person: his state, what was said and decided, his files as they came, and his audit."""

    state: PersonState
    notes: dict[str, list[Note]]
    files: dict[str, bytes]
    audit: list[Any]


def _version(identity: str, entries: Iterable[str]) -> str:
    every = " ".join(entries)
    return hashlib.sha256(f"{identity} {every}".encode()).hexdigest()[:32]


def _state(file: PersonFile) -> PersonState:
    entries = tuple(file.entries())
    record = clinic_record(entries, file.pseudonym)
    return PersonState(
        file.id,
        file.pseudonym,
        file.recorded_at,
        record,
        entries,
        tuple(file.notes("decision")),
        file.last_note("assessment"),
    )


class Desk:
    """Everything that is done with people's files.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self.database, self.shelf = database, TwinShelf()
        self.list = PeopleList(database, self.shelf, _state)

    # People --------------------------------------------------------------------------------------------

    def pseudonyms(self, by: str) -> list[tuple[str, str]]:
        """Return who everybody is and under which pseudonym, the first first."""
        with self.database.read(Act("people.list", by)) as connection:
            return [(file.id, file.pseudonym) for file in all_person_files(connection)]

    def person(self, identity: str, by: str, action: str = "person.read") -> PersonState:
        """Return one person; raises UnknownName where there is none."""
        with self.database.read(Act(action, by, identity)) as connection:
            return _state(open_person(connection, identity))

    def add_person(self, body: PersonBody, by: str) -> PersonState:
        """Write a new person; raises ServiceProblem where a pseudonym is taken or a birth is none."""
        contents = [
            {"kind": EntryKind.PERSON, "name": name, "value": value}
            for name, value in (("sex", body.sex), ("born", body.born))
            if value
        ]
        for one in contents:
            refuse_with_pointer(lambda one=one: check_entry(one, dt.date.today()), f"/{one['name']}")  # type: ignore[misc]
        pseudonym = " ".join(body.pseudonym.split())
        if not pseudonym:
            raise ServiceProblem(
                "WrongBody", 422, "got an empty pseudonym; expected one. Write it.", pointer="/pseudonym"
            )
        with self.database.enter(Act("person.add", by)) as connection:
            self.database.lock_all(connection)
            if any(is_lookalike(file.pseudonym, pseudonym) for file in all_person_files(connection)):
                raise ServiceProblem(
                    "PseudonymTaken",
                    409,
                    "got a pseudonym that another person of this "
                    "clinic has, or one that looks alike; expected one of his own. Choose another one.",
                    pointer="/pseudonym",
                )
            file = create_person(connection, pseudonym, by)
            for one in contents:
                file.add_entry(one, by)
            return _state(file)

    def delete_person(self, identity: str, by: str, version: str, pseudonym: str | None = None) -> None:
        """Destroy the key of a person; what is left of him is that he was there."""
        with self._change(identity, Act("person.delete", by, identity), version) as file:
            if pseudonym is not None and pseudonym.strip() != file.pseudonym:
                raise ServiceProblem(
                    "WrongBody",
                    422,
                    "got another pseudonym; expected his own, so that nobody "
                    "else is deleted. Write it as the page shows it.",
                    pointer="/pseudonym",
                )
            file.destroy_key()
        self.database.forget_pages()

    # Entries -------------------------------------------------------------------------------------------

    def add_entry(self, identity: str, body: EntryBody, by: str, version: str = "") -> tuple[Entry, bool]:
        """Write an entry; return it, and whether it is new: what the record says already is not written again."""
        content = entry_content(body)
        check_entry(content, dt.date.today())
        if body.kind == EntryKind.WITHDRAWAL and not body.supersedes:
            raise ServiceProblem(
                "WrongBody",
                422,
                "got a withdrawal of nothing; expected the entry that it takes back. Give supersedes.",
                pointer="/supersedes",
            )
        action = "entry.correct" if body.supersedes else "entry.add"
        with self._change(identity, Act(action, by, identity), version) as file:
            entries = file.entries()
            if body.supersedes:
                refuse_before_birth(contents_now(entries), content)
                return correct_entry(file, entries, content, body.supersedes, by)
            return add_once(file, entries, content, by)

    def add_visit(self, identity: str, body: VisitBody, by: str, asks: bool = False) -> list[Entry]:
        """Write every result and answer of a visit, or none; what the record says already is not written again."""
        contents = visit_contents(body, dt.date.today(), asks)
        with self._change(identity, Act("visit.add", by, identity)) as file:
            entries, found = file.entries(), list[Entry]()
            for content in contents:
                found.append(add_once(file, [*entries, *found], content, by)[0])
            clinic_record(file.entries())  # what cannot be read together is not written
            return found

    # Imports -------------------------------------------------------------------------------------------

    def preview_import(self, identity: str, plain: bytes, by: str) -> tuple[str, ImportPreview]:
        """Keep a file as it came, and return its identity and what it would add."""
        state = self.person(identity, by, "import.read")
        found = read_import(plain, state.record, contents_now(state.entries))
        with self._change(identity, Act("import.preview", by, identity)) as file:
            return file.add_bundle(plain, by), found

    def show_import(self, identity: str, bundle: str, by: str, dates: DateOrder | None = None) -> ImportPreview:
        """Return what a file that was kept would add now, its dates read in this order where they may be two."""
        with self.database.read(Act("import.read", by, identity)) as connection:
            file = open_person(connection, identity)
            state, plain = _state(file), file.bundle(bundle)
        return read_import(plain, state.record, contents_now(state.entries), dates=dates)

    def commit_import(
        self, identity: str, bundle: str, confirm: Sequence[str], by: str, dates: DateOrder | None = None
    ) -> tuple[list[Entry], bool]:
        """Write the entries of a file; return them, and whether they are new: a second commit gives the same."""
        with self.database.read(Act("import.read", by, identity)) as connection:
            file = open_person(connection, identity)
            if file.commit_of(bundle) is not None:
                return [one for one in file.entries() if one.bundle == bundle], False
            before = _import_contents(file, bundle, confirm, dates)
        with self._change(identity, Act("import.commit", by, identity)) as file:
            if file.commit_of(bundle) is not None:  # somebody did meanwhile
                return [one for one in file.entries() if one.bundle == bundle], False
            is_now = before[0] == file.entry_identities()  # else it is read again, while nobody else writes
            _, contents = before if is_now else _import_contents(file, bundle, confirm, dates)
            entries = file.add_entries(contents, by, bundle)
            file.add_commit(bundle, {"confirmed": list(confirm)} | ({"dates": dates} if dates else {}), by)
            return entries, True

    # What is said and decided --------------------------------------------------------------------------

    def look_at(self, identity: str, question: AssessmentBody, by: str) -> tuple[PersonState, Protocol, Assessment]:
        """Return a person and what a protocol says of him; nothing is stored."""
        state = self.person(identity, by)
        return state, *self.shelf.assess(state.record, question.protocol, question.region, question.on)

    def assess(self, identity: str, question: AssessmentBody, by: str) -> Note:
        """Assess a person, and store what was said."""
        state = self.person(identity, by, "assessment.read")
        plan, found = self.shelf.assess(state.record, question.protocol, question.region, question.on)
        return self.store_assessment(state, plan, found, by)

    def store_assessment(self, state: PersonState, plan: Protocol, assessment: Assessment, by: str) -> Note:
        """Store what was said of a person who was just read, unless it was the last thing that was said."""
        content = assessment_content(state.record, plan, assessment)
        if state.assessment is not None and state.assessment.content == content:
            return state.assessment
        return self._store(state.id, Act("assessment.add", by, state.id), "assessment", content, by)

    def forecast(self, identity: str, question: ForecastBody, by: str, watch: Progress = no_progress) -> Note:
        """Forecast regimens of a person, and store what was expected."""
        return self.store_forecast(identity, self.expect(identity, question, by, watch), by)

    def expect(
        self, identity: str, question: ForecastBody, by: str, watch: Progress = no_progress
    ) -> dict[str, Any]:  # fmt: skip
        """Return what is expected of a person on some regimens; nothing is stored."""
        state = self.person(identity, by, "forecast.read")
        return forecast_content(state.record, question, forecast_each(self.shelf, state.record, question, watch))

    def store_forecast(self, identity: str, content: dict[str, Any], by: str) -> Note:
        """Store what is expected of a person."""
        return self._store(identity, Act("forecast.add", by, identity), "forecast", content, by)

    def decide(self, identity: str, body: DecisionBody, by: str) -> tuple[Note, bool]:
        """Store a decision; raises ServiceProblem where the record changed since its assessment."""
        refuse_with_pointer(lambda: regimen_of(body.regimen), "/regimen")
        with self._change(identity, Act("decision.add", by, identity)) as file:
            state, said = _state(file), file.note("assessment", body.assessment)
            forecast = file.note("forecast", body.forecast) if body.forecast else None
            now = record_hash(state.record)
            if any(one is not None and one.content["inputs_sha256"] != now for one in (said, forecast)):
                raise ServiceProblem(
                    "RecordChanged",
                    409,
                    "got a decision on an assessment of an "
                    "earlier record; expected one of the record as it is now. Assess again.",
                )
            content = body.model_dump() | {"inputs_sha256": now}
            same = next((one for one in state.decisions if one.content == content), None)
            return (same, False) if same is not None else (file.add_note("decision", content, by), True)

    def notes(self, identity: str, table: str, by: str) -> list[Note]:
        """Return every assessment, forecast or decision of a person."""
        with self.database.read(Act(f"{table}.read", by, identity)) as connection:
            return open_person(connection, identity).notes(table)

    def note(self, identity: str, table: str, note: str, by: str) -> Note:
        """Return one of them; raises ServiceProblem (404) where there is none."""
        with self.database.read(Act(f"{table}.read", by, identity)) as connection:
            return open_person(connection, identity).note(table, note)

    def archive(self, identity: str, by: str) -> PersonArchive:
        """Return everything of a person."""
        with self.database.read(Act("person.export", by, identity)) as connection:
            file = open_person(connection, identity)
            notes = {table: file.notes(table) for table in ("assessment", "forecast", "decision")}
            files = {bundle: file.bundle(bundle) for bundle in file.bundles()}
            return PersonArchive(_state(file), notes, files, audit_rows(connection, identity, limit=100_000))

    def _store(self, identity: str, act: Act, table: str, content: dict[str, Any], by: str) -> Note:
        """Write what was said, unless it was the last thing that was said: question twice, it stands there once."""
        with self._change(identity, act) as file:
            same = next((one for one in reversed(file.notes(table)) if one.content == content), None)
            return same or file.add_note(table, content, by)

    @contextmanager
    def _change(self, identity: str, act: Act, version: str = "") -> Iterator[PersonFile]:
        """Open the file of a person while no other writer does; raises where a version is not that of now."""
        with self.database.enter(act) as connection:
            file = open_person(connection, identity, lock=True)
            if version and version.strip().strip('"') != _version(file.id, file.entry_identities()):
                raise ServiceProblem(
                    "StaleVersion",
                    412,
                    "got the version of an earlier state of this person; expected that of now. Load the person again.",
                )
            yield file


def _import_contents(
    file: PersonFile, bundle: str, confirm: Sequence[str], dates: DateOrder | None
) -> tuple[list[str], tuple[dict[str, Any], ...]]:
    """Return the entries that a person has, and what a file would add; what cannot be read together is refused."""
    state, plain = _state(file), file.bundle(bundle)
    found = read_import(plain, state.record, contents_now(state.entries), confirm, dates)
    contents_record((*contents_now(state.entries), *found.contents))
    return [one.id for one in state.entries], found.contents
