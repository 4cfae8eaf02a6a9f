"""One measurement in two spellings of one unit is one; two values of one moment are asked about."""

import datetime as dt
import json
from itertools import combinations

import pytest
from browser import DAY

from leydig.exchange.fhir.read import read_fhir
from leydig.record.quantity import QUANTITIES
from leydig.service.clinic.record import entry_statement, is_same_entry, result_level, result_moment

HTML = {"Accept": "text/html"}


def level_pairs():
    """Yield every quantity with every two of its units, of which it is told whether they are one."""
    for name, one in QUANTITIES.items():
        units = dict.fromkeys((*one.units, *(unit.replace("u", "µ") for unit in one.units if unit[:1] == "u")))
        units |= {"m[IU]/mL": None, "[IU]/L": None} if "IU/L" in units and one.unit == "IU/L" else {}
        units |= {"10*6/mL": None, "x10^6/mL": None, "Mio/mL": None} if one.unit == "million/mL" else {}
        for first, second in combinations(units, 2):
            ratio = one.factor_from(first) / one.factor_from(second)
            yield name, first, second, abs(ratio - 1.0) < 1e-9


PAIRS = list(level_pairs())


def content(name, unit, value="3.4"):
    return {"kind": "result", "name": name, "value": value, "unit": unit, "date": DAY}


def test_every_two_spellings_of_one_unit_are_one_and_no_others():
    assert sum(same for *_, same in PAIRS) > 40 and {"lh", "fsh", "alt", "ast", "prolactin"} <= {
        one[0] for one in PAIRS if one[3]
    }
    for name, first, second, same in PAIRS:
        one, other = content(name, first), content(name, second, "3.40")
        assert is_same_entry(one, other) == same, (name, first, second)
        assert (result_level(one) == result_level(other)) == same
        assert result_moment(one) == result_moment(other)
        assert not is_same_entry(one, content(name, second, "3.5"))


def test_a_bound_is_the_same_wherever_its_sign_stands():
    apart = content("lh", "U/L", "0.2") | {"comparator": "<"}
    assert (
        entry_statement(apart)
        == entry_statement(content("lh", "IU/L", "<0.2"))
        != entry_statement(content("lh", "IU/L", "0.2"))
    )


@pytest.mark.parametrize(
    ("name", "units"),
    [("lh", ("U/L", "IU/L", "mIU/mL", "mU/mL", "m[IU]/mL")), ("alt", ("U/L", "IU/L")), ("psa", ("ng/mL", "ug/L", "µg/L")),
     ("sperm_concentration", ("million/mL", "10^6/mL", "Mio/mL")), ("prolactin", ("mIU/L", "mU/L", "uIU/mL", "µIU/mL"))],
)  # fmt: skip
def test_an_entry_or_row_in_another_spelling_is_there_already(browser, name, units):
    value = "3.4" if name != "prolactin" else "140"
    man = browser.add_man(results=())
    assert browser.add(man, name=name, value=value, unit=units[0], date=DAY).status_code == 201
    for unit in units[1:]:
        assert (
            browser.add(man, name=name, value=f"{value}0" if "." in value else value, unit=unit, date=DAY).status_code
            == 200
        )
    rows = "".join(f"{name},{value},{unit},{DAY}\n" for unit in units)
    said = browser.post(f"/people/{man}/imports", {"text": f"name,value,unit,date\n{rows}"}).json()
    assert said["taken"] == said["confirm"] == [] and len(said["left"]) == len(units)
    other = browser.add_man("A-2", ())
    said = browser.post(f"/people/{other}/imports", {"text": f"name,value,unit,date\n{rows}"}).json()
    assert len(said["taken"]) == 1 and {one["why"] for one in said["left"]} == {"the record says it already"}


def observation(place, value, unit, status="final"):
    code = {"coding": [{"system": "http://loinc.org", "code": "10501-5"}], "text": "LH"}
    return {"resource": {"resourceType": "Observation", "id": str(place), "status": status, "code": code,
                         "subject": {"reference": "Patient/1"}, "effectiveDateTime": DAY,
                         "valueQuantity": {"value": value, "unit": unit}}}  # fmt: skip


def bundle(*observations):
    him = {"resourceType": "Patient", "id": "1", "gender": "male", "birthDate": "1991-05-01"}
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": him}, *observations]}


def test_a_bundle_that_says_it_in_two_spellings_says_it_once():
    found = read_fhir(bundle(observation(1, 3.4, "U/L"), observation(2, 3.4, "mIU/mL")), on=dt.date(2026, 4, 1))
    assert len(found.record.results) == 1 and not found.report.confirm
    found = read_fhir(bundle(observation(1, 3.4, "U/L"), observation(2, 3.5, "IU/L")), on=dt.date(2026, 4, 1))
    assert len(found.record.results) == 0 and len(found.report.confirm) == 2


def send(browser, man, content):
    return browser.post(f"/people/{man}/imports", content=json.dumps(content),
                        headers={"Content-Type": "application/fhir+json"}).json()  # fmt: skip


def test_what_a_bundle_leaves_to_the_clinician_is_taken_when_he_ticks_it(browser):
    man = browser.add_man(results=())
    said = send(browser, man, bundle(observation(1, 3.4, "IU/L", "preliminary"), observation(2, 3.6, "U/L")))
    assert [one["pointer"] for one in said["confirm"]] == ["/entry/2/resource", "/entry/1/resource"]
    taken = browser.post(f"/people/{man}/imports/{said['id']}/commit", {"confirmed": ["/entry/1/resource"]}).json()
    assert [(one["name"], one["value"], one["unit"]) for one in taken["items"]] == [("lh", "3.4", "IU/L")]


@pytest.mark.parametrize("kind", ["table", "bundle"])
def test_a_file_that_says_another_value_of_a_moment_on_record_waits(browser, kind):
    man = browser.add_man(results=())
    browser.add(man, name="lh", value="3.4", unit="U/L", date=DAY)
    if kind == "table":
        said = browser.post(f"/people/{man}/imports", {"text": f"name,value,unit,date\nlh,3.6,IU/L,{DAY}\n"}).json()
    else:
        said = send(browser, man, bundle(observation(1, 3.6, "IU/L")))
    (waiting,) = said["confirm"]
    assert (
        said["taken"] == []
        and waiting["why"] == f"of the same moment there is LH 3.4 U/L, {DAY}: tick the one that holds"
    )
    where = f"/people/{man}/imports/{said['id']}/commit"
    taken = browser.post(where, {"confirmed": [waiting["pointer"]]}).json()["items"]
    assert [(one["name"], one["value"]) for one in taken] == [("lh", "3.6")]


def test_two_values_of_one_moment_in_one_table_wait_both_and_all_confirms_neither(browser):
    man = browser.add_man(results=())
    said = browser.post(
        f"/people/{man}/imports", {"text": f"name,value,unit,date\nlh,3.6,IU/L,{DAY}\nlh,3.9,U/L,{DAY}\n"}
    ).json()
    assert [one["pointer"] for one in said["confirm"]] == ["/line/2", "/line/3"] and said["taken"] == []
    assert browser.post(f"/people/{man}/imports/{said['id']}/commit", {"confirmed": ["all"]}).json()["items"] == []


def test_an_entry_of_another_value_is_recorded_and_asked_about(browser):
    man = browser.add_man(results=())
    browser.add(man, name="lh", value="3.4", unit="U/L", date=DAY)
    second = browser.add(man, name="lh", value="3.6", unit="IU/L", date=DAY)
    assert second.status_code == 201
    page = browser.get(f"/people/{man}/entries?entry={second.json()['id']}", headers=HTML).text
    assert "Of the same moment there is also 3.4 U/L." in page
    third = browser.add(man, name="lh", value="3.6", unit="IU/L", date="2026-03-03")
    assert (
        "Of the same moment" not in browser.get(f"/people/{man}/entries?entry={third.json()['id']}", headers=HTML).text
    )
