"""Population fits: the closed form of a normal population, simulation and re-estimation, VPC and NPDE."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

import leydig as ly
from leydig.errors import BadRecord, OutOfRange, UnknownName
from leydig.inference.hierarchy.expectation_maximization import WeightedDraws, maximize, population_errors
from leydig.inference.hierarchy.predictive_check import predictive_check
from leydig.inference.prior import Prior
from leydig.inference.results.history import history_of
from leydig.inference.sampling.problem import Problem
from leydig.plots.population_fit import population_fit_figures
from leydig.record import Record, Result

DAY = dt.date(2026, 1, 5)
TRUTH = (("lh", 0.9, 0.6), ("fsh", -0.6, 0.5))
MEN = 16


def simulated(count, shifts, seed=3):
    """Return records of men of a population, three mornings of two hormones each."""
    random, records = np.random.default_rng(seed), []
    for _ in range(count):
        bmi = Result("bmi", float(round(random.uniform(22.0, 28.0), 1)), DAY, "kg/m2")
        blank = [Result(name, 4.0, DAY + dt.timedelta(days), "IU/L") for days in (0, 30, 60) for name in ("lh", "fsh")]
        history = history_of(Record("male", dt.date(1991, 5, 1), (bmi, *blank)))
        problem = Problem(Prior.for_drugs("healthy", history.age, history.bmi, (), shifts=shifts), history)
        levels = problem.levels(random.standard_normal((1, len(problem.prior.names))))
        read = np.exp(problem.likelihood.simulate(levels, random)[0])
        results = [
            replace(one.result, value=float(value)) for one, value in zip(history.measurements, read, strict=True)
        ]
        records.append(Record("male", dt.date(1991, 5, 1), (bmi, *results)))
    return records


@pytest.fixture(scope="module")
def fitted():
    return ly.fit_population(simulated(MEN, TRUTH), [name for name, _, _ in TRUTH], draws=200, rounds=1)


def test_a_normal_population_is_found_as_the_closed_form_has_it():
    """x ~ N(0.5, 0.6²), y = x + N(0, 0.3²): m = mean y, s² = var y − 0.09; draws under N(0, 1)."""
    random, noise = np.random.default_rng(1), 0.3
    read = 0.5 + 0.6 * random.standard_normal(250) + noise * random.standard_normal(250)
    variance = 1.0 / (1.0 + 1.0 / noise**2)
    men = []
    for value in read:
        places = variance * value / noise**2 + np.sqrt(variance) * random.standard_normal((300, 1))
        men.append(WeightedDraws.of_population(places, np.full(300, 1.0 / 300.0), np.zeros(1), np.ones(1)))
    last = maximize(men, np.zeros(1), np.ones(1))[-1]
    assert last.mean[0] == pytest.approx(read.mean(), abs=0.01)
    assert last.spread[0] == pytest.approx(np.sqrt(read.var() - noise**2), abs=0.02)
    mean_error, spread_error = population_errors(men, last.mean, last.spread)
    assert mean_error[0] == pytest.approx(read.std() / np.sqrt(250), rel=0.15) and 0.0 < spread_error[0] < 0.06


@pytest.mark.parametrize(("spread", "seed"), [(0.02, 5), (0.1, 2)])
def test_a_spread_near_none_has_an_error_that_reaches_it(spread, seed):
    """Read with noise of 0.3 in 60 men, s² has an error of about 0.09·√(2/60), so that s is known to 0.1 at best."""
    noise, drawn, random = 0.3, np.full(1, 0.3), np.random.default_rng(seed)
    variance, men = 1.0 / (1.0 / drawn[0] ** 2 + 1.0 / noise**2), []
    for value in np.hypot(spread, noise) * random.standard_normal(60):
        places = variance * value / noise**2 + np.sqrt(variance) * random.standard_normal((300, 1))
        men.append(WeightedDraws.of_population(places, np.full(300, 1.0 / 300.0), np.zeros(1), drawn))
    last = maximize(men, np.zeros(1), drawn)[-1]
    error = population_errors(men, last.mean, last.spread)[1][0]
    square = np.sqrt(last.spread[0] ** 2 + (last.spread[0] ** 2 + noise**2) * np.sqrt(2.0 / 60.0))
    assert error == pytest.approx(square - last.spread[0], rel=0.15)
    assert abs(last.spread[0] - spread) < 2.0 * error


def test_what_was_simulated_is_found_again(fitted):
    for one, (name, mean, spread) in zip(fitted.constants, TRUTH, strict=True):
        assert one.name == name and abs(one.mean - mean) < 3.0 * one.mean_error < 1.0
        assert abs(one.spread - spread) < 3.0 * one.spread_error
        assert 0.0 < one.shrinkage < 0.6  # three mornings tell much of each man
    assert fitted.means.shape == (MEN, 2) and len(fitted.steps) == 1 and not fitted.failed
    assert fitted.record()["constants"][0]["name"] == "lh"


def test_the_fit_goes_with_its_results_and_the_kind_itself_does_not(fitted, tmp_path):
    own = predictive_check(fitted, "lh", replicates=60)
    moved = replace(fitted, constants=tuple(replace(one, mean=-1.0, spread=0.5) for one in fitted.constants))
    other = predictive_check(moved, "lh", replicates=60)
    assert len(own.bins) == 3 and own.bins[0].results == MEN and own.unit == "IU/L"
    assert own.share_inside >= 7 / 9 > other.share_inside
    assert abs(own.npde.mean()) < 0.5 < other.npde.mean()
    plain = predictive_check(fitted, "lh", correction=False, replicates=60)
    assert not plain.corrected and sorted(plain.values)[0] != sorted(own.values)[0]
    paths = population_fit_figures(fitted, [own, predictive_check(fitted, "fsh", replicates=60)], tmp_path)
    assert [path.name for path in paths] == ["convergence.png", "vpc.png", "npde.png"]
    assert all(path.stat().st_size > 10_000 for path in paths)


def test_what_cannot_be_fitted_is_refused_or_named(fitted):
    records = simulated(5, ())
    with pytest.raises(BadRecord, match="at least 5"):
        ly.fit_population(records[:4], ["lh"])
    with pytest.raises(BadRecord, match="record 0"):
        ly.fit_population([Record("male", dt.date(1991, 5, 1), records[0].results[1:]), *records[1:]], ["lh"])
    with pytest.raises(UnknownName, match="lh"):
        ly.fit_population(records, ["structure"])
    with pytest.raises(OutOfRange, match="at least one"):
        ly.fit_population(records, [])
    with pytest.raises(UnknownName, match="fsh"):
        predictive_check(fitted, "estradiol")
