"""The prior of a fit is the very map by which populations are drawn."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import kstest

from leydig.body import Body
from leydig.drugs import drugs_of
from leydig.inference.prior import Prior, shared_constants
from leydig.man.deviates import FURTHEST, deviate_names
from leydig.man.drug_variability import drug_deviate_names, sample_drug_variability
from leydig.man.man import MEASURABLE
from leydig.man.phenotypes import KINDS
from leydig.man.population import _normals, population_matching
from leydig.man.uncertainty import shipped_draws
from leydig.streams import word_of

AGE, BMI, SEED, MEN = 34.0, 28.7, 5, 40


def places_of_population(prior):
    """Return where the men of a population are, its own random numbers taken back to plain standard normal ones."""
    words = np.array([word_of(name) for name in deviate_names(Body())], dtype=np.uint32)
    drawn = dict(zip(deviate_names(Body()), np.asarray(_normals(np.uint32(SEED), np.arange(1000), words)), strict=True))
    low, high = ndtr(-FURTHEST), ndtr(FURTHEST)
    places = np.zeros((MEN, len(prior.names)))
    for column, name in enumerate(prior.own_names):
        places[:, column] = ndtri((ndtr(drawn[name][:MEN]) - low) / (high - low))
    return places


@pytest.mark.parametrize("kind", KINDS)
def test_the_men_of_a_population_are_those_of_the_prior(kind):
    prior = Prior(kind, AGE, BMI)
    men = population_matching(MEN, SEED, kind=kind, age=(AGE, 0.0), bmi=(BMI, 0.0), levels={})
    found = prior.men(places_of_population(prior)).man
    for name, field in MEASURABLE.items():
        np.testing.assert_allclose(
            getattr(found.baseline, field), getattr(men.baseline, field), rtol=1e-7, err_msg=name
        )
    np.testing.assert_allclose(found.age, AGE)


def test_draws_of_the_prior_are_spread_as_a_population_and_its_drugs():
    prior = Prior.for_drugs("secondary", AGE, BMI, ["anastrozole"])
    found = prior.men(np.random.default_rng(1).standard_normal((2000, len(prior.names))))
    men = population_matching(2000, 3, kind="secondary", age=(AGE, 0.0), bmi=(BMI, 0.0), levels={})
    for name, field in MEASURABLE.items():
        assert kstest(getattr(found.man.baseline, field), getattr(men.baseline, field)).pvalue > 1e-4, name
    drugs = drugs_of(["anastrozole"])
    spread = sample_drug_variability(drugs, 2000, 3)["anastrozole"]
    for path in drug_deviate_names(drugs):
        name = path.split(".")[-1]
        assert kstest(getattr(found.drugs["anastrozole"], name), getattr(spread, name)).pvalue > 1e-4, path
    assert np.mean(found.taken == 0.0) == pytest.approx(0.03, abs=0.012)


def test_shared_constants_are_spread_as_the_shipped_draws():
    shared = shared_constants()
    logs = np.log(np.array([shipped_draws().values[path] for path in shared.paths]).T)
    np.testing.assert_allclose(shared.root @ shared.root.T, np.cov(logs.T), atol=1e-10)
    np.testing.assert_allclose(shared.logs(np.zeros((1, len(shared.paths))))[0], logs.mean(axis=0))
    widths = (shared.root**2).sum(axis=0)
    assert (np.diff(widths) <= 1e-12).all()
