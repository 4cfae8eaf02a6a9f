"""Evidence: every published study with what it may be used for, and how near predictions come to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from leydig.evidence.replay import Prediction
from leydig.evidence.score import score_summary
from leydig.evidence.study import Study
from leydig.reports.pages.sources import citation
from leydig.web.view import View

__all__ = ["EvidenceView", "StudyLine", "evidence_view"]


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
class EvidenceView(View):
    """The studies, held-out ones first."""

    template: ClassVar[str] = "evidence.html.jinja"
    studies: tuple[StudyLine, ...]
    scored: bool


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
    return EvidenceView(tuple(sorted(lines, key=lambda one: (one.role, one.title))[::-1]), bool(predictions))


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
