"""Exposure: the area under a curve, its peak and its trough over an interval.

Where there is no closed form the area is a Gauss-Legendre sum over panels that grow with the time since the last dose,
because a curve bends most just after it. A peak is looked for on points that grow in the same way, and the parabola
through the highest and its neighbors refines it.
"""

import numpy as np
from jaxtyping import Float

from leydig.arrays import AnyArray
from leydig.course.curve import Curve

__all__ = ["area", "extreme"]

PANEL, WIDENING = 0.02, 2.5  # [d] first panel after a dose of a drug level, and growth
ROUGH_PANEL, ROUGH_WIDENING = 0.05, 4.0  # the same of an analyte, which costs a solution
NODES, ROUGH_NODES = 12, 4
POINT, SPREAD = 2e-4, 0.015  # [d] first distance of points after a dose, and their share of the time since
ROUGH_POINT, ROUGH_SPREAD = 0.01, 0.15


def area(curve: Curve, start: float, stop: float) -> Float[AnyArray, "*man"]:
    """Return the integral of a curve [unit times day]."""
    exact = curve.area(start, stop)
    if exact is not None:
        return exact
    panel, widening, nodes = (PANEL, WIDENING, NODES) if curve.fine else (ROUGH_PANEL, ROUGH_WIDENING, ROUGH_NODES)
    edges = np.concatenate(
        [[start], *(a + _panel_ends(b - a, panel, widening) for a, b in _gaps(curve.breaks(start, stop)))]
    )
    places, weights = np.polynomial.legendre.leggauss(nodes)
    half = np.diff(edges)[:, None] / 2.0
    days = edges[:-1, None] + half * (1.0 + places)
    return curve.read(days.ravel(), remember=False) @ (half * weights).ravel()


def extreme(
    curve: Curve, start: float, stop: float, sign: float
) -> tuple[Float[np.ndarray, "*man"], Float[np.ndarray, "*man"]]:
    """Return day and value of the highest level (sign 1) or the lowest (sign -1).

    What is given at the start counts, what is given at the stop does not.
    """
    point, spread = (POINT, SPREAD) if curve.fine else (ROUGH_POINT, ROUGH_SPREAD)
    gaps = list(_gaps(curve.breaks(start, stop)))
    inner = [a + _spread_points(b - a, point, spread) for a, b in gaps]
    first = np.array([a for a, _ in gaps])
    before, after = curve.read(np.concatenate(inner), remember=False), curve.read(first, after=True, remember=False)
    ends = np.cumsum([0, *(len(part) for part in inner)])
    found = []
    for place, days in enumerate(inner):
        values = np.concatenate([after[..., place : place + 1], before[..., ends[place] : ends[place + 1]]], axis=-1)
        found.append(_parabola_peak(np.append(first[place], days), sign * values))
    days, tops = (np.stack(part, axis=-1) for part in zip(*found, strict=True))
    best = np.argmax(np.where(np.isnan(tops), -np.inf, tops), axis=-1)[..., None]
    day, top = (np.take_along_axis(part, best, -1)[..., 0] for part in (days, tops))
    return day, sign * top


def _gaps(breaks: Float[np.ndarray, " edge"]) -> list[tuple[float, float]]:
    return list(zip(breaks[:-1].tolist(), breaks[1:].tolist(), strict=True))


def _panel_ends(gap: float, first: float, growth: float) -> Float[np.ndarray, " edge"]:
    """Return the ends of panels from 0 to a gap, each `growth` times as long as all before it."""
    count = max(int(np.floor(np.log(gap / first) / np.log(growth))) + 1, 0) if gap > first else 0
    return np.append(first * growth ** np.arange(count), gap)


def _spread_points(gap: float, first: float, share: float) -> Float[np.ndarray, " point"]:
    """Return points from 0 to a gap, without 0, whose distance grows with the time since."""
    count = max(int(np.ceil(np.log1p(share * gap / first) / share)), 2)
    return gap * np.expm1(share * np.arange(1, count + 1)) / np.expm1(share * count)


def _parabola_peak(
    days: Float[np.ndarray, " point"], values: Float[np.ndarray, "*man point"]
) -> tuple[Float[np.ndarray, "*man"], Float[np.ndarray, "*man"]]:
    """Return day and value of the highest of each row, on the parabola through it and its neighbors."""
    place = np.argmax(np.where(np.isnan(values), -np.inf, values), axis=-1)
    middle = np.clip(place, 1, len(days) - 2)
    near = middle[..., None] + np.array([-1, 0, 1])
    t = days[near] - days[middle][..., None]
    y = np.take_along_axis(values, near, -1)
    left, right = (y[..., 0] - y[..., 1]) / t[..., 0], (y[..., 2] - y[..., 1]) / t[..., 2]
    bend = (right - left) / (t[..., 2] - t[..., 0])
    slope = left - bend * t[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        offset = np.where((place == middle) & (bend < 0.0), -slope / (2.0 * bend), 0.0)
    inside = (offset >= t[..., 0]) & (offset <= t[..., 2])
    offset = np.where(inside, offset, 0.0)
    at_end = place != middle
    top = np.where(at_end, np.take_along_axis(values, place[..., None], -1)[..., 0],
                   y[..., 1] + slope * offset + bend * offset**2)  # fmt: skip
    return np.where(at_end, days[place], days[middle] + offset), top
