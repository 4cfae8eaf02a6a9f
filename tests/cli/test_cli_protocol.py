"""The commands about protocols and trials: exit codes, JSON, refusals, and one answer from every way in."""

import json
import subprocess
import sys

import pytest
from assessment.men import START, man, treated
from typer.testing import CliRunner

from leydig.assessment.assess import assess
from leydig.cli.commands.protocol import answer
from leydig.cli.main import app
from leydig.protocol.reader import PROTOCOLS_FOLDER, names
from leydig.record.files import as_json
from leydig.verification.consistency import agree

RUN = CliRunner()


def called(*words):
    found = RUN.invoke(app, [str(word) for word in words])
    return found.exit_code, found.stdout, found.stderr


@pytest.fixture
def record(tmp_path):
    def written(one, name="record.json"):
        path = tmp_path / name
        path.write_text(json.dumps(as_json(one)), encoding="utf-8")
        return path

    return written


def test_an_assessment_is_the_library_s_to_the_byte(record):
    one, day = treated(estradiol=65.0)
    code, out, _ = called("protocol", "assess", record(one), "--on", day, "--json")
    assert code == 0 and out.rstrip("\n") == assess(one, on=day).text()


def test_an_assessment_reads_as_a_table_with_a_next_step(record):
    code, out, _ = called("protocol", "assess", record(man()), "--level", "plain")
    assert code == 0 and "candidate" in out and "IND_RATIO_LOW" in out and "Next: leydig protocol report" in out
    assert "clinician decides" in out


def test_an_assessment_begins_and_ends_with_alarm_and_advice(record):
    one, day = treated("anastrozole 1 mg daily", days=28, estradiol=8.0)
    lines = called("protocol", "assess", record(one), "--on", day)[1].splitlines()
    first, second, last = lines[1], lines[2], lines[-1]
    assert first.startswith("ALARM: Estradiol below 10 pg/mL on an inhibitor.")
    assert second == last and last.startswith(
        "advice: hold anastrozole; now anastrozole 1 mg daily; then: Hold anastrozole"
    )
    assert not [line for line in lines if "proposal" in line or "recalled" in line]


@pytest.mark.parametrize(("sex", "age"), [("female", 30.0), ("male", 16.0), ("", 30.0)])
def test_who_is_refused_leaves_with_three(sex, age, record):
    code, out, _ = called("protocol", "assess", record(man(sex=sex, age=age)), "--json")
    assert code == 3 and json.loads(out)["verdict"] == "refused"


@pytest.mark.parametrize(
    "result",
    [{"name": "testosterone", "value": 280, "date": "2026-01-01"}, {"name": "testosterone", "value": 280, "unit": "mg", "date": "2026-01-01"},
     {"name": "hematocrit", "value": 45, "unit": "L/L", "date": "2026-01-01"}, {"name": "testosteron", "value": 1, "unit": "ng/dL", "date": "2026-01-01"}],
)  # fmt: skip
def test_missing_and_wrong_units_leave_with_three_and_a_reason(result, tmp_path):
    path = tmp_path / "record.json"
    path.write_text(json.dumps({"sex": "male", "born": "1990-01-01", "results": [result]}), encoding="utf-8")
    code, _, said = called("protocol", "assess", path)
    assert code == 3 and "results[0]" in said


def test_a_wrong_call_leaves_with_two(record):
    assert called("protocol", "assess", record(man()), "--protocol", "anastrozol")[0] == 2
    assert called("protocol", "assess", record(man()), "--region", "mars")[0] == 2
    assert called("protocol", "assess", record(man()), "--level", "childish")[0] == 2
    assert called("protocol", "assess", record(man()), "--on", "tomorrow")[0] == 2
    assert called("protocol", "report", record(man()), "--out", "report.doc")[0] == 2
    assert called("protocol", "report", record(man()), "--out", "report.html", "--reader", "child")[0] == 2


def test_a_report_is_written_for_both_readers_and_the_calendar(record, tmp_path):
    for name, more in (("a.html", ()), ("b.pdf", ()), ("c.html", ("--reader", "patient")), ("d.ics", ())):
        code, _, said = called("protocol", "report", record(man()), "--out", tmp_path / name, *more)
        assert code == 0 and (tmp_path / name).stat().st_size > 500 and "written" in said
    code, _, said = called("protocol", "report", record(man(sex="female")), "--out", tmp_path / "e.ics")
    assert code == 3 and not (tmp_path / "e.ics").exists()


@pytest.mark.parametrize("name", names())
def test_protocols_are_listed_and_shown(name):
    code, out, _ = called("list", "protocols", "--json")
    assert code == 0 and name in [one["name"] for one in json.loads(out)]
    code, out, _ = called("show", "protocol", name, "--json")
    found = json.loads(out)
    assert code == 0 and found["rules"] and found["off_label"] and found["targets"]


def test_regions_are_listed():
    code, out, _ = called("list", "regions", "--json")
    assert code == 0 and {"name": "eau"} in json.loads(out)


def test_lint_speaks_in_exit_codes(tmp_path):
    code, out, _ = called("protocol", "lint", "anastrozole")
    assert code == 0 and "no fault" in out
    text = (PROTOCOLS_FOLDER / "anastrozole.toml").read_text(encoding="utf-8")
    broken = tmp_path / "anastrozole.toml"
    broken.write_text(text.replace("opens = 14", "opens = 5", 1), encoding="utf-8")
    code, out, _ = called("protocol", "lint", broken, "--json")
    assert code == 1 and "schedule" in [one["kind"] for one in json.loads(out)]
    broken.write_text(text.replace('group = "indication"', 'group = "indicaton"', 1), encoding="utf-8")
    code, out, _ = called("protocol", "lint", broken)
    assert code == 1 and "line " in out


def test_a_protocol_is_named_by_its_file_alone(tmp_path, record):
    copy = tmp_path / "other_name.toml"
    text = (PROTOCOLS_FOLDER / "anastrozole_daily.toml").read_text(encoding="utf-8")
    copy.write_text(text, encoding="utf-8")
    code, out, _ = called("protocol", "assess", record(man()), "--protocol", copy, "--json")
    assert code == 0 and json.loads(out)["protocol"] == "other_name"
    named = tmp_path / "named.toml"
    named.write_text(f'name = "anastrozole_daily"\n{text}', encoding="utf-8")
    said = "line 1: got name = 'anastrozole_daily'; expected no name, for a protocol is named by its file: named. Leave it out."
    code, out, _ = called("protocol", "lint", named)
    assert code == 1 and said in " ".join(out.split())
    code, _, err = called("protocol", "assess", record(man()), "--protocol", named)
    assert code == 2 and said in " ".join(err.split())


def test_a_protocol_of_one_s_own_is_a_file(tmp_path, record):
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'extends = "anastrozole"\ntitle = "Mine"\nversion = "0.1"\ndate = 2026-11-23\nreview = 2027-11-23\n'
        '[[target]]\nof = "testosterone"\nat_least = 450\nat_most = 1000\nunit = "ng/dL"\n'
        'source = "assumed: what this clinic aims at"\ncertainty = "proposal"\n',
        encoding="utf-8",
    )
    code, out, _ = called("protocol", "assess", record(man()), "--protocol", mine, "--json")
    assert code == 0 and json.loads(out)["protocol"] == "mine"


def test_a_trial_runs_and_its_ledger_is_checked(tmp_path):
    trial, ledger = tmp_path / "trial.toml", tmp_path / "ledger.jsonl"
    trial.write_text(
        'name = "t"\nn = 6\nmonths = 4\nkind = "obesity"\nbmi = [30, 45]\n[[arm]]\nname = "a"\nprotocol = "anastrozole"\n'
        '[[arm]]\nname = "b"\nregimen = ""\n',
        encoding="utf-8",
    )
    code, out, _ = called(
        "trial", "run", trial, "--ledger", ledger, "--plot", tmp_path / "figures", "--workers", 1, "--json"
    )
    found = json.loads(out)
    assert code == 0 and set(found["arms"]) == {"a", "b"} and found["flow"]["enrolled"] == 6
    assert {one.name for one in (tmp_path / "figures").iterdir()} == {
        "flow.png",
        "levels.png",
        "response.png",
        "doses.png",
        "effect.png",
    }
    code, out, _ = called("trial", "check", ledger, "--json")
    assert code == 0 and json.loads(out)["differing"] == []
    code, out, _ = called("trial", "run", trial, "--workers", 1)
    assert code == 0 and "enrolled" in out and "not validated" in out and "Next: leydig trial run" in out


def test_trials_refuse_in_words(tmp_path):
    trial = tmp_path / "trial.toml"
    trial.write_text('name = "t"\nn = 6\nmonths = 4\n[[arm]]\nname = "a"\nprotocol = "anastrozol"\n', encoding="utf-8")
    code, _, said = called("trial", "run", trial)
    assert code == 2 and "line 6" in said and "Did you mean anastrozole" in said
    assert called("trial", "check", trial)[0] == 2
    trial.write_text('name = "t"\nn = 6\nmonths = 4\n[[arm]]\nname = "a"\nprotocol = "anastrozole"\n', encoding="utf-8")
    assert called("trial", "run", trial, "--workers", "many")[0] == 2
    assert called("trial", "run", trial, "--ledger", "ledger.txt")[0] == 2


def test_random_visits_are_decided_alike():
    found = agree(250, answer, seed=2)
    assert found["visits"] == 250 and found["protocols"] >= 3
    assert found["differing"] == 0, found["examples"]


def test_a_visit_that_differs_would_be_found():
    assert agree(20, lambda *_: "{}", seed=2)["differing"] == 20


def test_the_real_command_says_the_same(record):
    one = man()
    done = subprocess.run(
        [sys.executable, "-m", "leydig", "protocol", "assess", str(record(one)), "--json", "--on", str(START)],
        capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0 and done.stdout.rstrip("\n") == assess(one, on=START).text()
