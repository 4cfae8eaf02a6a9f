"""Protocols: the catalogue, and one with everything that it asks, aims at, measures, gives and stops for."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from leydig.assessment.wording import certainty_text
from leydig.protocol.implied import rule_words, short_title, title_of
from leydig.protocol.lint.lint import lint
from leydig.protocol.protocol import Protocol
from leydig.protocol.reader import names, read_protocol, regions
from leydig.protocol.vocabulary import Group
from leydig.reports.pages.sources import Citation
from leydig.web.view import View
from leydig.web.views.findings import CitedSource, source_numbers, sources_of

__all__ = ["LadderLine", "NeedLine", "ProtocolLine", "ProtocolView", "ProtocolsView", "RuleGroup", "RuleLine",
           "TargetLine", "VisitLine", "protocol_view", "protocols_view"]  # fmt: skip


@dataclass(frozen=True)
class ProtocolLine:
    """One protocol of the catalogue."""

    name: str
    title: str
    version: str
    review: dt.date
    drugs: tuple[str, ...]
    goal: str


@dataclass(frozen=True)
class ProtocolsView(View):
    """The catalogue, and the regions whose differences are shipped."""

    template: ClassVar[str] = "protocols.html.jinja"
    protocols: tuple[ProtocolLine, ...]
    regions: tuple[str, ...]


@dataclass(frozen=True)
class TargetLine:
    """One band of the joint target."""

    title: str
    band: str
    sources: tuple[int, ...]
    certainty: str


@dataclass(frozen=True)
class NeedLine:
    """One thing that has to be known before treatment: how often, how far apart and how old at most [d]; 0 for any."""

    title: str
    times: int
    apart: int
    within: int
    morning: bool
    required: bool
    sources: tuple[int, ...]
    certainty: str


@dataclass(frozen=True)
class VisitLine:
    """One visit: its day after start or change, its window, from when it is overdue [d], and what is measured."""

    name: str
    after: str
    day: int
    opens: int
    closes: int
    overdue: int
    panel: tuple[str, ...]
    sources: tuple[int, ...]
    certainty: str


@dataclass(frozen=True)
class RuleLine:
    """One rule: what it asks, what follows, in the clinician's words with the names of values in braces, its source."""

    id: str
    title: str
    asks: str
    then: str
    severity: str
    text: str
    sources: tuple[int, ...]
    certainty: str


@dataclass(frozen=True)
class RuleGroup:
    """Rules of one group, in the order of the protocol."""

    group: str
    rules: tuple[RuleLine, ...]


@dataclass(frozen=True)
class LadderLine:
    """One drug of the protocol: its rungs in ascending order, where it begins, and its ceiling in a week."""

    drug: str
    rungs: tuple[str, ...]
    begins: str
    ceiling: str
    sources: tuple[int, ...]
    certainty: str


@dataclass(frozen=True)
class ProtocolView(View):
    """One protocol.

    Attributes
    ----------
    name, title, version, region, goal, context, off_label : str
    date, review : datetime.date
    regions : tuple of str
        That may be chosen.
    targets : tuple of TargetLine
    needs : tuple of NeedLine
    visits : tuple of VisitLine
    ladders : tuple of LadderLine
    groups : tuple of RuleGroup
    faults : tuple of str
        What its lint finds; none where it holds what it promises.
    sources : tuple of CitedSource
    """

    template: ClassVar[str] = "protocol.html.jinja"
    name: str
    title: str
    version: str
    region: str
    goal: str
    context: str
    off_label: str
    date: dt.date
    review: dt.date
    regions: tuple[str, ...]
    targets: tuple[TargetLine, ...]
    needs: tuple[NeedLine, ...]
    visits: tuple[VisitLine, ...]
    ladders: tuple[LadderLine, ...]
    groups: tuple[RuleGroup, ...]
    faults: tuple[str, ...]
    sources: tuple[CitedSource, ...]


def protocols_view() -> ProtocolsView:
    """Return the catalogue."""
    lines = [read_protocol(name) for name in names()]
    return ProtocolsView(
        tuple(
            ProtocolLine(
                one.name, one.title, one.version, one.review, tuple(map(short_title, one.components)), one.goal
            )
            for one in lines
        ),
        tuple(regions()),
    )  # fmt: skip


def protocol_view(plan: Protocol, *, on: dt.date) -> ProtocolView:
    """Return one protocol as it holds in its region.

    Parameters
    ----------
    plan : Protocol
    on : datetime.date
        Today: by then a source may have to be looked at again.
    """
    citation = Citation(on)
    content: dict[str, Any] = {
        "targets": tuple(_targets(plan, citation)), "needs": tuple(_needs(plan, citation)),
        "visits": tuple(_visits(plan, citation)), "ladders": tuple(_ladders(plan, citation)),
        "groups": tuple(_groups(plan, citation)), "faults": tuple(map(str, lint(plan))),
    }  # fmt: skip
    return ProtocolView(
        plan.name, plan.title, plan.version, plan.region, plan.goal, plan.context, plan.off_label, plan.date,
        plan.review, tuple(regions()), **content, sources=sources_of(citation),
    )  # fmt: skip


def _targets(plan: Protocol, citation: Citation) -> Iterable[TargetLine]:
    for one in plan.targets:
        yield TargetLine(
            short_title(one.of), str(one.band), source_numbers(one.source, citation), certainty_text(one.certainty)
        )


def _needs(plan: Protocol, citation: Citation) -> Iterable[NeedLine]:
    for one in plan.needs:
        yield NeedLine(title_of(one.of), one.times, one.apart, one.within, one.morning, one.required,
                       source_numbers(one.source, citation), certainty_text(one.certainty))  # fmt: skip


def _visits(plan: Protocol, citation: Citation) -> Iterable[VisitLine]:
    for one in plan.visits:
        yield VisitLine(
            one.name, str(one.after), one.day, one.opens, one.closes, one.overdue, tuple(map(short_title, one.panel)),
            source_numbers(one.source, citation), certainty_text(one.certainty),
        )  # fmt: skip


def _ladders(plan: Protocol, citation: Citation) -> Iterable[LadderLine]:
    for drug, one in plan.components.items():
        begins = str(one.rungs[one.begin - 1]) if one.begin else ""
        yield LadderLine(short_title(drug), tuple(map(str, one.rungs)), begins, f"{one.ceiling:g} {one.unit}",
                         source_numbers(one.source, citation), certainty_text(one.certainty))  # fmt: skip


def _groups(plan: Protocol, citation: Citation) -> Iterable[RuleGroup]:
    for group in Group:
        rules = tuple(
            RuleLine(one.id, one.title, "; ".join(map(str, one.when)), one.then, str(one.severity),
                     rule_words(one.clinical), source_numbers(one.source, citation), certainty_text(one.certainty))
            for one in plan.of_group(group)
        )  # fmt: skip
        if rules:
            yield RuleGroup(str(group), rules)
