"""What a text is taken to mean: times, weekdays, dates, cycles, phases, and the notes that say so."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leydig import Regimen, Repeat
from leydig.errors import BadRegimen
from leydig.record.files import read_record
from leydig.ticks import TICKS_PER_DAY

pytestmark = pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")


def days_of(regimen, until=28.0):
    ((ticks, _),) = regimen.schedule(until).doses.values()
    return (ticks / TICKS_PER_DAY).tolist()


# Days and weeks ---------------------------------------------------------------------------------------

NOTES = {
    "anastrozole 1 mg daily from day 1": "day 1 is the second day",
    "anastrozole 1 mg daily until day 10": "day 1 is the second day",
    "anastrozole 1 mg daily from week 1": "week 1 begins on day 7",
    "tamoxifen 20 mg daily missing week 3": "week 3 is days 21 to 27",
    "tamoxifen 20 mg daily missing day 1": "day 1 is the second day",
    "anastrozole 1 mg daily week 4-12": "on day 84",
    "anastrozole 0,5 mg daily": "0,5 is read as 0.5",
    "anastrozole 1 mg nightly": "half a day after the morning",
    "anastrozole 1 mg in the morning": "when a day begins",
    "anastrozole 1 mg mon wed fri": "day 0 is taken to be a Monday",
    "anastrozole 1 mg daily for 4 weeks then daily missing day 2": "day 2 of the phase that begins on day 28",
}


@pytest.mark.parametrize(("text", "note"), NOTES.items())
def test_what_is_taken_to_be_meant_is_noted(text, note):
    assert any(note in said for said in Regimen(text).notes)


@pytest.mark.parametrize("text", ["anastrozole 1 mg daily", "anastrozole 0.5 mg bid for 12 weeks", "hcg 1500 IU tiw"])
def test_plain_texts_need_no_note(text):
    assert Regimen(text).notes == ()


def test_a_missed_week_is_seven_days():
    assert days_of(Regimen("tamoxifen 20 mg daily missing wk 1"), 21.0) == [*range(7), *range(14, 21)]
    assert days_of(Regimen("tamoxifen 20 mg daily missing weeks 0 to 1 and day 15"), 18.0) == [14, 16, 17]


def test_a_word_of_a_later_phase_counts_from_one_beginning_or_is_refused():
    later = Regimen("anastrozole 1 mg daily for 4 weeks then daily from week 2 for 1 week")
    assert (later.doses[1].start, later.doses[1].stop) == (42.0, 49.0)
    for word in (
        "until week 8",
        "from week 4",
        "stop week 8",
        "missing day 30",
        "missing days 2 to 30",
        "missing week 5",
    ):
        with pytest.raises(BadRegimen, match="is day .* of the regimen or day"):
            Regimen(f"anastrozole 1 mg daily for 4 weeks then clomiphene 25 mg daily {word}")


# Times of day -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "times"),
    [("anastrozole 1 mg nightly", [0.5, 1.5, 2.5]), ("anastrozole 1 mg every morning", [0, 1, 2]),
     ("anastrozole 1 mg every other night", [0.5, 2.5]), ("anastrozole 1 mg daily at bedtime from day 1", [1.5, 2.5]),
     ("anastrozole 1 mg at night until day 2", [0.5, 1.5]), ("anastrozole 1 mg nightly missing day 1", [0.5, 2.5]),
     ("anastrozole 0.5 mg in the morning and at night", [0, 0.5, 1, 1.5, 2, 2.5]),
     ("anastrozole 1 mg mon tue in the evening", [0.5, 1.5]), ("anastrozole 1 mg nightly from day 0.75", [1.5, 2.5]),
     ("nothing for 1 day then anastrozole 1 mg at night", [1.5, 2.5])],
)  # fmt: skip
def test_a_time_of_day(text, times):
    assert days_of(Regimen(text), 3.0) == times


# Days of the week -------------------------------------------------------------------------------------

MONDAY = dt.date(2026, 3, 2)
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@settings(max_examples=80, deadline=None)
@given(
    names=st.sets(st.integers(0, 6), min_size=1),
    first=st.integers(0, 6),
    start=st.integers(0, 20),
    pause=st.integers(1, 9),
)
def test_days_of_the_week_fall_on_their_dates(names, first, start, pause):
    words = " ".join(NAMES[name] for name in sorted(names, reverse=True))
    begin = MONDAY + dt.timedelta(days=first)
    text = f"nothing for {pause} days then anastrozole 1 mg {words}" + (
        f" starting day {start}" if start < pause else ""
    )
    regimen = Regimen(text, start=begin)
    after = pause + (start if start < pause else 0)
    expected = [day for day in range(after, 60) if (begin + dt.timedelta(days=day)).weekday() in names]
    assert days_of(regimen, 60.0) == expected
    assert days_of(Regimen(str(regimen)), 60.0) == expected
    assert not any("Monday" in note for note in regimen.notes)


def test_without_a_date_day_0_is_a_monday():
    text = "anastrozole 1 mg tue thu"
    assert Regimen(text) == Regimen(text, start=MONDAY) == Regimen(text, start="2026-03-09")
    assert days_of(Regimen(text), 14.0) == [1, 3, 8, 10]


def test_every_other_monday():
    assert days_of(Regimen("testosterone enanthate 200 mg every other tuesday", start=MONDAY), 40.0) == [1, 15, 29]
    assert days_of(Regimen("letrozole 2.5 mg weekly on friday for 2 weeks"), 40.0) == [4, 11]


def test_a_record_says_on_which_day_a_treatment_began(tmp_path):
    file = tmp_path / "man.json"
    file.write_text(
        '{"sex": "male", "born": "1991-04-02", "treatments": [{"regimen": "anastrozole 1 mg mon wed fri", '
        '"start": "2026-03-04"}]}',
        encoding="utf-8",
    )
    (treatment,) = read_record(file).treatments
    assert days_of(treatment.regimen, 8.0) == [0, 2, 5, 7]


def test_a_start_of_objects_is_refused():
    with pytest.raises(BadRegimen, match="text alone"):
        Regimen(Regimen("anastrozole 1 mg daily").doses, start=MONDAY)
    for wrong in ("soon", 3, dt.datetime(2026, 3, 2, 8)):
        with pytest.raises(BadRegimen, match="start of the regimen"):
            Regimen("anastrozole 1 mg mon", start=wrong)
    for wrong in (3, [1.0], None):
        with pytest.raises(BadRegimen, match="expected a text, or doses"):
            Regimen(wrong)


# Cycles and repeats -----------------------------------------------------------------------------------


@pytest.mark.parametrize("on,off", [(25, 5), (5, 2), (1, 1), (21, 7), (13, 4)])
@pytest.mark.parametrize("interval", [1.0, 0.5, 1 / 3, 2.0, 1.5])
def test_a_cycle_gives_its_days_on_by_turns(on, off, interval):
    if interval > on:
        with pytest.raises(BadRegimen, match="at most the 1 days on"):
            Repeat("every", interval, on=on, off=off)
        return
    repeat = Repeat("every", interval, on=on, off=off)
    ticks = repeat.offsets(200 * TICKS_PER_DAY)
    turn = [n * interval for n in range(1000) if n * interval < on - 1e-9]
    expected = [k * (on + off) + time for k in range(300) for time in turn if k * (on + off) + time < 200.0 - 1e-9]
    np.testing.assert_allclose(ticks / TICKS_PER_DAY, expected, rtol=0, atol=1e-10)
    assert repeat.per_week() == pytest.approx(7.0 * len(turn) / (on + off))


def test_the_classic_clomiphene_cycle():
    plain = Regimen(
        "clomiphene 25 mg daily for 25 days then nothing for 5 days then daily for 25 days then nothing for 5 days "
        "then daily for 25 days"
    )
    assert days_of(Regimen("clomiphene 25 mg daily 25 days on 5 off"), 85.0) == days_of(plain, 85.0)
    assert Regimen("clomiphene 25 mg daily 25 days on 5 off").weekly_total()["clomiphene"][0] == pytest.approx(
        175.0 * 25.0 / 30.0
    )


def test_a_cycle_interrupts_a_pump_and_an_infusion():
    (pump,) = Regimen("gonadorelin 10 ug every 90 minutes 5 days on 2 days off missing days 6, 8").doses
    assert pump.spans(14.0) == [(0.0, 5.0), (7.0, 8.0), (9.0, 12.0)]
    assert {run[2:] for run in Regimen(pump).schedule(14.0).pulses["gonadorelin"]} == {(10.0, 0.0625)}
    (patch,) = Regimen("estradiol patch 50 ug/day continuous 3 days on 1 day off from day 1").doses
    assert patch.spans(8.0) == [(1.0, 4.0), (5.0, 8.0)]
    assert patch.times(8.0).tolist() == []


def test_days_of_the_week_and_cycles():
    text = "anastrozole 1 mg mon fri 1 week on 1 week off"
    assert days_of(Regimen(text), 30.0) == [0, 4, 14, 18, 28]


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "every", "days": 1 / 1441}, {"kind": "every", "days": 1e-9}, {"kind": "every", "days": 0.0},
     {"kind": "weekdays"}, {"kind": "weekdays", "weekdays": (7,)}, {"kind": "weekdays", "weekdays": (3, 0)},
     {"kind": "weekdays", "weekdays": (1, 1)}, {"kind": "every", "days": 1.0, "weekdays": (1,)},
     {"kind": "every", "days": 1.0, "on": 5}, {"kind": "every", "days": 1.0, "off": 5},
     {"kind": "once", "on": 5, "off": 5}, {"kind": "every", "days": 7.0, "on": 5, "off": 5},
     {"kind": "weekdays", "weekdays": (1,), "on": 5, "off": 5}, {"kind": "every", "days": 1.0, "on": 2.5, "off": 1},
     {"kind": "every", "days": 1.0, "on": -1, "off": 1}, {"kind": "sometimes"}],
    ids=str,
)  # fmt: skip
def test_a_repeat_that_cannot_be_is_refused(wrong):
    with pytest.raises(BadRegimen, match=r"^got .*; expected "):
        Repeat(**wrong)


@pytest.mark.parametrize("word", ["at", "on", "in"])
def test_a_small_word_before_a_day_says_nothing(word):
    for side in ("from", "until"):
        assert Regimen(f"anastrozole 1 mg daily {side} {word} day 30") == Regimen(
            f"anastrozole 1 mg daily {side} day 30"
        )
