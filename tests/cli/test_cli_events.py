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
