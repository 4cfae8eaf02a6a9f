"""The page for the man himself: results and visits in plain words, and the glossary; no dose advice, no forecast."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from leydig.assessment.finding import Assessment, Finding, FindingKind
from leydig.assessment.visits import Due
from leydig.protocol.implied import short_title, title_of
from leydig.protocol.protocol import Protocol
from leydig.protocol.vocabulary import Severity
from leydig.record.record import Record
from leydig.reports.glossary import GLOSSARY
from leydig.reports.pages.case import alarms, by_severity, case_of
from leydig.reports.pages.patient import DANGER
from leydig.web.board.values import CARD, BoardPoint, points_of
from leydig.web.view import View

__all__ = ["DangerLine", "LevelLine", "PatientView", "ScheduleLine", "TermLine", "patient_view"]


@dataclass(frozen=True)
class LevelLine:
    """One level of his: every result, the last one first."""

    title: str
    points: tuple[BoardPoint, ...]


@dataclass(frozen=True)
class ScheduleLine:
    """One visit, and what is measured at it."""

    name: str
    day: dt.date
    overdue: bool
    panel: tuple[str, ...]


@dataclass(frozen=True)
class DangerLine:
    """What to watch for, and whom to call."""

    sign: str
    call: str


@dataclass(frozen=True)
class TermLine:
    """One term of the glossary at three reading levels."""

    name: str
    plain: str
    clinical: str
    academic: str


@dataclass(frozen=True)
class PatientView(View):
    """The page.

    Attributes
    ----------
    id, pseudonym : str
    on : datetime.date
    goals : tuple of str
    alarms : tuple of str
        What cannot wait, in plain words.
    refusals : tuple of str
        Why nothing was assessed.
    levels : tuple of LevelLine
    visits : tuple of ScheduleLine
    story : tuple of str
        How his levels went and what was found, in plain words.
    topics : tuple of str
        What to speak about with his clinician: warnings by their titles.
    missing : tuple of str
    off_label : str
    dangers : tuple of DangerLine
    glossary : tuple of TermLine
    """

    template: ClassVar[str] = "patient.html.jinja"
    id: str
    pseudonym: str
    on: dt.date
    goals: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    levels: tuple[LevelLine, ...] = ()
    visits: tuple[ScheduleLine, ...] = ()
    story: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    off_label: str = ""
    dangers: tuple[DangerLine, ...] = ()
    glossary: tuple[TermLine, ...] = ()


def patient_view(id: str, pseudonym: str, record: Record, plan: Protocol, assessment: Assessment) -> PatientView:
    """Return the page of the man himself.

    Parameters
    ----------
    id, pseudonym : str
    record : Record
    plan : Protocol
        As it was read, without what was set for him.
    assessment : Assessment
        Of this record by this protocol.
    """
    dangers = tuple(DangerLine(sign, call) for sign, call in DANGER)
    glossary = tuple(TermLine(one.name, one.plain, one.clinical, one.academic) for one in GLOSSARY)
    if assessment.is_refused:
        why = tuple(one.plain for one in assessment.findings)
        return PatientView(id, pseudonym, assessment.on, refusals=why, dangers=dangers, glossary=glossary)
    case = case_of(record, plan, assessment)
    levels = [(name, points_of(case, name)) for name in CARD]
    return PatientView(
        id, pseudonym, assessment.on, record.goals, tuple(one.plain for one in alarms(assessment)), (),
        tuple(LevelLine(short_title(name), points[::-1]) for name, points in levels if points),
        tuple(map(_schedule_line, case.due)), _story(assessment), _topics(assessment),
        _titles(one for one in assessment.of(FindingKind.MISSING) if one.required),
        assessment.of(FindingKind.OFF_LABEL)[0].plain, dangers, glossary,
    )  # fmt: skip


def _schedule_line(one: Due) -> ScheduleLine:
    return ScheduleLine(one.visit.name, one.day, one.overdue, tuple(map(short_title, one.visit.panel)))


def _story(assessment: Assessment) -> tuple[str, ...]:
    """Return how the levels went, and the class and patterns of the start: what advises a dose is left out."""
    kinds = (FindingKind.DIRECTION, FindingKind.CLASSIFICATION, FindingKind.PATTERN)
    return tuple(dict.fromkeys(one.plain for kind in kinds for one in assessment.of(kind)))


def _topics(assessment: Assessment) -> tuple[str, ...]:
    """Return the titles of warnings: what is done about them is the clinician's to say."""
    warnings = [one for one in assessment.of(FindingKind.ALERT) if one.severity == Severity.WARNING]
    return tuple(dict.fromkeys(one.title for one in by_severity(warnings)))


def _titles(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(title_of(name) for one in findings for name in one.missing))
