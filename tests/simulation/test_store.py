"""Stored courses: whole or not there, with their count, version, regimens and failures."""

import errno
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from pyarrow import parquet

import leydig as ly
from leydig.course.tables.table import write_course
from leydig.engine import solve
from leydig.errors import OutOfRange
from leydig.exchange.men import write_men

TEXT = "anastrozole 1 mg daily"
WANTED = {"weeks": 1, "analytes": ["testosterone", "lh"]}


def drawn(first, n):
    return ly.population(n, seed=1, first=first)


@pytest.fixture
def earlier(tmp_path):
    """A file that was there before, and the test that it still is, alone in its folder."""
    path = tmp_path / "men.parquet"
    ly.store(path, drawn, "", count=2, **WANTED)
    before = path.read_bytes()

    def untouched():
        return path.read_bytes() == before and [one.name for one in tmp_path.iterdir()] == ["men.parquet"]

    return path, untouched


def test_a_file_says_what_it_holds(tmp_path):
    stored = ly.store(tmp_path / "men.parquet", drawn, TEXT, count=5, batch=2, about={"seed": 1}, **WANTED)
    about = {key.decode(): value.decode() for key, value in parquet.read_metadata(stored.path).metadata.items()}
    assert about["leydig"] == ly.__version__ and about["regimen"] == TEXT and about["seed"] == "1"
    assert (about["expected_men"], about["men"], about["rows"]) == ("5", "5", "10")
    assert about["failed_count"] == "0" and json.loads(about["failed"]) == {}
    assert parquet.read_table(stored.path).num_rows == 10


def test_failures_are_counted_in_the_file(tmp_path, monkeypatch):
    """Four men, one of whom is not solved: his rows are there and empty, the metadata and the result name him."""
    solved = solve.solve_men

    def failing(*given, **more):
        found = solved(*given, **more)
        found.values[1] = np.nan
        return found._replace(failed={1: "a level was lost"})

    monkeypatch.setattr(solve, "solve_men", failing)
    stored = ly.store(tmp_path / "men.parquet", drawn(0, 4), TEXT, **WANTED)
    about = parquet.read_metadata(stored.path).metadata
    assert stored.failed == {1: "a level was lost"} and "1 not solved" in repr(stored)
    assert (
        about[b"men"] == b"4"
        and about[b"failed_count"] == b"1"
        and json.loads(about[b"failed"]) == {"1": "a level was lost"}
    )
    levels = parquet.read_table(stored.path)["lh"].to_numpy().reshape(4, 2)
    assert np.isnan(levels[1]).all() and not np.isnan(levels[[0, 2, 3]]).any()


def test_each_man_has_his_own_regimen_as_in_simulate(tmp_path):
    texts = [TEXT, "", TEXT, "clomiphene 25 mg daily"]
    stored = ly.store(tmp_path / "men.parquet", drawn, texts, count=4, batch=3, **WANTED)
    table = parquet.read_table(stored.path)
    course = ly.simulate(drawn(0, 4), texts, weeks=1, every="1 week")
    assert np.array_equal(table["testosterone"].to_numpy().reshape(4, 2), course["testosterone"].values)
    regimens = json.loads(parquet.read_metadata(stored.path).metadata[b"regimens"])
    assert [regimens[place] for place in table["regimen"].to_pylist()[::2]] == [str(ly.Regimen(text)) for text in texts]
    for men, regimen in ((drawn(0, 4), [TEXT]), (drawn(0, 4), []), (drawn(0, 4), 5)):
        errors = []
        for call in (lambda: ly.simulate(men, regimen, weeks=1), lambda: ly.store(stored.path, men, regimen, weeks=1)):  # noqa: B023
            with pytest.raises(ly.LeydigError) as error:
                call()
            errors.append(str(error.value))
        assert errors[0] == errors[1]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, MemoryError])
def test_an_interrupted_run_leaves_the_earlier_file(earlier, error):
    path, untouched = earlier

    def stopping(first, n):
        if first:
            raise error
        return drawn(first, n)

    with pytest.raises(error):
        ly.store(path, stopping, TEXT, count=6, batch=2, **WANTED)
    assert untouched()


def test_men_of_another_number_are_refused(earlier):
    path, untouched = earlier
    with pytest.raises(OutOfRange, match="expected 2 men from number 2 on"):
        ly.store(path, lambda first, n: drawn(first, n + bool(first)), TEXT, count=4, batch=2, **WANTED)
    assert untouched()


@pytest.mark.parametrize("when", ["__init__", "write_table", "close"])
def test_a_full_disk_is_one_line_and_leaves_the_earlier_file(earlier, monkeypatch, when):
    path, untouched = earlier

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(parquet.ParquetWriter, when, full)
    with pytest.raises(OutOfRange, match="got No space left on device while writing .*men.parquet; expected"):
        ly.store(path, drawn, TEXT, count=4, batch=2, **WANTED)
    monkeypatch.undo()
    assert untouched()


FULL = """
import resource, sys
import leydig as ly
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
try:
    ly.store(sys.argv[1], lambda f, n: ly.population(n, seed=1, first=f), count=600, batch=300, weeks=12)
except ly.OutOfRange as error:
    print(error)
"""
KILLED = """
import sys, time
import leydig as ly
def drawn(first, n):
    if first:
        print("waiting", flush=True)
        time.sleep(60)
    return ly.population(n, seed=1, first=first)
ly.store(sys.argv[1], drawn, count=4, batch=2, weeks=1)
"""


def test_a_disk_that_is_really_full(earlier):
    path, untouched = earlier
    done = subprocess.run([sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True)
    assert "while writing" in done.stdout and len(done.stdout.splitlines()) == 1 and done.stderr == ""
    assert untouched()


def test_a_killed_run_leaves_the_earlier_file(earlier):
    path, _ = earlier
    before = path.read_bytes()
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdout.readline() == b"waiting\n"
    time.sleep(0.1)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert path.read_bytes() == before


def test_tables_of_courses_and_men_are_whole_or_not_there(tmp_path, monkeypatch):
    men = drawn(0, 2)
    course = ly.simulate(men, "", weeks=1)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pandas.DataFrame.to_csv", full)
    monkeypatch.setattr(parquet, "write_table", full)
    for write, content in ((write_course, course), (write_men, men)):
        for name in ("a.csv", "a.parquet"):
            path = tmp_path / name
            path.write_text("before", encoding="utf-8")
            with pytest.raises(OutOfRange, match="No space left"):
                write(content, path)
            assert path.read_text(encoding="utf-8") == "before"


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_solved(tmp_path):
    def nobody(first, n):
        raise AssertionError("nobody is made")

    with pytest.raises(OutOfRange, match="No such file or directory while writing"):
        ly.store(tmp_path / "none" / "men.parquet", nobody, TEXT, count=4, **WANTED)
    (tmp_path / "men.parquet").mkdir()
    with pytest.raises(OutOfRange, match="men.parquet, a folder; expected the path of a file"):
        ly.store(tmp_path / "men.parquet", nobody, TEXT, count=4, **WANTED)
