"""What results say of true levels, against closed forms and against the sampling models that drew them."""

import datetime as dt

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from leydig.analytes import ANALYTES
from leydig.errors import BadRecord
from leydig.inference.results.adherence import STEPS, Adherence, regimen_at
from leydig.inference.results.history import history_of
from leydig.inference.results.laboratory import AnalyteBlock, LaboratoryBias, log_truncated_mass
from leydig.inference.results.likelihood import Likelihood
from leydig.man.sample import EJACULATE_DEVIATES, Ejaculate, noise_of, sample_ejaculate
from leydig.parameter import log_spread
from leydig.record import Record, Result, Treatment
from leydig.regimen import Regimen

DAY = dt.date(2026, 1, 5)
LATER = dt.date(2026, 3, 2)
BMI = Result("bmi", 28.7, DAY, "kg/m2")


def record(*results, **more):
    return Record(**{"sex": "male", "born": dt.date(1991, 5, 1), "results": (BMI, *results)} | more)


def likelihood(*results):
    return Likelihood(history_of(record(*results)).measurements)


def total(name):
    return noise_of(name) ** 2 + float(LaboratoryBias().spread) ** 2


# Blood -------------------------------------------------------------------------------------------------


def test_one_value_is_normal_about_the_true_level():
    one = likelihood(Result("lh", 3.4, DAY, "IU/L"))
    expected = norm.logpdf(np.log(3.4), np.log(4.0) - 0.5 * noise_of("lh") ** 2, np.sqrt(total("lh")))
    assert one.log_density(np.array([[4.0]]))[0] == pytest.approx(expected)


def test_a_bound_counts_by_the_probability_beyond_it():
    true, middle = np.array([[30.0], [300.0]]), -0.5 * noise_of("estradiol") ** 2
    limit = 5.0 / ANALYTES["estradiol"].factor_to("pg/mL")
    below = likelihood(Result("estradiol", 5.0, DAY, "pg/mL", comparator="<")).log_density(true)
    above = likelihood(Result("estradiol", 5.0, DAY, "pg/mL", comparator=">")).log_density(true)
    where = (np.log(limit) - np.log(true[:, 0]) - middle) / np.sqrt(total("estradiol"))
    np.testing.assert_allclose(below, norm.logcdf(where))
    np.testing.assert_allclose(above, norm.logsf(where), rtol=1e-9)
    np.testing.assert_allclose(np.exp(below) + np.exp(above), 1.0)


@pytest.mark.parametrize(("same_draw", "same_assay"), [(True, True), (True, False), (False, True), (False, False)])
def test_values_of_one_draw_share_the_day_and_values_of_one_assay_its_bias(same_draw, same_assay):
    block = AnalyteBlock.of("lh", history_of(record(
        Result("lh", 3.0, DAY, "IU/L", assay="a"),
        Result("lh", 4.0, DAY if same_draw else LATER, "IU/L", assay="a" if same_assay else "b"),
    )).measurements)  # fmt: skip
    within, bias = log_spread(ANALYTES["lh"].within_man_cv) ** 2, float(LaboratoryBias().spread) ** 2
    np.testing.assert_allclose(np.diag(block.covariance), total("lh"))
    assert block.covariance[0, 1] == pytest.approx(within * same_draw + bias * same_assay)
    exact = multivariate_normal(np.full(2, np.log(3.5)) + block.offset, block.covariance)
    assert block.log_density(np.full((1, 2), np.log(3.5)))[0] == pytest.approx(exact.logpdf(block.logs))


def test_two_bounds_and_a_value_of_one_assay_count_together():
    block = AnalyteBlock.of("lh", history_of(record(
        Result("lh", 2.0, DAY, "IU/L"), Result("lh", 2.5, DAY, "IU/L", comparator="<"),
        Result("lh", 1.5, LATER, "IU/L", comparator="<"),
    )).measurements)  # fmt: skip
    logs = np.full(3, np.log(2.2))
    mean, cov = logs + block.offset, block.covariance
    exact, bound = block.exact, np.flatnonzero(block.sign)
    gain = cov[np.ix_(bound, exact)] @ np.linalg.inv(cov[np.ix_(exact, exact)])
    middle = mean[bound] + gain @ (block.logs - mean)[exact]
    rest = cov[np.ix_(bound, bound)] - gain @ cov[np.ix_(exact, bound)]
    expected = norm.logpdf(block.logs[exact[0]], mean[exact[0]], np.sqrt(cov[exact[0], exact[0]]))
    expected += multivariate_normal(middle, rest).logcdf(block.logs[bound])
    assert block.log_density(logs[None])[0] == pytest.approx(expected, abs=2e-3)


def test_independent_bounds_multiply():
    mass = log_truncated_mass(np.zeros((1, 2)), np.eye(2), np.array([0.5, -0.2]), np.array([-1, 1]))
    assert mass[0] == pytest.approx(norm.logcdf(0.5) + norm.logsf(-0.2))


def test_a_failed_solve_is_never_a_good_fit():
    one = likelihood(Result("lh", 3.4, DAY, "IU/L"))
    found = one.log_density(np.array([[np.nan], [3.4], [0.0]]))
    assert found[0] == found[2] == -np.inf and np.isfinite(found[1])


# Semen -------------------------------------------------------------------------------------------------


def test_what_a_count_can_be_sums_to_one_and_a_bound_is_its_part():
    step = float(Ejaculate().one_sperm)
    true = np.array([[0.2]])
    counts = [likelihood(Result("sperm_concentration", step * n, DAY, "million/mL")) for n in range(400)]
    chances = np.exp([one.log_density(true)[0] for one in counts])
    assert chances.sum() == pytest.approx(1.0, abs=1e-3)
    bound = likelihood(Result("sperm_concentration", 5.0 * step, DAY, "million/mL", comparator="<"))
    assert np.exp(bound.log_density(true)[0]) == pytest.approx(chances[:5].sum(), rel=1e-6)


def test_an_ejaculate_is_as_likely_as_it_is_drawn():
    """The mean log density under the truth exceeds that under 30 % more or less, and the count's spread is matched."""
    random = np.random.default_rng(4)
    true = {"sperm_concentration": 20.0, "semen_volume": 3.0, "motility": 0.4}
    read = sample_ejaculate(true, {name: random.standard_normal(300) for name in EJACULATE_DEVIATES})
    scale = np.array([0.7, 1.0, 1.3])
    levels = np.column_stack([20.0 * scale, np.full(3, 3.0), np.full(3, 0.4)])
    totals = np.zeros(3)
    for i in range(300):
        one = likelihood(
            Result("sperm_concentration", float(read["sperm_concentration"][i]), DAY, "million/mL"),
            Result("semen_volume", float(read["semen_volume"][i]), DAY, "mL"),
            Result("motility", 100.0 * float(read["motility"][i]), DAY, "%"),
        )
        order = [["sperm_concentration", "semen_volume", "motility"].index(m.analyte) for m in one.measurements]
        totals += one.log_density(levels[:, order])
    assert totals[1] > totals[0] and totals[1] > totals[2]


# History -----------------------------------------------------------------------------------------------


def test_treatments_are_on_one_clock_and_end_at_their_stop():
    treatments = (
        Treatment(Regimen("anastrozole 1 mg daily"), DAY, LATER),
        Treatment(Regimen("anastrozole 0.5 mg daily missing days 3"), LATER),
    )
    found = history_of(record(Result("lh", 3.4, DAY, "IU/L"), treatments=treatments))
    assert [(one.amount, one.start, one.stop, one.missed) for one in found.regimen.doses] == [
        (1.0, 0.0, 56.0, ()), (0.5, 56.0, None, (59,))]  # fmt: skip
    assert found.now == 56.0
    ahead = found.followed_by(Regimen("letrozole 2.5 mg daily"), 0.5, 1.0)
    assert [(one.drug, one.amount, one.start) for one in ahead.doses] == [
        ("anastrozole", 0.5, 0.0), ("letrozole", 2.5, 56.0)]  # fmt: skip


def test_an_afternoon_sample_reads_less_testosterone():
    found = history_of(record(
        Result("testosterone", 300, DAY, "ng/dL", time=dt.time(8)),
        Result("testosterone", 300, LATER, "ng/dL", time=dt.time(16)),
    ))  # fmt: skip
    assert [one.rhythm for one in found.measurements] == [1.0, ANALYTES["testosterone"].afternoon]


def test_what_is_not_read_is_said():
    found = history_of(record(
        Result("te2_ratio", 12, DAY, "ng/dL per pg/mL"), Result("total_sperm_count", 60, DAY, "million"),
        Result("testosterone", 300, DAY, "ng/dL"),
    ))  # fmt: skip
    assert [one.analyte for one in found.measurements] == ["testosterone"]
    assert len(found.unread) == 2 and "worked out from others" in " ".join(found.unread)


@pytest.mark.parametrize(("change", "word"), [
    ({"born": None}, "day of birth"), ({"sex": "female"}, "male"), ({"results": (Result("lh", 3.4, DAY, "IU/L"),)}, "BMI"),
])  # fmt: skip
def test_a_record_without_what_the_prior_needs_is_refused(change, word):
    with pytest.raises(BadRecord, match=word):
        history_of(record(Result("lh", 3.4, DAY, "IU/L"), **change))


def test_the_share_of_doses_grows_with_its_deviate_up_to_what_he_says():
    shares = Adherence().share(np.linspace(-4.0, 4.0, 200))
    assert (np.diff(shares) >= 0.0).all() and set(shares) <= set(STEPS) and shares[-1] == 1.0
    assert Adherence().share(np.array([4.0]), most=0.8)[0] == 0.8
    assert not regimen_at(Regimen("anastrozole 1 mg daily"), 0.0).doses
