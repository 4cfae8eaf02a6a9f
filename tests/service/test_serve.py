"""Starting the service, its commands, and what is there after it was killed."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from browser import PASSWORD
from typer.testing import CliRunner

from leydig.cli.main import app
from leydig.errors import BadRecord, OutOfRange
from leydig.service.application import rooms_of
from leydig.service.bodies import EntryBody
from leydig.service.clinic.desk import Desk
from leydig.service.invented import enter_invented_men
from leydig.service.start import ListenAddress, _bind, database_of, service_options
from leydig.service.storage.backup import check_database


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "clinic.example"])
def test_plain_http_is_for_this_machine_alone(host):
    with pytest.raises(OutOfRange, match=r"without HTTPS; expected --certificate and --key, or --behind-proxy"):
        service_options(ListenAddress(host))
    assert service_options(ListenAddress(host, proxy="10.0.0.1")).secure
    found = run("serve", "--host", host)
    assert (found.exit_code, len(found.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.9.9.9"])
def test_this_machine_needs_no_https(host):
    found = service_options(ListenAddress(host, names=("Clinic.example",)))
    assert not found.secure and {"localhost", "clinic.example"} <= set(found.hosts)


def test_half_a_certificate_or_none_is_refused(tmp_path):
    there = tmp_path / "a.pem"
    there.write_text("x")
    for certificate, key, words in ((there, None, "expected both"), (there, tmp_path / "b.pem", "where no file is")):
        with pytest.raises(OutOfRange, match=words):
            service_options(ListenAddress(certificate=certificate, key=key))


def test_a_port_that_is_taken_is_named():
    with _bind(ListenAddress(port=0)) as first:
        with pytest.raises(OutOfRange, match=r"got --host 127.0.0.1 --port \d+: Address already in use"):
            _bind(ListenAddress(port=first.getsockname()[1]))


def test_a_database_that_does_not_answer_is_one_line():
    found = run("database", "upgrade", "--database", "postgresql://somebody:secret@127.0.0.1:1/x")
    assert found.exit_code == 2 and "secret" not in found.stderr and "does not answer" in found.stderr


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "leydig.db").write_text("no database" * 1000)
    with pytest.raises(BadRecord, match="does not answer as one"), database_of(tmp_path) as found:
        found.upgrade()


def test_invented_men_are_assessed(tmp_path):
    with database_of(None, demo=True) as database:
        database.upgrade()
        desk = Desk(database)
        count = enter_invented_men(desk)
        rows = desk.list.rows("me")
        kept = [desk.person(one.id, "me").assessment for one in rows]
    said = {one.pseudonym: one.verdict for one in rows}
    assert [one.content["verdict"] for one in kept] == list(said.values())
    assert len(said) == count and said["Rowan"] == "on treatment" and len(set(said.values())) >= 3


def test_the_commands_of_database_and_accounts(tmp_path, options):
    data = ("--data", tmp_path)
    assert "form 0007" in run("database", "upgrade", *data).stdout
    link = run("account", "add", "Dr Ito", "--role", "admin", *data).stdout.strip()
    with database_of(tmp_path) as database:
        rooms_of(database, options).accounts.accept(link.rpartition("/")[2], "", PASSWORD)
    assert run("account", "add", "Dr Ito", "--role", "admin", *data).exit_code == 2
    assert json.loads(run("account", "list", "--json", *data).stdout) == [{"account": "Dr Ito", "role": "admin"}]
    assert run("account", "role", "Dr Ito", "read-only", *data).exit_code == 2  # the last admin
    assert "/setup/" in run("account", "reset", "Dr Ito", *data).stdout
    assert run("account", "reset", "Nobody", *data).exit_code == 2
    assert run("database", "backup", "--out", tmp_path / "b.zip", *data).exit_code == 0
    assert run("database", "restore", tmp_path / "b.zip", "--data", tmp_path / "other").exit_code == 0
    for one in (tmp_path, tmp_path / "other"):
        assert run("database", "check", "--data", one).exit_code == 0
        assert run("database", "verify-audit", "--data", one).exit_code == 0
    assert run("replay", "0" * 26, *data).exit_code == 2
    with database_of(tmp_path) as database, database.touch() as connection:
        connection.exec_driver_sql("drop trigger audit_refuses_update")
        connection.exec_driver_sql("update audit set action = 'x' where number = 1")
    broken = run("database", "verify-audit", *data)
    assert (broken.exit_code, broken.stdout.strip()[:18]) == (1, "row 1 of the audit")
    assert run("database", "check", *data).exit_code == 1


# Killed --------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from contextlib import contextmanager
from pathlib import Path
from leydig.service.access.passwords import PasswordCost
from leydig.service.options import ServiceOptions
from leydig.service.start import ListenAddress, serve_forever
from leydig.service import start
from leydig.service.storage.database import Database, sqlite_address

inner, when = Database.enter, sys.argv[2]

@contextmanager
def enter(self, act):
    with inner(self, act) as connection:
        yield connection
        if act.action == "entry.add" and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
    if act.action == "entry.add" and when == "after":
        os.kill(os.getpid(), signal.SIGKILL)

Database.enter, start._warm = enter, lambda desk: None
database = Database(sqlite_address(Path(sys.argv[1])))
options = ServiceOptions(cost=PasswordCost(1, 8, 1))
for line in serve_forever(database, ListenAddress(port=0), options):
    print(line, flush=True)
"""


def ask(address, content=None, cookie="", csrf=""):
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(
        address, body, {"Content-Type": "application/json", "Cookie": cookie, "X-CSRF-Token": csrf}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer), (answer.headers.get("set-cookie") or "").partition(";")[0]


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_between_commit_and_answer_nothing_is_lost_or_doubled(tmp_path, when, options):
    command = [sys.executable, "-c", KILLED, tmp_path / "leydig.db", when]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
    try:
        address = server.stdout.readline().split()[2]
        link = server.stdout.readline().split()[-1]
        said, cookie = ask(link, {"account": "Dr Ito", "password": PASSWORD})
        man = ask(f"{address}/people", {"pseudonym": "A-1"}, cookie, said["csrf"])[0]["id"]
        entry = {"kind": "result", "name": "lh", "value": "3.4", "unit": "IU/L", "date": dt.date.today().isoformat()}
        with pytest.raises((OSError, urllib.error.URLError)):
            ask(f"{address}/people/{man}/entries", entry, cookie, said["csrf"])
        assert server.wait(30) == -signal.SIGKILL
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    with database_of(tmp_path) as database:
        database.upgrade()
        assert check_database(database) == []
        desk = Desk(database)
        held = [one for one in desk.person(man, "me").entries if one.content["kind"] == "result"]
        assert len(held) == (when == "after")
        desk.add_entry(man, EntryBody(**entry), "me")  # whoever got no answer sends it again
        assert len([one for one in desk.person(man, "me").entries if one.content["kind"] == "result"]) == 1
