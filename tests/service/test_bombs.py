"""Small requests that ask for much, or for what is no business of theirs: files of this machine, null, webs, bearers."""

import json
import re

import pytest
from browser import DAY
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from test_people import FHIR

from leydig.errors import BadRecord
from leydig.exchange.fhir.bundle import Bundle, open_bundle
from leydig.exchange.fhir.element import Element
from leydig.exchange.fhir.resources import dates
from leydig.exchange.laboratory_table import read_laboratory_table
from leydig.record import Record
from leydig.service.application import ROUTES, application, rooms_of
from leydig.service.clinic import imports
from leydig.service.http.reading import LONGEST_PARAMETER
from leydig.service.options import ServiceOptions

NOBODY = "0" * 26
HOOK = {"hook": "patient-view", "hookInstance": "x", "context": {"patientId": "p", "userId": "Practitioner/1"}}
REFERENCE = "got reports and panels that name one another more than"


def filled(route, part=NOBODY, man=NOBODY):
    return re.sub(r"\{\w+\}", part, route.path.replace("{id}", man))


# Files of this machine ------------------------------------------------------------------------------


def test_a_protocol_is_a_name_and_no_file_wherever_one_is_asked_for(browser, tmp_path):
    """Of a file that is there and of one that is not the same is said: nobody learns which there are."""
    man = browser.add_man()
    there, nowhere = tmp_path / "there.toml", tmp_path / "nowhere.toml"
    there.write_text("secret = 'CANARY'", encoding="utf-8")
    paths = [filled(one, man=man) for one in ROUTES if "protocol" in one.query and one.method == "GET"]
    assert len(paths) >= 7
    patient = {"patient": FHIR["entry"][0]["resource"] | {"id": "p"}}
    for one in (there, nowhere):
        said = [(path, browser.get(path, params={"protocol": str(one)})) for path in paths]
        for accept in ("text/html", "application/json"):
            headers, asked = {"Accept": accept}, {"protocol": str(one), "regimen": "?"}
            said.append(("page", browser.get(f"/people/{man}/what-if", params=asked, headers=headers)))
        hook = f"/cds-services/fertility-eligibility?protocol={one}"
        said.append(("hook", browser.client.post(hook, json=HOOK | {"prefetch": patient})))
        for route in ("assessments", "forecasts"):
            asked = {"protocol": str(one)} | ({"regimens": [""]} if route == "forecasts" else {})
            said.append((route, browser.post(f"/people/{man}/{route}", asked)))
        for path, answer in said:
            assert answer.status_code == 422, (path, answer.text[:300])
            refused = "no file" in answer.text or (path == "page" and "bad regimen" in answer.text.lower())
            assert refused, (path, answer.text[:300])
            assert "CANARY" not in answer.text and "No such" not in answer.text, path


# Addresses ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["%00", "a%E2%80%AE"])
def test_an_address_that_nobody_can_type_reaches_nothing(browser, monkeypatch, part):
    """PostgreSQL takes no null in a text: what holds one goes to no table, not even to the audit of refusals."""

    def fail(*_):
        raise AssertionError("it went further")

    monkeypatch.setattr(type(browser.rooms.sessions), "find", fail)
    for route in ROUTES:
        if "{" in route.path:
            answer = browser.client.request(route.method, filled(route, part, part))
            assert (answer.status_code, answer.json()["type"]) == (404, "/problems/NotFound"), route.name


@pytest.mark.parametrize(
    ("text", "accept"),
    [("\x00", "text/html"), ("a" * (LONGEST_PARAMETER + 1), "application/json")],
    ids=["null", "long"],
)
def test_a_parameter_that_nobody_can_type_is_refused_at_its_name(browser, text, accept):
    man = browser.add_man(results=())
    for route in ROUTES:
        for name in route.query if route.method == "GET" else ():
            answer = browser.get(filled(route, man=man), params={name: text}, headers={"Accept": accept})
            assert answer.status_code == 422 and f"Correct {name}." in answer.text, (route.name, name)
    assert browser.get("/units", params={"name": "lh", "value": "a" * LONGEST_PARAMETER}).json()["pointer"] == "/value"
    assert LONGEST_PARAMETER == 4000


def test_a_length_without_end_is_refused(browser):
    said = browser.post("/people", content=b"{}", headers={"Content-Length": "9" * 5000})
    assert said.status_code == 413


def test_null_is_no_body(browser):
    man = browser.add_man(results=())
    for route in ROUTES:
        if route.method == "POST" and not route.takes_file:
            said = browser.post(filled(route, man=man), content=b"null", headers={"Content-Type": "application/json"})
            assert said.status_code == 400, (route.name, said.text)


def test_a_lab_is_no_other_field_of_its_man(browser):
    for name in ("age", "bmi", "self", "testosteron"):
        said = browser.post("/simulations", {"age": 34, "labs": {name: "30"}, "days": 7})
        assert (said.status_code, said.json()["pointer"]) == (422, f"/labs/{name}"), name


def test_a_bearer_in_letters_of_no_secret_is_refused(database, options):
    secret = ServiceOptions(hosts=("testserver",), cost=options.cost, hooks_secret="s" * 32)
    client = TestClient(application(rooms_of(database, secret)))
    for bearer in (b"Bearer \xe9", b"Bearer \xe9.\xe9.\xe9", b"\xff" * 40, b""):
        said = client.post("/cds-services/fertility-eligibility", json=HOOK, headers={b"Authorization": bearer})
        assert said.status_code == 401, bearer


def test_nothing_is_asked_by_websocket(browser):
    for path in ("/people", f"/jobs/{NOBODY}/events", "/sign-in"):
        with pytest.raises(WebSocketDisconnect), browser.client.websocket_connect(path):
            pass


# Webs of references, and files of many --------------------------------------------------------------


def bundle(count, **more):
    entries = [{"resource": {"resourceType": "Observation", "id": f"o{place}", "effectiveDateTime": DAY}
                | {key: make(place) for key, make in more.items()}} for place in range(count)]  # fmt: skip
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def test_panels_of_panels_of_panels_are_followed_so_far_and_no_further(monkeypatch):
    """Each of many that names each of many: the references that are followed are the square of what the file holds."""
    web = bundle(40, hasMember=lambda place: [{"reference": f"Observation/o{(place + one) % 40}"} for one in (1, 2, 3)])
    assert dates.MOST_REFERENCES == 50_000 and dates.draws(open_bundle(web))
    monkeypatch.setattr(dates, "MOST_REFERENCES", 1000)
    with pytest.raises(BadRecord, match=REFERENCE):
        dates.draws(open_bundle(web))
    broken = bundle(40, hasMember=lambda _: [{}] * 50 + [1])  # refused at its last one, again and again
    with pytest.raises(BadRecord, match=REFERENCE):
        dates.draws(open_bundle(broken))


def test_what_a_resource_holds_inside_is_looked_through_once(monkeypatch):
    inside = [{"resourceType": "Specimen", "id": f"s{place}"} for place in range(30)]
    asked = [{"reference": f"#s{place % 30}"} for place in range(30)]
    holder = {"resourceType": "Observation", "contained": inside, "specimen": asked}
    found, children, counts = open_bundle(holder), Element.children, []

    def count(self, key):
        counts.append(key)
        return children(self, key)

    monkeypatch.setattr(Element, "children", count)
    assert isinstance(found, Bundle) and dates.draw_of(found.resources[0], found) is None
    assert counts.count("contained") == 1


def test_a_table_or_record_of_many_is_refused():
    line = "lh,3.4,IU/L,2024-01-02\n"
    with pytest.raises(BadRecord, match="table of 1,000,0.. characters; expected at most 1,000,000"):
        read_laboratory_table("name,value,unit,date\n" + line + "x" * 999_960)
    rows = [{"name": "lh", "value": "3.4", "unit": "IU/L", "date": "2024-01-02"}] * (imports.MOST + 1)
    plain = json.dumps({"sex": "male", "results": rows}).encode()
    with pytest.raises(BadRecord, match="record of 5,001 entries; expected at most 5,000"):
        imports.read_import(plain, Record("male", None, ()), [])
