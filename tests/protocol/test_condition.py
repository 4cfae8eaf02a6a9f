"""One condition of a rule: how it is said, what stands behind it, and what holds where nothing is said."""

import pytest

from leydig.protocol.condition import Condition
from leydig.protocol.lint.reads import quantities_behind
from leydig.protocol.reader import read_protocol
from leydig.protocol.vocabulary import AskedChange, AskedDay, WorkUpResult


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (Condition("androgens", answer=True), "takes testosterone or an anabolic steroid that is not listed among the treatments: yes"),
        (Condition("labs.valid", answer=False), "results fit to decide on a dose: no"),
        (Condition("karyotype", result=WorkUpResult.ABNORMAL), "karyotype: abnormal"),
        (Condition("psa", known=True), "prostate specific antigen recorded"),
        (Condition("psa", known=False, within=90), "prostate specific antigen not recorded within 90 days"),
        (Condition("lh", above=9.4, unit="IU/L"), "LH above 9.4 IU/L"),
        (Condition("te2_ratio", at_least=10.0, at_most=20.0, unit="1"), "T:E2 at least 10 and at most 20"),
        (Condition("testosterone", below=300.0, unit="ng/dL", times=2), "testosterone below 300 ng/dL 2 times in a row"),
        (Condition("estradiol", below=0.6, change=AskedChange.RATIO), "estradiol (against baseline) below 0.6"),
        (Condition("hematocrit", above=4.0, change=AskedChange.DIFFERENCE, at=AskedDay.BASELINE),
         "hematocrit (change) at baseline above 4"),
    ],
)  # fmt: skip
def test_it_is_said(condition, said):
    assert str(condition) == said


def test_one_result_is_enough_unless_more_are_asked():
    assert Condition("lh", above=9.4).times == 1


def test_what_stands_behind_a_count_of_a_drug_is_the_level_that_it_counts():
    assert "estradiol" in quantities_behind("nonresponses.anastrozole", read_protocol("anastrozole"))
