"""Two workers on one database, each with connections of its own, and a worker that is killed again and again."""

import subprocess
import sys
import threading

import pytest

from leydig.service.bodies import EntryBody, PersonBody
from leydig.service.clinic.desk import Desk
from leydig.service.problems import ServiceProblem
from leydig.service.storage.act import Act
from leydig.service.storage.audit import audit_rows, verify_chain
from leydig.service.storage.backup import check_database
from leydig.service.storage.database import Database, sqlite_address

GOALS = 8  # that each worker writes


@pytest.fixture
def workers(each_address):
    """Two desks, as two processes have them."""
    databases = [Database(each_address), Database(each_address)]
    databases[0].upgrade()
    yield [Desk(one) for one in databases]
    for one in databases:
        one.close()


def at_once(*works):
    """Do works at the same moment; return what each gives, or the status with which it is refused."""
    gate, found = threading.Barrier(len(works)), [None] * len(works)

    def work(place):
        gate.wait()
        try:
            found[place] = works[place]()
        except ServiceProblem as problem:
            found[place] = problem.status

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(works))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


def test_two_workers_write_one_man_and_nothing_is_lost_or_doubled(workers):
    man = workers[0].add_person(PersonBody(pseudonym="A-1"), "me").id

    def write(desk, own):
        for number in range(GOALS):
            desk.add_entry(man, EntryBody(kind="goal", value=f"{own} {number}"), "me")
            desk.add_entry(man, EntryBody(kind="goal", value=f"both {number}"), "me")

    at_once(*(lambda desk=desk, own=own: write(desk, own) for own, desk in enumerate(workers)))
    values = [one.content["value"] for one in workers[0].person(man, "me").entries if one.content["kind"] == "goal"]
    assert len(values) == len(set(values)) == 3 * GOALS
    with workers[1].database.look() as connection:
        assert verify_chain(connection) is None
    assert check_database(workers[1].database) == []


def test_of_two_who_change_the_same_version_one_is_told(workers):
    man = workers[0].add_person(PersonBody(pseudonym="A-1"), "me").id
    first, _ = workers[0].add_entry(man, EntryBody(kind="goal", value="a"), "me")
    version = workers[1].person(man, "me").version
    change = [EntryBody(kind="goal", value=text, supersedes=first.id, reason="x") for text in "bc"]
    found = at_once(*(lambda n=n: workers[n].add_entry(man, change[n], "me", version)[1] for n in (0, 1)))
    assert sorted(map(str, found)) in (["409", "True"], ["412", "True"])
    both = at_once(*(lambda n=n: workers[n].add_person(PersonBody(pseudonym="B-2"), "me").id for n in (0, 1)))
    assert [one for one in both if one == 409] == [409]


def test_many_at_once_on_one_file_all_get_their_turn(tmp_path, monkeypatch):
    """Forty threads write ten times each while nobody waits for SQLite itself: in a process they queue before it."""
    monkeypatch.setattr("leydig.service.storage.database._SQLITE", ("PRAGMA journal_mode=WAL", "PRAGMA busy_timeout=0"))
    database = Database(sqlite_address(tmp_path / "leydig.db"))
    database.upgrade()

    def write():
        for _ in range(10):
            with database.enter(Act("test.act")):
                pass

    at_once(*[write] * 40)
    with database.look() as connection:
        assert verify_chain(connection) is None and len(audit_rows(connection, limit=1000)) == 400
    database.close()


KILLS = """
import os, random, signal, sys, time
from pathlib import Path
from leydig.service.storage.act import Act
from leydig.service.storage.backup import check_database
from leydig.service.storage.database import Database, sqlite_address
from leydig.service.storage.person_file import create_person, open_person

path, chance = Path(sys.argv[1]), random.Random(1)
first = Database(sqlite_address(path))
first.upgrade()
with first.enter(Act("test.act")) as connection:
    man = create_person(connection, "A-1", "me").id
first.close()
told = 0
for kill in range(int(sys.argv[2])):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        database = Database(sqlite_address(path))
        for number in range(10**9):
            with database.enter(Act("test.act")) as connection:
                open_person(connection, man, lock=True).add_entry({"kind": "goal", "value": f"{kill} {number}"}, "me")
            os.write(write, b".")  # the answer: from here on it must be there
    os.close(write)
    told += len(os.read(read, 1))
    time.sleep(chance.uniform(0.0, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    told += len(os.read(read, 10**6))
    os.close(read)
database = Database(sqlite_address(path))
with database.enter(Act("test.act")) as connection:
    values = [one.content["value"] for one in open_person(connection, man).entries()]
print(told, len(values), len(set(values)), check_database(database))
"""


def test_killed_again_and_again_nothing_that_was_answered_is_lost(tmp_path):
    kills = 25
    command = [sys.executable, "-c", KILLS, str(tmp_path / "leydig.db"), str(kills)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told, held, different, faults = done.stdout.split(maxsplit=3)
    assert int(told) <= int(held) <= int(told) + kills and held == different and faults.strip() == "[]"
    assert int(held) > kills
