"""Commands about the twin of one man: fit, forecast, abstain, and how its intervals held."""

import datetime as dt
import json

import pytest
from typer.testing import CliRunner

from leydig.cli.main import app
from leydig.inference.trust.coverage import coverage_cells
from leydig.record import Record, Result
from leydig.record.files import as_json

DAY = dt.date(2026, 1, 5)


def called(*words):
    found = CliRunner().invoke(app, [str(word) for word in words])
    return found.exit_code, found.stdout, found.stderr


@pytest.fixture
def record(tmp_path):
    def write(testosterone, *more):
        results = (Result("testosterone", testosterone, DAY, "ng/dL"), Result("estradiol", 37, DAY, "pg/mL"), *more)
        path = tmp_path / "record.json"
        path.write_text(json.dumps(as_json(Record("male", dt.date(1991, 5, 1), results))), encoding="utf-8")
        return path

    return write


BMI = Result("bmi", 28.7, DAY, "kg/m2")


def test_a_fit_with_a_forecast_says_bands_of_level_and_result(record):
    code, out, _ = called("fit", record(271, BMI), "--kind", "secondary", "--draws", 100, "--forecast",
                          "anastrozole 1 mg daily", "--weeks", 8, "--json")  # fmt: skip
    content = json.loads(out)
    assert code == 0 and content["verdict"] == "caution" and content["kinds"] == {}
    assert "could be 37 pmol/L as well" in content["reasons"][0]
    level = content["forecast"]["levels"]["estradiol"]
    assert level["level_90"][0][-1] < level["median"][-1] < level["result_90"][1][-1]


def test_a_twin_that_abstains_leaves_with_three_and_says_why(record):
    code, out, _ = called("fit", record(9.4, BMI), "--kind", "secondary", "--draws", 100)
    assert code == 3 and "9.4 nmol/L" in out and "abstain" in out


def test_a_record_without_a_bmi_is_refused_and_a_wrong_call_is_told_from_it(record):
    path = record(271)
    assert called("fit", path)[0] == 3
    code, _, said = called("fit", path, "--kind", "healty")
    assert code == 2 and "healthy" in said


def test_how_intervals_held_needs_no_record():
    code, out, _ = called("fit", "--check")
    assert code == 0 and f"{coverage_cells()[0].men} virtual men a cell" in out and "calibrated against itself" in out
    assert out.count("four hormones twice") == 3 * (8 + 4)  # settings; levels and results, scores


def test_the_next_lab_is_told_for_what_may_be_given(record):
    words = ("next-lab", record(400, Result("bmi", 36, DAY, "kg/m2")), "--kind", "obesity", "--draws", 200, "--option", "",
             "--option", "anastrozole 0.5 mg daily", "--test", "estradiol", "--test", "lh + fsh", "--day", 14)  # fmt: skip
    code, out, _ = called(*words, "--json")
    content = json.loads(out)
    assert code == 0 and {tuple(one["tests"]) for one in content["values"]} == {("estradiol",), ("lh", "fsh")}
    assert content["decided"] == 14 and content["harm"] == pytest.approx(19.0)
    code, _, said = called("next-lab", record(271, BMI), "--test", "motility")
    assert code == 2 and "estradiol" in said


def test_doses_that_no_study_covers_are_told_in_few_lines_and_no_dose_of_a_man_who_is_refused(record):
    both = ("--drug", "anastrozole", "--drug", "clomiphene", "--weeks", 4, "--men", 60)
    _, out, _ = called("optimize", *both, "--kind", "obesity")
    assert out.count("left out:") < 15 and "combinations, for the drugs or for a dose in them" in out
    code, out, _ = called("optimize", *both, "--record", record(9.4, BMI), "--kind", "secondary")
    assert code == 3 and "no dose is looked for" in out and "left out" not in out and "no dose keeps" not in out


def test_a_dose_is_looked_for_among_virtual_men_and_the_ladder_is_written(tmp_path):
    rule, plot = tmp_path / "ladder.toml", tmp_path / "frontier.png"
    code, out, said = called("optimize", "--drug", "clomiphene", "--kind", "obesity", "--men", 60, "--weeks", 8, "--rule",
                             rule, "--plot", plot, "--json")  # fmt: skip
    content = json.loads(out)
    assert code == 0 and content["choice"].startswith("clomiphene") and content["unit"] == "share of men"
    assert plot.stat().st_size > 10_000 and "leydig protocol lint" in said
    code, out, _ = called("protocol", "lint", rule)
    assert code == 0
    code, out, _ = called(
        "optimize", "--drug", "exemestane", "--kind", "obesity", "--men", 60, "--weeks", 8, "--beyond"
    )
    assert code == 3 and "no dose keeps both bounds" in out
    assert called("optimize", "--drug", "clomiphene", "--rule", tmp_path / "ladder.json")[0] == 2
