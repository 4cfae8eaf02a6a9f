"""What a laboratory wrote stays as it wrote it, who wrote is named, a page is one look, and stray addresses are pages."""

import ast
import json
from pathlib import Path

import pytest
from browser import DAY
from starlette.testclient import TestClient

import leydig.service
from leydig import errors
from leydig.service.http.guard import CONFIRMATION_NEEDED, FACTOR_NEEDED, NO_TOKEN, NOT_SIGNED_IN
from leydig.web.lab.page import lab_policy
from leydig.web.text import catalogue

SERVICE = Path(leydig.service.__file__).parent

HTML = {"Accept": "text/html"}
TABLE = f"name,value,unit,date\ntestosterone,271.0,ng/dL,{DAY}\nlh,3.40,IU/L,{DAY}\nestradiol,<10.0,pg/mL,{DAY}\nfsh,3.4,IU/L,{DAY}\n"


def observation(code, value, unit, number):
    return {"resource": {"resourceType": "Observation", "id": str(number), "status": "final", "effectiveDateTime": DAY,
                         "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
                         "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}}}  # fmt: skip


def imported(browser, man, plain, kind):
    said = browser.post(f"/people/{man}/imports", content=plain, headers={"Content-Type": kind})
    assert said.status_code == 201, said.text
    where = said.headers["location"]
    taken = browser.post(f"{where}/commit", {"confirmed": []}).json()["items"]
    return {one["name"]: one.get("comparator", "") + one["value"] for one in taken if one["kind"] == "result"}


def test_a_table_keeps_its_digits(browser):
    man = browser.add_man(results=())
    assert imported(browser, man, TABLE, "text/csv") == {
        "testosterone": "271.0", "lh": "3.40", "estradiol": "<10.0", "fsh": "3.4"}  # fmt: skip


def test_a_spreadsheet_with_decimal_commas_keeps_its_digits(browser):
    man = browser.add_man(results=())
    plain = (
        TABLE.replace(",", ";")
        .replace("3.40", "3,40")
        .replace("271.0", "271,0")
        .replace("10.0", "10,0")
        .replace("3.4;", "3,4;")
    )
    assert imported(browser, man, plain, "text/csv")["lh"] == "3.40"


def test_a_bundle_keeps_its_digits(browser):
    man = browser.add_man(results=())
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [
        observation("2986-8", "VALUE-A", "ng/dL", 1), observation("10501-5", "VALUE-B", "[IU]/L", 2)]}  # fmt: skip
    plain = json.dumps(bundle).replace('"VALUE-A"', "271.00").replace('"VALUE-B"', "3.40")
    assert imported(browser, man, plain, "application/fhir+json") == {"testosterone": "271.00", "lh": "3.40"}


def test_the_history_names_who_wrote(browser):
    man = browser.add_man()
    page = browser.get(f"/people/{man}/entries", headers=HTML).text
    assert page.count("Dr Ito") > 5 and browser.account not in page


@pytest.mark.parametrize("path", ["/people", "/assessments"])
def test_a_stray_address_is_a_page_for_a_browser_and_a_problem_for_others(browser, path):
    stray = f"{path}/x/y/z"
    page = browser.get(stray, headers=HTML)
    assert page.status_code == 404 and page.headers["content-type"].startswith("text/html")
    assert "got an address that nothing has" in page.text and "Dr Ito" in page.text
    assert browser.get(stray).headers["content-type"] == "application/problem+json"
    assert browser.get(f"/api/v1{stray}", headers=HTML).headers["content-type"] == "application/problem+json"


def test_a_stray_address_tells_a_stranger_no_more(app):
    page = TestClient(app, base_url="http://testserver").get("/nothing", headers=HTML)
    assert page.status_code == 404 and "/sign-out" not in page.text


def test_a_wrong_method_says_the_right_ones(browser):
    page = browser.client.put("/people", headers=HTML)
    assert page.status_code == 405 and page.headers["allow"] and "<h1" in page.text


def test_a_page_of_a_man_is_one_look_once_it_is_stored(browser, rooms):
    man = browser.add_man()
    browser.get(f"/people/{man}", headers=HTML)
    before = browser.get(f"/audit?person={man}").json()["items"]
    browser.get(f"/people/{man}", headers=HTML)
    after = browser.get(f"/audit?person={man}").json()["items"]
    assert [one["action"] for one in after[: len(after) - len(before)]] == ["person.read"]
    assert len(rooms.desk.notes(man, "assessment", "me")) == 1


def test_the_lab_is_served_under_a_policy_of_its_own(browser):
    """Prints the engine once, which takes seconds."""
    answer = browser.get("/lab")
    assert answer.status_code == 200 and "<script>" in answer.text
    assert answer.headers["content-security-policy"] == f"{lab_policy()}; frame-ancestors 'none'"
    assert "'self'" not in lab_policy() and "unsafe" not in lab_policy()


def test_the_type_of_every_problem_leads_to_what_it_means(browser, app):
    """Every name with which a ServiceProblem is made, and every error of the library, is explained at its type."""
    named = set()
    for path in SERVICE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        values = {one.targets[0].id: one.value.value for one in tree.body
                  if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)
                  and isinstance(one.value, ast.Constant)}  # fmt: skip
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "ServiceProblem":
                said = call.args[0]
                named.add(
                    getattr(said, "value", None) if isinstance(said, ast.Constant) else values.get(ast.unparse(said))
                )
    library = {one for one in vars(errors) if one[0].isupper() and isinstance(getattr(errors, one), type)
               and issubclass(getattr(errors, one), errors.LeydigError)}  # fmt: skip
    known = set(vars(catalogue().problems))
    constants = {FACTOR_NEEDED, CONFIRMATION_NEEDED, NOT_SIGNED_IN, NO_TOKEN}
    assert {one for one in named if isinstance(one, str)} | library | constants == known
    stranger = TestClient(app, base_url="http://testserver")
    answer = stranger.get("/problems/WrongUnit")
    assert (answer.status_code, answer.json()["title"]) == (200, "Wrong unit") and "missing" in answer.json()["meaning"]
    page = browser.get("/units?name=lh&value=3&unit=furlong&more=1", headers={"Accept": "text/html"})
    assert 'href="/problems/WrongQuery"' in page.text
    assert stranger.get("/problems/Nothing").status_code == 404
