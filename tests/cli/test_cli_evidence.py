"""`leydig evidence`: the catalogue, a study file from outside, refusals, figures, calibration and the credibility page."""

import json
import os

import numpy as np
import pandas
import pytest
from typer.testing import CliRunner

from leydig.cli.commands import evidence
from leydig.cli.main import app
from leydig.evidence import load_study, replay, studies
from leydig.evidence.calibration import calibration
from leydig.evidence.calibration.calibration import Calibration
from leydig.exchange.replays import REPLAY_COLUMNS
from leydig.man.uncertainty import POSTERIOR_FOLDER

ONE = "shah_2021"
OUTSIDE = """\
id = "my_series"
title = "Anastrozole in men with few sperm"
source = "Nobody 2020, unresolved:my-series"
role = "held-out"
design = "uncontrolled series"

[[arm]]
name = "anastrozole 1 mg daily"
n = 25
men = "oligozoospermic men"
kind = "oligozoospermia"
regimen = "anastrozole 1 mg daily"
age = { mean = 34.0 }
baseline.testosterone = { mean = 300, sd = 80, unit = "ng/dL" }
baseline.sperm_concentration = { mean = 6, sd = 4, unit = "million/mL" }
enrolled.sperm_concentration = { below = 15, unit = "million/mL" }

[[arm.observed]]
analyte = "testosterone"
week = 4
mean = 480
unit = "ng/dL"

[[arm.observed]]
analyte = "sperm_concentration"
week = 17
mean = 9.6
unit = "million/mL"
"""
KEYS = ["study", "arm", "analyte", "week", "observed", "predicted", "low", "high", "inside", "log_ratio", "role", "form",
        "unit", "failed", "untreated", "noise", "standardized"]  # fmt: skip


def run(*words):
    return CliRunner().invoke(app, ["evidence", *map(str, words)])


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    path = tmp_path_factory.mktemp("studies") / "my_series.toml"
    path.write_text(OUTSIDE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def record(outside):
    done = run("run", "--file", outside, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_list_holds_every_study():
    rows = json.loads(run("list", "--json").stdout)
    assert [row["id"] for row in rows] == list(studies())
    shah = next(row for row in rows if row["id"] == ONE)
    assert (shah["role"], shah["n"], shah["drugs"], shah["values"]) == ("calibration", 30, ["anastrozole"], 6)
    shown = run("list")
    assert shown.exit_code == 0
    assert ONE in shown.stdout
    assert "Next: leydig evidence run" in shown.stdout


def test_json_has_exactly_this_form(record):
    assert list(record) == ["observations", "summary"]
    testosterone, sperm = record["observations"]
    assert list(testosterone) == KEYS
    assert list(sperm) == [*KEYS, "regression_to_the_mean"]
    assert set(record["summary"]) == {
        "overall", "by_role", "by_analyte", "by_role_and_analyte", "hormones", "semen", "goals", "noise",
    }  # fmt: skip
    assert testosterone["study"] == "my_series"
    assert (testosterone["observed"], testosterone["unit"], testosterone["week"]) == (480.0, "ng/dL", 4.0)
    assert testosterone["low"] < testosterone["predicted"] < testosterone["high"]
    assert testosterone["inside"] is (testosterone["low"] <= 480.0 <= testosterone["high"])
    assert testosterone["log_ratio"] == pytest.approx(np.log(testosterone["predicted"] / 480.0))


def test_a_file_alone_is_run_alone_and_as_the_library_does(record, outside):
    assert [row.record() for row in replay(load_study(outside))] == record["observations"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_replays_are_written_as_a_tidy_table(record, outside, tmp_path, ending):
    path = tmp_path / f"replays.{ending}"
    done = run("run", "--file", outside, "--out", path)
    assert done.exit_code == 0, done.output
    found = pandas.read_csv(path) if ending == "csv" else pandas.read_parquet(path)
    assert list(found) == [column.name for column in REPLAY_COLUMNS]
    for row, wanted in zip(found.to_dict("records"), record["observations"], strict=True):
        for key, value in wanted.items():
            if value is None or value == "":
                assert pandas.isna(row[key])
            else:
                assert row[key] == (pytest.approx(value) if isinstance(value, float) else value)
        assert pandas.isna(row["regression_to_the_mean"]) == ("regression_to_the_mean" not in wanted)


def test_a_table_that_cannot_be_written_is_refused_before_the_replay(outside, tmp_path):
    done = run("run", "--file", outside, "--out", tmp_path / "replays.xlsx")
    assert done.exit_code == 2 and ".csv or .parquet" in done.output


def test_an_uncontrolled_gain_is_split(record):
    (row,) = record["summary"]["semen"]
    assert row["observed"] == pytest.approx(1.6)
    assert row["regression"] > 1.05
    assert row["regression"] * row["drug"] == pytest.approx(row["predicted"])
    assert 0.0 < row["gain_by_regression"] < 1.0


def test_another_seed_is_other_men(record, outside):
    again = json.loads(run("run", "--file", outside, "--json", "--seed", "2").stdout)
    assert again["observations"][0]["predicted"] != record["observations"][0]["predicted"]


def test_the_table_has_units_totals_goals_and_one_next_step(outside):
    done = run("run", ONE, "--file", outside)
    assert done.exit_code == 0, done.output
    for text in ("ng/dL", "90 % interval", "shah_2021 (calibration)", "my_series (held-out)", "median error", "by regression",
                 "intervals wider than a factor of two", "fewer than 10 held-out values"):  # fmt: skip
        assert text in done.stdout, text
    assert done.stdout.count("Next:") == 1
    assert "goals: not counted" in run("run", ONE).stdout


def test_figures_are_drawn(tmp_path, outside):
    done = run("run", "--file", outside, "--plot", tmp_path / "figures")
    assert done.exit_code == 0, done.output
    files = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert files == ["forest.png", "observed_predicted.png", "semen.png"]
    assert all((tmp_path / "figures" / name).stat().st_size > 10000 for name in files)


def test_a_long_forest_is_cut_into_pages():
    from leydig.plots.evidence import ROWS, _pages

    (one,) = replay(studies()[ONE])[:1]
    found = [type(one)(**{**vars(one), "arm": f"arm {k // 5}", "week": float(k)}) for k in range(130)]
    pages = _pages(found)
    assert [row for page in pages for arm in page for row in arm] == found
    assert all(sum(len(arm) + 1 for arm in page) <= ROWS for page in pages)


@pytest.mark.parametrize(
    ("old", "new", "key", "line"),
    [
        ('men = "olig', 'mne = "olig', "mne", 10),
        ('role = "held-out"', 'role = "unseen"', "role", 4),
        ("baseline.sperm_concentration", "baseline.sperm", "sperm", 15),
        ("week = 17\n", 'week = "17"\n', "week", 26),
        ("mean = 480", "ratio = 1.6\nmean = 480", "mean", 21),
        ('mean = 9.6\nunit = "million/mL"', 'mean = 9.6\nunit = "ng/dL"', "sperm_concentration", 28),
        ('anastrozole 1 mg daily"\nage', 'anastrozole 1 mg dayly"\nage', "regimen", 12),
        ("n = 25", "n = ", "", 9),
        ('{ mean = 300, sd = 80, unit = "ng/dL" }', '"300 ng/dL"', "expected a table of ci, iqr, mean", 14),
    ],
)
def test_a_planted_fault_names_key_and_line(tmp_path, old, new, key, line):
    assert OUTSIDE.count(old) == 1
    path = tmp_path / "faulty.toml"
    path.write_text(OUTSIDE.replace(old, new), encoding="utf-8")
    done = run("run", "--file", path)
    assert done.exit_code == 2
    assert done.stderr.startswith("BadStudy: ")
    assert str(path) in done.stderr
    assert key in done.stderr
    assert f"line {line}" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "shah_2012"], "Did you mean shah_2021"),
        (["run", "mine.toml"], "Write --file mine.toml"),
        (["run", "--file", "nowhere.toml"], "BadStudy"),
        (["credibility", "--out", "page.txt"], "OutOfRange"),
        (["credibility", "--out", "no/such/folder/page.md"], "OutOfRange"),
    ],
)
def test_bad_input_is_refused(words, said):
    done = run(*words)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_folder_that_is_a_file_and_two_studies_of_one_name_are_refused(tmp_path, outside):
    (tmp_path / "taken").write_text("", encoding="utf-8")
    assert run("run", "--file", outside, "--plot", tmp_path / "taken").exit_code == 2
    assert run("calibrate", "--out", tmp_path / "taken").exit_code == 2
    done = run("run", "--file", outside, "--file", outside)
    assert done.exit_code == 2
    assert "my_series" in done.stderr


def made(rhat, contraction):
    row = {"best": 1.0, "low": 0.5, "median": 1.0, "high": 2.0, "ess": 400.0}
    found = {
        "body.testis.half_lh": {**row, "rhat": rhat, "contraction": contraction},
        "study spread of lh": {**row, "rhat": 1.0},
    }
    structure = {
        "weight": 1.0,
        "elpd": -9.5,
        "log_posterior": -9.0,
        "rhat": rhat,
        "pareto_k": 0.2,
        "title": "as declared",
    }
    record = {"numbers": found, "studies": ["a"], "structures": {"plain": structure}, "structure": "plain"}
    return Calibration(list(found), np.ones(2), np.ones((3, 2)), record)


@pytest.mark.parametrize(
    ("rhat", "contraction", "warned"),
    [(1.01, 0.6, ""), (1.2, 0.6, "R-hat"), (float("nan"), 0.6, "R-hat"), (1.01, 0.05, "contraction")],
)
def test_calibrate_writes_draws_and_warns(tmp_path, monkeypatch, rhat, contraction, warned):
    asked = {}

    def fit(**given):
        asked.update(given)
        return made(rhat, contraction)

    monkeypatch.setattr(calibration, "calibrate", fit)
    done = run("calibrate", "--seed", "3", "--starts", "2", "--steps", "16", "--out", tmp_path / "draws")
    assert done.exit_code == 0, done.output
    assert (asked["seed"], asked["starts"], asked["steps"]) == (3, 2, 16)
    assert sorted(path.name for path in (tmp_path / "draws").iterdir()) == ["draws.csv", "manifest.json"]
    assert "body.testis.half_lh" in done.stdout
    assert ("warning" in done.stderr) is bool(warned)
    assert warned in done.stderr
    assert "study spread of lh" not in done.stderr


def test_calibrate_writes_here_when_the_package_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    access = os.access
    monkeypatch.setattr(evidence.os, "access", lambda path, mode: path != POSTERIOR_FOLDER and access(path, mode))
    monkeypatch.setattr(calibration, "calibrate", lambda **_: made(1.0, 0.5))
    assert run("calibrate").exit_code == 0
    assert (tmp_path / "calibration" / "draws.csv").exists()


def test_the_credibility_page_says_what_missed_and_is_always_the_same(tmp_path):
    from leydig.reports.credibility import credibility_page

    known = {name: studies()[name] for name in (ONE, "te_250")}
    found = [one for study in known.values() for one in replay(study)]
    far = type(found[-1])(**{**vars(found[-1]), "predicted": 3.0 * found[-1].observed, "low": 2.9 * found[-1].observed,
                             "high": 3.5 * found[-1].observed})  # fmt: skip
    text = credibility_page([*found[:-1], far], known, tmp_path)
    assert text == credibility_page([*found[:-1], far], known, tmp_path)
    heads = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert heads == [
        "Question of interest", "Context of use", "Model influence, decision consequence, model risk", "Verification",
        "Validation", "Uncertainty", "Applicability", "What was not validated", "How to reproduce",
    ]  # fmt: skip
    assert "| held-out | te_250:" in text
    assert "+200%" in text
    assert "**missed**" in text
    assert "not stated in engine.md" in text
    assert (
        "each stands with its reason in `reference.toml`, `unused.toml` of" in text
        and "| doses or drugs pooled |" in text
    )
    assert "| nan" not in text
