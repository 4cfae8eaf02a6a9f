"""Merging: fewer divisions, exponentials and logarithms, and the same numbers."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from leydig.engine.trace import operations as op
from leydig.engine.trace.lowering import lower
from leydig.engine.trace.merging import merge
from leydig.engine.trace.tape import Input
from leydig.engine.trace.tracer import trace_equations

VALUES = [1.7, 0.6, 2.3, 0.9]
DEAR = ("divide", "exponential", "logarithm", "square root")
INPUTS = [Input("a"), Input("b"), Input("c"), Input("k", fixed=True)]


def merged(function):
    """Return dear operations of a function of a, b, c and a fixed k before and after merging, and the merged trace."""
    low = lower(trace_equations(function, VALUES, INPUTS))
    after = merge(low)
    count = lambda one: sorted(  # noqa: E731
        call.operation.name for call in one.calls().values() if call.operation.name in DEAR
    )
    places = [*after.results.values()]
    truth = np.array(function([jnp.asarray(value) for value in VALUES]), dtype=float)
    np.testing.assert_allclose(np.array(after.values(places, dict(enumerate(VALUES))), dtype=float), truth, rtol=1e-14)
    return count(low), count(after), after


@pytest.mark.parametrize(
    ("function", "before", "after"),
    [
        (lambda x: [x[0] / x[1] * (x[2] / (x[0] + 1.0))], 2, 1),
        (lambda x: [x[0] / x[1] / (1.0 + x[2])], 2, 1),
        (lambda x: [x[0] / (x[1] / (1.0 + x[2]))], 2, 1),
        (lambda x: [x[0] / x[1] * x[3] / (1.0 + x[2]) * x[3] / (2.0 + x[2])], 3, 1),
        (lambda x: [x[0] / x[1] + x[2] / (x[0] + 1.0)], 2, 2),  # a sum reads values
        (lambda x: [x[0] / x[1], x[0] / x[1] / x[2]], 2, 2),  # a result is a value
    ],
)
def test_fractions_that_are_multiplied_or_divided_become_one(function, before, after):
    low, found, _ = merged(function)
    assert (low, found) == (["divide"] * before, ["divide"] * after)


def test_a_fraction_that_two_read_is_divided_once():
    _, found, _ = merged(lambda x: [(x[0] / x[1]) * x[2] + jnp.exp(x[0] / x[1])])
    assert found == ["divide", "exponential"]


def test_what_is_divided_by_a_fixed_number_is_left_alone():
    low, found, after = merged(lambda x: [x[0] / x[3] * x[1]])
    assert low == found == ["divide"]
    divided = next(call for call in after.calls().values() if call.operation is op.DIVIDE)
    assert divided.arguments[1] == 3  # the prelude pays for it


def test_a_product_of_exponentials_is_one():
    low, found, _ = merged(lambda x: [jnp.exp(x[0]) * jnp.exp(x[1]), x[0] ** x[3] * x[1] ** 0.3])
    assert (low.count("exponential"), found.count("exponential")) == (4, 2)
    _, found, _ = merged(lambda x: [jnp.exp(x[0]) * jnp.exp(x[1]) + jnp.exp(x[0])])
    assert found.count("exponential") == 2  # one of them is read elsewhere


def test_the_logarithm_of_a_fraction_with_a_fixed_numerator_divides_nothing():
    low, found, after = merged(lambda x: [jnp.log(x[3] / (1.0 + x[0]))])
    assert (low, found) == (["divide", "logarithm"], ["logarithm", "logarithm"])
    fixed = [call for call in after.calls().values() if call.operation is op.LOGARITHM and call.arguments == (3,)]
    assert len(fixed) == 1  # paid once for each man
    low, found, _ = merged(lambda x: [jnp.log(x[1] / (1.0 + x[0]))])
    assert low == found == ["divide", "logarithm"]  # two logarithms would cost more


def test_numbers_survive_where_a_product_of_exponentials_would_not():
    _, _, after = merged(lambda x: [jnp.exp(x[0]) * jnp.exp(-x[1])])
    assert after.values([*after.results.values()], {0: 800.0, 1: 801.0}) == pytest.approx([math.exp(-1.0)])
