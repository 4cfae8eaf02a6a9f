"""Couples: the published chances come out, and more sperm never lowers a chance."""

import numpy as np
import pytest

from leydig.trial.conception import Fecundability, pregnant


def constant(count, cycles=6, tried=0.0):
    return float(pregnant(np.full((1, cycles), float(count)), tried)[0])


def test_the_published_chances_come_out():
    assert constant(80) == pytest.approx(0.65, abs=0.04)
    assert constant(2.5, cycles=13) == pytest.approx(0.28, abs=0.06)
    assert constant(0.5, cycles=13) == pytest.approx(0.051, abs=0.03)
    assert constant(0.0) == 0.0


def test_more_sperm_never_lowers_the_chance_and_more_cycles_raise_it():
    chances = [constant(count) for count in (0.1, 1.0, 5.0, 20.0, 60.0, 200.0)]
    assert chances == sorted(chances)
    assert constant(20, cycles=12) > constant(20, cycles=6)


def test_couples_who_tried_in_vain_have_less_chance():
    assert constant(20, tried=13.0) < 0.9 * constant(20)


def test_the_chance_of_a_cycle_is_a_chance():
    chance = Fecundability().chance(np.array([0.0, float(Fecundability().half), 1e6]))
    assert chance[0] == 0.0
    assert chance[1] == pytest.approx(0.5 * float(Fecundability().most))
    assert chance[2] <= float(Fecundability().most)
