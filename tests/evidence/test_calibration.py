"""What the calibration promises: it reads no held-out study, its draws belong to these data and this code, and it found an optimum."""

from functools import partial

import numpy as np
import pytest

from leydig.drugs import DRUGS, anastrozole
from leydig.evidence.calibration import calibration, sampling
from leydig.evidence.calibration.calibration import (
    REHEARSED,
    SAME,
    CalibrationSize,
    calibrate,
    calibrated_names,
    data_hash,
    drift,
    optimum_values,
    population_shift,
    write,
)
from leydig.evidence.calibration.optimum import downhill, optimum
from leydig.evidence.calibration.posterior import (
    BACKGROUND,
    SPREAD_GROUPS,
    Posterior,
    calibration_studies,
    free_parameters,
)
from leydig.evidence.calibration.predictions import targets
from leydig.evidence.calibration.rivals import RIVALS, choose_structure
from leydig.evidence.calibration.sampling import AGREED
from leydig.evidence.study import SEMEN
from leydig.evidence.study_file import studies
from leydig.inference.sampling.weights import HEAVY_TAIL
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


def test_semen_of_men_whom_a_count_enrolled_is_not_fitted(posterior):
    """The gain of an uncontrolled series is partly regression to the mean; normal men under a drug show the drug."""
    of_semen = {study.id for study in calibration_studies() for arm in study.arms for one in arm.observed
                if one.analyte in SEMEN and "uncontrolled" in study.design}  # fmt: skip
    fitted = {one.study.id for one in [*posterior.targets, *posterior.shares.shares] if one.one.analyte in SEMEN}
    assert of_semen - fitted == {"shuling_2018", "clomiphene_india", "lee_2004"}
    assert fitted >= {"matsumoto_1986", "who_te399", "bremner_1981", "matsumoto_1983", "gu_2009"}


def test_a_titrated_arm_is_not_fitted():
    arm = studies()["loves_2013"].arms[0]
    assert arm.titration is not None
    assert not targets([studies()["loves_2013"]])


def test_the_shipped_draws_were_made_of_these_data_by_this_code():
    assert manifest()["data"] == data_hash(), "run leydig evidence calibrate again: the studies have changed"
    assert drift() < SAME, "run leydig evidence calibrate again: the equations have changed"


def test_a_number_that_a_calibration_study_uses_is_missed_when_it_changes(monkeypatch):
    """The clearance of anastrozole, 5 % higher, moves estradiol by a third of a percent."""
    clearance = {"drugs.anastrozole.clearance": 1.05 * DRUGS["anastrozole"].clearance}
    monkeypatch.setattr(anastrozole, "entry", change(DRUGS["anastrozole"], clearance, "drugs.anastrozole"))
    assert drift() > SAME


def test_the_declared_values_are_the_optimum():
    best = optimum_values(manifest())
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
    for name, found in manifest()["structures"].items():
        assert found["rhat"] < AGREED, name
        assert found["pareto_k"] < HEAVY_TAIL, name
        assert found["effective_draws"] > found["weight"] * drawn.count, name
    assert sum(found["weight"] for found in manifest()["structures"].values()) == pytest.approx(1.0)
    assert min(found["ess"] for found in manifest()["numbers"].values()) > 400


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("body.spermatogenesis.pooled", 0.0),
        ("body.hypothalamus.common_share", 1.0),
        ("body.hypothalamus.local_share", 0.0),
    ],
)
def test_the_draws_hold_every_structure_by_its_weight(path, value):
    weights = [one["weight"] for one in manifest()["structures"].values() if one["fixed"].get(path) == value]
    assert len(weights) == 1
    assert np.mean(shipped_draws().values[path] == value) == pytest.approx(weights[0], abs=0.005)


def test_normal_numbers_and_logs_are_inverse(posterior):
    z = np.random.default_rng(1).uniform(-2.5, 2.5, (3, len(posterior.free)))
    logs = posterior.logs(z)
    assert (logs >= posterior.low).all() and (logs <= posterior.high).all()
    np.testing.assert_allclose(posterior.normals(logs), z, atol=1e-6)


def test_a_study_effect_is_integrated_out_exactly(posterior):
    best = posterior.declared_logs
    z = posterior.normals(best)
    tau = np.linspace(0.05, 0.4, len(SPREAD_GROUPS))
    point = np.concatenate([z[0], np.log(tau), [np.log(0.3)]])
    gap = posterior.residuals(posterior.predict(posterior.logs(z)), np.array([0.3]))[0]
    by_hand = 0.0
    for block, group in zip(posterior.blocks, posterior.block_group, strict=True):
        covariance = np.diag(posterior.noise[block]) + tau[group] ** 2
        by_hand -= 0.5 * gap[block] @ np.linalg.solve(covariance, gap[block])
        by_hand -= 0.5 * (np.linalg.slogdet(covariance)[1] - np.log(posterior.noise[block]).sum())
    rest = posterior(point[None])[0] - by_hand
    moved = np.append(point[:-1], np.log(0.6))
    other = posterior.residuals(posterior.predict(posterior.logs(z)), np.array([0.6]))[0]
    again = 0.0
    for block, group in zip(posterior.blocks, posterior.block_group, strict=True):
        covariance = np.diag(posterior.noise[block]) + tau[group] ** 2
        again -= 0.5 * (other[block] @ np.linalg.solve(covariance, other[block]))
        again -= 0.5 * (np.linalg.slogdet(covariance)[1] - np.log(posterior.noise[block]).sum())
    prior = [-0.5 * (np.log(b / 0.2) / 0.7) ** 2 for b in (0.3, 0.6)]
    assert posterior(moved[None])[0] - again - prior[1] == pytest.approx(rest - prior[0], abs=1e-6)


def test_a_few_steps_from_the_declared_values_do_not_find_much_more():
    """At the spreads between studies that were found with them; the first step is the longest."""
    posterior = Posterior(constants=manifest()["structures"][manifest()["structure"]]["fixed"])
    posterior.shift = population_shift(posterior)
    declared = posterior.declared_logs
    posterior.shares.apart = posterior.shares.virtual_men(posterior.mean_levels(declared)[0])
    best = optimum_values(manifest())
    tau = np.array([best[f"study spread of {group}"] for group in SPREAD_GROUPS])
    start = np.append(posterior.normals(declared)[0], np.log(best[BACKGROUND]))
    there = downhill(posterior, start, tau, rounds=2)
    found = np.exp(posterior.logs(there[None, :-1])[0])
    here = np.exp(posterior.declared_logs[0])
    contraction = np.array([manifest()["numbers"][one.path]["contraction"] for one in posterior.free])
    known = contraction > 0.4  # what the data do not identify may wander
    rows = posterior.whiten(np.stack([start, there]), tau)
    before, after = (rows**2).sum(axis=1)
    assert np.isfinite(after) and after <= before
    np.testing.assert_allclose(found[known], here[known], rtol=0.25)


def test_calibrate_runs_and_writes(tmp_path, monkeypatch):
    """A rehearsal, shorter still."""
    two = RIVALS[0], RIVALS[2]
    monkeypatch.setattr(calibration, "RIVALS", two)
    monkeypatch.setattr(calibration, "optimum", partial(optimum, rounds=1))  # how it is found, other tests hold
    monkeypatch.setattr(calibration, "REMEASUREMENTS", 1)
    monkeypatch.setattr(calibration, "DRAWS", 20)
    monkeypatch.setattr(sampling, "EACH", 1)
    monkeypatch.setattr(sampling, "ROUNDS", 1)
    monkeypatch.setattr(sampling, "CHECKED", 30)
    told = []
    found = calibrate(3, 1, 8, lambda *what: told.append(what), CalibrationSize.REHEARSAL)
    table, record = write(found, tmp_path / "out")
    assert table.read_text().splitlines()[0].split(",") == found.names == calibrated_names()
    assert len(table.read_text().splitlines()) == 21
    assert '"seed": 3' in record.read_text()
    weights = {name: one["weight"] for name, one in found.record["structures"].items()}
    assert set(weights) == {one.name for one in two} and sum(weights.values()) == pytest.approx(1.0)
    elpd = np.array([one["elpd"] for one in found.record["structures"].values()])
    free = [len(Posterior(constants=one.held_values).free) for one in two]
    assert found.record["structure"] == two[choose_structure(elpd, free)].name
    assert found.record["studies"] == ["coviello_2005", "veldhuis_2005"] and found.record["data"] != data_hash()
    still = {one.path for one in free_parameters() if one.path not in REHEARSED} & set(found.names)
    assert all(
        np.ptp(found.draws[:, found.names.index(name)]) == 0.0 for name in still - set(two[0].held) - set(two[1].held)
    )
    assert all(np.ptp(found.draws[:, found.names.index(name)]) > 0.0 for name in REHEARSED)
    apart = found.draws[:, found.names.index("body.spermatogenesis.pooled")]
    assert np.mean(apart == 0.0) == pytest.approx(weights[two[1].name], abs=0.05)
    parts = ("optimum", "men apart", "exact", "draws", "weights")
    assert {what for what, _, _ in told} == {"virtual arms"} | {f"{part}, {name}" for part in parts for name in weights}
