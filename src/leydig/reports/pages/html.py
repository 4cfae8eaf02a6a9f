"""What a report is made of, its figure, and the report as one HTML page that needs nothing beside it."""

import datetime as dt
import io
import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Literal, TypedDict

from leydig.course.figures.axes import strip_frame
from leydig.course.figures.panels import BLUE, GREEN, GREY, ORANGE
from leydig.extras import extra
from leydig.text_enum import TextEnum

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ListStyle", "Mark", "Page", "Pairs", "Picture", "Points", "ReportBar", "ReportBlock", "ReportPanel",
           "ReportReader", "Row", "Section", "Table", "Tone", "html_page", "picture_bytes"]  # fmt: skip

SALT = "leydig"  # of the ids inside a drawing: the same drawing has the same bytes
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_NO_METADATA: dict[str, str | None] = {"Date": None, "Creator": None, "Format": None, "Type": None}
LEGEND = {2: 3, 4: 6}  # entries of the legend beside one another, by columns
WIDTH = {2: 4.3, 4: 7.3}  # inches, by columns: half of a screen, and the width of a sheet of A4
PANEL, BAR = 1.15, 0.26  # inches: a panel's height, a bar's
SMALL = 8.0  # points; nothing on paper is smaller
WIDE = 24  # letters that fit above a panel
LONG = 36  # letters of a treatment that fit into half of the figure


class Mark(TextEnum):
    """How a row of a table stands out; its text is the row's class in HTML."""

    NONE = ""
    GOOD = "good"
    WARNING = "warning"
    CRITICAL = "critical"
    MUTED = "muted"


class Tone(TextEnum):
    """The ground on which a section stands; its text is the section's class in HTML."""

    NONE = ""
    LEAD = "lead"
    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


class ListStyle(TextEnum):
    """What stands before each item of a list; its text is the list's class in HTML."""

    PLAIN = "plain"
    BOXES = "boxes"
    NUMBERS = "numbers"


class ReportReader(TextEnum):
    """Whom a report speaks to; its text is the page's class in HTML."""

    CLINICIAN = "clinician"
    PATIENT = "patient"


@dataclass(frozen=True)
class Row:
    """One row of a table."""

    cells: tuple[str, ...]
    mark: Mark = Mark.NONE


@dataclass(frozen=True)
class Table:
    """Rows in groups, under heads; the first cell of a row names it.

    Attributes
    ----------
    heads : tuple of str
    groups : tuple of (title, rows)
        The title is empty where there is one group only.
    widths : tuple of float
        Shares of the width.
    blank : bool
        Whether it is to be filled in by hand.
    """

    heads: tuple[str, ...]
    groups: tuple[tuple[str, tuple[Row, ...]], ...]
    widths: tuple[float, ...]
    blank: bool = False


@dataclass(frozen=True)
class Points:
    """A list."""

    items: tuple[str, ...]
    style: ListStyle = ListStyle.PLAIN


@dataclass(frozen=True)
class Pairs:
    """Names and what they are."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReportPanel:
    """One level over time: (day, value, whether the laboratory gave a bound only), its bands, and what is expected.

    What is expected of results ahead are (day, 5th, 25th, 75th and 95th percentile).
    """

    title: str
    unit: str
    points: tuple[tuple[dt.date, float, bool], ...]
    reference: tuple[float, float | None]
    target: tuple[float, float | None] | None
    ahead: tuple[tuple[dt.date, float, float, float, float], ...] = ()


@dataclass(frozen=True)
class ReportBar:
    """One treatment."""

    label: str
    start: dt.date
    stop: dt.date


@dataclass(frozen=True)
class Picture:
    """The dated results of one man, his treatments beneath."""

    panels: tuple[ReportPanel, ...]
    bars: tuple[ReportBar, ...]
    first: dt.date
    last: dt.date
    alt: str

    def rows(self, columns: int) -> int:
        """Return how many rows of panels there are, so many beside one another."""
        return -(-len(self.panels) // columns)

    def size(self, columns: int) -> tuple[float, float]:
        """Return width and height of the figure [inches]."""
        return WIDTH[columns], PANEL * self.rows(columns) + BAR * max(len(self.bars), 1) + 0.7


ReportBlock = str | Table | Points | Pairs | Picture


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[ReportBlock, ...]
    tone: Tone = Tone.NONE


@dataclass(frozen=True)
class Page:
    """A report: rows of columns of sections; columns stand beside one another where a screen has room.

    Attributes
    ----------
    title : str
    facts : Pairs
    rows : tuple of tuple of tuple of Section
    notice : str
    reader : ReportReader
    line : str
        What stands under the title.
    alarm : tuple of str
        What stands above everything.
    """

    title: str
    facts: Pairs
    rows: tuple[tuple[tuple[Section, ...], ...], ...]
    notice: str
    reader: ReportReader
    line: str = ""
    alarm: tuple[str, ...] = ()


def html_page(page: Page) -> bytes:
    """Return a report as HTML, the same bytes for the same page; every text in it is escaped."""
    with extra("reports"):
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
        from markupsafe import Markup, escape

    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["days"] = lambda text: Markup(_DAY.sub(r"<span class=day>\g<0></span>", str(escape(text))))
    environment.filters["class_name"] = lambda block: type(block).__name__  # blocks.html.jinja has a macro for each
    environment.filters["svg"] = lambda picture: Markup(_inline_svg(picture_bytes(picture, "svg", 2).decode()))
    return environment.get_template("report.html.jinja").render(page=page).encode()


def _inline_svg(svg: str) -> str:
    """Return a drawing without what only a file of its own needs; its words are beside it, as text."""
    svg = svg[svg.index("<svg") :].replace('<style type="text/css">*{', "<style>figure svg *{")
    return re.sub(r' (width|height)="[\d.]+pt"', "", svg, count=2).replace("<svg ", '<svg aria-hidden="true" ', 1)


def picture_bytes(picture: Picture, form: str, columns: int) -> bytes:
    """Return a picture as a file, the same bytes for the same picture.

    Parameters
    ----------
    picture : Picture
    form : {"svg", "png"}
    columns : {2, 4}
        Panels beside one another.
    """
    with extra("reports"):
        import matplotlib

    written = io.BytesIO()
    metadata: dict[str, str | None] = _NO_METADATA if form == "svg" else {"Software": None}
    with matplotlib.rc_context({"svg.hashsalt": SALT, "svg.fonttype": "path"}):
        _draw(picture, columns).savefig(written, format=form, dpi=300, metadata=metadata)
    return written.getvalue()


def _draw(picture: Picture, columns: int) -> "Figure":
    with extra("reports"):
        from matplotlib.figure import Figure

    rows = picture.rows(columns)
    figure = Figure(figsize=picture.size(columns), layout="constrained")
    grid = figure.add_gridspec(
        rows + 1, columns, height_ratios=[PANEL] * rows + [BAR * max(len(picture.bars), 1) + 0.1]
    )
    margin = max((picture.last - picture.first).days // 20, 3)
    ends = (picture.first - dt.timedelta(margin), picture.last + dt.timedelta(margin))
    for place, panel in enumerate(picture.panels):
        axes = figure.add_subplot(grid[place // columns, place % columns])
        _panel(axes, panel, picture.bars)
        _dates(axes, ends, shown=False)
    axes = figure.add_subplot(grid[rows, :])
    _ribbon(axes, picture)
    _dates(axes, ends, shown=True)
    figure.legend(*_legend(picture), loc="outside lower center", ncols=LEGEND[columns], fontsize=SMALL, frameon=False)
    return figure


def _panel(axes: "Axes", panel: ReportPanel, bars: tuple[ReportBar, ...]) -> None:
    top = _top(panel)
    low, high = panel.reference
    axes.axhspan(low, top if high is None else min(high, top), color=GREY, alpha=0.18, lw=0)
    if panel.target is not None:
        low, high = panel.target
        high = top if high is None else min(high, top)
        axes.axhspan(low, high, facecolor="none", edgecolor=GREEN, hatch="///", alpha=0.35, lw=0.8)
    for bar in bars:
        axes.axvline(_number(bar.start), color=ORANGE, lw=0.8, ls=(0, (2, 2)))
    if panel.ahead:
        expected, least, lower, upper, most = zip(*panel.ahead, strict=True)
        when = [_number(day) for day in expected]
        axes.fill_between(when, least, most, color=BLUE, alpha=0.18, lw=0)
        axes.fill_between(when, lower, upper, color=BLUE, alpha=0.32, lw=0)
    if panel.points:
        days, values = [_number(day) for day, _, _ in panel.points], [value for _, value, _ in panel.points]
        axes.plot(days, values, color=BLUE, lw=1.2)
        for is_bound in (False, True):  # as two lines without a line: each point as one costs seconds for thousands
            alike = [(_number(day), value) for day, value, bound in panel.points if bool(bound) is is_bound]
            if alike:
                face = "white" if is_bound else BLUE
                axes.plot(*zip(*alike, strict=True), "o", color=BLUE, ms=3.6, mfc=face, mew=1.0, ls="none")
    else:
        axes.text(0.5, 0.5, "no result", transform=axes.transAxes, ha="center", va="center", fontsize=SMALL)
    axes.set_ylim(0.0, top)
    unit = "" if panel.unit == "1" else f"[{panel.unit}]"
    words = f"{panel.title} {unit}".strip()
    axes.set_title(words if len(words) <= WIDE else f"{panel.title}\n{unit}", fontsize=SMALL, loc="left", pad=3)
    strip_frame(axes)
    axes.tick_params(labelsize=SMALL, length=2, pad=2)
    axes.locator_params(axis="y", nbins=4)


def _top(panel: ReportPanel) -> float:
    """Return the upper end of an axis: all values, where bands begin, and where they end if that is near."""
    bands = [panel.reference, *([panel.target] if panel.target else [])]
    shown = [*(value for _, value, _ in panel.points), *(low for low, _ in bands)]
    shown += [most for *_, most in panel.ahead]
    near = [high for _, high in bands if high is not None and (not panel.points or high <= 2.0 * max(shown))]
    return 1.12 * max(*shown, *near, 1e-9)


def _number(day: dt.date) -> float:
    """Return a day as the axes of matplotlib count it."""
    with extra("reports"):
        from matplotlib.dates import date2num

    return float(date2num(day))


def _dates(axes: "Axes", ends: tuple[dt.date, dt.date], shown: bool) -> None:
    with extra("reports"):
        from matplotlib.dates import AutoDateLocator, DateFormatter

    axes.set_xlim(*map(_number, ends))
    axes.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=4))
    axes.xaxis.set_major_formatter(DateFormatter("%Y-%m-%d"))
    axes.tick_params(axis="x", labelbottom=shown)


def _ribbon(axes: "Axes", picture: Picture) -> None:
    for row, bar in enumerate(picture.bars):
        axes.barh(row, (bar.stop - bar.start).days, left=_number(bar.start), height=0.35, color=ORANGE, align="edge")
        axes.text(y=row - 0.04, va="bottom", fontsize=SMALL, **_words_at(bar, picture))
    if not picture.bars:
        axes.text(
            0.5, 0.5, "no treatment on record", transform=axes.transAxes, ha="center", va="center", fontsize=SMALL
        )
    axes.set_yticks([])
    axes.set_ylim(max(len(picture.bars), 1) - 0.55, -0.75)
    strip_frame(axes, "left")
    axes.tick_params(labelsize=SMALL, length=2, pad=2)


class _Words(TypedDict):
    """Where words stand in a figure, as matplotlib names it."""

    x: float
    s: str
    ha: Literal["left", "right"]


def _words_at(bar: ReportBar, picture: Picture) -> _Words:
    """Return where the words of a bar stand, so that they stay inside: at its start, or at the left end."""
    if len(bar.label) > LONG:
        return {"x": _number(picture.first), "s": shorten(bar.label, 2 * LONG, placeholder=" ..."), "ha": "left"}
    late = (bar.start - picture.first).days > 0.5 * (picture.last - picture.first).days
    return {"x": _number(bar.stop if late else bar.start), "s": bar.label, "ha": "right" if late else "left"}


def _legend(picture: Picture) -> tuple[list["Artist"], list[str]]:
    with extra("reports"):
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

    found: list[tuple[Artist, str]] = [(Line2D([], [], color=BLUE, lw=1.2, marker="o", ms=3.6), "result")]
    if any(bound for panel in picture.panels for _, _, bound in panel.points):
        found.append((Line2D([], [], color=BLUE, lw=1.2, marker="o", ms=3.6, mfc="white"), "bound only"))
    found.append((Patch(color=GREY, alpha=0.18), "reference"))
    if any(panel.target for panel in picture.panels):
        found.append((Patch(facecolor="none", edgecolor=GREEN, hatch="///", alpha=0.5), "target"))
    if picture.bars:
        found.append((Patch(color=ORANGE), "treatment"))
    if any(panel.ahead for panel in picture.panels):
        found.append((Patch(color=BLUE, alpha=0.4), "expected, 50 and 90 %"))
    return [handle for handle, _ in found], [label for _, label in found]
