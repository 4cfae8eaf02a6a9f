"""The order of precedence alone, on findings that stand for nothing: which verdict, and with which reasons."""

from itertools import product

import pytest

from leydig.assessment.finding import Finding, FindingKind, Reason, Verdict
from leydig.assessment.precedence import Block, raising_verb, verdict_before_start
from leydig.protocol.vocabulary import RAISING, Certainty, Rank, Severity


def finding(rule, severity=Severity.INFO, required=False):
    return Finding(rule, FindingKind.ELIGIBILITY, f"title of {rule}", "", "", "", (), next(iter(Certainty)), severity=severity,
                   required=required)  # fmt: skip


def verdict(met=(), unknown=(), needs=(), blocks=()):
    """Judge rules by name; those that begin with EX are exclusions."""
    names = {*met, *unknown}
    return verdict_before_start(
        [finding(name) for name in met], [finding(name) for name in unknown], [finding("NEED", required=one) for one in needs],
        {name for name in names if name.startswith("EX")}, blocks)  # fmt: skip


@pytest.mark.parametrize(
    ("met", "unknown", "needs", "expected", "ranks"),
    [
        (["IN"], [], [], Verdict.CANDIDATE, []),
        (["IN"], [], [False], Verdict.CANDIDATE, []),  # a need that is not required stops nothing
        (["IN"], [], [True], Verdict.POSSIBLE, [Rank.NEED]),
        (["IN"], ["EX"], [], Verdict.POSSIBLE, [Rank.EXCLUSION]),
        (["IN"], ["EX"], [True], Verdict.POSSIBLE, [Rank.EXCLUSION, Rank.NEED]),
        (["IN"], ["IN2"], [], Verdict.CANDIDATE, []),  # another indication need not be known
        ([], ["IN"], [True], Verdict.POSSIBLE, [Rank.NEED]),
        ([], ["IN"], [], Verdict.NOT_NOW, [Rank.ADVICE]),  # nothing that is asked for would show it
        ([], ["IN"], [False], Verdict.NOT_NOW, [Rank.ADVICE]),
        ([], [], [True], Verdict.NOT_NOW, [Rank.ADVICE]),
        ([], ["EX"], [True], Verdict.NOT_NOW, [Rank.ADVICE]),  # an exclusion is no indication
        ([], [], [], Verdict.NOT_NOW, [Rank.ADVICE]),
    ],
)
def test_the_verdict_follows_from_what_holds_what_is_unknown_and_what_is_needed(met, unknown, needs, expected, ranks):
    found, reasons = verdict(met, unknown, needs)
    assert found == expected and [one.rank for one in reasons] == ranks
    assert [one.title.endswith(": not known") for one in reasons] == [one == Rank.EXCLUSION for one in ranks]


@pytest.mark.parametrize(("rank", "severity"), list(product(Rank, Severity)))
def test_a_block_outranks_everything_and_only_a_critical_exclusion_is_a_contraindication(rank, severity):
    block = Block(rank, tuple(RAISING), finding("BLOCK", severity))
    for met, unknown, needs in ((["IN"], ["EX"], [True]), (["IN"], [], []), ([], [], [])):
        found, reasons = verdict(met, unknown, needs, [block])
        contraindicated = rank == Rank.EXCLUSION and severity == Severity.CRITICAL
        assert found == (Verdict.CONTRAINDICATED if contraindicated else Verdict.NOT_NOW)
        assert reasons == (Reason(rank, "BLOCK", "title of BLOCK"),)


@pytest.mark.parametrize(
    ("before", "after", "verb", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 2, "b": 2}, "step up", "step up"),
        ({"a": 0, "b": 2}, {"a": 1, "b": 1}, "restart", "restart"),
        ({"a": 0, "b": 2}, {"a": 1, "b": 0}, "hold", "start"),  # more of one drug under a word that says nothing of it
        ({"a": 1, "b": 2}, {"a": 1, "b": 2}, "step up", ""),
        ({"a": 1, "b": 2}, {"a": 0, "b": 2}, "start", ""),
    ],
)
def test_whatever_gives_more_of_a_drug_is_a_rise(before, after, verb, expected):
    assert raising_verb(before, after, verb) == expected
