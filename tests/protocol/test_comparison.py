"""A bound against a value that is known between two ends: what is sure, what is impossible, and what is neither."""

import numpy as np
import pytest

from leydig.protocol.condition import Condition, compare
from leydig.protocol.protocol import Component
from leydig.protocol.reader import read_protocol
from leydig.regimen import Regimen

# of each bound at 10: which of (surely, never) a value between the two ends has
CASES = {
    "below": [((9.9, 9.9), (True, False)), ((10.0, 10.0), (False, True)), ((9.0, 11.0), (False, False)),
              ((9.0, 10.0), (False, False)), ((10.0, 11.0), (False, True))],
    "above": [((10.1, 10.1), (True, False)), ((10.0, 10.0), (False, True)), ((9.0, 11.0), (False, False)),
              ((10.0, 11.0), (False, False)), ((9.0, 10.0), (False, True))],
    "at_least": [((10.0, 10.0), (True, False)), ((9.9, 9.9), (False, True)), ((9.0, 11.0), (False, False)),
                 ((10.0, 11.0), (True, False)), ((9.0, 10.0), (False, False))],
    "at_most": [((10.0, 10.0), (True, False)), ((10.1, 10.1), (False, True)), ((9.0, 11.0), (False, False)),
                ((9.0, 10.0), (True, False)), ((10.0, 11.0), (False, False))],
}  # fmt: skip


@pytest.mark.parametrize(("bound", "ends", "verdict"), [(b, e, v) for b, rows in CASES.items() for e, v in rows])
def test_one_bound(bound, ends, verdict):
    condition = Condition("lh", **{bound: 10.0})
    assert compare(condition, *ends) == verdict
    many = compare(condition, *(np.full(2, end) for end in ends))
    assert [np.asarray(one).tolist() for one in many] == [[one] * 2 for one in verdict]


def test_a_bound_in_another_unit_is_scaled():
    assert compare(Condition("lh", below=1.0, scale=10.0), 9.9, 9.9) == (True, False)
    assert compare(Condition("lh", at_least=1.0, scale=10.0), 9.9, 9.9) == (False, True)


def test_two_bounds_have_to_hold_both():
    band = Condition("lh", at_least=5.0, below=10.0)
    assert [compare(band, value, value)[0] for value in (4.9, 5.0, 9.9, 10.0)] == [False, True, True, False]
    assert [compare(band, value, value)[1] for value in (4.9, 5.0, 9.9, 10.0)] == [True, False, False, True]


def test_the_own_range_of_a_laboratory_stands_in_for_the_bound_where_it_is_asked_and_known():
    high, low = Condition("alt", above=120.0, laboratory=3.0), Condition("alt", below=5.0, laboratory=2.0)
    own = (4.0, 50.0)
    assert [compare(high, value, value, own)[0] for value in (149.0, 150.0, 151.0)] == [False, False, True]
    assert [compare(low, value, value, own)[0] for value in (7.9, 8.0)] == [True, False]
    assert compare(high, 121.0, 121.0)[0] and not compare(low, 5.0, 5.0)[0]
    assert compare(Condition("alt", above=120.0), 121.0, 121.0, own)[0]


def test_what_a_condition_reads_of_the_regimen():
    asked = ("treated", "others.running", "on.tamoxifen", "rung.anastrozole", "lh", "room.anastrozole")
    assert [Condition(name).of_regimen for name in asked] == [True, True, True, True, False, False]


def test_limits_are_in_the_unit_of_the_quantity():
    assert Condition("lh", below=3.0, at_least=1.0, scale=10.0).limits == (30.0, 10.0)
    assert Condition("lh", answer=True).limits == ()


def ladder(reduce=0.25):
    rungs = tuple(Regimen(f"anastrozole {amount} mg daily") for amount in (0.25, 0.5, 0.75, 1))
    return Component("anastrozole", rungs, 1, 7.0, reduce, {}, (), "proposal")


@pytest.mark.parametrize(("ceiling", "rung"), [(1.7, 0), (1.75, 1), (3.49, 1), (3.5, 2), (7.0, 4), (99.0, 4)])
def test_the_highest_rung_under_a_ceiling(ceiling, rung):
    assert ladder().top(ceiling) == rung


def test_a_step_down_lowers_by_the_share_and_a_restart_by_half():
    assert [ladder().lower(rung) for rung in range(5)] == [0, 0, 1, 2, 3]
    assert [ladder(0.3).lower(rung) for rung in range(5)] == [0, 0, 1, 2, 2]
    assert [ladder().half(rung) for rung in range(5)] == [0, 0, 1, 1, 2]
    assert ladder().weekly_amounts == (1.75, 3.5, 5.25, 7.0)


def test_what_is_given_on_a_rung():
    protocol = read_protocol("anastrozole_clomiphene")
    text = str(protocol.regimen({"anastrozole": 2, "clomiphene": 0}))
    assert text == str(protocol.components["anastrozole"].rungs[1])
    assert set(protocol.regimen({"anastrozole": 1, "clomiphene": 1}).drugs) == {"anastrozole", "clomiphene"}
