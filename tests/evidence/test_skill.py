"""The score that knows the noise, on planted predictions whose scores can be written down."""

import json

import numpy as np
import pytest
from scipy.stats import norm

from leydig.evidence import Prediction, studies
from leydig.evidence.noise import LOGIT_SLOPE, MEN_SPREAD, Noise, level_noise, on_scale, share_noise
from leydig.evidence.skill import predict_by_other_studies, predict_no_change, score_perfect_model, score_skill
from leydig.evidence.study import Observation
from leydig.man.sample import noise_of

PERFECT_CRPS = 1.0 / np.sqrt(np.pi)  # of a standard normal distribution, on average over itself


def prediction(
    observed=2.0, predicted=2.0, own=0.1, study_noise=0.0, study="shah_2021", arm="anastrozole 1 mg daily",
    analyte="lh", role="held-out", form="ratio", untreated=1.0, men=30, spread=None, seed=0,
):  # fmt: skip
    total = np.hypot(own, study_noise) if spread is None else spread
    z = norm.ppf((np.arange(1000) + 0.5) / 1000)
    share = form in ("fraction", "reached")
    drawn = on_scale(predicted, form, men) + total * z
    drawn = 1.0 / (1.0 + np.exp(-drawn)) if share else np.exp(drawn)
    return Prediction(
        study, arm, analyte, role, form, "", 4.0, observed, predicted, 1.5, 3.0, 0, None, men, untreated,
        Noise(own, study_noise), drawn,
    )  # fmt: skip


def planted(count=401, sigma=0.2, **more):
    """Values that scatter by their noise, at every quantile of it, about what a perfect model predicts."""
    gaps = sigma * norm.ppf((np.arange(count) + 0.5) / count)
    return [prediction(2.0 * float(np.exp(gap)), 2.0, own=sigma, study="leder_2004", **more) for gap in gaps]


def test_the_noise_of_a_ratio_is_that_of_its_men_its_readings_and_its_study():
    one, reading = Observation("lh", 4.0, "ratio", 2.0), noise_of("lh")
    alone = level_noise(one, 20, None, 0.1)
    assert alone.own == pytest.approx(np.sqrt((MEN_SPREAD**2 + 2.0 * reading**2) / 20))
    assert alone.total == pytest.approx(np.hypot(alone.own, 0.1))
    against = level_noise(one, 20, 10, 0.1)
    assert against.own == pytest.approx(np.sqrt((MEN_SPREAD**2 + reading**2) * (1 / 20 + 1 / 10)))
    assert level_noise(one, 20, None, 0.1, 0.5).own == pytest.approx(np.hypot(alone.own, 0.5))


def test_a_published_spread_counts_in_place_of_the_usual_one():
    one = Observation("lh", 4.0, "mean", 8.0, "IU/L", sd=4.0)
    assert level_noise(one, 25, None, 0.0).own == pytest.approx(np.sqrt((0.5**2 + noise_of("lh") ** 2) / 25))


def test_the_noise_of_a_share_is_binomial_and_its_study_moves_it_along_its_slope():
    found = share_noise(0.3, 199, 0.2, 0.8)
    p = (199 * 0.3 + 0.5) / 200
    assert found.own == pytest.approx(1.0 / np.sqrt(199 * p * (1.0 - p)))
    assert found.study == pytest.approx(LOGIT_SLOPE * 0.2 / 0.8)
    random = np.random.default_rng(1).binomial(199, 0.3, 200_000) / 199
    assert on_scale(random, "fraction", 199).std() == pytest.approx(found.own, rel=0.02)


@pytest.mark.parametrize("sigma", [0.05, 0.2, 0.5])
def test_a_perfect_model_scores_what_a_normal_distribution_says(sigma):
    many = [prediction(own=sigma, study=f"s{number}") for number in range(301)]
    found = score_perfect_model(many)
    grid = np.linspace(0.0, 3.0, 300_001)  # of |exp(−gap) − 1|, and its distribution function
    below = norm.cdf(np.log1p(grid) / sigma) - norm.cdf(np.log(np.maximum(1.0 - grid, 1e-300)) / sigma)
    assert found["median_error"]["middle"] == pytest.approx(grid[np.searchsorted(below, 0.5)], rel=0.02)
    assert found["crps"]["middle"] == pytest.approx(sigma * PERFECT_CRPS, rel=0.02)
    assert found["inside_share"]["middle"] == pytest.approx(0.9, abs=0.005)
    assert found["rms"]["middle"] == pytest.approx(1.0, abs=0.01)
    assert found["robust"]["middle"] == pytest.approx(1.0, abs=0.02)
    beyond = 1.0 - np.interp(0.4, grid, below)
    assert found["above_40_percent"]["middle"] == pytest.approx(301 * beyond, abs=1.5)
    assert found["largest"]["middle"] == pytest.approx(norm.ppf(0.5 + 0.5 * 0.5 ** (1 / 301)), abs=0.06)


def test_the_range_of_a_perfect_model_is_that_of_so_many_values():
    """The mean square of 50 standard errors is chi-square over 50."""
    found = score_perfect_model([prediction(study=f"s{number}") for number in range(50)])["rms"]
    ends = np.sqrt(np.array([34.764, 67.505]) / 50)  # quantiles 0.05 and 0.95 of chi-square with 50 degrees
    assert [found["low"], found["high"]] == pytest.approx(ends, abs=0.015)


def test_the_values_of_one_study_miss_together():
    """Where the study's effect is all the noise, one study is one value: its range is far wider."""
    together = score_perfect_model([prediction(own=1e-9, study_noise=0.2) for _ in range(50)])["rms"]
    apart = score_perfect_model([prediction(own=1e-9, study_noise=0.2, study=f"s{n}") for n in range(50)])["rms"]
    assert [together["low"], together["high"]] == pytest.approx([norm.ppf(0.525), norm.ppf(0.975)], abs=0.08)
    assert together["high"] - together["low"] > 4.0 * (apart["high"] - apart["low"])


def test_a_model_that_predicts_the_truth_scores_as_a_perfect_one():
    found = score_skill(planted())["held-out"]["all"]
    for name in ("median_error", "rms", "robust", "crps"):
        assert found["perfect"][name]["low"] <= found[name] <= found["perfect"][name]["high"], name
    assert found["values"] == 401
    assert found["crps"] == pytest.approx(0.2 * PERFECT_CRPS, rel=0.01)


def test_crps_and_standardized_error_of_one_value_are_the_closed_forms():
    """Normal forecast with spread s, missed by z·s: s·(z(2Φ(z) − 1) + 2φ(z) − 1/√π)."""
    one = prediction(2.0 * np.exp(0.3), 2.0, own=0.2)
    z = 1.5
    assert one.standardized_residual == pytest.approx(z)
    expected = 0.2 * (z * (2.0 * norm.cdf(z) - 1.0) + 2.0 * norm.pdf(z) - PERFECT_CRPS)
    found = score_skill([one])["held-out"]["hormones"]
    assert found["crps"] == pytest.approx(expected, rel=0.005)
    assert (found["rms"], found["largest"]) == pytest.approx((z, z))
    assert found["robust"] == pytest.approx(1.4826 * z)


def test_too_narrow_and_too_wide_a_forecast_score_worse_than_the_right_one():
    crps = [score_skill(planted(spread=wide))["held-out"]["all"]["crps"] for wide in (0.05, 0.2, 0.8)]
    assert crps[1] < min(crps[0], crps[2])


def test_a_share_is_scored_on_its_logit():
    one = prediction(0.6, 0.5, own=0.2, form="fraction", analyte="sperm_concentration", men=99)
    logits = np.log((99 * 0.6 + 0.5) / (99 * 0.4 + 0.5))
    assert one.standardized_residual == pytest.approx(logits / 0.2)
    none = prediction(0.0, 0.02, own=0.5, form="fraction", analyte="sperm_concentration", men=99)
    assert np.isfinite(none.standardized_residual)
    assert np.isfinite(score_skill([none])["held-out"]["semen"]["crps"])


def calibration(study, observed, **more):
    arm = studies()[study].arms[0].name
    return prediction(observed, study=study, arm=arm, role="calibration", **more)


def test_no_change_is_about_what_was_and_as_wide_as_changes_are():
    pool = [
        calibration("shah_2021", 2.0),
        calibration("leder_2004", 0.5),
        calibration("shah_2021", 9.0, analyte="shbg"),
    ]
    held = prediction(study="mauras_2000", untreated=3.0)
    assert predict_no_change(held, pool) == pytest.approx((np.log(3.0), np.log(2.0)))
    own = prediction(study="shah_2021")
    assert predict_no_change(own, pool[:1]) is None  # its own study teaches nothing


def test_other_studies_of_the_drug_are_averaged_study_by_study():
    drugs = {("a", "x"): ("anastrozole",), ("b", "x"): ("anastrozole",), ("c", "x"): ("letrozole",),
             ("d", "x"): ("anastrozole",)}  # fmt: skip
    pool = [prediction(value, study=study, arm="x", role="calibration", own=0.1)
            for study, value in (("a", 2.0), ("a", 8.0), ("b", 1.0), ("c", 50.0))]  # fmt: skip
    mean, spread = predict_by_other_studies(prediction(study="d", arm="x", own=0.3), pool, drugs)
    changes = np.log([4.0, 1.0])
    assert mean == pytest.approx(changes.mean())
    assert spread == pytest.approx(np.sqrt(0.3**2 + 0.1**2 / 2 + changes.var(ddof=1)))
    assert predict_by_other_studies(prediction(study="c", arm="x"), pool, drugs) is None
    only = predict_by_other_studies(prediction(study="a", arm="x", own=0.3), pool, drugs)
    assert only == pytest.approx((0.0, np.hypot(0.3, 0.1)))


def test_baselines_are_scored_on_the_values_that_they_can_predict():
    found = score_skill([calibration("shah_2021", 2.0), calibration("leder_2004", 2.2), calibration("taylor_2010", 1.1,
                         analyte="shbg")])  # fmt: skip
    scores = found["calibration"]["all"]
    assert scores["no_change"]["values"] == 2
    assert scores["other_studies"]["values"] == 2
    z = np.log(2.0) / np.log(2.2)  # shah_2021 by the change in leder_2004, and the other way round
    closed = [s * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - PERFECT_CRPS)
              for s, z in ((np.log(2.2), z), (np.log(2.0), 1 / z))]  # fmt: skip
    assert scores["no_change"]["crps"] == pytest.approx(np.mean(closed))
    json.dumps(found, allow_nan=False)


def test_what_has_no_noise_or_was_not_solved_is_not_scored():
    assert score_skill([Prediction("shah_2021", "a", "lh", "held-out", "ratio", "", 4.0, 2.0, 2.2, 1.5, 3.0)]) == {}
    assert score_skill([prediction(predicted=float("nan"))]) == {}
