"""A course that leaves what any man has says so."""

import warnings

import pytest

from leydig import LeydigWarning, Man, simulate


def test_a_level_beyond_any_man_is_warned_of_and_noted():
    man = Man(age=40, testosterone="1500 ng/dL", estradiol="80 pg/mL", lh="1 IU/L", fsh="1 IU/L")
    with pytest.warns(LeydigWarning, match="testosterone reaches"):
        course = simulate(man, "clomiphene 100 mg daily + letrozole 2.5 mg daily", weeks=16)
    assert any("do not use this course" in note for note in course.notes)


def test_an_ordinary_course_says_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        simulate(Man(age=30), "anastrozole 1 mg daily", weeks=8)


def test_fsh_stays_below_what_a_pituitary_can_hold():
    man = Man(age=40, testosterone="1500 ng/dL", estradiol="80 pg/mL", lh="1 IU/L", fsh="1 IU/L")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        course = simulate(man, "ketoconazole 400 mg four times daily", weeks=26)
    assert 5.0 < course["fsh"].values.max() < float(man.body.pituitary.highest_fsh()) < 150.0
