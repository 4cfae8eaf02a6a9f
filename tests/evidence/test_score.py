"""The score: totals that can be counted by hand, goals, and the split of semen."""

import json
import math

import pytest

from leydig.evidence import Prediction, studies
from leydig.evidence.formats import number_text
from leydig.evidence.score import TARGETS, comparison, error, goals, score_summary, semen_split
from leydig.evidence.study import Arm, PublishedValue, Study
from leydig.regimen import Regimen


def prediction(
    observed=2.0, predicted=2.0, low=1.5, high=3.0, analyte="lh", role="held-out", form="ratio", unit="", failed=0,
    regression=None, study="made_up", arm="one", week=4.0,
):  # fmt: skip
    return Prediction(study, arm, analyte, role, form, unit, week, observed, predicted, low, high, failed, regression)


def made_up(**baseline):
    arm = Arm("one", "men", Regimen(""), baseline={name: PublishedValue(*value) for name, value in baseline.items()})
    return {"made_up": Study("made_up", "A made-up study", "held-out", "invented", (), (arm,))}


def test_totals_are_those_counted_by_hand():
    found = [
        prediction(2.0, 2.0),
        prediction(2.0, 2.2),
        prediction(2.0, 3.0, low=2.5, high=5.0),
        prediction(0.5, 0.6, low=0.2, high=1.3, analyte="fsh", role="calibration"),
    ]
    total = score_summary(found)
    held = total["by_role"]["held-out"]
    assert (held["values"], held["inside"], held["compared"], held["above_40_percent"]) == (3, 2, 3, 1)
    assert held["median_error"] == pytest.approx(0.1)
    assert held["largest_error"] == pytest.approx(0.5)
    assert held["largest_error_of"] == "made_up, one: lh at week 4"
    assert held["inside_share"] == pytest.approx(2 / 3)
    assert held["high_over_low"] == pytest.approx(2.0)
    assert held["high_over_predicted"] == pytest.approx(1.5)
    assert total["by_role_and_analyte"]["calibration"]["fsh"]["wider_than_two"] == 1
    assert total["overall"]["values"] == 4
    assert list(total["by_analyte"]) == ["lh", "fsh"]


def test_what_cannot_be_compared_is_counted():
    found = [
        prediction(0.0, 0.5, low=0.0, high=1.0),
        prediction(2.0, math.nan, math.nan, math.nan),
        prediction(2.0, 2.0),
    ]
    total = score_summary(found)["overall"]
    assert (total["values"], total["compared"], total["not_solved"], total["inside"]) == (3, 1, 1, 2)
    assert total["wider_than_two"] == 2
    assert error(found[0]) is None
    assert error(found[1]) is None
    json.dumps(score_summary(found), allow_nan=False)


def test_failed_men_are_counted_once_per_arm():
    found = [prediction(failed=3), prediction(failed=3, week=8.0), prediction(failed=2, arm="two")]
    assert score_summary(found)["overall"]["failed_men"] == 5


def test_direction_needs_a_change_and_the_same_side():
    found = [
        prediction(2.0, 1.2),
        prediction(2.0, 0.9),
        prediction(1.05, 0.5),
        prediction(0.5, 1.0),
        prediction(0.5, 0.9),
    ]
    total = score_summary(found)["overall"]
    assert (total["directions"], total["directions_right"]) == (4, 2)
    assert len(total["directions_wrong_of"]) == 2


def test_a_level_is_compared_through_its_baseline_in_any_unit():
    level = prediction(600.0, 500.0, analyte="testosterone", form="mean", unit="ng/dL")
    assert comparison(level, made_up(testosterone=(10.4, "nmol/L"))) == pytest.approx((2.0, 500 / 300), rel=1e-2)
    assert comparison(level, made_up(lh=(4.0, "IU/L"))) is None
    assert comparison(level) is None
    assert comparison(prediction(form="fraction")) is None
    found = score_summary([level], made_up(testosterone=(300.0, "ng/dL")))["overall"]
    assert (found["directions"], found["directions_right"]) == (1, 1)


def test_goals_are_met_only_when_they_are():
    good = [prediction(2.0, 2.0 * (1.0 + 0.01 * k)) for k in range(9)] + [prediction(2.0, 2.1, low=2.05, high=2.2)]
    reached = {one["goal"]: one for one in goals(score_summary(good))}
    assert list(reached) == list(TARGETS)
    assert all(one["met"] for one in reached.values()), reached
    assert all(one["missed_by"] == "" for one in reached.values())


@pytest.mark.parametrize(
    ("spoiled", "goal", "by"),
    [
        ([prediction(2.0, 2.4)] * 9 + [prediction(2.0, 2.4, low=2.1)], "median error", "8.0 points"),
        ([prediction()] * 9 + [prediction(2.0, 2.9, low=2.1)], "errors above 40 %", "1 value"),
        ([prediction()] * 9 + [prediction(0.0, 2.0, low=1.5)], "errors above 40 %", "1 value"),
        ([prediction()] * 8 + [prediction(2.0, 2.1, low=2.05)] * 2, "inside the 90 % interval", "5.0 points, too few"),
        ([prediction()] * 10, "inside the 90 % interval", "3.0 points, too many"),
        (
            [prediction()] * 9 + [prediction(2.0, 2.1, low=1.9, high=5.0)],
            "intervals wider than a factor of two",
            "1 value",
        ),
        ([prediction()] * 9 + [prediction(2.0, 0.9, low=0.5, high=1.1)], "direction right", "1 value"),
    ],
)
def test_a_missed_goal_says_by_how_much(spoiled, goal, by):
    missed = next(one for one in goals(score_summary(spoiled)) if one["goal"] == goal)
    assert not missed["met"]
    assert missed["missed_by"] == by


def test_goals_count_only_held_out_hormones():
    other = [prediction(2.0, 9.0, role="calibration"), prediction(2.0, 9.0, analyte="shbg")]
    reached = goals(score_summary(other))
    assert all(one["found"] == "no values" and not one["met"] for one in reached)
    found = {one["goal"]: one["found"] for one in goals(score_summary([*other, prediction()]))}
    assert found["errors above 40 %"] == "0 of 1"


def test_semen_is_regression_times_drug():
    known = made_up(sperm_concentration=(6.0, "million/mL"))
    level = {"analyte": "sperm_concentration", "form": "mean", "unit": "million/mL"}
    rows = semen_split([prediction(12.0, 9.0, regression=1.2, **level), prediction()], known)
    assert len(rows) == 1
    row = rows[0]
    assert (row["observed"], row["predicted"], row["regression"]) == pytest.approx((2.0, 1.5, 1.2))
    assert row["drug"] * row["regression"] == pytest.approx(row["predicted"])
    assert row["gain_by_regression"] == pytest.approx(math.log(1.2) / math.log(1.5))
    lost = semen_split([prediction(3.0, 2.0, regression=1.0, **level)], known)[0]
    assert lost["gain_by_regression"] is None
    unknown = semen_split([prediction(12.0, 9.0, regression=1.2, **level)], made_up())[0]
    assert unknown["drug"] is None
    assert unknown["regression"] == 1.2


def test_every_study_of_the_catalog_can_be_scored_without_its_replay():
    for study in studies().values():
        found = [
            prediction(max(one.value, 0.1), 1.0, analyte=one.analyte, form="ratio" if one.form == "change_percent" else one.form,
                   unit=one.unit, study=study.id, arm=arm.name, week=one.week, role=study.role)
            for arm in study.arms for one in arm.observed
        ]  # fmt: skip
        assert score_summary(found)["overall"]["values"] == len(found)


def test_no_number_is_shown_as_a_power_of_ten():
    shown = {2.55e-06: "<0.0001", 0.0: "0", 0.00123: "0.00123", 3.14159: "3.14", 1234.0: "1234", 999.6: "1000"}
    assert {value: number_text(value) for value in shown} == shown
