"""Reading event tables: what each column means, and what is refused at its row."""

import json

import numpy as np
import pytest

import leydig as ly
from leydig.errors import BadRecord, LeydigError
from leydig.exchange.events.cells import LARGEST_TABLE

DRUGS = {1: "anastrozole", 2: "hcg sc", 3: "testosterone infusion"}


def read(tmp_path, text, **said):
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return ly.read_events(path, **({"time": "hours", "drugs": DRUGS, "analytes": {7: "testosterone ng/dL"}} | said))


def refused(tmp_path, text, **said):
    with pytest.raises(LeydigError) as why:
        read(tmp_path, text, **said)
    message = str(why.value)
    assert message.startswith("t.") or "t.csv" in message.split(":")[0]
    assert "expected " in message
    return message


def test_columns_come_in_any_case_and_order_and_what_is_missing_is_a_point_or_nothing(tmp_path):
    table = read(tmp_path, "ii;addl;Time;id;AMT;cmt;Evid;dv;DVID\n24;27;0;a;1;1;1;.;\n.;;48;a;;;0;300;7\n")
    assert table["a"].regimen == ly.Regimen("anastrozole 1 mg daily for 4 weeks")
    seen = table["a"].observations
    assert seen[["day", "name", "value", "unit", "row"]].values.tolist() == [[2.0, "testosterone", 300.0, "ng/dL", 3]]
    assert table.report.doses == {"anastrozole": 28} and table.report.observations == {"testosterone": 1}


def test_hours_and_days_are_declared_and_never_guessed(tmp_path):
    text = "ID,TIME,AMT,CMT,II,ADDL\n1,24,1,1,12,1\n"
    assert read(tmp_path, text)["1"].regimen == ly.Regimen("anastrozole 1 mg twice daily from day 1 for 1 day")
    assert read(tmp_path, text, time="days")["1"].regimen == ly.Regimen(
        "anastrozole 1 mg every 12 days from day 24 for 24 days"
    )
    assert "time='hours'" in refused(tmp_path, text, time=None)
    named = "ID,TIME,AMT,CMT,TIMEUNIT\n1,24,1,1,Hours\n"
    assert read(tmp_path, named, time=None)["1"].regimen == ly.Regimen("anastrozole 1 mg once from day 1")
    assert "row 2" in refused(tmp_path, named, time="days")


def test_the_sidecar_says_what_a_call_may_say(tmp_path):
    (tmp_path / "t.events.json").write_text(json.dumps({"time": "days", "drugs": {"1": "hcg im"}}))
    path = tmp_path / "t.csv"
    path.write_text("ID,TIME,AMT,CMT\n1,2,1500,1\n")
    assert ly.read_events(path)["1"].regimen == ly.Regimen("hcg 1500 IU im once from day 2")
    (tmp_path / "t.events.json").write_text(json.dumps({"tme": "days"}))
    with pytest.raises(ly.BadRecord, match=r"t\.events\.json.*'tme'"):
        ly.read_events(path)


def test_kinds_of_rows(tmp_path):
    text = (
        "ID,TIME,EVID,AMT,CMT,MDV,DV,DVID,C\n1,0,1,1,1,1,.,.,.\n1,1,0,.,.,0,300,7,.\n1,2,0,.,.,1,900,7,.\n1,3,2,.,.,1,.,.,.\n"
        "1,4,0,.,.,0,.,7,.\n1,5,0,.,.,0,9999999,7,C\n#a comment\n1,6,1,0,1,1,.,.,.\n"
    )
    report = read(tmp_path, text).report
    assert (report.rows, report.ignored, report.comments) == (7, 1, 1)
    assert (report.observations, report.other_rows, report.zero_doses) == ({"testosterone": 1}, 3, 1)
    assert report.doses == {"anastrozole": 1}


def test_without_evid_an_amount_is_a_dose(tmp_path):
    report = read(tmp_path, "ID,TIME,AMT,CMT,DV,DVID,MDV\n1,0,1,1,.,.,1\n1,1,.,1,300,7,0\n1,2,.,1,.,.,1\n").report
    assert (report.doses, report.observations, report.other_rows) == ({"anastrozole": 1}, {"testosterone": 1}, 1)


def test_a_reset_ends_an_episode_and_cancels_what_is_to_come(tmp_path):
    table = read(tmp_path, "ID,TIME,EVID,AMT,CMT,II,ADDL\n1,0,1,1,1,24,9\n1,72,3,.,.,.,.\n1,96,1,0.5,1,24,1\n")
    before, after = table["1"].episodes
    assert len(before.regimen.doses[0].ticks(100.0)) == 3  # at 0, 24 and 48 h: the one at 72 h falls to the reset
    assert after.regimen == ly.Regimen("anastrozole 0.5 mg daily from day 1 for 2 days")
    with pytest.raises(ly.BadRecord, match="episodes"):
        _ = table["1"].regimen


def test_a_reset_stops_an_infusion(tmp_path):
    table = read(tmp_path, "ID,TIME,EVID,AMT,CMT,RATE\n1,0,1,7,3,0.125\n1,24,3,.,.,.\n")
    assert table["1"].episodes[0].regimen == ly.Regimen("testosterone infusion 3 mg/day continuous for 1 day")


def test_after_a_reset_the_clock_may_begin_again(tmp_path):
    first, second = read(tmp_path, "ID,TIME,EVID,AMT,CMT\n1,0,1,1,1\n1,48,1,1,1\n1,0,4,1,1\n")["1"].episodes
    assert [len(one.regimen.doses) for one in (first, second)] == [2, 1]
    assert "row 4" in refused(tmp_path, "ID,TIME,EVID,AMT,CMT\n1,0,1,1,1\n1,48,1,1,1\n1,0,1,1,1\n")


def test_an_infusion_is_amount_over_rate_or_its_duration(tmp_path):
    wanted = ly.Regimen("testosterone infusion 6 mg/day continuous from day 1 for 2 days")
    for head, cells in (
        ("RATE", "0.25"),
        ("DUR", "48"),
        ("TINF", "48"),
        ("RATE,DUR", "0.25,48"),
        ("RATE,DUR", "-2,48"),
    ):
        assert read(tmp_path, f"ID,TIME,AMT,CMT,{head}\n1,24,12,3,{cells}\n")["1"].regimen == wanted
    for head, cells in (("RATE", "-1"), ("RATE", "-2"), ("RATE", "-3"), ("RATE,DUR", "0.25,47"), ("DUR", "-1")):
        assert "row 2" in refused(tmp_path, f"ID,TIME,AMT,CMT,{head}\n1,24,12,3,{cells}\n")


def test_times_before_zero_move_day_0(tmp_path):
    one = read(tmp_path, "ID,TIME,EVID,AMT,CMT,DV,DVID\n1,-48,0,.,.,300,7\n1,0,1,1,1,.,.\n")["1"]
    assert one.episodes[0].origin == -2 * 86_400_000_000
    assert one.regimen == ly.Regimen("anastrozole 1 mg once from day 2") and one.observations["day"].tolist() == [0.0]


def test_real_dates_keep_the_clock_and_intervals_keep_hours(tmp_path):
    text = (
        "ID,DATE,TIME,EVID,AMT,CMT,II,ADDL,DV,DVID\n1,2026-03-28,08:00,1,1,1,24,1,.,.\n1,2026-03-29,08:00,0,.,.,.,.,300,7\n"
        "1,2026-03-30,08:00,1,1,1,.,.,.,.\n"
    )
    plain = read(tmp_path, text)["1"]
    assert [dose.start for dose in plain.regimen.doses] == [8 / 24, 2 + 8 / 24]
    summer = read(tmp_path, text, timezone="Europe/Berlin")["1"]  # the clock skips an hour in the night to 29 March
    assert [dose.start for dose in summer.regimen.doses] == [8 / 24, 2 + 7 / 24]
    assert summer.regimen.doses[0].ticks(9.0)[1] == (24 + 8) * 3_600_000_000
    record = summer.record("male")
    assert [(str(one.date), str(one.time), one.value) for one in record.results] == [("2026-03-29", "08:00:00", 300.0)]
    assert str(record.treatments[0].start) == "2026-03-28"


@pytest.mark.parametrize(("date", "time", "zone"), [
    ("2026-02-30", "08:00", None), ("01/02/2026", "08:00", None), ("2026-03-01", "8", None), ("2026-03-01", "24:00", None),
    ("2026-03-29", "02:30", "Europe/Berlin"), ("2026-10-25", "02:30", "Europe/Berlin"), (".", "08:00", None),
])  # fmt: skip
def test_dates_and_times_that_are_none_are_refused(tmp_path, date, time, zone):
    assert "row 2" in refused(tmp_path, f"ID,DATE,TIME,AMT,CMT\n1,{date},{time},1,1\n", timezone=zone)


def test_censored_values(tmp_path):
    head = "ID,TIME,DV,DVID,CENS,LIMIT,LLOQ,BLQ\n"
    seen = read(tmp_path, head + "1,0,20,7,1,5,.,.\n1,1,1500,7,-1,2000,.,.\n1,2,.,7,0,.,10,1\n1,3,300,7,0,.,10,0\n")[
        "1"
    ].observations
    assert seen["censored"].tolist() == [1, -1, 1, 0] and seen["value"].tolist() == [20.0, 1500.0, 10.0, 300.0]
    assert np.array_equal(seen["limit"], [5.0, 2000.0, np.nan, np.nan], equal_nan=True)
    for row in ("1,0,.,7,1,.,.,.", "1,0,20,7,1,20,.,.", "1,0,20,7,-1,20,.,.", "1,0,5,7,1,.,10,.", "1,0,5,7,2,.,.,."):
        assert "row 2" in refused(tmp_path, head + row + "\n")


def test_ties_keep_the_order_of_the_file_unless_a_switch_says_otherwise(tmp_path):
    text = "ID,TIME,EVID,AMT,CMT,DV,DVID\n1,0,0,.,.,300,7\n1,0,1,1,1,.,.\n1,0,0,.,.,310,7\n"
    for ties, after in (("record", [False, True]), ("dose first", [True, True])):
        table = read(tmp_path, text, ties=ties)
        assert table["1"].observations["after_dose"].tolist() == after and table.report.ties == ties


def test_separate_rows_of_one_id_warn(tmp_path):
    with pytest.warns(ly.LeydigWarning, match=r"row 4.*ID 1"):
        table = read(tmp_path, "ID,TIME,AMT,CMT\n1,0,1,1\n2,0,1,1\n1.0,24,1,1\n")
    assert list(table) == ["1", "2"] and len(table["1"].regimen.doses) == 2


def test_ids_are_texts_and_a_number_is_one_however_it_is_written(tmp_path):
    table = read(tmp_path, "ID,TIME,AMT,CMT\n7,0,1,1\n7.00,24,1,1.0\n007,0,1,1\n1e999,0,1,1\nA.7,0,1,1\n")
    assert list(table) == ["7", "007", "1e999", "A.7"] and len(table[7].regimen.doses) == 2


@pytest.mark.parametrize(("row", "says"), [
    ("1,0,1,1,.,.,0,0,.,.", "CMT"), ("1,0,1,1,9,.,0,0,.,.", "CMT 9"), ("1,0,1,-1,1,.,0,0,.,.", "negative AMT"),
    ("1,0,1,.,1,.,0,0,.,.", "without AMT"), ("1,0,0,1,1,.,0,0,.,.", "no dose"), ("1,0,5,1,1,.,0,0,.,.", "EVID 5"),
    ("1,0,101,1,1,.,0,0,.,.", "rxode2"), ("1,0,1,1,1,.,0,3,.,.", "ADDL without II"), ("1,0,1,1,1,.,0.001,3,.,.", "a minute"),
    ("1,0,1,1,1,.,24,1.5,.,.", "whole number"), ("1,0,1,1,1,1,0,0,.,.", "SS without II"), ("1,0,1,1,1,2,24,0,.,.", "at no steady state"),
    ("1,0,1,12,3,.,0,0,.,.", "rate"), ("1,0,1,500,1,.,0,0,.,.", "expected up to"), ("1,0,0,.,.,.,.,.,300,8", "number 8"),
    ("1,0,0,.,.,.,.,.,3000000,7", "Testosterone"), ("1,.,1,1,1,.,0,0,.,.", "no TIME"), (",0,1,1,1,.,0,0,.,.", "no ID"),
    ("1,1e9,1,1,1,.,0,0,.,.", "TIME"), ("1,0,1,1,1,.,1000000,9,.,.", "without end"), ("1,0,.,1,1,.,0,0,.,.", "no EVID"),
])  # fmt: skip
def test_what_cannot_be_honored_is_refused_with_its_row(tmp_path, row, says):
    message = refused(tmp_path, f"ID,TIME,EVID,AMT,CMT,SS,II,ADDL,DV,DVID\n1,0,1,1,1,.,0,0,.,.\n{row}\n")
    assert "row 3" in message and says.lower() in message.lower()


def test_lag_and_availability_are_the_drugs_own_unless_the_table_shall_say_more(tmp_path):
    for head, cell in (("LAGT", "0.5"), ("ALAG1", "1"), ("F", "0.8"), ("BIOAV", "0.5")):
        assert "absorption='table'" in refused(tmp_path, f"ID,TIME,AMT,CMT,{head}\n1,0,1,1,{cell}\n")
    assert len(read(tmp_path, "ID,TIME,AMT,CMT,LAGT,F1\n1,0,1,1,0,1\n")["1"].regimen.doses) == 1
    said = {"absorption": "table"}
    one = read(tmp_path, "ID,TIME,AMT,CMT,II,ADDL,ALAG1,F1\n1,0,1,1,24,6,6,0.5\n", **said)["1"]
    assert one.regimen == ly.Regimen("anastrozole 0.5 mg daily from day 0.25 for 7 days")
    assert "row 2" in refused(tmp_path, "ID,TIME,AMT,CMT,LAGT\n1,0,1,1,-1\n", **said)
    assert "ALAG1 and ALAG2" in refused(tmp_path, "ID,TIME,AMT,CMT,ALAG1,ALAG2\n1,0,1,1,1,2\n", **said)
    with pytest.raises(ly.BadRecord, match="absorption 'mine'; expected drug or table"):
        read(tmp_path, "ID,TIME,AMT,CMT\n1,0,1,1\n", absorption="mine")
    assert read(tmp_path, "ID,TIME,AMT,CMT,F\n1,0,1,1,0\n", **said).report.zero_doses == 1


def test_a_duration_holds_for_the_share_and_a_rate_is_kept(tmp_path):
    said = {"absorption": "table"}
    for head, cells, wanted in (
        ("RATE", "0.25", "6 mg/day continuous for 1 day"), ("DUR", "48", "3 mg/day continuous for 2 days"),
        ("RATE,DUR", "-2,48", "3 mg/day continuous for 2 days"),
    ):  # fmt: skip
        one = read(tmp_path, f"ID,TIME,AMT,CMT,F,{head}\n1,0,12,3,0.5,{cells}\n", **said)["1"]
        assert one.regimen == ly.Regimen(f"testosterone infusion {wanted}")


def test_units_of_doses_convert_and_never_between_iu_and_mass(tmp_path):
    text = "ID,TIME,AMT,CMT,UNIT\n1,0,{},{},{}\n"
    assert read(tmp_path, text.format(500, 1, "mcg"))["1"].regimen == ly.Regimen("anastrozole 0.5 mg once")
    message = refused(tmp_path, text.format(1, 2, "mg"))
    assert "row 2" in message and "IU" in message


def test_observations_need_a_unit_and_a_name(tmp_path):
    head = "ID,TIME,DV,DVID,UNIT\n"
    assert read(tmp_path, head + "1,0,9,7,nmol/L\n", analytes={7: "testosterone"})["1"].observations[
        "unit"
    ].tolist() == ["nmol/L"]
    assert "row 2" in refused(tmp_path, head + "1,0,9,7,.\n", analytes={7: "testosterone"})
    assert "row 2" in refused(tmp_path, head + "1,0,9,7,nmol/L\n")  # declared ng/dL
    assert "row 2" in refused(tmp_path, head + "1,0,9,7,IU/L\n", analytes={7: "testosterone"})
    level = read(tmp_path, head + "1,0,30,7,ng/mL\n", analytes={7: "anastrozole"})
    assert level.report.observations == {"anastrozole": 1}


def test_a_second_pulse_train_is_refused_at_its_row(tmp_path):
    head = "ID,TIME,AMT,DRUG,II,ADDL\n1,0,10,gonadorelin,1.5,15\n"
    assert "row 3" in refused(tmp_path, head + "1,23,10,gonadorelin,1.5,15\n")
    assert len(read(tmp_path, head + "1,24,10,gonadorelin,1.5,15\n")["1"].regimen.doses) == 2


def test_doses_above_the_label_are_said_once(tmp_path):
    with pytest.warns(ly.LeydigWarning, match=r"row 2.*2 times its label.*1 other"):
        table = read(tmp_path, "ID,TIME,AMT,CMT\n1,0,2,1\n2,0,1,1\n2,12,1,1\n3,0,1,1\n3,24,1,1\n")
    assert len(table.report.notes) == 1


@pytest.mark.parametrize(("content", "row", "says"), [
    (b"ID,TIME,AMT\n1,0,1\n1,1,\xe9\n", "line 3", "UTF-8"), (b"ID,TIME,AMT\n1,0,1\n1,\x001,1\n", "row 3", "null"),
    (b"ID,TIME,AMT\n1,0,NaN\n", "row 2", "finite"), (b"ID,TIME,AMT\n1,0,1\n1,Infinity,1\n", "row 3", "finite"),
    (b"ID;TIME;AMT\n1;0;1\n1;0;1,5\n", "row 3", "1.5"), (b"ID,TIME,AMT\n1,0,1\n1,0\n", "row 3", "2 cells"),
    (b"ID,TIME,AMT\n1,0,1,4\n", "row 2", "4 cells"), (b"ID,TIME,amt,AMT\n1,0,1,1\n", "row 1", "twice"),
    (b"ID,TIME,DUR,TINF\n1,0,1,1\n", "t.csv", "one of them"), (b"ID,TIME,\n1,0,1\n", "row 1", "without a name"),
    (b"ID TIME AMT\n1 0 1\n", "row 1", "commas"), (b"", "row 1", "column"), (b"ID,TIME,AMT\n", "t.csv", "without rows"),
    (b'ID,TIME,AMT\n1,0,"1\n', "row", "quote"), (b"TIME,AMT\n0,1\n", "t.csv", "ID"), (b"ID,AMT\n0,1\n", "t.csv", "TIME"),
    (b"ID,TIME,AMT\n1,0,1_0\n", "row 2", "finite"), (b"ID,TIME,AMT,C\n1,0,1,C\n", "t.csv", "IGNORE"),
    (b"ID,TIME,AMT\n1,08:00,1\n", "row 2", "DATE"), ("ID,TIME,AMT\n1\u200b,0,1\n".encode(), "row 2", "invisible"),
])  # fmt: skip
def test_broken_files_get_a_message_that_names_file_and_row(tmp_path, content, row, says):
    message = refused(tmp_path, content, drugs="anastrozole")
    assert row in message and says in message


def test_a_byte_order_mark_and_other_line_ends_are_read(tmp_path):
    for text in (
        b"\xef\xbb\xbfID,TIME,AMT\r\n1,0,1\r\n",
        b"ID\tTIME\tAMT\n\n1\t0\t1",
        b'"ID","TIME","AMT"\n"1","0","1"\n',
    ):
        assert read(tmp_path, text, drugs="anastrozole")["1"].regimen == ly.Regimen("anastrozole 1 mg once")


def test_a_file_is_at_most_so_large(tmp_path):
    path = tmp_path / "t.csv"
    with path.open("wb") as file:
        file.write(b"ID,TIME,AMT\n1,0,1\n")
        file.truncate(LARGEST_TABLE + 1)
    with pytest.raises(ly.BadRecord, match="50,000,000"):
        ly.read_events(path, time="days", drugs="anastrozole")
    assert LARGEST_TABLE == 50_000_000


@pytest.mark.parametrize(
    "declared",
    [{"drugs": ["anastrozole"]}, {"drugs": {1: 7}}, {"drugs": 3}, {"analytes": [1]}, {"time": 24}, {"columns": "AMT"}],
)
def test_what_a_call_declares_meets_the_check_of_the_file_beside(declared, tmp_path):
    path = tmp_path / "declared.csv"
    path.write_text("ID,TIME,AMT,EVID,CMT\n1,0,1,1,1\n", encoding="utf-8")
    with pytest.raises(BadRecord, match="expected texts"):
        ly.read_events(path, **({"drugs": {1: "anastrozole"}, "time": "hours"} | declared))
