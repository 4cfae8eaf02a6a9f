"""What a figure of a course shows, whichever library draws it."""

import re
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES, of_panel
from leydig.course.course import Course
from leydig.course.display import regimen_text
from leydig.course.failures import failure_sentence
from leydig.course.series import Series, quantiles
from leydig.drugs import DRUGS
from leydig.regimen import Dose, Regimen
from leydig.regimen.repeat import RepeatKind

__all__ = ["FOOTER", "Bar", "Panel", "caption", "interval_bars", "panels"]

BLUE, ORANGE, GREEN, GREY, VERMILION = "#0072B2", "#E69F00", "#009E73", "#999999", "#D55E00"  # Okabe and Ito
FOOTER = (
    "A simulation for professionals and research; it prescribes nothing. Semen and hematocrit are not validated yet."
)
_SPARSE = 2.0  # [d] doses farther apart than this are drawn one by one


@dataclass(frozen=True)
class Panel:
    """One analyte: its series in shown units, bands, and the middle and spread of many men."""

    name: str
    title: str
    series: Series
    weeks: Float[np.ndarray, " time"]
    middle: Float[np.ndarray, " time"]
    low: Float[np.ndarray, " time"]
    high: Float[np.ndarray, " time"]
    reference: tuple[float, float]
    target: tuple[float, float] | None

    @property
    def top(self) -> float:
        """Upper end of the axis: all values, and the bands where they are near."""
        band = self.target[1] if self.target is not None else self.reference[1]
        if not np.isfinite(self.high).any():  # nobody was solved
            return 1.1 * band
        highest = float(np.nanmax(self.high))
        return 1.1 * max(highest, min(band, 2.0 * highest))


@dataclass(frozen=True)
class Bar:
    """What is shown of one dose beneath the panels: spans and single moments [weeks]."""

    drug: str
    label: str
    spans: list[tuple[float, float]]
    moments: Float[np.ndarray, " dose"]


def caption(course: Course) -> str:
    """Return what is given and, of many men or draws, over how many of them the figure is."""
    many = course.man.count is not None or course.draws
    told = f"\n{failure_sentence(course.failed, course.man.count, course.draws)}" if many else ""
    return regimen_text(course.regimens) + told


def panels(course: Course, units: str) -> list[Panel]:
    """Return the panels of a course."""
    found = []
    for name in of_panel("course"):
        series, analyte = course.in_units(name, units), ANALYTES[name]
        scale = analyte.factor_to(series.unit)
        values = np.asarray(series.values)
        low, middle, high = (
            (values,) * 3 if values.ndim == 1 else quantiles(values, (0.05, 0.5, 0.95), tuple(range(values.ndim - 1)))
        )
        target = analyte.target
        found.append(
            Panel(
                name,
                analyte.title,
                series,
                course.days / 7.0,
                middle,
                low,
                high,
                (analyte.reference[0] * scale, analyte.reference[1] * scale),
                None if target is None else (target[0] * scale, target[1] * scale),
            )
        )
    return found


def interval_bars(course: Course) -> list[Bar]:
    """Return one bar per dose of the regimen; none when every man has his own."""
    if not isinstance(course.regimen, Regimen):
        return []
    return [_bar(dose, float(course.days[-1])) for dose in course.regimen.doses]


def _bar(dose: Dose, end: float) -> Bar:
    label = re.split(" from | for | until | missing ", str(dose))[0]
    moments = np.array([]) if dose.repeat.kind == RepeatKind.CONTINUOUS else dose.times(end) / 7.0
    dense = (
        dose.repeat.kind == RepeatKind.CONTINUOUS
        or dose.is_pulsatile
        or (len(moments) > 1 and np.diff(moments).min() * 7 <= _SPARSE)
    )
    spans = [(start / 7.0, stop / 7.0) for start, stop in dose.spans(end)] if dense else []
    return Bar(DRUGS[dose.drug].title, label, spans, np.array([]) if dense else moments)
