"""A whole visit in one form: stored at once or not at all, and asked for as his protocol needs it."""

import pytest
from browser import DAY, RESULTS

VISIT = {
    "date": DAY,
    "time": "08:10",
    "assay": "LC-MS/MS",
    "results": [
        {"name": "testosterone", "value": "9.4 nmol/L"},
        {"name": "sperm_concentration", "value": "8", "unit": "million/mL"},
    ],
    "answers": [{"name": "consent", "value": "yes"}],
}
FORM = {"date": DAY, "value.testosterone": "271", "unit.testosterone": "ng/dL", "value.lh": "3.4", "unit.lh": "IU/L",
        "unit.fsh": "IU/L", "answer.consent": "yes", "answer.warfarin": ""}  # fmt: skip


@pytest.fixture
def man(browser):
    return browser.add_man(results=())


def send(browser, man, **fields):
    fields |= {"csrf": browser.csrf}
    return browser.client.post(
        f"/people/{man}/visit", data=fields, headers={"Accept": "text/html"}, follow_redirects=False
    )


def written(browser, man):
    items = browser.get(f"/people/{man}/entries").json()["items"]
    return {one["name"]: one for one in items if one["kind"] in ("result", "fact")}


def test_a_visit_is_stored_with_its_day_time_and_method(browser, man):
    done = browser.post(f"/people/{man}/visit", VISIT)
    assert done.status_code == 201 and done.headers["location"] == f"/people/{man}"
    found = written(browser, man)
    assert {name: (one["value"], one.get("unit"), one["date"]) for name, one in found.items()} == {
        "testosterone": ("9.4", "nmol/L", DAY), "sperm_concentration": ("8", "million/mL", DAY), "consent": ("yes", None, DAY)}  # fmt: skip
    assert [(one.get("assay"), one.get("time")) for one in found.values()] == [
        ("LC-MS/MS", "08:10"),
        (None, None),
        (None, None),
    ]
    again = browser.post(f"/people/{man}/visit", VISIT).json()["items"]
    assert [one["id"] for one in again] == [one["id"] for one in found.values()]  # what is there is not written twice


def test_nothing_is_stored_where_one_thing_cannot_be(browser, man):
    wrong = VISIT | {"results": [*VISIT["results"], {"name": "hematocrit", "value": "155", "unit": "%"}],
                     "answers": [{"name": "consent", "value": "perhaps"}]}  # fmt: skip
    told = browser.post(f"/people/{man}/visit", wrong)
    assert told.status_code == 422 and told.json()["detail"].startswith(
        "Nothing is stored yet: 2 of 4 cannot be taken."
    )
    assert [one["pointer"] for one in told.json()["errors"]] == ["/results/2/value", "/answers/0/value"]
    assert written(browser, man) == {}
    early = browser.post(f"/people/{man}/visit", VISIT | {"date": "1980-01-01"})
    assert early.status_code == 422 and "birth" in early.json()["detail"] and written(browser, man) == {}


@pytest.mark.parametrize("body", [{"date": DAY}, {"date": DAY, "results": [], "answers": []}])
def test_a_visit_says_something(browser, man, body):
    told = browser.post(f"/people/{man}/visit", body)
    assert told.status_code == 422 and "without a result or an answer" in told.json()["detail"]


def test_a_form_has_a_field_for_each_and_empty_ones_say_nothing(browser, man):
    done = send(browser, man, **FORM)
    assert (done.status_code, done.headers.get("location")) == (303, f"/people/{man}"), done.text[:400]
    assert {name: one["value"] for name, one in written(browser, man).items()} == {
        "testosterone": "271",
        "lh": "3.4",
        "consent": "yes",
    }
    assert send(browser, man, **FORM | {"other.lh": "3"}).status_code == 422


def test_what_was_typed_comes_back_with_the_reason_beside_its_field(browser, man):
    told = send(browser, man, **FORM | {"value.hematocrit": "155", "unit.hematocrit": "%", "value.lh": "3.33"})
    assert told.status_code == 422 and written(browser, man) == {}
    assert 'name="value.lh" value="3.33"' in told.text and 'id="error-hematocrit"' in told.text
    assert 'id="error-lh"' not in told.text and "right.hematocrit" not in told.text
    assert 'name="answer.consent" value="yes" checked' in told.text


def test_a_value_that_would_be_rare_is_asked_about_once(browser, man):
    rare = FORM | {"value.testosterone": "9.4"}
    told = send(browser, man, **rare)
    assert told.status_code == 422 and "while 9.4 nmol/L would not" in told.text and written(browser, man) == {}
    assert 'name="right.testosterone"' in told.text
    assert send(browser, man, **rare, **{"right.testosterone": "yes"}).status_code == 303
    assert written(browser, man)["testosterone"]["unit"] == "ng/dL"


def test_it_asks_for_what_his_protocol_needs_and_shows_what_is_there(browser, man):
    for name, value, unit in RESULTS:
        browser.add(man, name=name, value=value, unit=unit, date=DAY)
    asked = browser.get(f"/people/{man}/visit").json()
    rows, questions = ({one["name"]: one for one in asked[key]} for key in ("results", "questions"))
    missing = [one["is_missing"] for one in asked["results"]]
    assert missing == sorted(missing, reverse=True) and any(missing)
    assert rows["lh"]["last"].endswith(f"IU/L, {DAY}") and "te2_ratio" not in rows and "karyotype" not in rows
    assert questions["consent"]["last"] == "" and "testosterone" not in questions
    page = browser.get(f"/people/{man}/visit", headers={"Accept": "text/html"}).text
    assert 'name="value.bmi"' in page and 'name="answer.consent"' in page
