"""BMI and weight in the rows of an event table: carried forward, simulated, written back, and refused where they cannot be."""

import pytest

import leydig as ly
from leydig.exchange.events.simulation import simulate_table

HEAD = "ID,TIME,TIMEUNIT,EVID,AMT,DRUG,DV,ANALYTE,UNIT,AGE"
ROWS = [(0, "1,1", "."), (10, "0,.", "480"), (20, "2,.", "."), (40, "0,.", "500")]


def table(path, columns, cells, rows=ROWS):
    """Write a table of one man with further columns and their cells, row by row, and read it."""
    lines = [",".join([HEAD, columns])]
    for (day, event, value), cell in zip(rows, cells, strict=True):
        drug, measured = ("anastrozole" if event == "1,1" else "."), ("testosterone" if value != "." else ".")
        unit = "mg" if drug != "." else "ng/dL" if value != "." else "."
        lines.append(f"1,{day},days,{event},{drug},{value},{measured},{unit},40,{cell}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ly.read_events(path)


def test_a_bmi_is_carried_forward_from_row_to_row(tmp_path):
    found = table(tmp_path / "a.csv", "BMI", ["34", ".", "31", "31"])
    assert found["1"].bmi == 34.0
    assert found["1"].bmi_series == ly.BmiSeries({0: 34, 20: 31}, "last value")
    assert found.report.bmi_changes == 1 and found.report.as_json()["bmi_changes"] == 1


def test_a_bmi_that_stays_is_no_series(tmp_path):
    for cells in (["34"] * 4, ["34", ".", ".", "."], [".", "34", ".", "34"]):
        found = table(tmp_path / "a.csv", "BMI", cells)
        assert found["1"].bmi == 34.0 and found["1"].bmi_series is None and found.report.bmi_changes == 0


def test_weight_with_height_is_bmi_and_weight_alone_is_not_read(tmp_path):
    found = table(tmp_path / "a.csv", "WT,HT", ["110,180", "100,.", ".,.", "95,180"])
    assert found["1"].bmi == pytest.approx(110 / 1.8**2)
    assert [day for day, _ in found["1"].bmi_series.points] == [0.0, 10.0, 40.0]
    assert found["1"].bmi_series.at(40) == pytest.approx(95 / 1.8**2)
    assert found.report.unread == ()
    alone = table(tmp_path / "b.csv", "WT", ["110", "100", ".", "95"])
    assert alone["1"].bmi is None and alone["1"].bmi_series is None and alone.report.unread == ("WT",)
    both = table(tmp_path / "c.csv", "BMI,WT,HT", ["34,110,180"] * 4)
    assert both["1"].bmi == 34.0 and both.report.unread == ("WT", "HT")


@pytest.mark.parametrize(
    ("columns", "cells", "words"),
    [
        ("BMI", [".", "34", "31", "31"], "row 2: got no BMI of a man whose BMI changes later"),
        ("BMI", ["34", "81", "31", "31"], "row 3: got BMI 81; expected 14 to 80 kg/m2"),
        ("WT,HT", ["110,1.8", "100,1.8", ".,.", "95,1.8"], "row 2: got HT 1.8; expected 120 to 230 cm"),
        ("WT,HT", ["110,180", "100,175", ".,.", "95,180"], "row 3: got HT 175 of a man who has 180"),
        ("WT,HT", ["11,180", "100,180", ".,.", "95,180"], "row 2: got WT 11; expected 20 to 400 kg"),
        ("WT,HT", ["40,180", "100,180", ".,.", "95,180"], "row 2: got BMI of WT and HT 12.3"),
    ],
)
def test_what_cannot_be_carried_is_refused_with_its_row(tmp_path, columns, cells, words):
    with pytest.raises(ly.BadRecord, match=words):
        table(tmp_path / "a.csv", columns, cells)


def test_two_at_one_time_and_a_change_beside_a_reset_are_refused(tmp_path):
    with pytest.raises(ly.BadRecord, match="row 4: got another BMI at the time"):
        table(tmp_path / "a.csv", "BMI", ["34", "33", "32"], [(0, "1,1", "."), (10, "0,.", "480"), (10, "2,.", ".")])
    with pytest.raises(ly.BadRecord, match="row 4: got a BMI that changes beside a reset"):
        table(tmp_path / "a.csv", "BMI", ["34", "34", "32"], [(0, "1,1", "."), (10, "3,.", "."), (20, "2,.", ".")])


def test_everybody_is_simulated_with_his_own_and_it_is_written_back(tmp_path):
    found = table(tmp_path / "a.csv", "BMI", ["34", ".", "31", "31"])
    frame = simulate_table(found)
    loss = ly.BmiSeries({0: 34, 20: 31}, "last value")
    course = ly.simulate([ly.Man(age=40, bmi=34)], "anastrozole 1 mg once", at=[10, 20, 40], bmi=loss)
    seen = frame[frame["ANALYTE"] == "testosterone"]["DV"].to_numpy()
    assert seen == pytest.approx(course["testosterone"].values[0], rel=1e-9)
    path = tmp_path / "back.csv"
    ly.write_events(course, path)
    assert ly.read_events(path)["1"].bmi_series == loss


def test_other_columns_are_carried_along_where_they_are_asked_for(tmp_path):
    path = tmp_path / "a.csv"
    table(path, "OCC,CLINIC,SEEN", ["1,north,.", ".,.,2", "2,.,.", ".,south,."])
    assert ly.read_events(path).report.unread == ("OCC", "CLINIC", "SEEN")
    found = ly.read_events(path, covariates={"occ": "forward", "CLINIC": "forward", "SEEN": "backward"})
    seen = found["1"].observations
    assert seen["OCC"].tolist() == [1.0, 2.0] and seen["CLINIC"].tolist() == ["north", "south"]
    assert seen["SEEN"].tolist() == [2.0, 2.0] and found.report.unread == ()
    path.with_name("a.events.json").write_text('{"covariates": {"SEEN": "backward"}}', encoding="utf-8")
    assert ly.read_events(path)["1"].observations["SEEN"].tolist() == [2.0, 2.0]


def test_nothing_is_carried_from_one_man_to_the_next(tmp_path):
    path = tmp_path / "a.csv"
    table(path, "OCC", ["7", ".", ".", "."])
    text = path.read_text(encoding="utf-8")
    more = "2,0,days,0,.,.,480,testosterone,ng/dL,40,{}\n2,5,days,0,.,.,490,testosterone,ng/dL,40,{}\n"
    path.write_text(text + more.format(".", 3), encoding="utf-8")
    with pytest.raises(ly.BadRecord, match=r"row 6: got no OCC of a man; .*'backward'"):
        ly.read_events(path, covariates={"OCC": "forward"})
    both = ly.read_events(path, covariates={"OCC": "backward"})
    assert both["2"].observations["OCC"].tolist() == [3.0, 3.0]
    path.write_text(text + more.format(".", "."), encoding="utf-8")
    with pytest.raises(ly.BadRecord, match="row 6: got no OCC in any row of a man"):
        ly.read_events(path, covariates={"OCC": "backward"})


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"OCC": "sideways"}, "got way of carrying OCC 'sideways'; expected forward or backward"),
        ({"AGE": "forward"}, "got 'AGE' to be carried; expected one of OCC"),
        ({"SEX": "forward"}, "got 'SEX' to be carried; expected one of OCC"),
    ],
)
def test_a_covariate_that_cannot_be_is_refused(tmp_path, asked, words):
    table(tmp_path / "a.csv", "OCC", ["1"] * 4)
    with pytest.raises(ly.BadRecord, match=words):
        ly.read_events(tmp_path / "a.csv", covariates=asked)


@pytest.mark.parametrize(
    ("ages", "day", "fits"),
    [
        (("40", "41"), 365, True),
        (("40", "40"), 360, True),
        ((".", "41"), 365, True),
        (("40", "42"), 360, False),
        (("40", "39"), 10, False),
        (("40", "40"), 370, False),
    ],
)
def test_ages_of_one_man_follow_from_one_another(tmp_path, ages, day, fits):
    path = tmp_path / "a.csv"
    cells = "480,testosterone,ng/dL"
    path.write_text(f"ID,TIME,TIMEUNIT,DV,ANALYTE,UNIT,AGE\n1,0,days,{cells},{ages[0]}\n1,{day},days,{cells},{ages[1]}\n",
                    encoding="utf-8")  # fmt: skip
    if fits:
        assert ly.read_events(path)["1"].age == float(ages[0] if ages[0] != "." else ages[1])
    else:
        with pytest.raises(ly.BadRecord, match=rf"row 3: got AGE {ages[1]}; expected about"):
            ly.read_events(path)
