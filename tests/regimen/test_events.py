"""A regimen as the rows of an event table, and back."""

import numpy as np
import pytest

import leydig as ly

SAME = [  # read again it is the same object
    "anastrozole 1 mg daily for 12 weeks", "hcg 1500 IU sc every 3 days for 30 days", "testosterone enanthate 200 mg im once",
    "gonadorelin 10 ug every 90 minutes for 2 weeks", "estradiol patch 50 ug/day continuous from day 3 for 2 weeks",
    "anastrozole 1 mg daily for 4 weeks + clomiphene 25 mg every other day from week 4 for 8 weeks",
    "gonadorelin 10 ug sc every 2 hours for 3 days + gonadorelin 100 ug/day continuous from day 5 for 3 days",
    "ketoconazole 200 mg three times daily for 2 weeks",
]  # fmt: skip
GIVEN = [  # the same doses at the same times
    "hcg 1500 IU twice weekly for 5 weeks", "anastrozole 1 mg daily for 3 weeks missing days 3, 10",
    "clomiphene 25 mg daily 25 days on 5 days off for 90 days", "anastrozole 1 mg every other day for 7 days",
    "follitropin 150 IU mon wed fri for 3 weeks", "estradiol patch 50 ug/day continuous 3 weeks on 1 week off for 12 weeks",
    "gonadorelin 10 ug every 2 hours for 2 weeks missing day 3",
]  # fmt: skip


def again(tmp_path, regimen, time, days=None):
    path = tmp_path / "r.csv"
    rows = regimen.to_events(days, time)
    rows.insert(0, "ID", 1)
    rows.to_csv(path, index=False)
    return ly.read_events(path)["1"].regimen


def line(regimen, days):
    """Return every dose, infusion and pulse of a regimen."""
    plan = regimen.schedule(days)
    doses = {
        drug: list(zip(ticks.tolist(), amounts.tolist(), strict=True)) for drug, (ticks, amounts) in plan.doses.items()
    }
    return doses, {drug: sorted(spans) for drug, spans in plan.infusions.items()}, plan.pulses


@pytest.mark.parametrize("time", ["days", "hours"])
@pytest.mark.parametrize("text", SAME)
def test_written_and_read_again_it_is_the_same_regimen(tmp_path, text, time):
    regimen = ly.Regimen(text)
    assert set(again(tmp_path, regimen, time).doses) == set(regimen.doses)


@pytest.mark.parametrize("time", ["days", "hours"])
@pytest.mark.parametrize("text", GIVEN)
def test_what_rows_hold_otherwise_is_given_at_the_same_times(tmp_path, text, time):
    regimen = ly.Regimen(text)
    read = again(tmp_path, regimen, time)
    assert line(read, 100.0) == line(regimen, 100.0)
    assert again(tmp_path, read, time).doses == read.doses


def test_doses_at_one_distance_are_one_row():
    assert len(ly.Regimen("hcg 1500 IU twice weekly for 5 weeks").to_events()) == 2
    assert len(ly.Regimen("anastrozole 1 mg daily for 52 weeks").to_events()) == 1
    assert len(ly.Regimen("estradiol patch 50 ug/day continuous 3 weeks on 1 week off for 12 weeks").to_events()) == 1


def test_a_regimen_without_an_end_is_written_until_a_day():
    regimen = ly.Regimen("anastrozole 1 mg daily")
    with pytest.raises(ly.BadRegimen, match="days=84"):
        regimen.to_events()
    assert regimen.to_events(10.0)["ADDL"].tolist() == [9]
    assert np.isclose(regimen.to_events(10.0, "hours")["II"], 24.0).all()
    with pytest.raises(ly.BadRegimen, match="unit of time"):
        regimen.to_events(10.0, "weeks")


def test_pulses_on_days_of_the_week_have_no_row():
    with pytest.raises(ly.BadRegimen, match="even interval"):
        ly.Regimen(ly.Dose("gonadorelin", 10.0, ly.Repeat("weekdays", weekdays=(0, 3)), stop=14.0)).to_events()
