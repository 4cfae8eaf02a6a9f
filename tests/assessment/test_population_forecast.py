"""Many men on several regimens: percentiles and shares are those of the courses, and who is not solved is named."""

import numpy as np
import pytest

import leydig as ly
from leydig.assessment.chances import ChanceOf
from leydig.assessment.forecast import population as room
from leydig.assessment.forecast.population import MEN_QUANTILES, MOST_FORECAST_DAYS, forecast_days, forecast_population
from leydig.drugs import drugs_of
from leydig.errors import BadRegimen, OutOfRange, UnknownName
from leydig.man.drug_variability import sample_drug_variability

DAILY = "anastrozole 1 mg daily"
MEN = 24


@pytest.fixture(scope="module")
def men():
    return ly.population(MEN, 3, kind="obesity")


@pytest.fixture(scope="module")
def found(men):
    return forecast_population(men, ["nothing", DAILY], weeks=2, every_weeks=1, seed=3)


def test_percentiles_and_shares_are_those_of_the_course(men, found):
    drugs = sample_drug_variability(drugs_of(["anastrozole"]), MEN, 3)
    course = ly.simulate(men, DAILY, at=[0, 7, 14], drugs=drugs)
    own = {name: course[name].values for name in ("testosterone", "estradiol", "te2_ratio")}  # ng/dL, pg/mL
    told = found.courses[1]
    for name, values in own.items():
        np.testing.assert_allclose(told.levels[name], np.quantile(values, MEN_QUANTILES, axis=0), rtol=1e-9)
    band = (own["testosterone"] >= 500) & (own["testosterone"] <= 1000) & (own["te2_ratio"] >= 10)
    band &= (own["estradiol"] >= 20) & (own["estradiol"] < 60)
    shares = {one.of: one.values for one in told.shares}
    np.testing.assert_allclose(shares[ChanceOf.JOINT_BAND], band.mean(axis=0))
    np.testing.assert_allclose(shares[ChanceOf.BELOW_FLOOR], (own["estradiol"] < 20).mean(axis=0))
    assert shares[ChanceOf.BELOW_FLOOR][-1] > shares[ChanceOf.BELOW_FLOOR][0]


def test_without_a_drug_men_stay_where_they_are(found):
    levels = found.courses[0].levels["testosterone"]
    np.testing.assert_allclose(levels, np.repeat(levels[:, :1], 3, axis=1), rtol=1e-4)


def test_batches_change_nothing_and_every_man_is_told_once(men, found, monkeypatch):
    monkeypatch.setattr(room, "BATCH", 10)
    told = []
    again = forecast_population(
        men, ["nothing", DAILY], weeks=2, every_weeks=1, seed=3, watch=lambda *what: told.append(what)
    )
    assert again.record() == found.record()
    assert told == [("men", done, 2 * MEN) for done in (10, 20, 24, 34, 44, 48)]


def test_who_is_not_solved_is_named_and_counted_nowhere(men, monkeypatch):
    simulate = room.simulate

    def lose_one(*given, **options):
        course = simulate(*given, **options)
        course.failed[5] = "it broke"
        values = {name: course[name].values for name in ("estradiol",)}
        values["estradiol"][5] = np.nan
        return course

    monkeypatch.setattr(room, "simulate", lose_one)
    record = forecast_population(men, ["nothing"], weeks=1, every_weeks=1).record()
    (course,) = record["courses"]
    assert course["failed"] == {"5": "it broke"} and course["solved"] == MEN - 1


def test_what_no_study_covers_is_said(men):
    record = forecast_population(men, ["anastrozole 4 mg daily"], weeks=1, every_weeks=1).record()
    assert "28 mg a week" in record["courses"][0]["uncovered"]


def test_days_are_even_and_end_with_the_last():
    np.testing.assert_array_equal(forecast_days(5, 2), [0, 14, 28, 35])
    assert len(forecast_days(60, 0.5)) == MOST_FORECAST_DAYS + 1
    with pytest.raises(OutOfRange, match="expected at most 120 steps"):
        forecast_days(60.5, 0.5)
    for weeks, every in ((0.5, 1), (261, 4), (26, 0.4), (260, 53), ("x", 1)):
        with pytest.raises(OutOfRange):
            forecast_days(weeks, every)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"regimens": []}, BadRegimen, "got 0 regimens; expected 1 to 4"),
        ({"regimens": ["nothing"] * 5}, BadRegimen, "got 5 regimens"),
        ({"regimens": [DAILY, "anastrozole 1 mg daily"]}, BadRegimen, "twice"),
        ({"protocol": "nothing"}, UnknownName, "got protocol"),
        ({"seed": -1}, OutOfRange, "got seed"),
        ({"men": ly.Man(age=30)}, OutOfRange, "got one man"),
    ],
)
def test_what_cannot_be_forecast_is_refused(men, change, error, words):
    given = {"men": men, "regimens": [DAILY]} | change
    with pytest.raises(error, match=words):
        forecast_population(given.pop("men"), given.pop("regimens"), **given)
