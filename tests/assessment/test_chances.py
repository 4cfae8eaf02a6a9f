"""Chances of a forecast: counted over draws, jointly, at the limits of the protocol; what is not forecast stays unknown."""

import numpy as np
import pytest
from web.clinic import ABSTAIN, forecast, plan

from leydig.assessment.chances import Chance, ChanceGap, ChanceOf, chances, forecast_level
from leydig.protocol.reader import read_protocol


def chance(found, of, week=4.0):
    return next(one for one in found if one.of == of and one.week == week)


def of_draws(testosterone, estradiol, **more):
    return chances(
        forecast("anastrozole 1 mg daily", {"testosterone": testosterone, "estradiol": estradiol}, **more), plan()
    )


@pytest.mark.parametrize(
    ("testosterone", "estradiol", "inside"),
    [(500.0, 50.0, True), (499.9, 30.0, False), (1000.0, 59.9, True), (1000.1, 30.0, False), (700.0, 60.0, False),
     (550.0, 55.0, True), (550.0, 55.1, False), (700.0, 20.0, True), (700.0, 19.9, False)],
)  # fmt: skip
def test_the_joint_band_is_every_target_of_the_protocol_in_one_draw(testosterone, estradiol, inside):
    """500 to 1000 ng/dL, 20 to below 60 pg/mL, ratio at least 10: CLINIC section 0 item 1."""
    found = chance(of_draws([testosterone], [estradiol]), ChanceOf.JOINT_BAND)
    assert found.share == float(inside)


def test_targets_are_judged_draw_by_draw_and_not_one_by_one():
    """Each target alone holds in half of the draws, all of them in none."""
    found = of_draws([600.0, 600.0, 300.0, 300.0], [70.0, 70.0, 25.0, 25.0])
    assert chance(found, ChanceOf.JOINT_BAND).share == 0.0
    found = of_draws([600.0, 600.0, 300.0, 300.0], [25.0, 25.0, 70.0, 70.0])
    assert chance(found, ChanceOf.JOINT_BAND).share == 0.5


@pytest.mark.parametrize(("estradiol", "below"), [(19.99, 1.0), (20.0, 0.0)])
def test_the_floor_is_the_lower_end_of_the_target(estradiol, below):
    found = chance(of_draws([600.0], [estradiol]), ChanceOf.BELOW_FLOOR, 12.0)
    assert (found.share, found.conditions) == (below, ("estradiol below 20 pg/mL",))


def test_hematocrit_is_not_forecast_and_the_reason_is_told():
    found = chance(of_draws([600.0], [30.0]), ChanceOf.ABOVE_LIMIT)
    assert found.share is None and found.gap == ChanceGap.NOT_FORECAST
    assert found.conditions == ("hematocrit above 54 %",)


def test_nothing_is_told_where_the_twin_abstains():
    found = of_draws([600.0], [30.0], trust=ABSTAIN)
    assert {(one.share, one.gap) for one in found} == {(None, ChanceGap.ABSTAINS)}
    assert len(found) == 6


def test_a_week_beyond_the_forecast_is_not_told():
    found = of_draws([600.0], [30.0], weeks=4)
    assert chance(found, ChanceOf.JOINT_BAND, 4.0).share == 1.0
    assert chance(found, ChanceOf.JOINT_BAND, 12.0) == Chance(
        ChanceOf.JOINT_BAND, chance(found, ChanceOf.JOINT_BAND).conditions, 12.0, None, ChanceGap.TOO_FAR
    )


def test_a_draw_that_was_not_solved_does_not_count():
    found = chance(of_draws([600.0, np.nan, 300.0], [30.0, 30.0, 30.0]), ChanceOf.JOINT_BAND)
    assert (found.share, found.draws) == (0.5, 2)


def test_the_ratio_is_worked_out_and_other_levels_are_as_they_were_forecast():
    one = forecast("anastrozole 1 mg daily", {"testosterone": [600.0], "estradiol": [30.0]})
    assert float(forecast_level(one, "te2_ratio").levels[0, 0]) == 20.0
    assert forecast_level(one, "testosterone") is one["testosterone"]
    assert forecast_level(one, "hematocrit") is None
    assert forecast_level(forecast("anastrozole 1 mg daily", {"estradiol": [30.0]}), "te2_ratio") is None


def test_a_protocol_without_targets_has_no_joint_band():
    found = chances(forecast("anastrozole 1 mg daily", {"estradiol": [30.0]}), read_protocol("gonadorelin"))
    asked = {one.of for one in found}
    assert ChanceOf.ABOVE_LIMIT in asked
    assert (ChanceOf.JOINT_BAND in asked) == bool(read_protocol("gonadorelin").targets)
