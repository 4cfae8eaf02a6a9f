"""Tables as laboratories and spreadsheets print them: each row is read by itself, and nothing that may be two things is taken."""

import pytest

from leydig.errors import BadRecord
from leydig.exchange.laboratory_days import DateOrder
from leydig.exchange.laboratory_table import MOST, other_unit, read_laboratory_table, value_and_unit

DAY = "2026-03-02"
HEAD = "Test,Result,Units,Reference range,Collected\n"
USUAL = {"name": "testosterone", "value": "271", "unit": "ng/dL", "date": DAY}
LH = {"name": "lh", "value": "3.4", "unit": "IU/L", "date": DAY}


def only(text):
    (row,) = read_laboratory_table(text)
    return row


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("name,value,unit,date\ntestosterone,271,ng/dL,2026-03-02", USUAL),
        ("Name\tResult\tUnit\tDate\nTestosterone, total\t271 L\tng/dL\t2 Mar 2026", USUAL),
        ("Analyte;Value;UOM;Sample date\nSerum testosterone;271,0;ng/dL;02.03.2026", USUAL | {"value": "271.0"}),
        ("Component|Your value|Units|Date collected\nTestosterone|<5.0 (L)|ng/dL|March 2, 2026 8:05 AM",
         USUAL | {"value": "<5.0", "time": "08:05"}),
        ("Test            Result    Units     Date\nTestosterone    271       ng/dL     2026/3/2", USUAL),
        ("printed for the clinic\n\n" + HEAD + "Testosterone,271,ng/dL,264 - 916,20260302",
         USUAL | {"low": "264", "high": "916"}),
        ("testosterone\t271\tng/dL\t2026-03-02", USUAL),
        ("Test,Result,Date\nLuteinizing Hormone (LH),3.4 IU/L,2026-03-02T08:30:00+11:00", LH | {"time": "08:30"}),
        ("name,value,unit,date\nsperm concentration,≤ 15,x10^6/mL,2026-03-02",
         {"name": "sperm_concentration", "value": "<15", "unit": "million/mL", "date": DAY}),
        ("name,value,unit,date\nSHBG,24,nmol/L,13/02/2026",
         {"name": "shbg", "value": "24", "unit": "nmol/L", "date": "2026-02-13"}),
        ("name,value,date\nconsent,yes,2026-03-02", {"name": "consent", "value": "yes", "date": DAY}),
    ],
)  # fmt: skip
def test_what_a_row_says(text, content):
    row = only(text)
    assert (row.content, row.doubts, row.refusal) == (content, (), "")


@pytest.mark.parametrize(
    ("digits", "number"),
    [("9,4", "9.4"), ("1,234.5", "1234.5"), ("1.234,5", "1234.5"), ("1'234", "1234"), ("0,125", "0.125"),
     ("1,200", "1.200"), ("1,234,567", "1234567")],
)  # fmt: skip
def test_a_comma_is_what_it_can_be(digits, number):
    """Nobody has 1200 million sperm in a millilitre that a laboratory would print as 1,200."""
    row = only(f"name;value;unit;date\nsperm concentration;{digits};million/mL;{DAY}")
    assert row.content["value"] == number and row.repairs == (f"{digits} is {number}",)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("prolactin;1,200;ng/mL;2026-03-02", "may be 1.200 or 1200"),
        ("glucose;90;mg/dL;2026-03-02", "got 'glucose'"),
        ("testosterone;271;ng/dL;soon", "got date 'soon'"),
        ("testosterone;271;ng/dL;31.02.2026", "got date '31.02.2026'"),
        ("testosterone;271;ng/dL;", "got date ''"),
        ("testosterone;pending;ng/dL;2026-03-02", "got 'pending'"),
        ("testosterone;271 nmol/L;ng/dL;2026-03-02", "beside the unit 'ng/dL'"),
        ("testosterone;271;mg;2026-03-02", "in 'mg'"),
        ("testosterone;271;ng/dL;2026-03-02;more", "got 5 cells; expected 4"),
    ],
)
def test_a_row_that_cannot_be_read_says_why_and_holds_no_other_up(cells, words):
    bad, good = read_laboratory_table(f"name;value;unit;date\n{cells}\nlh;3.4;IU/L;{DAY}\n")
    assert words in bad.refusal and not bad.content and good.content == LH


def test_what_may_be_two_days_is_confirmed_unless_another_row_tells():
    row = only("name,value,unit,date\nlh,3.4,IU/L,03/02/2026")
    assert row.content == LH and "the month first" in row.doubts[0]
    for other, day in (("03/14/2026", DAY), ("14/03/2026", "2026-02-03")):
        told = read_laboratory_table(f"name,value,unit,date\nlh,3.4,IU/L,03/02/2026\nfsh,4,IU/L,{other}")[0]
        assert told.content["date"] == day and told.doubts == ()


@pytest.mark.parametrize(
    ("value", "unit", "other"), [("271", "nmol/L", "ng/dL"), ("9.4", "ng/dL", "nmol/L"), ("6", "ng/dL", "nmol/L")]
)
def test_a_unit_that_was_swapped_is_confirmed(value, unit, other):
    row = only(f"name,value,unit,date\ntestosterone,{value},{unit},{DAY}")
    assert row.content["unit"] == unit and f"{value} {other} would not" in row.doubts[0]


def test_what_is_low_but_in_its_unit_is_taken():
    assert other_unit("testosterone", 150.0, "ng/dL") == "" == other_unit("hematocrit", 30.0, "%")
    assert only(f"name,value,unit,date\ntestosterone,<9,ng/dL,{DAY}").doubts == ()


@pytest.mark.parametrize(
    "text", ["", "x", "<table><tr><td>lh</td></tr></table>", "a,b\n1,2", "name,date\nlh,2026-03-02"]
)
def test_what_is_no_table_is_refused(text):
    with pytest.raises(BadRecord, match="got no table of results"):
        read_laboratory_table(text)


def test_a_table_has_so_many_rows():
    assert len(read_laboratory_table("name,value,unit,date\n" + f"lh,3.4,IU/L,{DAY}\n" * 3)) == 3
    with pytest.raises(BadRecord, match="expected at most 5,000"):
        read_laboratory_table("\n" * (MOST + 1))


def test_a_value_with_its_unit_in_one_field():
    assert value_and_unit("271 ng/dL", "ng/dL") == ("271", "ng/dL")
    assert value_and_unit("271 nmol/L", "ng/dL") == ("271 nmol/L", "ng/dL")


def test_somebody_may_say_which_number_is_the_month_but_not_against_a_date_that_proves_it():
    text = "name,value,unit,date\nlh,3.4,IU/L,03/02/2026"
    for order, day in ((DateOrder.DAY_FIRST, "2026-02-03"), (DateOrder.MONTH_FIRST, DAY)):
        (row,) = read_laboratory_table(text, order)
        assert (row.content["date"], row.doubts, row.order) == (day, (), order)
        assert row.repairs == (f"03/02/2026 is {day}",)
        told = read_laboratory_table(text + "\nfsh,4,IU/L,03/14/2026", order)[0]
        assert (told.content["date"], told.order) == (DAY, "")
    assert only(text).order == DateOrder.MONTH_FIRST
