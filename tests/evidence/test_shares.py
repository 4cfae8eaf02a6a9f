"""Shares of men in the fit: against what can be worked out by hand, and against the replay of every virtual man."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import betabinom, norm, poisson

from leydig.errors import NotSolved
from leydig.evidence import load_study, replay
from leydig.evidence.calibration.posterior import Posterior
from leydig.evidence.calibration.shares import (
    ALIKE,
    EFFECTS,
    MEN,
    MIDDLE,
    ShareLikelihood,
    published_shares,
    visit_levels,
)
from leydig.evidence.study import Arm, Criterion, Observation, Study
from leydig.man.sample import count_unit, noise_of
from leydig.man.uncertainty import Draws
from leydig.regimen import Regimen

NOISE, ONE = noise_of("sperm_concentration"), count_unit("sperm_concentration")


def observed(form="fraction", value=0.5, week=8.0, every=0.0, first=0.0, below=10.0, above=None):
    counted = Criterion(below, above, "million/mL")
    return Observation("sperm_concentration", week, form, value, counted=counted, every=every, first=first)


def study(*values, design="randomised", n=40, name="made_up"):
    arm = Arm("one", "men", Regimen("testosterone enanthate 200 mg weekly"), n=n, observed=values)
    return Study(name, "A made-up study", "calibration", design, (), (arm,))


def likelihood(*values, **more):
    shares = published_shares([study(*values, **more)])
    found = ShareLikelihood(shares, [0] * len(shares))
    found.apart = [np.zeros((MEN, len(share.one.visits))) for share in shares]
    return found


def share(found, levels, number=0, effect=MIDDLE):
    """The predicted share of this number, at one of the effects that are worked out."""
    return expit(found.logits(levels)[:, number, effect])


def total(found, levels, tau):
    """The log likelihood of all studies together."""
    return sum(found.of_studies(found.logits(levels), tau).values())


def below_ten(levels):
    """The chance that fewer than ten million are counted: of whole sperm, over what one sample scatters by."""
    z = np.linspace(-6.0, 6.0, 2001)
    mean = np.asarray(levels)[..., None] * np.exp(NOISE * z - 0.5 * NOISE**2) / ONE
    return (poisson.cdf(np.ceil(10.0 / ONE) - 1, mean) * norm.pdf(z)).sum(axis=-1) * (z[1] - z[0])


def smoothed(p):
    return (MEN * p + 0.5) / (MEN + 1.0)


def test_a_share_is_that_of_noisy_readings_of_one_level():
    levels, moved = np.array([[6.0], [20.0]]), MIDDLE + 1
    for effect in (MIDDLE, moved):
        expected = below_ten(levels[:, 0] * np.exp(EFFECTS[effect]))
        found = share(likelihood(observed()), levels, effect=effect)
        np.testing.assert_allclose(found, smoothed(expected), atol=1e-4)
        above = share(likelihood(observed(below=None, above=10.0)), levels, effect=effect)
        np.testing.assert_allclose(above, smoothed(1.0 - expected), atol=1e-4)
    assert EFFECTS[MIDDLE] == 0.0 and EFFECTS[moved] == 0.5


def test_what_was_reached_needs_one_sample_of_all():
    levels = np.array([[30.0, 20.0, 12.0]])
    found = likelihood(observed("reached", every=2.0, first=4.0))
    assert share(found, levels)[0] == pytest.approx(smoothed(1.0 - np.prod(1.0 - below_ten(levels[0]))), abs=1e-4)


def test_men_who_differ_are_averaged():
    found = likelihood(observed())
    found.apart = [np.log(np.repeat([[0.5], [4.0]], MEN // 2, axis=0))]
    assert share(found, np.array([[10.0]]))[0] == pytest.approx(smoothed(below_ten([5.0, 40.0]).mean()), abs=1e-4)


def test_a_man_with_few_sperm_shows_none_at_times():
    """A true level of one sperm's worth is read as none in four samples of ten, so it cannot be below that always."""
    none = likelihood(observed(below=ONE))
    seen = likelihood(observed(below=None, above=0.0))
    assert share(none, np.array([[ONE]]))[0] == pytest.approx(smoothed(0.4045), abs=0.002)
    assert share(seen, np.array([[ONE]]))[0] == pytest.approx(smoothed(1.0 - 0.4045), abs=0.002)


def test_the_likelihood_is_that_of_a_beta_binomial_where_studies_do_not_differ():
    found, tau = likelihood(observed(value=0.25)), np.full((2, 1), 1e-9)
    levels = np.array([[8.0], [14.0]])
    p, both = share(found, levels), 1.0 / ALIKE - 1.0
    by_scipy = betabinom.logpmf(10, 40, p * both, (1.0 - p) * both)
    assert np.diff(total(found, levels, tau))[0] == pytest.approx(np.diff(by_scipy)[0], rel=1e-6)


@pytest.mark.parametrize("tau", [0.05, 0.3, 0.6])
def test_the_effect_of_a_study_is_integrated_out_over_its_shares_together(tau):
    values = [observed(value=0.3), observed(value=0.6, week=12.0)]
    found, levels = likelihood(*values), np.array([[9.0, 7.0], [16.0, 12.0]])
    effects = np.linspace(-3.0, 3.0, 401)
    weight = norm.pdf(effects, scale=tau) * (effects[1] - effects[0])
    both, product = 1.0 / ALIKE - 1.0, 1.0
    for number, one in enumerate(found.shares):
        p, hit = smoothed(below_ten(levels[:, [number]] * np.exp(effects))), one.one.value * one.men
        product = product * np.exp(betabinom.logpmf(round(hit), round(one.men), p * both, (1.0 - p) * both))
    expected = np.log((product * weight).sum(axis=1))
    assert np.diff(total(found, levels, np.full((2, 1), tau)))[0] == pytest.approx(np.diff(expected)[0], abs=0.02)


def test_the_men_of_an_arm_are_counted_once():
    two = published_shares([study(observed(), observed(week=12.0))])
    assert [share.men for share in two] == [20.0, 20.0]
    assert published_shares([study(observed(), n=None)])[0].men == 10.0


def test_whom_a_count_enrolled_and_who_was_titrated_are_left_out():
    assert not published_shares([study(observed(), design="uncontrolled")])
    assert published_shares([study(observed(), design="uncontrolled, normal men")])


def test_the_likelihood_is_highest_where_the_share_is_met_and_the_rows_are_zero_there():
    found = likelihood(observed(value=0.5, below=10.0), n=200)
    levels = np.geomspace(3.0, 40.0, 200)[:, None]
    best = int(np.argmax(total(found, levels, np.full((200, 1), 0.1))))
    nearest = int(np.argmin(np.abs(found.whiten(found.logits(levels), np.array([0.1]))[:, 0])))
    assert abs(best - nearest) <= 2
    assert share(found, levels[[best]])[0] == pytest.approx(0.5, abs=0.02)


def test_every_sample_of_a_share_is_asked_of_the_mean_man():
    asked = visit_levels(published_shares([study(observed("reached", every=2.0), observed(week=12.0))]))
    assert [one.one.week for one in asked] == [0.0, 2.0, 4.0, 6.0, 8.0, 12.0]
    assert all(one.absolute for one in asked)


REACHED = """id = "reached"
title = "Sperm under testosterone"
source = "Nobody 2020, doi:10.1000/a"
role = "calibration"
design = "invented"

[[arm]]
name = "testosterone enanthate"
n = 200
men = "healthy men"
regimen = "testosterone enanthate 200 mg weekly"

[[arm.observed]]
analyte = "sperm_concentration"
week = 10
reached = 0.5
below = 5
unit = "million/mL"
every = 2

[[arm.observed]]
analyte = "sperm_concentration"
week = 8
fraction = 0.5
below = 10
unit = "million/mL"
"""


def test_at_the_declared_parameters_the_fit_counts_what_the_replay_counts(tmp_path):
    path = tmp_path / "reached.toml"
    path.write_text(REACHED)
    used = load_study(path)
    posterior = Posterior([used])
    declared = posterior.declared_logs
    levels = posterior.mean_levels(declared)
    posterior.shares.apart = posterior.shares.virtual_men(levels[0])
    mine = [share(posterior.shares, levels, number)[0] for number in range(2)]
    nothing = Draws({}, {"study spread of semen": np.full(1, 1e-6)})
    np.testing.assert_allclose(mine, [one.predicted for one in replay(used, nothing)], atol=0.08)  # 64 and 160 men


def test_a_share_moves_the_log_posterior(tmp_path):
    path = tmp_path / "reached.toml"
    path.write_text(REACHED)
    used = load_study(path)
    heights = []
    for value in (0.5, 0.95):
        arm = used.arms[0]
        moved = replace(used, arms=(replace(arm, observed=tuple(replace(one, value=value) for one in arm.observed)),))
        posterior = Posterior([moved])
        z = posterior.normals(posterior.declared_logs)[0]
        heights.append(posterior(np.concatenate([z, np.log(np.full(6, 0.15)), [np.log(0.2)]]))[0])
    assert np.isfinite(heights).all() and abs(heights[0] - heights[1]) > 0.5


def test_a_shift_of_all_levels_stands_for_a_share_and_its_effects():
    """At levels that are those of reference moved together it says exactly what was worked out, saturated or not."""
    found = likelihood(observed("reached", every=2.0, first=4.0), observed(below=None, above=12.0))
    levels = np.array([30.0, 20.0, 12.0, 9.0])
    found.refer_to(levels)
    moved = levels * np.exp(np.array([-2.0, -0.3, 0.0, 0.4, 2.5]))[:, None]
    logits = found.logits(moved)
    np.testing.assert_allclose(found.shifts(logits)[1:4], [[-0.3, -0.3], [0.0, 0.0], [0.4, 0.4]], atol=1e-6)
    np.testing.assert_allclose(expit(found.shifted_logits(found.shifts(logits)))[1:4], expit(logits)[1:4], atol=2e-3)


def test_a_share_between_two_limits_is_refused_where_it_must_be_one_number():
    with pytest.raises(NotSolved, match="rises and falls"):
        likelihood(observed(below=10.0, above=5.0)).refer_to(np.array([7.0]))
