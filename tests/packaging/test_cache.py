"""What is compiled is kept in a folder of the user alone, believed only when whole, and never needed."""

import json
import multiprocessing
import os
import pickle
import stat
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from numba import njit

from leydig import cache
from leydig.cache import cache_folder, fetch, keep
from leydig.engine.kernel.kernel import _hash, read_kernel
from leydig.engine.kernel.kernel_cache import NumbaCache, fetch_or_compile
from leydig.engine.kernel.lane_code import LaneCode, call
from leydig.engine.kernel.machine_code import compile_functions, load_functions

NOBODY = 65534
posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes are those of POSIX")


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """A cache that nobody has asked for yet."""
    monkeypatch.setenv("LEYDIG_CACHE", str(tmp_path / "cache"))
    for remembered in (cache.cache_folder, cache._root):
        remembered.cache_clear()
    yield tmp_path / "cache"
    for remembered in (cache.cache_folder, cache._root):
        remembered.cache_clear()


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


# The folder -------------------------------------------------------------------------------------------


@posix
def test_the_folder_is_made_for_the_user_alone(fresh):
    before = os.umask(0)
    try:
        folder = cache_folder("kernels")
    finally:
        os.umask(before)
    assert folder == fresh / "kernels" and list(folder.iterdir()) == []
    assert _mode(folder) == _mode(fresh) == 0o700


@posix
def test_a_folder_that_others_may_read_is_closed(fresh):
    (fresh / "kernels").mkdir(parents=True, mode=0o755)
    assert _mode(cache_folder("kernels")) == 0o700


def _link(folder, target):
    target.mkdir()
    folder.symlink_to(target, target_is_directory=True)


@posix
@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: _link(folder, folder.parent / "elsewhere"), "is no folder"),
        (lambda folder: (folder.mkdir(), folder.chmod(0o777)), "others can write to"),
        (lambda folder: (folder.mkdir(), folder.chmod(0o720)), "others can write to"),
        (lambda folder: folder.write_text(""), "File exists"),
    ],
)
def test_a_folder_that_is_not_the_users_alone_is_not_used(fresh, damage, reason, caplog):
    fresh.mkdir(mode=0o700)
    damage(fresh / "kernels")
    assert cache_folder("kernels") is None
    assert reason in caplog.text and "expected one that this user alone can write" in caplog.text


@posix
def test_a_folder_of_another_user_is_not_used(fresh, monkeypatch, caplog):
    cache_folder("kernels")
    cache.cache_folder.cache_clear()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert cache_folder("kernels") is None
    assert "belongs to another user" in caplog.text


@posix
def test_a_folder_that_others_could_exchange_is_not_used(fresh, monkeypatch, caplog):
    with tempfile.TemporaryDirectory(dir="/tmp") as above:
        Path(above).chmod(0o777)
        monkeypatch.setenv("LEYDIG_CACHE", f"{above}/cache")
        assert cache_folder("kernels") is None
        assert f"others can write to {above}" in caplog.text
        Path(above).chmod(0o700)


@posix
@pytest.mark.skipif(not hasattr(os, "setuid") or os.getuid() != 0, reason="only root can become nobody")
def test_another_users_process_neither_writes_nor_believes(tmp_path):
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    code = f"""
import os, pathlib, platformdirs
from leydig.cache import cache_folder, fetch, keep
keep(pathlib.Path({str(folder / "entry")!r}), b"of root")
os.chmod({str(folder)!r}, 0o755)
os.chmod({str(folder / "entry")!r}, 0o644)
os.setgid({NOBODY}); os.setuid({NOBODY})
os.environ["LEYDIG_CACHE"] = {str(folder)!r}
print(cache_folder("kernels"), fetch(pathlib.Path({str(folder / "entry")!r})))
keep(pathlib.Path({str(folder / "new")!r}), b"nowhere")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          env={**os.environ, "LEYDIG_LOG": "warning"})  # fmt: skip
    assert done.stdout.strip() == "None None", done.stderr
    assert "Permission denied" in done.stderr and "Traceback" not in done.stderr
    assert [path.name for path in folder.iterdir()] == ["entry"]


# An entry ---------------------------------------------------------------------------------------------


def test_an_entry_comes_back_whole(fresh):
    path = cache_folder("kernels") / "entry"
    keep(path, b"compiled")
    assert fetch(path) == b"compiled"
    assert [one.name for one in path.parent.iterdir()] == ["entry"]
    assert fetch(path.with_name("another")) is None


def _flip(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _exchange(path):
    path.rename(path.with_name("behind"))
    path.symlink_to("behind")


@posix
@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-3]),
        lambda path: path.write_bytes(path.read_bytes()[:10]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(os.urandom(200)),
        _flip,
        _exchange,
        lambda path: path.chmod(0o666),
    ],
)
def test_a_damaged_entry_is_removed(fresh, damage):
    path = cache_folder("kernels") / "entry"
    keep(path, b"compiled")
    damage(path)
    assert fetch(path) is None
    assert not path.exists() and not path.is_symlink()
    keep(path, b"compiled again")
    assert fetch(path) == b"compiled again"


@posix
def test_an_entry_of_another_user_is_removed(fresh, monkeypatch):
    path = cache_folder("kernels") / "entry"
    keep(path, b"compiled")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert fetch(path) is None and not path.exists()


def test_a_full_disk_is_no_error(fresh, monkeypatch):
    path = cache_folder("kernels") / "entry"

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    keep(path, b"compiled")
    assert list(path.parent.iterdir()) == []


def _hammer(path, rounds, wrong):
    for number in range(rounds):
        keep(path, bytes([number % 256]) * 50_000)
        content = fetch(path)
        if content is None or len(set(content)) != 1:
            wrong.value += 1


def test_two_processes_at_once_never_see_half_an_entry(fresh):
    context = multiprocessing.get_context("spawn")
    path, wrong = cache_folder("kernels") / "entry", context.Value("i", 0)
    both = [context.Process(target=_hammer, args=(path, 100, wrong)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert wrong.value == 0 and [one.exitcode for one in both] == [0, 0]


# Compiled kernels -------------------------------------------------------------------------------------


def _function(text="its sources"):
    @njit
    def double(x):
        return 2.0 * x

    double._cache = NumbaCache("a function", text)
    return double


def test_machine_code_is_fetched_and_not_compiled_again(fresh):
    first, second, other = _function(), _function(), _function("other sources")
    assert first(3.0) == second(3.0) == other(3.0) == 6.0
    assert [sum(one.stats.cache_hits.values()) for one in (first, second, other)] == [0, 1, 0]
    assert len(list((fresh / "kernels").iterdir())) == 2


def _text(number):
    """Return the text of a kernel whose lane functions all store a number, and its negative last."""
    functions = [f"def {name}(out):\n    out[0] = 0.0 * out[0] + {number}\n" for name in LaneCode._fields]
    return "\n".join(["SIZES = LAYOUT = ()", *functions])


@njit
def _stored(code):
    out = np.ones((1, 8))
    call(code, out)
    return out[0, 7]


def _last(one):
    """Return what the lane functions of a kernel store."""
    (number,) = {_stored(code) for code in one.code(8)}
    return number


def test_a_text_that_lies_in_the_folder_is_never_executed(fresh):
    text = _text(3.0)
    planted = [f"leydig_kernel_{_hash(text)}.{ending}" for ending in ("py", "pyc", "march-5.py311.nbi")]
    for folder in (fresh, cache_folder("kernels")):
        for name in planted:
            (folder / name).write_text("raise AssertionError('from the folder')")
    assert _last(read_kernel(text)) == 3.0
    assert len([path for path in fresh.rglob("*") if path.is_file() and path.name not in planted]) == 1


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps({"of": "another version"}), pickle.dumps(())])
def test_an_entry_that_is_no_machine_code_is_compiled_again(fresh, content):
    assert _function()(3.0) == 6.0
    (entry,) = (fresh / "kernels").iterdir()
    whole = entry.read_bytes()
    keep(entry, content)
    assert _function()(4.0) == 8.0
    assert len(entry.read_bytes()) > 0.9 * len(whole)


def test_damaged_machine_code_is_compiled_again(fresh):
    assert _function()(3.0) == 6.0
    (entry,) = (fresh / "kernels").iterdir()
    _flip(entry)
    assert _function()(4.0) == 8.0
    assert fetch(entry) is not None


def test_without_a_folder_kernels_live_in_memory(fresh, monkeypatch, caplog):
    monkeypatch.setenv("LEYDIG_CACHE", "/proc/nowhere")
    assert _function()(3.0) == 6.0
    assert [_code(), _code()] == [(b"a kernel", 1)] * 2
    assert caplog.text.count("Compiled programs are not kept") == 1


def _code(about="a kernel"):
    """Return what is fetched or compiled, and how often that was compiled."""
    compiled = []
    code = fetch_or_compile([about], lambda: compiled.append(1) or about.encode())
    return code, len(compiled)


def test_lane_functions_are_fetched_and_not_compiled_again(fresh):
    assert [_code(), _code(), _code("another"), _code("another")] == [
        (b"a kernel", 1), (b"a kernel", 0), (b"another", 1), (b"another", 0),
    ]  # fmt: skip
    assert len(list((fresh / "kernels").iterdir())) == 2


def test_machine_code_of_another_kernel_is_never_run(fresh):
    """An entry is loaded into the process as it is, so that it must have been kept for this kernel."""
    _code()
    (own,) = (fresh / "kernels").iterdir()
    _code("another")
    (other,) = set((fresh / "kernels").iterdir()) - {own}
    for content in (other.read_bytes()[32:], b"", b"no machine code"):
        keep(own, content)
        assert [_code(), _code()] == [(b"a kernel", 1), (b"a kernel", 0)]


def test_damaged_lane_functions_are_compiled_again(fresh):
    _code()
    (entry,) = (fresh / "kernels").iterdir()
    _flip(entry)
    assert [_code(), _code()] == [(b"a kernel", 1), (b"a kernel", 0)]


def test_machine_code_without_a_function_is_refused():
    code = compile_functions({"there": lambda out: out.__setitem__(0, out[0] + 1.0)})
    with pytest.raises(ValueError, match="Compile it again"):
        load_functions(code, ["there", "not_there"])


# Compiled JAX -----------------------------------------------------------------------------------------


def test_damaged_entries_of_jax_are_removed_and_whole_ones_stay(fresh):
    folder = cache_folder("xla")
    for name, content in {"whole": zlib.compress(b"x" * 999), "cut": zlib.compress(os.urandom(999))[:-9]}.items():
        (folder / f"{name}-cache").write_bytes(content)
    (folder / "linked-cache").symlink_to(folder / "whole-cache")
    (folder / "packed-cache").write_bytes(cache._ZSTANDARD + b"by another library")
    cache._remove_damaged_entries(folder)
    assert {one.name for one in folder.iterdir()} == {"whole-cache", "packed-cache", "checked"}


CODE = """
import warnings; warnings.simplefilter("error")
import os, sys, jax, leydig
if len(sys.argv) > 1:
    jax.config.update("jax_compilation_cache_dir", sys.argv[1])
before = jax.config.jax_compilation_cache_dir
print(leydig.Man(age=30, testosterone="300 ng/dL").state.lh_reserve.item().hex(), jax.config.jax_compilation_cache_dir)
"""


def _man(folder, *arguments):
    done = subprocess.run([sys.executable, "-c", CODE, *arguments], capture_output=True, text=True,
                          env={**os.environ, "LEYDIG_CACHE": str(folder)})  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split(), done.stderr


def test_a_man_is_the_same_whatever_became_of_what_jax_kept(tmp_path):
    first, _ = _man(tmp_path)
    entries = sorted((tmp_path / "xla").glob("*-cache"))
    assert entries and first[1] == str(tmp_path / "xla")
    sizes = [entry.stat().st_size for entry in entries]
    for entry in entries:
        entry.write_bytes(entry.read_bytes()[:100])
    again, said = _man(tmp_path)
    assert again == first and said == ""
    assert [entry.stat().st_size for entry in entries] == pytest.approx(sizes, rel=0.1)


def test_a_program_keeps_its_own_choice_for_jax(tmp_path):
    found, _ = _man(tmp_path / "leydig", str(tmp_path / "own"))
    assert found[1] == str(tmp_path / "own") and not (tmp_path / "leydig" / "xla").exists()


# A whole simulation -----------------------------------------------------------------------------------

COURSE = ["simulate", "--age", "30", "--regimen", "anastrozole 1 mg daily", "--days", "2", "--every", "1 day", "--json"]


def test_a_simulation_needs_no_folder_and_no_home_and_says_why_nothing_is_kept(tmp_path):
    import leydig

    expected = leydig.simulate(leydig.Man(age=30), "anastrozole 1 mg daily", days=2)["estradiol"].to("pg/mL").values
    bare = {name: value for name, value in os.environ.items() if name not in ("LEYDIG_CACHE", "XDG_CACHE_HOME")}
    done = subprocess.run([sys.executable, "-m", "leydig", *COURSE], capture_output=True, text=True, cwd=tmp_path,
                          env={**bare, "HOME": "/proc/nobody"})  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["analytes"]["estradiol"]["values"] == expected.tolist()
    assert done.stderr.count("Compiled programs are not kept") == 1
    assert "Traceback" not in done.stderr and list(tmp_path.iterdir()) == []
