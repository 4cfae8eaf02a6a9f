"""What is worked out from other results: of one draw, within bounds where one is censored, never from half of them."""

import datetime as dt

import pytest

from leydig.assessment.facts.derived import derive_quantity, draw_ratio, shared_days
from leydig.record.quantity import DERIVED
from leydig.record.record import Result
from tests.assessment.men import EARLIER, START, result


def of(*results):
    """Return the results of a quantity, oldest first."""
    return lambda name: sorted((one for one in results if one.name == name), key=lambda one: one.date)


def free(testosterone=400.0, shbg=30.0, signs=("", ""), days=(START, START), more=()):
    both = (result("testosterone", testosterone, days[0], comparator=signs[0]),
            result("shbg", shbg, days[1], comparator=signs[1]))  # fmt: skip
    return derive_quantity("free_testosterone", of(*both, *more))


def test_free_testosterone_is_that_of_the_last_draw_with_both():
    assert free().date == START and free().low == free().high and free().text.endswith(" pmol/L (calculated)")
    assert free(days=(START, EARLIER)) is None
    earlier = free(more=(result("testosterone", 900.0, EARLIER), result("shbg", 30.0, EARLIER)))
    assert earlier.low == free().low


@pytest.mark.parametrize("signs", [("<", ""), ("", "<"), (">", ">")])
def test_a_censored_part_gives_no_free_testosterone(signs):
    assert free(signs=signs) is None


def test_more_shbg_or_albumin_leaves_less_free():
    assert free(shbg=60.0).low < free().low
    assert free(more=(Result("albumin", 5.0, EARLIER, "g/dL"),)).low < free(more=(Result("albumin", 3.5, EARLIER, "g/dL"),)).low  # fmt: skip


def test_the_last_albumin_counts_and_a_censored_one_does_not():
    two = (Result("albumin", 3.5, EARLIER, "g/dL"), Result("albumin", 5.0, START, "g/dL"))
    assert free(more=two).low == free(more=two[1:]).low
    censored = (Result("albumin", 5.0, EARLIER, "g/dL"), Result("albumin", 3.5, START, "g/dL", comparator="<"))
    assert free(more=censored).low == free(more=censored[:1]).low


def test_without_shbg_what_is_held_loosely_gives_the_free():
    bound = Result("bioavailable_testosterone", 6.0, START, "nmol/L")
    assert derive_quantity("free_testosterone", of(bound)).date == START
    assert derive_quantity("free_testosterone", of(Result("bioavailable_testosterone", 6.0, START, "nmol/L", comparator="<"))) is None  # fmt: skip
    assert free(more=(bound,)).low == free().low  # of both the draw with SHBG


@pytest.mark.parametrize(
    ("signs", "known", "text"),
    [(("", ""), (True, True), "10"), (("", "<"), (True, False), ">10"), (("<", ""), (False, True), "<10"),
     ((">", ""), (True, False), ">10"), (("", ">"), (False, True), "<10")],
)  # fmt: skip
def test_the_ratio_of_a_censored_draw_is_a_bound(signs, known, text):
    labs = of(result("testosterone", 300.0, comparator=signs[0]), result("estradiol", 30.0, comparator=signs[1]))
    ratio = draw_ratio(START, {one: labs(one) for one in DERIVED["te2_ratio"]})
    assert (ratio.low == pytest.approx(10.0), ratio.high == pytest.approx(10.0), ratio.text) == (*known, text)
    assert ratio.low <= 10.0 * 1.000001 and ratio.high >= 10.0 * 0.999999


def test_shared_days_are_those_on_which_all_were_drawn():
    labs = of(result("lh", 3.0, EARLIER), result("lh", 3.0), result("fsh", 3.0), result("fsh", 3.0, START + dt.timedelta(1)))  # fmt: skip
    assert shared_days(("lh", "fsh"), labs) == [START]


def test_a_count_is_concentration_times_volume_of_one_sample():
    labs = of(result("sperm_concentration", 8.0), result("semen_volume", 3.0))
    count = derive_quantity("total_sperm_count", labs)
    assert (count.low, count.high, count.text, count.date) == (24.0, 24.0, "24 million", START)
    assert derive_quantity("total_sperm_count", of(result("sperm_concentration", 8.0))) is None
    assert derive_quantity("lh", labs) is None and "lh" not in DERIVED
