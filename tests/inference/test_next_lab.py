"""The next best laboratory test: against a closed form, a brute-force simulation in two stages, and common sense."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

import leydig as ly
from leydig.errors import OutOfRange, UnknownName
from leydig.inference.decision.aims import Aims
from leydig.inference.decision.next_lab import expected_losses
from leydig.inference.trust.trust import Trust, TrustReason, TrustVerdict
from leydig.man.sample import noise_of
from leydig.protocol.reader import read_protocol
from leydig.record import Record, Result
from leydig.regimen import Regimen

DAY = dt.date(2026, 1, 5)
OPTIONS = ["", "anastrozole 0.5 mg daily"]
HARMS = 0.2  # chance of a harm that is worth the band: the decision is close in this man


def twin(testosterone, estradiol, draws=600, seed=1):
    """Return an obese man with two results before treatment."""
    results = (Result("bmi", 36.0, DAY, "kg/m2"), Result("testosterone", testosterone, DAY, "ng/dL"),
               Result("estradiol", estradiol, DAY, "pg/mL"))  # fmt: skip
    return ly.fit(Record("male", dt.date(1991, 5, 1), results), kind="obesity", draws=draws, seed=seed)


@pytest.fixture(scope="module")
def man():
    return twin(400, 50)


def test_the_worth_of_a_result_is_that_of_the_closed_form():
    """A loss of 0, or of a normal number that a result of variance v tells of: sqrt(1 / (1 + v)) φ(0)."""
    random = np.random.default_rng(1)
    number = random.standard_normal(1500)
    number -= number.mean()
    weights, losses = np.full(1500, 1.0 / 1500), np.column_stack([np.zeros(1500), number])
    for variance in (0.2, 2.0):
        after, effective = expected_losses(weights, losses, number[:, None], np.array([variance]), 2, random)
        worth = np.mean(after[:, 0] - after.min(axis=1))
        assert worth == pytest.approx(np.sqrt(1.0 / (1.0 + variance)) / np.sqrt(2.0 * np.pi), rel=0.06)
        assert 100 < np.median(effective) < 1500


def test_options_part_from_one_past_as_each_by_itself(man):
    """Read a day after they part, so that a first dose that is lost, or another's, is seen."""
    days, names = np.array([0.0, 14.0, 15.0]), ("estradiol", "testosterone")
    options = [Regimen("anastrozole 1 mg daily"), Regimen(), Regimen("clomiphene 50 mg daily")]
    thin = man.thin(100)
    for option, found in zip(options, thin.levels_of_options(options, days, names, 14.0), strict=True):
        alone = thin.levels_ahead(option, days, names, wait=14.0)
        for name in names:
            assert found.values[name] == pytest.approx(alone.values[name], rel=2e-3), (str(option), name)


def test_two_results_are_worth_more_than_each_alone():
    random = np.random.default_rng(2)
    number = random.standard_normal(800)
    weights, losses = np.full(800, 1.0 / 800), np.column_stack([np.zeros(800), number])

    def worth(count):
        means = np.repeat(number[:, None], count, axis=1)
        after, _ = expected_losses(weights, losses, means, np.ones(count), 2, random)
        return np.mean(after[:, 0] - after.min(axis=1))

    assert worth(2) > 1.08 * worth(1) > 0


def test_it_agrees_with_a_simulation_in_two_stages(man):
    """Other draws of the man, each result weighed by itself, decision by decision."""
    found = man.next_lab("anastrozole", OPTIONS, ["estradiol"], [14.0], chance=HARMS)
    other, aims = twin(400, 50, draws=1500, seed=9), Aims.of_protocol(read_protocol("anastrozole"))
    names, when = ("estradiol", *aims.analytes), np.array([14.0, 14.0 + 84.0])
    each = [other.levels_ahead(Regimen(one), when, names, wait=14.0).values for one in OPTIONS]
    losses = np.column_stack([
        1.0 - aims.in_band(at) + found.harm * (aims.below_floor(at) | aims.above_limit(at))
        for at in ({name: values[:, 1] for name, values in one.items()} for one in each)
    ])  # fmt: skip
    bias, width = other.bias("estradiol")
    middle = np.log(each[0]["estradiol"][:, 0]) + bias
    random, spread = np.random.default_rng(3), np.hypot(noise_of("estradiol"), width)
    first, gain = int(losses.mean(axis=0).argmin()), []
    for result in middle[::3] + spread * random.standard_normal(500):
        weights = np.exp(-0.5 * ((result - middle) / spread) ** 2)
        expected = weights @ losses / weights.sum()
        gain.append(expected[first] - expected.min())
    error = np.hypot(found.best_test.standard_error, np.std(gain) / np.sqrt(len(gain)))
    assert str(found.chosen) == str(Regimen(OPTIONS[first]))
    assert found.loss == pytest.approx(losses[:, first].mean(), abs=3.0 * losses[:, first].std() / np.sqrt(300))
    assert found.best_test.reduction == pytest.approx(np.mean(gain), abs=3.0 * error)
    assert found.best_test.reduction > 5.0 * found.best_test.standard_error > 0  # a result that tells


def test_the_level_that_a_limit_asks_is_worth_most(man):
    found = man.next_lab("anastrozole", OPTIONS, days=[14.0], chance=HARMS)
    worth = {one.tests: one for one in found.values}
    assert len(worth) == 5 and found.values[0].reduction == max(one.reduction for one in found.values)
    assert worth["estradiol",].reduction > worth["lh",].reduction
    whole = worth["testosterone", "estradiol", "lh", "fsh"]
    assert whole.reduction > 0.9 * worth["estradiol",].reduction and whole.effective < worth["estradiol",].effective
    assert all(one.reduction <= found.loss - found.least_loss for one in found.values)
    told = found.record()
    assert told["values"][0]["titles"] and told["chosen"] in told["options"]


def test_options_without_evidence_are_left_out_by_name(man):
    found = man.next_lab("anastrozole", [*OPTIONS, "anastrozole 0.5 mg twice weekly"], ["estradiol"], [7.0])
    assert list(found.left_out) == ["anastrozole 0.5 mg twice weekly"] and len(found.options) == 2
    with pytest.raises(OutOfRange, match="no study covers any"):
        man.next_lab("anastrozole", ["anastrozole 0.5 mg twice weekly"])


def test_a_twin_that_abstains_tells_no_test(man):
    refused = replace(man, trust=Trust((TrustReason(TrustVerdict.ABSTAIN, "his results are another man's"),)))
    found = refused.next_lab("anastrozole", OPTIONS)
    assert found.best_test is None and found.values == () and found.record()["loss"] is None


def test_what_is_no_test_of_blood_is_refused(man):
    for name in ("sperm_concentration", "te2_ratio", "spine_bmd", "nothing"):
        with pytest.raises(UnknownName, match="estradiol"):
            man.next_lab("anastrozole", OPTIONS, [name])
    with pytest.raises(OutOfRange, match="ascending"):
        man.next_lab("anastrozole", OPTIONS, days=[14.0, 14.0])
