"""`leydig simulate --bmi` by day: a man whose weight changes, on the command line."""

import json

import pytest
from typer.testing import CliRunner

import leydig as ly
from leydig.cli.main import app


def leydig(*words):
    done = CliRunner().invoke(app, ["simulate", "--age", "40", "--days", "28", *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return done


def test_a_bmi_by_day_is_simulated_as_in_python_and_told():
    done = leydig("--bmi", "0: 34, 20: 31", "--between", "last value", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    loss = ly.BmiSeries({0: 34, 20: 31}, "last value")
    course = ly.simulate(ly.Man(age=40, bmi=34), days=28, bmi=loss)
    assert told["analytes"]["shbg"]["values"][-1] == course["shbg"].values[-1]
    assert told["bmi_over_time"] == [
        {"days": [0.0, 20.0], "bmi": [34.0, 31.0], "unit": "kg/m2", "between": "last value"}
    ]
    assert any("BMI 34 on day 0, 31 on day 20, last value carried forward" in note for note in told["notes"])
    assert "BMI 34 on day 0" in leydig("--bmi", "0: 34, 20: 31", "--between", "linear").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--bmi", "0: 34, 20: 31"], "what holds between its days"),
        (["--bmi", "10: 34, 20: 31", "--between", "linear"], "that of day 0"),
        (["--bmi", "34", "--between", "linear"], "expected days with it"),
        (["--bmi", "0: 34, 20", "--between", "linear"], "expected a number in kg/m2"),
        (["--bmi", "fat"], "expected a number in kg/m2"),
        (["--bmi", "0: 34, 20: 31", "--between", "spline"], "expected last value or linear"),
        (["--bmi", "0: 34, 20: 3", "--between", "linear"], "expected 14 to 80"),
        (["--bmi", "90"], "expected 14 to 80"),
    ],
)
def test_half_a_series_is_refused_in_one_line(words, said):
    done = leydig(*words)
    assert done.exit_code != 0 and said in " ".join(done.stderr.split()) and "Traceback" not in done.stderr


def test_an_event_table_has_its_own(tmp_path):
    done = CliRunner().invoke(
        app,
        ["simulate", "--events", str(tmp_path / "a.csv"), "--bmi", "0: 34, 20: 31", "--between", "linear"],
    )
    assert done.exit_code != 0 and "--bmi by day beside --events" in " ".join(done.stderr.split())
