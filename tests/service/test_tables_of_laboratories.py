"""Tables as a clinic has them, sent to the service: what is taken, waits or is left out, row by row."""

import time

import pytest
from browser import DAY

from leydig.record import Record
from leydig.service.clinic.imports import read_import

TABLE = f"""Test\tResult\tUnits\tReference range\tCollected
Testosterone, total\t271 L\tng/dL\t264-916\t{DAY}
Estradiol\t<5,0\tpg/mL\t8-35\t2 Mar 2026
Glucose\t90\tmg/dL\t70-99\t{DAY}
SHBG\t24\tnmol/L\t\t04/05/2026
FSH\t4.8\tIU/L\t\t1989-04-05
"""


@pytest.fixture
def man(browser):
    return browser.add_man(results=())


def look(browser, man, content):
    return browser.post(f"/people/{man}/imports", files={"file": ("labs.txt", content, "text/plain")})


def test_a_row_that_is_not_read_holds_no_other_up_and_what_may_be_two_things_waits(browser, man):
    said = browser.post(f"/people/{man}/imports", {"text": TABLE}).json()
    assert [(one["pointer"], one["what"]) for one in said["taken"]] == [
        ("/line/2", f"testosterone 271 ng/dL, {DAY}"), ("/line/3", f"estradiol <5.0 pg/mL, {DAY}")]  # fmt: skip
    assert [one["why"] for one in said["repaired"]] == [f"5,0 is 5.0; 2 Mar 2026 is {DAY}"]
    assert [(one["pointer"], one["what"]) for one in said["confirm"]] == [("/line/5", "SHBG 24 nmol/L, 2026-04-05")]
    assert [one["why"][:20] for one in said["left"]] == ["got 'Glucose'; expec", "dated before his bir"]
    where = f"/people/{man}/imports/{said['id']}/commit"
    taken = browser.post(where, {"confirmed": ["/line/5"]}).json()["items"]
    assert [(one["name"], one["value"]) for one in taken] == [
        ("testosterone", "271"), ("estradiol", "<5.0"), ("shbg", "24")]  # fmt: skip
    assert (taken[0]["low"], taken[0]["high"], taken[0]["pointer"]) == ("264", "916", "/line/2")


def test_a_spreadsheet_saves_text_in_ways_of_its_own(browser, man):
    wide = look(browser, man, TABLE.encode("utf-16")).json()
    assert len(wide["taken"]) == 2 and wide["repaired"][-1]["what"] == "UTF-16"
    table = f"name;value;unit;date;note\nprolactin;9,4;µg/L;{DAY};nüchtern\n"
    said = look(browser, man, table.encode("cp1252")).json()
    assert said["taken"][0]["what"] == f"prolactin 9.4 µg/L, {DAY}" and said["repaired"][-1]["what"] == "Windows-1252"
    assert look(browser, man, b'{"sex": "m\xe4nnlich"}').status_code == 422


@pytest.mark.parametrize(("plain", "words"), [(b"PK\x03\x04\0", "a spreadsheet or archive"), (b"%PDF-1.7", "a PDF")])
def test_what_is_no_text_says_what_to_do(browser, man, plain, words):
    answer = look(browser, man, plain)
    assert answer.status_code == 422 and answer.json()["detail"].startswith(
        f"got {words}; expected text. Save it as CSV"
    )


def test_rows_of_a_record_table_are_read_too(browser, man):
    table = f"name,value,unit,date,stop\nid,X,,,\nborn,1991-05-01,,,\ngoal,a child,,,\ntreatment,anastrozole 1 mg daily,,{DAY},\n"
    said = browser.post(f"/people/{man}/imports", {"text": table}).json()
    assert [one["what"] for one in said["taken"]] == ["goal a child", f"treatment anastrozole 1 mg daily, {DAY}"]


def test_a_value_may_be_written_with_its_unit(browser, man):
    entry = browser.add(man, name="testosterone", value="271 ng/dL", date=DAY)
    assert (entry.status_code, entry.json()["value"], entry.json()["unit"]) == (201, "271", "ng/dL")
    read = browser.get("/units?name=testosterone&value=9.4&unit=ng/dL").json()
    assert "9.4 nmol/L would not: is the unit right?" in read["reading"]
    comma = browser.get("/units?name=testosterone&value=9,4&unit=nmol/L").json()
    assert (comma["value"], comma["reading"]) == ("9.4", "9.4 nmol/L is 271 ng/dL")  # no thousands are grouped so
    either = browser.get("/units?name=testosterone&value=1,200&unit=ng/dL").json()
    assert "Write 1.200 or 1200." in either["detail"]
    for name in ("varicocele", "karyotype"):  # which are answered in words
        words = browser.get(f"/units?name={name}&value=large")
        assert words.status_code == 422 and "expected a number" in words.json()["detail"]


def test_many_rows_are_held_against_one_another_by_what_they_say():
    """As many rows as are taken: pair by pair they took minutes; each is looked for once."""
    days = [f"{2000 + number // 336}-{number // 28 % 12 + 1:02d}-{number % 28 + 1:02d}" for number in range(1000)]
    entries = [{"kind": "result", "name": "LH", "value": "3.40", "unit": "IU/L", "date": day} for day in days]
    table = "name,value,unit,date\n" + "".join(f"lutropin,3.4,IU/L,{day}\nfsh,4,IU/L,{day}\n" for day in days)
    begun = time.process_time()
    found = read_import(table.encode(), Record("male"), entries)
    assert (len(found.contents), len(found.left)) == (1000, 1000)
    assert time.process_time() - begun < 6.0


def test_dates_that_may_be_two_are_read_as_somebody_says(browser, man):
    table = "Test,Result,Units,Date\nTESTOSTERONE,271,NG/DL,02/11/2025\nLH,3.4,IU/L,03/11/2025\n"
    said = browser.post(f"/people/{man}/imports", {"text": table}).json()
    assert (len(said["confirm"]), said["dates"]) == (2, "month-first")
    where = f"/people/{man}/imports/{said['id']}"
    again = browser.get(f"{where}?dates=day-first").json()
    assert [one["what"] for one in again["taken"]] == ["testosterone 271 ng/dL, 2025-11-02", "LH 3.4 IU/L, 2025-11-03"]
    assert (again["confirm"], again["dates"]) == ([], "day-first")
    page = browser.get(f"{where}?dates=day-first", headers={"Accept": "text/html"}).text
    assert (
        '<option value="day-first" selected>' in page and '<input type="hidden" name="dates" value="day-first">' in page
    )
    assert browser.get(f"{where}?dates=other").status_code == 422
    assert browser.post(f"{where}/commit", {"dates": "other"}).status_code == 422
    taken = browser.post(f"{where}/commit", {"dates": "day-first"}).json()["items"]
    assert [one["date"] for one in taken] == ["2025-11-02", "2025-11-03"]


def test_a_table_whose_dates_are_clear_asks_nothing(browser, man):
    said = browser.post(f"/people/{man}/imports", {"text": f"name,value,unit,date\nlh,3.4,IU/L,{DAY}"}).json()
    page = browser.get(f"/people/{man}/imports/{said['id']}", headers={"Accept": "text/html"}).text
    assert said["dates"] == "" and 'name="dates" value=""' in page and "<select" not in page


def test_each_cell_of_a_table_with_days_along_its_head_is_pointed_to(browser, man):
    said = browser.post(
        f"/people/{man}/imports", {"text": "Test,02/03/2026,14/03/2026\nLH (IU/L),3.4,3.9\nESR,4,5"}
    ).json()
    assert [(one["pointer"], one["what"]) for one in said["taken"]] == [
        ("/line/2/column/2", "LH 3.4 IU/L, 2026-03-02"), ("/line/2/column/3", "LH 3.9 IU/L, 2026-03-14")]  # fmt: skip
    assert [one["pointer"] for one in said["left"]] == ["/line/3/column/2", "/line/3/column/3"]
