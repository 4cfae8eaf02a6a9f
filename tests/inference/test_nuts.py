"""A twin against NUTS of a library, which approximates nothing."""

import blackjax
import jax
import numpy as np
import pytest
from arviz_stats.base import array_stats
from inference.test_fit import problem

from leydig.inference.sampling.ensemble import Ensemble, kalman_mean
from leydig.inference.sampling.laplace import approximate, weigh

CHAINS, STEPS, WARM = 24, 72, 12
# Coordinates that results before treatment speak of; who clears testosterone fast has less of it.
TOLD = ("testosterone", "estradiol", "lh", "fsh", "blood.testosterone_clearance")
APART = 1e-3  # of two men whose difference is a slope


def callback_density(own):
    """Return the log density of a twin before treatment in the coordinates that are told, for JAX, with its slope."""
    columns = [own.prior.names.index(name) for name in TOLD]
    around = np.concatenate([np.zeros((1, len(TOLD))), APART * np.eye(len(TOLD)), -APART * np.eye(len(TOLD))])

    def value_and_slope(places):
        near = np.asarray(places).reshape(-1, 1, len(TOLD)) + around
        whole = np.zeros((len(near) * len(around), len(own.prior.names)))
        whole[:, columns] = near.reshape(len(whole), len(TOLD))
        logs = own.log_likelihood(whole).reshape(len(near), len(around)) - 0.5 * (near**2).sum(axis=2)
        slopes = (logs[:, 1 : 1 + len(TOLD)] - logs[:, 1 + len(TOLD) :]) / (2.0 * APART)
        return logs[:, 0].reshape(places.shape[:-1]), slopes.reshape(places.shape)

    def ask(place):
        shapes = jax.ShapeDtypeStruct(place.shape[:-1], float), jax.ShapeDtypeStruct(place.shape, float)
        return jax.pure_callback(value_and_slope, shapes, place, vmap_method="expand_dims")

    density = jax.custom_vjp(lambda place: ask(place)[0])
    density.defvjp(ask, lambda slope, more: (more * slope,))
    return density


def test_nuts_finds_the_same_man():
    """Blackjax shares the likelihood with a fit and nothing else; coordinates that no result speaks of are the prior's."""
    own, random = problem(), np.random.default_rng(104)
    places = random.standard_normal((2, len(own.prior.names)))
    told = [own.prior.names.index(name) for name in TOLD]
    places[1, told] = places[0, told]
    assert np.ptp(own.log_likelihood(places)) < 1e-9
    weighted = weigh(own, approximate(own, kalman_mean(own, Ensemble.of_prior(own, random))), 1500, random)
    covariance = np.cov(
        weighted.places[:, told].T, aweights=weighted.weights
    )  # of the momenta: it moves no draw's place
    nuts = blackjax.nuts(callback_density(own), step_size=0.8, inverse_mass_matrix=covariance)

    @jax.jit
    def run(keys, begun):
        start = jax.vmap(nuts.init)(begun)
        step = lambda now, key: (jax.vmap(nuts.step)(jax.random.split(key, CHAINS), now)[0],) * 2  # noqa: E731
        return jax.lax.scan(step, start, keys)[1].position

    begun = random.standard_normal((CHAINS, len(TOLD)))
    draws = np.asarray(run(jax.random.split(jax.random.key(7), STEPS), begun))[WARM:]
    for place, name in enumerate(TOLD):
        exact, fitted = draws[..., place], weighted.places[:, own.prior.names.index(name)]
        chain_means = exact.mean(axis=0)
        assert array_stats.rhat(exact.T, chain_axis=0, draw_axis=1) < 1.05, name
        mean = weighted.weights @ fitted
        spread = np.sqrt(weighted.weights @ (fitted - mean) ** 2)
        error = np.sqrt(chain_means.var() / CHAINS + spread**2 / weighted.effective)
        assert abs(exact.mean() - mean) < 3.5 * error, name
        assert exact.std() == pytest.approx(spread, rel=0.1), name
