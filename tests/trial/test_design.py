"""Trial files: what is wrong is refused with its line, by whichever door it comes."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

import leydig as ly
from leydig.cli.main import app
from leydig.trial import read_trial
from leydig.trial.design.trial_file import trial_from

TEXT = """name = "x"
n = 5
months = 3
seed = 1
[visits]
missed = 0.1
[adherence]
taken = 0.9
[couple]
months_trying = [6, 18]
[[arm]]
name = "a"
protocol = "anastrozole"
"""
CONTENT = {"name": "x", "n": 5, "months": 3, "arm": [{"name": "a", "protocol": "anastrozole"}]}


def test_a_name_that_is_no_shipped_trial_is_answered_by_those_that_are():
    with pytest.raises(ly.BadTrial, match=r"got 'obesity' as a trial; expected one of obese, or a file\."):
        read_trial("obesity")
    with pytest.raises(ly.BadTrial, match="nowhere"):
        read_trial("nowhere.toml")


@pytest.fixture
def file(tmp_path):
    def written(text):
        path = tmp_path / "trial.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("n = 5", 'n = "many"', "line 2: got n = 'many'"),
        ("n = 5", "moths = 3\nn = 5", "line 2: got key 'moths' of a trial; expected one of adherence, "),
        ("n = 5", "moths = 3\nn = 5", "Did you mean months?"),
        ("missed = 0.1", "missed = true", "line 6: got visits.missed = True; expected a number. Write missed = 1.5."),
        ("n = 5", "n = -5", "line 2: got n -5; expected 1 to"),
        ("n = 5", "n = 0", "line 2: got n 0"),
        ("months = 3", "months = nan", "line 3: got months nan"),
        ("months = 3", "months = -3", "line 3: got months -3"),
        ("months = 3", "months = inf", "line 3: got months inf"),
        ("months = 3", "months = 3\ndays = 90", "line 3: got months and days, or neither"),
        ("months = 3", "days = 5", "line 3: got days 5"),
        ("seed = 1", "seed = -7", "line 4: got seed -7"),
        ("seed = 1", "start = 2026-01-05T08:00:00", "line 4: got start"),
        ("seed = 1", 'kind = "obese"', "Did you mean"),
        ("seed = 1", 'enrolled_by = "anastrozol"', "Did you mean anastrozole"),
        ("seed = 1", "age = [40]", "line 4: got age [40]; expected two numbers"),
        ("seed = 1", "age = [5, 6]", "line 4: got lower end of age 5; expected 18 to 90"),
        ("seed = 1", "bmi = [nan, 30]", "line 4: got lower end of bmi nan"),
        ("seed = 1", "bmi = [40, 30]", "line 4: got bmi 40 to 30"),
        ("seed = 1", 'title = "a\\u0000b"', "line 4: got title"),
        ("missed = 0.1", "missed = 2.0", "line 6: got missed 2; expected 0 to 1"),
        ("missed = 0.1", "missed = nan", "line 6: got missed nan"),
        ("missed = 0.1", "jitter = -1", "line 6: got jitter -1"),
        ("missed = 0.1", "fixed = [90, 28]", "line 6: got fixed [90, 28]"),
        ("missed = 0.1", "fixed = [28.5]", "line 6: got visits.fixed[0] = 28.5; expected a whole number"),
        ("taken = 0.9", "taken = -0.1", "line 8: got taken -0.1"),
        ("months_trying = [6, 18]", "months_trying = [6, nan]", "line 10: got upper end of months_trying nan"),
        (
            "months_trying = [6, 18]",
            "months_trying = [-5, 18]",
            "line 10: got lower end of months_trying -5; expected 0 to 240",
        ),
        (
            "months_trying = [6, 18]",
            "months_trying = [6, 241]",
            "line 10: got upper end of months_trying 241; expected 0 to 240",
        ),
        ("months_trying = [6, 18]", "months_trying = 12", "line 10: got couple.months_trying = 12; expected a list"),
        (
            "months_trying = [6, 18]",
            "partner_age = [5, 6]",
            "line 10: got lower end of partner_age 5; expected 18 to 55",
        ),
        ('name = "a"', 'name = "../../a"', "line 12: got name '../../a'"),
        ('name = "a"', 'name = "[bold]a"', "line 12: got name '[bold]a'"),
        ('name = "a"', 'name = "<b>a</b>"', "line 12: got name"),
        ('name = "a"', 'name = ""', "line 12: got name ''"),
        ('name = "a"', 'name = "a\\u200b"', "line 12: got name"),
        ('name = "x"', 'name = "x/y"', "line 1: got name 'x/y'"),
        ('protocol = "anastrozole"', "", "either a protocol or a regimen"),
        ('protocol = "anastrozole"', 'regimen = "anastrozole often"', "line 13: regimen"),
        ('protocol = "anastrozole"', 'regimen = ""\n[[arm]]\nname = "a"\nregimen = ""', "each with its own name"),
    ],
)
def test_a_wrong_trial_file_is_refused_with_its_line(old, new, said, file):
    assert old in TEXT
    with pytest.raises(ly.BadTrial) as refused:
        read_trial(file(TEXT.replace(old, new, 1)))
    assert said in str(refused.value)


def test_a_right_trial_file_is_read(file):
    trial = read_trial(file(TEXT))
    assert (trial.n, trial.days, trial.missed, trial.taken, trial.months_trying) == (5, 91, 0.1, 0.9, (6.0, 18.0))
    assert trial_from(CONTENT | {"months": 12}).days == 365
    assert {key: value for key, value in CONTENT.items() if key != "months"} and trial_from(
        {key: value for key, value in CONTENT.items() if key != "months"} | {"days": 84}
    ).days == 84


@pytest.mark.parametrize(
    "more",
    [{"n": -5}, {"n": 2.5}, {"n": True}, {"days": -84}, {"seed": -1}, {"months_trying": (-5.0, 12.0)}, {"missed": float("nan")},
     {"partner_age": (5.0, 6.0)}, {"turnaround": -1}, {"name": "../x"}, {"arms": ()}, {"name": 5}, {"title": None},
     {"title": "two\nlines"}, {"fixed": 5}, {"fixed": "ab"}, {"design": 5}, {"screen": None}, {"start": 3}],
)  # fmt: skip
def test_a_trial_is_checked_whoever_makes_it(more):
    with pytest.raises(ly.BadTrial, match="got .*; expected"):
        replace(trial_from(CONTENT), **more)


def test_options_of_the_command_are_checked_like_the_file(file):
    for words in (("--n", "-5"), ("--n", "0"), ("--seed", "-7")):
        found = CliRunner().invoke(app, ["trial", "run", str(file(TEXT)), *words])
        assert found.exit_code == 2 and "; expected" in found.stderr and "Traceback" not in found.stderr


@pytest.mark.parametrize(
    "text",
    ["x = " + "[" * 100_000, "n = " + "9" * 5000, "n = 1\nn = 2", "[[arm]]\n[arm]", "\x00", "", "n = 5_", b"\xff"],
)
def test_hostile_files_are_refused_in_one_line(text, tmp_path):
    path = tmp_path / "trial.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ly.BadTrial) as refused:
        read_trial(path)
    assert len(str(refused.value).splitlines()) == 1
