"""Steady state in an event table: what has been given for ever, what it replaces, to what it adds, and what it leads to."""

import numpy as np
import pytest

import leydig as ly
from leydig.exchange.events.simulation import simulate_table
from leydig.regimen import SteadyRegimen

HEAD = "ID,TIME,EVID,AMT,DRUG,SS,II,ADDL,RATE\n"


def read(tmp_path, *rows):
    path = tmp_path / "t.csv"
    path.write_text(HEAD + "\n".join(rows) + "\n")
    return ly.read_events(path, time="days")


def of(text):
    return SteadyRegimen.of(ly.Regimen(text))


def test_one_replaces_everything_and_what_was_to_come(tmp_path):
    table = read(tmp_path, "1,0,1,1500,hcg,0,3,20,0", "1,10,1,1,anastrozole,1,1,27,0")
    first, second = table["1"].episodes
    assert len(first.regimen.doses[0].ticks(99.0)) == 4 and first.start is None and first.reset == 10 * 86_400_000_000
    assert second.start.cycle(7.0) == of("anastrozole 1 mg daily").cycle(7.0)
    assert second.regimen == ly.Regimen("anastrozole 1 mg daily for 4 weeks")
    assert (table.report.resets, table.report.steady_states) == (0, 1)


def test_two_adds_at_one_time_and_while_doses_go_on(tmp_path):
    (both,) = read(tmp_path, "1,0,1,1,anastrozole,1,1,27,0", "1,0,1,1500,hcg,2,3.5,7,0")["1"].episodes
    assert both.start.drugs == ("anastrozole", "hcg") and both.start.period() == 7.0
    _, later = read(tmp_path, "1,0,1,1,anastrozole,1,1,27,0", "1,10.5,1,25,clomiphene,2,1,9,0")["1"].episodes
    assert later.regimen == ly.Regimen(
        "anastrozole 1 mg daily from day 0.5 for 17 days + clomiphene 25 mg daily for 10 days"
    )
    assert later.start.cycle(1.0) == ly.Regimen(
        "anastrozole 1 mg daily from day 0.5 for 0.5 days + clomiphene 25 mg daily for 1 day"
    )


@pytest.mark.parametrize(("first", "second"), [
    ("1,0,1,1,anastrozole,1,1,9,0", "1,10.5,1,25,clomiphene,2,1,9,0"),  # over since day 10
    ("1,0,1,1,anastrozole,0,1,27,0", "1,10,1,25,clomiphene,2,1,9,0"),  # never at steady state
    ("1,0,1,1,anastrozole,1,1,27,0", "1,0,1,25,clomiphene,1,1,9,0"),  # would be replaced
    ("1,0,1,0,testosterone_infusion,1,0,0,6", "1,1,1,25,clomiphene,2,1,9,0"),  # ended with its row
])  # fmt: skip
def test_steady_states_that_do_not_hold_together_are_refused(tmp_path, first, second):
    with pytest.raises(ly.BadRecord, match=r"t\.csv, row 3: got SS"):
        read(tmp_path, first, second)


def test_doses_that_end_with_the_second_steady_state_are_not_over(tmp_path):
    _, later = read(tmp_path, "1,0,1,1,anastrozole,1,1,9,0", "1,10,1,25,clomiphene,2,1,9,0")["1"].episodes
    assert later.start.drugs == ("anastrozole", "clomiphene") and later.regimen.drugs == ("clomiphene",)


@pytest.mark.parametrize("row", ["1,0,1,0,anastrozole,1,1,0,0", "1,0,1,0,testosterone_infusion,1,1,0,6"])
def test_no_amount_at_steady_state_is_an_infusion_without_end(tmp_path, row):
    with pytest.raises(ly.BadRecord, match="row 2: got SS with AMT 0"):
        read(tmp_path, row)


def test_an_infusion_that_has_run_for_ever_ends_with_its_row(tmp_path):
    (one,) = read(tmp_path, "1,0,1,0,testosterone_infusion,1,0,0,6", "1,3,2,.,.,.,.,.,.")["1"].episodes
    assert one.regimen == ly.Regimen() and one.start.cycle(1.0) == ly.Regimen(
        "testosterone infusion 6 mg/day continuous for 1 day"
    )


def test_a_reset_cuts_what_flows_on(tmp_path):
    first, _ = read(tmp_path, "1,0,1,3,testosterone_infusion,1,0.25,9,6", "1,0.125,3,.,.,.,.,.,.")["1"].episodes
    assert [(dose.start, dose.stop) for dose in first.regimen.doses] == [(0.0, 0.125)] * 2


def test_who_is_at_steady_state_has_no_regimen_alone_and_no_record(tmp_path):
    one = read(tmp_path, "1,0,1,1,anastrozole,1,1,27,0")["1"]
    with pytest.raises(ly.BadRecord, match="a steady state of '1'"):
        _ = one.regimen
    with pytest.raises(ly.BadRecord, match="given for ever, SS"):
        one.record("male")


def test_everybody_begins_where_he_is_the_axis_included(tmp_path):
    rows = [f"{who},{day},{kind}" for who, kind in (("a", 1), ("b", 0)) for day, kind in (
        (0, f"1,1,anastrozole,{kind},1,27,0"), (0, "2,.,.,.,.,.,."), (7, "2,.,.,.,.,.,."))]  # fmt: skip
    found = simulate_table(read(tmp_path, *rows), age=34, bmi=28.7)
    levels = found.set_index(["ID", "DAY", "ANALYTE"])["DV"]
    for name in ("testosterone", "estradiol", "lh"):
        assert levels["a", 7.0, name] == pytest.approx(levels["a", 0.0, name], rel=2e-4)
    course = ly.simulate(ly.Man(age=34, bmi=28.7), "anastrozole 1 mg daily", at=[0.0], start="steady state")
    assert levels["a", 0.0, "estradiol"] == pytest.approx(float(course["estradiol"].at(day=0)), rel=1e-6)
    assert levels["b", 0.0, "estradiol"] > 1.2 * levels["a", 0.0, "estradiol"] and np.isfinite(found["DV"]).all()
