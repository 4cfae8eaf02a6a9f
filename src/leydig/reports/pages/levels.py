"""The levels of one man on a page: where each is, how each went, and what was expected of it."""

import datetime as dt
from collections.abc import Iterable
from itertools import chain

from leydig.analytes import ANALYTES, of_panel
from leydig.assessment.direction import Direction, change_class
from leydig.assessment.facts.value import Value
from leydig.assessment.finding import FindingKind
from leydig.assessment.wording import certainty_text
from leydig.protocol.condition import Condition, compare
from leydig.protocol.implied import short_title
from leydig.protocol.semen import EDITIONS, LIMITED
from leydig.protocol.semen import SOURCE as WHO
from leydig.protocol.vocabulary import Severity
from leydig.record.quantity import QUANTITIES
from leydig.reports.pages.case import ReportCase, value_in_usual_units
from leydig.reports.pages.html import Mark, Picture, ReportBar, ReportBlock, ReportPanel, Row, Table
from leydig.reports.pages.sources import Citation
from leydig.source import read_sources
from leydig.text_enum import TextEnum

__all__ = ["before_after", "level_card", "over_time"]

CARD = of_panel("card")
BARS = 12  # treatments in the figure, the last ones
MARKS: dict[str, Mark] = {
    Direction.AS_EXPECTED: Mark.GOOD,
    Direction.AGAINST_EXPECTATION: Mark.WARNING,
    Direction.TOO_FAR: Mark.CRITICAL,
}


class _Position(TextEnum):
    """Where a value is against its band."""

    IN = "in"
    BELOW = "below"
    ABOVE = "above"
    UNKNOWN = "unknown"
    NOT_JUDGED = "not judged: estradiol is too low"


POSITION_MARKS = {_Position.IN: Mark.GOOD, _Position.UNKNOWN: Mark.NONE}  # every other one is a warning


def level_card(case: ReportCase, citation: Citation) -> Table:
    """Return the last level of each, with its band; what an alert speaks of is never shown as good."""
    flagged, rows = _worst_marks(case), []
    for name in CARD:
        band, kind, source = _band(case, name)
        known = case.view.level(name)
        place = _judge(case, name, band, known)
        mark = flagged.get(name) or POSITION_MARKS.get(place, Mark.WARNING)
        last = f"{value_in_usual_units(name, known.text)}, {known.day}" if known else "no result"
        words = f"{_words(band)}, {kind}" + (f" [{citation.number(source)}]" if source else "")
        rows.append(Row((short_title(name), place, last, words), mark))
    return Table(("Level", "It is", "Last value", "Band"), (("", tuple(rows)),), (0.16, 0.16, 0.3, 0.38))


def _worst_marks(case: ReportCase) -> dict[str, Mark]:
    """Return the worst mark of the alerts and the advice that read each level."""
    found: dict[str, Mark] = {}
    spoken = [*case.found.of(FindingKind.ALERT), *case.found.of(FindingKind.ADVICE)]
    for one in sorted(spoken, key=lambda one: one.severity.weight):
        if one.severity != Severity.INFO:
            found |= {name: Mark(one.severity) for name, _, _ in one.inputs}
    return found


def _judge(case: ReportCase, name: str, band: Condition, known: Value | None) -> _Position:
    """Return where a value is; a ratio is not judged while its estradiol is below its floor."""
    place = _position(band, known)
    if name == "te2_ratio" and place == _Position.IN:
        estradiol = _position(_band(case, "estradiol")[0], case.view.level("estradiol"))
        return _Position.NOT_JUDGED if estradiol == _Position.BELOW else place
    return place


def _band(case: ReportCase, name: str) -> tuple[Condition, str, Iterable[object]]:
    """Return the band of a level, what it is, and its sources: a target, its laboratory's own, or the reference."""
    target = next((one for one in case.plan.targets if one.of == name), None)
    own = _laboratory(case, name)
    if target is not None:
        by_him = any(one.what.startswith(f"target.{name}.") for one in case.record.overrides)
        kind = "target, set for him" if by_him else f"target, {certainty_text(target.certainty)}"
        return target.band, kind + (f"; its laboratory {_words(own)}" if own else ""), target.source
    if own:
        return own, "its laboratory", ()
    return _reference(name), "reference", read_sources(WHO if name in LIMITED else ANALYTES[name].source)


def _laboratory(case: ReportCase, name: str) -> Condition | None:
    """Return the reference interval of the last result that came with one."""
    range_ = next((one.sane_range for one in reversed(case.view.results(name)) if one.sane_range), None)
    return range_ and Condition(name, at_least=range_[0], at_most=range_[1], unit=QUANTITIES[name].unit)


def _reference(name: str) -> Condition:
    """Return the reference interval of an analyte in the unit of rules; of semen only a lower limit is known."""
    unit = QUANTITIES[name].unit
    if name in LIMITED:
        return Condition(name, at_least=getattr(EDITIONS[2021], name), unit=unit)
    low, high = (edge * ANALYTES[name].factor_to(unit) for edge in ANALYTES[name].reference)
    return Condition(name, at_least=low, at_most=high, unit=unit)


def _edges(band: Condition) -> tuple[float, float | None]:
    """Return the lower and upper end of a band in the unit of its quantity."""
    low = band.at_least if band.at_least is not None else band.above
    high = band.at_most if band.at_most is not None else band.below
    return (low or 0.0) * band.scale, None if high is None else high * band.scale


def _words(band: Condition) -> str:
    """Return a band in words; the longest form of `Condition` where the ends do not tell it."""
    if band.at_least is None or (band.at_most is None and band.below is None):
        return band.range_text
    high = f"{band.at_most:.4g}" if band.at_most is not None else f"below {band.below:.4g}"
    return f"{band.at_least:.4g} to {high}" + (f" {band.unit}" if band.unit != "1" else "")


def _position(band: Condition, known: Value | None) -> _Position:
    """Return where a value is: in its band, below, above, or unknown where a bound does not tell."""
    surely, never = compare(band, known.low, known.high) if known else (False, False)
    if known is None or not (surely or never):
        return _Position.UNKNOWN
    if surely:
        return _Position.IN
    return _Position.BELOW if known.low < _edges(band)[0] else _Position.ABOVE


def over_time(case: ReportCase) -> tuple[ReportBlock, ...]:
    """Return the figure of his dated results with what he was given, and what it leaves out."""
    panels, days = [], [case.found.on]
    for name in CARD:
        points = tuple((one.date, one.high if one.text.startswith("<") else one.low, one.low != one.high)
                       for one in case.view.days(name) if one.date)  # fmt: skip
        days += [day for day, _, _ in points]
        target = next((_edges(one.band) for one in case.plan.targets if one.of == name), None)
        reference = _edges(_laboratory(case, name) or _reference(name))
        panels.append(
            ReportPanel(short_title(name), QUANTITIES[name].unit, points, reference, target, _bands_ahead(case, name))
        )
    given = [one for one in case.record.treatments if one.start <= case.found.on]
    bars = tuple(ReportBar(str(one.regimen), one.start, min(one.stop or case.found.on, case.found.on))
                 for one in given[-BARS:])  # fmt: skip
    first = min([*days, *(one.start for one in bars)])
    last = max([case.found.on, *(one.ahead[-1][0] for one in panels if one.ahead)])
    picture = Picture(tuple(panels), bars, first, last, _figure_text(panels, bars))
    return (picture, f"{len(given) - BARS} earlier treatments are not drawn.") if len(given) > BARS else (picture,)


def _bands_ahead(case: ReportCase, name: str) -> tuple[tuple[dt.date, float, float, float, float], ...]:
    """Return the bands of results ahead that his twin expects, in the unit of rules; none where none was asked."""
    levels = case.found.outlook.levels if case.found.outlook is not None else ()
    found = []
    for one in levels:
        scale = QUANTITIES[name].factor_from(one.unit) if one.name == name else 0.0
        for band in one.bands if scale else ():
            found.append((band.day, scale * band.least, scale * band.low, scale * band.high, scale * band.most))
    return tuple(found)


def _figure_text(panels: Iterable[ReportPanel], bars: tuple[ReportBar, ...]) -> str:
    """Return the figure in words."""
    levels = (f"{one.title}: " + (", ".join(f"{value:.3g} on {day}" for day, value, _ in one.points) or "no result")
              + "".join(f"; expected {least:.3g} to {most:.3g} on {day}" for day, least, _, _, most in one.ahead[-1:])
              for one in panels)  # fmt: skip
    given = "; ".join(f"{one.label} from {one.start} to {one.stop}" for one in bars) or "no treatment"
    return f"His results by date. {'; '.join(chain(levels, (given,)))}."


def before_after(case: ReportCase, citation: Citation) -> Table:
    """Return where each level should go, and where it went; what an alert speaks of is never shown as good."""
    spoken, flagged = {one.rule: one for one in case.found.of(FindingKind.DIRECTION)}, _worst_marks(case)
    rows = []
    for one in case.plan.expected:
        then, now = case.view.level(one.of, "baseline"), case.view.level(one.of)
        finding = spoken.get(f"DIRECTION_{one.of.upper()}")
        before = _value_and_day(one.of, then) if then else "no result"
        after, verdict, rule = "not yet", "not yet", ""
        if finding and now:
            after, verdict, rule = _value_and_day(one.of, now), finding.status, f" {finding.rule}"
        why = f"{one.why} [{citation.number(one.source)}]{rule}"
        mark = MARKS.get(verdict, Mark.NONE)
        mark = flagged.get(one.of, mark) if mark == Mark.GOOD else mark
        rows.append(Row((short_title(one.of), verdict, before, after, "up" if one.up else "down", why), mark))
    heads = ("Level", "It went", "Before", "Now", "Expected", "Why, source and rule")
    return Table(heads, (("", tuple(rows)),), (0.14, 0.11, 0.19, 0.19, 0.09, 0.28))


def _value_and_day(name: str, known: Value) -> str:
    """Return a value in every usual unit, with the WHO's term for one of semen, and its day."""
    term = change_class(name, known).removeprefix(known.text)
    return f"{value_in_usual_units(name, known.text)}{term}, {known.date}"
