"""The continuous ranked probability score, against its definitions worked out in another way."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from leydig.evidence.crps import crps_of_draws, crps_of_normal


@pytest.mark.parametrize("seen", [-2.5, 0.3, 1.0, 7.0])
@pytest.mark.parametrize("spread", [0.05, 1.0, 3.0])
def test_the_score_of_a_normal_distribution_is_the_integral_of_the_squared_gap(seen, spread):
    """∫ (F(x) − 1[x ≥ y])² dx, and so without E|X − y| and E|X − X'|."""
    below = quad(lambda x: norm.cdf(x, 1.0, spread) ** 2, min(seen, 1.0) - 12.0 * spread, seen, points=[1.0], limit=400)
    above = quad(lambda x: norm.sf(x, 1.0, spread) ** 2, seen, max(seen, 1.0) + 12.0 * spread, points=[1.0], limit=400)
    assert crps_of_normal(np.array(seen), 1.0, spread) == pytest.approx(below[0] + above[0], rel=1e-6)


@pytest.mark.parametrize("count", [2, 3, 10, 101])
def test_the_score_of_draws_is_the_mean_over_all_pairs_of_two(count):
    drawn = np.random.default_rng(count).normal(size=count)
    pairs = [abs(one - other) for one, other in itertools.combinations(drawn, 2)]
    for seen in (-1.0, 0.2, 4.0):
        expected = np.mean(np.abs(drawn - seen)) - 0.5 * np.mean(pairs)
        assert crps_of_draws(seen, drawn) == pytest.approx(expected, rel=1e-12)


def test_many_draws_score_as_the_distribution_they_are_of():
    drawn = norm.ppf((np.arange(4000) + 0.5) / 4000, 2.0, 0.5)
    assert crps_of_draws(2.6, drawn) == pytest.approx(float(crps_of_normal(np.array(2.6), 2.0, 0.5)), rel=1e-3)
