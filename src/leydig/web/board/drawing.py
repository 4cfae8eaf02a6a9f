"""Drawings of the board: what a template needs to write one panel, or the ribbon of doses, as SVG.

All lengths are in the units of the view box. Colours and strokes are the style sheet's, by class.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import shorten

from leydig.units import DAYS_PER_MONTH
from leydig.web.board.values import Board, BoardBand, BoardPanel, Edges

__all__ = [
    "COURSES",
    "NARROW",
    "WIDE",
    "Area",
    "PanelShapes",
    "RibbonShapes",
    "Shape",
    "Size",
    "Tick",
    "draw_panel",
    "draw_ribbon",
    "line_path",
    "round_values",
]


@dataclass(frozen=True)
class Size:
    """Width and height of a drawing, and what its axes take of it."""

    name: str
    width: float
    height: float
    left: float
    right: float
    ticks: int


WIDE = Size("wide", 860.0, 150.0, 52.0, 10.0, 8)
NARROW = Size("narrow", 350.0, 210.0, 46.0, 8.0, 4)
TOP, BOTTOM = 8.0, 22.0  # above the axis, and beneath it for its days
ROW, LETTER = 26.0, 6.6  # of the ribbon: height of a treatment, width of a letter
STEPS = (1, 2, 7, 14, 28)  # [d] between ticks of a short axis
MONTHS = (1, 2, 3, 6, 12, 24, 60)  # between ticks of a long one
DOT, ARROWS = "result", {"<": "below", ">": "above"}  # classes of a point, by its comparator
COURSES = ("present", "other", "other second", "other third", "other fourth")  # classes of regimens, by their place
MARK = 4.2  # half the width of a point


@dataclass(frozen=True)
class Area:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Tick:
    """A place on an axis and what is written there."""

    at: float
    label: str


@dataclass(frozen=True)
class Shape:
    """A path, the class by which it is drawn, and the words that a pointer shows."""

    path: str
    kind: str
    words: str = ""


@dataclass(frozen=True)
class PanelShapes:
    """One panel; `top` is the upper end of its axis, in its unit."""

    size: Size
    top: float
    plot: Area
    reference: Area
    target: Area | None
    days: tuple[Tick, ...]
    values: tuple[Tick, ...]
    shapes: tuple[Shape, ...]
    visits: tuple[float, ...]
    now: float


@dataclass(frozen=True)
class RibbonBar:
    """One treatment as a bar with its words."""

    area: Area
    label: str
    x: float
    y: float
    simulated: bool
    anchor: str


@dataclass(frozen=True)
class RibbonShapes:
    """Treatments and visits beneath the panels."""

    size: Size
    height: float
    bars: tuple[RibbonBar, ...]
    days: tuple[Tick, ...]
    visits: tuple[Tick, ...]
    now: float


def draw_panel(panel: BoardPanel, board: Board, size: Size) -> PanelShapes:
    """Return the drawing of a panel on the axis of its board."""
    plot = Area(size.left, TOP, size.width - size.left - size.right, size.height - TOP - BOTTOM)
    across, top = _across(board, size), _top(panel)

    def up(value: float) -> float:
        return round(plot.y + plot.height * (1.0 - min(value, top) / top), 1)

    shapes: list[Shape] = []
    for place, band in enumerate(panel.forecasts):
        shapes += _band_shapes(band, place, len(panel.forecasts), across, up)
    line = [(across(one.day), up(one.value)) for one in panel.points]
    shapes += [Shape(line_path(line), "course")] if len(line) > 1 else []
    for (x, y), one in zip(line, panel.points, strict=True):
        kind = ARROWS.get(one.comparator, DOT)
        shapes.append(Shape(_mark(x, y, kind), f"mark {kind}", f"{one.day}: {one.text}"))
    values = tuple(Tick(up(value), f"{value:g}") for value in round_values(top))
    visits = tuple(across(one.day) for one in board.visits if _is_on(board, one.day))
    return PanelShapes(
        size, top, plot, _level_area(panel.reference, plot, top, up),
        None if panel.target is None else _level_area(panel.target, plot, top, up),
        _day_ticks(board, size), values, tuple(shapes), visits, across(board.now),
    )  # fmt: skip


def draw_ribbon(board: Board, size: Size) -> RibbonShapes:
    """Return the drawing of what was given, with the visits that are to come."""
    across = _across(board, size)
    right = size.width - size.right
    bars = []
    for row, one in enumerate(board.doses):
        start = across(one.start)
        stop = across(min(one.stop or board.now, board.now))
        late = start > size.width / 2.0
        room = int(((right if not late else max(stop, start)) - (start if not late else size.left)) / LETTER)
        x, anchor = (max(stop, start + 2.0), "end") if late else (start, "start")
        label = shorten(one.regimen, max(room, 12), placeholder=" …")
        area = Area(start, TOP + row * ROW + 15.0, round(max(stop - start, 2.0), 1), 7.0)
        bars.append(RibbonBar(area, label, x, TOP + row * ROW + 11.0, one.simulated, anchor))
    height = TOP + max(len(bars), 1) * ROW + BOTTOM + 4.0
    visits = tuple(Tick(across(one.day), one.name) for one in board.visits if _is_on(board, one.day))
    return RibbonShapes(size, height, tuple(bars), _day_ticks(board, size), visits, across(board.now))


def _is_on(board: Board, day: dt.date) -> bool:
    return board.first <= day <= board.last


def _across(board: Board, size: Size) -> Callable[[dt.date], float]:
    """Return the function that says where a day stands."""
    width, span = size.width - size.left - size.right, max((board.last - board.first).days, 1)
    return lambda day: round(size.left + width * (day - board.first).days / span, 1)


def _top(panel: BoardPanel) -> float:
    """Return the upper end of an axis: all that was measured or is expected, where bands begin, and near ends."""
    ends = [panel.reference, *([panel.target] if panel.target else [])]
    seen = [*(one.value for one in panel.points), *(value for band in panel.forecasts for value in band.high_90)]
    most = max([*seen, *(low for low, _ in ends), 1e-9])
    near = [high for _, high in ends if high is not None and (not seen or high <= 2.0 * most)]
    return 1.1 * max(most, *near, 1e-9)


def round_values(top: float) -> list[float]:
    """Return round numbers from 0 to below the end of an axis, three to six of them."""
    step = 10.0 ** (len(f"{int(top)}") - 1) if top >= 1.0 else 0.1
    step = next(one for one in (0.1 * step, 0.2 * step, 0.25 * step, 0.5 * step, step, 2.0 * step, 5.0 * step)
                if top / one <= 5.0)  # fmt: skip
    return [round(step * place, 10) for place in range(int(top / step) + 1)]


def _level_area(edges: Edges, plot: Area, top: float, up: Callable[[float], float]) -> Area:
    low, high = edges
    above = up(top if high is None else min(high, top))
    return Area(plot.x, above, plot.width, round(max(up(low) - above, 0.0), 1))


def _band_shapes(
    band: BoardBand, place: int, count: int, across: Callable[[dt.date], float], up: Callable[[float], float]
) -> list[Shape]:
    """Return the shapes of a forecast; each regimen has classes of its own, and bands where there are two at most."""
    x = [across(day) for day in band.days]
    who = COURSES[place]

    def points(values: Sequence[float]) -> list[tuple[float, float]]:
        return [(left, up(value)) for left, value in zip(x, values, strict=True)]

    median = Shape(line_path(points(band.median)), f"median {who}", band.regimen)
    if place and count > 2:  # bands over bands tell nothing: their numbers stand in the table
        return [median]
    return [
        Shape(f"{line_path([*points(band.low_90), *reversed(points(band.high_90))])} Z", f"band-90 {who}"),
        Shape(f"{line_path([*points(band.low_50), *reversed(points(band.high_50))])} Z", f"band-50 {who}"),
        median,
    ]


def line_path(points: Sequence[tuple[float, float]]) -> str:
    """Return the path of a line through some points."""
    return "M" + " L".join(f"{x:g} {y:g}" for x, y in points)


def _mark(x: float, y: float, kind: str) -> str:
    """Return the path of a point: a circle, or an arrow from a bound toward where the value lies."""
    if kind == DOT:
        return f"M{x - MARK:g} {y:g} a{MARK} {MARK} 0 1 0 {2 * MARK:g} 0 a{MARK} {MARK} 0 1 0 {-2 * MARK:g} 0 Z"
    toward = 1.0 if kind == ARROWS["<"] else -1.0
    tip = y + toward * 3.0 * MARK
    return (f"M{x - MARK:g} {y:g} L{x + MARK:g} {y:g} M{x:g} {y:g} L{x:g} {tip:g} "
            f"M{x - MARK:g} {tip - toward * MARK:g} L{x:g} {tip:g} L{x + MARK:g} {tip - toward * MARK:g}")  # fmt: skip


def _day_ticks(board: Board, size: Size) -> tuple[Tick, ...]:
    """Return the days that are written under an axis: a few of them, at even distances or on first days of months."""
    span, across = (board.last - board.first).days, _across(board, size)
    step = next((one for one in STEPS if span / one <= size.ticks), None)
    if step is not None:
        days = [board.first + dt.timedelta(place) for place in range(0, span + 1, step)]
    else:
        months = next((one for one in MONTHS if span / (DAYS_PER_MONTH * one) <= size.ticks), MONTHS[-1])
        days = [day for day in _months(board.first, months) if day <= board.last]
    room = 34.0  # half the width of a date
    inside = [day for day in days if across(day) > room and size.width - across(day) > room]
    return tuple(Tick(across(day), day.isoformat()) for day in inside)


def _months(first: dt.date, step: int) -> list[dt.date]:
    """Return the first days of every so many months, from a day on, for 200 of them."""
    begin = first.year * 12 + first.month
    numbers = range(begin + (-begin) % step, begin + 200 * step, step)
    return [day for one in numbers if (day := dt.date(one // 12, one % 12 + 1, 1)) >= first]
