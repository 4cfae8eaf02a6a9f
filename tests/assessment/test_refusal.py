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


def test_a_result_before_birth_contradicts():
    record = replace(man(), born=dt.date(1992, 5, 1)).with_results([result("lh", 3.0, dt.date(1980, 1, 1))])
    assert "before his birth" in assess(record).findings[0].plain
