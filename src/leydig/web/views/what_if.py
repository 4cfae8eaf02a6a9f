"""What-if: another regimen beside the present course, as the twin expects both, or why it does not answer."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from leydig.analytes import ANALYTES
from leydig.assessment.chances import WEEKS_ASKED, Chance, chances, forecast_level, places_of_week
from leydig.assessment.finding import Assessment
from leydig.evidence.formats import number_text
from leydig.inference.forecast import Forecast
from leydig.protocol.protocol import Protocol
from leydig.record.record import Record
from leydig.reports.pages.case import case_of, title
from leydig.reports.pages.sources import Citation
from leydig.web.board.values import Board, board_of
from leydig.web.view import View

__all__ = ["ChanceLine", "ExpectedLine", "TrustLine", "WhatIfView", "trust_line", "what_if_view"]

NEW_MAN_WEEKS = 12.0
_SOURCES = re.compile(r" \[[\d, ]+\]")  # numbers of a list of sources that stands on his page


@dataclass(frozen=True)
class TrustLine:
    """Whether a twin answers, and the reasons against it, in its own words."""

    verdict: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class ChanceLine:
    """One chance under both regimens; None with its reason where it is not told."""

    of: str
    conditions: tuple[str, ...]
    week: float
    present: float | None
    present_gap: str
    other: float | None
    other_gap: str


@dataclass(frozen=True)
class ExpectedLine:
    """One level in one week under both regimens: median and 90 % band of the true level, as text with its unit."""

    title: str
    week: float
    present: str
    other: str


@dataclass(frozen=True)
class WhatIfView(View):
    """The form and its answer.

    Attributes
    ----------
    id : str
        Of the man.
    choices : tuple of str
        Regimens of the protocol's ladders, offered beside free words.
    regimen : str
        What was asked; empty before anything was.
    weeks : float
    refusal : str
        Why the regimen could not be read; empty else.
    protocol, region, on : str
        By which protocol and for which day the man is looked at.
    present, other : str
        The regimens in words.
    present_trust, other_trust : TrustLine or None
    draws : int
        Men who stand for him.
    chances : tuple of ChanceLine
    expected : tuple of ExpectedLine
    board : Board or None
        His results with what is expected on both regimens, of the levels that are forecast.
    pseudonym : str
        Under which he stands at the head of a page of its own.
    """

    template: ClassVar[str] = "what_if.html.jinja"
    id: str
    choices: tuple[str, ...]
    regimen: str = ""
    weeks: float = NEW_MAN_WEEKS
    refusal: str = ""
    protocol: str = ""
    region: str = ""
    on: str = ""
    present: str = ""
    other: str = ""
    present_trust: TrustLine | None = None
    other_trust: TrustLine | None = None
    draws: int = 0
    chances: tuple[ChanceLine, ...] = ()
    expected: tuple[ExpectedLine, ...] = ()
    board: Board | None = None
    pseudonym: str = ""


def what_if_view(
    id: str,
    plan: Protocol,
    present: Forecast | None = None,
    other: Forecast | None = None,
    *,
    regimen: str = "",
    weeks: float = NEW_MAN_WEEKS,
    refusal: str = "",
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
    present : Forecast, optional
        Of what he is given now; weekly days up to 12 weeks at least, so that weeks 4 and 12 are among them.
    other : Forecast, optional
        Of what was asked.
    regimen, weeks : optional
        As they were asked.
    refusal : str, optional
        The message of what refused them.
    protocol, region, on : str, optional
        By which protocol and for which day the man is looked at; the form hands them on.
    record, assessment : optional
        Of the man by this protocol: with them the answer shows his results and both courses on the same axes.
    """
    rungs = tuple(dict.fromkeys(str(rung) for one in plan.components.values() for rung in one.rungs))
    if present is None:
        return WhatIfView(id, rungs, regimen, weeks, refusal, protocol, region, on)
    both = (present, other or present)
    shown = tuple(week for week in WEEKS_ASKED if week <= weeks + 1e-9)
    draws = next((len(one[name].levels) for one in both for name in one.names), 0)
    return WhatIfView(
        id, rungs, regimen, weeks, refusal, protocol, region, on,
        str(present.regimen), str(other.regimen) if other else "",
        trust_line(present), trust_line(other) if other else None, draws,
        tuple(_chance_lines(chances(present, plan), chances(other, plan) if other else ())),
        tuple(_expected_lines(present, other, shown)),
        _board(record, plan, assessment, [one for one in (present, other) if one]) if record and assessment else None,
        record.id if record else "",
    )  # fmt: skip


def _board(record: Record, plan: Protocol, assessment: Assessment, forecasts: Sequence[Forecast]) -> Board | None:
    """Return the panels of the levels that are forecast; None where the twin abstains from all."""
    found = board_of(case_of(record, plan, assessment), Citation(assessment.on), forecasts)
    panels = tuple(replace(one, band=_SOURCES.sub("", one.band)) for one in found.panels if one.forecasts)
    return replace(found, panels=panels, doses=(), visits=()) if panels else None


def trust_line(forecast: Forecast) -> TrustLine:
    """Return whether a twin answers, in words."""
    return TrustLine(str(forecast.trust.verdict), tuple(one.text for one in forecast.trust.reasons))


def _chance_lines(present: Iterable[Chance], other: Iterable[Chance]) -> Iterable[ChanceLine]:
    beside = {(one.of, one.conditions, one.week): one for one in other}
    for one in present:
        second = beside.get((one.of, one.conditions, one.week))
        yield ChanceLine(
            str(one.of), one.conditions, one.week, one.share, str(one.gap), second.share if second else None,
            str(second.gap) if second else "",
        )  # fmt: skip


def _expected_lines(present: Forecast, other: Forecast | None, weeks: Iterable[float]) -> Iterable[ExpectedLine]:
    if present.trust.abstains and (other is None or other.trust.abstains):
        return
    for name in ("testosterone", "estradiol", "te2_ratio", "lh", "fsh"):
        for week in weeks:
            now = _expected_text(present, name, week)
            then = _expected_text(other, name, week) if other else ""
            if now or then:
                yield ExpectedLine(title(name), week, now, then)


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
