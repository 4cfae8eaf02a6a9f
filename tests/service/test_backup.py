"""Backups, checks of a database, and decisions that are worked out again."""

import json
import zipfile

import pytest
import sqlalchemy as sa
from browser import DAY

from leydig.errors import BadRecord
from leydig.service.clinic.recompute import recompute_decision
from leydig.service.problems import ServiceProblem
from leydig.service.storage import backup as backups
from leydig.service.storage.audit import verify_chain
from leydig.service.storage.backup import check_database, read_backup, write_backup
from leydig.service.storage.database import Database, sqlite_address
from leydig.service.storage.person_file import all_person_files


@pytest.fixture
def empty(tmp_path):
    found = Database(sqlite_address(tmp_path / "other" / "leydig.db"))
    found.upgrade()
    yield found
    found.close()


@pytest.fixture
def clinic(browser, database):
    man = browser.add_man()
    browser.post(f"/people/{man}/imports", {"text": "name,value,unit,date\nshbg,30,nmol/L,2026-03-02\n"})
    entry = browser.get(f"/people/{man}/entries").json()["items"][-1]
    again = {
        "name": entry["name"],
        "value": "46",
        "unit": "%",
        "date": DAY,
        "supersedes": entry["id"],
        "reason": "misread",
    }
    browser.add(man, browser.version(man), **again)
    said = browser.post(f"/people/{man}/assessments", {"on": DAY}).json()
    body = {"assessment": said["id"], "regimen": "anastrozole 1 mg daily", "reason": "as advised"}
    return browser, database, man, browser.post(f"/people/{man}/decisions", body).json()["id"]


def content(database):
    with database.look() as connection:
        return [(file.pseudonym, [one.as_json() for one in file.entries()], [one.as_json() for one in file.notes("decision")],
                 [file.bundle(one) for one in file.bundles()]) for file in all_person_files(connection)]  # fmt: skip


def test_a_backup_brings_everything_back(clinic, empty, tmp_path):
    _, database, _, _ = clinic
    out = tmp_path / "backup.zip"
    assert write_backup(database, out) > 10 and out.stat().st_mode & 0o777 == 0o600
    read_backup(empty, out)
    assert content(empty) == content(database) != []
    assert check_database(empty) == []
    with empty.look() as connection:
        assert verify_chain(connection) is None
    with pytest.raises(BadRecord, match="holds a person already"):
        read_backup(empty, out)


def test_a_backup_that_was_changed_or_is_none_is_refused(clinic, empty, tmp_path):
    _, database, _, _ = clinic
    out, bad = tmp_path / "backup.zip", tmp_path / "bad.zip"
    write_backup(database, out)
    with zipfile.ZipFile(out) as whole, zipfile.ZipFile(bad, "w") as part:
        for name in whole.namelist():
            part.writestr(
                name, whole.read(name).replace(b"clinician", b"admin").replace(b'"role": "admin"', b'"role": "adnim"')
            )
    with pytest.raises(BadRecord, match="got a account that was changed|got an? account"):
        read_backup(empty, bad)
    assert content(empty) == []
    (tmp_path / "text.zip").write_text("no archive")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("x", "y")
    for name, words in (
        ("text.zip", "got no backup"),
        ("absent.zip", "got no backup"),
        ("other.zip", "got another archive"),
    ):
        with pytest.raises(BadRecord, match=words):
            read_backup(empty, tmp_path / name)


def test_a_backup_that_is_damaged_says_so_and_nothing_is_written(clinic, empty, tmp_path):
    """Every place of the file in turn, and a part that is missing or something else."""
    _, database, _, _ = clinic
    out, bad = tmp_path / "backup.zip", tmp_path / "bad.zip"
    write_backup(database, out)
    plain = out.read_bytes()
    cases = []
    for part in ("[]", "no", "{}", json.dumps({"revision": empty.revision})):
        with zipfile.ZipFile(bad, "w") as packed:
            packed.writestr("manifest.json", part)
        cases.append(bad.read_bytes())
    cases += [plain[:place] for place in range(0, len(plain) - 1, len(plain) // 20)]
    middle = plain.index(b"PK", len(plain) // 4)  # of the parts: what a byte there says is held by their sums
    cases += [
        plain[:place] + bytes([plain[place] ^ 0x55]) + plain[place + 1 :]
        for place in (middle, middle + 40, middle + 90)
    ]
    for one in cases:
        bad.write_bytes(one)
        with pytest.raises(BadRecord, match=r"bad\.zip: got (?:a backup that is damaged|no backup)"):
            read_backup(empty, bad)
    assert content(empty) == []


def test_a_backup_of_another_form_is_refused(clinic, empty, tmp_path, monkeypatch):
    _, database, _, _ = clinic
    monkeypatch.setattr(Database, "revision", "0000")
    write_backup(database, tmp_path / "backup.zip")
    monkeypatch.undo()
    with pytest.raises(BadRecord, match="got tables of form 0000; expected 0007"):
        read_backup(empty, tmp_path / "backup.zip")
    assert backups.check_database(empty) == []


def test_a_body_that_was_changed_is_found(clinic):
    _, database, _, _ = clinic
    with database.touch() as connection:
        connection.exec_driver_sql("drop trigger entry_refuses_update")
        connection.execute(sa.text("update entry set body = zeroblob(40) where supersedes is not null"))
    assert [one for one in check_database(database) if "its key does not open" in one]


def test_a_decision_comes_out_the_same_and_says_what_moved(clinic, monkeypatch):
    browser, database, man, decision = clinic
    found = recompute_decision(database, decision)
    assert (found.parts, found.moved) == (("assessment",), ())
    monkeypatch.setattr("leydig.service.clinic.opinion.VERSION", "9.9.9")
    assert recompute_decision(database, decision).moved == ("assessment.leydig_version: '0.1.0', now '9.9.9'",)
    assert json.dumps(found.as_json())
    with pytest.raises(ServiceProblem, match="got decision 'nothing'"):
        recompute_decision(database, "nothing")
    browser.delete(f"/people/{man}", browser.version(man))
    with pytest.raises(ServiceProblem, match="expected one of this clinic"):
        recompute_decision(database, decision)
