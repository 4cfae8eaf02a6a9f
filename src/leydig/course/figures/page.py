"""The same figure as one HTML page that works offline, readable on a phone."""

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from leydig.course.course import Course
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
from leydig.course.figures.plot import Observed
from leydig.extras import extra
from leydig.log import logger
from leydig.units import factor

if TYPE_CHECKING:
    import plotly.graph_objects

__all__ = ["course_page"]

LOG = logger(__name__)

_PANEL = 190  # pixels


def course_page(course: Course, path: Path, units: str, observed: Observed) -> "plotly.graph_objects.Figure":
    """Write a course as a self-contained page and return the plotly figure.

    Parameters
    ----------
    course : Course
    path : Path
        Ending in ``.html``.
    units : {"us", "si"}
    observed : mapping of str to sequence of (week, value, unit)
    """
    with extra("plots"):
        from plotly.subplots import make_subplots

    shown, given = panels(course, units), interval_bars(course)
    titles = [f"{panel.title} [{_unit(panel)}]" for panel in shown] + ["given"]
    rows = len(shown) + 1
    figure = make_subplots(rows=rows, cols=1, shared_xaxes=True, subplot_titles=titles, vertical_spacing=0.022)
    for row, panel in enumerate(shown, start=1):
        _panel(figure, row, panel, observed)
    _ribbon(figure, rows, given)
    figure.update_xaxes(title_text="weeks", row=rows, col=1, range=[0.0, float(course.days[-1]) / 7.0])
    figure.update_layout(
        title={"text": _break_lines(caption(course)), "font": {"size": 15}},
        height=_PANEL * rows + 160,
        margin={"l": 55, "r": 15, "t": 90, "b": 40},
        template="plotly_white",
        showlegend=False,
    )
    figure.update_annotations(font_size=12)
    note = "blue: simulated · grey: reference interval · green: target band"
    note += " · circles: published" if observed else ""
    page = figure.to_html(include_plotlyjs=True, full_html=True, config={"responsive": True, "displaylogo": False})
    head = '<head><meta name="viewport" content="width=device-width, initial-scale=1"><title>Leydig course</title>'
    style = 'style="font:14px sans-serif;color:#444;margin:0 12px 12px"'
    page = page.replace("<head>", head, 1).replace("</body>", f"<p {style}>{note}</p><p {style}>{FOOTER}</p></body>")
    path.write_text(page, encoding="utf-8")
    LOG.info("wrote %s", path)
    return figure


def _break_lines(text: str) -> str:
    """Return a long regimen over several lines."""
    return escape(text).replace(" + ", " +<br>").replace("\n", "<br>")


def _unit(panel: Panel) -> str:
    return "ratio" if panel.series.unit == "1" else panel.series.unit


def _panel(figure: "plotly.graph_objects.Figure", row: int, panel: Panel, observed: Observed) -> None:
    low, high = panel.reference
    place = {"row": row, "col": 1, "layer": "below", "exclude_empty_subplots": False}
    figure.add_hrect(y0=low, y1=min(high, panel.top), fillcolor=GREY, opacity=0.15, line_width=0, **place)
    if panel.target is not None:
        low, high = panel.target
        style = {"line": {"color": GREEN, "width": 1, "dash": "dot"}, "fillcolor": GREEN, "opacity": 0.12}
        figure.add_hrect(y0=low, y1=min(high, panel.top), **style, **place)
    hover = "week %{x:.1f}: %{y:.4g} " + _unit(panel) + "<extra></extra>"
    if panel.series.values.ndim > 1:
        figure.add_scatter(x=panel.weeks, y=panel.high, line={"width": 0}, hoverinfo="skip", row=row, col=1)
        figure.add_scatter(
            x=panel.weeks, y=panel.low, line={"width": 0}, fill="tonexty",
            fillcolor="rgba(0,114,178,0.25)", hoverinfo="skip", row=row, col=1,
        )  # fmt: skip
    figure.add_scatter(
        x=panel.weeks, y=panel.middle, line={"color": BLUE, "width": 2}, hovertemplate=hover, row=row, col=1
    )
    for week, value, unit in observed.get(panel.name, ()):
        scale = factor(unit, panel.series.unit, panel.series.analyte.molar_mass)
        figure.add_scatter(
            x=[week], y=[value * scale], mode="markers", row=row, col=1, hovertemplate="published " + hover,
            marker={"symbol": "circle-open", "size": 10, "color": VERMILION, "line": {"width": 2}},
        )  # fmt: skip
    figure.update_yaxes(range=[0.0, panel.top], row=row, col=1)


def _ribbon(figure: "plotly.graph_objects.Figure", row: int, given: list[Bar]) -> None:
    for bar in given:
        for start, stop in bar.spans:
            figure.add_scatter(
                x=[start, stop], y=[bar.label] * 2, mode="lines", line={"color": ORANGE, "width": 14},
                hovertemplate=f"{bar.label}<extra></extra>", row=row, col=1,
            )  # fmt: skip
        if len(bar.moments):
            figure.add_scatter(
                x=bar.moments, y=[bar.label] * len(bar.moments), mode="markers", row=row, col=1,
                marker={"symbol": "line-ns-open", "size": 12, "color": ORANGE},
                hovertemplate=f"{bar.label}<extra></extra>",
            )  # fmt: skip
    figure.update_yaxes(showticklabels=False, row=row, col=1)
