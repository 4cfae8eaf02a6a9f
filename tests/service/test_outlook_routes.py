"""What is ahead of a man: stored when a writer sees it, held against what came, and the next best test beside it."""

import datetime as dt

import pytest
from browser import DAY
from web.clinic import ABSTAIN, forecast, next_tests, usual_levels

from leydig.inference.trust.trust import Trust
from leydig.record import Record, Result
from leydig.record.record import Treatment
from leydig.regimen import Regimen
from leydig.web.board.past import NEAR, past_lines

HTML = {"Accept": "text/html"}
FIRST = dt.date.fromisoformat(DAY)


@pytest.fixture
def trust():
    return [Trust()]


@pytest.fixture(autouse=True)
def twin(rooms, monkeypatch, trust):
    """A twin that is at hand: the same levels whatever he is given."""

    def ahead(record, regimen, weeks, **_):
        return forecast(regimen, usual_levels(), int(weeks), trust[0])

    monkeypatch.setattr(rooms.desk.shelf, "forecast", ahead)
    monkeypatch.setattr(rooms.desk.shelf, "next_lab", lambda record, plan: next_tests(0.05))


def stored(rooms, man):
    return rooms.desk.notes(man, "forecast", "me")


def test_what_a_writer_sees_is_stored_once_and_held_against_what_comes(browser, rooms):
    man = browser.add_man()
    first = browser.get(f"/people/{man}/outlook").json()
    assert first["past"] == [] and first["draws"] == 21 and first["trust"]["verdict"] == "trust"
    assert {one["name"] for one in first["board"]["panels"] if one["forecasts"]} >= {"testosterone", "estradiol"}
    browser.get(f"/people/{man}/outlook")
    assert len(stored(rooms, man)) == 1
    later = (FIRST + dt.timedelta(14)).isoformat()
    browser.add(man, name="testosterone", value="610", unit="ng/dL", date=later)
    browser.add(man, name="estradiol", value="90", unit="pg/mL", date=later)
    found = browser.get(f"/people/{man}/outlook").json()
    assert {one["title"]: one["inside"] for one in found["past"]} == {"testosterone": "yes", "estradiol": "no"}
    assert (found["kept"], len(stored(rooms, man))) == (1, 2)
    page = browser.get(f"/people/{man}/outlook", headers=HTML).text
    assert "1 of 2 results inside" in page and "610 ng/dL" in page and 'id="board"' in page
    assert "told as an immunoassay reads them" in page
    assert [one.content["forecasts"][0]["estradiol_assay"] for one in stored(rooms, man)] == ["immunoassay"] * 2


def test_who_only_reads_stores_nothing(browser, sign_up, rooms):
    man = browser.add_man()
    assert sign_up("read-only").get(f"/people/{man}/outlook").status_code == 200
    assert stored(rooms, man) == []


def test_a_twin_that_abstains_is_not_held_against_anything(browser, rooms, trust):
    trust[0] = ABSTAIN
    man = browser.add_man()
    found = browser.get(f"/people/{man}/outlook").json()
    assert found["chances"] == [] and stored(rooms, man) == [] and found["trust"]["reasons"]


def test_the_page_of_a_man_names_what_it_loads_later(browser):
    man = browser.add_man()
    page = browser.get(f"/people/{man}", headers=HTML).text
    assert f'data-load="/people/{man}/outlook?' in page and f'data-load="/people/{man}/next-lab?' in page
    said = browser.get(f"/people/{man}/next-lab", headers=HTML).text
    assert "testosterone + estradiol, on day 14" in said and "told as an immunoassay reads them" in said
    assert browser.get(f"/people/{man}/next-lab").json()["helps"] is True


# Past lines ----------------------------------------------------------------------------------------


def content(regimen="none", made=FIRST, times=(0.0, 7.0, 14.0), low=300.0, high=900.0):
    level = {"unit": "ng/dL", "q05": [low] * len(times), "q50": [500.0] * len(times), "q95": [high] * len(times)}
    one = {"regimen": str(Regimen(regimen if regimen != "none" else "")), "results": {"testosterone": level}}
    return {"from": made.isoformat(), "times": list(times), "forecasts": [one]}


def man(days=14, value=400.0, unit="ng/dL", comparator="", treatments=()):
    result = Result("testosterone", value, FIRST + dt.timedelta(days), unit, comparator=comparator)
    return Record("male", dt.date(1990, 1, 1), (result,), treatments=treatments)


def test_the_last_forecast_before_a_result_counts():
    early, late = content(high=450.0), content(made=FIRST + dt.timedelta(7), low=600.0)
    assert [one.at for one in past_lines(man(), [("early", early), ("late", late)])] == ["late"]
    assert past_lines(man(), [("early", early), ("late", late)])[0].inside == "no"
    on_the_day = content(made=FIRST + dt.timedelta(14), low=600.0)
    assert [one.at for one in past_lines(man(), [("early", early), ("late", on_the_day)])] == ["early"]


@pytest.mark.parametrize(("days", "count"), [(17, 1), (18, 0)])
def test_a_forecast_reaches_half_a_week_beyond_its_last_day(days, count):
    assert NEAR == 3.5
    assert len(past_lines(man(days), [("at", content())])) == count


def test_a_forecast_of_another_regimen_is_not_held_against_him():
    given = (Treatment(Regimen("anastrozole 1 mg daily"), FIRST),)
    assert past_lines(man(treatments=given), [("at", content())]) == ()
    assert past_lines(man(), [("at", content("anastrozole 1 mg daily"))]) == ()
    assert len(past_lines(man(treatments=given), [("at", content("anastrozole 1 mg daily"))])) == 1


@pytest.mark.parametrize(
    ("value", "unit", "comparator", "inside"),
    [(300.0, "ng/dL", "", "yes"), (299.0, "ng/dL", "", "no"), (901.0, "ng/dL", "", "no"), (17.0, "nmol/L", "", "yes"),
     (35.0, "nmol/L", "", "no"), (310.0, "ng/dL", "<", "yes"), (290.0, "ng/dL", "<", "no"), (890.0, "ng/dL", ">", "yes"),
     (910.0, "ng/dL", ">", "no")],
)  # fmt: skip
def test_a_result_is_inside_where_the_band_reaches_to_it(value, unit, comparator, inside):
    (line,) = past_lines(man(value=value, unit=unit, comparator=comparator), [("at", content())])
    assert line.inside == inside and line.expected == "500 (300 to 900) ng/dL"


def test_a_forecast_that_was_stored_without_what_a_laboratory_reads_is_left_out():
    old = content()
    del old["forecasts"][0]["results"]
    assert past_lines(man(), [("at", old)]) == ()


@pytest.mark.parametrize(
    ("told", "assay", "count"),
    [("", "", 1), ("", "LC-MS/MS", 0), ("immunoassay", "ECLIA", 1), ("mass spectrometry", "ECLIA", 0),
     ("mass spectrometry", "LC-MS/MS", 1)],
)  # fmt: skip
def test_estradiol_is_held_against_a_forecast_of_its_own_assay_alone(told, assay, count):
    """A forecast that was stored without its assay was one of immunoassays; of testosterone no assay is asked."""
    made = content()
    (ahead,) = made["forecasts"]
    ahead["results"]["estradiol"] = {"unit": "pg/mL", "q05": [20.0] * 3, "q50": [25.0] * 3, "q95": [30.0] * 3}
    ahead |= {"estradiol_assay": told} if told else {}
    day = FIRST + dt.timedelta(14)
    results = [
        Result("testosterone", 400.0, day, "ng/dL", assay=assay),
        Result("estradiol", 22.0, day, "pg/mL", assay=assay),
    ]
    lines = past_lines(man().with_results(results), [("at", made)])
    assert (
        sum(one.title == "estradiol" for one in lines) == count
        and sum(one.title == "testosterone" for one in lines) >= 1
    )


# A forecast that lasts -------------------------------------------------------------------------------


def test_a_forecast_that_lasts_is_a_job_and_its_result_the_same(browser, rooms, monkeypatch):
    import threading

    from leydig.service.routes import opinions

    man, gate = browser.add_man(), threading.Event()
    quick = rooms.desk.shelf.forecast
    body = {"regimens": ["anastrozole 1 mg daily"], "weeks": 12}
    at_once = browser.post(f"/people/{man}/forecasts", body)
    assert at_once.status_code == 201
    monkeypatch.setattr(opinions, "SOON", 0.05)
    monkeypatch.setattr(rooms.desk.shelf, "forecast", lambda *words, **more: gate.wait(30) and quick(*words, **more))
    slow = browser.post(f"/people/{man}/forecasts", body)
    assert slow.status_code == 202 and slow.headers["location"].startswith("/jobs/")
    assert browser.get(slow.headers["location"]).json()["state"] == "running"
    assert browser.post(f"/people/{man}/forecasts", body).headers["location"] == slow.headers["location"]
    assert rooms.queue.claim("another") is None
    gate.set()
    browser.get(f"{slow.headers['location']}/events")  # ends when it is over
    found = browser.get(slow.headers["location"]).json()
    assert (found["state"], found["result"]) == ("done", {"forecast": at_once.json()["id"]})


def test_a_forecast_that_is_cancelled_ends_at_its_next_step(browser, rooms, monkeypatch):
    import threading
    import time

    from leydig.service.jobs import worker
    from leydig.service.routes import opinions

    man, ended = browser.add_man(), threading.Event()

    def endless(record, regimen, weeks, *, watch, **_):
        try:
            for _ in range(3000):
                time.sleep(0.01)
                watch("men solved", 0, 0)
        finally:
            ended.set()

    monkeypatch.setattr(opinions, "SOON", 0.05)
    monkeypatch.setattr(worker, "BEAT", 0.1)
    monkeypatch.setattr(worker, "GRACE", 0.05)
    monkeypatch.setattr(rooms.desk.shelf, "forecast", endless)
    where = browser.post(f"/people/{man}/forecasts", {"regimens": [""], "weeks": 12}).headers["location"]
    assert not ended.is_set()
    assert browser.post(f"{where}/cancellation").status_code == 200
    assert ended.wait(10.0)
    assert browser.get(where).json()["state"] == "cancelled" and stored(rooms, man) == []


def test_up_to_four_regimens_stand_beside_the_present_course(browser, rooms):
    man = browser.add_man()
    asked = "regimen=anastrozole+1+mg+daily&regimen_2=anastrozole+0.5+mg+daily&regimen_4=letrozole+2.5+mg+daily"
    answer = browser.get(f"/people/{man}/what-if?{asked}&on={DAY}")
    found = answer.json()
    given = ["anastrozole 1 mg daily", "anastrozole 0.5 mg daily", "letrozole 2.5 mg daily"]
    assert [one["regimen"] for one in found["courses"]] == ["nothing", *given]
    assert found["present_forecast"]["regimen"] == "nothing"
    assert found["times"][:2] == [0.0, 7.0] and "times" not in found["present_forecast"]
    assert [one["regimen"] for one in found["other_forecasts"]] == given and len(found["chances"][0]["shares"]) == 4
    page = browser.get(f"/people/{man}/what-if?{asked}&on={DAY}", headers=HTML).text
    assert 'name="regimen_4"' in page and "Present course: nothing" in page and "prescribes nothing" in page
    assert stored(rooms, man) == []


def test_the_regimen_that_is_wrong_is_the_one_that_is_marked(browser):
    man = browser.add_man()
    asked = f"/people/{man}/what-if?regimen=anastrozole+1+mg+daily&regimen_3=anastrozol+1+mg+dayly&on={DAY}"
    assert browser.get(asked).json()["pointer"] == "/regimen_3"
    page = browser.get(asked, headers=HTML)
    marked = [one for one in page.text.split("<input") if 'aria-invalid="true"' in one]
    assert page.status_code == 422 and len(marked) == 1 and 'name="regimen_3"' in marked[0]
    assert "anastrozol 1 mg dayly" in marked[0]
