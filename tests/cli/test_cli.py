import json
import pkgutil
import subprocess
import sys

import pandas
import pytest
from typer.testing import CliRunner

from leydig.cli import commands, main
from leydig.cli.app import read_labs
from leydig.cli.main import app

SHAH = ["--age", "34", "--bmi", "28.7", "--lab", "testosterone 271 ng/dL", "--lab", "estradiol 32 pg/mL",
        "--lab", "lh 3.4 IU/L", "--lab", "fsh 4.8 IU/L", "--regimen", "anastrozole 1 mg daily for 22 weeks"]  # fmt: skip


def process(*words):
    """Run a command as a process of its own, which starts Python and JAX: where that is what is looked at."""
    return subprocess.run([sys.executable, "-m", "leydig", *words], capture_output=True, text=True)


def leydig(*words):
    """Run a command here; `test_a_command_says_the_same_as_a_process` holds that it makes no difference."""
    done = CliRunner().invoke(app, list(words))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def told():
    done = process("simulate", *SHAH, "--weeks", "26", "--every", "2 weeks", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_json_has_the_promised_content(told):
    assert told["days"] == [14.0 * i for i in range(14)]
    assert told["regimen"] == "anastrozole 1 mg daily for 22 weeks"
    testosterone = told["analytes"]["testosterone"]
    assert testosterone["unit"] == "ng/dL"
    assert testosterone["values"][0] == pytest.approx(271)
    assert len(testosterone["values"]) == len(told["days"])
    assert told["man"]["baseline"]["lh"]["measured"] is True
    assert told["man"]["baseline"]["shbg"]["measured"] is False
    assert any("off label" in note for note in told["notes"])


def test_json_of_the_published_men_is_near_what_was_published(told):
    assert told["analytes"]["testosterone"]["values"][2] == pytest.approx(480, rel=0.25)
    assert told["analytes"]["estradiol"]["values"][11] == pytest.approx(15.9, rel=0.25)


def test_si_units():
    told = json.loads(leydig("simulate", *SHAH, "--weeks", "4", "--units", "si", "--json").stdout)
    assert told["analytes"]["testosterone"]["unit"] == "nmol/L"
    assert told["analytes"]["estradiol"]["unit"] == "pmol/L"
    assert told["analytes"]["estradiol"]["values"][0] == pytest.approx(32 * 3.6714, rel=1e-3)


def test_files_hold_the_same_content(told, tmp_path):
    for suffix in (".csv", ".parquet", ".png", ".html"):
        path = tmp_path / f"course{suffix}"
        done = leydig("simulate", *SHAH, "--weeks", "26", "--every", "2 weeks", "--out", str(path))
        assert done.returncode == 0, done.stderr
        assert path.stat().st_size > 500
    read = {
        ".csv": pandas.read_csv(tmp_path / "course.csv"),
        ".parquet": pandas.read_parquet(tmp_path / "course.parquet"),
    }
    for table in read.values():
        assert table["testosterone [ng/dL]"].to_list() == pytest.approx(told["analytes"]["testosterone"]["values"])
    assert (tmp_path / "course.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    page = (tmp_path / "course.html").read_text()
    assert "plotly" in page and "<script src=" not in page.lower() and "width=device-width" in page


@pytest.mark.parametrize(
    ("words", "name", "part"),
    [
        (["--age", "34", "--lab", "testosterone 271"], "WrongUnit", "no unit"),
        (["--age", "34", "--lab", "testosterone 271 nmol/L"], "OutOfRange", "Did you mean 271 ng/dL"),
        (["--age", "34", "--lab", "testosterone -5 ng/dL"], "OutOfRange", "-5"),
        (["--age", "34", "--lab", "lh 3 ng/dL"], "WrongUnit", "ng/dL"),
        (["--age", "34", "--lab", "prolactine 3 ng/mL"], "UnknownName", "'prolactin'"),
        (["--age", "34", "--lab", "lh 3 IU/L", "--lab", "LH: 4 IU/L"], "WrongUnit", "twice"),
        (
            ["--age", "34", "--lab", "free testosterone 5 ng/dL"],
            "UnknownName",
            "Give testosterone and shbg, from which",
        ),
        (["--age", "34", "--lab", "concentration 3 million/mL"], "UnknownName", "Did you mean sperm_concentration?"),
        (["--age", "12"], "OutOfRange", "12"),
        (["--age", "30", "--sex", "female"], "OutOfRange", "female"),
        (["--age", "30", "--regimen", "anastrozle 1 mg daily"], "UnknownName", "anastrozole"),
        (["--age", "30", "--regimen", "anastrozole 1 mg dayly"], "BadRegimen", "dayly"),
        (["--age", "30", "--regimen", "anastrozole 100 mg daily"], "BadRegimen", "100"),
        (["--age", "30", "--weeks", "-3"], "OutOfRange", "-3"),
        (["--age", "30", "--every", "9 years"], "OutOfRange", "9 years"),
        (["--age", "30", "--units", "uk"], "OutOfRange", "uk"),
        (["--age", "30", "--out", "course.doc"], "OutOfRange", ".doc"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(words, name, part):
    done = leydig("simulate", *words)
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(name) and part in lines[0]


@pytest.mark.parametrize(
    "words",
    [
        ["simulate", "--age", "34", "--lab", "testosterone 271"],
        ["simulate", "--age", "34", "--regimen", "anastrozole 1 mg daily", "--weeks", "4", "--units", "si"],
        ["list", "drugs"],
    ],
)
def test_a_command_says_the_same_as_a_process(words):
    here, there = leydig(*words), process(*words)
    assert (here.returncode, here.stdout, here.stderr) == (there.returncode, there.stdout, there.stderr)


def test_labs_are_called_as_laboratories_call_them():
    told = read_labs(["E2 32 pg/mL", "hct 47 %", "LH: 3.4 IU/L", "inhibin b 150 pg/mL", "T 271 ng/dL"])
    assert told == {
        "estradiol": "32 pg/mL", "hematocrit": "47 %", "lh": "3.4 IU/L", "inhibin_b": "150 pg/mL",
        "testosterone": "271 ng/dL",
    }  # fmt: skip


def test_a_suspicious_unit_is_warned_of():
    done = process("simulate", "--age", "34", "--lab", "estradiol 117 pg/mL", "--weeks", "4", "--json")
    assert done.returncode == 0
    assert "Did you mean 117 pmol/L" in done.stderr
    assert any("117 pmol/L" in note for note in json.loads(done.stdout)["notes"])


def test_lists_and_shows():
    names = [row["name"] for row in json.loads(leydig("list", "drugs", "--json").stdout)]
    assert {"anastrozole", "gonadorelin", "testosterone_enanthate"} <= set(names)
    rows = {row["path"]: row for row in json.loads(leydig("list", "parameters", "--json").stdout)}
    assert rows["body.periphery.michaelis"]["unit"] == "nmol/L"
    shown = json.loads(leydig("show", "drug", "anastrozole", "--json").stdout)
    assert any(row["path"] == "drugs.anastrozole.inhibition" for row in shown["parameters"])
    assert "C/IC50" in shown["file"]
    assert json.loads(leydig("show", "analyte", "lh", "--json").stdout)["loinc"] == "10501-5"
    assert leydig("list", "things").returncode == 2


def test_cite_counts_what_is_assumed():
    told = json.loads(leydig("cite", "--regimen", "anastrozole 1 mg daily", "--json").stdout)
    assert told["counts"]["assumed"] == len(told["assumed"]) > 0
    assert any("doi:10.1210/jc.2008-2527" in row["source"] for row in told["sources"])


def test_explain_says_why():
    done = leydig("explain", "clomiphene 25 mg daily")
    assert done.returncode == 0
    assert "receptors" in done.stdout and "LH [IU/L]: up" in done.stdout


def test_no_color_codes_in_pipes():
    assert "\x1b" not in process("list", "analytes").stdout


def test_levels_are_converted_and_free_testosterone_is_worked_out():
    found = json.loads(leydig("units", "convert", "271 ng/dL", "testosterone", "nmol/L", "--json").stdout)
    assert found["converted"]["nmol/L"] == pytest.approx(271 / 28.842)
    # Vermeulen 1999: the quadratic of one ligand, with his constants and 43 g/L of albumin
    total, shbg, held = 400 / 28.842e9, 30e-9, 1.0 + 3.6e4 * 43.0 / 69000.0
    linear = held + 1e9 * (shbg - total)
    free = (-linear + (linear**2 + 4.0 * held * 1e9 * total) ** 0.5) / (2.0 * held * 1e9)
    found = json.loads(leydig("free-t", "--testosterone", "400 ng/dL", "--shbg", "30 nmol/L", "--json").stdout)
    assert found["levels"]["free_testosterone"]["pmol/L"] == pytest.approx(free * 1e12, rel=1e-3)
    assert found["levels"]["bioavailable_testosterone"]["nmol/L"] == pytest.approx(free * held * 1e9, rel=1e-3)
    assert found["joint"] is None and len(found["assumptions"]) == 2
    for words in (["units", "convert", "271", "testosterone"], ["units", "convert", "5 IU/L", "lh", "ng/dL"],
                  ["units", "convert", "1 mg", "consent"], ["units", "convert", "424 mIU/L", "prolactin", "ng/mL"],
                  ["free-t", "--testosterone", "400", "--shbg", "30 nmol/L"]):  # fmt: skip
        done = leydig(*words)
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and "; expected " in done.stderr


def test_simulate_reads_a_file_and_shows_draws(tmp_path):
    file = tmp_path / "regimen.txt"
    file.write_text("anastrozole 1 mg daily\nfor 1 week\n", encoding="utf-8")
    words = ["simulate", "--age", "34", "--days", "10", "--every", "10 days"]
    read = json.loads(leydig(*words, "--regimen-file", str(file), "--json").stdout)
    assert read["regimen"] == "anastrozole 1 mg daily for 1 week" and read["days"] == [0.0, 10.0]
    drawn = leydig(*words, "--regimen-file", str(file), "--uncertainty", "4", "--seed", "0", "--json")
    level = json.loads(drawn.stdout)["analytes"]["estradiol"]
    assert level["p5"][1] < level["median"][1] < level["p95"][1] and len(level["values"]) == 4
    for more in (["--seed", "1"], ["--weeks", "2"], ["--uncertainty", "0"], ["--uncertainty", "2", "--seed", "-1"],
                 ["--regimen", "nothing", "--regimen-file", str(file)], ["--out", "/no/folder/x.csv"]):  # fmt: skip
        done = leydig(*words, *more)
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and "; expected " in done.stderr, done.stderr


def test_every_file_of_commands_is_on_the_command_line():
    files = {one.name for one in pkgutil.walk_packages(commands.__path__, f"{commands.__name__}.") if not one.ispkg}
    without = {f"{commands.__name__}.listings"}  # what two of them print
    assert files - without == {one.__name__ for one in main._GROUPS}
