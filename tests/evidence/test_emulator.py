"""The emulator is exact where predictions are quadratic, and the draws that it gives are those of the exact posterior."""

import numpy as np
import pytest
from scipy.special import logsumexp

from leydig.evidence.calibration.emulator import PredictionEmulator
from leydig.evidence.calibration.posterior import Posterior, calibration_studies
from leydig.evidence.calibration.predictions import targets
from leydig.evidence.calibration.sampling import AGAIN, disagreement, sample_posterior
from leydig.evidence.calibration.shares import EFFECTS
from leydig.inference.sampling.weights import smooth_weights
from leydig.progress import no_progress

MIDDLE, ROOT = np.array([0.3, -0.2, 1.0]), np.array([[0.5, 0.0, 0.0], [0.1, 0.4, 0.0], [-0.2, 0.1, 0.7]])


def bent(points):
    x, y, z = points.T
    return np.stack([1.0 + x - 0.3 * y * z, 0.2 * x**2 - z, np.full(len(x), 2.0)], axis=1)


def test_a_quadratic_prediction_is_met_exactly():
    points = np.random.default_rng(1).normal(MIDDLE, 0.8, (30, 3))
    emulator = PredictionEmulator(MIDDLE, ROOT)
    assert emulator.features == 13
    left = emulator.fit(points, bent(points))
    far = np.random.default_rng(2).normal(MIDDLE, 2.0, (5, 3))
    np.testing.assert_allclose(emulator(far), bent(far), atol=2e-3)
    assert left.max() < 1e-4


def test_it_reaches_as_far_as_the_points_that_taught_it():
    points = np.random.default_rng(1).normal(MIDDLE, 0.8, (2000, 3))
    emulator = PredictionEmulator(MIDDLE, ROOT)
    assert emulator.reaches(points).all()
    emulator.fit(points, bent(points))
    assert emulator.reaches(points).mean() == pytest.approx(0.999, abs=6e-4)
    assert not emulator.reaches(MIDDLE + np.array([[0.0, 0.0, 5.0 * 0.8], [-4.0, 0.0, 0.0]])).any()


def test_a_cubic_prediction_is_met_and_a_quartic_one_leaves_something_and_says_how_much():
    points = np.random.default_rng(1).normal(size=(4000, 1))
    emulator = PredictionEmulator(np.zeros(1), np.eye(1))
    cubic, quartic = emulator.fit(points, np.concatenate([points**3, points**4], axis=1))
    assert cubic < 1e-3
    assert quartic == pytest.approx(np.sqrt(24.0), rel=0.25)  # x⁴ − 6x² + 3 is all that is left; its variance is 24


def test_points_that_were_not_solved_are_left_out_and_too_few_are_refused():
    points = np.random.default_rng(1).normal(MIDDLE, 0.8, (30, 3))
    logs = bent(points)
    logs[3, 1] = np.nan
    emulator = PredictionEmulator(MIDDLE, ROOT)
    emulator.fit(points, logs)
    np.testing.assert_allclose(emulator(points[:3]), bent(points[:3]), atol=1e-3)
    with pytest.raises(ValueError, match="got 12 solved points; expected at least 13"):
        emulator.fit(points[:13], logs[:13])


def test_weights_of_a_normal_that_is_too_wide_give_the_right_one_back():
    drawn = np.random.default_rng(4).normal(0.0, 1.3, 20_000)
    smooth, shape = smooth_weights((-0.5 * drawn**2 + 0.5 * (drawn / 1.3) ** 2)[:, None])
    assert logsumexp(smooth[:, 0]) == pytest.approx(0.0, abs=1e-12)
    assert shape[0] < 0.7
    assert (np.exp(smooth[:, 0]) * drawn**2).sum() == pytest.approx(1.0, abs=0.03)


class Line(Posterior):
    """A posterior whose predictions are a line of its last parameter, of which no limit knows, and waves about it."""

    def __init__(self, bend):
        super().__init__([next(one for one in calibration_studies() if targets([one]))])
        self.bend, self.place = bend, len(self.free) - 1

    def predict(self, logs):
        z = self.normals(logs)[:, self.place, None]
        columns = len(self.targets) + len(self.shares.shares) * len(EFFECTS)
        return np.repeat(0.3 * z + self.bend * np.cos(2.0 * z), columns, axis=1)

    def marginal(self):
        """Mean and standard deviation of that parameter, by quadrature: it meets one spread between studies alone."""
        (group,) = set(self.block_group)
        z, log_tau = (one.ravel() for one in np.meshgrid(np.linspace(-6.0, 6.0, 481), np.linspace(-6.0, 2.0, 161)))
        grid = np.zeros((len(z), len(self.names)))
        grid[:, self.place], grid[:, len(self.free) + group] = z, log_tau
        height = self(grid)
        share = np.exp(height - logsumexp(height))
        mean = float(share @ z)
        return mean, float(np.sqrt(share @ (z - mean) ** 2))


def middle(posterior):
    best = np.zeros(len(posterior.names))
    best[len(posterior.free) :] = np.log(0.2)
    return best, np.eye(len(best)) * 0.8


@pytest.mark.parametrize("bend", [0.0, 0.3])
def test_draws_are_those_of_the_exact_posterior(monkeypatch, bend):
    monkeypatch.setattr("leydig.evidence.calibration.sampling.AGREED", np.inf)  # so short a walk would be taken again
    posterior = Line(bend)
    best, covariance = middle(posterior)
    sampled = sample_posterior(posterior, best, covariance, 1600, np.random.default_rng(1), no_progress)
    assert sampled.effective > 1200  # of 4000; all of them where the emulator is exact
    assert sampled.pareto_k < 0.7
    mean, spread = posterior.marginal()
    drawn, walked = sampled.draws[:, posterior.place], sampled.places[:, posterior.place]
    assert drawn.mean() == pytest.approx(mean, abs=0.2 * spread)
    assert drawn.std() == pytest.approx(spread, rel=0.2)
    assert (walked.std() > 1.2 * spread) == (bend > 0.0)  # which weights mend, where there is something to mend


def test_the_generator_alone_says_what_is_drawn_and_the_state_of_the_process_is_left_as_it_is():
    posterior, found = Line(0.0), []
    best, covariance = middle(posterior)
    for seed in (1, 1, 2):
        np.random.random()  # noqa: NPY002  (so that this state differs every time: emcee takes it, if none is given)
        before = np.random.get_state()[1:3]  # noqa: NPY002
        found.append(sample_posterior(posterior, best, covariance, 80, np.random.default_rng(seed), no_progress).draws)
        for was, now in zip(before, np.random.get_state()[1:3], strict=True):  # noqa: NPY002
            np.testing.assert_array_equal(now, was)
    np.testing.assert_array_equal(found[1], found[0])
    assert not np.isin(found[2], found[0]).any()


def test_walkers_that_sit_in_two_places_disagree():
    chain = np.random.default_rng(1).normal(size=(400, 8, 2))
    chain[:, :2, 1] += 3.0
    one, two = disagreement(chain)
    assert one < 1.02 < 1.4 < two


@pytest.mark.parametrize(
    ("agreed", "tail", "walks"), [(np.inf, np.inf, 1), (0.0, np.inf, AGAIN + 1), (np.inf, -np.inf, AGAIN + 1)]
)
def test_where_walkers_disagree_or_the_emulator_did_not_hold_it_is_taught_and_walked_again(
    monkeypatch, agreed, tail, walks
):
    monkeypatch.setattr("leydig.evidence.calibration.sampling.AGREED", agreed)
    monkeypatch.setattr("leydig.evidence.calibration.sampling.HEAVY_TAIL", tail)
    posterior, told, steps = Line(0.0), [], 80
    sample_posterior(
        posterior, *middle(posterior), steps, np.random.default_rng(5),
        lambda what, done, count: told.append((what, done, count)),
    )  # fmt: skip
    whole = [one for one in told if one[:2] == ("draws", steps)]
    assert len(whole) == sum(one == ("weights", one[2], one[2]) for one in told) == walks
