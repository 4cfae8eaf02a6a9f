"""The regimen: doses in time, spans that are half open, sums, labels, and regimens that are joined."""

import warnings
from dataclasses import replace

import jax
import numpy as np
import pytest

from leydig import Dose, Regimen, Repeat
from leydig.errors import BadRegimen, LeydigWarning
from leydig.regimen.repeat import CONTINUOUS, DAILY
from leydig.ticks import LONGEST_DAYS, TICKS_PER_DAY, days_of

pytestmark = pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")

# Objects ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [{"amount": 0.0}, {"amount": -1}, {"amount": float("nan")}, {"amount": float("inf")}, {"amount": np.int64(-1)},
     {"start": -1.0}, {"start": float("nan")}, {"start": 5.0, "stop": 5.0}, {"route": "iv"}, {"repeat": CONTINUOUS},
     {"repeat": ("every", 0.0)}, {"repeat": ("every", -1.0)}],
    ids=str,
)  # fmt: skip
def test_an_impossible_dose_object_is_refused(wrong):
    with pytest.raises(BadRegimen):
        if isinstance(wrong.get("repeat"), tuple):
            Repeat(*wrong["repeat"])
        Dose(**{"drug": "anastrozole", "amount": 1.0} | wrong)


# Times ------------------------------------------------------------------------------------------------


def days_given(text, until=100.0):
    ((times, _),) = Regimen(text).schedule(until).doses.values()
    return days_of(times).tolist()


def test_a_span_is_half_open():
    assert days_given("anastrozole 1 mg daily for 1 week") == list(range(7))
    assert days_given("anastrozole 1 mg every other day from day 1 until day 5") == [1, 3]
    assert days_given("anastrozole 1 mg daily", until=3.0) == [0, 1, 2]


def test_days_of_the_week():
    assert days_given("anastrozole 1 mg twice weekly", 14.0) == [0, 3, 7, 10]
    assert days_given("hCG 1500 IU three times weekly from day 2", 12.0) == [2, 4, 6, 9, 11]


@pytest.mark.parametrize("interval", ["every 8 hours", "three times daily", "every 7 minutes"])
def test_dose_times_never_drift(interval):
    days = {"every 8 hours": 8 / 24, "three times daily": 1 / 3, "every 7 minutes": 7 / 1440}[interval]
    times = np.array(days_given(f"testolactone 1 mg {interval} for 52 weeks", 364.0))
    np.testing.assert_allclose(times, days * np.arange(len(times)), rtol=0, atol=1e-12)
    assert len(times) == round(364.0 / days)


@pytest.mark.parametrize("per_day", [3, 7, 11, 13])
def test_as_many_doses_are_given_as_days_times_doses_a_day(per_day):
    ticks = Dose("testolactone", 1.0, Repeat("every", 1.0 / per_day)).ticks(LONGEST_DAYS)
    assert len(ticks) == int(LONGEST_DAYS) * per_day
    assert (ticks[::per_day] == TICKS_PER_DAY * np.arange(int(LONGEST_DAYS))).all()


def test_thirty_six_hours_are_three_days_after_two_doses_for_a_century():
    ticks = Regimen("letrozole 2.5 mg every 36 hours").doses[0].ticks(39999.0)
    assert (ticks == TICKS_PER_DAY * 3 // 2 * np.arange(26666)).all()


@pytest.mark.parametrize("days", [0.0, 1e-12, 0.0001 / 1440.0, 1e9, float("inf"), float("nan")])
def test_an_interval_of_no_use_is_refused(days):
    with pytest.raises(BadRegimen, match="a minute"):
        Repeat("every", days)


def test_an_infusion_has_no_single_doses():
    dose = Regimen("gonadorelin 10 ug/h continuous").doses[0]
    assert dose.times(30.0).tolist() == [] and dose.spans(30.0) == [(0.0, 30.0)]


@pytest.mark.parametrize("shift", [1.5, 0.25, 1.0 / 3.0, 2.0, 0.9999999999999, 10.1])
@pytest.mark.parametrize("text", ["anastrozole 1 mg daily missing days 3", "ketoconazole 200 mg twice daily missing days 3",
                                  "hcg 1500 IU three times weekly from day 0.75 missing days 2 to 4"])  # fmt: skip
def test_a_moved_regimen_misses_the_same_doses(text, shift):
    dose = Regimen(text).doses[0]
    moved = Regimen(text).delay(shift)
    expected = dose.times(21.0) + shift
    np.testing.assert_allclose(moved.doses[0].times(21.0 + shift), expected, rtol=0, atol=1e-11)
    np.testing.assert_allclose(Regimen(str(moved)).doses[0].times(21.0 + shift), expected, rtol=0, atol=1e-11)
    np.testing.assert_allclose(replace(dose, shift=shift).times(21.0 + shift), expected, rtol=0, atol=1e-11)


def test_a_moved_pump_pauses_with_it():
    moved = Regimen("gonadorelin 10 ug every 90 minutes missing day 3").delay(1.5)
    assert moved.doses[0].spans(7.0) == [(1.5, 4.5), (5.5, 7.0)]


def test_missed_days_are_not_given():
    assert days_given("anastrozole 1 mg daily missing days 1, 3 to 5", 8.0) == [0, 2, 6, 7]
    assert days_given("ketoconazole 200 mg twice daily missing days 1", 3.0) == [0, 0.5, 2, 2.5]


def test_missed_days_interrupt_a_pump():
    schedule = Regimen("gonadorelin 10 ug every 90 minutes for 1 week missing days 3, 4").schedule(30.0)
    day = TICKS_PER_DAY
    assert schedule.pulses["gonadorelin"] == [(0, 3 * day, 10.0, 0.0625), (5 * day, 7 * day, 10.0, 0.0625)]


def test_an_infusion_is_an_amount_per_day():
    schedule = Regimen("gonadorelin 10 ug/h continuous from day 2 for 3 days").schedule(30.0)
    ((start, stop, amount),) = schedule.infusions["gonadorelin"]
    assert (start, stop, amount) == (2 * TICKS_PER_DAY, 5 * TICKS_PER_DAY, pytest.approx(240.0))


def test_doses_of_one_drug_come_in_one_ascending_line():
    times, amounts = (
        Regimen("anastrozole 1 mg every other day + anastrozole 0.5 mg every other day from day 1")
        .schedule(4.0)
        .doses["anastrozole"]
    )
    assert days_of(times).tolist() == [0, 1, 2, 3]
    assert amounts.tolist() == [1.0, 0.5, 1.0, 0.5]


def test_gradients_flow_through_amounts():
    def total(amount):
        return Regimen(Dose("anastrozole", amount)).schedule(5.0).doses["anastrozole"][1].sum()

    assert float(jax.grad(total)(0.5)) == pytest.approx(5.0)


# Sums, labels, joining --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "milligrams"),
    [("0.5 mg twice weekly", 1.0), ("0.25 mg daily", 1.75), ("0.5 mg every other day", 1.75), ("1 mg twice weekly", 2.0),
     ("1 mg every other day", 3.5), ("1 mg daily", 7.0)],
)  # fmt: skip
def test_weekly_totals_of_the_brief(scheme, milligrams):
    assert Regimen(f"anastrozole {scheme}").weekly_total() == {"anastrozole": (pytest.approx(milligrams), "mg")}


def test_weekly_totals_of_pumps():
    for text in ("gonadorelin 10 ug every 90 minutes", "gonadorelin 160 ug/day continuous"):
        assert Regimen(text).weekly_total()["gonadorelin"] == (pytest.approx(1120.0), "ug")


@pytest.mark.parametrize(
    ("amount", "compounded"), [(0.25, True), (0.5, False), (1.0, False), (0.75, True), (1.5, False)]
)
def test_what_no_tablet_gives_needs_compounding(amount, compounded):
    regimen = Regimen(f"anastrozole {amount} mg weekly")
    assert regimen.needs_compounding() == (("anastrozole",) if compounded else ())
    assert any("compounding" in note for note in regimen.notes) == compounded


def test_a_dose_above_the_label_is_warned_of_and_noted():
    with pytest.warns(LeydigWarning, match="above the labelled 1 mg"):
        regimen = Regimen("anastrozole 2 mg daily")
    assert any("above the labelled" in note for note in regimen.notes)


def test_a_dose_of_the_label_is_not_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not Regimen("anastrozole 1 mg daily + tamoxifen 20 mg twice daily").notes


@pytest.mark.parametrize("text", ["gonadorelin 100 ug daily", "gonadorelin 100 ug twice weekly"])
def test_brief_S43_gonadorelin_without_pulses_is_noted(text):
    assert any("not pulsatile" in note for note in Regimen(text).notes)
    assert not Regimen("gonadorelin 10 ug every 90 minutes").notes


def test_a_route_without_kinetics_of_its_own_is_said():
    text = "gonadorelin 5 ug {}every 90 minutes"
    (said,) = Regimen(text.format("iv ")).notes
    assert said.startswith("gonadorelin iv: followed as if under the skin")
    assert not Regimen(text.format("")).notes and not Regimen(text.format("sc ")).notes


@pytest.mark.parametrize(
    "after", ["clomiphene 25 mg daily", "0.5 mg daily", "nothing for 2 weeks then daily", "nothing", "stop"]
)
def test_what_could_never_start_is_refused(after):
    with pytest.raises(BadRegimen, match="would never start"):
        Regimen(f"anastrozole 1 mg daily then {after}")
    assert Regimen(f"anastrozole 1 mg daily for 4 weeks then {after}").doses[0].end == 28.0


def test_then_joins_objects_as_it_joins_text():
    first, second = Regimen("anastrozole 1 mg daily for 4 weeks"), Regimen("clomiphene 25 mg daily")
    assert first.then(second) == Regimen(f"{first} then {second}")
    assert first.then(second, pause=7.0).doses[1].start == 35.0
    assert first.days() == 28.0 and second.days() is None
    with pytest.raises(BadRegimen, match="no end"):
        second.then(first)


def test_a_regimen_never_changes():
    regimen = Regimen("anastrozole 1 mg daily")
    with pytest.raises(AttributeError):
        regimen.doses = ()
    assert regimen == Regimen(Dose("Anastrozole", 1, DAILY)) and hash(regimen) == hash(Regimen(str(regimen)))
    assert (regimen + Regimen("clomiphene 25 mg daily")).drugs == ("anastrozole", "clomiphene")
