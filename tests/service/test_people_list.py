"""The clinic's list: who needs attention first over all pages, from lines that are kept and worked out anew where old."""

import threading

import pytest

from leydig.service.clinic import people_list
from leydig.service.clinic.people_list import PeopleList
from leydig.service.storage.act import SYSTEM

HTML = {"Accept": "text/html"}
GRAVE = (("testosterone", "800", "ng/dL"), ("hematocrit", "56", "%"))
QUIET = (("testosterone", "520", "ng/dL"),)


@pytest.fixture
def assessed(rooms, monkeypatch):
    """Return a list that grows by one with each assessment."""
    found, assess = [], rooms.desk.shelf.assess
    monkeypatch.setattr(rooms.desk.shelf, "assess", lambda *asked: (found.append(1), assess(*asked))[1])
    return found


def names(answer):
    return [one["pseudonym"] for one in answer.json()["items"]]


def test_who_needs_attention_is_first_over_all_pages(browser):
    for name, results in (("A-1", QUIET), ("B-2", ()), ("C-3", GRAVE)):
        browser.add_man(name, results)
    first = browser.get("/people?limit=1").json()
    assert [one["pseudonym"] for one in first["items"]] == ["C-3"] and first["count"] == 3
    after = browser.get(f"/people?limit=5&after={first['next']}")
    assert names(after) == ["A-1", "B-2"] and after.json()["next"] is None
    assert "C-3" not in first["next"]  # no pseudonym in an address
    wrong = browser.get("/people?after=C-3")
    assert (wrong.status_code, wrong.json()["pointer"]) == (422, "/after")


def test_warning_or_critical_holds_the_critical(browser):
    browser.add_man("C-3", GRAVE)
    row = browser.get("/people").json()["items"][0]
    assert row["alerts"][0]["severity"] == "critical"
    assert names(browser.get("/people?alert=warning")) == names(browser.get("/people?alert=critical")) == ["C-3"]


def test_a_line_is_worked_out_once_and_anew_after_an_entry(browser, rooms, assessed):
    man = browser.add_man("A-1", ())
    browser.get("/people")
    browser.get("/people")
    assert len(assessed) == 1
    other = PeopleList(rooms.desk.database, rooms.desk.shelf, None)  # another process: it reads no file, only lines
    assert other.rows("x") == rooms.desk.list.rows("x")
    browser.add(man, name="hematocrit", value="56", unit="%", date="2026-03-02")
    row = browser.get("/people").json()["items"][0]
    assert len(assessed) == 2 and row["alerts"] and not row["waits"]


def test_many_old_lines_wait_and_are_worked_out_beside(browser, rooms, monkeypatch):
    for name in ("A-1", "B-2"):
        browser.add_man(name, ())
    monkeypatch.setattr(people_list, "AT_ONCE", 1)
    began = threading.Event()
    monkeypatch.setattr(rooms.desk.list, "refresh", began.set)
    row = browser.get("/people").json()["items"][0]
    assert row["waits"] and row["pseudonym"] == "A-1" and began.wait(5.0)
    assert "being worked out" in browser.get("/people", headers=HTML).text
    monkeypatch.undo()
    rooms.desk.list.refresh()
    monkeypatch.setattr(people_list, "_stamp", lambda: "another day")
    monkeypatch.setattr(people_list, "AT_ONCE", 1)
    monkeypatch.setattr(rooms.desk.list, "refresh", began.set)
    kept = browser.get("/people").json()["items"][0]  # what was said yesterday is shown as such
    assert kept["waits"] and kept["verdict"]
    actions = {one["action"] for one in browser.get("/audit").json()["items"]}
    assert {"people.list", "people.assess"} <= actions


def test_a_line_that_was_overtaken_is_not_kept(browser, rooms, monkeypatch):
    man, row = browser.add_man("A-1", ()), rooms.desk.list._row

    def slow(state):
        found = row(state)
        browser.add(man, name="hematocrit", value="56", unit="%", date="2026-03-02")
        return found

    monkeypatch.setattr(rooms.desk.list, "_row", slow)
    rooms.desk.list.refresh()
    monkeypatch.undo()
    assert browser.get("/people").json()["items"][0]["alerts"]


def test_a_line_is_encrypted_and_goes_with_him(browser, rooms):
    man = browser.add_man("Canary-77", ())
    browser.get("/people")
    lines = "select count(*) from person_line"
    with rooms.desk.database.look() as connection:
        bodies = connection.exec_driver_sql("select body from person_line").scalars().all()
    assert len(bodies) == 1 and b"Canary" not in bodies[0]
    assert browser.delete(f"/people/{man}", browser.version(man)).status_code == 204
    with rooms.desk.database.look() as connection:
        assert connection.exec_driver_sql(lines).scalar_one() == 0
    assert browser.get("/people").json()["items"] == [] and rooms.desk.list._read_lines == {}


def test_a_man_is_found_by_a_part_of_his_pseudonym(browser):
    men = {name: browser.add_man(name, ()) for name in ("Larch-12", "Larch-7", "Rowan")}
    found = browser.post("/people/search", {"pseudonym": "LARCH"})
    assert sorted(names(found)) == ["Larch-12", "Larch-7"] and found.json()["count"] == 2
    form = {"csrf": browser.csrf, "pseudonym": "ow"}
    led = browser.client.post("/people/search", data=form, headers=HTML, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (303, f"/people/{men['Rowan']}")
    none = browser.client.post("/people/search", data=form | {"pseudonym": "<b>"}, headers=HTML)
    assert none.status_code == 200 and "Nobody&#39;s pseudonym" in none.text and "<b>" not in none.text
    assert browser.post("/people/search", {"pseudonym": ""}).status_code == 422


def test_the_list_is_of_the_system_only_where_it_says_so(browser, rooms):
    browser.add_man("A-1", ())
    rooms.desk.list.refresh()
    rows = browser.get("/audit").json()["items"]
    assert {one["account"] for one in rows if one["action"] == "people.assess"} == {SYSTEM}
