"""What goes before what, in one place.

An assessment gathers everything that speaks; this order says what wins, and nothing else decides it::

    critical alert > stop > exclusion > open work-up > need > titration or start > advice

A rule of any group may block the verbs that give more of a drug (`leydig.protocol.vocabulary.RAISING`). Critical
alerts, stops, exclusions and work-up block all of them unless their file says otherwise; a warning, a pattern or a
class blocks what its file names. What blocks is judged on what is given and on what would be given: an alert that
would hold under the advised regimen is an alert before it begins. Lowering, holding and stopping are never blocked and
never wait.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from leydig.assessment.finding import Finding, Reason, Verdict
from leydig.protocol.protocol import Rule
from leydig.protocol.ranks import rank
from leydig.protocol.vocabulary import RAISING, Rank, Severity, Verb

__all__ = ["Block", "raising_verb", "rank_blocks", "verdict_before_start"]


@dataclass(frozen=True)
class Block:
    """A rule that holds and blocks.

    Attributes
    ----------
    rank : Rank
    verbs : tuple of Verb
        What it blocks.
    finding : Finding
    """

    rank: Rank
    verbs: tuple[Verb, ...]
    finding: Finding

    @property
    def reason(self) -> Reason:
        """The reason as an assessment gives it."""
        return Reason(self.rank, self.finding.rule, self.finding.title)


def rank_blocks(rules: Iterable[Rule], findings: Mapping[str, Finding]) -> tuple[Block, ...]:
    """Return what blocks, the highest rank first.

    Parameters
    ----------
    rules : iterable of Rule
        In the order of the protocol.
    findings : mapping of str to Finding
        Those that hold, by rule.
    """
    held = [Block(rank(rule), rule.blocks, findings[rule.id]) for rule in rules if rule.blocks and rule.id in findings]
    order = list(Rank)
    return tuple(sorted(held, key=lambda one: order.index(one.rank)))


def raising_verb(before: Mapping[str, int], after: Mapping[str, int], verb: str) -> str:
    """Return the verb under which a change of rungs gives more of some drug; empty where it gives no more.

    Parameters
    ----------
    before, after : mapping of str to int
        The rung of each component.
    verb : str
        Of the advice.
    """
    if not any(after[drug] > before[drug] for drug in after):
        return ""
    return verb if verb in RAISING else RAISING[0]


def verdict_before_start(
    criteria: Sequence[Finding], unknown: Sequence[Finding], requirements: Sequence[Finding], exclusions: Iterable[str],
    blocks: Sequence[Block],
) -> tuple[Verdict, tuple[Reason, ...]]:  # fmt: skip
    """Return the verdict on a man who has not begun, and its reasons in order.

    Parameters
    ----------
    criteria, unknown : sequence of Finding
        Indications and exclusions that hold, and those that are not known.
    requirements : sequence of Finding
        Needs that are not met.
    exclusions : iterable of str
        Ids of exclusions.
    blocks : sequence of Block
        What blocks a start, in order.
    """
    against = frozenset(exclusions)
    reasons = tuple(one.reason for one in blocks)
    wanting = tuple(Reason(Rank.NEED, one.rule, one.title) for one in requirements if one.required)
    open_ = tuple(Reason(Rank.EXCLUSION, one.rule, f"{one.title}: not known") for one in unknown if one.rule in against)
    if any(one.rank == Rank.EXCLUSION and one.finding.severity == Severity.CRITICAL for one in blocks):
        return Verdict.CONTRAINDICATED, reasons
    if blocks:
        return Verdict.NOT_NOW, reasons
    if any(one.rule not in against for one in criteria):
        return (Verdict.POSSIBLE, (*open_, *wanting)) if wanting or open_ else (Verdict.CANDIDATE, ())
    if wanting and any(one.rule not in against for one in unknown):
        return Verdict.POSSIBLE, wanting
    return Verdict.NOT_NOW, (Reason(Rank.ADVICE, "", "no criterion for it is met"),)
