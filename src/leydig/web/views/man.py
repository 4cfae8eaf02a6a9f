"""One man on one day: what alarms, what is advised and why, his levels over time, and what comes next."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from leydig.assessment.finding import Assessment, Finding, FindingKind, Status
from leydig.inference.forecast import Forecast
from leydig.protocol.protocol import Protocol
from leydig.protocol.reader import names, regions
from leydig.protocol.vocabulary import Group
from leydig.record.record import Record
from leydig.reports.pages.case import (
    ReportCase,
    alarms,
    by_severity,
    case_of,
    dose_words,
    name_of,
    value_in_usual_units,
)
from leydig.reports.pages.sources import Citation
from leydig.web.board.values import Board, board_of
from leydig.web.view import View
from leydig.web.views.findings import CitedSource, FindingLine, finding_line, sources_of
from leydig.web.views.what_if import WhatIfView, what_if_view

__all__ = ["CriterionLine", "DecisionLine", "FindingGroup", "ManView", "ReasonLine", "man_view"]

ELSEWHERE = (FindingKind.ELIGIBILITY, FindingKind.MISSING, FindingKind.OFF_LABEL, FindingKind.ADVICE, FindingKind.VISIT)
STATUSES = (Status.MET, Status.UNKNOWN, Status.NOT_MET)


@dataclass(frozen=True)
class ReasonLine:
    """Why a verdict or an advice is what it is."""

    rank: str
    rule: str
    title: str


@dataclass(frozen=True)
class CriterionLine:
    """One criterion: whether it speaks for or against a treatment, and its finding."""

    indication: bool
    finding: FindingLine


@dataclass(frozen=True)
class FindingGroup:
    """Findings of one kind, the most severe first."""

    kind: str
    findings: tuple[FindingLine, ...]


@dataclass(frozen=True)
class DecisionLine:
    """A decision that was written down."""

    at: str
    by: str
    regimen: str
    reason: str
    override: str
    assessment: str


@dataclass(frozen=True)
class ManView(View):
    """The page of one man.

    Attributes
    ----------
    id : str
        In addresses.
    pseudonym : str
    protocol, protocol_name, region : str
        Name, and name with version and review; region, empty where none was asked for.
    protocols, regions : tuple of str
        What may be chosen.
    on : datetime.date
    age, bmi, goals : str
        As they are known; empty else.
    verdict, action, dose, goal : str
    refusals : tuple of FindingLine
        Why nothing was assessed; everything below is empty then.
    alarms : tuple of FindingLine
    advice : FindingLine or None
    reasons : tuple of ReasonLine
    board : Board or None
    criteria : tuple of CriterionLine
        Met, unknown, not met; indications first.
    missing : tuple of FindingLine
    visits : tuple of FindingLine
        The next visit, and every one that is overdue, in words; days and panels are on the board.
    findings : tuple of FindingGroup
        All others.
    off_label : FindingLine or None
    what_if : WhatIfView or None
    decisions : tuple of DecisionLine
    assessment : str
        Id under which the assessment is stored; empty where it is not.
    version : str
        Of the record.
    draft : dict of str to str
        What was written into the form of a decision that was refused.
    refusal, pointer : str
        Why, and in which field.
    sources : tuple of CitedSource
    """

    template: ClassVar[str] = "man.html.jinja"
    id: str
    pseudonym: str
    protocol: str
    protocol_name: str
    protocol_title: str
    region: str
    protocols: tuple[str, ...]
    regions: tuple[str, ...]
    on: dt.date
    verdict: str
    age: str = ""
    bmi: str = ""
    goals: tuple[str, ...] = ()
    action: str = ""
    dose: str = ""
    goal: str = ""
    refusals: tuple[FindingLine, ...] = ()
    alarms: tuple[FindingLine, ...] = ()
    advice: FindingLine | None = None
    reasons: tuple[ReasonLine, ...] = ()
    board: Board | None = None
    criteria: tuple[CriterionLine, ...] = ()
    missing: tuple[FindingLine, ...] = ()
    visits: tuple[FindingLine, ...] = ()
    findings: tuple[FindingGroup, ...] = ()
    off_label: FindingLine | None = None
    what_if: WhatIfView | None = None
    decisions: tuple[DecisionLine, ...] = ()
    assessment: str = ""
    version: str = ""
    draft: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    pointer: str = ""
    sources: tuple[CitedSource, ...] = ()


def man_view(
    id: str,
    pseudonym: str,
    record: Record,
    plan: Protocol,
    assessment: Assessment,
    *,
    forecasts: Sequence[Forecast] = (),
    what_if: WhatIfView | None = None,
    decisions: Sequence[DecisionLine] = (),
    assessment_id: str = "",
    version: str = "",
    draft: Mapping[str, str] | None = None,
    refusal: str = "",
    pointer: str = "",
) -> ManView:
    """Return the page of one man.

    Parameters
    ----------
    id, pseudonym : str
    record : Record
    plan : Protocol
        As it was read, without what was set for him.
    assessment : Assessment
        Of this record by this protocol.
    forecasts : sequence of Forecast, optional
        What the twin expects of the present course, then of another regimen; drawn where it does not abstain.
    what_if : WhatIfView, optional
        The answer to what was asked; the form alone when left out.
    decisions : sequence of DecisionLine, optional
    assessment_id : str, optional
        Id under which it is stored.
    version : str, optional
        Of the record, which a deletion has to name.
    draft : mapping of str to str, optional
        What was written into the form of a decision that was refused.
    refusal, pointer : str, optional
        Why, and in which field.
    """
    citation = Citation(assessment.on)
    head: dict[str, Any] = {
        "id": id, "pseudonym": pseudonym, "protocol": plan.name, "protocol_name": name_of(plan),
        "protocol_title": plan.title, "region": plan.region, "protocols": tuple(names()), "regions": tuple(regions()),
        "on": assessment.on, "verdict": str(assessment.verdict),
    }  # fmt: skip
    if assessment.is_refused:
        lines = tuple(finding_line(one, citation) for one in assessment.findings)
        return ManView(**head, refusals=lines, refusal=refusal, sources=sources_of(citation))
    case = case_of(record, plan, assessment)
    form = what_if or what_if_view(id, case.plan, protocol=plan.name, region=plan.region, on=assessment.on.isoformat())
    content = _content(case, citation, forecasts)
    stored: dict[str, Any] = {"decisions": tuple(decisions), "assessment": assessment_id, "version": version}
    refused: dict[str, Any] = {"draft": dict(draft or {}), "refusal": refusal, "pointer": pointer}
    return ManView(**head, **content, **stored, **refused, what_if=form, sources=sources_of(citation))


def _content(case: ReportCase, citation: Citation, forecasts: Sequence[Forecast]) -> dict[str, Any]:
    """Return everything on the page that the assessment says; sources are numbered in the order of the page."""
    found = case.found

    def lines(findings: Iterable[Finding]) -> tuple[FindingLine, ...]:
        return tuple(finding_line(one, citation) for one in findings)

    return {
        "age": _level_text(case, "age"), "bmi": _level_text(case, "bmi"), "goals": case.record.goals,
        "action": found.action, "dose": dose_words(found, case.view.begun), "goal": case.plan.goal,
        "alarms": lines(alarms(found)), "advice": lines(found.of(FindingKind.ADVICE))[0],
        "reasons": tuple(ReasonLine(str(one.rank), one.rule, one.title) for one in found.reasons),
        "board": board_of(case, citation, forecasts), "visits": lines(found.of(FindingKind.VISIT)),
        "missing": lines(found.of(FindingKind.MISSING)), "criteria": tuple(_criteria(case, citation)),
        "findings": tuple(_groups(found, citation)), "off_label": lines(found.of(FindingKind.OFF_LABEL))[0],
    }  # fmt: skip


def _level_text(case: ReportCase, name: str) -> str:
    known = case.view.level(name)
    return value_in_usual_units(name, known.text) if known else ""


def _criteria(case: ReportCase, citation: Citation) -> Iterable[CriterionLine]:
    indications = {rule.id for rule in case.plan.of_group(Group.INDICATION)}
    every = case.found.of(FindingKind.ELIGIBILITY)
    for one in sorted(every, key=lambda one: (STATUSES.index(Status(one.status)), one.rule not in indications)):
        yield CriterionLine(one.rule in indications, finding_line(one, citation))


def _groups(found: Assessment, citation: Citation) -> Iterable[FindingGroup]:
    kinds = [FindingKind.ALERT, *(kind for kind in FindingKind if kind not in (*ELSEWHERE, FindingKind.ALERT))]
    for kind in kinds:
        lines = tuple(finding_line(one, citation) for one in by_severity(found.of(kind)))
        if lines:
            yield FindingGroup(str(kind), lines)
