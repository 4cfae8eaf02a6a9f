"""The one door of the command line's output: no markup, no escape characters, one line for a file that cannot be written."""

import ast
import errno
import importlib
import json
import os
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import leydig.cli
from leydig import target
from leydig.cli import output
from leydig.cli.main import app
from leydig.errors import MissingExtra, NotSolved, OutOfRange

FOLDER = Path(leydig.cli.__file__).parent
HOSTILE = "see [/nope] [bold]x[/] \x1b[31mred\x1b[0m \x9b1m \u202egnp.exe :smile:"


def test_what_a_user_wrote_is_shown_as_it_is(capsys):
    output.print_rows([{"reason": HOSTILE, "[red]head": 1.5}])
    output.console().print(HOSTILE)
    output.say(HOSTILE)
    output.say(HOSTILE, error=True)
    found = capsys.readouterr()
    for text in (found.out, found.err):
        assert not [letter for letter in text if ord(letter) in (0x1B, 0x9B, 0x202E)]
        for part in ("see [/nope] [bold]x[/]", r"\x1b[31mred", r"\x9b1m", r"\u202egnp", ":smile:"):
            assert part in text, part
    assert "[red]head" in found.out


def test_json_stays_json_and_acts_on_no_terminal(capsys):
    output.print_json({"reason": HOSTILE})
    text = capsys.readouterr().out
    assert json.loads(text) == {"reason": HOSTILE}
    assert all(letter.isprintable() for letter in text.strip())


def test_commands_print_through_the_one_door():
    paths = [path for path in FOLDER.rglob("*.py") if path.name != "output.py"]  # which is that door
    assert len(paths) > 10
    for path in paths:
        calls = [node.func.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                 if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]  # fmt: skip
        assert "print" not in calls, path.name


@pytest.mark.parametrize(
    ("error", "code"),
    [(OutOfRange("got a; expected b. c.\n  text\n  ^"), 2), (NotSolved("got a; expected b. c."), 1),
     (OSError(errno.ENOSPC, "No space left on device", "x.csv"), 2), (PermissionError(13, "Permission denied"), 2)],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_every_refusal_is_one_line_and_its_exit_code(capsys, error, code):
    with pytest.raises(typer.Exit) as caught, output.refusals():
        raise error
    said = capsys.readouterr().err
    assert caught.value.exit_code == code
    assert said.count("\n") == 1 and "Traceback" not in said and "got " in said and "; expected " in said


CSV = {".csv": ()}


def test_files_are_looked_at_before_any_work(tmp_path, monkeypatch):
    assert target.target_file(tmp_path / "a.csv", CSV) == tmp_path / "a.csv"
    assert target.target_file(tmp_path / "new" / "a.csv", CSV, make=True).parent.is_dir()
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").write_text("", encoding="utf-8")
    wrong = [
        tmp_path / "a.doc",
        tmp_path / "missing" / "a.csv",
        tmp_path / "folder.csv",
        tmp_path / "file" / "a.csv",
        5,
    ]
    for path in wrong:
        with pytest.raises(OutOfRange, match=r"got .*; expected .*\. "):
            target.target_file(path, CSV)
    monkeypatch.setattr(os, "access", lambda *_: False)  # a folder without permission, also where root runs the tests
    with pytest.raises(OutOfRange, match="nothing may be written"):
        target.target_file(tmp_path / "a.csv", CSV)


def test_a_file_whose_library_is_missing_is_refused(tmp_path, monkeypatch):
    endings = {".csv": (), ".parquet": ("tables", "pandas", "a_library_that_nobody_has")}
    assert target.target_file(tmp_path / "a.csv", endings).suffix == ".csv"
    with pytest.raises(
        MissingExtra, match=r'^got no library \'a_library_that_nobody_has\' here; .*"leydig\[tables\]"$'
    ):
        target.target_file(tmp_path / "a.parquet", endings)
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # as if it were not installed
    with pytest.raises(MissingExtra, match=r"leydig\[plots\]"):
        target.figure_folder(tmp_path / "figures")
    assert not (tmp_path / "figures").exists()


TRIAL = "obese"
RECORD = str(Path(__file__).parents[2] / "docs" / "trials" / "man.json")
OUTPUTS = [
    (["simulate", "--age", "34", "--out", "a.png"], "matplotlib", "leydig.simulation.simulate.simulate"),
    (["simulate", "--age", "34", "--out", "a.html"], "plotly", "leydig.simulation.simulate.simulate"),
    (["simulate", "--age", "34", "--out", "a.parquet"], "pyarrow", "leydig.simulation.simulate.simulate"),
    (["pulses", "--out", "a.png"], "matplotlib", "leydig.pulses.simulate.simulate_pulses"),
    (["stimulation", "--out", "a.png"], "matplotlib", "leydig.pulses.stimulation.stimulation_test"),
    (["export", "a.xml"], "libsbml", "leydig.exchange.sbml.sbml"),
    (["population", "make", "--out", "a.parquet"], "pyarrow", "leydig.man.population"),
    (
        ["population", "check", "--plot", "figures"],
        "matplotlib",
        "leydig.evidence.reference.reference_ranges.compare_ranges",
    ),
    (["evidence", "run", "--plot", "figures"], "matplotlib", "leydig.cli.commands.evidence._replay_all"),
    (["evidence", "calibrate", "--out", "draws"], "emcee", "leydig.evidence.calibration.calibration.Posterior"),
    (["trial", "run", TRIAL, "--plot", "figures"], "matplotlib", "leydig.trial.run"),
    (["protocol", "report", RECORD, "--out", "a.pdf"], "reportlab", "leydig.reports.pages.report.assess"),
    (["protocol", "report", RECORD, "--out", "a.ics"], "icalendar", "leydig.reports.pages.calendar.assess"),
]


@pytest.mark.parametrize(("words", "library", "work"), OUTPUTS, ids=lambda one: one if isinstance(one, str) else one[0])
def test_a_command_refuses_an_output_before_any_work(words, library, work, tmp_path, monkeypatch):
    def worked(*_, **__):
        raise AssertionError("the work began")

    module, _, name = work.rpartition(".")
    monkeypatch.setattr(importlib.import_module(module), name, worked)
    monkeypatch.setitem(sys.modules, library, None)  # as if it were not installed
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2, done.output
    assert f"MissingExtra: got no library {library!r} here" in done.output.replace("\n", " ")


def every_help(command, name="leydig"):
    """Yield what the help of a command and its options says, with where it stands; and of those below it."""
    yield name, command.help or ""
    yield from ((f"{name} {one.name}", getattr(one, "help", None) or "") for one in command.params)
    for word, below in getattr(command, "commands", {}).items():
        yield from every_help(below, f"{name} {word}")


def test_help_holds_no_brackets_which_a_terminal_takes_for_markup_and_drops():
    texts = dict(every_help(typer.main.get_command(app)))
    assert len(texts) > 100 and "kg/m2" in texts["leydig simulate bmi"]
    assert not {name: text for name, text in texts.items() if "[" in text}
