"""Mistaken units: how many are found, and how many alarms are in vain, on virtual men drawn from the prior."""

import datetime as dt

import numpy as np
import pytest
from scipy.stats import binom

from leydig.analytes import ANALYTES
from leydig.errors import OutOfRange
from leydig.inference.prior import Prior
from leydig.inference.results.history import history_of
from leydig.inference.results.likelihood import Likelihood
from leydig.inference.sampling.ensemble import Ensemble
from leydig.inference.sampling.problem import Problem
from leydig.inference.trust.misfit import find_misfit
from leydig.record import Record, Result

DAY = dt.date(2026, 1, 5)
HORMONES = ("testosterone", "estradiol", "lh", "fsh")
MEN, PLANTED, ALARMS = 300, 100, 0.01


def record(rows):
    results = (Result("bmi", 27.0, DAY, "kg/m2"), *(Result(name, value, DAY, unit) for name, value, unit in rows))
    return Record("male", dt.date(1986, 1, 5), results)


@pytest.fixture(scope="module")
def men():
    """Return the men about whom results are judged, and the results of others, in clinical units."""
    usual = [(name, ANALYTES[name].case_median * ANALYTES[name].factor_to(ANALYTES[name].clinical), ANALYTES[name].clinical)
             for name in HORMONES]  # fmt: skip
    history, random = history_of(record(usual)), np.random.default_rng(3)
    problem = Problem(Prior("secondary", history.age, history.bmi), history)
    ensemble = Ensemble.of_prior(problem, random)
    levels = problem.levels(random.standard_normal((MEN, len(problem.prior.names))))
    read = np.exp(problem.likelihood.simulate(levels, random))
    order = [HORMONES.index(one.analyte) for one in history.measurements]
    factors = [ANALYTES[name].factor_to(ANALYTES[name].clinical) for name in HORMONES]
    return ensemble, read[:, np.argsort(order)] * factors


def suspected(ensemble, rows):
    likelihood = Likelihood(history_of(record(rows)).measurements)
    found = find_misfit(likelihood, ensemble, np.random.default_rng(1))
    return {one.measurement.analyte for one in found.results if one.other_unit}


def rows_of(values, **units):
    return [
        (name, value, units.get(name, ANALYTES[name].clinical)) for name, value in zip(HORMONES, values, strict=True)
    ]


def test_few_alarms_are_in_vain(men):
    ensemble, read = men
    alarms = sum(bool(suspected(ensemble, rows_of(values))) for values in read)
    assert alarms <= binom.ppf(0.999, MEN, ALARMS)


@pytest.mark.parametrize(("name", "unit", "typed", "found"), [
    ("testosterone", "ng/dL", "nmol/L", 0.99), ("testosterone", "nmol/L", "ng/dL", 0.99),
    ("estradiol", "pg/mL", "pmol/L", 0.85), ("estradiol", "pmol/L", "pg/mL", 0.85),
])  # fmt: skip
def test_a_planted_mistake_is_found_and_nothing_else_is_suspected(men, name, unit, typed, found):
    """A number in one unit is typed with the other; the record refuses what no man has."""
    (ensemble, read), entry, hits = men, ANALYTES[name], 0
    for values in read[:PLANTED]:
        wrong = list(values)
        wrong[HORMONES.index(name)] *= entry.factor_to(unit) / entry.factor_to(entry.clinical)
        try:
            hits += suspected(ensemble, rows_of(wrong, **{name: typed})) == {name}
        except OutOfRange as error:
            hits += "Did you mean" in str(error)
    assert hits >= binom.ppf(0.001, PLANTED, found)


@pytest.mark.parametrize("typed", ["pmol/L", "pg/mL"])
def test_a_mistaken_unit_of_estradiol_is_suspected_or_asked_about(men, typed):
    """Of 100 mistakes 99 at least; of 100 right units not more than 10 (they lie as far as men and assays let them)."""
    (ensemble, read), entry, found, asked = men, ANALYTES["estradiol"], 0, 0
    unit = ({"pmol/L", "pg/mL"} - {typed}).pop()
    for values in read:
        wrong = list(values)
        wrong[1] *= entry.factor_to(unit) / entry.factor_to(entry.clinical)
        found += noticed(ensemble, rows_of(wrong, estradiol=typed))
        asked += noticed(ensemble, rows_of(values))
    assert found >= binom.ppf(0.001, MEN, 0.99) and asked <= binom.ppf(0.999, MEN, 0.1)


def noticed(ensemble, rows):
    """Return whether estradiol's unit is suspected or asked about."""
    likelihood = Likelihood(history_of(record(rows)).measurements)
    found = find_misfit(likelihood, ensemble, np.random.default_rng(1)).results
    return any(one.measurement.analyte == "estradiol" and (one.other_unit or one.possible_unit) for one in found)


def test_a_question_is_not_asked_where_a_unit_is_suspected(men):
    ensemble, _ = men
    for value in np.geomspace(20.0, 200.0, 12):
        likelihood = Likelihood(history_of(record(rows_of([300.0, value, 4.0, 5.0]))).measurements)
        found = find_misfit(likelihood, ensemble, np.random.default_rng(1)).results
        assert not any(one.other_unit and one.possible_unit for one in found)


@pytest.mark.parametrize("name", ["lh", "fsh"])
@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_a_thousandfold_mistake_of_a_gonadotropin_is_refused_at_the_door(name, factor):
    with pytest.raises(OutOfRange):
        record([(name, 5.0 * factor, "IU/L")])
    with pytest.raises(OutOfRange, match="Did you mean 5 IU/L"):
        record([(name, 5.0, "IU/mL")])


def test_all_results_of_an_analyte_in_one_unit_are_suspected_together():
    later = DAY + dt.timedelta(days=7)
    results = (Result("bmi", 27.0, DAY, "kg/m2"),
               *(Result("testosterone", value, day, "ng/dL") for value, day in ((9.4, DAY), (10.1, later))))  # fmt: skip
    history = history_of(Record("male", dt.date(1986, 1, 5), results))
    problem, random = Problem(Prior("secondary", history.age, history.bmi), history), np.random.default_rng(5)
    found = find_misfit(problem.likelihood, Ensemble.of_prior(problem, random), random)
    assert [one.other_unit for one in found.results] == ["nmol/L", "nmol/L"]


@pytest.mark.parametrize("rows", [
    [("sperm_concentration", 6.2, "million/mL"), ("motility", 28, "%")], [("lh", 4.0, "IU/L"), ("fsh", 5.0, "IU/L")],
])  # fmt: skip
def test_results_whose_unit_nobody_mistakes_are_looked_at_all_the_same(rows):
    history, random = history_of(record(rows)), np.random.default_rng(2)
    problem = Problem(Prior("oligozoospermia", history.age, history.bmi), history)
    found = find_misfit(problem.likelihood, Ensemble.of_prior(problem, random), random)
    assert found.p > 0.01 and not any(one.other_unit or one.possible_unit for one in found.results)


SPERM = (
    ("sperm_concentration", 9.0, "million/mL"), ("semen_volume", 2.1, "mL"), ("motility", 35.0, "%"),
    ("testosterone", 250.0, "ng/dL"),
)  # fmt: skip


def judged(kind, rows, *answers):
    """Return what is said of results, and of answers of which each has a day, among men of a kind."""
    base = record(rows)
    told = [Result("units_confirmed", yes, DAY + dt.timedelta(day)) for day, yes in answers]
    history = history_of(base.with_results(told))
    problem = Problem(Prior(kind, history.age, history.bmi), history)
    random = np.random.default_rng(3)
    return find_misfit(problem.likelihood, Ensemble.of_prior(problem, random), random)


@pytest.mark.parametrize("kind", ["azoospermia", "obstructive"])
@pytest.mark.parametrize("rows", [SPERM, SPERM[:1] + SPERM[3:], SPERM[2:]])
def test_a_man_with_sperm_is_none_of_those_who_have_none(kind, rows):
    """They have no motility, and their counts are all alike: of both a normal distribution says nothing."""
    found = judged(kind, rows)
    assert found.p < 0.002
    z = {one.measurement.analyte: one.z for one in found.results}
    assert max(z, key=z.get) in ("sperm_concentration", "motility")
    assert not any(one.other_unit or one.possible_unit for one in found.results)


@pytest.mark.parametrize("kind", ["azoospermia", "obstructive", "hypogonadotropic"])
def test_many_samples_that_few_men_of_a_kind_have_are_told_by_what_they_lack(kind):
    days = [DAY + dt.timedelta(30 * number) for number in range(8)]
    rows = [Result(name, value, day, unit) for day in days for name, value, unit in SPERM[:3]]
    history = history_of(record([]).with_results(rows))
    problem, random = Problem(Prior(kind, history.age, history.bmi), history), np.random.default_rng(3)
    found = find_misfit(problem.likelihood, Ensemble.of_prior(problem, random), random)
    z = {name: [one.z for one in found.results if one.measurement.analyte == name] for name, _, _ in SPERM[:3]}
    assert found.p < 0.002
    assert set(z["motility"]) == {10.0} and max(z["sperm_concentration"]) > 3.0
    assert np.abs(z["semen_volume"]).max() < 10.0


def test_a_motility_of_an_ejaculate_without_sperm_is_no_result_of_such_men():
    found = judged(
        "azoospermia", [("sperm_concentration", 0.0, "million/mL"), *SPERM[1:3], ("testosterone", 380.0, "ng/dL")]
    )
    assert found.p < 0.02
    assert {one.measurement.analyte: one.z for one in found.results}["motility"] == 10.0


def test_a_number_that_nobody_has_in_the_other_unit_is_no_mistake_of_units():
    """Beside 5,000 ng/dL 250 nmol/L would be as expected; no man has either."""
    later = DAY + dt.timedelta(days=7)
    history = history_of(
        record([("testosterone", 250.0, "ng/dL")]).with_results([Result("testosterone", 5000.0, later, "ng/dL")])
    )
    problem, random = Problem(Prior("healthy", history.age, history.bmi), history), np.random.default_rng(5)
    found = find_misfit(problem.likelihood, Ensemble.of_prior(problem, random), random)
    assert found.p < 0.002
    assert not any(one.other_unit or one.possible_unit for one in found.results)


def test_a_unit_that_the_laboratory_confirmed_is_neither_suspected_nor_asked_about():
    rows = rows_of([250.0, 60.0, 4.0, 5.0])
    unit = {one.measurement.analyte: one.other_unit for one in judged("secondary", rows).results}["estradiol"]
    assert unit == "pmol/L"
    for answers in ([(0, True)], [(9, True)], [(3, False), (9, True)]):
        found = judged("secondary", rows, *answers)
        assert not any(one.other_unit or one.possible_unit for one in found.results)
        assert found.p < 0.01  # they are not those of his kind all the same
    for answers in ([(0, False)], [(3, True), (9, False)]):
        found = judged("secondary", rows, *answers)
        assert {one.measurement.analyte: one.other_unit for one in found.results}["estradiol"] == "pmol/L"


def test_results_after_the_day_of_the_answer_are_asked_about():
    rows = record(rows_of([250.0, 60.0, 4.0, 5.0])).results
    later = Record("male", dt.date(1986, 1, 5), (*rows, Result("estradiol", 60.0, DAY + dt.timedelta(30), "pg/mL"),
                                                 Result("units_confirmed", True, DAY + dt.timedelta(1))))  # fmt: skip
    assert [one.sure_unit for one in history_of(later).measurements if one.analyte == "estradiol"] == [True, False]
