"""Long work over HTTP: trials, replays and jobs, as JSON and as pages."""

import json

import pytest
from test_jobs import TRIAL

from leydig.evidence.study_file import studies
from leydig.service.jobs.job import JobKind, JobState
from leydig.service.jobs.worker import work_forever
from leydig.service.routes import jobs as job_routes
from leydig.trial.analysis.tables import trial_tables

HTML = {"Accept": "text/html"}
SUMMARY = {
    "title": "tiny",
    "flow": {"excluded": {"azoospermia": 3}},
    "arms": {
        name: {
            "given": name, "in_band": {"1": 0.5}, "time_in_band": 0.25, "decisions": {"raise": 2}, "alerts": {},
            "flow": {"assigned": 4, "started": 4, "not_started": {}, "left": 0, "not_solved": 0, "stopped": {},
                     "completed": 4, "visits": 8, "visits_missed": 1},
            "levels": {"testosterone": {"unit": "ng/dL", "by_month": {"1": {"median": 512.0, "p5": 300.0, "p95": 700.0}}}},
            "semen": {"gained": 1, "lost": 0, "measured": 4},
            "pregnant_by_cycle": {"1": {"share": 0.0, "low": 0.0, "high": 0.5}},
            "insemination": {key: {"men": 0, "of": 4} for key in ("gained", "lost")},
            "adverse_events": {"men": 4, "joint_pain": {"1": 0}, "hematocrit": {"50": 0}, "estradiol": {"20": 1},
                               "alerts": {"warning": 1, "critical": 0}},
        } for name in ("daily", "nothing")
    },
    "primary": {"of": "in_band", "month": 1, "reading": "measured", "control": "nothing", "level": 0.95, "unit": "",
                "design": "paired", "subgroups": {},
                "contrasts": {"daily": {"n": 4, "n_control": 4, "value": 0.5, "value_control": 0.25, "difference": 0.25,
                                        "low": None, "high": None, "method": "Tango"}}},
    "notice": "virtual men of a model",
}  # fmt: skip
STUDY = next(iter(studies()))


def answer(rooms, result, files=()):
    """Let a worker give this for whatever waits."""
    work_forever(rooms.queue, lambda job, watch: (result, dict(files)), "w", lambda: True)


def replayed(name):
    study = studies()[name]
    rows = []
    for arm in study.arms:
        for one in arm.observed:
            value = one.value if one.ratio is None else one.ratio
            rows.append({"study": name, "arm": arm.name, "analyte": one.analyte, "week": one.week, "observed": value,
                         "predicted": 2.0 * value, "low": 1.9 * value, "high": None, "role": str(study.role),
                         "form": str(one.shown_form), "unit": one.unit, "failed": 0, "untreated": None})  # fmt: skip
    return {"observations": rows, "summary": {}}


def test_a_trial_is_accepted_followed_and_shown(browser, rooms):
    said = browser.post("/trials", {"text": TRIAL})
    assert (said.status_code, said.json()["state"]) == (202, "waiting")
    where = said.headers["location"]
    assert browser.post("/trials", {"text": TRIAL}).status_code == 200
    waiting = browser.get(where, headers=HTML).text
    assert "<progress" in waiting and "/cancellation" in waiting and f"{where}/events" in waiting
    answer(rooms, SUMMARY, {"flow.png": b"\x89PNG"})
    over = browser.get(where).json()
    assert over["state"] == "done" and over["result"] == SUMMARY and over["problem"] is None
    page = browser.get(where, headers=HTML).text
    for table in trial_tables(SUMMARY):
        assert table.title in page
        assert all(cell in page for row in table.rows for cell in row.values() if cell)
    assert "<progress" not in page and "compared with himself" in page
    picture = browser.get(f"{where}/pictures/flow.png")
    assert (picture.content, picture.headers["content-type"]) == (b"\x89PNG", "image/png")
    assert browser.get(f"{where}/pictures/..%2Fflow.png").status_code == 404
    assert "tiny" in browser.get("/trials", headers=HTML).text and "tiny" in browser.get("/jobs", headers=HTML).text


def test_a_form_leads_to_its_job_and_a_refused_one_back_with_its_text(browser):
    form = {"csrf": browser.csrf, "name": "obese", "n": "5", "seed": "2"}
    said = browser.post("/trials", data=form, headers=HTML)
    assert said.status_code == 303 and said.headers["location"].startswith("/jobs/")
    wrong = {"csrf": browser.csrf, "text": TRIAL.replace("obesity", "obessity")}
    page = browser.post("/trials", data=wrong, headers=HTML)
    assert page.status_code == 422 and "obessity" in page.text and "Did you mean" in page.text
    assert page.text.count("obessity") >= 2  # in the message, and in what was written


def test_events_say_what_changes_until_it_is_over(browser, rooms):
    job, _ = rooms.queue.add(JobKind.TRIAL, {"text": TRIAL, "n": 4, "seed": 1}, browser.account)
    mine = rooms.queue.claim("w")
    rooms.queue.renew(mine, "men enrolled", 3, 4)
    rooms.queue.finish(mine, JobState.DONE, SUMMARY)
    answered = browser.get(f"/jobs/{job.id}/events")
    assert answered.headers["content-type"].startswith("text/event-stream")
    lines = [json.loads(line.removeprefix("data: ")) for line in answered.text.split("\n\n") if line]
    assert [one["state_words"] for one in lines] == ["done"] and lines[0]["stage_words"] == "men enrolled: 3 of 4"


def test_a_job_is_cancelled_by_a_form(browser):
    where = browser.post("/trials", {"name": "obese", "n": 3}).headers["location"]
    said = browser.post(f"{where}/cancellation", data={"csrf": browser.csrf}, headers=HTML)
    assert (said.status_code, said.headers["location"]) == (303, where)
    assert browser.get(where).json()["state"] == "cancelled"


def test_a_failure_is_shown_with_its_message(browser, rooms):
    where = browser.post("/trials", {"text": TRIAL}).headers["location"]
    rooms.queue.finish(
        rooms.queue.claim("w"), JobState.FAILED, {"detail": "got hardly anybody; expected more. Choose."}
    )
    assert "got hardly anybody" in browser.get(where, headers=HTML).text
    assert browser.get(where).json()["problem"]["detail"].startswith("got hardly")


def test_a_study_is_replayed_once_and_its_page_says_what_was_missed(browser, rooms):
    page = browser.get(f"/evidence/{STUDY}", headers=HTML).text
    assert "Not replayed yet" in page and "Replay it" in page
    where = browser.post("/evidence/replays", {"studies": [STUDY]}).headers["location"]
    answer(rooms, replayed(STUDY), {"forest.png": b"p"})
    assert f'href="/evidence/{STUDY}"' in browser.get(where, headers=HTML).text
    page = browser.get(f"/evidence/{STUDY}", headers=HTML).text
    assert "off by 100 %" in page and f"{where}/pictures/forest.png" in page and "Replay it" not in page
    content = browser.get(f"/evidence/{STUDY}").json()
    assert content["inside"] == 0 and content["median_error"] == pytest.approx(1.0)
    listing = browser.get("/evidence", headers=HTML).text
    assert "Values outside their interval" in listing and "Replay every study" in listing


def test_every_study_is_replayed_together_and_named_wrongly_not_at_all(browser, rooms):
    said = browser.post("/evidence/replays", {"studies": ["nobody_1900"]})
    assert said.status_code == 422 and said.json()["pointer"] == "/studies"
    browser.post("/evidence/replays", {})
    whole = replayed(STUDY)
    whole["observations"] += [row for name in list(studies())[1:] for row in replayed(name)["observations"]]
    answer(rooms, whole)
    assert "Replay every study" not in browser.get("/evidence", headers=HTML).text
    assert browser.get("/evidence").json()["whole"] is True


def test_a_worker_runs_a_trial(rooms, browser):
    """Runs a trial of two men: the real work, once."""
    from leydig.service.jobs.processes import work_of_database

    text = TRIAL.replace("n = 4", "n = 2")
    where = browser.post("/trials", {"text": text}).headers["location"]
    work_forever(rooms.queue, work_of_database(rooms.desk.database), "w", lambda: True)
    found = browser.get(where).json()
    assert (found["state"], found["result"]["flow"]["enrolled"]) == ("done", 2)
    assert {"flow.png", "levels.png", "response.png"} <= set(found["pictures"])


def test_who_only_reads_sees_no_form_of_work(sign_up):
    reader = sign_up("read-only")
    for path in ("/trials", "/evidence", f"/evidence/{STUDY}"):
        text = reader.get(path, headers=HTML).text
        assert text.count('method="post"') == 1  # signing out
    assert reader.post("/trials", {"name": "obese"}).status_code == 403


def test_a_title_tells_nothing_of_a_person(browser, rooms):
    man = browser.add_man()
    job, _ = rooms.queue.add(JobKind.FORECAST, {"regimens": ["anastrozole 1 mg daily"]}, browser.account, man)
    page = browser.get(f"/jobs/{job.id}", headers=HTML).text
    assert "A forecast of one man" in page and "anastrozole" not in page and "A-1" not in page
    assert job_routes.job_title(job) == "A forecast of one man"
