"""What the calibration promises: it reads no held-out study, its draws belong to these data and this code, and it found an optimum."""

import numpy as np
import pytest

from leydig.drugs import DRUGS, anastrozole
from leydig.evidence.calibration import calibration
from leydig.evidence.calibration.calibration import SAME, calibrate, data_hash, drift, optimum, population_shift, write
from leydig.evidence.calibration.posterior import SPREAD_GROUPS, Posterior, calibration_studies, free_parameters
from leydig.evidence.study_file import studies
from leydig.man.uncertainty import manifest, shipped_draws
from leydig.parameter import change

HELD_OUT = {"loves_2013", "raman_2002", "clark_1989", "dony_1986", "handelsman_te", "te_250", "mauras_2000",
            "raven_2006", "taylor_2010", "liu_2006", "niu_2023", "handelsman_2022", "mulligan_1999"}  # fmt: skip


@pytest.fixture(scope="module")
def posterior():
    return Posterior()


def test_the_held_out_studies_are_those_that_were_frozen():
    """None that was frozen has left; one that was added since is no part of what was calibrated either."""
    held_out = {study.id for study in studies().values() if study.role == "held-out"}
    assert held_out >= HELD_OUT and held_out.isdisjoint(manifest()["studies"])
    assert len(held_out) >= len(studies()) / 5


def test_no_held_out_study_enters_the_fit(posterior):
    assert {target.study.id for target in posterior.targets}.isdisjoint(HELD_OUT)
    assert all(study.role == "calibration" for study in calibration_studies())
    assert HELD_OUT.isdisjoint(manifest()["studies"])


def test_semen_of_uncontrolled_treatment_is_not_fitted(posterior):
    found = [one for one in posterior.targets if one.one.analyte == "sperm_concentration"]
    assert found and not [one.study.id for one in found if "uncontrolled" in one.study.design]


def test_the_shipped_draws_were_made_of_these_data_by_this_code():
    assert manifest()["data"] == data_hash(), "run leydig evidence calibrate again: the studies have changed"
    assert drift() < SAME, "run leydig evidence calibrate again: the equations have changed"


def test_a_number_that_a_calibration_study_uses_is_missed_when_it_changes(monkeypatch):
    """The clearance of anastrozole, 5 % higher, moves estradiol by a third of a percent."""
    clearance = {"drugs.anastrozole.clearance": 1.05 * DRUGS["anastrozole"].clearance}
    monkeypatch.setattr(anastrozole, "entry", change(DRUGS["anastrozole"], clearance, "drugs.anastrozole"))
    assert drift() > SAME


def test_the_declared_values_are_the_optimum():
    best = {name: found["best"] for name, found in manifest()["numbers"].items()}
    for one in free_parameters():
        assert one.declaration.value == pytest.approx(best[one.path], rel=0.01), one.path


def test_the_draws_are_inside_the_ranges_and_converged():
    drawn = shipped_draws()
    for one in free_parameters():
        values = drawn.values[one.path]
        low, high = one.declaration.within
        assert ((values >= low) & (values <= high)).all(), one.path
        assert values.std() > 0.0
    assert drawn.count == 200
    rhat = [found["rhat"] for found in manifest()["numbers"].values()]
    assert np.median(rhat) < 1.05 and max(rhat) < 1.15
    assert min(found["ess"] for found in manifest()["numbers"].values()) > 400


def test_normal_numbers_and_logs_are_inverse(posterior):
    z = np.random.default_rng(1).uniform(-2.5, 2.5, (3, len(posterior.free)))
    logs = posterior.logs(z)
    assert (logs >= posterior.low).all() and (logs <= posterior.high).all()
    np.testing.assert_allclose(posterior.normals(logs), z, atol=1e-6)


def test_a_study_effect_is_integrated_out_exactly(posterior):
    best = np.log([[one.declaration.value for one in posterior.free]])
    z = posterior.normals(best)
    tau = np.linspace(0.05, 0.4, len(SPREAD_GROUPS))
    point = np.concatenate([z[0], np.log(tau), [np.log(0.3)]])
    gap = posterior.residuals(posterior.logs(z), np.array([0.3]))[0]
    by_hand = 0.0
    for block, group in zip(posterior.blocks, posterior.block_group, strict=True):
        covariance = np.diag(posterior.noise[block]) + tau[group] ** 2
        by_hand -= 0.5 * gap[block] @ np.linalg.solve(covariance, gap[block])
        by_hand -= 0.5 * (np.linalg.slogdet(covariance)[1] - np.log(posterior.noise[block]).sum())
    rest = posterior(point[None])[0] - by_hand
    moved = np.append(point[:-1], np.log(0.6))
    other = posterior.residuals(posterior.logs(z), np.array([0.6]))[0]
    again = 0.0
    for block, group in zip(posterior.blocks, posterior.block_group, strict=True):
        covariance = np.diag(posterior.noise[block]) + tau[group] ** 2
        again -= 0.5 * (other[block] @ np.linalg.solve(covariance, other[block]))
        again -= 0.5 * (np.linalg.slogdet(covariance)[1] - np.log(posterior.noise[block]).sum())
    prior = [-0.5 * (np.log(b / 0.2) / 0.7) ** 2 for b in (0.3, 0.6)]
    assert posterior(moved[None])[0] - again - prior[1] == pytest.approx(rest - prior[0], abs=1e-6)


def test_a_single_step_from_the_declared_values_does_not_find_much_more(posterior):
    posterior.shift = population_shift(posterior)
    start = posterior.normals(np.log([[one.declaration.value for one in posterior.free]]))[0]
    there, height = optimum(posterior, start, rounds=3)
    found = posterior.natural(there[None])[0][: len(posterior.free)]
    here = np.array([one.declaration.value for one in posterior.free])
    contraction = np.array([manifest()["numbers"][one.path]["contraction"] for one in posterior.free])
    known = contraction > 0.4  # what the data do not identify may wander
    assert np.isfinite(height)
    np.testing.assert_allclose(found[known], here[known], rtol=0.25)


def test_calibrate_runs_and_writes(tmp_path, monkeypatch):
    few = calibration_studies()[:3]
    monkeypatch.setattr(calibration, "calibration_studies", lambda: few)
    monkeypatch.setattr(calibration, "Posterior", lambda: Posterior(few))
    monkeypatch.setattr(calibration, "WALKERS", 80)
    monkeypatch.setattr(calibration, "DRAWS", 20)
    told = []
    found = calibrate(seed=3, starts=1, steps=4, watch=lambda *what: told.append(what))
    table, record = write(found, tmp_path / "out")
    assert table.read_text().splitlines()[0].split(",") == found.names
    assert len(table.read_text().splitlines()) == 21
    assert '"seed": 3' in record.read_text()
    assert {what for what, _, _ in told} == {"virtual arms", "optimum", "draws"}
