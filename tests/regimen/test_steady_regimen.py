"""What has been given for ever: which doses are in force on day 0, when they come together again, what is left of them."""

import pytest

import leydig as ly
from leydig.regimen.events import DoseEvent
from leydig.regimen.steady import LONGEST_PERIOD, SteadyRegimen

HOUR = 3_600_000_000


def of(text):
    return SteadyRegimen.of(ly.Regimen(text))


@pytest.mark.parametrize(("text", "period", "cycle"), [
    ("anastrozole 1 mg daily for 4 weeks", 1.0, "anastrozole 1 mg daily for 1 day"),
    ("anastrozole 1 mg 7 times daily", 1 / 7, None),
    ("anastrozole 0.1 mg 7 times daily + clomiphene 25 mg every 3 days", 3.0, None),
    ("hcg 1500 IU twice weekly", 7.0, "hcg 1500 IU weekly for 1 week + hcg 1500 IU weekly from day 3 for 4 days"),
    ("anastrozole 1 mg daily from day 0.5", 1.0, "anastrozole 1 mg daily from day 0.5 for 0.5 days"),
    ("anastrozole 1 mg every 2 days + clomiphene 25 mg every 3 days + hcg 1500 IU once", 6.0,
     "anastrozole 1 mg every other day for 6 days + clomiphene 25 mg every 3 days for 6 days"),
    ("clomiphene 25 mg every 2 days 4 days on 3 days off", 7.0,
     "clomiphene 25 mg weekly for 1 week + clomiphene 25 mg weekly from day 2 for 5 days"),
    ("gonadorelin 5 ug every 90 minutes", 0.0625, "gonadorelin 5 ug every 90 minutes for 0.0625 days"),
    ("testosterone infusion 6 mg/day continuous", 1.0, "testosterone infusion 6 mg/day continuous for 1 day"),
    ("testosterone infusion 6 mg/day continuous 2 days on 1 day off", 3.0, "testosterone infusion 6 mg/day continuous for 2 days"),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")
def test_what_is_in_force_comes_again_after_a_period(text, period, cycle):
    found = of(text)
    assert found.period() == pytest.approx(period, rel=1e-15) and found.remainder() == ()
    if cycle:
        assert found.cycle(found.period()) == ly.Regimen(cycle)


@pytest.mark.parametrize("text", ["hcg 1500 IU once", "anastrozole 1 mg daily from day 1",
                                  "testosterone infusion 6 mg/day continuous from day 0.5"])  # fmt: skip
def test_what_is_not_in_force_on_day_0_has_no_steady_state(text):
    with pytest.raises(ly.BadRegimen, match="in force on day 0"):
        of(text)


def test_a_dose_begins_within_its_interval():
    assert len(of("anastrozole 1 mg every 3 days from day 2").events) == 1
    with pytest.raises(ly.BadRegimen, match="in force on day 0"):
        of("anastrozole 1 mg every 3 days from day 3")


def test_the_longest_period():
    assert of("anastrozole 1 mg every 2 days + clomiphene 25 mg every 183 days").period() == LONGEST_PERIOD
    with pytest.raises(ly.BadRegimen, match="after 368 days only; expected a common period of up to 366"):
        of("anastrozole 1 mg every 16 days + clomiphene 25 mg every 23 days")


def test_pulses_by_cycles_and_series_without_interval_are_refused():
    with pytest.raises(ly.BadRegimen, match="pulses of gonadorelin by cycles"):
        of("gonadorelin 5 ug every 90 minutes 5 days on 2 days off")
    with pytest.raises(ly.BadRegimen, match="without an interval"):
        SteadyRegimen((DoseEvent(0, "hcg", 1500.0),))


def test_a_lag_longer_than_the_interval_leaves_doses_to_come():
    found = SteadyRegimen((DoseEvent(30 * HOUR, "hcg", 1500.0, None, 0.0, 0.5),))
    assert [dose.start for dose in found.remainder()] == [0.25, 0.75]


@pytest.mark.parametrize(("length", "left"), [(6, []), (7, [1]), (12, [6]), (15, [3, 9])])
def test_an_infusion_longer_than_its_interval_flows_on(length, left):
    found = SteadyRegimen((DoseEvent(0, "testosterone_infusion", length / 24 * 2.0, None, 2.0, 0.25),))
    assert [round(dose.stop * 24) for dose in found.remainder()] == left
    flow = sum(dose.stop - dose.start for dose in found.cycle(0.25).doses)
    assert flow == pytest.approx(length / 24)


def test_the_words_of_a_text_say_no_steady_state():
    with pytest.raises(ly.BadRegimen, match=r"start='steady state'"):
        ly.Regimen("anastrozole 1 mg daily at steady state")
