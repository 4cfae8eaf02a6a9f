"""BMI over time: what a series says between its days, what it refuses, and what a BMI does to a body."""

import math

import jax
import numpy as np
import pytest

import leydig as ly
from leydig.man.imputation import Expectation
from leydig.man.weight.change import change_bmi
from leydig.man.weight.series import HEIGHTS, MASSES, PIECE, ROUNDING, complete_series, switch_series
from leydig.ticks import ticks_of

LOSS = {0: 34.0, 180: 29.0}


@pytest.mark.parametrize(
    ("between", "day", "bmi"),
    [
        ("last value", 179.9, 34.0),
        ("last value", 180.0, 29.0),
        ("last value", 900.0, 29.0),
        ("linear", 90.0, 31.5),
        ("linear", 180.0, 29.0),
        ("linear", 900.0, 29.0),
    ],
)
def test_between_two_days_holds_what_the_caller_chose(between, day, bmi):
    assert ly.BmiSeries(LOSS, between).at(day) == pytest.approx(bmi, rel=1e-12)


def test_days_may_be_texts_and_are_days_of_ticks():
    series = ly.BmiSeries([("0 days", 34), ("26 weeks", 29.3), (365 + 1 / 3, 31)], "last value")
    assert series.points == ((0.0, 34.0), (182.0, 29.3), (365 + 1 / 3, 31.0))
    assert repr(series) == "BmiSeries(BMI 34 on day 0, 29.3 on day 182, 31 on day 365.333, last value carried forward)"


def test_weight_is_bmi_by_the_square_of_a_height_that_stays():
    series = ly.BmiSeries.of_weight({0: 110, 182: 95}, height=180, between="linear")
    assert [bmi for _, bmi in series.points] == pytest.approx([110 / 1.8**2, 95 / 1.8**2])


def test_last_values_are_steps_at_their_days_and_a_value_again_is_none():
    ticks, values = ly.BmiSeries([(0, 34), (10, 34), (20, 33), (40, 34)], "last value").steps()
    assert ticks.tolist() == ticks_of([0, 20, 40]).tolist()
    assert values.tolist() == [34.0, 33.0, 34.0]


def test_a_line_is_followed_in_pieces_at_the_bmi_of_their_middles():
    ticks, values = ly.BmiSeries([(0, 30), (20, 29.8), (30, 29.8), (35, 29.9)], "linear").steps(piece=0.05)
    assert ticks.tolist() == ticks_of([0, 5, 10, 15, 20, 30, 32.5, 35]).tolist()
    assert values == pytest.approx([29.975, 29.925, 29.875, 29.825, 29.8, 29.825, 29.875, 29.9], rel=1e-12)


def test_no_piece_stands_for_more_than_its_limit():
    assert PIECE == 0.05
    _, values = ly.BmiSeries(LOSS, "linear").steps()
    assert np.max(np.abs(np.diff(values))) <= PIECE * (1 + 1e-9)
    assert len(values) == 5 / PIECE + 1


@pytest.mark.parametrize(
    ("values", "between", "words"),
    [
        ({}, "linear", "at least one day with its value"),
        (34.0, "linear", "at least one day with its value"),
        ("0: 34", "linear", "at least one day with its value"),
        ([(0, 34, 1)], "linear", "at least one day with its value"),
        ({0: 34}, "spline", "expected last value or linear"),
        ({0: 34}, None, "expected last value or linear"),
        ({0: 13.9}, "linear", "BMI of day 0 13.9 kg/m2; expected 14 to 80"),
        ({0: 80.1}, "linear", "BMI of day 0 80.1 kg/m2; expected 14 to 80"),
        ({0: math.nan}, "linear", "BMI of day 0 nan"),
        ({0: "34"}, "linear", "without quotes"),
        ([(0, 34), (0, 33)], "linear", "expected ascending days, each once"),
        ([(10, 34), (5, 33)], "linear", "expected ascending days, each once"),
        ({-1: 34}, "linear", "time -1"),
        ({math.inf: 34}, "linear", "time inf"),
        ({0: 34, 1e-12: 33}, "linear", "each once"),
    ],
)
def test_what_is_no_series_is_refused_with_a_way_out(values, between, words):
    with pytest.raises(ly.OutOfRange, match=words):
        ly.BmiSeries(values, between)


def test_heights_and_weights_of_no_man_are_refused_and_the_limits_are_allowed():
    assert HEIGHTS == (120.0, 230.0) and MASSES == (20.0, 400.0)
    ly.BmiSeries.of_weight({0: 50}, 120, "linear")
    ly.BmiSeries.of_weight({0: 400}, 230, "linear")
    ly.BmiSeries.of_weight({0: 20.2}, 120, "linear")
    for height in (119.9, 230.1, 1.8, 71.0):
        with pytest.raises(ly.OutOfRange, match="height"):
            ly.BmiSeries.of_weight({0: 100}, height, "linear")
    for mass in (19.9, 400.1):
        with pytest.raises(ly.OutOfRange, match="weight"):
            ly.BmiSeries.of_weight({0: mass}, 180, "linear")


def test_a_series_begins_at_the_bmi_of_the_man():
    whole = complete_series(ly.BmiSeries({180: 29}, "linear"), 34.0)
    assert whole.points == ((0.0, 34.0), (180.0, 29.0))
    assert whole.at(90) == 31.5


@pytest.mark.parametrize(("off", "allowed"), [(ROUNDING, True), (-ROUNDING, True), (0.051, False), (-0.051, False)])
def test_day_0_is_the_bmi_of_the_man_but_for_its_rounding(off, allowed):
    series = ly.BmiSeries({0: 34 + off, 180: 29}, "linear")
    if allowed:
        assert complete_series(series, 34.0).points[0] == (0.0, 34.0)
        return
    with pytest.raises(ly.OutOfRange, match="expected the same"):
        complete_series(series, 34.0)


def test_another_series_takes_over_from_where_the_first_one_is():
    first = ly.BmiSeries(LOSS, "linear")
    whole = switch_series(first, ly.BmiSeries({150: 34}, "linear"), 90.0)
    assert whole.points == ((0.0, 34.0), (90.0, 31.5), (150.0, 34.0))
    with pytest.raises(ly.OutOfRange, match="one rule for a whole course"):
        switch_series(first, ly.BmiSeries({150: 34}, "last value"), 90.0)
    with pytest.raises(ly.OutOfRange, match="expected days from 90 on"):
        switch_series(first, ly.BmiSeries({80: 34}, "linear"), 90.0)


def _men(*bmis):
    return ly.Man.stack([ly.Man(age=40, bmi=bmi) for bmi in bmis])


def test_the_same_bmi_changes_no_byte():
    men = _men(34.0, 34.0)
    before, after = jax.tree.leaves(men), jax.tree.leaves(change_bmi(men, 34.0))
    assert all(np.array_equal(one, two) for one, two in zip(before, after, strict=True))


def test_fat_follows_the_bmi_and_liver_and_testis_keep_their_aromatase():
    men = _men(34.0)
    before, now = men.body.periphery, change_bmi(men, 29.0).body.periphery
    fat = float(before.fat_share[0]) * np.exp(float(before.fat_per_bmi[0]) * (np.array([34.0, 29.0]) - 23.0))
    liver = 1.0 - float(before.fat_share[0])
    outside = [float(one.aromatase[0] * (1.0 - one.testis_share[0])) for one in (before, now)]
    assert float(now.aromatase[0] * now.testis_share[0]) == pytest.approx(
        float(before.aromatase[0] * before.testis_share[0]), rel=1e-12
    )
    assert outside[1] / outside[0] == pytest.approx((fat[1] + liver) / (fat[0] + liver), rel=1e-12)
    shares = fat / (fat + liver)
    assert outside[1] * (1.0 - shares[1]) == pytest.approx(outside[0] * (1.0 - shares[0]), rel=1e-12)  # the liver's


def test_shbg_follows_by_the_slope_between_men():
    men = _men(34.0)
    made = [float(one.body.blood.shbg_production[0]) for one in (men, change_bmi(men, 29.0))]
    assert made[1] / made[0] == pytest.approx(math.exp(float(Expectation().shbg_bmi) * -5.0), rel=1e-12)


def test_nobody_depends_on_who_is_changed_beside_him():
    alone, beside = change_bmi(_men(34.0), 29.0), change_bmi(_men(34.0, 41.0, 25.0), 29.0)
    for one, two in zip(jax.tree.leaves(alone), jax.tree.leaves(beside), strict=True):
        assert np.array_equal(np.asarray(one)[0], np.asarray(two)[0])
