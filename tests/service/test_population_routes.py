"""Many virtual men and the calibration as long work: start, progress, result and files; refusals; who may."""

import csv
import io
import json
import os
import signal
import time
from functools import partial

import numpy as np
import pytest
from typer.testing import CliRunner
from waiting_work import work_that_stands

from leydig.assessment.forecast.population import forecast_population
from leydig.cli.main import app as commands
from leydig.errors import MissingExtra, NotSolved, OutOfRange
from leydig.evidence.calibration.calibration import Calibration, CalibrationSize
from leydig.man.population import population
from leydig.service.jobs import calibrations as calibrations_room
from leydig.service.jobs import populations as populations_room
from leydig.service.jobs.populations import MOST_POPULATION_DAYS
from leydig.service.jobs.processes import WorkerProcesses, work_of_database
from leydig.service.jobs.worker import work_forever
from leydig.service.start import ListenAddress, service_options

HTML = {"Accept": "text/html"}
ASKED = {"regimens": ["nothing", "anastrozole 1 mg daily"], "kind": "obesity", "n": 20, "weeks": 2, "every_weeks": 1}
NUMBER = {"best": 1.0, "low": 0.5, "high": 2.0, "median": 1.1, "rhat": float("nan"), "ess": 10.0, "contraction": 0.5}
RECORD = {
    "seed": 3, "starts": 1, "steps": 200, "structure": "plain", "studies": ["a", "b"], "values": 9, "predictions": [[1.0]],
    "numbers": {"body.testis.half_lh": NUMBER},
    "structures": {"plain": {"weight": 1.0, "elpd": -9.0, "log_posterior": -8.0, "rhat": 1.3, "pareto_k": 0.1,
                             "title": "as declared"}},
}  # fmt: skip


def work_off(rooms):
    work_forever(rooms.queue, work_of_database(rooms.desk.database), "w", lambda: True)


# Populations ---------------------------------------------------------------------------------------


def test_virtual_men_are_forecast_shown_and_saved(browser, rooms):
    said = browser.post("/populations", ASKED)
    assert (said.status_code, said.json()["kind"], said.json()["state"]) == (202, "population", "waiting")
    where = said.headers["location"]
    assert browser.post("/populations", ASKED).status_code == 200
    work_off(rooms)
    over = browser.get(where).json()
    assert over["state"] == "done", over["problem"]
    found = over["result"]
    men = population(20, 1, kind="obesity")
    same = forecast_population(men, ASKED["regimens"], weeks=2, every_weeks=1).record()
    assert found.items() >= json.loads(json.dumps(same)).items() and (found["kind"], found["seed"]) == ("obesity", 1)
    page = browser.get(where, headers=HTML).text
    for words in ("20 men, obesity: nothing / anastrozole 1 mg daily", "Men in the joint band", "testosterone",
                  '<path class="median present"', "Save levels.csv", "Save shares.csv"):  # fmt: skip
        assert words in page, words
    sent = browser.get(f"{where}/files/levels.csv")
    assert "attachment" in sent.headers["content-disposition"] and sent.headers["x-content-type-options"] == "nosniff"
    rows = list(csv.DictReader(io.StringIO(sent.text)))
    one = next(
        row for row in rows if row["level"] == "estradiol" and float(row["week"]) == 2.0 and row["regimen"] != "nothing"
    )
    assert float(one["q50"]) == found["courses"][1]["levels"]["estradiol"]["q50"][-1] and one["unit"] == "pg/mL"
    shares = list(csv.DictReader(io.StringIO(browser.get(f"{where}/files/shares.csv").text)))
    assert len(shares) == 3 * 2 * len(found["weeks"])
    assert browser.get(f"{where}/files/nothing.csv").status_code == 404
    assert "20 men, obesity" in browser.get("/populations", headers=HTML).text


@pytest.mark.parametrize(
    ("change", "pointer", "words"),
    [
        ({"regimens": []}, "/regimens", "expected"),
        ({"regimens": ["nothing"] * 2}, "/regimens", "twice"),
        ({"regimens": ["a"] * 5}, "/regimens", "expected"),
        ({"regimens": ["anastrozolle 1 mg daily"]}, "/regimens", "expected one of"),
        ({"kind": "obessity"}, "/kind", "Did you mean"),
        ({"n": 19}, "/n", "expected greater than or equal to 20"),
        ({"n": 10_001}, "/n", "expected less than or equal to 10000"),
        ({"weeks": 0.5}, "/weeks", "expected"),
        ({"weeks": 261}, "/weeks", "expected"),
        ({"weeks": 61, "every_weeks": 0.5}, "/every_weeks", "expected at most 120 steps"),
        ({"youngest": 40, "oldest": 30}, "/youngest", "the lower end first"),
        ({"leanest": 5}, "/leanest", "expected"),
        ({"protocol": "/etc/passwd"}, "/protocol", "got protocol"),
        ({"region": "nowhere"}, "/region", "got region"),
        ({"n": 10_000, "weeks": 200, "every_weeks": 4}, "/n", f"got 28,000,000 man-days over all regimens; expected at most {MOST_POPULATION_DAYS:,}"),
        ({"men": 3}, "/men", "expected one of"),
    ],
)  # fmt: skip
def test_what_cannot_be_forecast_is_refused_at_its_field(browser, change, pointer, words):
    said = browser.post("/populations", ASKED | change)
    assert said.status_code == 422 and said.json()["pointer"].startswith(pointer) and words in said.json()["detail"]


def test_a_form_leads_to_its_job_and_a_refused_one_back_with_every_word(browser):
    form = {"csrf": browser.csrf, "regimens": "nothing\r\n\r\nanastrozole 1 mg daily\r\n", "n": "20", "weeks": "2",
            "every_weeks": "1", "kind": "obesity", "youngest": "", "region": ""}  # fmt: skip
    said = browser.post("/populations", data=form, headers=HTML)
    assert said.status_code == 303
    job = browser.rooms.queue.find(said.headers["location"].removeprefix("/jobs/"))
    assert job.question["regimens"] == ["nothing", "anastrozole 1 mg daily"] and job.question["n"] == 20
    wrong = form | {"regimens": "nothing\nanastrozolle 1 mg daily", "n": "77"}
    page = browser.post("/populations", data=wrong, headers=HTML)
    assert page.status_code == 422 and "nothing\nanastrozolle 1 mg daily</textarea>" in page.text
    assert 'value="77"' in page.text and '<option value="obesity" selected>' in page.text
    assert 'name="regimens" rows="4" required' in page.text and 'aria-invalid="true">nothing' in page.text


def test_who_only_reads_sees_forms_of_neither_and_an_assistant_none_of_a_calibration(sign_up):
    reader, assistant = sign_up("read-only"), sign_up("assistant")
    for path in ("/populations", "/calibrations"):
        assert reader.get(path, headers=HTML).text.count('method="post"') == 1  # signing out
    assert assistant.get("/populations", headers=HTML).text.count('method="post"') == 2
    assert assistant.get("/calibrations", headers=HTML).text.count('method="post"') == 1
    assert assistant.post("/calibrations", {"size": "rehearsal"}).status_code == 403
    assert assistant.post("/populations", ASKED).status_code == 202


# Calibration ---------------------------------------------------------------------------------------


def calibrated(seed, starts, steps, watch, size):
    watch("virtual arms", 1, 1)
    watch("draws, own set point", 1, steps)
    return Calibration(["a", "b"], np.ones(2), np.ones((3, 2)), RECORD)


def test_a_rehearsal_is_done_shown_and_saved(browser, rooms, monkeypatch):
    """By draws that stand still: `test_calibration` calibrates."""
    monkeypatch.setattr(calibrations_room, "calibrate", calibrated)
    said = browser.post("/calibrations", data={"csrf": browser.csrf, "size": "rehearsal"}, headers=HTML)
    assert said.status_code == 303
    where = said.headers["location"]
    work_off(rooms)
    over = browser.get(where).json()
    assert over["state"] == "done" and "predictions" not in over["result"]
    assert over["result"]["numbers"]["body.testis.half_lh"]["rhat"] is None and over["result"]["draws"] == 3
    page = browser.get(where, headers=HTML).text
    for words in ("Rehearsal of a calibration (seed 1)", "body.testis.half_lh", "as declared", "Save draws.csv", "Fitted over in use", '<rect class="band-50 present"',
                  "R-hat above", "its draws are for no use", "Nothing that this service uses was changed"):  # fmt: skip
        assert words in page, words
    assert browser.get(f"{where}/files/draws.csv").text == "a,b\n1,1\n1,1\n1,1\n"
    assert json.loads(browser.get(f"{where}/files/manifest.json").text)["seed"] == 3


def test_a_whole_calibration_is_asked_for_within_bounds_and_one_at_a_time(browser):
    first = browser.post("/calibrations", {"size": "whole"})
    assert first.status_code == 202
    job = browser.rooms.queue.find(first.json()["id"])
    assert job.question == {"size": "whole", "seed": 1, "starts": 2, "steps": 20_000}
    again = browser.post("/calibrations", {"size": "whole", "starts": 2, "steps": 20_000})
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    other = browser.post("/calibrations", {"size": "whole", "seed": 2})
    assert other.status_code == 429 and job.id in other.json()["detail"] and "one at a time" in other.json()["detail"]
    browser.post(f"/jobs/{job.id}/cancellation")
    assert browser.post("/calibrations", {"size": "rehearsal"}).status_code == 202
    for wrong, pointer in (({"size": "half"}, "/size"), ({"size": "whole", "steps": 1999}, "/steps"),
                           ({"size": "whole", "steps": 40_001}, "/steps"), ({"size": "whole", "starts": 5}, "/starts"),
                           ({"size": "rehearsal", "steps": 2000}, "/steps"), ({}, "/size")):  # fmt: skip
        said = browser.post("/calibrations", wrong)
        assert (said.status_code, said.json()["pointer"]) == (422, pointer), said.text
    page = browser.post(
        "/calibrations", data={"csrf": browser.csrf, "size": "whole", "seed": "3", "steps": "10"}, headers=HTML
    )
    assert page.status_code == 422 and 'value="10"' in page.text and "expected greater than" in page.text


def test_where_what_fits_is_not_installed_the_page_says_so(browser, monkeypatch):
    def missing(*_):
        raise MissingExtra(
            "got no library 'emcee' here; expected the extra 'fit'. Install it: pip install \"leydig[fit]\""
        )

    monkeypatch.setattr(calibrations_room, "require", missing)
    page = browser.get("/calibrations", headers=HTML).text
    assert "It cannot be done here." in page and "leydig[fit]" in page and page.count('method="post"') == 1
    assert browser.post("/calibrations", {"size": "rehearsal"}).status_code == 501


def test_a_calibration_that_finds_nothing_says_why(browser, rooms, monkeypatch):
    def broken(*_):
        raise NotSolved("none of 1 starts led to an optimum of 'plain'. Give more starts.")

    monkeypatch.setattr(calibrations_room, "calibrate", broken)
    where = browser.post("/calibrations", {"size": "rehearsal"}).headers["location"]
    work_off(rooms)
    assert "none of 1 starts" in browser.get(where, headers=HTML).text


# Workers -------------------------------------------------------------------------------------------


def test_killed_in_the_midst_both_are_begun_anew_and_cancelled_they_end(rooms, browser, tmp_path):
    """What calibrates and forecasts stands still (`waiting_work`), in a process of its own that loads all of it.

    Costs two starts of that process, which is what is tested.
    """
    forecast = browser.post("/populations", ASKED).json()["id"]
    job, find = browser.post("/calibrations", {"size": "rehearsal"}).json()["id"], rooms.queue.find
    workers = WorkerProcesses(rooms.desk.database, 1, partial(work_that_stands, folder=str(tmp_path)))
    workers.start()
    try:
        wait_for(lambda: find(forecast).stage == "men" and find(forecast).total == 40)
        os.kill(workers.numbers[0], signal.SIGKILL)
        (tmp_path / "population").touch()
        wait_for(lambda: find(forecast).state.is_over)
        assert (find(forecast).attempts, find(forecast).result["men"]) == (2, 20)
        wait_for(lambda: find(job).stage.endswith(" left"))
        assert find(job).stage.startswith("structure 1 of 4, optimum; ") and 0 < find(job).done < find(job).total == 100
        (worker,) = workers.numbers
        begun = time.monotonic()
        assert (
            browser.post(f"/jobs/{job}/cancellation").json()["state"] == "cancelled" and time.monotonic() - begun < 1.0
        )
        wait_for(lambda: workers.numbers != [worker], 10.0)
    finally:
        workers.stop()


def wait_for(what, seconds=120.0):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_cluster_that_is_named_is_asked(rooms, browser, monkeypatch):
    """A forecast and a trial: the name that a worker was given comes to what asks the cluster."""
    from leydig.service.jobs import work as work_room

    asked = []
    monkeypatch.setattr(work_room, "run", lambda trial, workers, watch: asked.append(workers))
    monkeypatch.setattr(populations_room, "cluster_client", lambda name: asked.append(name))
    for path, body in (("/trials", {"name": "obese", "n": 3}), ("/populations", ASKED)):
        browser.post(path, body)
    work = work_of_database(rooms.desk.database, cluster="dask://host:1")
    for _ in range(2):
        with pytest.raises((AttributeError, TypeError)):
            work(rooms.queue.claim("w"), lambda *_: None)
    assert asked == ["dask://host:1"] * 2


def test_the_rehearsal_holds_all_but_three_parameters():
    held = CalibrationSize.REHEARSAL.held_values
    assert "body.testis.half_lh" not in held and len(held) > 30 and not CalibrationSize.WHOLE.held_values
    assert {one.role for one in CalibrationSize.REHEARSAL.studies} == {"calibration"}


@pytest.mark.parametrize("name", ["host:8786", "dask://host", "dask://:8786", "dask://host:x", "tcp://host:1"])
def test_a_cluster_that_is_none_is_refused_before_anything_starts(name):
    with pytest.raises(OutOfRange, match="expected dask://host:port"):
        service_options(ListenAddress(cluster=name))
    said = CliRunner().invoke(
        commands, ["population", "forecast", "--regimen", "nothing", "--n", "20", "--cluster", name]
    )
    assert said.exit_code == 2 and "expected dask://host:port" in said.stderr


def test_the_command_says_what_the_job_says(browser, rooms):
    words = ["--regimen", "nothing", "--regimen", "anastrozole 1 mg daily", "--kind", "obesity", "--n", "20", "--weeks", "2",
             "--every-weeks", "1"]  # fmt: skip
    said = CliRunner().invoke(commands, ["population", "forecast", *words, "--json"])
    where = browser.post("/populations", ASKED).headers["location"]
    work_off(rooms)
    result = browser.get(where).json()["result"]
    assert result.items() >= json.loads(said.stdout).items()
    printed = CliRunner().invoke(commands, ["population", "forecast", *words]).stdout
    assert "20 men, week 2" in printed and "below the floor: estradiol below 20 pg/mL" in printed
