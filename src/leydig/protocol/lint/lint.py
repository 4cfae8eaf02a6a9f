"""Lint: what a protocol promises is proved or refuted, state by state.

The states are those of `leydig.protocol.lint.states`, so each region in which the rules are constant is visited: the
line of a ratio crosses the plane of testosterone and estradiol, and its crossings with every limit are limits too. That
nothing is raised beside an alarm is proved in `leydig.protocol.lint.lint_safety`.
"""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Int

from leydig.errors import BadProtocol
from leydig.protocol.condition import Condition, compare
from leydig.protocol.lint.fault import Fault, FaultKind
from leydig.protocol.lint.lint_safety import safety
from leydig.protocol.lint.reads import unread_quantities
from leydig.protocol.lint.states import STEERED, StateGrid, forecast_values, holds, plane
from leydig.protocol.protocol import Component, Protocol, Rule, Target
from leydig.protocol.reader import load_protocol
from leydig.protocol.vocabulary import AskedRegimen, Certainty, Group, ReadingLevel, Verb, VisitAnchor
from leydig.protocol.works import STATUSES, UNUSABLE, work_of
from leydig.record.quantity import QUANTITIES

__all__ = ["lint", "lint_file"]

UNSURE = ("assumed",)


def lint_file(path: Path | str, region: str = "") -> list[Fault]:
    """Return the faults of a protocol file; one that cannot be read is one fault with its line."""
    try:
        return lint(load_protocol(path, region))
    except BadProtocol as error:
        return [Fault(FaultKind.UNREADABLE, (), str(error))]


def lint(protocol: Protocol) -> list[Fault]:
    """Return every fault of a protocol; none when every promise is kept.

    Parameters
    ----------
    protocol : Protocol
    """
    return [
        *_targets(protocol),
        *_contradictions(protocol),
        *_ladders(protocol),
        *_schedule(protocol),
        *_sources(protocol),
        *_evidence(protocol),
        *_unread_faults(protocol),
        *_states(protocol),
        *safety(protocol),
    ]


# Targets ------------------------------------------------------------------------------------------------


def _targets(protocol: Protocol) -> Iterator[Fault]:
    """Yield bands that hold nothing, and men who are on target and indicated at once."""
    by_name = {target.of: target for target in protocol.targets}
    conditions = [target.band for target in protocol.targets]
    indications = [rule for rule in protocol.of_group(Group.INDICATION) if _steers(rule)]
    conditions += [one for rule in indications for one in rule.conditions]
    points = plane(conditions)
    inside = np.ones(len(points["testosterone"]), dtype=bool)
    for target in protocol.targets:
        values = points.get(target.of)
        surely = _band(target) if values is None else compare(target.band, values, values)[0]
        inside &= surely
    if by_name and not inside.any():
        yield Fault(FaultKind.EMPTY_TARGET, tuple(by_name), "no man can be in all target bands at once. Widen a band.")
    for rule in indications:
        both = inside & holds(rule, points, is_baseline=True)
        if both.any():
            at = int(np.flatnonzero(both)[np.argmin(points["te2_ratio"][both])])
            yield Fault(
                FaultKind.JOINT_TARGET, (rule.id,),
                f"a man with testosterone {points['testosterone'][at]:.4g} ng/dL and estradiol "
                f"{points['estradiol'][at]:.4g} pg/mL (ratio {points['te2_ratio'][at]:.3g}) is on target and yet "
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


# Rules, ladders, visits ---------------------------------------------------------------------------------


def _contradictions(protocol: Protocol) -> Iterator[Fault]:
    """Yield rules whose conditions exclude each other."""
    for rule in protocol.rules:
        alone = [part for part in rule.when if isinstance(part, Condition)]
        for name, at, change in {(one.key, one.at, one.change) for one in alone}:
            same = [one for one in alone if (one.key, one.at, one.change) == (name, at, change)]
            lows = [x * one.scale for one in same for x in (one.at_least, one.above) if x is not None]
            highs = [x * one.scale for one in same for x in (one.at_most, one.below) if x is not None]
            answers = {one.answer for one in same if one.answer is not None}
            if len(answers) > 1 or (lows and highs and not _meets(same, max(lows), min(highs))):
                why = f"{rule.id} asks of {name} what cannot be at once. Widen or drop one of its conditions."
                yield Fault(FaultKind.NEVER_TRUE, (rule.id,), why)


def _meets(same: Sequence[Condition], low: float, high: float) -> bool:
    points = np.array([low, high, 0.5 * (low + high)])
    return bool(np.logical_and.reduce([np.asarray(compare(one, points, points)[0]) for one in same]).any())


def _ladders(protocol: Protocol) -> Iterator[Fault]:
    """Yield ladders that do not rise, ceilings below the first rung, and effects that cannot be."""
    for drug, one in protocol.components.items():
        if any(a >= b for a, b in itertools.pairwise(one.weekly_amounts)):
            weekly = ", ".join(f"{x:g}" for x in one.weekly_amounts)
            yield Fault(
                FaultKind.LADDER, (drug,), f"the rungs of {drug} give {weekly} {one.unit} a week. They must rise."
            )
        first = max(one.begin, 1)
        if one.top(one.ceiling) < first:
            yield Fault(
                FaultKind.LADDER,
                (drug,),
                f"the ceiling of {drug}, {one.ceiling:g} {one.unit} a week, is below the "
                f"rung on which it begins, {one.weekly_amounts[first - 1]:g}.",
            )
        steered = {rule.verb for rule in protocol.of_group(Group.TITRATION) if rule.component == drug}
        if Verb.STEP_UP in steered and not one.one_step:
            yield Fault(
                FaultKind.LADDER, (drug,), f"{drug} is stepped up, but one_step does not say what a step does. Add it."
            )


def _schedule(protocol: Protocol) -> Iterator[Fault]:
    """Yield windows that cannot be kept, and levels on which doses change but which no visit measures."""
    for visit in protocol.visits:
        if not visit.opens <= visit.day <= visit.closes <= visit.overdue:
            yield Fault(
                FaultKind.SCHEDULE,
                (visit.name,),
                f"visit {visit.name!r} opens on day {visit.opens}, is planned for "
                f"{visit.day}, closes on {visit.closes} and is overdue on {visit.overdue}. "
                "They must not descend.",
            )
        if visit.after == VisitAnchor.CHANGE and visit.opens < protocol.valid_after:
            yield Fault(
                FaultKind.SCHEDULE,
                (visit.name,),
                f"visit {visit.name!r} opens {visit.opens} days after a change, "
                f"but results count from day {protocol.valid_after}. Open it later.",
            )
    after_change = {name for visit in protocol.visits if visit.after == VisitAnchor.CHANGE for name in visit.panel}
    for name in protocol.titrates_on:
        if name not in after_change:
            yield Fault(
                FaultKind.UNMEASURED, (name,), f"doses change on {name}, which no visit after a change measures."
            )


def _sources(protocol: Protocol) -> Iterator[Fault]:
    """Yield rules that call an assumption seen, and texts that are empty."""
    for rule in protocol.rules:
        if (
            rule.certainty == Certainty.SEEN
            and {one.kind for one in rule.source} == set(UNSURE)
            and rule.group != Group.EVIDENCE
        ):
            yield Fault(
                FaultKind.UNSOURCED, (rule.id,), f"{rule.id} says 'seen', but its source is an assumption. Name one."
            )
        for level in ReadingLevel:
            if len(getattr(rule, level).split()) < 3:
                yield Fault(FaultKind.UNSOURCED, (rule.id,), f"{rule.id} has no {level} words. Write a sentence.")
    if protocol.review <= protocol.date:
        yield Fault(
            FaultKind.OVERDUE_REVIEW, (), f"review on {protocol.review} is not after {protocol.date}. Set a later day."
        )


def _evidence(protocol: Protocol) -> Iterator[Fault]:
    """Yield what stands on a work that supports nothing, and shares of men that he would read as his own chance."""
    named = [(one.id, one.source) for one in protocol.rules]
    named += [(one.of, one.source) for one in protocol.targets]
    named += [(one.of, one.source) for one in protocol.needs]
    named += [(one.of, one.source) for one in protocol.expected]
    named += [(one.name, one.source) for one in protocol.visits]
    named += [(one.drug, one.source) for one in protocol.components.values()]
    for name, sources in [*named, (protocol.name, protocol.source)]:
        for source in sources:
            work = work_of(source)
            if work is not None and work.status in UNUSABLE:
                why = f"{STATUSES[work.status]} ({work.note})"
                yield Fault(FaultKind.NO_EVIDENCE, (name,), f"{name} rests on {work.cite}: {why}. "
                            "Name the work that was read, or write 'assumed: why'.")  # fmt: skip
    for rule in protocol.of_group(Group.EVIDENCE):
        if "%" in rule.plain:
            yield Fault(
                FaultKind.PERSONAL_CHANCE,
                (rule.id,),
                f"{rule.id} tells the man a share of others in %, which he "
                "would read as his own chance. Say it in words; the number belongs in 'clinical'.",
            )


def _unread_faults(protocol: Protocol) -> Iterator[Fault]:
    """Yield what a record may hold and no rule reads."""
    for name in unread_quantities(protocol):
        yield Fault(FaultKind.UNREAD, (), f"a record may hold {name} ({QUANTITIES[name].title}), and no rule reads it. "
                    "Add a rule that does.")  # fmt: skip


# Every state --------------------------------------------------------------------------------------------


def _states(protocol: Protocol) -> Iterator[Fault]:
    """Yield gaps, rules that are never the advice, actions without effect, and oscillations."""
    rules = protocol.of_group(Group.TITRATION)
    if not rules:
        yield Fault(FaultKind.GAP, (), "the protocol has no titration rule. Write at least one.")
        return
    grid = StateGrid(protocol, rules)
    spoke = grid.first_rule()
    silent = spoke < 0
    if silent.any():
        yield Fault(
            FaultKind.GAP, (), f"no rule speaks to {grid.describe(int(np.argmax(silent)))}. Add a rule, or widen one."
        )
    heard = set(np.unique(spoke).tolist())
    for place, rule in enumerate(rules):
        if place not in heard:
            yield Fault(
                FaultKind.UNREACHABLE,
                (rule.id,),
                f"{rule.id} is never the advice: earlier rules always speak first. Move it up, or leave it out.",
            )
    yield from _idle_actions(protocol, rules, grid, spoke)
    yield from _oscillations(protocol, rules)


def _idle_actions(
    protocol: Protocol, rules: Sequence[Rule], grid: StateGrid, spoke: Int[np.ndarray, "..."]
) -> Iterator[Fault]:
    """Yield actions that change nothing where they are advised."""
    for place, rule in enumerate(rules):
        if rule.component not in protocol.components or rule.verb not in (Verb.STEP_UP, Verb.START, Verb.RESTART):
            continue
        component, at = protocol.components[rule.component], np.flatnonzero(spoke == place)
        rung, room, before = (grid.take(at)[f"{what}.{rule.component}"] for what in ("rung", "room", "before"))
        half = np.array([component.half(one) for one in range(len(component.rungs) + 1)])[before]
        idle = {"step up": (room == 0.0) | (rung == 0), "start": rung > 0, "restart": half == 0}[rule.verb]
        if idle.any():
            yield Fault(
                FaultKind.NO_EFFECT,
                (rule.id,),
                f"{rule.id} advises to {rule.then} where that changes nothing: "
                f"{grid.describe(int(at[np.argmax(idle)]))}. Ask for room, or for a rung.",
            )


def _oscillations(protocol: Protocol, rules: Sequence[Rule]) -> Iterator[Fault]:
    """Yield pairs of rules that can send a man up a rung and down again for ever, where forecasts come true."""
    most = [max(f, 1.0 / f) for one in protocol.components.values() for f in one.one_step.values()]
    names, rows = forecast_values([one for rule in rules for one in rule.conditions], at_limits=False)
    seen: set[tuple[int, int]] = set()
    for row in rows:
        grid = StateGrid(protocol, rules, *([max(most)] if most else []), forecasts=(names, [row]))
        for up, down, where in _ups_and_downs(protocol, grid):
            if (up, down) not in seen:
                seen.add((up, down))
                yield Fault(
                    FaultKind.OSCILLATION, (rules[up].id, rules[down].id),
                    f"{rules[up].id} raises {rules[up].component} at {grid.describe(where)}; one rung may then lead to "
                    f"{rules[down].id}, which lowers it again. Leave more room between the two.",
                )  # fmt: skip


def _ups_and_downs(protocol: Protocol, grid: StateGrid) -> Iterator[tuple[int, int, int]]:
    """Yield rules that raise, rules that may lower what one raised, and a state in which that begins."""
    rules, spoke = grid.rules, grid.first_rule()
    for drug, component in protocol.components.items():
        ups = [place for place, rule in enumerate(rules) if rule.then == f"step up {drug.replace('_', ' ')}"]
        downs = {place for place, rule in enumerate(rules)
                 if rule.component == drug and rule.verb in (Verb.STEP_DOWN, Verb.HOLD)}  # fmt: skip
        for up in ups:
            at = np.flatnonzero(spoke == up)
            before = grid.take(at)
            for factors in _effects(component):
                state = dict(before)
                for name, factor in factors.items():
                    state[name] = state[name] * factor
                state["te2_ratio"] = state["testosterone"] / state["estradiol"]
                state |= _forecasts_come_true(rules[up], state)
                state[f"rung.{drug}"] = state[f"rung.{drug}"] + 1
                state[f"room.{drug}"] = (state[f"rung.{drug}"] < component.top(component.ceiling)).astype(float)
                after = grid.first_rule(state)
                for down in downs & set(np.unique(after).tolist()):
                    yield up, down, int(at[np.argmax(after == down)])


def _forecasts_come_true(rule: Rule, state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return what is expected of what is given, once it is what the rule expected of its own advice."""
    advised = (one for one in rule.conditions if one.under == AskedRegimen.ADVISED and one.of in state)
    return {one.of: state[one.key] for one in advised}


def _effects(component: Component) -> Iterator[dict[str, float]]:
    """Yield what one rung up may do: no effect, the most, and steps between, for every level that it moves."""
    levels = [name for name in component.one_step if name in STEERED]
    spans = [np.geomspace(1.0, component.one_step[name], 5) for name in levels]
    for effect in itertools.product(*spans):
        yield dict(zip(levels, map(float, effect), strict=True))
