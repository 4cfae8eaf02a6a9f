"""Kinetics: exact for all rates, the equal ones too, against the matrix exponential of the compartments."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from leydig.drug import Drug
from leydig.drugs import DRUGS
from leydig.kinetics import Chain, depletion_rate, doublings_for, oral, per_day, propagator

CHAINED = [name for name, drug in DRUGS.items() if isinstance(drug, Drug) and drug.chains()]


TURNED = {n: np.linalg.qr(np.random.default_rng(n).standard_normal((n, n)))[0] for n in range(1, 5)}
GAPS = (0.0, 1e-16, 1e-15, 1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2)
DAYS = np.array([0.0, 1e-3, 0.02, 0.1, 0.5, 1.0, 4.0])


def level_by_compartments(chain, days):
    """Return the level after one unit from the matrix exponential of the compartments.

    SciPy has a way of its own for triangular matrices, which cancels where rates differ in their last places; turned by
    an orthogonal matrix the compartments take its general way.
    """
    rates = np.array([float(rate) for rate in chain.rates])
    turn = TURNED[len(rates)]
    matrix = turn @ (np.diag(-rates) + np.diag(rates[:-1], -1)) @ turn.T
    return np.array([float(chain.scale) * (turn.T @ expm(matrix * day) @ turn)[-1, 0] for day in days])


def assert_same_curve(chain, days, rtol=1e-9):
    ours, theirs = chain.response(days), level_by_compartments(chain, days)
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-10 * theirs.max())


@pytest.mark.parametrize("name", CHAINED)
def test_every_drug_moves_as_its_compartments(name):
    for chain in DRUGS[name].chains().values():
        slowest = min(float(rate) for rate in chain.rates)
        assert_same_curve(chain, np.linspace(0.0, 5.0 / slowest, 40))


@given(rates=st.lists(st.floats(0.05, 40.0), min_size=1, max_size=4), scale=st.floats(0.01, 100.0))
def test_any_chain_moves_as_its_compartments(rates, scale):
    assert_same_curve(Chain(tuple(map(jnp.asarray, rates)), jnp.asarray(scale)), np.linspace(0.0, 5.0, 21))


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("base", [0.4, 6.0, 50.0])
@pytest.mark.parametrize(
    "shape", [(0, 1), (1, 0), (0, 1, 2), (1, 0, 2), (0, 0, 1), (0, 1, 0), (0, 0, 0), (0, 1, 2, 3)], ids=str
)
def test_equal_and_nearly_equal_rates_are_exact(gap, base, shape):
    """Two, three and four rates, some or all of them apart by a relative gap from nothing to a hundredth."""
    rates = base * (1.0 + gap * np.array(shape, dtype=float))
    chain = Chain(tuple(map(jnp.asarray, rates)), jnp.asarray(1.0))
    days = DAYS * 6.0 / base
    ours, theirs = chain.response(days), level_by_compartments(chain, days)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * theirs.max())
    matrix = np.diag(-rates) + np.diag(rates[:-1], -1)
    shares = propagator(list(rates), float(days[4]), doublings_for(rates.max() * days[4]), np.exp)
    turn = TURNED[len(rates)]
    whole = turn.T @ expm(turn @ matrix @ turn.T * days[4]) @ turn
    for i, row in enumerate(shares):
        np.testing.assert_allclose(row, whole[i, : i + 1], rtol=0, atol=1e-13)
        assert min(row) > 0.0


def test_equal_rates_have_the_level_of_the_textbook():
    """Bateman's equation where absorption is elimination: k·t·e^(−k·t)."""
    rate = jnp.asarray(1.5)  # one object, twice
    days = np.linspace(0.0, 8.0, 33)
    np.testing.assert_allclose(
        Chain((rate, rate), jnp.asarray(2.0)).response(days), 2.0 * 1.5 * days * np.exp(-1.5 * days), rtol=1e-13
    )


@pytest.mark.parametrize("gap", [0.0, 1e-15, 1e-9, 1e-3])
def test_slopes_through_equal_rates_are_those_of_a_third_equal_compartment(gap):
    """d/dk of a divided difference is the one with that rate once more: here exactly known where all are equal."""

    def level(rate):
        return propagator([rate, 2.0 * (1.0 + gap)], 0.7, 6)[1][0]

    slope = float(jax.grad(level)(2.0))
    k, t = 2.0, 0.7
    exact = t * np.exp(-k * t) - k * t**2 / 2.0 * np.exp(-k * t)
    assert slope == pytest.approx(exact, rel=2.0 * gap + 1e-12)


@pytest.mark.parametrize("name", CHAINED)
def test_the_series_of_the_engine_is_exact_for_every_rate_that_a_drug_may_have(name):
    """Half of the engine's longest step, at the limits of every parameter."""
    from leydig.engine.step import DRUG_DOUBLINGS, LONGEST
    from leydig.parameter import change, parameters

    drug = DRUGS[name]
    limits = {path: known.within for path, known, _ in parameters(drug, "drugs.x")}
    most = 0.0
    for ends in itertools.product((0, 1), repeat=len(limits)) if len(limits) < 9 else [(0,) * 20, (1,) * 20]:
        edge = change(drug, {path: float(two[end]) for (path, two), end in zip(limits.items(), ends)}, "drugs.x")
        most = max([most, *(float(rate) for chain in edge.chains().values() for rate in chain.rates)])
    rates, half = [most, most / 7.0, most], LONGEST / 2.0
    ours, theirs = (np.concatenate(propagator(rates, half, count)) for count in (DRUG_DOUBLINGS, 12))
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


@pytest.mark.parametrize("name", CHAINED)
def test_a_level_starts_at_zero_behind_a_gut_or_depot(name):
    for chain in DRUGS[name].chains().values():
        assert (chain.response(0.0) == 0.0) == (len(chain.rates) > 1)


@pytest.mark.parametrize("name", CHAINED)
def test_area_under_one_dose_is_the_steady_level_of_one_dose_a_day(name):
    for chain in DRUGS[name].chains().values():
        rates = [float(rate) for rate in chain.rates]
        days = np.concatenate([[0.0], np.geomspace(1e-7 / max(rates), 40.0 / min(rates), 20001)])
        area = float(np.trapezoid(chain.response(days), days))
        assert area == pytest.approx(float(chain.steady(1.0)), rel=1e-5)


def test_steady_level_is_dose_over_clearance():
    chain = oral(jnp.asarray(1.5), jnp.asarray(2.0), jnp.asarray(40.0), jnp.asarray(1.0))
    assert float(chain.steady(48.0)) == pytest.approx(48.0 / (2.0 * 24.0))


def test_a_half_life_halves():
    assert float(np.exp(-per_day(6.0) * 0.25)) == pytest.approx(0.5)


def test_gradients_flow_through_a_chain():
    def level(half_life):
        chain = oral(jnp.asarray(1.5), jnp.asarray(2.0), half_life, jnp.asarray(1.0))
        return chain.scale * propagator(chain.rates, 2.0, 10)[1][0]

    slope, h = float(jax.grad(level)(40.0)), 1e-4
    assert slope == pytest.approx(float(level(40.0 + h) - level(40.0 - h)) / (2 * h), rel=1e-6)


def test_what_leaves_a_compartment_enters_the_next():
    rates, amounts = np.array([2.0, 3.0, 5.0]), np.array([1.0, 4.0, 10.0])
    assert depletion_rate(rates, amounts, (2, 1)).tolist() == [2.0, 10.0, 50.0]
    assert depletion_rate(rates, amounts, (3,)).tolist() == [2.0, 10.0, 38.0]
    assert depletion_rate(np.zeros(0), np.zeros(0), ()).tolist() == []
