"""Forecasts of virtual men: the form that asks for one, and what came of it as figures and tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from leydig.analytes import of_panel
from leydig.evidence.formats import number_text
from leydig.protocol.implied import short_title
from leydig.web.board.weeks import WeekCurve, WeekPanel
from leydig.web.text import catalogue
from leydig.web.view import View
from leydig.web.views.work.jobs import JobLine, TableLines

__all__ = ["PopulationsView", "population_notes", "population_panels", "population_tables", "populations_view"]

BANDS = {"low_90": "q05", "low_50": "q25", "median": "q50", "high_50": "q75", "high_90": "q95"}


@dataclass(frozen=True)
class PopulationsView(View):
    """The page.

    Attributes
    ----------
    kinds, protocols, regions : tuple of str
        What may be chosen.
    jobs : tuple of JobLine
        Forecasts that were asked for, the last one first.
    draft : dict of str to str
        What was written into the form that was refused.
    refusal, pointer : str
        Why, and in which field.
    """

    template: ClassVar[str] = "populations.html.jinja"
    kinds: tuple[str, ...]
    protocols: tuple[str, ...]
    regions: tuple[str, ...]
    jobs: tuple[JobLine, ...]
    draft: dict[str, str]
    refusal: str = ""
    pointer: str = ""


def populations_view(
    kinds: Iterable[str],
    protocols: Iterable[str],
    regions: Iterable[str],
    jobs: Sequence[JobLine] = (),
    *,
    draft: Mapping[str, str] | None = None,
    refusal: str = "",
    pointer: str = "",
) -> PopulationsView:
    """Return the page of forecasts of virtual men.

    Parameters
    ----------
    kinds, protocols, regions : iterable of str
    jobs : sequence of JobLine, optional
    draft, refusal, pointer : optional
        As in `PopulationsView`.
    """
    return PopulationsView(
        tuple(kinds), tuple(protocols), tuple(regions), tuple(jobs), dict(draft or {}), refusal, pointer
    )


def population_panels(content: Mapping[str, Any]) -> tuple[WeekPanel, ...]:
    """Return the figures of a forecast: shares of men first, then every level.

    Parameters
    ----------
    content : mapping
        As `leydig.service.jobs.populations.forecast_question` gives it.
    """
    weeks, courses = tuple(content["weeks"]), content["courses"]
    shares = (
        WeekPanel(
            one["of"].replace(" ", "-"), _share_title(one["of"]), "%", weeks,
            tuple(WeekCurve(course["regimen"], tuple(course["shares"][place]["values"])) for course in courses),
            tuple(one["conditions"]),
        )
        for place, one in enumerate(courses[0]["shares"])
    )  # fmt: skip
    levels = (
        WeekPanel(
            name, short_title(name), one["unit"], weeks,
            tuple(_level_curve(course["regimen"], course["levels"][name]) for course in courses),
        )
        for name, one in _levels(content)
    )  # fmt: skip
    return (*shares, *levels)


def population_tables(content: Mapping[str, Any]) -> tuple[TableLines, ...]:
    """Return what the men have come to in the last week; `content` as in `population_panels`."""
    words, courses = catalogue().populations, content["courses"]
    regimens = tuple(course["regimen"] for course in courses)
    shares = [
        (_share_title(one["of"]),
         *(_percent(course["shares"][place]["values"][-1]) for course in courses))
        for place, one in enumerate(courses[0]["shares"])
    ]  # fmt: skip
    levels = [
        (f"{short_title(name)}{'' if one['unit'] == '1' else ' [' + one['unit'] + ']'}",
         *(_range(course["levels"][name]) for course in courses))
        for name, one in _levels(content)
    ]  # fmt: skip
    caption = words.end.format(week=f"{content['weeks'][-1]:g}", men=content["men"])
    return (TableLines(caption, (words.what, *regimens), (*shares, *levels)),)


def population_notes(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what is said of a forecast beside its numbers; `content` as in `population_panels`."""
    words, (low, high), (lean, heavy) = catalogue().populations, content["age"], content["bmi"]
    found = [
        words.men_words.format(
            men=content["men"], kind=content["kind"], low=f"{low:g}", high=f"{high:g}", lean=f"{lean:g}",
            heavy=f"{heavy:g}", seed=content["seed"],
            protocol=" ".join(filter(None, (content["protocol"], content["region"]))),
        )
    ]  # fmt: skip
    for course in content["courses"]:
        if course["uncovered"]:
            found.append(words.uncovered.format(regimen=course["regimen"], why=course["uncovered"]))
        if course["failed"]:
            failed = "; ".join(f"{number}: {why}" for number, why in course["failed"].items())
            found.append(words.failed.format(regimen=course["regimen"], count=len(course["failed"]), failed=failed))
    return (*found, *content["notes"])


def _level_curve(regimen: str, level: Mapping[str, Any]) -> WeekCurve:
    return WeekCurve(regimen, **{key: tuple(level[row]) for key, row in BANDS.items()})


def _levels(content: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the levels of a forecast, in the order in which a man's are shown."""
    found, card = content["courses"][0]["levels"], of_panel("card")
    return sorted(found.items(), key=lambda one: card.index(one[0]) if one[0] in card else len(card))


def _share_title(of: str) -> str:
    return str(getattr(catalogue().populations, of.replace(" ", "_")))


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100.0 * share:.3g} %"


def _range(level: Mapping[str, Any]) -> str:
    """Return median and middle 90 % of the last week."""
    median, low, high = (level[key][-1] for key in ("q50", "q05", "q95"))
    return "-" if median is None else f"{number_text(median)} ({number_text(low)} to {number_text(high)})"
