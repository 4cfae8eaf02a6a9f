"""Where a level went: the change as it is said, and where noise ends."""

from dataclasses import replace

import pytest

from leydig import assess
from leydig.analytes import ANALYTES
from leydig.assessment import direction
from leydig.protocol.reader import read_protocol
from tests.assessment.men import man, result, treated


@pytest.fixture
def course_of(monkeypatch):
    """Return the finding on testosterone, before and now, where noise is as wide as is said."""

    def finding(before, now, noise, **more):
        monkeypatch.setattr(direction, "_noise", lambda name: noise)
        base = man(without=("testosterone",)).with_results([result("testosterone", before, **more)])
        record, day = treated("anastrozole 1 mg twice weekly", base=base, testosterone=now)
        return assess(record, "anastrozole", on=day)["DIRECTION_TESTOSTERONE"]

    return finding


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (250.0, 500.0, "(+100 %, 90 % range +75 to +125 %)"),
        (400.0, 300.0, "(-25 %, 90 % range -50 to +0 %)"),
        (400.0, 60.0, "(-85 %, 90 % range -100 to -60 %)"),
    ],
)
def test_a_change_is_said_as_it_is_and_as_noise_leaves_it(course_of, before, now, words):
    assert words in course_of(before, now, 0.25).clinical


def test_a_first_value_that_may_have_been_nothing_leaves_a_change_without_an_end(course_of):
    assert "(-20 % or more, 90 % range -45 % or more)" in course_of(250.0, 200.0, 0.25, comparator="<").clinical


@pytest.mark.parametrize(
    ("now", "status"),
    [(320.0, "as expected"), (312.5, "unclear"), (187.5, "unclear"), (180.0, "against expectation")],
)
def test_a_change_as_wide_as_noise_is_unclear(course_of, now, status):
    assert course_of(250.0, now, 0.25).status == status


@pytest.mark.parametrize(("share", "status"), [(0.97, "unclear"), (1.03, "as expected")])
def test_noise_is_what_nine_differences_of_two_values_in_ten_stay_within(share, status):
    testosterone = ANALYTES["testosterone"]
    noise = (
        1.6449 * (2.0 * (testosterone.within_man_cv**2 + testosterone.assay_cv**2)) ** 0.5
    )  # 90 % of a normal distribution
    base = man(without=("testosterone",)).with_results([result("testosterone", 250.0)])
    record, day = treated("anastrozole 1 mg twice weekly", base=base, testosterone=250.0 * (1.0 + share * noise))
    assert assess(record, "anastrozole", on=day)["DIRECTION_TESTOSTERONE"].status == status


@pytest.mark.parametrize(("before", "told"), [(0.0, False), (0.05, True)])
def test_a_share_of_nothing_is_no_change(before, told):
    base = man(without=("motility",)).with_results([result("motility", before)])
    record, day = treated("anastrozole 1 mg twice weekly", days=90, base=base, motility=4.0)
    assert any(one.rule == "DIRECTION_MOTILITY" for one in assess(record, "anastrozole", on=day).findings) is told


@pytest.mark.parametrize(
    ("bounds", "now", "status"),
    [
        ({"at_most": 900.0}, 1200.0, "too far"), ({"at_least": 500.0, "at_most": 900.0}, 1200.0, "too far"),
        ({"at_least": 500.0, "at_most": 900.0}, 450.0, "as expected"), ({"at_least": 500.0}, 450.0, "as expected"),
        ({"at_least": 500.0}, 1200.0, "as expected"),
    ],
)  # fmt: skip
def test_beyond_the_upper_end_of_a_target_is_too_far(bounds, now, status):
    plan = read_protocol("anastrozole")
    (target,) = (one for one in plan.targets if one.of == "testosterone")
    band = replace(target.band, **({"at_least": None, "at_most": None} | bounds))
    plan = replace(plan, targets=(replace(target, band=band),))
    record, day = treated("anastrozole 1 mg twice weekly", base=man(testosterone=200.0), testosterone=now)
    assert assess(record, plan, on=day)["DIRECTION_TESTOSTERONE"].status == status
