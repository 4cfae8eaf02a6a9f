"""`leydig population`: men into files and back, and the check with its figures."""

import json

import jax
import numpy as np
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

import leydig as ly
from leydig.cli.main import app
from leydig.errors import OutOfRange
from leydig.exchange.men import read_men, write_men

MAKE = ["population", "make", "--n", "40", "--age", "25:45", "--bmi", "22:38", "--kind", "secondary", "--seed", "3"]


def run(*words):
    return CliRunner().invoke(app, list(words))


def leaves(men):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(men)]


@pytest.fixture(scope="module")
def drawn():
    return ly.population(40, seed=3, kind="secondary", age=(25.0, 45.0), bmi=(22.0, 38.0))


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_file_holds_the_same_men(tmp_path, drawn, ending):
    path = tmp_path / f"men.{ending}"
    done = run(*MAKE, "--out", str(path))
    assert done.exit_code == 0, done.output
    again = read_men(path)
    assert jax.tree.structure(again) == jax.tree.structure(drawn)
    for ours, theirs in zip(leaves(again), leaves(drawn), strict=True):
        assert np.array_equal(ours, theirs)


def test_a_file_can_be_simulated_again(tmp_path, drawn):
    path = write_men(drawn, tmp_path / "men.parquet")
    first, second = (ly.simulate(men, "anastrozole 1 mg daily", days=7) for men in (drawn, read_men(path)))
    assert np.array_equal(first.inside["testosterone"], second.inside["testosterone"])


def test_columns_have_units(tmp_path, drawn):
    schema = parquet.read_schema(write_men(drawn, tmp_path / "men.parquet", {"kind": "secondary"}))
    assert schema.field("baseline.testosterone").metadata == {b"unit": b"nmol/L"}
    assert schema.field("body.testis.capacity_delay").metadata == {b"unit": b"d"}
    assert schema.field("state.hematocrit").metadata == {b"unit": b"L/L"}
    assert schema.names[:2] == ["age", "bmi"]
    assert schema.metadata[b"kind"] == b"secondary"
    head = write_men(drawn, tmp_path / "men.csv").read_text(encoding="utf-8").split(",")[:2]
    assert head == ["age [year]", "bmi [kg/m2]"]


def test_recovering_men_keep_their_state(tmp_path):
    men = ly.population(3, kind="recovering")
    again = read_men(write_men(men, tmp_path / "men.parquet"))
    assert np.array_equal(again.state.lh, men.state.lh)
    assert np.all(again.state.lh < again.baseline.lh)


def test_what_is_not_a_file_of_men_is_refused(tmp_path, drawn):
    with pytest.raises(OutOfRange, match="ending"):
        read_men(tmp_path / "men.txt")
    with pytest.raises(OutOfRange, match="does not exist"):
        read_men(tmp_path / "men.parquet")
    (tmp_path / "other.csv").write_text("age [year]\n30\n", encoding="utf-8")
    with pytest.raises(OutOfRange, match="columns are missing"):
        read_men(tmp_path / "other.csv")
    path = write_men(drawn, tmp_path / "men.csv")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], "," + lines[1].split(",", 1)[1]]), encoding="utf-8")
    with pytest.raises(OutOfRange, match="not finite"):
        read_men(path)
    with pytest.raises(OutOfRange, match="one man"):
        write_men(ly.Man(age=30), tmp_path / "one.csv")


def test_make_says_what_levels_they_have(drawn):
    done = run(*MAKE, "--json")
    record = json.loads(done.stdout)
    assert record["kind"] == "secondary"
    levels = {row["level"]: row for row in record["levels"]}
    assert levels["testosterone"]["unit"] == "ng/dL"
    assert levels["testosterone"]["median"] == pytest.approx(np.median(drawn.baseline.testosterone) / 0.03467, rel=1e-3)
    assert "secondary" in run(*MAKE).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--kind", "secundary"], "UnknownName"),
        (["--age", "25-45"], "Write --age 25:45"),
        (["--age", "45:25"], "OutOfRange"),
        (["--out", "men.xlsx"], "OutOfRange"),
    ],
)
def test_bad_input_is_refused(words, said):
    done = run("population", "make", "--n", "5", *words)
    assert done.exit_code == 2
    assert said in done.output


def test_check_prints_published_beside_ours(tmp_path):
    done = run("population", "check", "--n", "400", "--json")
    assert done.exit_code == 0, done.output
    record = json.loads(done.stdout)
    assert len(record["values"]) >= 120
    assert record["within"] == sum(row["within"] for row in record["values"])
    first = record["values"][0]
    assert first["published"] == 264
    assert first["ours"] == pytest.approx(264, rel=0.15)
    shown = run("population", "check", "--n", "400").stdout
    assert "published" in shown
    assert "within their tolerance" in shown


def test_check_draws_three_figures(tmp_path):
    done = run("population", "check", "--n", "400", "--plot", str(tmp_path / "figures"))
    assert done.exit_code == 0, done.output
    files = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert files == ["correlations.png", "percentiles.png", "slopes.png"]
    assert all((tmp_path / "figures" / name).stat().st_size > 20000 for name in files)


def test_a_figure_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "taken").write_text("", encoding="utf-8")
    done = run("population", "check", "--n", "400", "--plot", str(tmp_path / "taken"))
    assert done.exit_code == 2
