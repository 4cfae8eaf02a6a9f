"""A twin: what it learns, forecasts and refuses, and whether its intervals hold what comes later."""

import datetime as dt
import time
import warnings
from dataclasses import replace

import numpy as np
import pytest
from inference.rewrite_applicability import covered
from scipy.stats import binom

import leydig as ly
from benchmarks.twin import rank_man
from leydig.engine import solve
from leydig.errors import BadRecord, UnknownName
from leydig.inference.contraction import CoordinateGroup
from leydig.inference.forward import TOLERANCE
from leydig.inference.prior import Prior
from leydig.inference.results.history import history_of
from leydig.inference.sampling.ensemble import Ensemble, kalman_mean
from leydig.inference.sampling.laplace import Part, PartNormal, approximate, parts_of, weigh, weigh_again
from leydig.inference.sampling.problem import Problem
from leydig.inference.sampling.tempering import temper
from leydig.inference.sampling.weights import resample
from leydig.inference.shared_constants import shared_constants
from leydig.inference.trust.applicability import APPLICABILITY, uncovered_man, uncovered_regimen
from leydig.inference.trust.coverage import RANKED_ANALYTES
from leydig.inference.trust.misfit import Misfit
from leydig.inference.trust.trust import TrustVerdict, _kinds_that_fit
from leydig.record import Record, Result, Treatment
from leydig.regimen import Regimen
from leydig.ticks import TICKS_PER_DAY

DAY, LATER = dt.date(2026, 1, 5), dt.date(2026, 3, 2)
MEN = 6  # of the small coverage; `python -m benchmarks.twin` runs more


EITHER = 38  # pg/mL
TESTOSTERONE = Result("testosterone", 271, DAY, "ng/dL")


def record(*more, testosterone=TESTOSTERONE):
    results = (
        Result("bmi", 28.7, DAY, "kg/m2"), testosterone,
        Result("estradiol", 32, DAY, "pg/mL"), Result("lh", 3.4, DAY, "IU/L"), Result("fsh", 4.8, DAY, "IU/L"), *more,
    )  # fmt: skip
    return Record("male", dt.date(1991, 5, 1), results, (Treatment(Regimen("anastrozole 1 mg daily"), DAY),))


@pytest.fixture(scope="module")
def twin():
    more = Result("testosterone", 470, LATER, "ng/dL"), Result("estradiol", 20, LATER, "pg/mL", comparator="<")
    return ly.fit(record(*more), kind="secondary", draws=400)


def problem():
    history = history_of(record())
    return Problem(Prior.for_drugs("secondary", history.age, history.bmi, history.regimen.drugs), history)


def test_a_twin_is_draws_of_a_man_near_his_results(twin):
    assert twin.man.count == twin.draws == 400
    assert 7.5 < np.median(twin.man.baseline.testosterone) < 12.0
    assert twin.trust.verdict == TrustVerdict.TRUST and twin.quality.failed == 0
    assert all(one.p > 0.01 for one in twin.predictive)


def test_a_fit_ends_where_its_watch_says_so():
    def refuse(what, count, _):
        raise InterruptedError(f"{what}: {count}")

    with pytest.raises(InterruptedError, match="men solved: 0"):
        ly.fit(record(), draws=100, watch=refuse)


def test_it_learns_his_levels_and_nothing_of_his_feedback(twin):
    found = {one.name: one for one in twin.informed}
    assert found["testosterone"].share > 0.4 and found["lh"].share > 0.4
    assert abs(found["body.testis.capacity_delay"].share) < 0.25
    assert found["body.hypothalamus.androgen_gain"].group == CoordinateGroup.SHARED or (
        found["body.hypothalamus.androgen_gain"].share < 0.3
    )
    assert abs(found["spine_bmd"].share) < 0.25
    shared = [one.share for one in twin.informed if one.group == CoordinateGroup.SHARED and np.isfinite(one.share)]
    assert len(shared) > 30 and max(shared) < 0.45  # one man teaches little of what all men share
    assert found["structure"].group == CoordinateGroup.STRUCTURE and found["structure"].share < 0.6
    learned = [one for one in twin.informed if one.is_learned]
    assert "testosterone" in [one.name for one in learned] and sum(not one.is_his for one in learned) < 5
    told = twin.record()["informed"]  # a constant of all men may have the name of his own way with a drug
    assert len({(one["name"], one["group"]) for one in told}) == len(told) == len(twin.informed)


def test_the_same_seed_is_the_same_twin(twin):
    again = ly.fit(record(), kind="secondary", draws=100)
    other = ly.fit(record(), kind="secondary", draws=100)
    np.testing.assert_array_equal(again.places, other.places)


def test_a_forecast_has_two_bands_and_a_stronger_dose_lowers_estradiol(twin):
    weak, strong = (
        twin.forecast(f"anastrozole {dose} mg daily", weeks=8, every="8 weeks", adherence=1.0) for dose in (0.5, 1)
    )
    low, high = strong["estradiol"].interval(0.9)
    inner = strong["estradiol"].interval(0.5)
    assert low[-1] < inner[0][-1] < strong["estradiol"].median()[-1] < inner[1][-1] < high[-1]
    assert strong["estradiol"].median()[-1] < weak["estradiol"].median()[-1]
    least, most = strong["testosterone"].result_interval(0.9)
    low, high = strong["testosterone"].interval(0.9)
    assert np.log(most[-1] / least[-1]) > np.log(high[-1] / low[-1])
    with pytest.raises(UnknownName):
        strong["sperm_concentration"]


def test_a_forecast_goes_on_from_where_his_results_left_him(twin):
    """As if every draw were marched from rest: with his own drug, one that is new to him, and none."""
    few = twin.thin(40)
    at_rest = replace(few, men=replace(few.men, standing=None))
    assert (few.men.standing.day == few.history.now).all()
    for plan in ("anastrozole 0.5 mg daily", "clomiphene 50 mg daily", ""):
        found, whole = (one.forecast(plan, weeks=4, every="2 weeks") for one in (few, at_rest))
        for name in found.names:
            np.testing.assert_allclose(found[name].levels, whole[name].levels, rtol=1e-4)
            np.testing.assert_allclose(found[name].results, whole[name].results, rtol=1e-4)


def test_options_of_a_dose_are_marched_from_where_he_stands(twin, monkeypatch):
    begins = []

    def march(kernel, who, begin, which, plans, *rest):
        begins.append(plans.ends[:, 0].min() / TICKS_PER_DAY)
        return solve.march.__wrapped__(kernel, who, begin, which, plans, *rest)

    march.__wrapped__ = solve.march
    monkeypatch.setattr(solve, "march", march)
    options = ["anastrozole 0.5 mg daily", "anastrozole 1 mg daily"]
    with warnings.catch_warnings():  # of a dose above its label: nobody is given both options at once
        warnings.simplefilter("error")
        found = ly.optimize(twin, options=options, weeks=4, draws=50)
    assert len(found.points) == 2 and begins == [twin.history.now] * 2


def test_levels_of_the_draws_are_those_of_their_places(twin):
    few = twin.thin(40)
    np.testing.assert_allclose(few.levels, Problem(few.prior, few.history).levels(few.places), rtol=1e-10)


def test_a_drug_that_is_new_to_him_is_forecast_and_one_without_evidence_is_not(twin):
    ahead = twin.forecast("letrozole 2.5 mg daily", weeks=4, every="4 weeks")
    assert np.isfinite(ahead["testosterone"].median()).all()
    refused = twin.forecast("testosterone cypionate 100 mg weekly", weeks=4, every="4 weeks")
    assert refused.trust.abstains and np.isnan(refused["testosterone"].interval()[0]).all()
    assert "no study" in str(refused.trust)


def test_a_mistaken_unit_is_found():
    typed = Result("testosterone", 9.4, DAY, "ng/dL")
    swapped = ly.fit(record(testosterone=typed), kind="secondary", draws=100)
    assert swapped.trust.abstains and "9.4 nmol/L" in str(swapped.trust)


def test_of_a_unit_that_may_be_either_the_laboratory_is_to_be_asked():
    """Estradiol between what is usual in one unit and in the other."""
    results = Result("bmi", 28.7, DAY, "kg/m2"), TESTOSTERONE, Result("estradiol", EITHER, DAY, "pg/mL")
    found = ly.fit(Record("male", dt.date(1991, 5, 1), results), kind="secondary", draws=100)
    assert found.trust.verdict == TrustVerdict.CAUTION and f"could be {EITHER} pmol/L as well" in str(found.trust)


def test_results_of_another_kind_are_refused_with_the_kinds_that_have_them(monkeypatch):
    primary = Record("male", dt.date(1991, 5, 1), (
        Result("bmi", 25.0, DAY, "kg/m2"), Result("testosterone", 230, DAY, "ng/dL"), Result("lh", 22.0, DAY, "IU/L"),
        Result("fsh", 34.0, DAY, "IU/L"),
    ))  # fmt: skip
    with monkeypatch.context() as patch:  # an answer that is not given is not searched for any longer
        patch.setattr("leydig.inference.fit.HEAVY_TAIL", -np.inf)
        patch.setattr("leydig.inference.fit.weigh_again", lambda problem, weighted, draws, random: weighted)
        patch.setattr("leydig.inference.fit.temper", None)
        refused = ly.fit(primary, kind="healthy", draws=100)
    assert refused.trust.abstains and refused.misfit.p < 0.01
    assert "above all FSH 34 IU/L of 2026-01-05 (higher than expected" in str(refused.trust)
    assert refused.misfit.kinds["primary"] > 0.05 and "kind primary (p = " in str(refused.trust)
    own = ly.fit(primary, kind="primary", draws=100)
    assert own.misfit.p > 0.01 and own.misfit.kinds == {} and not own.trust.abstains


def test_the_nearest_kind_is_named_where_none_has_such_results_often():
    refusal = _kinds_that_fit(Misfit(0.003, (), {"primary": 0.003, "azoospermia": 0.03, "healthy": 0.0}))
    assert refusal == "no kind has them often, kind azoospermia (p = 0.03) at best; "
    assert _kinds_that_fit(Misfit(0.003, (), {"primary": 0.003})) == "no kind that is known has them; "


def test_men_who_fail_have_no_weight_and_are_counted():
    own, random = problem(), np.random.default_rng(1)
    march = own.march
    parts = approximate(own, kalman_mean(own, Ensemble.of_prior(own, random)))

    class Failing(Problem):
        def march(self, places):
            found = march(places)
            found.levels[::3] = np.nan
            return found

    weighted = weigh(Failing(own.prior, own.history), parts, 300, random)
    assert (weighted.weights[::3] == 0.0).all() and weighted.weights.sum() == pytest.approx(1.0)
    assert not (resample(weighted.weights, 200, random) % 3 == 0).any()


class Line:
    """A problem whose posterior is known: the results are a line of the coordinates, with normal noise."""

    names = ("a", "b", "c")

    def log_likelihood(self, places):
        return -0.5 * ((places[:, 0] + 0.5 * places[:, 1] - 2.0) / 0.2) ** 2

    def march(self, places):
        return places

    def log_density(self, measured):
        return self.log_likelihood(measured)

    prior = property(lambda self: self)


def test_tempered_and_weighted_draws_agree_with_the_posterior_of_a_line():
    slopes, random = np.array([1.0, 0.5, 0.0]) / 0.2, np.random.default_rng(2)
    precision = np.eye(3) + np.outer(slopes, slopes)
    mean = np.linalg.solve(precision, slopes * 2.0 / 0.2)
    learned, axes = np.linalg.eigh(precision)
    normal = PartNormal(Part({}, ()), mean, axes[:, -1:], 1.0 / np.sqrt(learned[-1:]), 0.0, 0.0)
    weighted = weigh(Line(), [normal], 4000, random)
    tempered = temper(Line(), 4000, random)
    for found in (weighted, tempered):
        np.testing.assert_allclose(found.weights @ found.places, mean, atol=0.08)
        spread = np.cov(found.places.T, aweights=found.weights)
        np.testing.assert_allclose(spread, np.linalg.inv(precision), atol=0.1)
    assert weighted.pareto_k < 0.7 and tempered.acceptance > 0.2


class Flat(Line):
    """A problem in which nothing was measured."""

    def log_likelihood(self, places):
        return np.zeros(len(places))


def test_draws_of_overlapping_parts_are_weighted_back_to_the_prior():
    """Two parts of one coordinate and one part of another that lies across them, wherever each was centred."""
    low, high = Part({0: (-np.inf, 0.3)}, (0,)), Part({0: (0.3, np.inf)}, (0,))
    across = Part({1: (-np.inf, -0.5)}, (1,))
    axis, width = np.array([[0.0], [0.0], [1.0]]), np.array([0.9])
    parts = [PartNormal(part, np.array([0.0, 0.0, centre]), axis, width, weight, 0.0)
             for part, centre, weight in ((low, 0.2, -1.0), (high, -0.2, 0.0), (across, 0.1, -2.0))]  # fmt: skip
    found = weigh(Flat(), parts, 20000, np.random.default_rng(4))
    np.testing.assert_allclose(found.weights @ found.places, np.zeros(3), atol=0.04)
    np.testing.assert_allclose(np.cov(found.places.T, aweights=found.weights), np.eye(3), atol=0.05)
    assert found.weights @ (found.places[:, 0] < 0.3) == pytest.approx(0.618, abs=0.02)


def test_draws_that_did_not_do_are_made_again_wider_and_twice_as_many():
    own, random = problem(), np.random.default_rng(6)
    narrow = [replace(one, wide=0.4) for one in approximate(own, kalman_mean(own, Ensemble.of_prior(own, random)))]
    before = weigh(own, narrow, 300, random)
    again = weigh_again(own, before, 300, random)
    assert before.pareto_k > 0.7 > again.pareto_k and len(again.places) == 600 and again.effective > 200
    known = [own.prior.names.index(name) for name in ("testosterone", "lh")]
    fair = weigh(own, approximate(own, again.weights @ again.places), 600, random)
    np.testing.assert_allclose((again.weights @ again.places)[known], (fair.weights @ fair.places)[known], atol=0.15)


def test_every_structure_and_men_who_take_nothing_have_a_part_of_their_own():
    own = problem()
    assert len(parts_of(own)) == 1  # before treatment they show nothing
    treated = history_of(record(Result("testosterone", 470, LATER, "ng/dL")))
    parts = parts_of(Problem(own.prior, treated))
    assert len(parts) == len(shared_constants().structures) + 1
    assert np.exp([one.log_share for one in parts[:-1]]).sum() == pytest.approx(1.0)
    assert np.exp(parts[-1].log_share) == pytest.approx(0.03)


def test_a_man_who_takes_nothing_is_found_out():
    """Testosterone and estradiol as before treatment, in three later draws."""
    later = [
        Result(name, value, LATER + dt.timedelta(weeks=week), unit)
        for week in (0, 4, 8)
        for name, value, unit in (("testosterone", 271, "ng/dL"), ("estradiol", 32, "pg/mL"), ("lh", 3.4, "IU/L"))
    ]
    found = ly.fit(record(*later), kind="secondary", draws=400)
    assert np.mean(found.men.taken == 0.0) > 0.9 and found.quality.effective > 100


def test_most_draws_count(twin):
    """Pareto-smoothed weights leave 400 of 1,000 effective; where results miss a structure by far, too."""
    assert twin.quality.method == "weighted" and twin.quality.effective > 0.4 * twin.draws


def test_levels_come_as_close_to_the_solution_as_the_tolerance_says(twin, monkeypatch):
    plans = ("anastrozole 1 mg daily", "clomiphene 25 mg daily", "hcg 2000 IU every 3 days")
    for plan in plans:
        rough = twin.forecast(plan, weeks=8, every="4 weeks")
        monkeypatch.setattr("leydig.inference.forward.TOLERANCE", 1e-5)
        fine = twin.forecast(plan, weeks=8, every="4 weeks")
        monkeypatch.setattr("leydig.inference.forward.TOLERANCE", TOLERANCE)
        for name in RANKED_ANALYTES:
            np.testing.assert_allclose(rough[name].levels, fine[name].levels, rtol=2e-3, err_msg=plan)


def test_without_results_the_twin_is_the_prior():
    bare = Record("male", dt.date(1991, 5, 1), (Result("bmi", 28.7, DAY, "kg/m2"),))
    found = ly.fit(bare, kind="secondary", draws=200)
    assert found.quality.method == "prior" and found.misfit.p == 1.0


def test_later_results_and_true_levels_lie_in_the_intervals_as_often_as_they_say():
    """Virtual men of another seed; bounds that fair intervals break once in a thousand times each way."""
    begun = time.process_time()
    men = [rank_man(number, 23, "anastrozole", 300, "four hormones twice")[0] for number in range(MEN)]
    for of in range(2):
        ranks = np.array([man[name][of] for man in men for name in RANKED_ANALYTES])
        for level, at_most in ((0.9, False), (0.5, True)):
            inside = np.sum(np.abs(ranks - 0.5) <= 0.5 * level)
            assert inside >= binom.ppf(0.001, len(ranks), level), (of, level)
            assert not at_most or inside <= binom.ppf(0.999, len(ranks), level), (of, level)
    assert (time.process_time() - begun) / MEN < 20.0


def test_the_shipped_range_is_that_of_the_studies():
    assert APPLICABILITY.read_text(encoding="utf-8") == covered()


@pytest.mark.parametrize(("text", "word"), [
    ("anastrozole 1 mg daily", ""), ("anastrozole 5 mg daily", "35 mg a week"), ("testosterone cypionate 100 mg weekly", "no study"),
    ("anastrozole 1 mg daily + clomiphene 25 mg daily", "together"),
])  # fmt: skip
def test_what_no_study_covers_is_said(text, word):
    found = " ".join(uncovered_regimen(Regimen.parse(text)))
    assert (word in found) if word else not found
    assert uncovered_man(34.0, 28.7) == () and len(uncovered_man(89.0, 70.0)) == 2


@pytest.mark.parametrize("wrong", ["record.json", [], [1], None])
def test_what_is_no_record_is_refused(wrong):
    with pytest.raises(BadRecord):
        ly.fit(wrong)


def test_many_men_are_fitted_as_each_alone_and_who_cannot_be_is_named():
    nobody = Record("male", dt.date(1991, 5, 1), (TESTOSTERONE,))
    other = record(testosterone=Result("testosterone", 340, DAY, "ng/dL"))
    found = ly.fit([record(), nobody, other], kind="secondary", draws=100)
    assert found.count == 3 and [place for place, _ in found] == [0, 2] and len(found) == 2
    assert "BMI" in found.failed[1]
    with pytest.raises(BadRecord, match="BMI"):
        found[1]
    with pytest.raises(BadRecord, match="3 records"):
        found[7]
    np.testing.assert_array_equal(found[2].places, ly.fit(other, kind="secondary", draws=100).places)
