"""The wheel as a user installs it: without extras, in an environment of its own, on another Python where there is one.

What needs no extra works; what needs one says so in one line with the command that installs it; a type checker that
looks from outside knows what every main call returns. Built and installed once for all tests of this file.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAN = ["simulate", "--age", "34", "--bmi", "28.7", "--lab", "testosterone 271 ng/dL", "--regimen", "anastrozole 1 mg daily",
       "--weeks", "4"]  # fmt: skip


def _other_python() -> str:
    """Return a Python of another version that the wheel allows, this one where there is none."""
    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for version in ("3.13", "3.12", "3.11"):
        found = [shutil.which(f"python{version}"), *(Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python")]
        for one in filter(None, found) if version != own else ():
            if subprocess.run([one, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0:
                return str(one)
    return sys.executable


@pytest.fixture(scope="session")
def bare(tmp_path_factory):
    """The Python of an environment that holds the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("wheel")
    _done(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            folder,
            ROOT,
        ]
    )
    (wheel,) = folder.glob("leydig-*.whl")
    _done([_other_python(), "-m", "venv", "--without-pip", folder / "venv"])
    python = folder / "venv" / "bin" / "python"
    _done(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            python,
            "install",
            "--no-compile",  # Python compiles what the commands load, a small part of it
            "--quiet",
            "--disable-pip-version-check",
            "-c",
            ROOT / "requirements.lock",
            wheel,
        ]
    )
    return python


def _done(command):
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def leydig(bare, tmp_path):
    """Run a command of the bare environment in a folder of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*words, program=None):
        start = [bare, "-c", program] if program else [bare.with_name("leydig")]
        return subprocess.run(
            [str(one) for one in (*start, *words)], capture_output=True, text=True, cwd=tmp_path, env=environment
        )

    return run


def test_what_needs_no_extra_works(leydig):
    for words in (["--help"], ["--version"], ["list", "drugs"], ["list", "protocols"], ["show", "drug", "anastrozole"],
                  ["explain", "hcg 1500 IU twice weekly"], [*MAN, "--out", "course.csv"]):  # fmt: skip
        done = leydig(*words)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
        assert done.stdout


def test_it_is_the_wheel_and_it_is_bare(leydig, bare):
    program = "import importlib.util as u, leydig; print(leydig.__file__, [n for n in {} if u.find_spec(n)])"
    names = ["matplotlib", "plotly", "xarray", "pyarrow", "polars", "libsbml", "emcee", "dask", "jinja2", "reportlab"]
    where, found = leydig(program=program.format(names)).stdout.split(maxsplit=1)
    assert Path(where).is_relative_to(bare.parents[1]) and found.strip() == "[]"


def test_every_file_of_the_source_is_in_it(bare):
    """A pattern of .gitignore once left a room out of the wheel, and every test in the source tree passed."""
    (installed,) = bare.parents[1].glob("lib/python3*/site-packages/leydig")
    source = ROOT / "src" / "leydig"
    kept = {
        path.relative_to(source) for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }
    assert kept - {path.relative_to(installed) for path in installed.rglob("*")} == set()
    assert len(kept) > 300


def test_another_python_gives_the_same_bytes(leydig):
    here = subprocess.run([sys.executable, "-m", "leydig", *MAN, "--json"], capture_output=True, text=True)
    there = leydig(*MAN, "--json")
    assert there.returncode == 0, there.stderr
    assert json.loads(there.stdout)["analytes"]
    assert there.stdout == here.stdout


NEED = {
    (*MAN, "--out", "course.png"): "plots",
    (*MAN, "--out", "course.html"): "plots",
    (*MAN, "--out", "course.parquet"): "tables",
    ("export", "man.xml"): "sbml",
    ("protocol", "report", str(ROOT / "docs" / "trials" / "man.json"), "--out", "report.html"): "reports",
    ("population", "make", "--n", "2", "--out", "men.parquet"): "tables",
}
SESSION = """
import contextlib, io, json, sys
from leydig.cli.main import main

for words in json.loads(sys.argv[1]):
    sys.argv[1:], said, code = words, io.StringIO(), None
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as end:
            code = end.code
    print(json.dumps([code, said.getvalue()]))
"""


def test_a_command_that_needs_an_extra_says_which(leydig):
    """One after another in one process; that a command starts alone is held above."""
    done = leydig(json.dumps(list(NEED)), program=SESSION)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(NEED), done.stderr
    for (words, extra), (code, said) in zip(NEED.items(), found, strict=True):
        assert code == 2, (words, said)
        (line,) = [one for one in said.splitlines() if not one.startswith(("warning:", "got cache folder"))]
        assert line.startswith("MissingExtra: got no library ") and line.endswith(
            f'Install it: pip install "leydig[{extra}]"'
        )


CALLS = """
import leydig as ly
man = ly.Man(age=34)
course = ly.simulate(man, "anastrozole 1 mg daily", days=2)
men = ly.population(2, seed=1)
for call in (course.to_xarray, course.to_polars, lambda: ly.store("men.parquet", men, "anastrozole 1 mg daily", days=2)):
    try:
        call()
    except ly.MissingExtra as error:
        print(str(error).rpartition("Install it: ")[2])
"""


def test_a_call_that_needs_an_extra_says_which(leydig):
    done = leydig(program=CALLS)
    assert done.stdout.splitlines() == ['pip install "leydig[tables]"'] * 3, done.stderr


SCRIPT = """
import leydig as ly

man = ly.Man(age=34, testosterone="271 ng/dL")
reveal_type(man)
reveal_type(ly.population(2, seed=1))
reveal_type(ly.Regimen("anastrozole 1 mg daily"))
course = ly.simulate(man, "anastrozole 1 mg daily", weeks=4)
reveal_type(course)
reveal_type(course["testosterone"])
reveal_type(course["testosterone"].at(week=4))
reveal_type(course["testosterone"].at(week=4).to("nmol/L"))
reveal_type(ly.simulate_pulses(man))
reveal_type(ly.read_record("man.json"))
reveal_type(ly.assess(ly.read_record("man.json"), "anastrozole"))
reveal_type(ly.read_protocol("anastrozole"))
reveal_type(ly.drugs["anastrozole"])
reveal_type(ly.analytes["lh"])
ly.simulat
ly.simulate(man, weeks="four")
"""
REVEALED = [
    "leydig.man.man.Man",
    "leydig.man.man.Man",
    "leydig.regimen.regimen.Regimen",
    "leydig.course.course.Course",
    "leydig.course.series.Series",
    "leydig.course.series.Level",
    "leydig.course.series.Level",
    "leydig.pulses.simulate.MinuteSeries",
    "leydig.record.record.Record",
    "leydig.assessment.finding.Assessment",
    "leydig.protocol.protocol.Protocol",
    "leydig.drug.Drug | leydig.drug.Mixture",
    "leydig.analyte.Analyte",
]


def test_a_type_checker_from_outside_knows_every_main_call(bare, tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-color-output", "--python-executable", bare, "script.py"]
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, cwd=tmp_path)
    lines = [line.split(": ", 1)[1] for line in done.stdout.splitlines() if line.startswith("script.py")]
    assert [line.split('"')[1] for line in lines if line.startswith("note: Revealed")] == REVEALED, done.stdout
    errors = [line for line in lines if line.startswith("error: ")]
    assert [error.rpartition("[")[2] for error in errors] == ["attr-defined]", "arg-type]"], done.stdout
