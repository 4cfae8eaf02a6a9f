"""The answers of the interface in the shape that its users read, and what was stored in an earlier shape."""

import json

import pytest
from browser import DAY
from web.clinic import forecast, usual_levels

from leydig.assessment.facts.input_row import input_row
from leydig.assessment.finding import OVERRIDE_REASONS
from leydig.service.clinic import recompute
from leydig.service.clinic.recompute import recompute_decision
from leydig.service.storage.act import Act
from leydig.service.storage.person_file import open_person

REGIMENS = ["", "anastrozole 0.5 mg daily", "anastrozole 1 mg daily", "letrozole 2.5 mg daily"]


@pytest.fixture
def twin(rooms, monkeypatch):
    """A twin that is at hand: levels that follow from the regimen alone."""

    def ahead(record, regimen, weeks, **_):
        return forecast(regimen, usual_levels(500.0 + 10.0 * len(regimen)), int(weeks))

    monkeypatch.setattr(rooms.desk.shelf, "forecast", ahead)


def inputs_of(content):
    return [row for one in content["findings"] for row in one["inputs"]]


def earlier(table, content):
    """Return what an earlier version would have stored."""
    if table == "assessment":
        findings = [one | {"inputs": [{"name": row[0], "value": words(row), "date": row[3]} for row in one["inputs"]]}
                    for one in content["findings"]]  # fmt: skip
        return content | {"findings": findings}
    shared = {key: content[key] for key in ("times", "unit_of_times", "from")}
    rest = {key: value for key, value in content.items() if key not in shared}
    return rest | {"forecasts": [one | shared for one in content["forecasts"]]}


def words(row):
    value, _, more = row[1].partition(" ")
    return " ".join(filter(None, (value, row[2], more))) if row[2] else row[1]


def test_an_input_is_a_row_of_name_value_unit_and_day(browser):
    man = browser.add_man()
    browser.add(man, name="shbg", value="<24", unit="nmol/L", date=DAY)
    said = browser.post(f"/people/{man}/assessments", {"on": DAY}).json()
    rows = inputs_of(said)
    assert ["testosterone", "271", "ng/dL", DAY] in rows and ["hematocrit", "45", "%", DAY] in rows
    assert ["te2_ratio", "8.47", "", DAY] in rows and ["androgens.washout", "no", "", ""] in rows
    assert all(isinstance(row, list) and [type(part) for part in row] == [str] * 4 for row in rows)
    stored = browser.get(f"/people/{man}/assessments/{said['id']}").json()
    assert stored["findings"] == said["findings"]
    asked = {"rule", "kind", "status", "severity", "title", "plain", "clinical", "inputs", "missing", "changes", "source",
             "certainty"}  # fmt: skip
    assert all(asked <= set(one) for one in said["findings"])
    assert {"id", "verdict", "inputs_sha256", "protocol", "protocol_version", "leydig_version"} <= set(said)


@pytest.mark.parametrize(
    ("name", "text", "row"),
    [
        ("sperm_concentration", "<0.1 x10^6/mL", ("<0.1", "x10^6/mL")),
        ("estradiol", "117 pmol/L at baseline", ("117 at baseline", "pmol/L")),
        (
            "forecast.testosterone",
            "512 ng/dL on 2026-05-04, under nothing",
            ("512 on 2026-05-04, under nothing", "ng/dL"),
        ),
        ("chance.joint_band", "35 % on 2026-05-04", ("35 on 2026-05-04", "%")),
        ("age", "34 years", ("34", "years")),
        ("te2_ratio", ">8.47", (">8.47", "")),
        ("karyotype", "46 XY", ("46 XY", "")),
        ("opioids", "yes (tramadol 50 mg)", ("yes (tramadol 50 mg)", "")),
    ],
)
def test_what_is_said_beyond_value_and_unit_stays_with_the_value(name, text, row):
    assert input_row(name, text, "") == [name, *row, ""]


def test_a_forecast_has_its_times_once(browser, twin):
    man = browser.add_man()
    found = browser.post(f"/people/{man}/forecasts", {"regimens": REGIMENS, "weeks": 12}).json()
    assert found["times"] == [7.0 * week for week in range(13)] and found["unit_of_times"] == "days"
    assert found["from"] == DAY and len(found["forecasts"]) == 4
    for one in found["forecasts"]:
        assert {"levels", "chances", "not_validated_for"} <= set(one) and "times" not in one
        level = one["levels"]["testosterone"]
        assert set(level) == {"unit", "q05", "q25", "q50", "q75", "q95"}
        assert all(len(level[key]) == 13 for key in set(level) - {"unit"})


def test_what_was_stored_in_an_earlier_shape_is_read_and_comes_out_the_same(
    browser, database, rooms, twin, monkeypatch
):
    man = browser.add_man()
    said = {
        "assessment": browser.post(f"/people/{man}/assessments", {"on": DAY}).json(),
        "forecast": browser.post(f"/people/{man}/forecasts", {"regimens": REGIMENS[:2], "weeks": 12}).json(),
    }
    with database.enter(Act("test", target=man)) as connection:
        file = open_person(connection, man)
        old = {}
        for table, content in said.items():
            plain = {key: value for key, value in content.items() if key not in ("id", "recorded_at", "recorded_by")}
            written = earlier(table, plain)
            assert written != plain
            old[table] = file.add_note(table, written, browser.account).id
    for table, identity in old.items():
        read = browser.get(f"/people/{man}/{table}s/{identity}").json()
        assert read | {"id": 0, "recorded_at": 0} == said[table] | {"id": 0, "recorded_at": 0}
    monkeypatch.setattr(recompute, "TwinShelf", lambda: rooms.desk.shelf)
    body = old | {"regimen": "anastrozole 1 mg daily", "reason": "as advised"}
    decision = browser.post(f"/people/{man}/decisions", body).json()["id"]
    found = recompute_decision(database, decision)
    assert (found.parts, found.moved) == (("assessment", "forecast"), ())


def test_a_decision_takes_the_codes_of_a_card_and_no_others(browser):
    man = browser.add_man()
    said = browser.post(f"/people/{man}/assessments", {"on": DAY}).json()
    body = {"assessment": said["id"], "regimen": "anastrozole 1 mg daily", "reason": "as advised"}
    wrong = browser.post(f"/people/{man}/decisions", body | {"override_code": "EX_BONE"})
    assert (wrong.status_code, wrong.json()["pointer"]) == (422, "/override_code")
    assert all(code in wrong.json()["detail"] for code in OVERRIDE_REASONS)
    for place, code in enumerate(OVERRIDE_REASONS, 1):
        assert browser.post(f"/people/{man}/decisions", body | {"override_code": code}).status_code == 201
        assert len(browser.get(f"/people/{man}/decisions").json()["items"]) == place
    page = browser.get(f"/people/{man}", headers={"Accept": "text/html"}).text
    assert "Known and weighed: the benefit is greater" in page
    bodies = json.dumps(browser.get("/openapi.json").json())
    assert '"enum": ["", "weighed", "wrong-data", "other-care"]' in bodies


@pytest.mark.parametrize(
    ("route", "body", "pointer"),
    [
        ("entries", {"kind": "result", "name": "testosterone", "value": "271", "date": DAY}, "/unit"),
        ("entries", {"kind": "result", "body": {"name": "testosterone", "value": "271", "date": DAY, "unit": "x"}}, "/body/unit"),
        ("entries", {"kind": "result", "body": {"name": "testosterone", "value": "9e9", "date": DAY, "unit": "ng/dL"}}, "/body/value"),
        ("entries", {"kind": "goal", "value": "x", "supersedes": "01J"}, "/reason"),
        ("assessments", {"protocol": "anastrozol"}, "/protocol"),
        ("assessments", {"region": "mars"}, "/region"),
        ("assessments", {"on": "2026-13-01"}, "/on"),
        ("forecasts", {"regimens": ["", "anastrozole 1 mg dayly"]}, "/regimens/1"),
        ("forecasts", {"regimens": [""], "protocol": "x.toml"}, "/protocol"),
        ("forecasts", {"regimens": [""] * 5}, "/regimens"),
    ],
)  # fmt: skip
def test_what_is_refused_names_its_field_as_it_was_sent(browser, route, body, pointer):
    man = browser.add_man(results=())
    answer = browser.post(f"/people/{man}/{route}", body)
    assert (answer.status_code, answer.json().get("pointer")) == (422, pointer)


@pytest.mark.parametrize(
    ("more", "pointer", "kind"),
    [
        ({"labs": {"lh": "3.4 IU/L", "testosterone": "271"}}, "/labs/testosterone", "WrongUnit"),
        ({"age": 12}, "/age", "OutOfRange"),
        ({"bmi": 3}, "/bmi", "OutOfRange"),
        ({"regimen": "anastrozole 1 mg dayly"}, "/regimen", "BadRegimen"),
    ],
)
def test_what_a_simulation_refuses_names_its_field(browser, more, pointer, kind):
    answer = browser.post("/simulations", {"age": 34, "days": 28} | more).json()
    assert (answer["pointer"], answer["type"]) == (pointer, f"/problems/{kind}")
