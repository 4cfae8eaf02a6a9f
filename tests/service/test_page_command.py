"""Three faces: what a page, its JSON and the command say is the same; the command stores nothing and is in the audit."""

import json

import pytest
from browser import DAY
from typer.testing import CliRunner

from leydig.cli.main import app as commands
from leydig.service.application import ROUTES
from leydig.service.http.inside import answer_inside
from leydig.service.problems import ServiceProblem
from leydig.web.plain import PlainTable, plain_blocks

HTML = {"Accept": "text/html"}
APART = {"/people/{id}/what-if", "/people/{id}/outlook", "/people/{id}/next-lab"}  # by a twin: `test_outlook_routes`
OF_A_BROWSER = {"/account", "/account/confirmation", "/sign-in", "/sign-in/code", "/setup/{token}", "/smart/launch",
                "/smart/callback", "/smart/results", "/smart"}  # fmt: skip
NAMES = {"name": "anastrozole"}


def test_every_page_says_the_same_to_a_command(browser, rooms):
    man = browser.add_man()
    job = browser.post("/trials", {"name": "obese", "n": 4}).json()["id"]
    preview = browser.post(f"/people/{man}/imports", {"text": "name,value,unit,date\nshbg,30,nmol/L,2026-03-02\n"})
    tried = []
    for route in ROUTES:
        if route.method != "GET" or route.path in APART | OF_A_BROWSER or route.media != "application/json":
            continue
        path = route.path.format(id=man, job=job, item="", name="anastrozole", token="", service="",
                                 assessment="x", forecast="x", **{"import": preview.json()["id"]})  # fmt: skip
        path = {"/evidence/anastrozole": "/evidence/bonde_1998", "/problems/anastrozole": "/problems/WrongUnit"}.get(
            path, path
        )
        answer = browser.get(path)
        if answer.status_code != 200 or "json" not in answer.headers["content-type"]:
            continue
        reply = answer_inside(rooms, ROUTES, path)
        said = (reply.view().to_json() if reply.view is not None else {}) | (reply.content or {})
        if route.path not in ("/audit", "/people/{id}"):  # a row more; what a writer is shown is stored
            assert json.loads(json.dumps(said)) == answer.json(), path
        tried.append(route.path)
    assert {"/people", "/people/{id}", "/people/{id}/entries", "/people/{id}/patient", "/people/{id}/imports/{import}",
            "/protocols", "/protocols/{name}", "/evidence", "/evidence/{name}", "/trials", "/populations", "/calibrations", "/jobs", "/jobs/{job}", "/audit",
            "/accounts", "/problems/{name}"} <= set(tried)  # fmt: skip


def test_the_command_prints_the_list_and_a_man(browser, tmp_path, rooms):
    man = browser.add_man(results=(("testosterone", "271", "ng/dL"), ("hematocrit", "56", "%")))
    before = len(rooms.desk.notes(man, "assessment", "x"))

    def run(*words):
        return CliRunner().invoke(commands, ["page", *words, "--data", str(tmp_path)])

    found = run()
    assert found.exit_code == 0 and "Critical Hematocrit" in found.stdout and f"A-1: /people/{man}" in found.stdout
    assert "it prescribes nothing" in found.stdout
    him = run(f"/people/{man}?on={DAY}")
    assert "# A-1" in him.stdout and "## What is missing" in him.stdout and "Write it down" not in him.stdout
    assert json.loads(run("/people?alert=critical", "--json").stdout)["count"] == 1
    assert run(f"/people/{man}/report.html").exit_code == 2
    assert run(f"/people/{man}/report.html", "--out", str(tmp_path / "r.html")).exit_code == 0
    assert "A-1" in (tmp_path / "r.html").read_text()
    for wrong in ("/nowhere", "/people/01J", "/people?due=never", "/people?x=1"):
        assert run(wrong).exit_code == 2
    assert len(rooms.desk.notes(man, "assessment", "x")) == before
    rows = [one for one in browser.get("/audit").json()["items"] if one["account"] == "system"]
    assert {"people.list", "person.read"} <= {one["action"] for one in rows}


def test_an_address_that_changes_something_is_no_page(rooms):
    with pytest.raises(ServiceProblem, match="no page has"):
        answer_inside(rooms, ROUTES, "/people/01J/deletion")


def test_a_page_in_plain_text_leaves_out_what_is_filled_in():
    blocks = plain_blocks(
        "<h1>A</h1><dl><div><dt>Age</dt><dd>35</dd></div></dl><nav>x</nav><form><p>y<input></p></form><svg><path/></svg>"
        "<table><caption>C</caption><tr><th>a</th><th>b</th></tr><tr><td><ul><li>1</li><li>2</li></ul></td></tr></table>"
    )
    assert blocks == ["# A", "Age: 35", "C", PlainTable(("a", "b"), (("1; 2", ""),))]
