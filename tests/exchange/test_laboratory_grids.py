"""Tables with days along the head, and with a quantity in each column: every cell is a result of its own."""

from contextlib import suppress
from random import Random

import pytest

from leydig.errors import BadRecord
from leydig.exchange.laboratory_columns import MOST_CELLS
from leydig.exchange.laboratory_table import read_laboratory_table

DAYS = """Component\tUnits\tReference range\t03/14/2026\t2026-06-02 08:10\t9 Sep 2026
Testosterone, Total\tng/dL\t264-916\t271 L\t\t410
ESTRADIOL\tPG/ML\t\t<5\t28\t
Glucose\tmg/dL\t70-99\t90\t\t
"""
QUANTITIES = """Date;Time;Testosterone (nmol/L);E2;Sperm count;Weight;Comment
;;;pmol/L;million/mL;kg;
14.03.2026;08:10;9,4;95,1;8;98;first visit
02.06.2026;;14,2;;;97;
"""


def read(text):
    return [(one.line, one.column, *(one.content.get(key, "") for key in ("name", "value", "unit", "date", "time")))
            for one in read_laboratory_table(text) if not one.refusal]  # fmt: skip


def test_days_along_the_head():
    assert read(DAYS) == [
        (2, 4, "testosterone", "271", "ng/dL", "2026-03-14", ""), (2, 6, "testosterone", "410", "ng/dL", "2026-09-09", ""),
        (3, 4, "estradiol", "<5", "pg/mL", "2026-03-14", ""), (3, 5, "estradiol", "28", "pg/mL", "2026-06-02", "08:10"),
    ]  # fmt: skip
    first, *_, glucose = read_laboratory_table(DAYS)
    assert (first.content["low"], first.content["high"]) == ("264", "916")
    assert (glucose.line, glucose.column) == (4, 4) and "got 'Glucose'" in glucose.refusal


def test_a_quantity_in_each_column_with_units_in_its_head_or_below():
    assert read(QUANTITIES) == [
        (3, 3, "testosterone", "9.4", "nmol/L", "2026-03-14", "08:10"), (3, 4, "estradiol", "95.1", "pmol/L", "2026-03-14", "08:10"),
        (3, 5, "sperm_concentration", "8", "million/mL", "2026-03-14", "08:10"),
        (4, 3, "testosterone", "14.2", "nmol/L", "2026-06-02", ""),
    ]  # fmt: skip
    left = [(one.line, one.column) for one in read_laboratory_table(QUANTITIES) if one.refusal]
    assert left == [(3, 6), (4, 6)]  # the weight


def test_what_stands_below_no_day_is_told_and_not_lost():
    rows = read_laboratory_table(
        "Test,14/03/2026,Previous\nLH (IU/L),3.4,3.9\nFSH (IU/L),4,see above\nSHBG (nmol/L),24,,30"
    )
    assert [(one.line, one.column, one.refusal[:19]) for one in rows] == [
        (2, 2, ""), (2, 3, "got date 'Previous'"), (3, 2, ""), (4, 2, ""), (4, 4, "got date ''; expect")]  # fmt: skip


def test_days_of_a_head_that_may_be_two_are_asked_about():
    rows = read_laboratory_table("Test,02/03/2026,03/03/2026\nLH (IU/L),3.4,3.9\n")
    assert [(one.content["date"], len(one.doubts)) for one in rows] == [("2026-02-03", 1), ("2026-03-03", 0)]


@pytest.mark.parametrize("text", [
    "Name,2026-03-02\nGlucose,90", "Date,Glucose\n2026-03-02,90", "Weight,2026-03-02\nlh,3.4", "Date,LH\n", "2026-03-02,lh\n",
])  # fmt: skip
def test_what_is_no_grid_is_no_table(text):
    try:
        rows = read_laboratory_table(text)
    except BadRecord as why:
        assert "days along the head" in str(why)
    else:
        assert rows == ()


def test_a_grid_has_so_many_results():
    head = "Date," + ",".join(["LH (IU/L)"] * 50)
    line = "\n2026-03-02," + ",".join(["3"] * 50)
    assert len(read_laboratory_table(head + line * (MOST_CELLS // 50))) == MOST_CELLS
    with pytest.raises(BadRecord, match="more than 20,000 results"):
        read_laboratory_table(head + line * (MOST_CELLS // 50 + 1))


HEAD = "Test,Result,Unit,Date\n"


@pytest.mark.parametrize(("rows", "index"), [
    ("Weight,98,kg,2026-03-02\nHeight,179,cm,2026-03-02", "30.6"), ("Gewicht,98,kg,2026-03-02\nGröße,1.79,m,2025-03-02", "30.6"),
    ("Weight,216,lb,2026-03-02\nHeight,70.5,in,2026-03-02", "30.6"), ("Weight,98,kg,2026-03-02\nHeight,179,cm,2026-03-03", ""),
    ("Weight,98,kg,2026-03-02\nHeight,17.9,cm,2026-03-02", ""), ("Weight,98,,2026-03-02\nHeight,179,cm,2026-03-02", ""),
    ("Weight,98,kg,2026-03-02", ""), ("Weight,31.02.2026,kg,2026-03-02\nHeight,179,cm,2026-03-02", ""), ("Weight,<98,kg,2026-03-02\nHeight,179,cm,2026-03-02", ""),
])  # fmt: skip
def test_weight_and_height_are_the_body_mass_index(rows, index):
    weight, *rest = read_laboratory_table(HEAD + rows)
    assert all(one.refusal for one in rest)
    if index:
        assert (weight.content["name"], weight.content["value"], weight.content["unit"]) == ("bmi", index, "kg/m2")
        assert weight.repairs[-1].startswith("worked out of")
    else:
        assert weight.refusal and not weight.content


def test_an_index_of_that_day_goes_before_one_that_is_worked_out():
    weight, _, index = read_laboratory_table(
        HEAD + "Weight,98,kg,2026-03-02\nHeight,179,cm,2026-03-02\nBMI,31,kg/m2,2026-03-02"
    )
    assert "index of that day is there" in weight.refusal and index.content["value"] == "31"


WORDS = ("Test", "Date", "Result", "Unit", "LH (IU/L)", "Weight", "Height", "Größe (cm)", "Sperm count", "PR", "((((", "98", "1,79",
         "<5", "271 L", "1.234,5", "kg", "cm", "", "%", "NG/DL", "2026-03-02", "02/03/2026", "14.03.2026", "31.02.2026", "0", "-1",
         "1e400", "nan", "٣", "²", "\x00", "264-916", "LC/MS/MS", "treatment", "sex", "born", "goal", "karyotype", "BMI", "1'234")  # fmt: skip
HEADS = (
    ("Test", "Result", "Unit", "Date"),
    ("Test", "Unit", "2026-03-02", "14/03/2026"),
    ("Date", "Weight (kg)", "Height", "LH"),
)


def test_any_cells_in_any_order_are_read_or_refused_in_words():
    random = Random(1)
    for _ in range(600):
        part = random.choice("\t;|,")
        rows = [[random.choice(WORDS) for _ in range(random.randint(1, 7))] for _ in range(random.randint(1, 5))]
        text = "\n".join(part.join(row) for row in (random.choice(HEADS), *rows))
        with suppress(BadRecord):
            assert all(one.content or one.refusal for one in read_laboratory_table(text))
