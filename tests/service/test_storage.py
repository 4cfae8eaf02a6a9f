"""The database: both kinds keep what was written, refuse a change of it, and find one that was made all the same."""

import sqlite3
import threading

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from leydig.errors import BadRecord
from leydig.service.problems import ServiceProblem
from leydig.service.storage.act import Act
from leydig.service.storage.audit import audit_rows, verify_chain
from leydig.service.storage.database import Database, sqlite_address
from leydig.service.storage.identity import new_identity
from leydig.service.storage.keys import PersonKey
from leydig.service.storage.person_file import all_person_files, create_person, open_person
from leydig.service.storage.tables import APPEND_ONLY, SCHEMA

ACT = Act("test.act")


@pytest.fixture
def database(each_database):
    return each_database


def person_with(database, *contents):
    with database.enter(ACT) as connection:
        file = create_person(connection, "A-1", "me")
        for one in contents:
            file.add_entry(one, "me")
        return file.id


def test_the_tables_are_those_that_the_program_knows(database):
    with database.look() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SCHEMA) == []
    assert database.revision == database.newest_revision is not None


def test_an_upgrade_again_changes_nothing(database):
    person = person_with(database, {"kind": "goal", "value": "a child"})
    database.upgrade()
    with database.enter(ACT) as connection:
        assert [one.content["value"] for one in open_person(connection, person).entries()] == ["a child"]


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("deed", ["update {table} set {column} = {column}", "delete from {table}"])
def test_what_was_written_is_neither_changed_nor_taken_away(database, table, deed):
    with database.enter(ACT) as connection:
        file = create_person(connection, "A-1", "me")
        bundle = file.add_bundle(b"file", "me")
        file.add_commit(bundle, {}, "me")
        file.add_entry({"kind": "goal"}, "me")
        for one in ("assessment", "forecast", "decision"):
            file.add_note(one, {}, "me")
    column = next(one.name for one in SCHEMA.tables[table].columns if not one.primary_key)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.touch() as connection:
        connection.execute(sa.text(deed.format(table=table, column=column)))


def test_a_file_is_durable_private_and_checks_its_links(tmp_path):
    path = tmp_path / "folder" / "leydig.db"
    database = Database(sqlite_address(path))
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    with database.look() as connection:
        said = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in
                ("journal_mode", "foreign_keys", "synchronous", "busy_timeout", "secure_delete")]  # fmt: skip
    assert said == ["wal", 1, 2, 5000, 1]  # 2 is FULL
    database.close()


@pytest.mark.parametrize("address", ["mysql://x/y", "nonsense", "sqlite+aiosqlit", ""])
def test_another_database_is_refused(address):
    with pytest.raises(BadRecord, match=r"^got a database .*; expected sqlite:///FILE or postgresql://"):
        Database(address)


def test_an_act_that_fails_leaves_nothing(database):
    with pytest.raises(ZeroDivisionError), database.enter(Act("test.failure")) as connection:
        create_person(connection, "A-1", "me")
        raise ZeroDivisionError
    with database.look() as connection:
        assert not list(all_person_files(connection)) and not audit_rows(connection)


def test_a_body_is_read_where_it_was_written_alone():
    key = PersonKey()
    body = key.seal({"value": "271"}, "entry/1")
    assert key.open(body, "entry/1") == {"value": "271"} and b"271" not in body
    for other, where in ((key, "entry/2"), (PersonKey(), "entry/1")):
        with pytest.raises(ValueError, match="its key does not open"):
            other.open(body, where)


def test_identities_sort_as_they_were_given():
    many = [new_identity() for _ in range(2000)]
    assert many == sorted(many) and len(set(many)) == 2000 and {len(one) for one in many} == {26}


def test_an_entry_is_corrected_once(database):
    person = person_with(database, {"kind": "result", "value": "271"})
    with database.enter(ACT) as connection:
        file = open_person(connection, person)
        first = file.entries()[0]
        second = file.add_entry({"kind": "result", "value": "272"}, "me", first.id)
        with pytest.raises(ServiceProblem) as caught:
            file.add_entry({"kind": "result", "value": "273"}, "me", first.id)
        assert caught.value.status == 409
        assert [(one.id, one.superseded_by) for one in file.entries()] == [(first.id, second.id), (second.id, None)]


def test_who_is_deleted_cannot_be_read_again(database):
    person = person_with(database, {"kind": "goal", "value": "a child"})
    with database.enter(ACT) as connection:
        open_person(connection, person).destroy_key()
    with pytest.raises(ServiceProblem) as caught, database.look() as connection:
        open_person(connection, person)
    assert caught.value.status == 404
    with database.look() as connection:
        assert len(connection.execute(sa.select(SCHEMA.tables["entry"])).all()) == 1


def test_the_key_of_who_was_deleted_is_in_no_byte_of_the_file(tmp_path):
    path = tmp_path / "leydig.db"
    database = Database(sqlite_address(path))
    database.upgrade()
    person = person_with(database, {"kind": "goal", "value": "a child"})
    with database.enter(ACT) as connection:
        file = open_person(connection, person)
        secret = file.key.secret
    held = b"".join(one.read_bytes() for one in tmp_path.glob("leydig.db*"))
    assert secret in held
    with database.enter(ACT) as connection:
        open_person(connection, person).destroy_key()
    with database.snapshot() as connection:  # somebody reads for long
        connection.execute(sa.select(SCHEMA.tables["person"])).all()
        database.engine.dispose()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("leydig.service.storage.database._SQLITE", ("PRAGMA busy_timeout=1",))
            assert not database.forget_pages()
            database.engine.dispose()
    assert database.forget_pages()
    assert secret not in b"".join(one.read_bytes() for one in tmp_path.glob("leydig.db*"))
    database.close()


def test_the_key_of_who_was_deleted_is_in_no_byte_of_its_table(postgresql, monkeypatch):
    name = f"clinic_{new_identity().lower()}"
    postgresql.psql(f"create database {name};")
    database = Database(postgresql.get_uri(name))
    database.upgrade()
    person, other = person_with(database), person_with(database)
    with database.look() as connection:
        secrets = [open_person(connection, one).key.secret for one in (person, other)]
    with database.enter(ACT) as connection:
        open_person(connection, person).destroy_key()

    def stands(secret):
        postgresql.psql("checkpoint;")
        return any(secret in one.read_bytes() for one in (postgresql.pgdata / "base").rglob("*") if one.is_file())

    assert stands(secrets[0])
    monkeypatch.setattr("leydig.service.storage.database.FORGET", 0.05)
    with database.snapshot() as connection:
        connection.execute(sa.select(SCHEMA.tables["person_key"])).all()
        assert not database.forget_pages()
    assert database.forget_pages() and not stands(secrets[0]) and stands(secrets[1])
    database.close()


def test_who_reads_holds_nobody_up_and_is_in_the_audit_before_he_is_told(database):
    """A long read and a writer at once, and of a read whose row cannot be written nothing is told."""
    person = person_with(database)
    with database.read(Act("test.read", target=person)) as connection:
        read = open_person(connection, person)
        with database.enter(Act("test.write", target=person)) as other:
            open_person(other, person, lock=True).add_entry({"kind": "goal", "value": "b"}, "me")
        assert read.entries() == []
    with database.look() as connection:
        assert [row["action"] for row in audit_rows(connection, person)] == ["test.read", "test.write"]
    with pytest.raises(TypeError), database.read(Act(object())):
        pass
    with database.unite() as connection:  # inside of what is written it sees that
        with database.enter(ACT):
            open_person(connection, person).add_entry({"kind": "goal", "value": "c"}, "me")
        with database.read(ACT) as other:
            assert len(open_person(other, person).entries()) == 2


# Audit ---------------------------------------------------------------------------------------------


def test_each_act_leaves_a_row_that_follows_the_one_before(database):
    for number in range(5):
        with database.enter(Act(f"test.{number}", target="x" if number % 2 else "")):
            pass
    with database.look() as connection:
        assert verify_chain(connection) is None
        assert [row["action"] for row in audit_rows(connection, "x")] == ["test.3", "test.1"]
        assert [row["number"] for row in audit_rows(connection, before=3, limit=1)] == [2]


TAMPERED = {
    "update audit set action = 'nothing' where number = 3": "row 3 of the audit: it was changed",
    "update audit set at = '2026' where number = 5": "row 5 of the audit: it was changed",
    "delete from audit where number = 2": "row 2 of the audit: it is missing",
    "delete from audit where number = 5": "row 5 of the audit: it is missing at the end",
}


@pytest.mark.parametrize("deed", TAMPERED)
def test_a_row_that_was_changed_behind_its_back_is_named(database, deed):
    for number in range(5):
        with database.enter(Act(f"test.{number}")):
            pass
    with database.touch() as connection:
        if database.is_sqlite:
            for word in ("update", "delete"):
                connection.exec_driver_sql(f"drop trigger audit_refuses_{word}")
        else:
            connection.exec_driver_sql("alter table audit disable trigger user")
        connection.exec_driver_sql(deed)
    with database.look() as connection:
        assert str(verify_chain(connection)).startswith(TAMPERED[deed])


# Many at once --------------------------------------------------------------------------------------


def test_eight_writers_lose_nothing(database):
    person = person_with(database)
    failures = []

    def write(number):
        try:
            for place in range(5):
                with database.enter(Act("test.write", target=person)) as connection:
                    open_person(connection, person, lock=True).add_entry(
                        {"kind": "goal", "value": f"{number} {place}"}, "me"
                    )
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not failures
    with database.enter(ACT) as connection:
        values = {one.content["value"] for one in open_person(connection, person).entries()}
    assert len(values) == 40
    with database.look() as connection:
        assert verify_chain(connection) is None and len(audit_rows(connection, person)) == 40


def test_two_who_correct_the_same_entry_do_not_both(database):
    person = person_with(database, {"kind": "goal", "value": "a"})
    with database.enter(ACT) as connection:
        first = open_person(connection, person).entries()[0].id
    gate, outcomes = threading.Barrier(2), []

    def correct(value):
        gate.wait()
        try:
            with database.enter(ACT) as connection:
                open_person(connection, person, lock=True).add_entry({"kind": "goal", "value": value}, "me", first)
            outcomes.append(200)
        except ServiceProblem as problem:
            outcomes.append(problem.status)

    threads = [threading.Thread(target=correct, args=(value,)) for value in "bc"]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == [200, 409]


def test_who_acts_and_who_unites_acts_never_wait_for_each_other(database):
    """A request with a key holds the audit from its first act on; who acts once must not hold the person before it."""
    person, acts = person_with(database), threading.Event()
    outcomes = []

    def act():
        acts.set()
        with database.enter(ACT) as connection:
            open_person(connection, person, lock=True).add_entry({"kind": "goal", "value": "b"}, "me")
        outcomes.append("acted")

    other = threading.Thread(target=act)
    with database.unite() as connection:
        with database.enter(ACT):
            pass
        other.start()
        acts.wait()
        other.join(0.3)  # it is at the audit, or holds the person already
        with database.enter(ACT):
            open_person(connection, person, lock=True).add_entry({"kind": "goal", "value": "a"}, "me")
        outcomes.append("united")
    other.join()
    assert outcomes == ["united", "acted"]


def test_a_writer_waits_for_another_one(tmp_path):
    path = tmp_path / "leydig.db"
    database = Database(sqlite_address(path))
    database.upgrade()
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.3, lambda: other.execute("COMMIT"))
    timer.start()
    with database.enter(ACT):
        pass
    timer.join()
    other.close()
    database.close()
