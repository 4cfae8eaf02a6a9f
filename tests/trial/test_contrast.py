"""Intervals of a difference between arms, against other ways to get them."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import norm, ttest_ind, ttest_rel

from leydig.trial.analysis.contrast import contrast, newcombe, tango


def likelihood_of(q, delta, more, less, n):
    """Return minus the log-likelihood of discordant shares q + delta and q."""
    shares = np.array([q + delta, q, 1.0 - 2.0 * q - delta])
    counts = np.array([more, less, n - more - less])
    return -float(sum(k * np.log(p) for k, p in zip(counts, np.maximum(shares, 1e-300), strict=True) if k))


@pytest.mark.parametrize(("more", "less", "n"), [(9, 3, 40), (1, 0, 44), (12, 11, 60), (2, 9, 30), (5, 5, 12)])
def test_tango_inverts_the_score_under_the_likeliest_shares(more, less, n):
    """The likeliest shares are found by search, not by the closed root."""
    low, high = tango(more, less, n)
    assert low < (more - less) / n < high
    for limit, sign in ((low, 1.0), (high, -1.0)):
        least, most = max(0.0, -limit), (1.0 - limit) / 2.0
        q = minimize_scalar(likelihood_of, bounds=(least, most), method="bounded", args=(limit, more, less, n),
                            options={"xatol": 1e-12}).x  # fmt: skip
        score = (more - less - n * limit) / np.sqrt(n * (2.0 * q + limit * (1.0 - limit)))
        assert score == pytest.approx(sign * norm.ppf(0.975), rel=1e-4)
    assert tango(less, more, n) == pytest.approx((-high, -low), abs=1e-9)
    assert tango(more, less, n, 0.8)[0] > low


def test_newcombe_agrees_with_its_published_example():
    """Newcombe 1998, example (a), method 10: 56/70 against 48/80."""
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert newcombe(48, 80, 56, 70) == pytest.approx((-0.3339, -0.0524), abs=5e-5)


def test_intervals_cover_as_often_as_they_say():
    random = np.random.default_rng(5)
    inside = [0, 0]
    for _ in range(600):
        arm, control = (random.random(40) < 0.6).astype(float), (random.random(60) < 0.35).astype(float)
        one = contrast(arm, control, binary=True, is_paired=False)
        both = random.random((50, 2)) < np.array([0.5, 0.3])
        two = contrast(*both.T.astype(float), binary=True, is_paired=True)
        inside[0] += one.low <= 0.25 <= one.high
        inside[1] += two.low <= 0.2 <= two.high
    assert 0.92 < inside[0] / 600 < 0.98 and 0.92 < inside[1] / 600 < 0.98


def test_means_are_those_of_scipy_and_unknown_men_are_left_out():
    random = np.random.default_rng(1)
    arm, control = random.normal(5.0, 2.0, 20), random.normal(4.0, 1.0, 20)
    arm[3] = np.nan
    whole, there = contrast(arm, control, binary=False, is_paired=False), ~np.isnan(arm)
    expected = ttest_ind(arm[there], control, equal_var=False).confidence_interval(0.95)
    assert (whole.low, whole.high, whole.n, whole.n_control) == (expected.low, expected.high, 19, 20)
    same = contrast(arm, control, binary=False, is_paired=True)
    expected = ttest_rel(arm[there], control[there]).confidence_interval(0.95)
    assert (same.low, same.high, same.n, same.n_control) == (expected.low, expected.high, 19, 19)


def test_where_nothing_tells_how_sure_it_is_there_is_no_interval():
    for arm in (np.array([]), np.array([1.0]), np.array([2.0, 2.0])):
        found = contrast(arm, np.array([2.0, 2.0]), binary=False, is_paired=False)
        assert found.low is None and found.high is None and not found.excludes_none
