"""Event tables at the command line: what is said of a table, and everybody simulated at his own times."""

import json

import pytest
from typer.testing import CliRunner

from leydig.cli.main import app

TABLE = """ID,TIME,EVID,AMT,CMT,II,ADDL,DV,DVID
1,0,1,1,1,24,83,.,.
1,672,0,.,.,.,.,480,1
2,0,1,1,1,24,27,.,.
2,672,0,.,.,.,.,610,1
"""
SIDECAR = {"time": "hours", "drugs": {"1": "anastrozole"}, "analytes": {"1": "testosterone ng/dL"}}


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "trial.csv"
    path.write_text(TABLE, encoding="utf-8")
    (tmp_path / "trial.events.json").write_text(json.dumps(SIDECAR), encoding="utf-8")
    return path


def run(*words):
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.stdout + done.stderr


def test_a_table_is_checked_and_its_doses_are_counted(table):
    code, said = run("data", "check", table)
    assert code == 0, said
    assert "112" in said and "anastrozole" in said


def test_a_row_that_cannot_be_given_is_named(table):
    table.write_text(TABLE.replace("2,0,1,1,1", "2,0,1,1,7"), encoding="utf-8")
    code, said = run("data", "check", table)
    assert code != 0
    assert "row 4" in said and "Traceback" not in said


def test_everybody_is_simulated_at_his_own_times(table):
    code, said = run("simulate", "--events", table, "--age", "34", "--json")
    assert code == 0, said
    assert [(row["ID"], row["DAY"], row["UNIT"]) for row in json.loads(said)["rows"]] == [
        (one, 28.0, "ng/dL") for one in "12"
    ]


def test_what_was_said_of_a_table_is_kept_beside_it(table):
    beside = table.with_name("trial.events.json")
    beside.unlink()
    code, said = run("data", "check", table)
    assert code == 2 and "--keep" in said
    words = ("--time", "hours", "--drug", "1=anastrozole", "--analyte", "1=testosterone ng/dL")
    code, said = run("data", "check", table, *words)
    assert code == 0 and "Next: the same with --keep, then leydig simulate" in " ".join(said.split())
    assert not beside.exists()
    code, said = run("data", "check", table, *words, "--keep")
    assert code == 0 and json.loads(beside.read_text(encoding="utf-8")) == SIDECAR
    code, said = run("data", "check", table, "--ties", "dose first", "--keep")
    assert json.loads(beside.read_text(encoding="utf-8")) == SIDECAR | {"ties": "dose first"}
    assert "Next: leydig simulate" in run("data", "check", table)[1]
