"""Commands about couples: a curve with an interval, and the published chances."""

import json

import pytest
from typer.testing import CliRunner

from leydig.cli.main import app


def run(*words, code=0):
    found = CliRunner().invoke(app, list(words))
    assert found.exit_code == code, found.output
    return found.output


def test_a_couple_is_answered_by_a_curve_with_an_interval():
    content = json.loads(run("couple", "4 million", "7 million", "--months", "18-30", "--partner-age", "34", "--json"))
    assert content["cycles"] == [6, 12, 24] and content["months"] == [18.0, 30.0]
    assert all(content["low"][place] < content["share"][place] < content["high"][place] for place in range(3))
    assert "Live birth is not predicted" in content["note"]
    said = run("couple", "4 million", "7 million")
    assert said.count(" to ") >= 4 and "from 2 counts" in said
    assert "from 1 count:" in run("couple", "4 million")


def test_published_chances_stand_beside_the_predicted_ones():
    content = json.loads(run("evidence", "couples", "--fit", "--json"))
    assert len(content["values"]) == 10
    declared, again = content["constants"]["predicted"], content["constants"]["fitted again"]
    assert all(again[name] == pytest.approx(value, rel=0.05) for name, value in declared.items())
    assert "placebo" in run("evidence", "couples")


@pytest.mark.parametrize("text", ["two", "-3", "3-four"])
def test_months_are_a_number_or_a_range(text):
    assert "12-36" in run("couple", "4 million", f"--months={text}", code=2)


def test_impossible_counts_and_ages_end_with_exit_code_two():
    assert "5000" in run("couple", "6000 million", code=2)
    assert "55" in run("couple", "4 million", "--partner-age", "60", code=2)
