"""The command that fits a population to a folder of records: what it says, draws, leaves out and refuses."""

import json

import pytest
from cli.test_cli_twin import called
from inference.test_population_fit import simulated

from leydig.record.files import as_json


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("records")
    for number, record in enumerate(simulated(5, (("lh", 0.9, 0.6),))):
        (path / f"man{number}.json").write_text(json.dumps(as_json(record)), encoding="utf-8")
    (path / "man9.csv").write_text("name,value,unit,date\ntestosterone,12,furlong,2026-01-05\n", encoding="utf-8")
    (path / "notes.txt").write_text("no record", encoding="utf-8")
    return path


def test_a_folder_is_fitted_and_who_cannot_be_read_is_named(folder, tmp_path):
    words = ("fit-population", folder, "--constant", "lh", "--draws", 100, "--rounds", 1, "--plot", tmp_path)
    code, out, said = called(*words, "--json")
    content = json.loads(out)
    assert code == 0 and content["men"] == 5 and set(content["checks"]) == {"lh", "fsh"}
    (one,) = content["constants"]
    assert one["name"] == "lh" and one["mean"] > 0.0 and one["mean_error"] > 0.0
    ((name, why),) = content["failed"].items()
    assert name.endswith("man9.csv") and "furlong" in why
    assert {path.name for path in tmp_path.iterdir()} == {"convergence.png", "vpc.png", "npde.png"}
    assert said.count("written") == 3


def test_too_few_records_are_refused_with_three_and_a_wrong_call_with_two(folder, tmp_path):
    few = [folder / f"man{number}.json" for number in range(4)]
    code, _, said = called("fit-population", *few, "--constant", "lh")
    assert code == 3 and "at least 5" in said
    code, _, said = called("fit-population", folder, "--constant", "lhh")
    assert code == 2 and "lh" in said
    code, _, said = called("fit-population", tmp_path, "--constant", "lh")
    assert code == 2 and "without records" in said
