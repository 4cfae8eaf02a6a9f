"""Virtual trials: the same for any number of workers, run again to the byte, and sane where sanity can be known."""

import datetime as dt
import json
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

import leydig as ly
from leydig.analytes import ANALYTES
from leydig.protocol.reader import read_protocol
from leydig.trial import check_ledger, run, trial_summary
from leydig.trial.conduct.conception import Fecundability, conception_cycle
from leydig.trial.conduct.enrollment import enroll_batch, screening_record, trial_men
from leydig.trial.conduct.laboratory import laboratory_results, uniforms
from leydig.trial.conduct.outcome import BatchResult
from leydig.trial.design.design import TrialArm
from leydig.trial.design.trial_file import trial_from

CONTENT = {
    "name": "small", "n": 24, "months": 8, "seed": 3, "kind": "obesity", "bmi": [28, 45],
    "visits": {"missed": 0.1, "missing": 0.1},
    "arm": [{"name": "titrated", "protocol": "anastrozole"}, {"name": "daily", "regimen": "anastrozole 1 mg daily"},
            {"name": "nothing", "regimen": ""}],
}  # fmt: skip
SMALL = trial_from(CONTENT)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    path = tmp_path_factory.mktemp("trial") / "ledger.jsonl"
    return run(SMALL, workers=1, size=40, ledger=path), path


def test_any_size_of_batches_gives_the_same_bytes(ran, tmp_path):
    other = tmp_path / "ledger.jsonl"
    again = run(SMALL, workers=1, size=25, ledger=other)
    assert other.read_bytes() == ran[1].read_bytes()
    assert json.dumps(trial_summary(again)) == json.dumps(trial_summary(ran[0]))


@pytest.mark.parametrize(
    ("n", "size", "screened"), [(1, 250, 32), (10, 250, 40), (62, 250, 248), (63, 250, 250), (10, 16, 16)]
)
def test_few_men_are_screened_where_few_are_wanted(monkeypatch, n, size, screened):
    module = import_module("leydig.trial.run")
    monkeypatch.setattr(module, "run_batch", lambda trial, first, size, ledger: (first, size))
    batches = module.batches(replace(SMALL, n=n), 1, size)
    assert [next(batches), next(batches)] == [(0, screened), (screened, min(size, 2 * screened))]


@pytest.fixture(scope="module")
def brief(tmp_path_factory):
    """A trial of several batches and few men, and its ledger when one process runs it."""
    trial, path = trial_from(CONTENT | {"n": 10, "months": 3}), tmp_path_factory.mktemp("brief") / "ledger.jsonl"
    return trial, run(trial, workers=1, size=16, ledger=path), path.read_bytes()


def test_two_processes_give_the_same_bytes(brief, tmp_path):
    trial, alone, ledger = brief
    again = run(trial, workers=2, size=16, ledger=tmp_path / "ledger.jsonl")
    assert (tmp_path / "ledger.jsonl").read_bytes() == ledger
    assert len(ledger.splitlines()) > 16 and b'"titrated"' in ledger
    for name, arm in alone.arms.items():
        for analyte, levels in arm.levels.items():
            assert np.array_equal(levels, again.arms[name].levels[analyte], equal_nan=True)


def test_a_dask_cluster_gives_the_same_bytes(brief, tmp_path):
    from dask.distributed import LocalCluster

    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp://", dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address.removeprefix("tcp://")
        run(brief[0], workers=f"dask://{address}", size=16, ledger=tmp_path / "ledger.jsonl")
    assert (tmp_path / "ledger.jsonl").read_bytes() == brief[2]


def test_the_ledger_holds_when_it_is_checked(ran):
    found = check_ledger(ran[1])
    assert found.men > 60 and found.decisions > 60 and found.visits >= found.decisions
    assert found.differing == () and found.largest < 5e-3


def test_arms_hold_the_same_men_with_the_same_luck(ran):
    arms = ran[0].arms
    assert np.array_equal(arms["titrated"].numbers, arms["nothing"].numbers)
    assert np.array_equal(arms["titrated"].left, arms["nothing"].left)
    for name, levels in arms["titrated"].levels.items():
        assert np.array_equal(levels[:, 0], arms["daily"].levels[name][:, 0])


def test_nothing_changes_nothing_and_the_drug_does_what_it_must(ran):
    levels = {name: arm.levels["estradiol"] for name, arm in ran[0].arms.items()}
    still = ~np.isnan(levels["nothing"]).any(axis=1)
    assert np.allclose(levels["nothing"][still], levels["nothing"][still][:, :1], rtol=1e-3)
    assert (levels["daily"][still][:, 1] < 0.9 * levels["daily"][still][:, 0]).all()


def test_every_man_is_counted_once(ran):
    found = trial_summary(ran[0])
    assert found["flow"]["screened"] == found["flow"]["enrolled"] + sum(found["flow"]["excluded"].values())
    for arm in found["arms"].values():
        flow = arm["flow"]
        assert flow["assigned"] == flow["left"] + flow["not_solved"] + flow["completed"] == SMALL.n
        semen = arm["semen"]
        assert semen["measured"] == semen["gained"] + semen["same"] + semen["lost"]


def test_only_men_whom_the_protocol_enrolls_are_enrolled():
    whole = enroll_batch(SMALL, 0, 30)
    men = trial_men(SMALL, 0, 30)
    for number in range(30):
        verdict = ly.assess(screening_record(SMALL, men, number, number), "anastrozole", on=SMALL.start).verdict
        assert (verdict == "candidate") == (number in whole.arms["titrated"].numbers)


def test_a_decision_waits_for_its_results_and_the_dose_follows_it():
    trial = replace(SMALL, kind="secondary", enrolled_by="clomiphene", arms=(TrialArm("titrated", "clomiphene"),))
    men = enroll_batch(trial, 0, 30).arms["titrated"]
    changed = 0
    for visits, treatments in zip(men.visits, men.treatments, strict=True):
        for one in visits:
            assert one.decided == one.day + trial.turnaround
            if one.action.startswith("step") and one.regimen != "nothing":
                day = trial.date(one.decided)
                assert any(t.start == day and str(t.regimen) == one.regimen for t in treatments)
                changed += 1
    assert changed > 5


def test_missed_doses_are_missed():
    half = enroll_batch(replace(SMALL, taken=0.5, dropout=0.0), 0, 30).arms["daily"]
    full = enroll_batch(replace(SMALL, taken=1.0, dropout=0.0), 0, 30).arms["daily"]
    assert 0.35 < np.mean([len(dose.missed) for one in half.doses for dose in one.doses]) / SMALL.days < 0.65
    assert not any(dose.missed for one in full.doses for dose in one.doses)
    assert np.nanmean(half.levels["estradiol"][:, 2]) > np.nanmean(full.levels["estradiol"][:, 2])


def test_men_leave_at_their_rate():
    leaving = enroll_batch(replace(SMALL, dropout=0.2), 0, 60).arms["nothing"]
    share = np.mean([why == "left the trial" for why in leaving.ended])
    assert share == pytest.approx(1.0 - 0.8**8, abs=0.2)
    for levels, why in zip(leaving.levels["lh"], leaving.ended, strict=True):
        assert why == "left the trial" or not np.isnan(levels).any()


def test_luck_belongs_to_a_man_and_a_purpose():
    assert np.array_equal(uniforms(1, "visit", 7, 3), uniforms(1, "visit", 7, 5)[:3])
    others = [
        uniforms(2, "visit", 7, 3),
        uniforms(1, "doses", 7, 3),
        uniforms(1, "visit", 8, 3),
        uniforms(1, "visit", 7, 3, 1),
    ]
    assert all(not np.array_equal(uniforms(1, "visit", 7, 3), other) for other in others)


@pytest.mark.parametrize("name", ["testosterone", "estradiol", "hematocrit"])  # semen: tests/man/test_sample.py
def test_readings_scatter_as_declared_and_have_no_bias(name):
    analyte = ANALYTES[name]
    true = float(np.mean(analyte.reference))
    day = dt.date(2026, 1, 5)
    deviates = np.random.default_rng(1).standard_normal(4000)
    read = [laboratory_results([name], {name: true}, {name: float(z)}, day)[0].standard_value for z in deviates]
    cv = (analyte.within_man_cv**2 + analyte.assay_cv**2) ** 0.5
    assert np.mean(read) == pytest.approx(true * analyte.factor_to(analyte.us), rel=0.03)
    assert np.std(read) / np.mean(read) == pytest.approx(cv, rel=0.08)


def test_an_older_partner_and_no_sperm_conceive_less():
    uniform = np.random.default_rng(2).random((5000, 13))
    counts = np.full((5000, 12), 40.0)
    by_age = [
        np.isfinite(conception_cycle(counts, counts[:, 0], np.zeros(5000), np.full(5000, age), uniform)).mean()
        for age in (25, 36, 42)
    ]
    assert by_age == sorted(by_age, reverse=True) and by_age[0] > by_age[-1] + 0.05
    assert not np.isfinite(
        conception_cycle(0 * counts, 0 * counts[:, 0], np.zeros(5000), np.full(5000, 28.0), uniform)
    ).any()
    assert float(Fecundability().decline) > 0.0


@pytest.mark.parametrize(("screened", "enrolled", "refused"), [(1999, 0, False), (2000, 19, True), (2000, 20, False)])
def test_a_trial_that_would_never_fill_is_refused(monkeypatch, screened, enrolled, refused):
    """Of two thousand men one in a hundred is enough to go on."""
    module = import_module("leydig.trial.run")
    kept = BatchResult(0, screened, {9999: "no indication"}, {"daily": SimpleNamespace(numbers=range(enrolled))}, {})
    monkeypatch.setattr(module, "batches", lambda *_: iter([kept]))
    found = module.enrollment_batches(replace(SMALL, n=50, design="paired"))
    assert next(found) is kept
    if refused:
        with pytest.raises(ly.BadTrial, match="got 19 of 2000 .* at least 1%. Most often: no indication"):
            next(found)
    else:
        assert list(found) == []


def test_protocols_of_a_trial_are_those_of_its_region():
    assert read_protocol("anastrozole", "aua").region == "aua"
    european = replace(SMALL, region="eau")
    everywhere, in_europe = (enroll_batch(one, 0, 40).arms for one in (SMALL, european))
    assert len(in_europe["titrated"].numbers if in_europe else ()) < len(everywhere["titrated"].numbers)
