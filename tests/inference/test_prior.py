"""The prior of a fit is the very map by which populations are drawn."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import kstest

from leydig.body import Body
from leydig.drugs import drugs_of
from leydig.inference.prior import Prior
from leydig.inference.shared_constants import shared_constants, structures_of_draws
from leydig.man.deviates import FURTHEST, deviate_names
from leydig.man.drug_variability import drug_deviate_names, sample_drug_variability
from leydig.man.man import MEASURABLE
from leydig.man.phenotypes import KINDS
from leydig.man.population import _normals, population_matching
from leydig.man.uncertainty import manifest, shipped_draws
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


def test_each_draw_belongs_to_the_structure_whose_held_values_it_has():
    names, weights = structures_of_draws(), manifest()["structures"]
    assert set(names) <= set(weights)
    for name, rival in weights.items():
        for path, value in rival["fixed"].items():
            np.testing.assert_allclose(shipped_draws().values[path][names == name], value, rtol=1e-5)
        assert np.mean(names == name) == pytest.approx(rival["weight"], abs=0.05), name


def test_shared_constants_are_spread_in_each_structure_as_its_draws():
    shared, names = shared_constants(), structures_of_draws()
    assert sum(one.share for one in shared.structures) == pytest.approx(1.0)
    table = np.array([shipped_draws().values[path] for path in shared.paths]).T
    for one in shared.structures:
        with np.errstate(divide="ignore"):
            logs = np.log(table[names == one.name])
        np.testing.assert_allclose(one.mean, np.where(np.isinf(logs[0]), logs[0], logs.mean(axis=0)))
        varied = np.ptp(table[names == one.name], axis=0) > 0.0
        covariance = (one.root @ one.root.T)[np.ix_(varied, varied)]
        np.testing.assert_allclose(covariance, np.cov(logs[:, varied].T), atol=1e-10)
        assert (one.root[~varied] == 0.0).all() and np.isfinite(one.root).all()


def test_constants_that_a_structure_holds_stay_there_and_structures_come_by_their_share():
    shared, random = shared_constants(), np.random.default_rng(3)
    deviate, axes = random.standard_normal(4000), random.standard_normal((4000, len(shared.paths)))
    which, found = shared.structure_of(deviate), shared.draws(deviate, axes).values
    for number, one in enumerate(shared.structures):
        assert np.mean(which == number) == pytest.approx(one.share, abs=0.03)
        for path, value in manifest()["structures"][one.name]["fixed"].items():
            np.testing.assert_allclose(found[path][which == number], value, rtol=1e-4)
