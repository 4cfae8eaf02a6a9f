"""What-if: up to four regimens beside the present course, as the twin expects each, or why it does not answer."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from leydig.analytes import ANALYTES
from leydig.assessment.chances import WEEKS_ASKED, Chance, chances, forecast_level, places_of_week
from leydig.assessment.finding import Assessment
from leydig.evidence.formats import number_text
from leydig.inference.forecast import Forecast
from leydig.protocol.implied import short_title
from leydig.protocol.protocol import Protocol
from leydig.record.record import Record
from leydig.reports.pages.case import case_of
from leydig.reports.pages.sources import Citation
from leydig.web.board.values import Board, board_of
from leydig.web.view import View

__all__ = [
    "MOST_REGIMENS",
    "REGIMEN_FIELDS",
    "ChanceLine",
    "CourseLine",
    "ExpectedLine",
    "TrustLine",
    "WhatIfView",
    "trust_line",
    "what_if_view",
]

NEW_MAN_WEEKS = 12.0
MOST_REGIMENS = 4  # that are compared with the present course
REGIMEN_FIELDS = ("regimen", *(f"regimen_{place}" for place in range(2, MOST_REGIMENS + 1)))
_SOURCES = re.compile(r" \[[\d, ]+\]")  # numbers of a list of sources that stands on his page


@dataclass(frozen=True)
class TrustLine:
    """Whether a twin answers, and the reasons against it, in its own words."""

    verdict: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class CourseLine:
    """One regimen that is compared: in words, and whether the twin answers for it."""

    regimen: str
    trust: TrustLine


@dataclass(frozen=True)
class ChanceLine:
    """One chance on each regimen, in their order; None with its reason where it is not told."""

    of: str
    conditions: tuple[str, ...]
    week: float
    shares: tuple[float | None, ...]
    gaps: tuple[str, ...]


@dataclass(frozen=True)
class ExpectedLine:
    """One level in one week on each regimen: median and 90 % band of the true level, as text with its unit."""

    title: str
    week: float
    levels: tuple[str, ...]


@dataclass(frozen=True)
class WhatIfView(View):
    """The form and its answer.

    Attributes
    ----------
    id : str
        Of the man.
    choices : tuple of str
        Regimens of the protocol's ladders, offered beside free words.
    regimens : tuple of str
        What was asked, up to four; empty before anything was.
    weeks : float
    refusal, pointer : str
        Why something could not be read, and which field; empty else.
    protocol, region, on : str
        By which protocol and for which day the man is looked at.
    courses : tuple of CourseLine
        The present course, then what was asked.
    draws : int
        Men who stand for him.
    chances : tuple of ChanceLine
    expected : tuple of ExpectedLine
    board : Board or None
        His results with what is expected on each regimen, of the levels that are forecast.
    pseudonym : str
        Under which he stands at the head of a page of its own.
    """

    template: ClassVar[str] = "what_if.html.jinja"
    id: str
    choices: tuple[str, ...]
    regimens: tuple[str, ...] = ()
    weeks: float = NEW_MAN_WEEKS
    refusal: str = ""
    pointer: str = ""
    protocol: str = ""
    region: str = ""
    on: str = ""
    courses: tuple[CourseLine, ...] = ()
    draws: int = 0
    chances: tuple[ChanceLine, ...] = ()
    expected: tuple[ExpectedLine, ...] = ()
    board: Board | None = None
    pseudonym: str = ""

    @property
    def answers(self) -> tuple[tuple[tuple[int, ...], TrustLine], ...]:
        """Whether the twin answers, each verdict and its reasons once, with the places of the courses that have it."""
        found: dict[TrustLine, tuple[int, ...]] = {}
        for place, one in enumerate(self.courses):
            found[one.trust] = (*found.get(one.trust, ()), place)
        return tuple((places, trust) for trust, places in found.items())

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """The fields of the form, by name, and what was written into each."""
        return tuple(zip(REGIMEN_FIELDS, (*self.regimens, *[""] * MOST_REGIMENS), strict=False))


def what_if_view(
    id: str,
    plan: Protocol,
    forecasts: Sequence[Forecast] = (),
    *,
    regimens: Sequence[str] = (),
    weeks: float = NEW_MAN_WEEKS,
    refusal: str = "",
    pointer: str = "",
    protocol: str = "",
    region: str = "",
    on: str = "",
    record: Record | None = None,
    assessment: Assessment | None = None,
) -> WhatIfView:
    """Return the what-if part of a man's page.

    Parameters
    ----------
    id : str
        Of the man, in addresses.
    plan : Protocol
        Its targets and alerts are what chances are told of; its ladders are offered.
    forecasts : sequence of Forecast, optional
        Of what he is given now, then of what was asked; weekly days up to 12 weeks at least, so that weeks 4 and 12
        are among them.
    regimens, weeks : optional
        As they were asked.
    refusal, pointer : str, optional
        The message of what refused them, and the field.
    protocol, region, on : str, optional
        By which protocol and for which day the man is looked at; the form hands them on.
    record, assessment : optional
        Of the man by this protocol: with them the answer shows his results and every course on the same axes.
    """
    rungs = tuple(dict.fromkeys(str(rung) for one in plan.components.values() for rung in one.rungs))
    form = WhatIfView(id, rungs, tuple(regimens), weeks, refusal, pointer, protocol, region, on)
    if not forecasts:
        return form
    shown = tuple(week for week in WEEKS_ASKED if week <= weeks + 1e-9)
    return replace(
        form,
        courses=tuple(CourseLine(str(one.regimen), trust_line(one)) for one in forecasts),
        draws=next((len(one[name].levels) for one in forecasts for name in one.names), 0),
        chances=tuple(_chance_lines([chances(one, plan) for one in forecasts])),
        expected=tuple(_expected_lines(forecasts, shown)),
        board=_board(record, plan, assessment, forecasts) if record and assessment else None,
        pseudonym=record.id if record else "",
    )


def _board(record: Record, plan: Protocol, assessment: Assessment, forecasts: Sequence[Forecast]) -> Board | None:
    """Return the panels of the levels that are forecast; None where the twin abstains from all."""
    found = board_of(case_of(record, plan, assessment), Citation(assessment.on), forecasts)
    panels = tuple(replace(one, band=_SOURCES.sub("", one.band)) for one in found.panels if one.forecasts)
    return replace(found, panels=panels, doses=(), visits=()) if panels else None


def trust_line(forecast: Forecast) -> TrustLine:
    """Return whether a twin answers, in words."""
    return TrustLine(str(forecast.trust.verdict), tuple(one.text for one in forecast.trust.reasons))


def _chance_lines(courses: Sequence[Sequence[Chance]]) -> Iterable[ChanceLine]:
    known = [{(one.of, one.conditions, one.week): one for one in course} for course in courses]
    for key in known[0]:
        beside = [course.get(key) for course in known]
        yield ChanceLine(
            str(key[0]), key[1], key[2], tuple(one.share if one else None for one in beside),
            tuple(str(one.gap) if one else "" for one in beside),
        )  # fmt: skip


def _expected_lines(forecasts: Sequence[Forecast], weeks: Iterable[float]) -> Iterable[ExpectedLine]:
    if all(one.trust.abstains for one in forecasts):
        return
    for name in ("testosterone", "estradiol", "te2_ratio", "lh", "fsh"):
        for week in weeks:
            levels = tuple(_expected_text(one, name, week) for one in forecasts)
            if any(levels):
                yield ExpectedLine(short_title(name), week, levels)


def _expected_text(forecast: Forecast, name: str, week: float) -> str:
    """Return median and 90 % band in words; empty where they are not told."""
    level = forecast_level(forecast, name)
    if level is None or forecast.trust.abstains:
        return ""
    places = places_of_week(level, week)
    if not len(places):
        return ""
    at = places[0]
    low, high = level.interval(0.9)
    unit = "" if level.unit == "1" else f" {ANALYTES[name].us}"
    middle, least, most = (number_text(line[at]) for line in (level.median(), low, high))
    return f"{middle} ({least} to {most}){unit}"
