"""One study: who was in it, what was published, and how near a replay comes to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from leydig.evidence.formats import label_of, number_text
from leydig.evidence.replay import Prediction
from leydig.evidence.score import score_summary
from leydig.evidence.study import Arm, Form, Observation, Study
from leydig.reports.pages.sources import citation
from leydig.web.view import View

__all__ = ["ArmLine", "StudyView", "ValueLine", "study_view"]

_SHARES = {Form.FRACTION: "share of men", Form.REACHED: "share of men by then"}


@dataclass(frozen=True)
class ArmLine:
    """One arm: who its men were, how many, and what they were given."""

    name: str
    men: str
    n: str
    regimen: str


@dataclass(frozen=True)
class ValueLine:
    """One published value beside its prediction; the latter is empty where the study was not replayed.

    Attributes
    ----------
    arm, title, week, form, observed, predicted, interval : str
    inside : str
        ``yes``, ``no``, or nothing.
    error : float or None
        Relative, of the prediction.
    """

    arm: str
    title: str
    week: str
    form: str
    observed: str
    predicted: str = ""
    interval: str = ""
    inside: str = ""
    error: float | None = None


@dataclass(frozen=True)
class StudyView(View):
    """The page.

    Attributes
    ----------
    id, title, role, design : str
    arms : tuple of ArmLine
    rows : tuple of ValueLine
    inside, count : int
        Values inside their 90 % interval, and values in all.
    median_error : float or None
    job : str
        The job that replayed it; empty where none did.
    pictures : tuple of str
    sources : tuple of str
    """

    template: ClassVar[str] = "study.html.jinja"
    id: str
    title: str
    role: str
    design: str
    arms: tuple[ArmLine, ...]
    rows: tuple[ValueLine, ...]
    inside: int = 0
    count: int = 0
    median_error: float | None = None
    job: str = ""
    pictures: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


def study_view(
    study: Study, predictions: Sequence[Prediction] = (), *, job: str = "", pictures: Sequence[str] = ()
) -> StudyView:
    """Return the page of a study.

    Parameters
    ----------
    study : Study
    predictions : sequence of Prediction, optional
        Of all its values, in their order, as `leydig.evidence.replay.replay` gives them.
    job : str, optional
        Id of the job that made them.
    pictures : sequence of str, optional
        Names of what it drew.
    """
    arms = tuple(
        ArmLine(one.name, one.men, str(one.n or "not said"), str(one.regimen) or "nothing") for one in study.arms
    )
    rows = tuple(_values(study, predictions))
    sources = tuple(dict.fromkeys(citation(one) for one in study.source))
    found = StudyView(
        study.id, study.title, str(study.role), study.design, arms, rows, count=len(rows), sources=sources
    )
    if not predictions:
        return found
    total = score_summary(predictions)["overall"]
    inside, error = total["inside"], total["median_error"]
    return replace(found, inside=inside, median_error=error, job=job, pictures=tuple(pictures))


def _values(study: Study, predictions: Sequence[Prediction]) -> Iterable[ValueLine]:
    every = [(arm, one) for arm in study.arms for one in arm.observed]
    found: Sequence[Prediction | None] = predictions if len(predictions) == len(every) else [None] * len(every)
    for (arm, one), predicted in zip(every, found, strict=True):
        yield _value(arm, one, predicted)


def _value(arm: Arm, one: Observation, found: Prediction | None) -> ValueLine:
    """Return a value in the form in which it is compared."""
    observed = one.value if one.ratio is None else one.ratio
    unit = one.unit if one.is_level else ""
    form = _SHARES.get(one.form, "ratio to the control" if one.control else "ratio to before")
    about = (arm.name, label_of(one.analyte), f"{one.week:.3g}", str(one.form) if one.is_level else form)
    if found is None:
        return ValueLine(*about, _with_unit(observed, unit))
    gap = found.log_ratio
    return ValueLine(
        *about, _with_unit(found.observed, unit), _with_unit(found.predicted, unit),
        f"{number_text(found.low)} to {number_text(found.high)}", "yes" if found.is_covered else "no",
        None if gap is None else abs(found.predicted / found.observed - 1.0),
    )  # fmt: skip


def _with_unit(value: float, unit: str) -> str:
    return f"{number_text(value)} {unit}".strip()
