"""Ledgers: whole or not there, sealed, and no field of them can be changed without being named."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib import import_module

import pytest
from typer.testing import CliRunner

import leydig as ly
from leydig.cli.main import app
from leydig.trial import check_ledger, run, trial_summary
from leydig.trial.conduct.outcome import run_batch
from leydig.trial.design.trial_file import trial_from
from leydig.trial.ledger.journal import Journal
from leydig.trial.ledger.ledger import HashChain
from leydig.trial.run import enrollment_batches

CONTENT = {
    "name": "small", "n": 5, "days": 150, "seed": 3, "kind": "obesity", "bmi": [28, 45],
    "arm": [{"name": "titrated", "protocol": "anastrozole"}, {"name": "nothing", "regimen": ""}],
}  # fmt: skip
TRIAL = trial_from(CONTENT)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    path = tmp_path_factory.mktemp("ledger") / "ledger.jsonl"
    run(TRIAL, workers=1, size=16, ledger=path)
    return path.read_bytes()


@pytest.fixture(scope="module", autouse=True)
def batches(ledger):
    """Make the trial once; a check of the same trial reads it again."""
    trials = {}

    def again(trial, workers=None, size=250, ledger=False, before=()):
        key = json.dumps(repr(trial))
        if key not in trials:
            trials[key] = list(enrollment_batches(trial, 1, 16, ledger=True))
        yield from trials[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("leydig.trial.ledger.check"), "enrollment_batches", again)
        patch.setattr(
            import_module("leydig.trial.ledger.check"), "_resend_men", lambda *_: None
        )  # of the trial, not the file
        yield


@pytest.fixture
def found(tmp_path):
    """Return what a check says of some lines."""

    def saying(lines):
        path = tmp_path / "ledger.jsonl"
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        return check_ledger(path).differing

    return saying


def sealed(lines):
    """Return lines under a seal whose chain holds them, as a forger would write it."""
    chain = HashChain()
    for line in lines[:-1]:
        chain.add(line)
    content = json.loads(lines[-1])
    content["seal"]["chain"] = str(chain)
    return [*lines[:-1], json.dumps(content, sort_keys=True).encode()]


def leaves(content, path=()):
    """Yield the way to every value, lists of plain numbers by their first."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield (*path, key)
            yield from leaves(value, (*path, key))
    elif isinstance(content, list) and content:
        yield from leaves(content[0], (*path, 0))
        yield (*path, 0)


def test_a_ledger_holds(ledger, found):
    lines = ledger.splitlines()
    assert found(lines) == ()
    assert len(lines) == 2 + 5 * 2
    about = json.loads(lines[0])
    assert about["leydig"] == ly.__version__ and about["protocols"] and about["trial"]["n"] == 5
    assert json.loads(lines[-1])["seal"]["lines"] == 10 and sealed(lines) == lines


# Tampering --------------------------------------------------------------------------------------------


def changed(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value * 1.0005 + 1e-4
    return value + "x" if isinstance(value, str) else {}


WAYS = {
    "changed": changed, "blank": lambda value: type(value)() if value != type(value)() else "x",
    "none": lambda value: None, "NaN": lambda value: float("nan"),
}  # fmt: skip


def tampered(line, path, way):
    """Return a line with one value changed, blanked, NaN or removed."""
    content = json.loads(line)
    at = content
    for key in path[:-1]:
        at = at[key]
    if way == "removed":
        del at[path[-1]]
    else:
        at[path[-1]] = WAYS[way](at[path[-1]])
    text = json.dumps(content, sort_keys=True, ensure_ascii="ledger" in content or "seal" in content).encode()
    assert text != line
    return text


def every(lines, place):
    return dict.fromkeys(leaves(json.loads(lines[place])))


@pytest.mark.parametrize("way", [*WAYS, "removed"])
@pytest.mark.parametrize("place", [0, 1, 2, -1])
def test_any_change_of_any_field_is_named(ledger, found, place, way):
    """Place 0 is the head, 1 a man in the titrated arm, 2 one in the other, -1 the seal; nothing is sealed again."""
    lines = ledger.splitlines()
    for path in every(lines, place):
        others = list(lines)
        others[place] = tampered(lines[place], path, way)
        try:
            assert found(others), path
        except ly.LeydigError as error:
            assert place == 0 and "ledger" in str(error), path  # noqa: PT017  (a head may also be refused)


@pytest.mark.parametrize("way", [*WAYS, "removed"])
@pytest.mark.parametrize("place", [1, 2])
def test_a_forger_who_seals_again_is_found_out(ledger, found, place, way):
    lines = ledger.splitlines()
    for path in every(lines, place):
        others = list(lines)
        others[place] = tampered(lines[place], path, way)
        said = found(sealed(others))
        assert said and any("man " in one or "line " in one for one in said), path


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [("n", 4, "line"), ("n", 6, "ends before man"), ("seed", 4, "man"), ("days", 149, "man")],
)  # fmt: skip
def test_a_head_of_another_trial_is_found_out(ledger, found, key, value, said):
    lines = ledger.splitlines()
    content = json.loads(lines[0])
    content["trial"][key] = value
    lines[0] = json.dumps(content, sort_keys=True).encode()
    assert any(said in one for one in found(sealed(lines)))


@pytest.mark.parametrize("key", ["leydig", "protocols"])
def test_a_head_of_another_version_is_named(ledger, found, key):
    lines = ledger.splitlines()
    content = json.loads(lines[0])
    content[key] = "0.0" if key == "leydig" else {"anastrozole": "9.9"}
    lines[0] = json.dumps(content, sort_keys=True).encode()
    assert found(sealed(lines))[0].startswith(f"head: {key}")


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (lambda x: x[:-1], "no seal"),
        (lambda x: x[:6], "is cut before man"),
        (lambda x: [*x[:6], x[6][:40]], "got no JSON"),
        (lambda x: [*x[:4], *x[5:]], "the line is missing"),
        (lambda x: [*x[:4], *x[6:]], "the line is missing"),
        (lambda x: [*x[:4], x[3], *x[4:]], "comes twice or in another order"),
        (lambda x: [*x[:3], x[4], x[3], *x[5:]], "comes twice or in another order"),
        (lambda x: [x[0], *x[3:5], *x[1:3], *x[5:]], "comes twice or in another order"),
        (lambda x: [*x[:4], b"", *x[4:]], "line 5: line 1: got no JSON"),
        (lambda x: [*x[:4], b'{"man": 1e99, "arm": "titrated"}', *x[4:]], "line"),
        (lambda x: [*x[:4], b'{"man": 3, "arm": "third"}', *x[4:]], "names no man and arm"),
        (lambda x: [*x[:4], b"\xff\xfe", *x[4:]], "line 5"),
        (lambda x: [*x[:4], x[4].replace(b'"man"', b'"man": 0, "man"'), *x[5:]], "got the key twice"),
        (lambda x: [*x[:4], x[4].replace(b": ", b":  ", 1), *x[5:]], "written in another way"),
        (lambda x: [*x, x[1]], "after the seal"),
        (lambda x: [*x[:4], x[-1], *x[4:-1]], "ends before man"),
    ],
)  # fmt: skip
def test_lines_removed_doubled_or_moved_are_named(ledger, found, tamper, said):
    lines = ledger.splitlines()
    assert any(said in one for one in found(tamper(lines)))
    last = tamper(lines)[-1]
    if last.startswith(b'{"seal"'):
        assert any(said in one for one in found(sealed(tamper(lines))))


@pytest.mark.parametrize("text", [b"", b"{}", b"[" * 100_000, b'{"ledger": 1}', b'{"ledger": 3, "trial": 5}', b"\x00\xff",
                                  b'{"ledger": 3, "trial": {"start": "2026-01-05", "n": NaN}}'])  # fmt: skip
def test_what_is_no_ledger_is_refused(text, tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(text)
    with pytest.raises(ly.BadTrial, match=r"ledger\.jsonl: |expected a ledger of"):
        check_ledger(path)
    with pytest.raises(ly.BadTrial, match="expected a ledger"):
        check_ledger(tmp_path / "none.jsonl")


def test_the_command_ends_with_1_where_a_ledger_differs(ledger, tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b"\n".join(ledger.splitlines()[:-3]))
    done = CliRunner().invoke(app, ["trial", "check", str(path), "--workers", "1"])
    assert done.exit_code == 1 and "cut" in done.stdout


# Interruptions ----------------------------------------------------------------------------------------

CHILD = """
import sys
from leydig.trial import run
from leydig.trial.design.trial_file import trial_from
run(trial_from({content!r}), workers=1, size=4, ledger=sys.argv[1])
"""


def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path):
    """A process is killed in the middle; the next run takes what it left, and ledger and summary are the same."""
    content = CONTENT | {"n": 12, "days": 90}
    undisturbed = run(trial_from(content), workers=1, size=9, ledger=tmp_path / "whole.jsonl")
    path, left = tmp_path / "ledger.jsonl", tmp_path / "ledger.jsonl.batches"
    path.write_text("an earlier ledger\n", encoding="utf-8")
    child = subprocess.Popen([sys.executable, "-c", CHILD.format(content=content), str(path)])
    until = time.monotonic() + 600.0
    while (not left.exists() or left.read_bytes().count(b"\n") < 2) and time.monotonic() < until:
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert path.read_text(encoding="utf-8") == "an earlier ledger\n"
    part = tmp_path / "ledger.jsonl.part"
    assert part.exists() and b"seal" not in part.read_bytes()
    with part.open("ab") as file:
        file.write(b'{"arm": "titrated", "man": 99')  # a line that was being written
    with left.open("ab") as file:
        file.write(b'{"end": 1')
    again = run(trial_from(content), workers=1, size=7, ledger=path)
    assert again.resumed > 0 and undisturbed.resumed == 0
    assert path.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert json.dumps(trial_summary(again)) == json.dumps(trial_summary(undisturbed))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["ledger.jsonl", "whole.jsonl"]


@pytest.fixture
def interrupted(tmp_path):
    """Leave a run with one finished batch."""
    path = tmp_path / "ledger.jsonl"
    with Journal(path, TRIAL) as journal:
        journal.append(run_batch(TRIAL, 0, 8, True, 1), TRIAL.n)
    return path


def test_what_was_left_is_read_back_whole(interrupted):
    before = run_batch(TRIAL, 0, 8, False, 1)
    with Journal(interrupted, TRIAL) as journal:
        (batch,) = journal.batches
    assert (batch.first, batch.screened, batch.excluded) == (0, 8, before.excluded)
    for name, arm in before.arms.items():
        for key, value in vars(arm).items():
            own = getattr(batch.arms[name], key)
            if isinstance(value, list):
                assert own == value, key
                continue
            pairs = [(own[one], value[one]) for one in value] if isinstance(value, dict) else [(own, value)]
            for here, there in pairs:
                assert (here.tobytes(), here.dtype, here.shape) == (there.tobytes(), there.dtype, there.shape), key


def test_what_was_left_and_changed_is_not_taken(interrupted):
    part = interrupted.with_name("ledger.jsonl.part")
    lines = part.read_bytes().splitlines(keepends=True)
    part.write_bytes(lines[0] + lines[1].replace(b'"day"', b'"Day"', 1) + b"".join(lines[2:]))
    with Journal(interrupted, TRIAL) as journal:
        assert journal.batches == []
    assert part.read_bytes() == lines[0]


def test_a_run_of_another_trial_does_not_go_on(interrupted):
    with pytest.raises(ly.BadTrial, match="left by an interrupted run of another trial"):
        Journal(interrupted, replace(TRIAL, seed=4))


def test_two_runs_do_not_write_one_ledger(interrupted):
    with Journal(interrupted, TRIAL), pytest.raises(ly.BadTrial, match="another run is writing"):
        Journal(interrupted, TRIAL)


def test_a_full_disk_is_one_line_and_leaves_the_earlier_ledger(tmp_path, monkeypatch):
    path = tmp_path / "ledger.jsonl"
    path.write_text("an earlier ledger\n", encoding="utf-8")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Journal, "_write", full)
    with pytest.raises(ly.BadTrial, match="No space left on device while writing"):
        run(TRIAL, workers=1, size=16, ledger=path)
    assert path.read_text(encoding="utf-8") == "an earlier ledger\n"
    with pytest.raises(ly.BadTrial, match="expected a place with room"):
        run(TRIAL, workers=1, ledger=path / "below" / "ledger.jsonl")
