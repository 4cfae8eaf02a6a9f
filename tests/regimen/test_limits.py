"""Limits of a label count all doses of a drug that run at the same time, single doses with them."""

import warnings
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leydig import Dose, Regimen, Repeat
from leydig.errors import BadRegimen, LeydigWarning
from leydig.regimen.dose import ONCE

ABOVE = {
    "anastrozole 2 mg daily": 2.0,
    "anastrozole 1 mg daily + anastrozole 1 mg daily": 2.0,
    "anastrozole 0.5 mg daily + anastrozole 0.75 mg every other day": 1.25,
    "anastrozole 1 mg every 3 days + anastrozole 1 mg weekly from day 1": 2.0,
    "anastrozole 1 mg once from day 0.9 + anastrozole 1 mg once from day 1.1": 2.0,
    "anastrozole 1 mg daily for 4 weeks + anastrozole 0.5 mg daily from day 27": 1.5,
    "anastrozole 5 mg once": 5.0,
    "anastrozole 7 mg weekly": 7.0,
    "anastrozole 1 mg twice daily": 2.0,
    "anastrozole 1 mg daily + anastrozole 5 mg once from day 30": 6.0,
    "letrozole 30 mg once": 30.0,
    "hcg 6000 IU once": 6000.0,
    "gonadorelin 240 ug/day continuous + gonadorelin 10 ug every 90 minutes": 400.0,
    "testosterone enanthate 200 mg weekly + testosterone enanthate 100 mg weekly from day 3": 300.0 / 7.0,
    "testosterone undecanoate 1500 mg once": 1500.0,
    "testosterone cypionate 250 mg every 4 weeks + testosterone cypionate 250 mg every 4 weeks": 500.0,
}
WITHIN = [
    "anastrozole 1 mg daily",
    "anastrozole 1 mg every other day + anastrozole 1 mg every other day from day 1",
    "anastrozole 1 mg daily for 4 weeks + anastrozole 1 mg daily from week 4",
    "anastrozole 0.5 mg twice daily for 4 weeks then anastrozole 1 mg daily",
    "anastrozole 0.5 mg daily + anastrozole 0.5 mg daily from day 0.5",
    "anastrozole 1 mg daily + letrozole 2.5 mg daily",
    "testosterone undecanoate 1000 mg once + testosterone undecanoate 1000 mg every 12 weeks from week 6",
    "testosterone enanthate 200 mg weekly",
    "hcg 5000 IU twice weekly",
    "gonadorelin 20 ug every 90 minutes",
]
ABSURD = [
    "anastrozole 11 mg daily",
    "anastrozole 6 mg daily + anastrozole 6 mg daily",
    "anastrozole 11 mg weekly",
    "anastrozole 1000 mg once",
    "anastrozole 15 mg once + anastrozole 15 mg once from day 0.5",
    "testosterone enanthate 9000 mg once",
]


@contextmanager
def no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize(("text", "amount"), ABOVE.items())
def test_the_total_of_a_drug_is_noted_and_warned_of(text, amount):
    with pytest.warns(LeydigWarning, match=f": {amount:.4g} .* above the labelled") as caught:
        regimen = Regimen(text)
    assert len(caught) == 1 and caught[0].filename == __file__
    assert sum("above the labelled" in note for note in regimen.notes) == 1


@pytest.mark.parametrize("text", WITHIN)
def test_doses_that_do_not_run_together_are_not_summed(text):
    with no_warning():
        assert not any("above" in note for note in Regimen(text).notes)


@pytest.mark.parametrize("text", ABSURD)
def test_an_absurd_total_is_refused(text):
    with pytest.raises(BadRegimen, match="Check the dose and its unit"):
        Regimen(text)


@pytest.mark.parametrize("text", [*ABOVE, *WITHIN])
def test_a_regimen_that_comes_later_has_the_same_limits(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        now = Regimen(text)
        assert now.delay(14.75).notes == now.notes


plans = st.lists(
    st.builds(
        lambda amount, days, start, length: Dose(
            "anastrozole",
            amount / 4.0,
            ONCE if days == 0 else Repeat("every", float(days)),
            float(start),
            None if length is None else float(start + length),
        ),
        st.integers(1, 8),
        st.integers(0, 5),
        st.integers(0, 20),
        st.none() | st.integers(1, 20),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(doses=plans)
def test_whole_days_are_summed_as_counted_by_hand(doses):
    days = np.zeros(420)
    for dose in doses:
        for time in dose.times(380.0):
            days[int(time)] += dose.amount
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        notes = Regimen(doses).notes
    said = [note for note in notes if "above the labelled" in note]
    assert said == ([f"anastrozole: {days.max():.4g} mg a day is above the labelled 1 mg"] if days.max() > 1.0 else [])


@pytest.mark.parametrize(
    ("text", "milligrams"),
    [("anastrozole 1 mg daily for 4 weeks then anastrozole 0.5 mg daily", 7.0),
     ("anastrozole 0.5 mg daily + anastrozole 0.5 mg twice weekly", 4.5), ("anastrozole 1 mg once", 0.0),
     ("anastrozole 1 mg daily for 4 weeks + anastrozole 1 mg daily from week 3", 14.0)],
)  # fmt: skip
def test_a_weekly_total_sums_what_runs_at_once(text, milligrams):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert Regimen(text).weekly_total() == {"anastrozole": (pytest.approx(milligrams), "mg")}
