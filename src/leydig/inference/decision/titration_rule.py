"""From a frontier to a rule: a ladder with limits of the next step, as a protocol file.

The ladder holds the doses of one drug that were looked at, the least first, each of which moves the median of
testosterone farther than the one below it. It begins at the one that was chosen, or, where none keeps the bounds, at
the one that harms least. A step up is advised where the protocol that is extended advises it, but only on readings
from which, over the same men, the next rung keeps the bound::

    estradiol ≥ x    the least x ≥ floor/f_E  with  P(estradiol at rung r+1 < floor | read at r ≥ x) ≤ p_floor for all r
    testosterone ≤ y the most y ≤ most/f_T    with  P(testosterone at r+1 > most | read at r ≤ y) ≤ p_floor for all r

``f`` is by what factor one rung changes a level in all but `TAIL` of the men: what `leydig protocol lint` proves the
ladder with. Of a drug that raises estradiol none is asked before a step up. Readings are true levels with the scatter
of a result.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float

from leydig import checks
from leydig.analytes import ANALYTES
from leydig.errors import OutOfRange
from leydig.inference.decision.optimize import FEWEST, DosePoint, Optimum
from leydig.man.sample import noise_of
from leydig.protocol.condition import AnyOf, Condition
from leydig.protocol.protocol import Protocol, Rule
from leydig.protocol.reader import names, read_protocol
from leydig.protocol.vocabulary import AskedDay, AskedRegimen, Group, Verb
from leydig.record.quantity import QUANTITIES
from leydig.regimen import Regimen
from leydig.streams import stream
from leydig.units import DAYS_PER_YEAR

__all__ = ["TitrationRule", "titration_rule"]

TAIL = 0.05  # share of men in whom a rung may do more than the ladder says
LEAST_EFFECT = 0.01  # of a rung, on any level
FEW = 20  # men above or below a limit, from which a chance is told
GRID = {"estradiol": np.arange(15.0, 121.0, 1.0), "testosterone": np.arange(1000.0, 295.0, -5.0)}


@dataclass(frozen=True)
class TitrationRule:
    """A ladder with its limits.

    Attributes
    ----------
    base : str
        The protocol that is extended.
    drug : str
    rungs : tuple of str
    begin : int
        Counted from 1.
    least_estradiol : float
        That is read, from which the dose is raised [pg/mL]; 0 of a drug that raises it.
    most_testosterone : float
        That is read, up to which it is [ng/dL].
    one_step : dict of str to float
        By what factor one rung changes a level at most.
    text : str
        The protocol file.
    """

    base: str
    drug: str
    rungs: tuple[str, ...]
    begin: int
    least_estradiol: float
    most_testosterone: float
    one_step: dict[str, float]
    text: str


def titration_rule(optimum: Optimum, base: str = "", seed: int = 1, on: dt.date | None = None) -> TitrationRule:
    """Return the ladder of the drug that was chosen, as a protocol that extends a shipped one.

    Parameters
    ----------
    optimum : Optimum
        Over men of a population; of one man's twin the ladder is his own.
    base : str, optional
        A shipped protocol whose ladder of the drug is replaced; one that has the drug, when left out.
    seed : int, optional
        Of the readings.
    on : datetime.date, optional
        The date of the file; today when left out.

    Raises
    ------
    OutOfRange
        When the drug has fewer than two rungs, or no shipped protocol steps it up.
    UnknownName
        When there is no such protocol.
    """
    seed, day = checks.seed_number(seed), dt.date.today() if on is None else checks.date(on, "date of the file")
    drug = _drug(optimum)
    plan = read_protocol(base or _base_of(drug))
    rule = _step_up(plan, drug)
    points = _ladder(optimum, drug, plan.components[drug].ceiling)
    steps = {name: _one_step(points, name) for name in ("estradiol", "testosterone")}
    read = {name: [_reading(one, name, seed) for one in points] for name in steps}
    floor = min((limit for one in optimum.aims.floor for limit in one.limits), default=0.0)
    most = max((limit for one in optimum.aims.targets if one.of == "testosterone" for limit in one.limits), default=1e9)
    estradiol = 0.0
    if steps["estradiol"] < 1.0:
        estradiol = _limit(points, "estradiol", read, floor / steps["estradiol"], floor, optimum.floor_chance)
    testosterone = _limit(points, "testosterone", read, most / max(steps["testosterone"], 1.0), most,
                          optimum.floor_chance)  # fmt: skip
    mildest = min(points, key=lambda one: (one.below_floor + one.above_limit, -one.goal))
    first = optimum.choice if any(one is optimum.choice for one in points) else mildest
    begin = next(place for place, one in enumerate(points, 1) if one is first)
    rungs = tuple(str(one.regimen) for one in points)
    found = TitrationRule(plan.name, drug, rungs, begin, estradiol, testosterone, steps, "")
    return replace(found, text=_file(found, plan, rule, optimum, day))


def _drug(optimum: Optimum) -> str:
    """Return the drug that by itself does most good within the bounds, or most good at all."""
    single = [one for one in optimum.points if len(one.regimen.drugs) == 1]
    best = [one for one in single if one.is_allowed] or single
    if not best:
        raise OutOfRange("got no option of one drug; expected some for a ladder. Optimize over one drug.")
    return best[0].regimen.drugs[0]


def _ladder(optimum: Optimum, drug: str, ceiling: float) -> list[DosePoint]:
    """Return the rungs up to a ceiling: for each weekly amount the best option that does more than the rung below."""
    by_amount: dict[float, list[DosePoint]] = {}
    for one in optimum.points:
        if one.regimen.drugs == (drug,) and (weekly := float(one.regimen.weekly_total()[drug][0])) <= ceiling:
            by_amount.setdefault(weekly, []).append(one)
    rungs: list[DosePoint] = []
    for weekly in sorted(by_amount):
        more = (one for one in by_amount[weekly] if not rungs or _median(one) > _median(rungs[-1]))
        rungs += [one for one in (next(more, None),) if one is not None]
    if len(rungs) < FEWEST:
        raise OutOfRange(f"got {len(rungs)} doses of {drug} of at most {ceiling:g} a week that rise in effect; "
                         f"expected at least {FEWEST} for a ladder. Give more options.")  # fmt: skip
    return rungs


def _median(one: DosePoint) -> float:
    return float(np.nanmedian(one.levels["testosterone"]))


def _base_of(drug: str) -> str:
    known = [(sum(one.begin > 0 for one in plan.components.values()), plan.name)
             for plan in map(read_protocol, names())
             if drug in plan.components and plan.components[drug].begin and any(_rules_up(plan, drug))]  # fmt: skip
    if not known:
        raise OutOfRange(f"got {drug}, which no shipped protocol steps up; expected a drug that one does, such as "
                         "anastrozole or clomiphene. Write the ladder by hand.")  # fmt: skip
    return min(known)[1]


def _rules_up(plan: Protocol, drug: str) -> Iterator[Rule]:
    for rule in plan.of_group(Group.TITRATION):
        if rule.verb == Verb.STEP_UP and rule.component == drug:
            yield rule


def _step_up(plan: Protocol, drug: str) -> Rule:
    found = list(_rules_up(plan, drug))
    if not found:
        raise OutOfRange(f"got protocol {plan.name!r}, which never steps {drug} up; expected one that does. Name it.")
    return found[-1]


def _usual_levels(one: DosePoint, name: str) -> Float[np.ndarray, " man"]:
    return one.levels[name] * ANALYTES[name].factor_to(QUANTITIES[name].unit)


def _reading(one: DosePoint, name: str, seed: int) -> Float[np.ndarray, " man"]:
    """Return what a laboratory reads of each man, in the unit of the quantity; the same scatter on every rung."""
    noise, true = noise_of(name), _usual_levels(one, name)
    scatter = stream(seed, f"reading of {name}").standard_normal(len(true))
    return np.asarray(true * np.exp(noise * scatter - 0.5 * noise**2))


def _one_step(points: list[DosePoint], name: str) -> float:
    """Return by what factor one rung changes a level in all but a few men, the strongest rung."""
    ratios = [np.log(_usual_levels(up, name) / _usual_levels(low, name)) for low, up in pairwise(points)]
    solved = [one[np.isfinite(one)] for one in ratios]
    falls = np.median(np.concatenate(solved)) < 0.0
    most = (
        min(np.quantile(one, TAIL) for one in solved) if falls else max(np.quantile(one, 1.0 - TAIL) for one in solved)
    )
    least = np.log(1.0 - LEAST_EFFECT) if falls else np.log(1.0 + LEAST_EFFECT)
    factor = float(np.exp(min(most, least) if falls else max(most, least)))
    return float(np.floor(100.0 * factor) / 100.0 if falls else np.ceil(100.0 * factor) / 100.0)


def _limit(
    points: list[DosePoint], name: str, read: dict[str, list[Float[np.ndarray, " man"]]], sure: float, bound: float,
    chance: float,
) -> float:  # fmt: skip
    """Return the first limit of a reading from which the next rung keeps the bound; `sure` or beyond it."""
    below = name == "estradiol"
    for limit in GRID[name]:
        if (limit < sure) if below else (limit > sure):
            continue
        if all(_keeps(reading, _usual_levels(up, name), limit, bound, below, chance)
               for reading, up in zip(read[name][:-1], points[1:], strict=True)):  # fmt: skip
            return float(limit)
    return float(GRID[name][-1])


def _keeps(
    read: Float[np.ndarray, " man"], after: Float[np.ndarray, " man"], limit: float, bound: float, below: bool,
    chance: float,
) -> bool:  # fmt: skip
    raised = np.isfinite(after) & ((read >= limit) if below else (read <= limit))
    harmed = (after < bound) if below else (after > bound)
    return bool(raised.sum() < FEW or harmed[raised].mean() <= chance)


# The file ---------------------------------------------------------------------------------------------


def _file(found: TitrationRule, plan: Protocol, rule: Rule, optimum: Optimum, day: dt.date) -> str:
    """Return the protocol file."""
    component = plan.components[found.drug]
    review = day + dt.timedelta(round(DAYS_PER_YEAR))
    men = max(one.men for one in optimum.points)
    why = (f"assumed: worked out over {men} virtual men, goal {optimum.goal}, week {optimum.week:g}, "
           f"P(below the floor) at most {optimum.floor_chance:g}, estradiol by {optimum.estradiol_assay}")  # fmt: skip
    when = [_limit_condition(part, found) for part in rule.when]
    have = {part.of for part in when if isinstance(part, Condition)}
    when += [one for one in _limits(found) if one.of not in have]
    limits = (
        f"estradiol at least {found.least_estradiol:g} pg/mL, testosterone at most {found.most_testosterone:g} ng/dL"
    )
    steps = ", ".join(f"{name} = {factor:g}" for name, factor in found.one_step.items())
    lines = [
        f'extends = "{plan.name}"',
        f'title = "{plan.title}: ladder by simulation"',
        'version = "1.0.0"',
        f"date = {day.isoformat()}",
        f"review = {review.isoformat()}",
        f'source = "{why}"',
        "",
        f"[component.{found.drug}]",
        "rungs = [" + ", ".join(f'"{one}"' for one in found.rungs) + "]",
        f"begin = {found.begin if component.begin else 0}",
        f"ceiling = {_highest_amount(found):g}",
        f"one_step = {{ {steps} }}",
        f'source = "{why}"',
        'certainty = "proposal"',
        "",
        "[[rule]]",
        f'id = "{rule.id}"',
        "when = [" + ", ".join(map(_condition_text, when)) + "]",
        f'academic = "The next rung keeps the bounds in virtual men with {limits}."',
        f'source = "{why}"',
        'certainty = "proposal"',
        "",
    ]
    return "\n".join(lines)


def _highest_amount(found: TitrationRule) -> float:
    return float(Regimen(found.rungs[-1]).weekly_total()[found.drug][0])


def _limits(found: TitrationRule) -> tuple[Condition, ...]:
    most = Condition("testosterone", at_most=found.most_testosterone, unit="ng/dL")
    if not found.least_estradiol:
        return (most,)
    return (Condition("estradiol", at_least=found.least_estradiol, unit="pg/mL"), most)


def _limit_condition(part: Condition | AnyOf, found: TitrationRule) -> Condition | AnyOf:
    """Return a condition of the step up with its limit where the simulation has it."""
    if not isinstance(part, Condition) or part.at != AskedDay.LATEST or part.change:
        return part
    limits = {one.of: one for one in _limits(found)}
    if part.of == "estradiol" and part.at_least is not None:
        return limits.get(part.of, part)
    if part.of == "testosterone" and (part.at_most is not None or (part.below or 0.0) > found.most_testosterone):
        return limits[part.of]
    return part


def _condition_text(part: Condition | AnyOf) -> str:
    """Return a condition as a protocol file writes it."""
    if isinstance(part, AnyOf):
        return "{ any = [" + ", ".join(map(_condition_text, part.conditions)) + "] }"
    keys: dict[str, Any] = {"of": f'"{part.of}"'}
    for name in ("below", "above", "at_least", "at_most"):
        if getattr(part, name) is not None:
            keys[name] = f"{getattr(part, name):g}"
    if part.answer is not None:
        keys["is"] = str(part.answer).lower()
    if part.unit:
        keys["unit"] = f'"{part.unit}"'
    if part.at != AskedDay.LATEST:
        keys["at"] = f'"{part.at}"'
    if part.under != AskedRegimen.GIVEN:
        keys["under"] = f'"{part.under}"'
    if part.times > 1:
        keys["times"] = str(part.times)
    if part.change or part.known is not None or part.result:
        raise OutOfRange(
            f"got the condition {part}; expected levels and answers of the last day. Write the ladder by hand."
        )
    return "{ " + ", ".join(f"{name} = {value}" for name, value in keys.items()) + " }"
