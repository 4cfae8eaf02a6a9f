"""People over HTTP: entries, corrections, imports, decisions, deletion; who writes twice writes once."""

import io
import json
import zipfile

import pytest
from browser import DAY, RESULTS

from leydig.record.files import from_json

FHIR = {
    "resourceType": "Bundle", "type": "collection", "entry": [
        {"resource": {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1991-05-01"}},
        *({"resource": {
            "resourceType": "Observation", "id": f"o{place}", "status": status, "subject": {"reference": "Patient/p"},
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "effectiveDateTime": DAY,
            "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}}}
          for place, (status, code, value, unit) in enumerate([
              ("final", "2986-8", 271, "ng/dL"), ("unknown", "4544-3", 55, "%"), ("final", "99999-9", 1, "mg")]))],
}  # fmt: skip


def test_what_was_entered_is_the_record_and_keeps_its_text(browser):
    man = browser.add_man(results=())
    browser.add(man, name="testosterone", value="271.0", unit="ng/dL", date=DAY, comparator="", time="08:10")
    browser.add(man, name="estradiol", value="20", unit="pg/mL", date=DAY, comparator="<", assay="LC-MS/MS")
    said = browser.get(f"/people/{man}?on={DAY}").json()
    assert [(one["name"], one["value"]) for one in said["record"]["results"]] == [
        ("estradiol", "<20.0"),
        ("testosterone", 271.0),
    ]
    entries = browser.get(f"/people/{man}/entries").json()["items"]
    assert [one["value"] for one in entries if one["kind"] == "result"] == ["271.0", "20"]
    assert from_json(said["record"]).born.isoformat() == "1991-05-01"


def test_the_page_says_what_the_library_says(browser):
    import leydig as ly

    man = browser.add_man()
    said = browser.get(f"/people/{man}?on={DAY}").json()
    assert (
        said["assessment"] == ly.assess(from_json(said["record"]), on=__import__("datetime").date(2026, 3, 2)).record()
    )


REFUSED = {
    "no unit": ({"name": "testosterone", "value": "271", "date": DAY}, "WrongUnit", "/unit"),
    "swapped units": ({"name": "testosterone", "value": "271", "unit": "nmol/L", "date": DAY}, "OutOfRange", "/value"),
    "other quantity": ({"name": "testosterone", "value": "271", "unit": "IU/L", "date": DAY}, "WrongUnit", "/unit"),
    "no such name": ({"name": "testostero", "value": "271", "unit": "ng/dL", "date": DAY}, "UnknownName", "/name"),
    "a comma": ({"name": "testosterone", "value": "2,710", "unit": "ng/dL", "date": DAY}, "BadRecord", "/value"),
    "tomorrow's year": ({"name": "testosterone", "value": "271", "unit": "ng/dL", "date": "2127-03-02"}, "BadRecord", "/date"),
    "no date": ({"name": "testosterone", "value": "271", "unit": "ng/dL"}, "BadRecord", "/date"),
    "a number": ({"name": "testosterone", "value": 271, "unit": "ng/dL", "date": DAY}, "WrongBody", "/value"),
    "a misspelled key": ({"name": "testosterone", "value": "271", "unti": "ng/dL", "date": DAY}, "WrongBody", "/unti"),
    "what nobody sees": ({"name": "testosterone", "value": "27\u200b1", "unit": "ng/dL", "date": DAY}, "WrongBody", "/value"),
    "a dose that cannot be read": ({"kind": "medicine", "value": "anastrozole 1 mg dayly", "date": DAY}, "BadRegimen", "/value"),
    "before birth": ({"name": "lh", "value": "3.4", "unit": "IU/L", "date": "1990-03-02"}, "BadRecord", "/date"),
    "interval": ({"name": "lh", "value": "3", "unit": "IU/L", "date": DAY, "low": "8.6", "high": "1.7"}, "BadRecord", "/high"),
    "no kind": ({"kind": "wish", "value": "x"}, "WrongBody", "/kind"),
    "a second birth": ({"kind": "person", "name": "born", "value": "1990-01-01"}, "SaidAlready", "/supersedes"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_record_can_hold_is_refused_at_its_field(browser, case):
    entry, kind, pointer = REFUSED[case]
    man = browser.add_man(results=())
    answer = browser.add(man, **entry)
    said = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (said["type"], said["pointer"], said["status"]) == (f"/problems/{kind}", pointer, answer.status_code)
    assert said["detail"].startswith("got ") and "; expected " in said["detail"]
    assert len(browser.get(f"/people/{man}/entries").json()["items"]) == 2  # sex and birth


def test_the_same_result_twice_is_one(browser):
    man = browser.add_man()
    first = browser.add(man, name="lh", value="3.4", unit="IU/L", date=DAY)
    again = browser.add(man, name="LH", value="3.40", unit="IU/L", date=DAY)
    assert (first.status_code, again.status_code, again.json()["id"]) == (200, 200, first.json()["id"])
    assert len(browser.get(f"/people/{man}/entries").json()["items"]) == 2 + len(RESULTS)


def test_a_correction_supersedes_and_nothing_is_overwritten(browser):
    man = browser.add_man()
    wrong = next(
        one for one in browser.get(f"/people/{man}/entries").json()["items"] if one.get("name") == "hematocrit"
    )
    right = {"name": "hematocrit", "value": "46", "unit": "%", "date": DAY, "supersedes": wrong["id"]}
    assert browser.add(man, **right, reason="misread").json()["type"] == "/problems/VersionNeeded"
    version = browser.version(man)
    assert browser.add(man, version, **right).json()["pointer"] == "/reason"
    made = browser.add(man, version, **right, reason="misread")
    assert made.status_code == 201
    assert browser.add(man, version, **right, reason="misread").json()["type"] == "/problems/StaleVersion"
    assert browser.add(man, browser.version(man), **right, reason="misread").status_code == 200  # said again: once
    other = browser.add(man, browser.version(man), **(right | {"value": "47"}), reason="again")
    assert (other.status_code, other.json()["type"]) == (409, "/problems/CorrectedAlready")
    history = browser.get(f"/people/{man}/entries").json()["items"]
    assert [(one["value"], one["superseded_by"]) for one in history if one.get("name") == "hematocrit"] == [
        ("45", made.json()["id"]), ("46", None)]  # fmt: skip
    record = browser.get(f"/people/{man}?on={DAY}").json()["record"]
    assert [one["value"] for one in record["results"] if one["name"] == "hematocrit"] == [46.0]


def test_what_an_entry_says_may_stand_in_a_body_of_its_own(browser):
    man = browser.add_man()
    apart = {"name": "prolactin", "value": "9", "unit": "ng/mL", "date": DAY}
    made = browser.add(man, body=apart)
    assert made.status_code == 201 and "body" not in made.json()
    assert browser.add(man, **apart).status_code == 200  # the same entry, said in the other form
    twice = browser.add(man, body=apart, unit="ng/mL")
    assert (twice.status_code, twice.json()["detail"][:15]) == (422, "got unit twice;")
    assert browser.add(man, body={"valu": "9"}).json()["pointer"] == "/body/valu"


def test_an_entry_in_error_is_withdrawn(browser):
    man = browser.add_man()
    entry = next(one for one in browser.get(f"/people/{man}/entries").json()["items"] if one.get("name") == "lh")
    answer = browser.add(man, browser.version(man), kind="withdrawal", supersedes=entry["id"], reason="another man's")
    assert answer.status_code == 201
    assert "lh" not in [one["name"] for one in browser.get(f"/people/{man}?on={DAY}").json()["record"]["results"]]
    assert browser.add(man, kind="withdrawal").json()["pointer"] == "/supersedes"


def test_a_pseudonym_is_one_persons(browser):
    browser.add_man("A-1", ())
    again = browser.post("/people", {"pseudonym": " A-1 "})
    assert (again.status_code, again.json()["pointer"]) == (409, "/pseudonym") and "A-1" not in again.text
    for alike in ("a-1", "\uff21-1"):
        assert browser.post("/people", {"pseudonym": alike}).status_code == 409
    assert browser.post("/people", {"pseudonym": "B", "born": "1891-13-01"}).json()["pointer"] == "/born"
    assert len(browser.get("/people").json()["items"]) == 1


def test_the_list_goes_on_where_it_ended(browser):
    for number in range(5):
        browser.add_man(f"M-{number}", ())
    first = browser.get("/people?limit=2").json()
    second = browser.get(f"/people?limit=2&after={first['next']}").json()
    last = browser.get(f"/people?limit=2&after={second['next']}").json()
    assert [one["pseudonym"] for part in (first, second, last) for one in part["items"]] == [f"M-{n}" for n in range(5)]
    assert last["next"] is None
    for query in ("limit=0", "limit=x", "limit=201", "due=soon", "sort=up", "limit=2&limit=3"):
        assert browser.get(f"/people?{query}").status_code == 422, query


# Imports -------------------------------------------------------------------------------------------


def commit(browser, man, item, **body):
    return browser.post(f"/people/{man}/imports/{item}/commit", body)


def test_a_bundle_is_previewed_and_taken_once(browser):
    man = browser.add_man(results=())
    preview = browser.post(
        f"/people/{man}/imports", content=json.dumps(FHIR), headers={"Content-Type": "application/fhir+json"}
    )
    said = preview.json()
    assert preview.status_code == 201 and preview.headers["location"].endswith(said["id"])
    assert [len(said[key]) for key in ("taken", "confirm", "left")] == [1, 1, 1]
    assert len(browser.get(f"/people/{man}/entries").json()["items"]) == 2  # a preview writes no entry
    done = commit(browser, man, said["id"], confirmed=["all"])
    again = commit(browser, man, said["id"], confirmed=[])
    assert (done.status_code, again.status_code) == (201, 200)
    assert [one["id"] for one in done.json()["items"]] == [one["id"] for one in again.json()["items"]]
    assert [(one["name"], one["value"]) for one in done.json()["items"]] == [
        ("testosterone", "271"),
        ("hematocrit", "55"),
    ]
    assert {one["bundle"] for one in done.json()["items"]} == {said["id"]}
    assert done.json()["items"][0]["pointer"] == "/entry/1/resource"


def test_a_table_adds_what_the_record_does_not_say(browser):
    man = browser.add_man()
    table = f"name,value,unit,date\nLH,3.40,IU/L,{DAY}\ntestosterone,301,ng/dL,2026-05-02\n"
    pasted = browser.post(f"/people/{man}/imports", {"text": table}).json()
    sent = browser.post(f"/people/{man}/imports", files={"file": ("labs.csv", table, "text/csv")}).json()
    for said in (pasted, sent):
        assert [one["what"] for one in said["taken"]] == ["testosterone 301 ng/dL, 2026-05-02"]
        assert [one["why"] for one in said["left"]] == ["the record says it already"]
    assert [one["value"] for one in commit(browser, man, sent["id"]).json()["items"]] == ["301"]
    assert commit(browser, man, pasted["id"]).json()["items"] == []


def test_a_record_in_json_keeps_its_digits(browser):
    man = browser.add_man(results=())
    text = '{"sex": "male", "results": [{"name": "lh", "value": 3.40, "unit": "IU/L", "date": "2026-03-02"}]}'
    said = browser.post(f"/people/{man}/imports", content=text, headers={"Content-Type": "application/json"}).json()
    items = commit(browser, man, said["id"]).json()["items"]
    assert [(one["value"], one["pointer"]) for one in items] == [("3.40", "/results/0")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("lh 3.4", "BadRecord"), ("{", "BadRecord"), ("", "WrongBody"), ('{"results": 3}', "BadRecord"),
     (json.dumps(FHIR).replace("1991-05-01", "1990-01-01"), "BadRecord"), ("\x00", "WrongBody"),
     (json.dumps(FHIR).replace('"male"', '"female"'), "BadRecord"), ("[" * 5000, "BadRecord")],
    ids=["no table", "no JSON", "nothing", "no list", "another birth", "hidden", "a woman", "deep"],
)  # fmt: skip
def test_a_file_that_is_none_of_his_is_refused(browser, text, kind):
    man = browser.add_man(results=())
    answer = browser.post(f"/people/{man}/imports", {"text": text})
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{kind}")
    assert len(browser.get(f"/people/{man}/entries").json()["items"]) == 2


# Decisions -----------------------------------------------------------------------------------------


def test_a_decision_stands_on_the_record_of_its_assessment(browser):
    man = browser.add_man()
    said = browser.post(f"/people/{man}/assessments", {"on": DAY}).json()
    assert (
        said["inputs"] == browser.get(f"/people/{man}?on={DAY}").json()["record"] and len(said["protocol_sha256"]) == 64
    )
    again = browser.post(f"/people/{man}/assessments", {"on": DAY}).json()
    assert again["id"] == said["id"]  # asked twice, it stands there once
    body = {"assessment": said["id"], "regimen": "anastrozole 1 mg daily", "reason": "as advised"}
    made, same = browser.post(f"/people/{man}/decisions", body), browser.post(f"/people/{man}/decisions", body)
    assert (made.status_code, same.status_code, same.json()["id"]) == (201, 200, made.json()["id"])
    assert browser.post(f"/people/{man}/decisions", body | {"regimen": "anastrozol"}).json()["pointer"] == "/regimen"
    browser.add(man, kind="goal", value="a child")
    late = browser.post(f"/people/{man}/decisions", body | {"reason": "later"})
    assert (late.status_code, late.json()["type"]) == (409, "/problems/RecordChanged")
    assert len(browser.get(f"/people/{man}/decisions").json()["items"]) == 1
    assert browser.post(f"/people/{man}/decisions", body | {"assessment": "0" * 26}).status_code == 404


# Export and deletion -------------------------------------------------------------------------------


def test_everything_of_a_man_comes_out_and_the_record_reads_back(browser):
    man = browser.add_man()
    browser.post(f"/people/{man}/assessments", {"on": DAY})
    said = browser.post(f"/people/{man}/imports", {"text": "name,value,unit,date\nshbg,30,nmol/L,2026-03-02\n"}).json()
    commit(browser, man, said["id"])
    answer = browser.get(f"/people/{man}/export.zip")
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    parts = {name: packed.read(name) for name in packed.namelist()}
    record = from_json(json.loads(parts["record.json"]))
    assert len(record.results) == len(RESULTS) + 1 and f"imports/{said['id']}" in parts
    assert (
        len(json.loads(parts["assessments.json"])) == 1 and json.loads(parts["fhir.json"])["resourceType"] == "Bundle"
    )
    other = browser.add_man("B-2", ())
    back = browser.post(
        f"/people/{other}/imports", content=parts["fhir.json"], headers={"Content-Type": "application/fhir+json"}
    )
    commit(browser, other, back.json()["id"])
    again = browser.get(f"/people/{other}?on={DAY}").json()["record"]
    assert again["results"] == json.loads(parts["record.json"])["results"]


def test_who_is_deleted_is_gone_and_his_audit_stays(browser, database):
    man, other = browser.add_man("A-1"), browser.add_man("B-2", ())
    assert browser.delete(f"/people/{man}").status_code == 428
    version = browser.version(man)
    wrong = browser.post(f"/people/{man}/deletion", {"pseudonym": "B-2"}, {"If-Match": version})
    assert wrong.json()["pointer"] == "/pseudonym"
    assert browser.delete(f"/people/{man}", version).status_code == 204
    assert browser.get(f"/people/{man}").status_code == 404
    assert [one["id"] for one in browser.get("/people").json()["items"]] == [other]
    actions = {one["action"] for one in browser.get(f"/audit?person={man}").json()["items"]}
    assert {"entry.add", "entry.read", "person.delete"} <= actions
