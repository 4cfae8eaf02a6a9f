"""Rivals are scored on studies left out, and weighted by what they predict."""

from types import SimpleNamespace

import numpy as np
import pytest

from leydig.evidence.calibration.posterior import Posterior, calibration_studies, free_parameters
from leydig.evidence.calibration.rivals import RIVALS, choose_structure, score_left_out, stack

SAID = np.array([0.4, -0.3, 1.1])  # what three studies measured of one level, each with noise 1


def test_every_rival_leaves_out_what_it_does_not_use():
    fitted = {one.path for one in free_parameters()}
    for rival in RIVALS:
        assert set(rival.held) - fitted == {"body.spermatogenesis.pooled"}
        unused = {path for path, value in rival.held.items() if value is None}
        assert not unused & {path for path in fitted if path not in rival.held}
    assert len({rival.name for rival in RIVALS}) == len(RIVALS) >= 2


def test_a_rival_leaves_its_parameter_out_of_the_fit():
    (rival,) = (one for one in RIVALS if one.name.endswith("circulating"))
    few = calibration_studies()[:2]
    posterior, whole = Posterior(few, rival.held_values), Posterior(few)
    left = {one.path for one in whole.free} - {one.path for one in posterior.free}
    assert left == set(rival.held_values) - {"body.spermatogenesis.pooled"}
    logs = posterior.declared_logs
    found = dict(zip(posterior.paths, posterior.values(logs)[0], strict=True))
    assert found["body.hypothalamus.local_share"] == 0.0
    assert np.isfinite(posterior.predict(logs)).all()


def test_the_score_of_a_study_left_out_is_exact_where_it_is_known():
    """One unknown level with a wide normal prior, three measurements: the others predict normal(mean, 1 + 1/n)."""
    random, wide = np.random.default_rng(1), 100.0
    variance = 1.0 / (len(SAID) + wide**-2)
    level = random.normal(variance * SAID.sum(), np.sqrt(variance), 40_000)
    likelihoods = -0.5 * (SAID - level[:, None]) ** 2 - 0.5 * np.log(2.0 * np.pi)
    posterior = SimpleNamespace(free=[], likelihoods=lambda *_: likelihoods)
    sampled = SimpleNamespace(places=np.zeros((len(level), 2)), predicted=None, log_weights=np.zeros(len(level)))
    found = score_left_out(posterior, sampled)
    for study, said in enumerate(SAID):
        others = np.delete(SAID, study)
        rest = 1.0 / (2.0 + wide**-2)
        mean, spread = rest * others.sum(), np.sqrt(1.0 + rest)
        known = -0.5 * ((said - mean) / spread) ** 2 - np.log(spread) - 0.5 * np.log(2.0 * np.pi)
        assert found.elpd[study] == pytest.approx(known, abs=0.02)
    assert found.pareto_k.max() < 0.7


def test_weights_are_those_of_the_best_mixture():
    assert stack(np.array([[0.0, 0.0], [-5.0, -5.0]])) == pytest.approx([1.0, 0.0], abs=1e-6)
    assert stack(np.array([[0.0, -8.0], [-8.0, 0.0]])) == pytest.approx([0.5, 0.5])
    logs = np.array([[0.0, -1.0, -0.2], [-0.6, -0.1, -0.4]])
    shares = np.linspace(0.0, 1.0, 1001)[:, None]
    heights = np.log(shares * np.exp(logs[0]) + (1.0 - shares) * np.exp(logs[1])).sum(axis=1)
    assert stack(logs)[0] == pytest.approx(shares[np.argmax(heights), 0], abs=2e-3)


@pytest.mark.parametrize(("elpd", "place"), [
    ((-1032.4, -1031.1, -1040.5, -1039.1), 1),  # as they were fitted once
    ((-1030.1, -1032.2, -1041.2, -1038.7), 1),  # and again
    ((-1030.0, -1033.9, -1041.2, -1034.1), 1), ((-1030.0, -1034.1, -1041.2, -1034.1), 0),
    ((-1030.0, -1041.0, -1029.0, -1041.0), 0), ((-1031.0, -1030.5, -1035.0, -1030.0), 3),
])  # fmt: skip
def test_declared_is_the_simplest_of_those_that_predict_as_well_as_the_best(elpd, place):
    free = [len(Posterior(constants=one.held_values).free) for one in RIVALS]
    assert free[1] == free[3] == free[0] - 1 and free[2] == free[0] + 1
    assert choose_structure(np.array(elpd), free) == place
