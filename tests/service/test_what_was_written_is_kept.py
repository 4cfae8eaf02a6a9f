"""A form that is sent too late, from another tab or without a password comes back with what was written: nothing is lost."""

import html
import json
import re

import pytest
from browser import DAY, PASSWORD, Browser
from starlette.testclient import TestClient

from leydig.web.draft import MOST, draft_text, read_draft

PAGE = {"Accept": "text/html"}
ENTRY = {"kind": "result", "name": "lh", "value": "3.4", "unit": "IU/L", "date": DAY, "note": "drawn by مريم 😀 <b>"}


def fields_of(page, action):
    """Return what the form of a page sends that goes to an address."""
    form = re.search(rf'<form[^>]* action="{re.escape(action)}[^"]*".*?</form>', page, re.DOTALL)[0]
    found = {}
    for tag in re.findall(r"<(?:input|textarea)[^>]*>(?:[^<]*</textarea>)?", form):
        name, value = re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"|>([^<]*)</textarea>', tag)
        if name:
            found[name[1]] = html.unescape((value[1] or value[2] or "") if value else "")
    return found


def test_a_form_that_is_sent_after_its_session_comes_back_after_the_sign_in(browser, rooms):
    man = browser.add_man(results=())
    rooms.sessions.end(browser.client.cookies["leydig"], browser.account)
    late = browser.client.post(f"/people/{man}/entries", data=ENTRY | {"csrf": browser.csrf}, headers=PAGE)
    assert late.status_code == 401 and "nothing is lost" in late.text and ENTRY["note"] not in late.text
    signed = fields_of(late.text, "/sign-in") | {"account": "Dr Ito", "password": "another sentence"}
    wrong = browser.client.post("/sign-in", data=signed, headers=PAGE)
    again = fields_of(wrong.text, "/sign-in") | {"account": "Dr Ito", "password": PASSWORD}
    page = browser.client.post("/sign-in", data=again, headers=PAGE)
    assert page.status_code == 200 and "What you had written" in page.text and PASSWORD not in page.text
    form = fields_of(page.text, f"/people/{man}/entries")
    assert ENTRY.items() <= form.items()
    assert browser.client.post(f"/people/{man}/entries", data=form, headers=PAGE).status_code == 200
    (entry,) = [one for one in browser.get(f"/people/{man}/entries").json()["items"] if one["kind"] == "result"]
    assert ENTRY.items() <= entry.items()


def test_the_code_of_a_second_factor_loses_it_neither(browser, rooms, monkeypatch):
    monkeypatch.setattr(type(rooms.factors), "needs_code", lambda *_: True)
    monkeypatch.setattr(type(rooms.factors), "check", lambda *_: None)
    text = draft_text("/people", {"pseudonym": "M-7", "born": "1990-01-01"})
    said = {"account": "Dr Ito", "password": PASSWORD, "draft": text}
    page = browser.client.post("/sign-in", data=said, headers=PAGE)
    code = fields_of(page.text, "/sign-in/code")
    assert code["draft"] == text
    page = browser.client.post("/sign-in/code", data=code | {"code": "123456"}, headers=PAGE)
    assert fields_of(page.text, "/people")["pseudonym"] == "M-7"


def test_a_program_that_signs_in_gets_no_page_of_it(browser):
    said = {"account": "Dr Ito", "password": PASSWORD, "draft": draft_text("/people", {"pseudonym": "M-7"})}
    answer = browser.client.post("/sign-in", json=said)
    assert set(answer.json()) == {"id", "account", "role", "csrf"}


def test_a_tab_of_an_earlier_session_shows_its_form_again(browser):
    man = browser.add_man(results=())
    old = browser.csrf
    browser.client.post("/sign-in", data={"account": "Dr Ito", "password": PASSWORD})
    page = browser.client.post(f"/people/{man}/entries", data=ENTRY | {"csrf": old}, headers=PAGE)
    assert page.status_code == 403 and html.escape(ENTRY["note"]) in page.text
    form = fields_of(page.text, f"/people/{man}/entries")
    assert form["csrf"] != old and form["value"] == "3.4"
    import_ = browser.client.post(f"/people/{man}/imports", data={"text": "LH 3.4", "csrf": old}, headers=PAGE)
    assert "LH 3.4" in import_.text


def test_another_site_gets_nothing_back(browser):
    man = browser.add_man(results=())
    foreign = PAGE | {"Origin": "https://elsewhere.example"}
    answer = browser.client.post(f"/people/{man}/entries", data=ENTRY | {"csrf": "x"}, headers=foreign)
    assert answer.status_code == 403 and "IU/L" not in answer.text


def test_a_decision_that_is_refused_keeps_its_words(browser):
    man = browser.add_man()
    said = browser.post(f"/people/{man}/assessments", {}).json()["id"]
    words = {
        "assessment": said,
        "regimen": "anastrozole 0.5 mg twice weekly",
        "reason": "He wants to wait <b>no</b> longer",
    }
    form = words | {"csrf": browser.csrf, "regimen": "anastrozole 0.5 furlongs"}
    page = browser.client.post(f"/people/{man}/decisions", data=form, headers=PAGE)
    assert page.status_code == 422 and html.escape(words["reason"]) in page.text and "furlongs" in page.text
    wrong = words | {"csrf": browser.csrf, "confirmation": "another sentence"}
    page = browser.client.post(f"/people/{man}/decisions", data=wrong, headers=PAGE)
    again = fields_of(page.text, f"/people/{man}/decisions")
    assert again["reason"] == words["reason"] and "another sentence" not in page.text
    browser.add(man, name="hematocrit", value="46", unit="%", date="2026-03-20")
    page = browser.client.post(f"/people/{man}/decisions", data=again | {"confirmation": ""}, headers=PAGE)
    again = fields_of(page.text, f"/people/{man}/decisions")
    assert page.status_code == 409 and again["assessment"] != said and again["reason"] == words["reason"]
    assert browser.client.post(f"/people/{man}/decisions", data=again, headers=PAGE).status_code == 200
    assert browser.get(f"/people/{man}/decisions").json()["items"][0]["reason"] == words["reason"]


def test_a_correction_that_is_refused_stays_a_correction(browser):
    man = browser.add_man(results=(("lh", "34", "IU/L"),))
    old = next(one for one in browser.get(f"/people/{man}/entries").json()["items"] if one["kind"] == "result")
    form = {"kind": "result", "name": "lh", "value": "3.4", "unit": "ng/dL", "date": DAY, "supersedes": old["id"],
            "reason": "A point was missing", "version": browser.version(man), "csrf": browser.csrf}  # fmt: skip
    page = browser.client.post(f"/people/{man}/entries", data=form, headers=PAGE).text
    correction = re.search(r'<details class="form" open>.*?</details>', page, re.DOTALL)[0]
    assert 'value="3.4"' in correction and "A point was missing" in correction and "expected IU/L" in correction
    assert (
        'value="3.4"' not in page.partition("table")[0]
    )  # the form that adds is empty: sent again it would add a second


def test_of_two_who_correct_one_entry_the_second_keeps_what_he_wrote(browser):
    """His correction is offered as one of what the first made of it; where that is nothing, as a new entry."""
    man = browser.add_man(results=(("lh", "34", "IU/L"),))
    old = next(one for one in browser.get(f"/people/{man}/entries").json()["items"] if one["kind"] == "result")
    form = {"kind": "result", "name": "lh", "value": "3.4", "unit": "IU/L", "date": DAY, "supersedes": old["id"],
            "reason": "A point was missing", "version": browser.version(man), "csrf": browser.csrf}  # fmt: skip
    other = {"kind": "result", "name": "lh", "value": "4.3", "unit": "IU/L", "date": DAY, "reason": "x"}
    said = {"supersedes": old["id"]}
    newer = browser.post(f"/people/{man}/entries", other | said, {"If-Match": browser.version(man)}).json()["id"]
    page = browser.client.post(f"/people/{man}/entries", data=form, headers=PAGE)
    correction = re.search(r'<details class="form" open>.*?</details>', page.text, re.DOTALL)[0]
    assert page.status_code == 412 and f'name="supersedes" value="{newer}"' in correction
    assert 'value="3.4"' in correction and "A point was missing" in correction
    taken_back = {"kind": "withdrawal", "supersedes": newer, "reason": "x"}
    browser.post(f"/people/{man}/entries", taken_back, {"If-Match": browser.version(man)})
    page = browser.client.post(f"/people/{man}/entries", data=form, headers=PAGE)
    assert page.status_code == 412 and 'value="3.4"' in page.text.partition("<table")[0]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "nothing", '["https://elsewhere.example", [["a", "b"]]]', '["//elsewhere.example", [["a", "b"]]]',
     '["/people", [["a", {"b": 1}]]]', '["/people", 7]', '["/people", [["a"]]]', "[" * 20_000, '[1, [["a", "b"]]]'],
)  # fmt: skip
def test_what_is_no_form_is_not_shown(text):
    assert read_draft(text) is None


def test_a_secret_or_too_much_is_not_kept():
    assert draft_text("/account", {"present": "x", "password": "y"}) == draft_text("/people", {}) == ""
    assert draft_text("/people", {"text": "x" * MOST}) == ""
    assert json.loads(draft_text("/people", {"text": "x" * (MOST - 100)}))[0] == "/people"
    said = {"confirmed": ["/line/2", "/line/3"], "version": "v"}
    assert [one.value for one in read_draft(draft_text("/people", said)).fields] == ["/line/2", "/line/3", "v"]


def test_nobody_who_may_not_is_shown_a_form(app, rooms, browser):
    man = browser.add_man(results=())
    reader = Browser(app, rooms, "read-only", "Somebody")
    answer = reader.client.post(f"/people/{man}/entries", data=ENTRY | {"csrf": reader.csrf}, headers=PAGE)
    assert answer.status_code == 403 and "IU/L" not in answer.text
    stranger = TestClient(app, base_url="http://testserver").post("/sign-out", headers=PAGE)
    assert stranger.status_code == 401 and 'action="/sign-in' in stranger.text
