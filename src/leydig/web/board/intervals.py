"""Fitted numbers beside those that are in use: what a template needs to draw their intervals as SVG."""

import math
from dataclasses import dataclass

from leydig.web.board.drawing import BOTTOM, TOP, Area, Size, Tick

__all__ = ["IntervalPlot", "IntervalRow", "IntervalShape", "IntervalShapes", "draw_intervals"]

ROW, BAR = 30.0, 8.0  # height of a row, of which the words take the upper part, and of its bar
WIDEST = 4  # doublings on either side of 1 beyond which the axis does not reach
MARGIN = 22.0  # for half a tick label


@dataclass(frozen=True)
class IntervalRow:
    """One number over the one that is in use: the optimum, and the ends of the middle 90 % of draws."""

    name: str
    best: float
    low: float
    high: float


@dataclass(frozen=True)
class IntervalPlot:
    """The numbers of a calibration."""

    rows: tuple[IntervalRow, ...]


@dataclass(frozen=True)
class IntervalShape:
    """One row: where its words stand, its bar, and its optimum."""

    name: str
    y: float
    bar: Area
    best: float
    words: str


@dataclass(frozen=True)
class IntervalShapes:
    """The figure, drawn."""

    size: Size
    height: float
    ticks: tuple[Tick, ...]
    one: float
    rows: tuple[IntervalShape, ...]


def draw_intervals(figure: IntervalPlot, size: Size) -> IntervalShapes:
    """Return the drawing of a figure, on an axis of doublings about 1."""
    logs = [math.log2(value) for one in figure.rows for value in (one.low, one.high) if value > 0.0]
    left, right = (math.floor(min([*logs, -1.0])), math.ceil(max([*logs, 1.0])))
    left, right = max(left, -WIDEST), min(right, WIDEST)
    width = size.width - 2.0 * MARGIN

    def across(ratio: float) -> float:
        at = min(max(math.log2(max(ratio, 2.0**left)), left), right)
        return round(MARGIN + width * (at - left) / (right - left), 1)

    rows = []
    for place, one in enumerate(figure.rows):
        y = TOP + place * ROW
        start, stop = across(one.low), across(one.high)
        bar = Area(start, y + 16.0, round(max(stop - start, 1.0), 1), BAR)
        words = f"{one.name}: {one.best:.2f} ({one.low:.2f} to {one.high:.2f})"
        rows.append(IntervalShape(one.name, y + 11.0, bar, across(one.best), words))
    ticks = tuple(Tick(across(2.0**at), f"{2.0**at:g}") for at in range(left, right + 1))
    return IntervalShapes(size, TOP + len(rows) * ROW + BOTTOM, ticks, across(1.0), tuple(rows))
