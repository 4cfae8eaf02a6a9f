"""Results are equal when they hold the same: no error of NumPy about truth, and NaN is where NaN is."""

from dataclasses import replace

import numpy as np
import pytest

import leydig as ly
from leydig.arrays import same_fields


@pytest.fixture(scope="module")
def courses():
    man = ly.Man(age=34, testosterone="271 ng/dL")
    return [ly.simulate(man, "clomiphene 25 mg daily", weeks=weeks) for weeks in (4, 4, 5)]


def test_courses_and_their_levels_are_equal_when_they_hold_the_same(courses):
    one, again, longer = courses
    assert one == again and one != longer
    assert one["lh"] == again["lh"] and one["lh"] != longer["lh"] and one["lh"] != one["fsh"]
    assert one["lh"] != one["lh"].to("mIU/mL")
    assert one["lh"].at(week=1) == again["lh"].at(week=1) != again["lh"].at(week=2)
    assert one != "clomiphene 25 mg daily"


def test_what_was_not_solved_is_equal_to_what_was_not_solved(courses):
    days = np.zeros(len(courses[0].days))
    broken = replace(courses[0], inside={"lh": np.where(np.arange(len(days)) == 1, np.nan, days)}, notes=("unlike",))
    assert same_fields(broken, replace(broken, inside={"lh": broken.inside["lh"].copy()}))
    assert broken != replace(broken, inside={"lh": days})
    assert broken != replace(broken, inside={"fsh": broken.inside["lh"]})
    assert broken != replace(broken, notes=("unlike", "it"))
    assert broken != replace(broken, failed={0: "not solved"})
