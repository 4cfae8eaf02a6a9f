"""Evidence: every published study with what it may be used for, and how near predictions come to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from leydig.evidence.formats import label_of, number_text, percent
from leydig.evidence.replay import Prediction
from leydig.evidence.score import score_summary
from leydig.evidence.study import Study
from leydig.reports.pages.sources import citation
from leydig.web.view import View

__all__ = ["EvidenceView", "MissLine", "RoleTotal", "StudyLine", "evidence_view"]


@dataclass(frozen=True)
class StudyLine:
    """One study.

    Attributes
    ----------
    id, title, role, design : str
    arms : tuple of str
        What was given, by arm.
    sources : tuple of str
    values : int or None
        Published values that were predicted; None where it was not replayed.
    inside : int or None
        Of them inside the predicted 90 % interval.
    median_error : float or None
        Relative.
    """

    id: str
    title: str
    role: str
    design: str
    arms: tuple[str, ...]
    sources: tuple[str, ...]
    values: int | None = None
    inside: int | None = None
    median_error: float | None = None


@dataclass(frozen=True)
class RoleTotal:
    """How near the predictions of studies of one role come: counts and shares in words."""

    role: str
    count: int
    inside: str
    median_error: str
    large: int


@dataclass(frozen=True)
class MissLine:
    """One published value outside its 90 % interval."""

    study: str
    text: str


@dataclass(frozen=True)
class EvidenceView(View):
    """The studies, held-out ones first.

    Attributes
    ----------
    studies : tuple of StudyLine
    scored : bool
        Whether any was replayed.
    whole : bool
        Whether every one was.
    totals : tuple of RoleTotal
    misses : tuple of MissLine
        The farthest first.
    """

    template: ClassVar[str] = "evidence.html.jinja"
    studies: tuple[StudyLine, ...]
    scored: bool
    whole: bool = False
    totals: tuple[RoleTotal, ...] = ()
    misses: tuple[MissLine, ...] = ()


def evidence_view(catalog: Mapping[str, Study], predictions: Sequence[Prediction] = ()) -> EvidenceView:
    """Return the studies of a catalogue, with their scores where predictions are at hand.

    Parameters
    ----------
    catalog : mapping of str to Study
    predictions : sequence of Prediction, optional
        As `leydig.evidence.replay.replay` gives them.
    """
    by_study: dict[str, list[Prediction]] = {}
    for one in predictions:
        by_study.setdefault(one.study, []).append(one)
    lines = [_line(one, by_study.get(one.id, ())) for one in catalog.values()]
    ordered = tuple(sorted(lines, key=lambda one: (one.role, one.title))[::-1])
    whole = all(one.id in by_study for one in catalog.values())
    return EvidenceView(ordered, bool(predictions), whole, tuple(_totals(predictions)), tuple(_misses(predictions)))


def _totals(predictions: Sequence[Prediction]) -> Iterable[RoleTotal]:
    for role, one in score_summary(predictions)["by_role"].items() if predictions else ():
        inside = f"{one['inside']} ({percent(one['inside_share'])})"
        yield RoleTotal(str(role), one["values"], inside, percent(one["median_error"]), one["above_40_percent"])


def _misses(predictions: Sequence[Prediction]) -> Iterable[MissLine]:
    """Yield the values outside their interval, the farthest first."""
    outside = [one for one in predictions if not one.is_covered]
    for one in sorted(outside, key=lambda one: -abs(one.log_ratio or 0.0)):
        numbers = (one.observed, one.predicted, one.low, one.high)
        observed, predicted, low, high = (number_text(value) for value in numbers)
        yield MissLine(
            one.study,
            f"{one.arm}, {label_of(one.analyte)}, week {one.week:.3g}: published {observed}, predicted {predicted} "
            f"({low} to {high}){f' {one.unit}' if one.unit else ''}",
        )


def _line(study: Study, predictions: Sequence[Prediction]) -> StudyLine:
    about = (study.id, study.title, str(study.role), study.design, tuple(_arms(study)),
             tuple(dict.fromkeys(citation(one) for one in study.source)))  # fmt: skip
    if not predictions:
        return StudyLine(*about)
    total = score_summary(predictions)["overall"]
    return StudyLine(*about, total["values"], total["inside"], total["median_error"])


def _arms(study: Study) -> Iterable[str]:
    for one in study.arms:
        yield f"{one.name}: {one.regimen}"
