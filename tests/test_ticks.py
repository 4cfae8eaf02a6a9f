"""Ticks: days become whole microseconds once, and come back as they were."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leydig.errors import OutOfRange
from leydig.ticks import LONGEST_DAYS, TICKS_PER_DAY, days_of, even_times, multiples, tick_of, ticks_of

LAST = int(LONGEST_DAYS) * TICKS_PER_DAY


@given(st.integers(-LAST, LAST))
def test_a_tick_survives_days(tick):
    assert tick_of(days_of(tick)) == tick


def test_a_million_ticks_survive_days():
    ticks = np.random.default_rng(1).integers(0, LAST, 1_000_000)
    assert (ticks_of(days_of(ticks)) == ticks).all()


@given(st.floats(0.0, LONGEST_DAYS))
def test_a_day_is_rounded_once(day):
    assert abs(Fraction(tick_of(day)) - Fraction(day) * TICKS_PER_DAY) <= Fraction(1, 2) + Fraction(1, 10**4)


@given(numerator=st.integers(1, 60), denominator=st.integers(1, 60), place=st.integers(0, 10_000))
def test_a_multiple_of_an_interval_is_rounded_once(numerator, denominator, place):
    exact = Fraction(numerator, denominator) * place * TICKS_PER_DAY
    found = int(multiples(numerator / denominator, place + 1)[place])
    assert abs(found - exact) <= Fraction(1, 2) + Fraction(1, 20)
    assert exact.denominator > 1 or found == exact


@pytest.mark.parametrize("day", [np.nan, np.inf, -np.inf, 1e8])
def test_a_day_that_is_none_is_refused(day):
    with pytest.raises(OutOfRange, match="expected a day"):
        ticks_of([1.0, day])


def test_even_times_reach_the_end_where_they_meet_it():
    assert days_of(even_times(1.0 / 3.0, tick_of(2.0))).tolist() == [0.0, 1 / 3, 2 / 3, 1.0, 4 / 3, 5 / 3, 2.0]
    assert days_of(even_times(0.75, tick_of(2.0))).tolist() == [0.0, 0.75, 1.5]
