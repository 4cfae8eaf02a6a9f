"""The regimen: texts and objects say the same, spans are half open, and a refusal points at the word."""

import warnings
from dataclasses import replace

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leydig import Dose, Regimen, Repeat
from leydig.drugs import DRUGS
from leydig.errors import BadRegimen, LeydigWarning, UnknownName
from leydig.regimen.dose import CONTINUOUS, DAILY, ONCE
from leydig.ticks import TICKS_PER_DAY, days_of

pytestmark = pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")

CANONICAL = [
    "anastrozole 0.5 mg twice weekly",
    "anastrozole 1 mg every other day",
    "anastrozole 0.25 mg daily + clomiphene 25 mg daily from week 4 for 12 weeks",
    "gonadorelin 10 ug every 90 minutes",
    "gonadorelin 240 ug/day continuous",
    "testosterone enanthate 200 mg weekly for 16 weeks",
    "testosterone undecanoate 1000 mg once",
    "estradiol patch 100 ug/day continuous from day 3 for 10 days",
    "hcg 1500 IU sc three times weekly",
    "ketoconazole 200 mg three times daily for 1 day",
    "tamoxifen 20 mg daily missing days 3, 10, 11",
    "letrozole 2.5 mg every 36 hours",
    "hcg 2000 IU every 2 weeks",
]
CLINIC = {
    "Anastrozole 1mg qod for 12 wk": "anastrozole 1 mg every other day for 12 weeks",
    "anastrozole 500 mcg twice a week": "anastrozole 0.5 mg twice weekly",
    "anastrozole 1 mg alternate days": "anastrozole 1 mg every other day",
    "anastrozole 1 mg every day until week 4": "anastrozole 1 mg daily for 4 weeks",
    "anastrozole 1 mg/day": "anastrozole 1 mg daily",
    "clomiphene 25 mg od": "clomiphene 25 mg daily",
    "ketoconazole 200 mg TID": "ketoconazole 200 mg three times daily",
    "letrozole 2.5 mg q12h": "letrozole 2.5 mg twice daily",
    "gonadorelin 10 µg q90min": "gonadorelin 10 ug every 90 minutes",
    "gonadorelin 10 ug/h continuous": "gonadorelin 240 ug/day continuous",
    "HCG 1500 units subcutaneous thrice weekly": "hcg 1500 IU sc three times weekly",
    "testosterone-enanthate 250 mg monthly": "testosterone enanthate 250 mg every 30 days",
    "testosterone enanthate 200 mg weekly then nothing": "testosterone enanthate 200 mg weekly",
    "tamoxifen 20 mg daily missing days 10, 17 to 19": "tamoxifen 20 mg daily missing days 10, 17, 18, 19",
    "anastrozole 1 mg daily for 4 weeks then clomiphene 25 mg daily missing day 2":
        "anastrozole 1 mg daily for 4 weeks + clomiphene 25 mg daily from week 4 missing days 30",
    "nothing for 2 weeks then anastrozole 1 mg daily": "anastrozole 1 mg daily from week 2",
    "nothing": "nothing",
    "": "nothing",
}  # fmt: skip


# Text -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_text_reads_back_to_itself(text):
    assert str(Regimen(text)) == text


@pytest.mark.parametrize(("text", "canonical"), CLINIC.items())
def test_clinic_shorthand_is_written_out(text, canonical):
    assert str(Regimen(text)) == canonical
    assert Regimen(text) == Regimen(canonical)


@pytest.mark.parametrize("count", ["once", "twice", "two times", "three times", "3 times", "four times", "4 times"])
def test_n_times_daily_as_the_grammar_says(count):
    words = {"once": 1, "twice": 2, "two": 2, "three": 3, "3": 3, "four": 4, "4": 4}
    assert Regimen(f"ketoconazole 100 mg {count} daily").weekly_total()["ketoconazole"][0] == pytest.approx(
        700.0 * words[count.split()[0]]
    )


repeats = st.one_of(
    st.builds(
        lambda n, size: Repeat("every", n * size), st.integers(1, 40), st.sampled_from([1 / 1440, 1 / 24, 1.0, 7.0])
    ),
    st.sampled_from([ONCE, Repeat("weekdays", weekdays=(0, 3)), Repeat("weekdays", weekdays=(0, 2, 4))]),
)


@st.composite
def doses(draw):
    """Any dose that a text can say."""
    name = draw(st.sampled_from(list(DRUGS)))
    infused = DRUGS[name].infusible and (not DRUGS[name].pulsatile or draw(st.booleans()))
    repeat = CONTINUOUS if infused else draw(repeats)
    start = draw(st.integers(0, 400)) / draw(st.sampled_from([1, 2, 4]))
    length = draw(st.none() | st.integers(1, 400))
    most = DRUGS[name].label.daily_maximum * min(1.0, 7.0 / max(repeat.per_week(), 1.0))
    return Dose(
        name,
        max(round(most * draw(st.integers(1, 100)) / 100.0, 4), 0.001),
        repeat,
        start,
        None if length is None else start + length,
        draw(st.sampled_from([None, *DRUGS[name].routes])),
        tuple(sorted(draw(st.sets(st.integers(0, 50), max_size=4)))),
    )


@given(given=st.lists(doses(), min_size=1, max_size=3))
def test_any_regimen_reads_back_to_itself(given):
    regimen = Regimen(given)
    back = Regimen(str(regimen))
    assert str(back) == str(regimen)
    for ours, theirs in zip(back.doses, regimen.doses, strict=True):
        assert (ours.drug, ours.route, ours.missed, ours.repeat.kind) == (
            theirs.drug, theirs.route, theirs.missed, theirs.repeat.kind
        )  # fmt: skip
        assert (ours.amount, ours.start, ours.stop or 0.0) == pytest.approx(
            (theirs.amount, theirs.start, theirs.stop or 0.0)
        )
        assert (ours.repeat.days, ours.repeat.weekdays) == (pytest.approx(theirs.repeat.days), theirs.repeat.weekdays)


@pytest.mark.parametrize("weekdays", [(0,), (1, 4), (0, 1, 2, 3, 4)])
def test_any_days_of_the_week_are_written_truly_or_refused(weekdays):
    try:
        dose = Dose("anastrozole", 1.0, Repeat("weekdays", weekdays=weekdays))
    except BadRegimen:
        return
    assert Regimen(str(dose)).schedule(14.0).doses["anastrozole"][0].tolist() == dose.ticks(14.0).tolist()


@pytest.mark.parametrize("amount", [1e-5, 1e-4, 12345.678])
def test_small_and_large_amounts_read_back(amount):
    assert Regimen(str(Dose("testolactone", amount, ONCE))).doses[0].amount == pytest.approx(amount)


# Refusals ---------------------------------------------------------------------------------------------

REFUSED = {
    "anastrozole 1 mg daily banana": "banana",
    "anastrozole 1 mg sometimes": "sometimes",
    "anastrozole 1 IU daily": "IU",
    "anastrozole one mg daily": "one",
    "anastrozole 1,5 mg daily": ",5",
    "anastrozole -1 mg daily": "-1",
    "anastrozole 1 mg daily from week four": "four",
    "anastrozole 1 mg daily for 4 fortnights": "fortnights",
    "anastrozole 1 mg daily for 4 weeks for 5 weeks": "for 5",
    "anastrozole 1 mg four times weekly": "",
    "anastrozole 1 mg": "",
    "anastrozole 1 mg daily +": "",
    "gonadorelin 10 ug": "",
}


@pytest.mark.parametrize(("text", "word"), REFUSED.items())
def test_a_refusal_points_at_the_word(text, word):
    with pytest.raises(BadRegimen) as caught:
        Regimen(text)
    message, line, marker = str(caught.value).rsplit("\n", 2)
    assert "Allowed:" in message
    assert line.strip() == text
    assert line[marker.index("^") :].startswith(word)
    assert word or marker.index("^") == len(line)


def test_an_unknown_drug_is_pointed_at_and_the_nearest_offered():
    with pytest.raises(UnknownName) as caught:
        Regimen("clomiphene 25 mg daily + anastrazole 1 mg daily")
    message, line, marker = str(caught.value).rsplit("\n", 2)
    assert "Did you mean anastrozole" in message
    assert line[marker.index("^") :].startswith("anastrazole")


@pytest.mark.parametrize(
    "text",
    ["anastrozole 0 mg daily", "anastrozole 1 mg sc daily", "anastrozole 1 mg/h continuous",
     "gonadorelin 10 ug continuous", "anastrozole 1 mg every 0 days", "anastrozole 1 mg daily for 0 weeks",
     "anastrozole 1 mg daily from day 9 until day 5", "anastrozole 1 mg daily for 2 weeks until week 4",
     "anastrozole 1 mg daily missing days 5 to 3", "gonadorelin 10 ug/h every 90 minutes",
     "anastrozole 11 mg daily"],
)  # fmt: skip
def test_what_cannot_be_given_is_refused(text):
    with pytest.raises(BadRegimen):
        Regimen(text)


@pytest.mark.parametrize("text", ["estradiol patch 100 ug daily", "estradiol patch 100 ug/day"])
def test_a_patch_is_never_silently_ignored(text):
    try:
        regimen = Regimen(text)
    except BadRegimen:
        return
    assert regimen.schedule(7.0).infusions["estradiol_patch"]


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
    ticks = Dose("testolactone", 1.0, Repeat("every", 1.0 / per_day)).ticks(40000.0)
    assert len(ticks) == 40000 * per_day
    assert (ticks[::per_day] == TICKS_PER_DAY * np.arange(40000)).all()


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
    moved = Regimen(text).shifted(shift)
    expected = dose.times(21.0) + shift
    np.testing.assert_allclose(moved.doses[0].times(21.0 + shift), expected, rtol=0, atol=1e-11)
    np.testing.assert_allclose(Regimen(str(moved)).doses[0].times(21.0 + shift), expected, rtol=0, atol=1e-11)
    np.testing.assert_allclose(replace(dose, shift=shift).times(21.0 + shift), expected, rtol=0, atol=1e-11)


def test_a_moved_pump_pauses_with_it():
    moved = Regimen("gonadorelin 10 ug every 90 minutes missing day 3").shifted(1.5)
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


def test_what_can_never_start_is_noted():
    regimen = Regimen("anastrozole 1 mg daily then clomiphene 25 mg daily")
    assert regimen.drugs == ("anastrozole",)
    assert any("never starts" in note for note in regimen.notes)


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
