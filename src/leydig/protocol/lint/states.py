"""The states of a protocol: one representative of every region in which its titration rules are constant.

A state is a testosterone, an estradiol (their ratio follows), every other number that a titration rule reads, and where
each drug is on its ladder. Every number takes each limit that any rule names, and values just below and just above. A
forecast may also be told by nobody (NaN): what is proved holds without a twin too.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np
import numpy.typing as npt
from jaxtyping import Bool, Int

from leydig.errors import BadProtocol
from leydig.protocol.condition import AnyOf, Condition, compare
from leydig.protocol.implied import ImpliedKind, implied_kind, quantity_behind
from leydig.protocol.protocol import Component, Protocol, Rule
from leydig.protocol.vocabulary import AskedDay
from leydig.record.quantity import QUANTITIES, QuantityKind

__all__ = ["STEERED", "ForecastValues", "StateGrid", "forecast_values", "holds", "plane"]

EDGE = 1e-6  # how near a limit its sides are looked at, as a share
MOST = 8_000_000  # states that are visited at once
STEERED = ("testosterone", "estradiol")
ForecastValues = tuple[list[str], list[tuple[float, ...]]]


def plane(conditions: Sequence[Condition], *more: float) -> dict[str, np.ndarray]:
    """Return representatives of every region of testosterone, estradiol and their ratio, and of limits times `more`."""
    limits = {name: {x for one in conditions if one.of == name and not one.change for x in one.limits}
              for name in (*STEERED, "te2_ratio")}  # fmt: skip
    lowest, highest = (QUANTITIES[name].possible for name in STEERED)
    estradiol = limits["estradiol"] | {t / k for t in limits["testosterone"] for k in limits["te2_ratio"] if k}
    rows: list[tuple[float, float]] = []
    for e in _points_between(estradiol, highest, *more):
        testosterone = limits["testosterone"] | {k * e for k in limits["te2_ratio"]}
        rows += [(t, e) for t in _points_between(testosterone, lowest, *more)]
    t, e = np.array(rows).T
    return {"testosterone": t, "estradiol": e, "te2_ratio": t / e}


def _points_between(limits: set[float], possible: tuple[float, float], *more: float) -> list[float]:
    """Return every limit and its two sides: between two limits no rule changes."""
    low, high = possible
    inside = {y for x in limits for y in (x, *(x * f for f in more), *(x / f for f in more)) if low < y < high}
    sides = sorted(side for x in inside for side in (x - EDGE * x, x, x + EDGE * x))
    merged = [x for x, y in itertools.pairwise([*sides, np.inf]) if not math.isclose(x, y, rel_tol=EDGE / 10.0)]
    return merged or [high]


def holds(
    rule: Rule, state: Mapping[str, np.ndarray], *, is_baseline: bool = False, unsaid: bool = False
) -> Bool[np.ndarray, "..."]:
    """Return in which states all conditions of a rule hold.

    Parameters
    ----------
    rule : Rule
    state : mapping of str to Float[np.ndarray, " state"]
        What is so now, by the names of conditions.
    is_baseline : bool, optional
        Whether the state is the man's baseline too.
    unsaid : bool, optional
        What a condition counts as of which a state says nothing: its quantity is not there, or it asks for another
        baseline, a change or whether something is known. False finds where a rule surely holds, True where it may.
    """
    found = np.ones(np.shape(next(iter(state.values()))), dtype=bool)
    for part in rule.when:
        conditions = part.conditions if isinstance(part, AnyOf) else (part,)
        found = found & reduce(np.logical_or, [_meets(one, state, is_baseline, unsaid) for one in conditions])
    return found


def _meets(condition: Condition, state: Mapping[str, np.ndarray], untreated: bool, unsaid: bool) -> np.ndarray:
    values = state.get(condition.key)
    if values is not None and condition.of_forecast and condition.known is not None:
        return np.asarray(np.isnan(values) != condition.known)
    is_silent = condition.change or condition.known is not None
    if values is None or is_silent or (condition.at == AskedDay.BASELINE and not untreated):
        return np.full(np.shape(next(iter(state.values()))), unsaid)
    if condition.answer is not None:
        return np.asarray(values == float(condition.answer))
    return np.asarray(compare(condition, values, values)[0])


class StateGrid:
    """Representatives of every region of the state; `more` adds those a factor away, `forecasts` is what a twin tells.

    Attributes
    ----------
    rules : sequence of Rule
    shape : tuple of int
        Points of the plane, places on the ladders, the values of every other quantity, and what a twin may tell: a
        state is one of each.
    state : dict of str to Float[np.ndarray, "..."]
        What is so in each state, by the names of conditions, along its own axis and of length 1 along others.
    """

    def __init__(
        self, protocol: Protocol, rules: Sequence[Rule], *more: float, others: Sequence[Condition] = (),
        forecasts: ForecastValues | None = None,
    ) -> None:  # fmt: skip
        self.rules = rules
        conditions = [one for rule in rules for one in rule.conditions]
        points = plane([*conditions, *others], *more)
        free = self._other_values(conditions)
        names, rows = forecast_values(conditions) if forecasts is None else forecasts
        ladder = list(itertools.product(*(_places(component) for component in protocol.components.values())))
        self.shape = (len(points["testosterone"]), len(ladder), *map(len, free.values()), len(rows))
        if math.prod(self.shape) > MOST:
            raise BadProtocol(f"got titration rules of {math.prod(self.shape)} states; expected at most {MOST}. "
                              "Let them read fewer quantities, or shorten the ladders.")  # fmt: skip
        self.state: dict[str, np.ndarray] = {name: self._along(0, values) for name, values in points.items()}
        for axis, (name, values) in enumerate(free.items(), start=2):
            self.state[name] = self._along(axis, values)
        for name, column in zip(names, zip(*rows, strict=True), strict=True):
            self.state[name] = self._along(len(self.shape) - 1, column)
        for number, (drug, component) in enumerate(protocol.components.items()):
            rung, before = (self._along(1, np.array([row[number][part] for row in ladder], int)) for part in (0, 1))
            self.state[f"rung.{drug}"], self.state[f"before.{drug}"] = rung, before
            self.state[f"held.{drug}"] = ((rung == 0) & (before > 0)).astype(float)
            self.state[f"on.{drug}"] = (rung > 0).astype(float)
            self.state[f"room.{drug}"] = (rung < component.top(component.ceiling)).astype(float)

    def _along(self, axis: int, values: npt.ArrayLike) -> np.ndarray:
        """Return values along one axis of the states."""
        return np.reshape(values, [-1 if place == axis else 1 for place in range(len(self.shape))])

    def _other_values(self, conditions: Sequence[Condition]) -> dict[str, list[float]]:
        """Return the values of every other number or question that a rule reads."""
        found: dict[str, list[float]] = {}
        ladders = ("rung", "before", "held", "on", "room")
        for one in conditions:
            if (
                one.of in (*STEERED, "te2_ratio")
                or one.of.partition(".")[0] in ladders
                or one.change
                or one.of_forecast
            ):
                continue
            if one.answer is not None:
                found[one.of] = [0.0, 1.0]
                continue
            limits = {x for other in conditions if other.of == one.of for x in other.limits}
            counts = implied_kind(one.of) == ImpliedKind.NUMBER or (
                one.of in QUANTITIES and QUANTITIES[one.of].kind == QuantityKind.SCORE
            )
            if counts:
                found[one.of] = sorted({x + d for x in limits for d in (-1.0, 0.0, 1.0) if x + d >= 0.0})
            else:
                found[one.of] = _points_between(limits, QUANTITIES[one.of].possible)
        return found

    def take(self, at: Sequence[int] | npt.NDArray[np.int64]) -> dict[str, np.ndarray]:
        """Return some of the states, by their numbers, as columns."""
        where = np.unravel_index(at, self.shape)
        return {name: np.broadcast_to(values, self.shape)[where] for name, values in self.state.items()}

    def first_rule(self, state: dict[str, np.ndarray] | None = None) -> Int[np.ndarray, "..."]:
        """Return the place of the first rule that holds in each state; -1 where none does."""
        state = self.state if state is None else state
        spoke = np.full(np.broadcast_shapes(*(np.shape(values) for values in state.values())), -1, dtype=np.int16)
        for place, rule in reversed(list(enumerate(self.rules))):
            np.copyto(spoke, place, where=holds(rule, state))
        return spoke

    def describe(self, at: int) -> str:
        """Return a state in words."""
        words = []
        for name, (value,) in self.take([at]).items():
            if name.partition(".")[0] not in ("on", "room", "before", "held"):
                unit = QUANTITIES[name].unit if name in QUANTITIES else ""
                told = "not told" if np.isnan(value) else f"{value:.4g}"
                words.append(f"{name.replace('_', ' ')} {told}" + (f" {unit}" if unit not in ("", "1") else ""))
        return ", ".join(words)


def forecast_values(conditions: Sequence[Condition], *, at_limits: bool = True) -> ForecastValues:
    """Return what a twin may tell: names, and values of all of them; the first row is that it tells nothing.

    Parameters
    ----------
    conditions : sequence of Condition
    at_limits : bool, optional
        Whether the limits themselves are there, or their two sides alone.
    """
    asked = {one.key: quantity_behind(one.of) for one in conditions if one.of_forecast}
    points = []
    for key, name in asked.items():
        limits = {limit for one in conditions if one.key == key for limit in one.limits}
        near = _points_between(limits, QUANTITIES[name].possible if name in QUANTITIES else (0.0, 1.0))
        points.append(near if at_limits else [x for x in near if x not in limits] or near)
    silent = (np.nan,) * len(points)
    return list(asked), [silent, *itertools.product(*points)] if points else [()]


def _places(component: Component) -> list[tuple[int, int]]:
    """Return every place on a ladder: (rung, rung before it was stopped)."""
    top = component.top(component.ceiling)
    on = [(rung, 0) for rung in range(1, top + 1)]
    off = [(0, before) for before in range(1, top + 1)]
    return [*on, *off, *([(0, 0)] if component.begin == 0 else [])]
