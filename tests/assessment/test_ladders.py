"""What a protocol says of one rung is what the model does to men: lint proves no more than that is true."""

import warnings

import numpy as np
import pytest

import leydig as ly
from leydig.protocol.reader import read_protocol

KINDS = {
    "anastrozole": "obesity",
    "anastrozole_daily": "obesity",
    "clomiphene": "secondary",
    "gonadorelin": "hypogonadotropic",
    "gonadotropins": "hypogonadotropic",
}
LADDERS = [(name, drug) for name in KINDS for drug in read_protocol(name).components]


@pytest.mark.parametrize(("name", "drug"), LADDERS)
def test_one_rung_does_no_more_than_the_protocol_says(name, drug):
    component = read_protocol(name).components[drug]
    men = ly.population(40, seed=4, kind=KINDS[name])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ly.LeydigWarning)
        ends = [ly.simulate(men, rung, weeks=16, every="16 weeks") for rung in component.rungs]
    for before, after in zip(ends, ends[1:], strict=False):
        for level, most in component.one_step.items():
            factor = after[level].values[:, -1] / before[level].values[:, -1]
            assert (factor >= most).all() if most < 1.0 else (factor <= most).all(), (level, np.round(factor, 2))


@pytest.mark.parametrize(("name", "drug"), LADDERS)
def test_a_step_down_lowers_enough_and_a_restart_halves(name, drug):
    component = read_protocol(name).components[drug]
    for rung, amount in enumerate(component.weekly_amounts, 1):
        lower, half = component.lower(rung), component.half(rung)
        assert lower < rung and half <= lower
        assert lower == 0 or component.weekly_amounts[lower - 1] <= (1.0 - component.reduce) * amount * (1.0 + 1e-9)
        assert half == 0 or component.weekly_amounts[half - 1] <= 0.5 * amount * (1.0 + 1e-9)


@pytest.mark.parametrize(("name", "drug"), LADDERS)
def test_below_the_first_rung_is_nothing(name, drug):
    component = read_protocol(name).components[drug]
    assert component.lower(0) == component.half(0) == component.lower(1) == component.half(1) == 0
    assert component.top(component.weekly_amounts[0] * 0.99) == 0 and component.top(component.weekly_amounts[0]) == 1
    assert component.top(component.weekly_amounts[-1]) == len(component.rungs)
