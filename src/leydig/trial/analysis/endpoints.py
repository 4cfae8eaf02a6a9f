"""The endpoints of a trial, arm by arm: levels, bands, semen, couples, safety, and how men went through it."""

from collections import Counter
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from leydig.analytes import ANALYTES, of_panel
from leydig.protocol.condition import compare
from leydig.protocol.protocol import Protocol
from leydig.protocol.reader import read_protocol
from leydig.protocol.semen import category
from leydig.protocol.vocabulary import Severity
from leydig.record.quantity import QUANTITIES
from leydig.trial.analysis.effect import primary
from leydig.trial.analysis.events import EVENTS
from leydig.trial.conduct.outcome import ArmResult
from leydig.trial.conduct.pregnancy import access_summary, pregnancy_by_cycle, pregnancy_share
from leydig.trial.design.design import Trial, month_day
from leydig.trial.run import TrialResult

__all__ = ["in_band", "levels_of", "trial_summary"]

NOTICE = ("virtual men of a model: semen, hematocrit, bone and symptoms are not validated, live births are not "
          "predicted; it prescribes nothing")  # fmt: skip


def trial_summary(ran: TrialResult) -> dict[str, Any]:
    """Return every endpoint as plain numbers and texts."""
    trial = ran.trial
    arms = {name: _arm(ran, name, outcome) for name, outcome in ran.arms.items()}
    return {
        "trial": trial.name, "title": trial.title, "seed": trial.seed, "days": trial.days,
        "enrolled_by": trial.enrolled_by, "region": trial.region, "kind": trial.kind, "screen": trial.screen,
        "design": trial.design, "draw": trial.draw,
        "flow": {"screened": ran.screened, "excluded": ran.excluded, "enrolled": trial.n},
        "arms": arms, "primary": primary(ran), "notice": NOTICE,
    }  # fmt: skip


def levels_of(outcome: ArmResult, name: str) -> Float[np.ndarray, "man time"]:
    """Return an analyte in its US unit, on the days of `Trial.grid`."""
    analyte = ANALYTES[name]
    return np.asarray(outcome.levels[name] * analyte.factor_to(analyte.us), dtype=float)


def in_band(outcome: ArmResult, plan: Protocol) -> Bool[np.ndarray, "man time"]:
    """Return whether every target of a protocol is met by the true levels, on the days of `Trial.grid`."""
    inside = np.ones(outcome.there.shape, dtype=bool)
    for target in plan.targets:
        values = levels_of(outcome, target.of)
        inside &= compare(target.band, values, values)[0]
    return inside


def _arm(ran: TrialResult, name: str, outcome: ArmResult) -> dict[str, Any]:
    trial = ran.trial
    arm = next(one for one in trial.arms if one.name == name)
    plan = read_protocol(arm.protocol or trial.enrolled_by, trial.region)
    there = outcome.there
    band = in_band(outcome, plan)
    cycles = trial.cycles[1:]
    return {
        "given": arm.protocol or arm.regimen or "nothing",
        "flow": _flow(outcome),
        "levels": {one: _levels(trial, outcome, one) for one in of_panel("endpoints")},
        "in_band": {str(month): _share(band, there, trial.grid_index(month)) for month in trial.months},
        "time_in_band": float((band & there)[:, cycles].sum() / max(there[:, cycles].sum(), 1)),
        "semen": _semen(outcome),
        "pregnant": {str(month): pregnancy_share(outcome, month_day(month)) for month in trial.months},
        "pregnant_by_cycle": pregnancy_by_cycle(trial, outcome),
        "insemination": access_summary(read_protocol(trial.enrolled_by, trial.region).insemination, outcome),
        "adverse_events": _events(outcome, plan),
        "alerts": outcome.count("alerts"),
        "decisions": outcome.count("decisions"),
        "targets": [f"{QUANTITIES[one.of].title}: {one.band}" for one in plan.targets],
    }


def _flow(outcome: ArmResult) -> dict[str, Any]:
    stopped = [rule for rule in outcome.stopped if rule]
    never = Counter(why for why, begun in zip(outcome.withheld, outcome.started, strict=True) if why and not begun)
    return {
        "assigned": len(outcome.numbers), "started": int(outcome.started.sum()),
        "not_started": dict(sorted(never.items())),
        "left": int(outcome.left.sum()), "not_solved": int(outcome.unsolved.sum()),
        "stopped": {rule: stopped.count(rule) for rule in sorted(set(stopped))},
        "completed": int(len(outcome.numbers) - outcome.left.sum() - outcome.unsolved.sum()),
        "visits": int(outcome.visits.sum()), "visits_missed": int(outcome.skipped.sum()),
    }  # fmt: skip


def _events(outcome: ArmResult, plan: Protocol) -> dict[str, Any]:
    """Return how many men had each adverse event, each man at his worst, and alerts by their severity."""
    worst = [dict(man) for man in outcome.events]
    found: dict[str, Any] = {
        name: {label: sum(man.get(name) == place for man in worst) for place, label in enumerate(labels, 1)}
        for name, labels in EVENTS.items()
    }
    severity = {rule.id: rule.severity for rule in plan.rules}
    highest = [max((severity[rule].weight for rule in man if rule in severity), default=-1)
               for man in outcome.alerts]  # fmt: skip
    found["alerts"] = {name: highest.count(place) for place, name in enumerate(Severity)}
    return found | {"men": len(worst), "liver": "the model has no liver: nothing is measured"}


def _levels(trial: Trial, outcome: ArmResult, name: str) -> dict[str, Any]:
    """Return mean, spread and quantiles of the men who are still there, by month."""
    values, found = levels_of(outcome, name), {}
    for month in trial.months:
        column = values[:, trial.grid_index(month)]
        good = column[~np.isnan(column)]
        if len(good):
            low, middle, high = np.quantile(good, [0.05, 0.5, 0.95])
            found[str(month)] = {"n": len(good), "mean": float(good.mean()), "sd": float(good.std()),
                                 "p5": float(low), "median": float(middle), "p95": float(high)}  # fmt: skip
    return {"unit": ANALYTES[name].us, "by_month": found}


def _share(band: Bool[np.ndarray, "man time"], there: Bool[np.ndarray, "man time"], column: int) -> float | None:
    count = int(there[:, column].sum())
    return float((band & there)[:, column].sum() / count) if count else None


def _semen(outcome: ArmResult) -> dict[str, Any]:
    """Return how many men gained or lost a category of measured sperm concentration."""
    known = ~np.isnan(outcome.after)
    steps = [category(float(b)) - category(float(a))
             for a, b in zip(outcome.before[known], outcome.after[known], strict=True)]  # fmt: skip
    return {
        "measured": int(known.sum()), "gained": sum(step > 0 for step in steps),
        "same": sum(step == 0 for step in steps), "lost": sum(step < 0 for step in steps),
        "note": "one low first count rises by itself: compare with the untreated arm",
    }  # fmt: skip
