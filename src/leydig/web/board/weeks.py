"""Curves of many men over weeks: what a template needs to draw one figure as SVG, and to write the table behind it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from leydig.web.board.drawing import BOTTOM, COURSES, TOP, Area, Shape, Size, Tick, line_path, round_values

__all__ = ["WeekCurve", "WeekPanel", "WeekShapes", "draw_weeks"]

STEPS = (1.0, 2.0, 4.0, 8.0, 13.0, 26.0, 52.0)  # [week] between ticks
MOST_BANDS = 2  # regimens whose bands are drawn; of more their numbers stand in the table
Values = tuple[float | None, ...]


@dataclass(frozen=True)
class WeekCurve:
    """One regimen: its median or share, and the ends of the middle 50 and 90 % of men; those are empty of a share."""

    regimen: str
    median: Values
    low_50: Values = ()
    high_50: Values = ()
    low_90: Values = ()
    high_90: Values = ()


@dataclass(frozen=True)
class WeekPanel:
    """One level, or share of men, over weeks.

    Attributes
    ----------
    name, title, unit : str
    weeks : tuple of float
    curves : tuple of WeekCurve
        One for each regimen.
    conditions : tuple of str
        What is counted, of a share.
    """

    name: str
    title: str
    unit: str
    weeks: tuple[float, ...]
    curves: tuple[WeekCurve, ...]
    conditions: tuple[str, ...] = ()

    @property
    def is_share(self) -> bool:
        """Whether it is a share of men, whose axis ends at 100 %."""
        return bool(self.conditions)


@dataclass(frozen=True)
class WeekShapes:
    """One figure, drawn."""

    size: Size
    plot: Area
    weeks: tuple[Tick, ...]
    values: tuple[Tick, ...]
    shapes: tuple[Shape, ...]


def draw_weeks(figure: WeekPanel, size: Size) -> WeekShapes:
    """Return the drawing of a figure."""
    plot = Area(size.left, TOP, size.width - size.left - size.right, size.height - TOP - BOTTOM)
    last, top = max(figure.weeks[-1], 1.0), _top(figure)

    def across(week: float) -> float:
        return round(plot.x + plot.width * week / last, 1)

    def up(value: float) -> float:
        return round(plot.y + plot.height * (1.0 - min(value, top) / top), 1)

    is_banded = len(figure.curves) <= MOST_BANDS and not figure.is_share
    shapes = [
        shape
        for place, one in enumerate(figure.curves)
        for shape in _curve_shapes(one, place, is_banded, tuple(map(across, figure.weeks)), up)
    ]
    percent = 100.0 if figure.is_share else 1.0
    values = tuple(Tick(up(value / percent), f"{value:g}") for value in round_values(percent * top))
    step = next((one for one in STEPS if last / one <= size.ticks), STEPS[-1])
    weeks = tuple(Tick(across(place * step), f"{place * step:g}") for place in range(int(last / step) + 1))
    return WeekShapes(size, plot, weeks, values, tuple(shapes))


def _top(figure: WeekPanel) -> float:
    seen = [value for one in figure.curves for line in (one.median, one.high_90) for value in line if value is not None]
    most = max([*seen, 1e-9])
    return min(1.1 * max(most, 0.05), 1.0) if figure.is_share else 1.1 * most


def _curve_shapes(
    curve: WeekCurve, place: int, is_banded: bool, x: Sequence[float], up: Callable[[float], float]
) -> list[Shape]:
    who = COURSES[place]
    median = Shape(line_path(_points(x, curve.median, up)), f"median {who}", curve.regimen)
    if not is_banded:
        return [median]
    edges = ((curve.low_90, curve.high_90, "band-90"), (curve.low_50, curve.high_50, "band-50"))
    bands = [(_points(x, low, up), _points(x, high, up), kind) for low, high, kind in edges]
    return [*(Shape(f"{line_path([*low, *reversed(high)])} Z", f"{kind} {who}") for low, high, kind in bands), median]


def _points(x: Sequence[float], values: Values, up: Callable[[float], float]) -> list[tuple[float, float]]:
    """Return the points of a line, without those that nobody has."""
    return [(left, up(value)) for left, value in zip(x, values, strict=True) if value is not None]
