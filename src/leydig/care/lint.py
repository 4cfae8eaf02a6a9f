"""Lint: what a protocol promises is proved or refuted, state by state.

A state is a testosterone, an estradiol (their ratio follows), every other number that a titration rule
reads, and where each drug is on its ladder. Every number takes each limit that any rule names, and values
just below and just above, so each region in which the rules are constant is visited: the line of a ratio
crosses the plane of testosterone and estradiol, and its crossings with every limit are limits too.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from leydig.care.protocol import AnyOf, Component, Condition, Protocol, Rule, Target, compare
from leydig.care.protocol_file import load
from leydig.care.view import implied
from leydig.errors import BadProtocol
from leydig.man.quantity import QUANTITIES

__all__ = ["KINDS", "Fault", "lint", "lint_file"]

KINDS = ("unreadable", "gap", "joint target", "empty target", "oscillation", "unreachable", "never true", "ladder",
         "schedule", "unmeasured", "no effect", "unsourced", "overdue review")  # fmt: skip
EDGE = 1e-6  # how near a limit its sides are looked at, as a share
MOST = 8_000_000  # states that are visited at once
STEERED = ("testosterone", "estradiol")
UNSURE = ("assumed",)


@dataclass(frozen=True)
class Fault:
    """One fault of a protocol: its kind, the rules it concerns, and a state that shows it."""

    kind: str
    rules: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


def lint_file(path: Path | str, region: str = "") -> list[Fault]:
    """Return the faults of a protocol file; one that cannot be read is one fault with its line."""
    try:
        return lint(load(path, region))
    except BadProtocol as error:
        return [Fault("unreadable", (), str(error))]


def lint(protocol: Protocol) -> list[Fault]:
    """Return every fault of a protocol; none when every promise is kept.

    Parameters
    ----------
    protocol : Protocol
    """
    return [
        *_targets(protocol),
        *_never_true(protocol),
        *_ladders(protocol),
        *_schedule(protocol),
        *_sources(protocol),
        *_states(protocol),
    ]


# Targets ------------------------------------------------------------------------------------------------


def _targets(protocol: Protocol) -> Iterator[Fault]:
    """Yield bands that hold nothing, and men who are on target and indicated at once."""
    by_name = {target.of: target for target in protocol.targets}
    conditions = [target.band for target in protocol.targets]
    indications = [rule for rule in protocol.of_group("indication") if _steers(rule)]
    conditions += [one for rule in indications for one in rule.conditions]
    plane = _plane(conditions)
    inside = np.ones(len(plane["testosterone"]), dtype=bool)
    for target in protocol.targets:
        values = plane.get(target.of)
        surely = _band(target) if values is None else compare(target.band, values, values)[0]
        inside &= surely
    if by_name and not inside.any():
        yield Fault("empty target", tuple(by_name), "no man can be in all target bands at once. Widen a band.")
    for rule in indications:
        both = inside & _holds(rule, plane)
        if both.any():
            at = int(np.flatnonzero(both)[np.argmin(plane["te2_ratio"][both])])
            yield Fault(
                "joint target", (rule.id,),
                f"a man with testosterone {plane['testosterone'][at]:.4g} ng/dL and estradiol "
                f"{plane['estradiol'][at]:.4g} pg/mL (ratio {plane['te2_ratio'][at]:.3g}) is on target and yet "
                f"indicated by {rule.id}. Join the bands, such as a target for te2_ratio.",
            )  # fmt: skip


def _band(target: Target) -> bool:
    """Return whether a band holds anything."""
    limits = target.band
    low = max(x for x in (limits.at_least, limits.above, -np.inf) if x is not None)
    high = min(x for x in (limits.at_most, limits.below, np.inf) if x is not None)
    return bool(low <= high)


def _steers(rule: Rule) -> bool:
    names = {one.of for one in rule.conditions}
    return bool(names) and names <= {*STEERED, "te2_ratio"}


def _plane(conditions: Sequence[Condition], more: float = 1.0) -> dict[str, Any]:
    """Return representatives of every region of testosterone, estradiol and their ratio; `more` widens by a factor."""
    limits = {name: {x for one in conditions if one.of == name and not one.change for x in one.limits}
              for name in (*STEERED, "te2_ratio")}  # fmt: skip
    lowest, highest = (QUANTITIES[name].possible for name in STEERED)
    estradiol = limits["estradiol"] | {t / k for t in limits["testosterone"] for k in limits["te2_ratio"] if k > 0.0}
    rows: list[tuple[float, float]] = []
    for e in _between(estradiol, highest, more):
        testosterone = limits["testosterone"] | {k * e for k in limits["te2_ratio"]}
        rows += [(t, e) for t in _between(testosterone, lowest, more)]
    t, e = np.array(rows).T
    return {"testosterone": t, "estradiol": e, "te2_ratio": t / e}


def _between(limits: set[float], possible: tuple[float, float], more: float = 1.0) -> list[float]:
    """Return every limit and its two sides: between two limits no rule changes."""
    low, high = max(possible[0], 1e-6), possible[1]
    inside = {x * f for x in limits for f in (1.0, more, 1.0 / more) if low < x * f < high}
    sides = sorted(x * f for x in inside for f in (1.0 - EDGE, 1.0, 1.0 + EDGE))
    merged = [x for x, y in itertools.pairwise([*sides, np.inf]) if y > x * (1.0 + EDGE / 10.0)]
    return merged or [float(np.sqrt(low * high))]


def _holds(rule: Rule, state: dict[str, Any]) -> Any:
    """Return in which states all conditions of a rule hold; what a state does not say does not hold."""
    found: Any = np.ones(np.shape(next(iter(state.values()))), dtype=bool)
    for part in rule.when:
        conditions = part.conditions if isinstance(part, AnyOf) else (part,)
        found = found & np.logical_or.reduce([_one(one, state) for one in conditions])
    return found


def _one(condition: Condition, state: dict[str, Any]) -> Any:
    values = state.get(condition.of)
    if values is None or condition.change or condition.known is not None:
        return np.zeros(np.shape(next(iter(state.values()))), dtype=bool)
    if condition.answer is not None:
        return np.asarray(values == float(condition.answer))
    return compare(condition, values, values)[0]


# Rules, ladders, visits ---------------------------------------------------------------------------------


def _never_true(protocol: Protocol) -> Iterator[Fault]:
    """Yield rules whose conditions exclude each other."""
    for rule in protocol.rules:
        alone = [part for part in rule.when if isinstance(part, Condition)]
        for name, at, change in {(one.of, one.at, one.change) for one in alone}:
            same = [one for one in alone if (one.of, one.at, one.change) == (name, at, change)]
            lows = [x * one.scale for one in same for x in (one.at_least, one.above) if x is not None]
            highs = [x * one.scale for one in same for x in (one.at_most, one.below) if x is not None]
            answers = {one.answer for one in same if one.answer is not None}
            if len(answers) > 1 or (lows and highs and not _meets(same, max(lows), min(highs))):
                yield Fault("never true", (rule.id,), f"{rule.id} asks of {name} what cannot be at once. Correct it.")


def _meets(same: Sequence[Condition], low: float, high: float) -> bool:
    points = np.array([low, high, 0.5 * (low + high)])
    return bool(np.logical_and.reduce([compare(one, points, points)[0] for one in same]).any())


def _ladders(protocol: Protocol) -> Iterator[Fault]:
    """Yield ladders that do not rise, ceilings below the first rung, and effects that cannot be."""
    for drug, one in protocol.components.items():
        if any(a >= b for a, b in itertools.pairwise(one.weekly)):
            weekly = ", ".join(f"{x:g}" for x in one.weekly)
            yield Fault("ladder", (drug,), f"the rungs of {drug} give {weekly} {one.unit} a week. They must rise.")
        if one.ceiling < one.weekly[max(one.begin, 1) - 1] * (1.0 - 1e-9):
            yield Fault("ladder", (drug,), f"the ceiling of {drug}, {one.ceiling:g} {one.unit} a week, is below the "
                        f"rung on which it begins, {one.weekly[max(one.begin, 1) - 1]:g}.")  # fmt: skip
        steered = {rule.verb for rule in protocol.of_group("titration") if rule.component == drug}
        if len(one.rungs) > 1 and "step up" in steered and not one.one_step:
            yield Fault("ladder", (drug,), f"{drug} is stepped up, but one_step does not say what a step does. Add it.")


def _schedule(protocol: Protocol) -> Iterator[Fault]:
    """Yield windows that cannot be kept, and levels on which doses change but which no visit measures."""
    for visit in protocol.visits:
        if not visit.opens <= visit.day <= visit.closes <= visit.overdue:
            yield Fault("schedule", (visit.name,), f"visit {visit.name!r} opens on day {visit.opens}, is planned for "
                        f"{visit.day}, closes on {visit.closes} and is overdue on {visit.overdue}. "
                        "They must not descend.")  # fmt: skip
        if visit.after == "change" and visit.opens < protocol.valid_after:
            yield Fault("schedule", (visit.name,), f"visit {visit.name!r} opens {visit.opens} days after a change, "
                        f"but results count from day {protocol.valid_after}. Open it later.")  # fmt: skip
    after_change = {name for visit in protocol.visits if visit.after == "change" for name in visit.panel}
    for name in protocol.titrates_on:
        if name not in after_change:
            yield Fault("unmeasured", (name,), f"doses change on {name}, which no visit after a change measures.")


def _sources(protocol: Protocol) -> Iterator[Fault]:
    """Yield rules that call an assumption seen, and texts that are empty."""
    for rule in protocol.rules:
        if rule.certainty == "seen" and {one.kind for one in rule.source} == set(UNSURE) and rule.group != "evidence":
            yield Fault("unsourced", (rule.id,), f"{rule.id} says 'seen', but its source is an assumption. Name one.")
        for level in ("plain", "clinical", "academic"):
            if len(getattr(rule, level).split()) < 3:
                yield Fault("unsourced", (rule.id,), f"{rule.id} has no {level} words. Write a sentence.")
    if protocol.review <= protocol.date:
        yield Fault("overdue review", (), f"review on {protocol.review} is not after {protocol.date}. Set a later day.")


# Every state --------------------------------------------------------------------------------------------


def _states(protocol: Protocol) -> Iterator[Fault]:
    """Yield gaps, rules that are never the advice, actions without effect, and oscillations."""
    rules = protocol.of_group("titration")
    if not rules:
        yield Fault("gap", (), "the protocol has no titration rule. Write at least one.")
        return
    grid = _Grid(protocol, rules)
    spoke = grid.first()
    gaps = np.flatnonzero(spoke < 0)
    if len(gaps):
        yield Fault("gap", (), f"no rule speaks to {grid.shown(int(gaps[0]))}. Add a rule, or widen one.")
    heard = set(np.unique(spoke).tolist())
    for place, rule in enumerate(rules):
        if place not in heard:
            yield Fault("unreachable", (rule.id,), f"{rule.id} is never the advice: earlier rules always speak first. "
                        "Move it up, or leave it out.")  # fmt: skip
    yield from _idle(protocol, rules, grid, spoke)
    yield from _oscillating(protocol, rules)


class _Grid:
    """Representatives of every region of the state, as columns; `more` adds those a factor away."""

    def __init__(self, protocol: Protocol, rules: Sequence[Rule], more: float = 1.0) -> None:
        self.rules = rules
        conditions = [one for rule in rules for one in rule.conditions]
        plane = _plane(conditions, more)
        others = self._others(conditions)
        steps = [_places(component) for component in protocol.components.values()]
        ladder = list(itertools.product(*steps))
        free = list(itertools.product(*others.values()))
        size = len(plane["testosterone"]) * len(ladder) * len(free)
        if size > MOST:
            raise BadProtocol(f"the titration rules have {size} states; at most {MOST} can be visited. Simplify them.")
        sizes = (np.arange(count) for count in (len(plane["testosterone"]), len(ladder), len(free)))
        t, a, b = (part.ravel() for part in np.meshgrid(*sizes, indexing="ij"))
        self.state: dict[str, Any] = {name: values[t] for name, values in plane.items()}
        for number, name in enumerate(others):
            self.state[name] = np.array([row[number] for row in free])[b]
        for number, (drug, component) in enumerate(protocol.components.items()):
            rung = np.array([row[number][0] for row in ladder])[a]
            before = np.array([row[number][1] for row in ladder])[a]
            self.state[f"rung.{drug}"], self.state[f"before.{drug}"] = rung, before
            self.state[f"held.{drug}"] = ((rung == 0) & (before > 0)).astype(float)
            self.state[f"on.{drug}"] = (rung > 0).astype(float)
            self.state[f"room.{drug}"] = (rung < component.top(component.ceiling)).astype(float)

    def _others(self, conditions: Sequence[Condition]) -> dict[str, list[float]]:
        """Return the values of every other number or question that a rule reads."""
        found: dict[str, list[float]] = {}
        ladders = ("rung", "before", "held", "on", "room")
        for one in conditions:
            if one.of in (*STEERED, "te2_ratio") or one.of.partition(".")[0] in ladders or one.change:
                continue
            if one.answer is not None:
                found[one.of] = [0.0, 1.0]
                continue
            limits = {x for other in conditions if other.of == one.of for x in other.limits}
            counts = implied(one.of) == "number" or (one.of in QUANTITIES and QUANTITIES[one.of].kind == "score")
            if counts:
                found[one.of] = sorted({x + d for x in limits for d in (-1.0, 0.0, 1.0) if x + d >= 0.0})
            else:
                found[one.of] = _between(limits, QUANTITIES[one.of].possible)
        return found

    def first(self, state: dict[str, Any] | None = None) -> Any:
        """Return the place of the first rule that holds in each state; -1 where none does."""
        state = self.state if state is None else state
        spoke = np.full(len(state["testosterone"]), -1)
        for place, rule in enumerate(self.rules):
            spoke[(spoke < 0) & _holds(rule, state)] = place
        return spoke

    def shown(self, at: int) -> str:
        """Return a state in words."""
        words = []
        for name, values in self.state.items():
            value = float(values[at])
            if name.partition(".")[0] not in ("on", "room", "before", "held"):
                unit = QUANTITIES[name].unit if name in QUANTITIES else ""
                words.append(f"{name.replace('_', ' ')} {value:.4g}" + (f" {unit}" if unit not in ("", "1") else ""))
        return ", ".join(words)


def _places(component: Component) -> list[tuple[int, int]]:
    """Return every place on a ladder: (rung, rung before it was stopped)."""
    top = component.top(component.ceiling)
    on = [(rung, 0) for rung in range(1, top + 1)]
    off = [(0, before) for before in range(1, top + 1)]
    return [*on, *off, *([(0, 0)] if component.begin == 0 else [])]


def _idle(protocol: Protocol, rules: Sequence[Rule], grid: _Grid, spoke: Any) -> Iterator[Fault]:
    """Yield actions that change nothing where they are advised."""
    for place, rule in enumerate(rules):
        if rule.component not in protocol.components or rule.verb not in ("step up", "start", "restart"):
            continue
        rung = grid.state[f"rung.{rule.component}"][spoke == place]
        room = grid.state[f"room.{rule.component}"][spoke == place]
        before = grid.state[f"before.{rule.component}"][spoke == place]
        half = np.array([protocol.components[rule.component].half(int(one)) for one in before])
        idle = {"step up": (room == 0.0) | (rung == 0), "start": rung > 0, "restart": half == 0}[rule.verb]
        if idle.any():
            at = int(np.flatnonzero(spoke == place)[np.flatnonzero(idle)[0]])
            yield Fault("no effect", (rule.id,), f"{rule.id} advises to {rule.then} where that changes nothing: "
                        f"{grid.shown(at)}. Ask for room, or for a rung.")  # fmt: skip


def _oscillating(protocol: Protocol, rules: Sequence[Rule]) -> Iterator[Fault]:
    """Yield pairs of rules that can send a man up a rung and down again for ever."""
    most = [max(f, 1.0 / f) for one in protocol.components.values() for f in one.one_step.values()]
    grid = _Grid(protocol, rules, max(most, default=1.0))
    spoke = grid.first()
    for drug, component in protocol.components.items():
        ups = [place for place, rule in enumerate(rules) if rule.then == f"step up {drug.replace('_', ' ')}"]
        downs = {place for place, rule in enumerate(rules)
                 if rule.component == drug and rule.verb in ("step down", "hold")}  # fmt: skip
        for up in ups:
            seen: set[int] = set()
            at = np.flatnonzero(spoke == up)
            for factors in _effects(component):
                state = {name: values[at] for name, values in grid.state.items()}
                for name, factor in factors.items():
                    state[name] = state[name] * factor
                state["te2_ratio"] = state["testosterone"] / state["estradiol"]
                state[f"rung.{drug}"] = state[f"rung.{drug}"] + 1
                state[f"room.{drug}"] = (state[f"rung.{drug}"] < component.top(component.ceiling)).astype(float)
                after = grid.first(state)
                for down in downs & set(np.unique(after).tolist()) - seen:
                    seen.add(down)
                    where = int(at[np.flatnonzero(after == down)[0]])
                    yield Fault(
                        "oscillation", (rules[up].id, rules[down].id),
                        f"{rules[up].id} raises {drug} at {grid.shown(where)}; one rung may then lead to "
                        f"{rules[down].id}, which lowers it again. Leave more room between the two.",
                    )  # fmt: skip


def _effects(component: Component) -> Iterator[dict[str, float]]:
    """Yield what one rung up may do: no effect, the most, and steps between, for every level that it moves."""
    levels = [name for name in component.one_step if name in STEERED]
    spans = [np.geomspace(1.0, component.one_step[name], 5) for name in levels]
    for effect in itertools.product(*spans):
        yield dict(zip(levels, map(float, effect), strict=True))
