"""The clinician's figure with matplotlib: one panel per analyte, one time axis, the doses beneath."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leydig.course.course import Course
from leydig.course.figures.axes import strip_frame, write_one
from leydig.course.figures.panels import (
    BLUE,
    FOOTER,
    GREEN,
    GREY,
    ORANGE,
    VERMILION,
    Bar,
    Panel,
    caption,
    interval_bars,
    panels,
)
from leydig.extras import extra
from leydig.target import FIGURE, target_file
from leydig.units import factor

if TYPE_CHECKING:
    import plotly.graph_objects
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Observed", "course_figure"]

Observed = Mapping[str, Sequence[tuple[float, float, str]]]


def course_figure(
    course: Course, path: str | Path | None = None, units: str = "us", observed: Observed | None = None
) -> "Figure | plotly.graph_objects.Figure":
    """Draw a course.

    Parameters
    ----------
    course : Course
        Of many men the median and the middle 90 % are drawn.
    path : str or Path, optional
        Where to write: ``.png``, or ``.html`` for one page that works offline.
    units : {"us", "si"}
    observed : mapping of str to sequence of (week, value, unit), optional
        Published values to set beside the curves, by analyte.

    Returns
    -------
    matplotlib.figure.Figure, or plotly.graph_objects.Figure for a page

    Raises
    ------
    OutOfRange
        When the path ends otherwise.
    """
    target = None if path is None else target_file(path, {**FIGURE, ".html": ("plots", "plotly")})
    if target is not None and target.suffix == ".html":
        from leydig.course.figures.page import course_page

        return course_page(course, target, units, observed or {})
    figure = _draw(course, units, observed or {})
    write_one(figure, target)
    return figure


def _draw(course: Course, units: str, observed: Observed) -> "Figure":
    with extra("plots"):
        from matplotlib.figure import Figure

    shown, given = panels(course, units), interval_bars(course)
    rows = (len(shown) + 1) // 2
    ribbon = 0.3 + 0.5 * max(len(given), 1)
    figure = Figure(figsize=(10.0, 2.1 * rows + ribbon + 1.6), layout="constrained")
    grid = figure.add_gridspec(rows + 1, 2, height_ratios=[2.1] * rows + [ribbon])
    for place, panel in enumerate(shown):
        _panel(figure.add_subplot(grid[place // 2, place % 2]), panel, observed.get(panel.name, ()))
    _ribbon(figure.add_subplot(grid[rows, :]), given, float(course.days[-1]) / 7.0 or 1.0)
    figure.suptitle(caption(course), fontsize=11, wrap=True)
    handles, labels = _legend(bool(observed), course.man.count is not None, bool(course.draws))
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=8, frameon=False)
    return figure


def _panel(axes: "Axes", panel: Panel, observed: Sequence[tuple[float, float, str]]) -> None:
    low, high = panel.reference
    axes.axhspan(low, min(high, panel.top), color=GREY, alpha=0.18, lw=0)
    if panel.target is not None:
        low, high = panel.target
        axes.axhspan(low, min(high, panel.top), facecolor="none", edgecolor=GREEN, hatch="///", alpha=0.35, lw=0.8)
    if panel.series.values.ndim > 1:
        axes.fill_between(panel.weeks, panel.low, panel.high, color=BLUE, alpha=0.25, lw=0)
    axes.plot(panel.weeks, panel.middle, color=BLUE, lw=1.8)
    points = [(week, value * _scale(panel, unit)) for week, value, unit in observed]
    if points:
        axes.plot(*zip(*points, strict=True), "o", mfc="none", mec=VERMILION, ms=6, mew=1.4)
    axes.set_ylim(0.0, max([panel.top, *(1.1 * value for _, value in points)]))
    axes.set_xlim(0.0, panel.weeks[-1] or 1.0)
    unit = panel.series.unit
    axes.set_title(panel.title, fontsize=9, loc="left")
    axes.set_ylabel("ratio" if unit == "1" else unit, fontsize=8)
    strip_frame(axes)


def _scale(panel: Panel, unit: str) -> float:
    return factor(unit, panel.series.unit, panel.series.analyte.molar_mass)


def _ribbon(axes: "Axes", given: list[Bar], end: float) -> None:
    for row, bar in enumerate(given):
        axes.broken_barh([(start, stop - start) for start, stop in bar.spans], (row - 0.3, 0.45), color=ORANGE)
        axes.plot(bar.moments, [row - 0.08] * len(bar.moments), "|", color=ORANGE, ms=10, mew=2)
        axes.text(0.0, row - 0.35, bar.label, fontsize=8, va="bottom")
    if not given:
        axes.text(0.0, 0.0, "nothing given", fontsize=8, va="center")
    axes.set_yticks([])
    axes.set_ylim(max(len(given), 1) - 0.6, -0.8)
    axes.set_xlabel(f"weeks\n{FOOTER}", fontsize=8)
    axes.set_xlim(0.0, end)
    strip_frame(axes, "left")


def _legend(observed: bool, many: bool, drawn: bool) -> tuple[list["Artist"], list[str]]:
    with extra("plots"):
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

    handles: list[Artist] = [
        Line2D([], [], color=BLUE, lw=1.8),
        Patch(color=GREY, alpha=0.18),
        Patch(facecolor="none", edgecolor=GREEN, hatch="///", alpha=0.5),
    ]
    labels = [
        "median of the men" if many else "median of the draws" if drawn else "simulated",
        "reference interval",
        "target band",
    ]
    if many or drawn:
        handles.append(Patch(color=BLUE, alpha=0.25))
        labels.append("middle 90 %")
    if observed:
        handles.append(Line2D([], [], ls="", marker="o", mfc="none", mec=VERMILION, mew=1.4))
        labels.append("published")
    return handles, labels
