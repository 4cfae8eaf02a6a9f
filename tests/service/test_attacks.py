"""What somebody with bad intent sends: other people's rows, fields that are not his, names of files, headers, markup."""

import json
import re
from html.parser import HTMLParser

import pytest
from browser import DAY, PASSWORD, Browser
from starlette.testclient import TestClient
from test_browser_pages import HOSTILE, Elements
from test_people import FHIR

from leydig.service.application import ROUTES
from leydig.service.http.limits import HEADERS
from leydig.service.storage.identity import new_identity

HTML = {"Accept": "text/html"}
NOBODY = "0" * 26


def filled(route, **parts):
    return re.sub(r"\{(\w+)\}", lambda found: parts.get(found[1], NOBODY), route.path)


# Other people's rows --------------------------------------------------------------------------------


def test_a_row_of_one_man_is_not_read_through_another(browser):
    """Every address that names a row of a man beside him: with another man's row it is not there."""
    him, other = browser.add_man("A-1"), browser.add_man("B-2", ())
    said = browser.post(f"/people/{him}/assessments", {"on": DAY}).json()
    file = browser.post(f"/people/{him}/imports", {"text": f"name,value,unit,date\nlh,3.4,IU/L,{DAY}\n"}).json()
    rows = {"assessment": said["id"], "import": file["id"], "forecast": said["id"]}
    tried = 0
    for route in ROUTES:
        named = re.findall(r"\{(\w+)\}", route.path)
        if named[:1] == ["id"] and len(named) > 1 and set(named[1:]) <= set(rows):
            path = filled(route, id=other, **rows)
            body = {} if route.method == "POST" else None
            answer = browser.client.request(route.method, path, json=body, headers={"X-CSRF-Token": browser.csrf})
            assert answer.status_code == 404, (route.name, answer.text)
            tried += 1
    assert tried >= 4
    entry = browser.get(f"/people/{him}/entries").json()["items"][-1]
    wrong = {"kind": "withdrawal", "supersedes": entry["id"], "reason": "x"}
    assert browser.add(other, browser.version(other), **wrong).status_code in (404, 409, 422)
    decision = {"assessment": said["id"], "regimen": "anastrozole 1 mg daily", "reason": "x"}
    assert browser.post(f"/people/{other}/decisions", decision).status_code == 404
    assert browser.get(f"/people/{him}/entries").json()["items"][-1]["superseded_by"] is None


@pytest.mark.parametrize(
    "identity", ["' or 1=1 --", "%27%20or%201=1", "..%2f..%2fetc%2fpasswd", "%00", "\u202e", "a" * 3000]
)
def test_an_identity_that_is_none_is_not_found(browser, identity):
    browser.add_man(results=())
    for path in (f"/people/{identity}", f"/people/{identity}/entries", f"/protocols/{identity}", f"/assets/{identity}",
                 f"/setup/{identity}"):  # fmt: skip
        answer = browser.get(path)
        assert answer.status_code in (404, 422), (path, answer.status_code)
        assert "passwd" not in answer.text or "root:" not in answer.text


# Fields that are not his ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "route", [one for one in ROUTES if one.body is not None and not one.takes_file], ids=lambda one: one.name
)
def test_a_field_that_a_body_does_not_know_is_refused(browser, route):
    fields = {"role": "admin", "id": NOBODY, "recorded_by": NOBODY, "inputs_sha256": "0" * 64, "is_confirmed": True}
    known = set(route.body.model_fields)
    body = {key: value for key, value in fields.items() if key not in known}
    headers = {"X-CSRF-Token": browser.csrf, "If-Match": "x"}
    answer = browser.client.request(route.method, filled(route), json=body, headers=headers, follow_redirects=False)
    assert answer.status_code == 422, answer.text
    assert {one["pointer"] for one in answer.json()["errors"]} >= {f"/{key}" for key in body}


def test_a_role_is_not_taken_from_a_form(app, rooms):
    client = TestClient(app)
    token = rooms.accounts.invite("Dr Ono", "read-only")
    form = {"password": PASSWORD, "role": "admin"}
    assert client.post(f"/setup/{token}", data=form, headers=HTML).status_code == 422
    assert client.post(f"/setup/{token}", json={"password": PASSWORD}).json()["role"] == "read-only"


# Sessions -------------------------------------------------------------------------------------------


def test_a_cookie_that_somebody_else_set_is_not_taken_over(app, rooms):
    rooms.accounts.accept(rooms.accounts.invite("Dr Ito", "admin"), "", PASSWORD)
    client = TestClient(app)
    client.cookies.set("leydig", "chosen-by-an-attacker")
    client.post("/sign-in", json={"account": "Dr Ito", "password": PASSWORD})
    victim = TestClient(app)
    victim.cookies.set("leydig", "chosen-by-an-attacker")
    assert victim.get("/people").status_code == 401


def test_a_token_of_another_session_changes_nothing(app, rooms):
    one, other = Browser(app, rooms), Browser(app, rooms, name="Dr Ono")
    one.csrf = other.csrf
    assert one.post("/people", {"pseudonym": "A"}).json()["type"] == "/problems/NoToken"


def test_a_method_in_a_header_is_no_method(browser):
    man = browser.add_man(results=())
    for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        browser.client.get(f"/people/{man}", headers={name: "DELETE"})
        browser.post(f"/people/{man}/entries?_method=DELETE", {}, {name: "DELETE"})
    assert browser.get(f"/people/{man}/entries").status_code == 200


def test_what_a_header_says_of_an_address_counts_from_the_proxy_alone(app):
    client = TestClient(app)
    said = [
        client.post(
            "/sign-in", json={"account": f"Dr {n}", "password": "x"}, headers={"X-Forwarded-For": f"203.0.113.{n}"}
        )
        for n in range(21)
    ]
    assert said[-1].status_code == 429


# Headers --------------------------------------------------------------------------------------------


def test_every_route_answers_with_every_header_and_nothing_personal_is_kept(browser):
    man = browser.add_man(results=())
    for route in ROUTES:
        for accept in ("text/html", "application/json"):
            headers = {"Accept": accept, "X-CSRF-Token": browser.csrf}
            if route.name in ("POST /sign-out", "POST /people/{id}/deletion", "DELETE /people/{id}"):
                continue  # ends what the others need
            path = filled(route, id=man)
            json_ = {} if route.method == "POST" else None
            answer = browser.client.request(route.method, path, json=json_, headers=headers, follow_redirects=False)
            missing = {name: value for name, value in HEADERS.items() if name not in answer.headers}
            assert not missing and answer.headers["cache-control"] == "no-store", (route.name, missing)
            assert (
                answer.status_code != 500
                and "set-cookie" not in answer.headers
                or "leydig" in answer.headers["set-cookie"]
            )
    for method, path in (("TRACE", "/people"), ("PUT", "/people"), ("GET", "/nowhere"), ("OPTIONS", "/people")):
        answer = browser.client.request(method, path)
        assert answer.status_code in (404, 405) and set(HEADERS) <= set(answer.headers), method


def test_an_error_of_the_program_tells_nothing_of_anybody(rooms, browser, monkeypatch):
    man = browser.add_man("CANARY-1", ())

    def fail(*_):
        raise RuntimeError("CANARY-1 of 1991-05-01")

    monkeypatch.setattr(type(rooms.desk), "person", fail)
    quiet = TestClient(browser.client.app, raise_server_exceptions=False, cookies=browser.client.cookies)
    answer = quiet.get(f"/people/{man}/entries")
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/InternalError")
    assert "CANARY" not in answer.text and "Traceback" not in answer.text
    assert set(HEADERS) <= set(answer.headers)


@pytest.mark.parametrize("text", ["a\r\nSet-Cookie: x=1", "a\nLocation: //evil.example", "a\u2028b\x00"])
def test_no_header_is_written_by_what_somebody_sends(browser, text):
    for path in ("/sign-in", "/account/confirmation"):
        answer = browser.client.post(path, params={"next": f"/{text}"}, headers=HTML | {"X-CSRF-Token": browser.csrf},
                                     data={"account": "Dr Ito", "password": PASSWORD} if path == "/sign-in" else
                                     {"csrf": browser.csrf, "present": PASSWORD}, follow_redirects=False)  # fmt: skip
        assert "x=1" not in str(answer.headers) and "evil" not in answer.headers.get("location", ""), path
        browser.csrf = browser.get("/account").json()["csrf"]
    made = browser.post("/people", {"pseudonym": text})
    assert made.status_code in (400, 422) or made.json()["pseudonym"].isprintable()


@pytest.mark.parametrize("path", ["/account/confirmation", "/sign-in", "/sign-in/code"])
@pytest.mark.parametrize(
    "where", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "javascript:x"]
)
def test_no_page_leads_elsewhere(browser, path, where):
    shown = browser.client.get(path, params={"next": where}, headers=HTML, follow_redirects=False)
    assert "evil.example" not in shown.text and "javascript:" not in shown.text


def test_no_address_and_no_header_names_anybody(browser):
    made = browser.post("/people", {"pseudonym": "CANARY-1", "born": "1991-05-01"})
    man = made.json()["id"]
    browser.add(man, name="testosterone", value="271", unit="ng/dL", date=DAY)
    answers = [made, *(browser.get(f"/people/{man}/{one}") for one in (
        f"report.pdf?on={DAY}", f"report.ics?on={DAY}", "export.zip"))]  # fmt: skip
    assert [one.status_code for one in answers] == [201, 200, 422, 200]  # no visit is planned
    assert not [one.headers for one in answers if "CANARY" in str(one.headers)]
    links = re.findall(r'(?:href|action|src)="([^"]*)"', browser.get(f"/people/{man}?on={DAY}", headers=HTML).text)
    assert links and not [one for one in links if "CANARY" in one or "1991" in one]


# Files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../../../tmp/x.csv", "/etc/passwd", "C:\\x", "a\r\nb", "x" * 5000, "<script>.csv"])
def test_the_name_of_a_file_means_nothing(browser, tmp_path, name):
    man = browser.add_man(results=())
    table = f"name,value,unit,date\nlh,3.4,IU/L,{DAY}\n"
    before = sorted(tmp_path.iterdir())
    sent = browser.post(f"/people/{man}/imports", files={"file": (name, table, "text/csv")})
    assert sent.status_code in (201, 400) and name not in sent.text and sorted(tmp_path.iterdir()) == before


def test_what_is_packed_is_not_unpacked(browser):
    import gzip

    body = gzip.compress(b" " * 50_000_000)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert browser.post("/people", content=body, headers=headers).status_code == 400
    xml = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    man = browser.add_man(results=())
    for kind in ("application/xml", "application/fhir+xml", "text/csv", "application/zip"):
        said = browser.post(f"/people/{man}/imports", content=xml, headers={"Content-Type": kind})
        assert said.status_code in (415, 422) and "root:" not in said.text, kind


def test_a_form_of_many_parts_is_refused(browser):
    man = browser.add_man(results=())
    many = [("file", (f"{n}.csv", "x", "text/csv")) for n in range(3)]
    assert browser.post(f"/people/{man}/imports", files=many).status_code == 400
    assert browser.post("/people", files=many[:1]).status_code == 400
    fields = "&".join(f"a{n}=1" for n in range(2100))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert browser.post("/people", content=fields, headers=headers).status_code == 400


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_bundle_says_does_nothing_on_any_page(browser, text):
    man = browser.add_man(results=())
    bundle = json.loads(json.dumps(FHIR))
    for one in bundle["entry"][1:]:
        resource = one["resource"]
        resource["code"] |= {"text": text}
        resource["code"]["coding"][0]["display"] = text
        resource |= {
            "note": [{"text": text}],
            "method": {"text": text},
            "id": "o",
            "text": {"status": "generated", "div": text},
        }
    bundle["entry"].append({"resource": {"resourceType": "Observation", "status": text, "code": {"text": text}}})
    sent = browser.post(f"/people/{man}/imports", {"text": json.dumps(bundle)})
    assert sent.status_code in (201, 422), sent.text
    pages = [sent.headers["location"]] if sent.status_code == 201 else []
    if pages:
        browser.post(f"{pages[0]}/commit", {"confirmed": ["all"]})
    for path in (*pages, f"/people/{man}?on={DAY}", f"/people/{man}/entries", f"/people/{man}/report.html?on={DAY}"):
        elements = Elements()
        elements.feed(browser.get(path, headers=HTML).text)
        assert elements.found and not elements.active, (path, elements.active)


class _Inline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        self.found += [tag] * ("style" in said or (tag in ("script", "style") and "src" not in said))


def test_no_page_needs_a_style_or_script_inside_it(browser):
    man = browser.add_man()
    for path in ("/people", f"/people/{man}?on={DAY}", f"/people/{man}/entries", "/account", "/accounts", "/audit", "/smart",
                 "/account/confirmation", f"/people/{new_identity()}"):  # fmt: skip
        inline = _Inline()
        inline.feed(browser.get(path, headers=HTML).text)
        assert not inline.found, path


# Methods, and what is refused before a route -----------------------------------------------------------


def test_the_head_of_an_answer_is_answered_and_every_method_is_named(browser):
    man = browser.add_man(results=())
    for path in ("/people", f"/people/{man}/entries", "/health", "/api/v1/people"):
        head, whole = browser.client.head(path), browser.get(path)
        assert (head.status_code, head.headers["content-type"]) == (whole.status_code, whole.headers["content-type"])
    for method in ("TRACE", "PUT", "OPTIONS"):
        answer = browser.client.request(method, "/people")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST"), method
    assert browser.client.put("/openapi.json").headers["allow"] == "GET, HEAD"


def test_what_is_too_large_is_refused_on_a_page_with_the_way_back(browser):
    man = browser.add_man(results=())
    answer = browser.post(f"/people/{man}/imports", content=b"x" * 5_500_001, headers={"Accept": "text/html"})
    assert answer.status_code == 413 and answer.headers["content-type"].startswith("text/html")
    assert "5,500,000 bytes" in answer.text and f'href="/people/{man}"' in answer.text
