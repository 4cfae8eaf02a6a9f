"""How a course and a series are shown: one line, or a card in a notebook."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax
import numpy as np
from jaxtyping import Float

from leydig.cards import card, plural
from leydig.course.failures import failure_sentence
from leydig.course.series import Series, quantiles
from leydig.man.weight.series import BmiSeries
from leydig.regimen import Regimen

if TYPE_CHECKING:
    from leydig.course.course import Course

__all__ = ["bmi_text", "course_card", "course_line", "regimen_text", "series_card", "series_line"]

ROWS = 9  # times of a card
FEW = 2  # regimens that are written out


def regimen_text(regimens: Sequence[Regimen]) -> str:
    """Return the regimens of a course in words: each while they are few, else how many there are."""
    texts = list(dict.fromkeys(map(str, regimens)))
    return "; ".join(texts) if len(texts) <= FEW else f"{len(texts)} regimens"


def bmi_text(series: Sequence[BmiSeries | None]) -> str:
    """Return how the BMI changes in a course: each way while they are few, else how many; empty where none does.

    Parameters
    ----------
    series : sequence of BmiSeries or None
        Of each man; None where it stays.
    """
    texts = list(dict.fromkeys("BMI as at baseline" if one is None else str(one) for one in series))
    return "; ".join(texts) if len(texts) <= FEW else f"{len(texts)} ways of BMI"


def course_line(course: "Course") -> str:
    """Return a course in one line."""
    bmi = f", {bmi_text(course.bmi)}" if course.bmi else ""
    return f"Course({_who(course)}, {_span(course.days)}, {regimen_text(course.regimens)!r}{bmi}{_failures(course)})"


def course_card(course: "Course") -> str:
    """Return a course as a card: every level at the start, in the middle and at the end."""
    places = sorted({0, len(course.days) // 2, len(course.days) - 1})
    head = ["level", *(f"day {course.days[place]:g}" for place in places)]
    rows = []
    for name in (*course, *(() if course.origin is None else course.drug_levels)):
        series = course[name]
        rows.append([_title(series), *(_value(series, place) for place in places)])
    many = course.man.count is not None or course.draws
    told = failure_sentence(course.failed, course.man.count, course.draws)
    said = [f"median (5 to 95 %); {told}"] if many else []
    title = f"Course of {_who(course)}, {_span(course.days)}: {regimen_text(course.regimens)}"
    return card(title, head, rows, [*said, *course.notes])


def series_line(series: Series) -> str:
    """Return a series in one line."""
    where = f"{_title(series)}, {_axes(series)}{_span(series.days)}"
    ends = {0: "", len(series.days) - 1: ""}
    values = " to ".join(_value(series, place) for place in ends)
    return f"Series({where}: {values})"


def series_card(series: Series) -> str:
    """Return a series as a card: a few kept times from start to end."""
    places = np.unique(np.linspace(0, len(series.days) - 1, ROWS).round().astype(int))
    rows = [(f"{series.days[place]:g}", _value(series, int(place))) for place in places]
    many = np.ndim(series.values) > 1
    return card(_title(series), ("day", "median (5 to 95 %)" if many else "value"), rows,
                [f"{_axes(series)}{plural(len(series.days), 'kept time')}"])  # fmt: skip


def _who(course: "Course") -> str:
    count = course.man.count
    men = "one man" if count is None else f"{count:,} {'man' if count == 1 else 'men'}"
    return men + (f" under {plural(course.draws, 'draw')}" if course.draws else "")


def _axes(series: Series) -> str:
    lengths = list(np.shape(series.values)[:-1])
    names = ["draws"] if series.draws else []
    names = (["men"] if len(lengths) > len(names) else []) + names
    return "".join(f"{length:,} {name}, " for length, name in zip(lengths, names, strict=True))


def _span(days: Float[np.ndarray, " time"]) -> str:
    return f"day {days[0]:g}" if len(days) == 1 else f"day {days[0]:g} to {days[-1]:g}"


def _failures(course: "Course") -> str:
    return f", {course.failed_count} not solved" if course.failed else ""


def _title(series: Series) -> str:
    return series.analyte.title if series.unit == "1" else f"{series.analyte.title} [{series.unit}]"


def _value(series: Series, place: int) -> str:
    values = series.values[..., place]
    if isinstance(values, jax.core.Tracer):
        return "traced"
    if np.ndim(values) == 0:
        return f"{float(values):.4g}"
    low, middle, high = quantiles(values, (0.05, 0.5, 0.95), None)
    return f"{middle:.4g} ({low:.4g} to {high:.4g})"
