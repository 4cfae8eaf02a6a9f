"""Who is not assessed: other than men, too young or too old, and records that contradict themselves."""

import datetime as dt
from dataclasses import replace

import pytest
from assessment.men import START, man, result

import leydig as ly
from leydig.assessment.assess import assess
from leydig.record.record import Result, Treatment


@pytest.mark.parametrize("sex", ["female", "F", "woman", "", "unknown"])
def test_only_men_are_assessed(sex):
    found = assess(man(sex=sex))
    assert found.is_refused and found.findings[0].rule == "SEX"
    assert not found.of("advice")


@pytest.mark.parametrize("age", [17.0, 3.0, 95.0, None])
def test_minors_and_men_of_unknown_age_are_refused(age):
    found = assess(man(age=age))
    assert found.is_refused and found.findings[0].rule == "AGE"


def test_a_birthday_decides_to_the_day():
    born = replace(man(age=None), born=dt.date(START.year - 18, START.month, START.day))
    assert not assess(born).is_refused
    assert assess(replace(born, born=born.born + dt.timedelta(1))).is_refused


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([result("testosterone", 700.0)], "came as"),
        ([Result("bioavailable_testosterone", 400.0, START, "ng/dL")], "more than the whole"),
        (
            [
                result("motility", 20.0, START + dt.timedelta(1)),
                result("progressive_motility", 45.0, START + dt.timedelta(1)),
            ],
            "more than the whole",
        ),
        ([Result("total_sperm_count", 300.0, START, "million")], "is not 8 million/mL times 3 mL"),
        ([Result("consent", False, START), Result("consent", True, START)], "came as"),
    ],
)
def test_contradictions_are_refused_with_what_contradicts(more, said):
    found = assess(man().with_results(more))
    assert found.is_refused and said in found.findings[0].plain


def test_two_treatments_of_one_drug_at_once_contradict():
    both = (
        Treatment(ly.Regimen("anastrozole 1 mg daily"), START),
        Treatment(ly.Regimen("anastrozole 0.5 mg daily"), START),
    )
    assert "twice at once" in assess(replace(man(), treatments=both)).findings[0].plain


@pytest.mark.parametrize("order", [1, -1])
def test_a_treatment_that_ends_as_the_next_begins_contradicts_nothing(order):
    both = (
        Treatment(ly.Regimen("anastrozole 1 mg daily"), START - dt.timedelta(30), START - dt.timedelta(9)),
        Treatment(ly.Regimen("anastrozole 0.5 mg daily"), START - dt.timedelta(9), START - dt.timedelta(2)),
    )
    assert not assess(replace(man(), treatments=both[::order])).is_refused
    longer = replace(both[0], stop=START - dt.timedelta(8))
    assert assess(replace(man(), treatments=(longer, both[1])[::order])).is_refused


def test_a_result_before_birth_contradicts():
    record = replace(man(), born=dt.date(1992, 5, 1)).with_results([result("lh", 3.0, dt.date(1980, 1, 1))])
    assert "before his birth" in assess(record).findings[0].plain


DAY = START + dt.timedelta(1)  # one on which nothing else was measured


@pytest.mark.parametrize(
    "more",
    [
        [Result("total_sperm_count", 300.0, DAY, "million")],  # of another sample than concentration and volume
        [Result("total_sperm_count", 300.0, START, "million", comparator=">")],
        [Result("total_sperm_count", 30.0, START, "million")],  # 24 million, a quarter off the larger at most
        [result("testosterone", 336.0)],  # a fifth off the other one of this draw
        [result("testosterone", 700.0, assay="LC-MS/MS")],  # another assay may read otherwise
        [result("testosterone", 700.0, time=dt.time(16, 30))],
        [result("progressive_motility", 46.0, DAY)],  # motility of the day before
        [Result("te2_ratio", 20.0, DAY, "ng/dL per pg/mL")],
        [Result("te2_ratio", 7.4, START, "ng/dL per pg/mL")],  # 280 over 45 is 6.22: less than a fifth off
        [result("testosterone", 280.0, DAY, comparator="<"), result("estradiol", 45.0, DAY), Result("te2_ratio", 20.0, DAY, "ng/dL per pg/mL")],
        [result("lh", 3.5, man().results[0].date)],
    ],
)  # fmt: skip
def test_what_need_not_contradict_is_assessed(more):
    assert not assess(man().with_results(more), on=DAY).is_refused


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([Result("total_sperm_count", 33.0, START, "million")], "is not 8 million/mL times 3 mL"),
        ([Result("total_sperm_count", 17.5, START, "million")], "is not 8 million/mL times 3 mL"),
        ([result("testosterone", 340.0)], "came as"),
        ([Result("te2_ratio", 7.6, START, "ng/dL per pg/mL")], "which is 6.22"),
        ([Result("te2_ratio", 4.9, START, "ng/dL per pg/mL")], "which is 6.22"),
    ],
)
def test_what_is_a_little_too_far_off_contradicts(more, said):
    found = assess(man().with_results(more))
    assert found.is_refused and said in found.findings[0].plain


@pytest.mark.parametrize(("first", "second", "at_once"), [((0, 10), (10, None), False), ((0, 11), (10, None), True),
                                                          ((0, None), (10, 20), True), ((20, 30), (0, 20), False)])  # fmt: skip
def test_two_courses_of_one_drug_may_touch(first, second, at_once):
    courses = tuple(
        Treatment(ly.Regimen("anastrozole 1 mg daily"), START + dt.timedelta(a), None if b is None else START + dt.timedelta(b))
        for a, b in (first, second)
    )  # fmt: skip
    assert assess(replace(man(), treatments=courses), on=START + dt.timedelta(40)).is_refused is at_once
