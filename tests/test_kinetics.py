"""Kinetics: the modes are the exact solution of the compartments that they stand for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.linalg import expm

from leydig.drugs import DRUGS, Drug
from leydig.kinetics import Chain, oral, per_day

CHAINED = [name for name, drug in DRUGS.items() if isinstance(drug, Drug) and drug.chains()]


def level_by_modes(chain, days):
    """Return the level at `days` after one unit at day 0, summed from the modes."""
    decay, weights = np.asarray(chain.decay()), np.asarray(chain.weights())
    return np.exp(-np.outer(days, decay)) @ weights


def level_by_compartments(chain, days):
    """Return the same from the matrix exponential of the compartments."""
    rates = np.array([float(rate) for rate in chain.rates])
    matrix = np.diag(-rates) + np.diag(rates[:-1], -1)
    return np.array([float(chain.scale) * expm(matrix * day)[-1, 0] for day in days])


def assert_same_curve(chain, days):
    ours, theirs = level_by_modes(chain, days), level_by_compartments(chain, days)
    np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-10 * theirs.max())


@pytest.mark.parametrize("name", CHAINED)
def test_modes_of_every_drug_are_its_compartments(name):
    for chain in DRUGS[name].chains().values():
        slowest = min(float(rate) for rate in chain.rates)
        assert_same_curve(chain, np.linspace(0.0, 5.0 / slowest, 40))


@given(rates=st.lists(st.floats(0.05, 40.0), min_size=1, max_size=4), scale=st.floats(0.01, 100.0))
def test_modes_of_any_chain_are_its_compartments(rates, scale):
    assume(all(abs(np.log(a / b)) > 0.3 for i, a in enumerate(rates) for b in rates[:i]))
    assert_same_curve(Chain(tuple(map(jnp.asarray, rates)), jnp.asarray(scale)), np.linspace(0.0, 5.0, 21))


@pytest.mark.parametrize("name", CHAINED)
def test_a_level_starts_at_zero_behind_a_gut_or_depot(name):
    for chain in DRUGS[name].chains().values():
        if len(chain.rates) > 1:
            weights = np.asarray(chain.weights())
            assert abs(weights.sum()) < 1e-9 * np.abs(weights).max()


@pytest.mark.parametrize("name", CHAINED)
def test_area_under_one_dose_is_the_steady_level_of_one_dose_a_day(name):
    for chain in DRUGS[name].chains().values():
        area = float(np.sum(np.asarray(chain.weights()) / np.asarray(chain.decay())))
        assert area == pytest.approx(float(chain.steady(1.0)), rel=1e-9)


def test_steady_level_is_dose_over_clearance():
    chain = oral(jnp.asarray(1.5), jnp.asarray(2.0), jnp.asarray(40.0), jnp.asarray(1.0))
    assert float(chain.steady(48.0)) == pytest.approx(48.0 / (2.0 * 24.0))


def test_a_half_life_halves():
    assert float(np.exp(-per_day(6.0) * 0.25)) == pytest.approx(0.5)


def test_gradients_flow_through_the_modes():
    def level(half_life):
        chain = oral(jnp.asarray(1.5), jnp.asarray(2.0), half_life, jnp.asarray(1.0))
        return jnp.sum(chain.weights() * jnp.exp(-chain.decay() * 2.0))

    slope, h = float(jax.grad(level)(40.0)), 1e-4
    assert slope == pytest.approx(float(level(40.0 + h) - level(40.0 - h)) / (2 * h), rel=1e-6)
