"""The board of one man: every panel on one axis of days, what he was given, his visits, and what a twin expects."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from leydig.analytes import of_panel
from leydig.assessment.chances import forecast_level
from leydig.inference.forecast import Forecast, ForecastLevel
from leydig.protocol.implied import short_title
from leydig.record.quantity import QUANTITIES
from leydig.reports.pages.case import ReportCase, value_in_usual_units
from leydig.reports.pages.html import Picture
from leydig.reports.pages.levels import level_card, over_time
from leydig.reports.pages.sources import Citation
from leydig.web.views.findings import source_numbers

__all__ = ["CARD", "Board", "BoardBand", "BoardDose", "BoardPanel", "BoardPoint", "BoardVisit", "board_of", "points_of"]

CARD = of_panel("card")
Edges = tuple[float, float | None]


@dataclass(frozen=True)
class BoardPoint:
    """One result: its value in the unit of its panel, and as it came."""

    day: dt.date
    value: float
    comparator: str
    text: str
    assay: str
    note: str


@dataclass(frozen=True)
class BoardBand:
    """What a twin expects of one regimen: the true level, its median and the ends of its 50 and 90 % bands."""

    regimen: str
    days: tuple[dt.date, ...]
    median: tuple[float, ...]
    low_50: tuple[float, ...]
    high_50: tuple[float, ...]
    low_90: tuple[float, ...]
    high_90: tuple[float, ...]


@dataclass(frozen=True)
class BoardPanel:
    """One level over time.

    Attributes
    ----------
    name, title, unit : str
    state, last, band : str
        Where the last value is, the value with its day, and the band against which it is judged, as in a report.
    mark : str
        How it stands out: ``good``, ``warning``, ``critical`` or nothing.
    points : tuple of BoardPoint
    reference : (float, float or None)
        Of the laboratory, else of the literature.
    target : (float, float or None) or None
    forecasts : tuple of BoardBand
        The present course first.
    """

    name: str
    title: str
    unit: str
    state: str
    last: str
    band: str
    mark: str
    points: tuple[BoardPoint, ...]
    reference: Edges
    target: Edges | None
    forecasts: tuple[BoardBand, ...]


@dataclass(frozen=True)
class BoardDose:
    """What was given from one day until another; None while it goes on."""

    regimen: str
    start: dt.date
    stop: dt.date | None
    simulated: bool


@dataclass(frozen=True)
class BoardVisit:
    """A visit that is to come, or overdue."""

    name: str
    day: dt.date
    opens: dt.date
    closes: dt.date
    overdue: bool
    panel: tuple[str, ...]
    sources: tuple[int, ...]


@dataclass(frozen=True)
class Board:
    """Everything that is drawn over one axis of days.

    Attributes
    ----------
    first, now, last : datetime.date
        Ends of the axis, and the day of the assessment between them.
    panels : tuple of BoardPanel
    doses : tuple of BoardDose
    visits : tuple of BoardVisit
    estradiol : str
        As which assay the bands tell estradiol; empty where there are none.
    """

    first: dt.date
    now: dt.date
    last: dt.date
    panels: tuple[BoardPanel, ...]
    doses: tuple[BoardDose, ...]
    visits: tuple[BoardVisit, ...]
    estradiol: str = ""


def board_of(case: ReportCase, citation: Citation, forecasts: Sequence[Forecast] = ()) -> Board:
    """Return the board of a man.

    Parameters
    ----------
    case : ReportCase
    citation : Citation
        Numbers the sources of the page.
    forecasts : sequence of Forecast, optional
        The present course first; one that abstains is not drawn.
    """
    picture = next(one for one in over_time(case) if isinstance(one, Picture))
    told = [one for one in forecasts if not one.trust.abstains]
    begin = case.record.last_day() if told else case.found.on  # a record in which nothing is dated has no forecast
    rows = level_card(case, citation).groups[0][1]
    panels = tuple(
        BoardPanel(
            name, drawn.title, drawn.unit, row.cells[1], row.cells[2], row.cells[3], str(row.mark),
            points_of(case, name), drawn.reference, drawn.target, tuple(_bands(told, name, begin)),
        )
        for name, drawn, row in zip(CARD, picture.panels, rows, strict=True)
    )  # fmt: skip
    visits = tuple(_visits(case, citation))
    doses = (*(BoardDose(str(one.regimen), one.start, one.stop, True) for one in case.record.treatments),
             *(BoardDose(one.text, one.start, one.stop, False) for one in case.record.medicines))  # fmt: skip
    given = tuple(sorted((one for one in doses if one.start <= case.found.on), key=lambda one: one.start))
    first, last = _ends(panels, given, visits, case.found.on)
    whose = told[0].estradiol_assay.note if told else ""
    return Board(first, case.found.on, last, panels, given, visits, whose)


def points_of(case: ReportCase, name: str) -> tuple[BoardPoint, ...]:
    """Return the results of a level that count on the day of the assessment, of each day the one that counts."""
    found, come = [], {(result.date, str(result)): result for result in case.view.results(name)}
    for one in case.view.days(name):
        if one.date is None:
            continue
        sign = one.text[0] if one.text[0] in "<>" else ""
        value = one.high if sign == "<" else one.low
        result = come.get((one.date, one.text))
        assay, note = (result.assay, result.note) if result is not None else ("", "")
        found.append(BoardPoint(one.date, value, sign, value_in_usual_units(name, one.text), assay, note))
    return tuple(found)


def _bands(forecasts: Iterable[Forecast], name: str, begin: dt.date) -> Iterable[BoardBand]:
    for one in forecasts:
        level = forecast_level(one, name)
        if level is not None:
            yield _band(str(one.regimen), level, name, begin)


def _band(regimen: str, level: ForecastLevel, name: str, begin: dt.date) -> BoardBand:
    scale = 1.0 if QUANTITIES[name].unit == "1" else QUANTITIES[name].factor_from(level.unit)
    lines = (level.median(), *level.interval(0.5), *level.interval(0.9))
    days = tuple(begin + dt.timedelta(float(day)) for day in level.days)
    median, low_50, high_50, low_90, high_90 = (tuple(float(value) * scale for value in line) for line in lines)
    return BoardBand(regimen, days, median, low_50, high_50, low_90, high_90)


def _visits(case: ReportCase, citation: Citation) -> Iterable[BoardVisit]:
    for one in case.due:
        yield BoardVisit(
            one.visit.name, one.day, one.opens, one.closes, one.overdue, tuple(map(short_title, one.visit.panel)),
            source_numbers(one.visit.source, citation),
        )  # fmt: skip


def _ends(
    panels: Iterable[BoardPanel], doses: Iterable[BoardDose], visits: Sequence[BoardVisit], now: dt.date
) -> tuple[dt.date, dt.date]:
    """Return the ends of the axis: all that was, the next visit, and as far as a forecast reaches."""
    days = [now, *(one.day for panel in panels for one in panel.points), *(one.start for one in doses)]
    ahead = [day for panel in panels for band in panel.forecasts for day in band.days]
    ahead += [one.day for one in visits[:1]]
    first, last = min(days), max([*days, *ahead])
    margin = dt.timedelta(max((last - first).days // 30, 3))
    return first - margin, last + margin
