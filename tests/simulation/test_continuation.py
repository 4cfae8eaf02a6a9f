"""A course goes on with another regimen: the levels are those of one schedule that was written at once."""

import numpy as np
import pytest

import leydig as ly
from leydig.errors import OutOfRange
from leydig.parameter import change

FINE = 1e-6


def assert_same(ours, theirs, days):
    """Assert that two courses have the same levels on these days, drugs included."""
    assert set(ours.drug_levels) >= set(theirs.drug_levels)
    for name in (*theirs, *theirs.drug_levels):
        found, wanted = (np.asarray(one[name].read(np.asarray(days))) for one in (ours, theirs))
        np.testing.assert_allclose(found, wanted, rtol=5e-6, atol=1e-9, err_msg=name)


def legs(man, regimens, seams, days, **options):
    """Return the last of the courses on these regimens, each until its seam."""
    course = None
    for regimen, until in zip(regimens, [*seams, days[-1]], strict=True):
        start = 0.0 if course is None else course.days[-1]
        at = [day for day in days if start <= day <= until] if until == days[-1] else [until]
        course = ly.simulate(man, regimen, at=at, after=course, tolerance=FINE, **options)
    return course


@pytest.mark.parametrize(("regimens", "whole"), [
    # titration by hand: doses still in the body at both seams
    (["clomiphene 25 mg daily", "clomiphene 50 mg daily", "clomiphene 25 mg every other day + anastrozole 1 mg daily"],
     "clomiphene 25 mg daily until day 30.5 + clomiphene 50 mg daily from day 31 until day 61"
     " + clomiphene 25 mg every other day from day 62 + anastrozole 1 mg daily from day 61"),
    # a depot that lasts over a seam, then nothing; days 0 and 3 of each week are day 31, 35, 38 ... after day 30.5
    (["testosterone cypionate 200 mg every 2 weeks", "hcg 1500 IU twice weekly", ""],
     "testosterone cypionate 200 mg every 2 weeks until day 30.5 + hcg 1500 IU on days 0, 4 of each week from day 31 until day 61"),
    # an infusion over both seams, and one that changes its rate amid
    (["testosterone infusion 3 mg/day continuous from day 20 for 60 days + estradiol patch 50 ug/day continuous",
      "testosterone infusion 3 mg/day continuous from day 20 for 60 days + estradiol patch 25 ug/day continuous",
      "testosterone infusion 3 mg/day continuous from day 20 for 60 days"],
     "testosterone infusion 3 mg/day continuous from day 20 for 60 days + estradiol patch 50 ug/day continuous until day 30.5"
     " + estradiol patch 25 ug/day continuous from day 30.5 until day 61"),
    # pulses that become slower, and end; days 63 and 66 are days 0 and 3 of a week
    (["gonadorelin 5 ug every 90 minutes", "gonadorelin 10 ug every 2 hours", "hcg 1500 IU twice weekly"],
     "gonadorelin 5 ug every 90 minutes until day 30.5 + gonadorelin 10 ug every 2 hours from day 30.5 until day 61"
     " + hcg 1500 IU on days 2, 5 of each week from day 61"),
])  # fmt: skip
def test_three_legs_are_one_schedule(shah_man, regimens, whole):
    days = [61.25, 62.0, 70.0, 90.0]
    ours = legs(shah_man, regimens, [30.5, 61.0], days)
    assert_same(ours, ly.simulate(shah_man, whole, at=days, tolerance=FINE), days)


def test_the_course_says_the_whole_schedule(shah_man):
    first = ly.simulate(shah_man, "clomiphene 25 mg daily + anastrozole 1 mg daily", weeks=4)
    second = ly.simulate(shah_man, "clomiphene 50 mg daily + anastrozole 1 mg daily", weeks=4, after=first)
    assert str(second.regimen) == (
        "clomiphene 25 mg daily for 4 weeks + anastrozole 1 mg daily + clomiphene 50 mg daily from week 4"
    )
    assert second.days[0] == 28.0 and second.days[-1] == 56.0
    third = ly.simulate(shah_man, second.regimen, weeks=4, after=second)
    assert third.regimen == second.regimen


def test_a_dose_at_the_seam_is_given_once_by_the_later_regimen(shah_man):
    first = ly.simulate(shah_man, "anastrozole 0.5 mg daily", at=[2.0])
    second = ly.simulate(shah_man, "anastrozole 1 mg daily", at=[4.0], after=first)
    assert [(dose.amount, dose.times(4.0).tolist()) for dose in second.regimen.doses] == [
        (0.5, [0.0, 1.0]), (1.0, [2.0, 3.0])
    ]  # fmt: skip


def test_what_was_given_before_wears_off(shah_man):
    first = ly.simulate(shah_man, "testosterone enanthate 200 mg weekly for 1 day", weeks=2)
    rest = ly.simulate(shah_man, "", weeks=4, after=first)
    level = rest["testosterone_enanthate"] if "testosterone_enanthate" in rest.drug_levels else rest["testosterone"]
    assert float(level.at(day=14)) > float(level.at(day=42))
    whole = ly.simulate(shah_man, "testosterone enanthate 200 mg weekly for 1 day", at=[14.0, 42.0])
    for day in (14.0, 42.0):
        assert float(rest["lh"].at(day=day)) == pytest.approx(float(whole["lh"].at(day=day)), rel=1e-4)


def test_many_men_go_on_each_on_his_own(shah_man, reference_man):
    men = [shah_man, reference_man]
    first = ly.simulate(men, "clomiphene 25 mg daily", days=20, tolerance=FINE)
    second = ly.simulate(men, ["clomiphene 25 mg daily", "hcg 1500 IU weekly"], at=[40.0], after=first, tolerance=FINE)
    third = ly.simulate(men, "anastrozole 1 mg daily", at=[60.0], after=second, tolerance=FINE)
    whole = [
        "clomiphene 25 mg daily until day 40 + anastrozole 1 mg daily from day 40",
        "clomiphene 25 mg daily until day 20 + hcg 1500 IU weekly from week 3 until day 40 + anastrozole 1 mg daily from day 40",
    ]
    assert_same(third, ly.simulate(men, whole, at=[60.0], tolerance=FINE), [60.0])


def test_changed_drugs_go_on_and_new_ones_may_be_changed_too(shah_man):
    slow = {"anastrozole": change(ly.drugs["anastrozole"], {"drugs.anastrozole.clearance": 0.8}, "drugs.anastrozole")}
    slower = {"letrozole": change(ly.drugs["letrozole"], {"drugs.letrozole.clearance": 1.0}, "drugs.letrozole")}
    first = ly.simulate(shah_man, "anastrozole 1 mg daily", days=10, drugs=slow, tolerance=FINE)
    whole = "anastrozole 1 mg daily until day 10 + letrozole 2.5 mg daily from day 10"
    for more in (slow | slower, slow):
        second = ly.simulate(shah_man, "letrozole 2.5 mg daily", at=[20.0], after=first, drugs=more, tolerance=FINE)
        assert_same(second, ly.simulate(shah_man, whole, at=[20.0], drugs=more, tolerance=FINE), [20.0])
    with pytest.raises(OutOfRange, match="other parameters of anastrozole"):
        ly.simulate(shah_man, "letrozole 2.5 mg daily", at=[20.0], after=first, drugs=slower)


def test_a_cycle_that_another_course_would_cut_is_refused(shah_man):
    first = ly.simulate(shah_man, "anastrozole 1 mg daily", days=10)
    with pytest.raises(ly.BadRegimen, match="amid its cycle.*from day 10"):
        ly.simulate(shah_man, "clomiphene 25 mg daily 25 days on 5 days off", days=5, after=first)
    again = ly.simulate(shah_man, "clomiphene 25 mg daily 25 days on 5 days off from day 10", days=5, after=first)
    assert again.days[-1] == 15.0
