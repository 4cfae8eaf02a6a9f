"""Everybody of an event table, simulated: who was not solved is counted, named and marked in every output."""

import json

import equinox as eqx
import numpy as np
import pandas
import pytest
from typer.testing import CliRunner

import leydig as ly
from leydig.cli.main import app
from leydig.exchange.events import simulation
from leydig.exchange.events.simulation import simulate_table

TABLE = """ID,TIME,EVID,AMT,DRUG,II,ADDL,AGE
a,0,1,1,anastrozole,1,27,34
a,28,2,.,.,.,.,34
b,0,1,1,anastrozole,1,27,51
b,7,2,.,.,.,.,51
b,14,3,.,.,.,.,51
b,28,2,.,.,.,.,51
"""
MAN = simulation._man


def lose(*ages):
    """Return a man of whom the levels of these ages are lost."""

    def man(subject, *said):
        found = MAN(subject, *said)
        return eqx.tree_at(lambda one: one.state.lh, found, np.float64("nan")) if subject.age in ages else found

    return man


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(TABLE)
    (tmp_path / "t.events.json").write_text('{"time": "days"}')
    return path


def test_who_was_not_solved_is_counted_and_marked(path, monkeypatch):
    monkeypatch.setattr(simulation, "_man", lose(51))
    rows = simulate_table(ly.read_events(path))
    assert (rows.attrs["men"], rows.attrs["failed_count"], list(rows.attrs["failed"])) == (2, 1, ["b"])
    why = rows.attrs["failed"]["b"]
    assert why.startswith("episode 0: ") and "; episode 1: " in why and "day 0" in why
    solved = rows.groupby(["ID", "EPISODE"])["SOLVED"].unique().map(list).to_dict()
    assert solved == {("a", 0): [1], ("b", 0): [0], ("b", 1): [0]}
    assert rows["DV"].isna().equals(rows["SOLVED"] == 0)


def test_everybody_solved_is_said_too(path):
    rows = simulate_table(ly.read_events(path))
    assert rows.attrs == {"men": 2, "failed_count": 0, "failed": {}} and rows["SOLVED"].eq(1).all()


def test_nobody_solved_is_an_error(path, monkeypatch):
    monkeypatch.setattr(simulation, "_man", lose(34, 51))
    with pytest.raises(ly.NotSolved, match=r"nobody of t\.csv"):
        simulate_table(ly.read_events(path))


def test_the_command_line_counts_them_in_every_output(path, monkeypatch, tmp_path):
    monkeypatch.setattr(simulation, "_man", lose(51))

    def run(*words):
        done = CliRunner().invoke(app, ["simulate", "--events", str(path), *words])
        assert done.exit_code == 0, done.output
        return done

    said = json.loads(run("--json").stdout)
    assert (said["men"], said["failed_count"], list(said["failed"])) == (2, 1, ["b"])
    shown = run().stdout
    assert "1 of 2 men solved, 1 not solved" in shown and "ID b was not solved: " in shown
    out = tmp_path / "levels.csv"
    assert "1 of 2 men solved, 1 not solved" in run("--out", str(out)).stderr
    assert pandas.read_csv(out).groupby("ID")["SOLVED"].max().to_dict() == {"a": 1, "b": 0}
    both = run("--json", "--out", str(out))
    assert json.loads(both.stdout)["failed_count"] == 1
