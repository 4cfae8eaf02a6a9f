"""Log lines: silence unless asked, standard error alone, and what is worth a line has one."""

import json
import logging
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from numba import njit

import leydig as ly
from leydig import log
from leydig.cache import fetch, keep
from leydig.engine import solve
from leydig.engine.kernel import kernel_cache
from leydig.errors import NotSolved
from leydig.protocol.reader import PROTOCOLS_FOLDER, load_protocol
from leydig.trial.design.trial_file import trial_from
from leydig.trial.run import run
from leydig.whole_file import whole_file

MAN = ["simulate", "--age", "34", "--regimen", "anastrozole 1 mg daily", "--weeks", "2"]
LINT = ["protocol", "lint", "anastrozole"]


def _ran(*command, **environment):
    kept = {name: value for name, value in os.environ.items() if name != "LEYDIG_LOG"} | environment
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, env=kept)


def _lines(caplog, module):
    return [one.getMessage() for one in caplog.records if one.name == f"leydig.{module}"]


@pytest.fixture
def heard(caplog):
    with caplog.at_level(logging.DEBUG, logger="leydig"):
        yield caplog


# Who hears ---------------------------------------------------------------------------------------------


def test_a_command_is_quiet_unless_asked():
    done = _ran("-m", "leydig", *MAN, "--json")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "environment", "levels"),
    [
        ([*LINT], {}, set()),
        (["--verbose", *LINT], {}, {"INFO"}),
        (["-v", *LINT], {"LEYDIG_LOG": "error"}, {"INFO"}),
        ([*LINT], {"LEYDIG_LOG": "info"}, {"INFO"}),
        ([*LINT], {"LEYDIG_LOG": "error"}, set()),
    ],
)
def test_lines_go_to_standard_error_and_json_stays_json(words, environment, levels):
    done = _ran("-m", "leydig", *words, "--json", **environment)
    assert done.returncode == 0 and json.loads(done.stdout) is not None
    assert {line.split()[1] for line in done.stderr.splitlines()} == levels


def test_a_wrong_level_is_refused_before_any_work():
    done = _ran("-m", "leydig", *MAN, LEYDIG_LOG="loud")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("OutOfRange: got LEYDIG_LOG='loud'") and done.stderr.count("\n") == 1


NOWHERE = "from leydig.cache import cache_folder; print(cache_folder('kernels'))"


@pytest.mark.parametrize(
    ("listening", "environment", "lines"),
    [
        ("", {}, 0),
        ("import logging; logging.basicConfig(); ", {}, 1),
        ("", {"LEYDIG_LOG": "warning"}, 1),
        ("import logging; logging.getLogger('leydig').addHandler(logging.StreamHandler()); ", {}, 1),
    ],
)
def test_the_library_speaks_to_who_listens(listening, environment, lines):
    done = _ran("-c", listening + NOWHERE, LEYDIG_CACHE="/proc/nowhere", **environment)
    assert done.stdout.strip() == "None" and len(done.stderr.splitlines()) == lines, done.stderr


def test_logging_loads_nothing_heavy():
    code = "import sys, leydig.log, leydig.settings; print([n for n in ('jax', 'numpy', 'rich', 'typer') if n in sys.modules])"
    assert _ran("-c", code).stdout.strip() == "[]"


def test_importing_the_package_loads_no_logging():
    assert _ran("-c", "import sys, leydig; print('logging' in sys.modules)").stdout.strip() == "False"


def test_what_acts_on_a_terminal_is_written_by_its_number(capsys):
    record = logging.LogRecord("leydig.x", logging.INFO, "", 0, "wrote %s", ("a\x1b[31mb",), None)
    log._HANDLER.emit(record)
    found = capsys.readouterr()
    assert found.out == "" and found.err.endswith("INFO leydig.x: wrote a\\x1b[31mb\n")


# What is said ------------------------------------------------------------------------------------------


def test_an_entry_of_the_cache_is_missed_kept_found_and_removed(heard, tmp_path):
    path = tmp_path / "entry"
    fetch(path)
    keep(path, b"compiled")
    fetch(path)
    path.write_bytes(b"damaged")
    fetch(path)
    said = _lines(heard, "cache")
    assert [line.split()[0] for line in said] == ["nothing", "kept", "found", "removed"]
    assert all(str(path) in line for line in said)


def test_compilation_is_said_once_and_then_taken_from_the_cache(heard, monkeypatch, tmp_path):
    """Of something small in place of the march: what stands in its place in a command is said below."""
    monkeypatch.setattr(kernel_cache, "cache_folder", lambda _: tmp_path)
    for _ in range(2):
        kernel_cache.fetch_or_compile(["one"], lambda: b"code")
        small = njit(lambda x: 2.0 * x)
        small._cache = kernel_cache.NumbaCache("the march", "its sources")
        assert small(3.0) == 6.0
    said = _lines(heard, "engine.kernel.kernel_cache")
    assert [re.sub(r" in \d+\.\d s$| from .*", "", line) for line in said] == [
        "compiling a kernel: none was kept", "compiled a kernel", "compiling the march: none was kept", "compiled the march",
        "took a kernel, compiled,", "took the march, compiled,",
    ]  # fmt: skip


def test_a_command_says_where_its_kernel_and_the_march_come_from():
    done = _ran("-m", "leydig", "--verbose", *MAN, "--json", LEYDIG_LOG="debug")
    assert done.returncode == 0 and json.loads(done.stdout) is not None
    assert {line.split()[1] for line in done.stderr.splitlines()} == {"DEBUG", "INFO"}
    for name in ("a kernel", "the march"):
        assert f" took {name}, compiled, from " in done.stderr or f" compiled {name} in " in done.stderr


def test_a_simulation_says_how_many_and_how(heard):
    ly.simulate(ly.population(5, seed=1), "anastrozole 1 mg daily", days=2)
    (line,) = _lines(heard, "simulation.simulate")
    assert line.startswith("simulated 5 courses to day 2 in ")
    assert line.endswith(": 0 solved by the reference, 0 not solved")
    (piece,) = _lines(heard, "engine.solve")
    assert piece.startswith("solved 5 men on 1 plans in ") and piece.endswith(": 5 kernel")


@pytest.mark.parametrize("rescue", [True, False])
def test_a_man_whom_the_kernel_cannot_solve_is_named(heard, monkeypatch, rescue):
    real = solve.march

    def short(*given):
        found = real(*given)
        found.bad[1] = solve.TOO_SHORT
        return found

    def rescued(*_):
        if not rescue:
            raise NotSolved("the reference gave up")
        return 0.0, 0.0, 0.0

    monkeypatch.setattr(solve, "march", short)
    monkeypatch.setattr(solve, "_rescue", rescued)
    course = ly.simulate(ly.population(3, seed=1), "anastrozole 1 mg daily", days=2)
    man, together = _lines(heard, "engine.solve")
    way = "reference" if rescue else "failed"
    said = "solved by the reference: steps became" if rescue else "not solved: steps became too short to go on; the ref"
    assert man.startswith(f"man 1 was {said}") and together.endswith(f": 2 kernel, 1 {way}")
    assert course.paths == ("kernel", way, "kernel") and np.isnan(course["lh"].values[1]).all() != rescue


def test_a_file_is_said_when_it_is_there(heard, tmp_path):
    with whole_file(tmp_path / "men.csv") as beside:
        beside.write_text("x")
        assert not _lines(heard, "whole_file")
    assert _lines(heard, "whole_file") == [f"wrote {tmp_path / 'men.csv'}"]


def test_a_protocol_says_its_layers(heard):
    load_protocol(PROTOCOLS_FOLDER / "anastrozole.toml", "aua")
    (line,) = _lines(heard, "protocol.reader")
    files = line.removeprefix("read a protocol: ").split(", then ")
    assert files[-2:] == [str(PROTOCOLS_FOLDER / "anastrozole.toml"), "region aua"] and len(files) > 2


def test_a_trial_says_its_batches(heard):
    trial = trial_from({
        "name": "said", "n": 3, "months": 1, "seed": 1, "enrolled_by": "anastrozole", "kind": "obesity",
        "arm": [{"name": "anastrozole", "protocol": "anastrozole"}],
    })  # fmt: skip
    ran = run(trial, workers=1, size=20)
    said = _lines(heard, "trial.run")
    assert said[0].startswith("batch from man 0: 20 screened, ") and said[-1].endswith("of 3 enrolled")
    assert len(said) == -(-ran.screened // 20)
