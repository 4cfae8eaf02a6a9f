"""The master key: whoever has the database or a backup of it alone reads nobody."""

import pyotp
import pytest
import sqlalchemy as sa
from browser import PASSWORD, Browser
from typer.testing import CliRunner

from leydig.cli.main import app as program
from leydig.errors import BadRecord, OutOfRange
from leydig.service.application import application, rooms_of
from leydig.service.clinic.desk import Desk
from leydig.service.start import database_of
from leydig.service.storage.backup import check_database, read_backup, write_backup
from leydig.service.storage.sealing import seal_secrets
from leydig.service.storage.tables import SCHEMA


def key_file(path, digit="a"):
    path.write_text(digit * 64 + "\n")
    return path


def stored_keys(database):
    with database.look() as connection:
        return connection.execute(sa.select(SCHEMA.tables["person_key"].c.key)).scalars().all()


def clinic(folder, options, master_key=None):
    """Make a clinic with one man and a second factor; return the identity of the man and the factor's secret."""
    with database_of(folder, master_key=master_key) as database:
        database.upgrade()
        rooms = rooms_of(database, options)
        browser = Browser(application(rooms), rooms)
        man = browser.add_man(results=())
        secret = browser.post("/account/factor", {"present": PASSWORD}).json()["secret"]
        assert browser.post("/account/factor/confirmation", {"code": pyotp.TOTP(secret).now()}).status_code == 201
    return man, secret


def test_without_its_file_nothing_of_anybody_is_read(tmp_path, options):
    master = key_file(tmp_path / "master")
    man, secret = clinic(tmp_path, options, master)
    held = b"".join(one.read_bytes() for one in tmp_path.glob("leydig.db*"))
    assert secret.encode() not in held
    with database_of(tmp_path) as database:
        assert [len(one) for one in stored_keys(database)] == [61]
        for reading in (lambda: Desk(database).person(man, "me"), lambda: seal_secrets(database)):
            with pytest.raises(BadRecord, match="--master-key FILE"):
                reading()
    with (
        database_of(tmp_path, master_key=key_file(tmp_path / "other", "b")) as database,
        pytest.raises(BadRecord, match="another master key"),
    ):
        Desk(database).person(man, "me")


def test_a_database_that_had_none_is_put_under_it_and_under_another(tmp_path, options):
    man, _ = clinic(tmp_path, options)
    first, second = key_file(tmp_path / "first"), key_file(tmp_path / "second", "c")
    with database_of(tmp_path) as database:
        plain = stored_keys(database)
    with database_of(tmp_path, master_key=first) as database:
        assert (seal_secrets(database), seal_secrets(database)) == (2, 0)
        assert Desk(database).person(man, "me").pseudonym == "A-1" and check_database(database) == []
        write_backup(database, tmp_path / "b.zip")
    assert plain[0] not in b"".join(one.read_bytes() for one in tmp_path.glob("leydig.db*"))
    words = ["--master-key", str(second), "--former", str(first), "--data", str(tmp_path)]
    done = CliRunner().invoke(program, ["database", "rotate-key", *words])
    assert done.exit_code == 0 and done.stdout.startswith("2 keys"), done.output
    assert (
        CliRunner()
        .invoke(program, ["database", "check", "--data", str(tmp_path), "--master-key", str(second)])
        .exit_code
        == 0
    )
    assert (
        CliRunner()
        .invoke(program, ["database", "check", "--data", str(tmp_path), "--master-key", str(first)])
        .exit_code
        != 0
    )
    with database_of(tmp_path / "back", master_key=first) as database:
        database.upgrade()
        read_backup(database, tmp_path / "b.zip")
        assert Desk(database).person(man, "me").pseudonym == "A-1"


@pytest.mark.parametrize("text", ["", "a" * 63, "a" * 65, "g" * 64, "aa " * 32])
def test_a_file_that_holds_no_key_is_refused(tmp_path, text):
    (tmp_path / "master").write_text(text)
    with (
        pytest.raises(OutOfRange, match="expected 64 hexadecimal digits"),
        database_of(tmp_path, master_key=tmp_path / "master"),
    ):
        pass
