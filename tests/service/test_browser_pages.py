"""Pages over HTTP: the same address as HTML, forms that lead on, and what was refused as the page of its form."""

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest
from browser import DAY, PASSWORD, Browser
from starlette.testclient import TestClient

from leydig.service.application import application, rooms_of
from leydig.service.options import ServiceOptions

HTML = {"Accept": "text/html,application/xhtml+xml"}
FORM = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}


def words(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def page(somebody, path):
    answer = somebody.get(path, headers=HTML)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html"), answer.text[:300]
    return answer


def send(somebody, path, **fields):
    return somebody.client.post(path, data={"csrf": somebody.csrf} | fields, headers=FORM, follow_redirects=False)


def hidden(text, name):
    return unescape(re.search(rf'name="{name}" value="([^"]*)"', text)[1])


def test_a_clinic_works_with_forms_alone(app, rooms):
    """Setup, a man, his results, a correction, an import, a decision, what-if's form, deletion: no script, no JSON."""
    client = TestClient(app)
    link = f"/setup/{rooms.accounts.invite('', 'admin')}"
    assert 'name="password"' in client.get(link, headers=HTML).text
    weak = client.post(link, data={"account": "Dr Ito", "password": "short"}, headers=FORM, follow_redirects=False)
    assert weak.status_code == 422 and "12 to 128" in words(weak)
    assert re.search(r'name="account"[^>]* value="Dr Ito"', weak.text)  # who he is can be written still
    first = client.post(link, data={"account": "Dr Ito", "password": PASSWORD}, headers=FORM, follow_redirects=False)
    assert (first.status_code, first.headers["location"]) == (303, "/people")
    me = Browser.__new__(Browser)
    me.client, me.rooms = client, rooms
    me.csrf = hidden(page(me, "/people").text, "csrf")
    made = send(me, "/people", pseudonym="A-1", sex="male", born="1991-05-01")
    man = made.headers["location"]
    assert "A-1" in page(me, man).text  # before there is any result
    assert made.status_code == 303 and re.fullmatch(r"/people/\w{26}", man)
    for name, value, unit in (("testosterone", "271", "ng/dL"), ("hematocrit", "56", "%"), ("bmi", "28.7", "kg/m2")):
        done = send(
            me, f"{man}/entries", kind="result", name=name, value=value, unit=unit, date=DAY, version="old", assay=""
        )
        assert done.status_code == 303 and done.headers["location"].startswith(f"{man}/entries?entry="), done.text[:500]
    swapped = send(me, f"{man}/entries", kind="result", name="testosterone", value="271", unit="nmol/L", date=DAY)
    assert swapped.status_code == 422 and "Did you mean 271 ng/dL?" in words(swapped) and 'value="271"' in swapped.text
    assert "Hematocrit above 54 %" in words(page(me, f"{man}?on={DAY}"))
    text = page(me, f"{man}/entries").text
    entry = next(one for one in me.get(f"{man}/entries").json()["items"] if one.get("name") == "hematocrit")
    right = {"kind": "result", "name": "hematocrit", "value": "46", "unit": "%", "date": DAY, "supersedes": entry["id"]}
    assert send(me, f"{man}/entries", **right, reason="misread", version=hidden(text, "version")).status_code == 303
    assert "Hematocrit above 54 %" not in words(page(me, f"{man}?on={DAY}"))
    preview = send(me, f"{man}/imports", text=f"name,value,unit,date\nlh,3.4,IU/L,{DAY}\n")
    assert preview.status_code == 303 and "LH 3.4 IU/L" in words(page(me, preview.headers["location"]))
    assert send(me, f"{preview.headers['location']}/commit", version="x").status_code == 303
    text = page(me, f"{man}?on={DAY}").text
    decided = send(me, f"{man}/decisions", assessment=hidden(text, "assessment"), regimen="", reason="x")
    assert decided.status_code == 422 and "expected regimen" in words(decided)
    decided = send(
        me, f"{man}/decisions", assessment=hidden(text, "assessment"), regimen="anastrozole 1 mg daily", reason="tried"
    )
    assert decided.status_code == 303 and "tried" in words(page(me, f"{man}?on={DAY}"))
    gone = send(me, f"{man}/deletion", pseudonym="A-1", version=hidden(page(me, man).text, "version"))
    assert (gone.status_code, gone.headers["location"]) == (303, "/people")
    assert me.get(man, headers=HTML).status_code == 404
    assert send(me, "/sign-out").headers["location"] == "/sign-in"
    assert me.get("/people", headers=HTML).headers["location"] == "/sign-in?next=%2Fpeople"


@pytest.mark.parametrize(
    "path", ["/people", "/account", "/accounts", "/audit", "/protocols", "/protocols/anastrozole", "/evidence"]
)
def test_every_page_is_json_at_the_same_address_and_says_the_same(browser, path):
    browser.add_man(results=())
    text, said = page(browser, path), browser.get(path)
    assert said.headers["content-type"] == "application/json" and said.json()
    assert "<script>" not in text.text and "style=" not in text.text
    assert browser.get(f"/api/v1{path}", headers=HTML).headers["content-type"] == "application/json"


def test_the_pages_of_a_man(browser):
    man = browser.add_man()
    for path in (f"/people/{man}?on={DAY}", f"/people/{man}/patient?on={DAY}", f"/people/{man}/entries"):
        assert "A-1" in page(browser, path).text
    both = browser.get(f"/people/{man}?on={DAY}").json()
    assert both["verdict"] == both["assessment"]["verdict"] and len(both["criteria"]) > 3
    refused = browser.get(f"/people/{man}/what-if?regimen=anastrozole+1+mg+dayly&on={DAY}", headers=HTML)
    assert refused.status_code == 422 and "dayly" in words(refused) and 'name="regimen"' in refused.text
    report = browser.get(f"/people/{man}/report.html?on={DAY}", headers=HTML)
    assert "sandbox" in report.headers["content-security-policy"] and "<script" not in report.text


def test_the_twin_of_who_is_looked_at_is_worked_out_ahead(database, options, monkeypatch):
    rooms = rooms_of(database, replace(options, ahead=True))
    browser, asked = Browser(application(rooms), rooms), []
    monkeypatch.setattr(rooms.desk.shelf, "twin", lambda record, *how: asked.append((len(record.results), *how)))
    man = browser.add_man()
    page(browser, f"/people/{man}?on={DAY}")
    rooms.desk.shelf._background.shutdown()
    assert asked == [(6, "healthy", 200, 1)]


def test_assets_are_local_and_never_change(browser):
    text = page(browser, "/people").text
    names = set(re.findall(r'(?:src|href)="(/assets/[^"]+)"', text))
    assert len(names) >= 2 and not re.search(r'(?:src|href)="https?://', text)
    for name in names:
        answer = browser.get(name)
        assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"], name
    assert browser.get("/assets/nothing.css").status_code == 404


@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(browser, where):
    answer = browser.client.post(
        f"/sign-in?next={where}", data={"account": "Dr Ito", "password": PASSWORD}, headers=FORM, follow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/people")
    there = browser.client.post(
        "/sign-in?next=/audit", data={"account": "Dr Ito", "password": PASSWORD}, headers=FORM, follow_redirects=False
    )
    assert there.headers["location"] == "/audit"


def test_a_refused_sign_in_is_the_form_with_its_message(browser):
    answer = browser.client.post("/sign-in", data={"account": "Dr Ito", "password": "wrong"}, headers=FORM)
    assert answer.status_code == 401 and "do not go together" in words(answer) and 'name="password"' in answer.text


def test_what_an_admin_invites_is_shown_once(browser):
    made = send(browser, "/accounts", account="Dr Ono", role="clinician")
    assert made.status_code == 201 and re.search(r"/setup/[\w-]{43}", made.text)
    again = send(browser, "/accounts", account="Dr Ono", role="boss")
    assert again.status_code == 422 and "boss" in words(again)


class Elements(HTMLParser):
    """Every element of a page, and those that would act."""

    def __init__(self):
        super().__init__()
        self.found, self.active = [], []

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        self.found.append(tag)
        acts = tag == "script" and not said.get("src", "").startswith("/assets/")
        acts |= any(name.startswith("on") for name in said) or "javascript:" in (said.get("href") or "")
        acts |= tag in ("img", "iframe", "object", "embed") and not (said.get("src") or "").startswith(
            ("/assets/", "data:image")
        )
        self.active += [(tag, said)] * acts


HOSTILE = ["<script>alert(1)</script>", "=cmd()|'/c calc'!A0", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_somebody_writes_does_nothing_on_any_page(browser, text):
    man = browser.post("/people", {"pseudonym": text, "born": "1991-05-01"}).json()["id"]
    browser.add(man, name="testosterone", value="271", unit="ng/dL", date=DAY, note=text, assay=text)
    browser.add(man, kind="goal", value=text)
    browser.add(man, kind="medicine", name="medicine", value=text, date=DAY)
    refused = send(browser, f"/people/{man}/entries", kind="result", name=text, value=text, unit=text, date=DAY)
    pages = [browser.get(path, headers=HTML) for path in (
        "/people", f"/people/{man}?on={DAY}", f"/people/{man}/entries", f"/people/{man}/patient?on={DAY}",
        f"/people/{man}/report.html?on={DAY}")]  # fmt: skip
    for one in (refused, *pages):
        elements = Elements()
        elements.feed(one.text)
        assert elements.found and not elements.active, elements.active


def test_a_demonstration_writes_nothing(database, options):
    rooms = rooms_of(database, ServiceOptions(hosts=("testserver",), demo=True, cost=options.cost))
    browser = Browser(application(rooms), rooms)
    answer = browser.post("/people", {"pseudonym": "A"})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/Demonstration")
    assert page(browser, "/people") and 'action="/people" method' not in page(browser, "/people").text


@pytest.mark.parametrize(("query", "words"), [
    ("on=0001-01-01", "got day of the assessment '0001-01-01'; expected a date such as 2026-03-02, of 1900 to 2199"),
    ("on=2026-02-29", "Write YYYY-MM-DD, of a day of the calendar."),
    ("on=2026-W01-1", "Write YYYY-MM-DD"),
    ("on=20260302", "Write YYYY-MM-DD"),
])  # fmt: skip
def test_a_day_that_is_none_is_refused_in_words_of_a_clinic(browser, query, words):
    man = browser.add_man(results=())
    answer = browser.get(f"/people/{man}?{query}")
    assert answer.status_code == 422 and words in answer.json()["detail"] and "datetime" not in answer.text
    assert browser.get(f"/people/{man}?on=2024-02-29").status_code == 200


def test_what_is_too_long_or_a_number_of_another_script_is_said_in_words(browser):
    answer = browser.post("/people", {"pseudonym": "x" * 65}).json()
    assert answer["detail"] == "got 65 characters; expected at most 64. Shorten it."
    for value in ("1_0", "\u0663", "inf", "0x10", "<<3"):
        assert browser.get("/units", params={"name": "lh", "value": value, "unit": "IU/L"}).status_code == 422, value
    assert browser.get("/units?name=lh&value=< 3.4e0&unit=IU/L").status_code == 200


def test_what_was_recorded_is_said_and_its_day_is_offered_again(browser):
    man = browser.add_man(results=())
    form = {"csrf": browser.csrf, "kind": "result", "name": "testosterone", "value": "9,4", "unit": "nmol/L", "date": DAY,
            "time": "08:15"}  # fmt: skip
    made = browser.client.post(f"/people/{man}/entries", data=form, headers=HTML, follow_redirects=False)
    page = browser.get(made.headers["location"], headers=HTML).text
    assert f"On record: testosterone 9.4 nmol/L, {DAY}." in page
    field = next(one for one in page.split("<input") if 'id="result-date"' in one)
    time = next(one for one in page.split("<input") if 'id="result-time"' in one)
    assert f'value="{DAY}"' in field and 'value="08:15"' in time
    again = browser.client.post(
        f"/people/{man}/entries", data=form | {"value": "9.40"}, headers=HTML, follow_redirects=False
    )
    assert again.headers["location"] == made.headers["location"]  # it stands there once, and that is said
    assert "On record" not in browser.get(f"/people/{man}/entries", headers=HTML).text


def test_a_long_history_comes_in_pages_and_a_refused_correction_brings_its_own_line(browser):
    man = browser.add_man(results=())
    rows = "\n".join(f"lh,3.{day:02d},IU/L,2025-{1 + day // 28:02d}-{1 + day % 28:02d}" for day in range(70))
    said = browser.post(f"/people/{man}/imports", {"text": f"name,value,unit,date\n{rows}\n"}).json()
    items = browser.post(f"/people/{man}/imports/{said['id']}/commit", {"confirmed": ["all"]}).json()["items"]
    page = browser.get(f"/people/{man}/entries", headers=HTML).text
    assert page.count('<tr id="entry-') == 60 and f"entry-{items[0]['id']}" not in page
    where = page.partition(f"/people/{man}/entries?before=")[2].partition('"')[0]
    older = browser.get(f"/people/{man}/entries?before={where}", headers=HTML).text
    assert older.count('<tr id="entry-') == 12 and f"entry-{items[0]['id']}" in older and "?before=" not in older
    assert len(browser.get(f"/people/{man}/entries").json()["items"]) == 72
    form = {"csrf": browser.csrf, "version": browser.version(man), "kind": "result", "name": "lh", "unit": "mg", "value": "3",
            "date": DAY, "supersedes": items[0]["id"], "reason": "typed"}  # fmt: skip
    refused = browser.client.post(f"/people/{man}/entries", data=form, headers=HTML)
    assert refused.status_code == 422 and f'<tr id="entry-{items[0]["id"]}"' in refused.text and "typed" in refused.text


def test_an_empty_file_says_that_it_is_empty(browser):
    man = browser.add_man(results=())
    sent = browser.client.post(f"/people/{man}/imports", data={"csrf": browser.csrf}, headers=HTML,
                               files={"file": ("x.csv", b"", "text/csv")})  # fmt: skip
    assert sent.status_code == 422 and "or an empty one" in sent.text


def test_a_man_who_is_not_there_has_no_way_back_to_himself(browser):
    gone = browser.get("/people/01J", headers=HTML)
    assert gone.status_code == 404 and 'href="/people/01J"' not in gone.text and 'href="/people"' in gone.text
