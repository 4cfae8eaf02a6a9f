"""The protocol: who is a candidate, what to aim for, when to measure, how to adjust, when to stop.

A protocol is data. A rule holds when all its conditions hold; a condition compares one quantity with
numbers in one unit. What is unknown stays unknown (Kleene's three values), so a missing result never decides.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from leydig.product import PRODUCTS
from leydig.protocol.condition import AnyOf, Condition
from leydig.protocol.semen import InseminationBands
from leydig.protocol.vocabulary import (
    LONGEST_FIRST,
    AskedRegimen,
    Certainty,
    Group,
    Severity,
    Verb,
    VisitAnchor,
)
from leydig.regimen import Regimen
from leydig.source import Source

__all__ = ["Component", "ExpectedChange", "Protocol", "Requirement", "Rule", "Target", "Visit"]


@dataclass(frozen=True)
class Rule:
    """One rule: what must hold, what follows, in words for three readers, with source and certainty.

    Attributes
    ----------
    id, title : str
    group : Group
    when : tuple of Condition or AnyOf
        All must hold; none holds always.
    then : str
        A `Verb`, with a component where it concerns one; empty where nothing is to be done.
    severity : Severity
    plain, clinical, academic : str
        May show a recorded value in braces, such as ``{estradiol}``.
    source : tuple of Source
    certainty : Certainty
    blocks : tuple of Verb
        Which of `RAISING` is not advised while it holds (`leydig.assessment.precedence`).
    implies : tuple of str
        Questions that are answered with yes while it holds, whatever answer was recorded.
    """

    id: str
    group: Group
    title: str
    when: tuple[Condition | AnyOf, ...]
    then: str
    severity: Severity
    plain: str
    clinical: str
    academic: str
    source: tuple[Source, ...]
    certainty: Certainty
    blocks: tuple[Verb, ...] = ()
    implies: tuple[str, ...] = ()

    @cached_property
    def verb(self) -> str:
        """The verb of `then`; empty where nothing is to be done."""
        return next((verb for verb in LONGEST_FIRST if self.then.startswith(verb)), "")

    @cached_property
    def asks_of_advice(self) -> bool:
        """Whether a condition asks what is expected of what it would advise."""
        return any(one.under == AskedRegimen.ADVISED for one in self.conditions)

    @cached_property
    def component(self) -> str:
        """The component of `then`; empty where it concerns none."""
        return self.then.removeprefix(self.verb).strip().replace(" ", "_")

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition, those of alternatives too."""
        parts = ((part.conditions if isinstance(part, AnyOf) else (part,)) for part in self.when)
        return tuple(one for part in parts for one in part)


@dataclass(frozen=True)
class Target:
    """A band that a level should be in: one of a joint target."""

    of: str
    band: Condition
    source: tuple[Source, ...]
    certainty: Certainty


@dataclass(frozen=True)
class Component:
    """One drug of a protocol and its ladder.

    Attributes
    ----------
    drug : str
    rungs : tuple of Regimen
        In ascending order.
    begin : int
        The first rung, counted from 1; 0 for an optional drug that a rule may start.
    ceiling : float
        Most per week without an override, in the drug's unit.
    reduce : float
        Least share by which a step down lowers the weekly amount.
    one_step : dict of str to float
        By what factor one rung up changes a level at most.
    source : tuple of Source
    certainty : Certainty
    """

    drug: str
    rungs: tuple[Regimen, ...]
    begin: int
    ceiling: float
    reduce: float
    one_step: dict[str, float]
    source: tuple[Source, ...]
    certainty: Certainty

    @cached_property
    def weekly_amounts(self) -> tuple[float, ...]:
        """Weekly amount of each rung, in the drug's unit."""
        return tuple(float(rung.weekly_total()[self.drug][0]) for rung in self.rungs)

    @property
    def unit(self) -> str:
        """The drug's dose unit."""
        return PRODUCTS[self.drug].unit

    def top(self, ceiling: float) -> int:
        """Return the highest rung under a ceiling [dose unit per week]; 0 when none is."""
        return sum(amount <= ceiling * (1.0 + 1e-9) for amount in self.weekly_amounts)

    def lower(self, rung: int) -> int:
        """Return the rung of a step down: the highest one that lowers the dose by `reduce`; 0 when none does."""
        return self.top(self.weekly_amounts[rung - 1] * (1.0 - self.reduce)) if rung else 0

    def half(self, rung: int) -> int:
        """Return the highest rung with at most half the dose; 0 when none has."""
        return self.top(0.5 * self.weekly_amounts[rung - 1]) if rung else 0


@dataclass(frozen=True)
class Requirement:
    """What must be known before treatment starts.

    Attributes
    ----------
    of : str
    times : int
        On how many days.
    apart : int
        Days between the first and the last of them, at least.
    within : int
        Age in days at most; 0 for any.
    morning : bool
        Drawn between 7 and 11.
    required : bool
        Whether it must be there before anything is started.
    """

    of: str
    times: int
    apart: int
    within: int
    morning: bool
    required: bool
    source: tuple[Source, ...]
    certainty: Certainty


@dataclass(frozen=True)
class Visit:
    """A planned visit: its window in days after the start of treatment or after every change.

    Attributes
    ----------
    name : str
    after : VisitAnchor
    day, opens, closes, overdue : int
    panel : tuple of str
    """

    name: str
    after: VisitAnchor
    day: int
    opens: int
    closes: int
    overdue: int
    panel: tuple[str, ...]
    source: tuple[Source, ...]
    certainty: Certainty


@dataclass(frozen=True)
class ExpectedChange:
    """Where a level should go on treatment."""

    of: str
    up: bool
    why: str
    source: tuple[Source, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Protocol:
    """One protocol, whole, as files and region make it.

    Attributes
    ----------
    name, title, version, region, region_title, goal, context, off_label : str
    date, review : datetime.date
    needs, targets, visits, expected, source : tuple
    components : dict of str to Component
    rules : tuple of Rule
        In order; of titration rules the first that holds is the advice.
    valid_after, stale_after, minimum : int
        Days after a change from which a result counts; age at which it no longer does; least time between
        changes.
    titrates_on : tuple of str
        What must be known, valid and fresh before a dose is changed.
    insemination : InseminationBands
    checks : tuple of str
        What must be answered with no before low sperm counts are called idiopathic.
    """

    name: str
    title: str
    version: str
    date: dt.date
    review: dt.date
    region: str
    goal: str
    context: str
    off_label: str
    needs: tuple[Requirement, ...]
    targets: tuple[Target, ...]
    components: dict[str, Component]
    visits: tuple[Visit, ...]
    expected: tuple[ExpectedChange, ...]
    rules: tuple[Rule, ...]
    valid_after: int
    stale_after: int
    minimum: int
    titrates_on: tuple[str, ...]
    insemination: InseminationBands
    checks: tuple[str, ...]
    source: tuple[Source, ...]
    region_title: str = ""

    def __repr__(self) -> str:
        drugs, region = ", ".join(self.components), f", region {self.region}" if self.region else ""
        return f"Protocol({self.name} {self.version}{region}: {drugs}; {len(self.rules)} rules)"

    def of_group(self, *groups: Group) -> tuple[Rule, ...]:
        """Return the rules of some groups, in order."""
        return tuple(rule for rule in self.rules if rule.group in groups)

    @cached_property
    def implications(self) -> dict[str, tuple[Rule, ...]]:
        """The rules that answer a question with yes, by question."""
        found: dict[str, list[Rule]] = {}
        for rule in self.rules:
            for question in rule.implies:
                found.setdefault(question, []).append(rule)
        return {question: tuple(many) for question, many in found.items()}

    @cached_property
    def reads_forecasts(self) -> bool:
        """Whether a rule asks what a twin expects."""
        return any(one.of_forecast for rule in self.rules for one in rule.conditions)

    @cached_property
    def rules_on_regimen(self) -> tuple[Rule, ...]:
        """Rules that judge what is given, and so what would be given: alerts, and all that can block."""
        return tuple(
            rule for rule in self.rules
            if (rule.group == Group.ALERT or rule.blocks) and any(one.of_regimen for one in rule.conditions)
        )  # fmt: skip

    def regimen(self, rungs: dict[str, int]) -> Regimen:
        """Return what is given when each component is on this rung (0: not at all)."""
        on = [self.components[drug].rungs[rung - 1] for drug, rung in rungs.items() if rung]
        return Regimen([dose for rung in on for dose in rung.doses])
