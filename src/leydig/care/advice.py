"""The one advice about the dose, and the rungs under it: urgent alerts first, then the protocol's own order."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

from leydig.care.finding import Finding
from leydig.care.protocol import Protocol, Rule
from leydig.care.speech import OWN, said_by, spoken
from leydig.care.view import View

__all__ = ["advised", "ladders"]

CHANGING = ("step up", "step down", "hold", "restart", "start", "stop")
AT_ONCE = ("step down", "hold", "stop", "stop all")  # safety does not wait for the least time between changes
WHY = {
    "contraindicated": "something speaks against it",
    "not now": "no criterion for it is met, or one against",
    "possible": "something that decides is not known yet",
}


def advised(
    view: View, protocol: Protocol, verdict: str, alerts: Sequence[Finding]
) -> tuple[Finding, dict[str, int]]:  # fmt: skip
    """Return the one advice, and the rung of each component under it.

    Parameters
    ----------
    view : View
    protocol : Protocol
    verdict : str
        Whether he is a candidate, or on treatment.
    alerts : sequence of Finding
        Alerts that hold; a critical one with an action goes before every other rule.
    """
    rungs = view.steps.rungs()
    if not view.begun:
        return _beginning(protocol, verdict, rungs)
    urgent = next((one for one in alerts if one.severity == "critical" and one.action), None)
    if urgent is not None and view.steps.treated:
        advice = replace(urgent, kind="advice", title=f"{urgent.title}: {urgent.action}")
        return advice, _after(view, protocol, urgent.action, rungs)
    for rule in protocol.of_group("stop", "titration"):
        held = view.holds(rule)
        if held.verdict:
            return _timed(view, protocol, spoken(view, rule, held), rule, rungs)
    text = "no rule of the protocol speaks to these results"
    return Finding("NO_RULE", "advice", "No advice", f"There is no advice: {text}.",
                   f"Continue unchanged and decide by hand: {text}.", f"Titration rules leave a gap: {text}.",
                   OWN, "proposal", "", "warning", "refer"), rungs  # fmt: skip


def _beginning(protocol: Protocol, verdict: str, rungs: dict[str, int]) -> tuple[Finding, dict[str, int]]:
    """Return the advice for a man who has not begun."""
    if verdict == "candidate":
        first = {drug: one.begin for drug, one in protocol.components.items()}
        given = str(protocol.regimen(first))
        return Finding(
            "START", "advice", "Start", f"The treatment that fits is {given}. Your clinician decides.",
            f"Start {given}; first control in its window. The clinician decides.",
            f"All criteria are met and the baseline is complete: start at the first rung, {given}.",
            said_by(protocol.source), "brief", "", "info", "start",
        ), first  # fmt: skip
    why = WHY[verdict]
    return Finding(
        "NOT_STARTED", "advice", "Do not start", f"Do not start now: {why}.",
        f"Do not start: {why}; see eligibility and what is missing.", f"Verdict {verdict!r}: {why}.",
        OWN, "proposal", "", "info", "request labs" if verdict == "possible" else "do not start",
    ), rungs  # fmt: skip


def _timed(
    view: View, protocol: Protocol, advice: Finding, rule: Rule, rungs: dict[str, int]
) -> tuple[Finding, dict[str, int]]:  # fmt: skip
    """Return the advice, or waiting where the last change is too near."""
    changed, after = view.steps.changed, _after(view, protocol, rule.then, rungs)
    wait = 0 if changed is None else protocol.minimum - (view.on - changed).days
    if after == rungs or rule.verb in AT_ONCE or wait <= 0:
        return advice, after
    until = view.on + dt.timedelta(wait)
    text = f"the dose was changed on {changed}; the next change is possible from {until}"
    return replace(
        advice, title=f"Wait: {rule.title.lower()}", plain=f"Nothing changes yet: {text}.",
        clinical=f"Continue: {rule.then} would follow, but {text}.", academic=f"Least time between changes: {text}.",
        severity="info", action="continue",
    ), rungs  # fmt: skip


def _after(view: View, protocol: Protocol, action: str, rungs: dict[str, int]) -> dict[str, int]:
    """Return the rungs after an action."""
    if action == "stop all":
        return dict.fromkeys(rungs, 0)
    verb = next((verb for verb in CHANGING if action.startswith(f"{verb} ")), "")
    drug = action.removeprefix(verb).strip().replace(" ", "_")
    if not verb or drug not in rungs:
        return rungs
    component, step = protocol.components[drug], view.steps.of[drug]
    highest = max(component.top(step.ceiling), step.rung)
    rung = {
        "step up": min(step.rung + 1, highest), "step down": component.lower(step.rung), "hold": 0, "stop": 0,
        "restart": component.half(step.before), "start": step.rung or max(component.begin, 1),
    }[verb]  # fmt: skip
    return rungs | {drug: rung}


def ladders(view: View, protocol: Protocol) -> Iterator[Finding]:
    """Yield where a man is on each ladder on which he is.

    Parameters
    ----------
    view : View
    protocol : Protocol
    """
    for drug, step in view.steps.of.items():
        if not step.amount:
            continue
        component, name = protocol.components[drug], drug.replace("_", " ")
        weekly = f"{step.amount:.4g} {component.unit} a week"
        place = f"rung {step.rung} of {len(component.rungs)}" + ("" if step.exact else ", between rungs")
        extra = " It needs compounding." if component.rungs[step.rung - 1].needs_compounding() else ""
        yield Finding(
            f"STEP_{drug.upper()}", "step", f"{name}: {weekly}", f"You take {weekly} of {name}.{extra}",
            f"{name}: {weekly}, {place}; ceiling {step.ceiling:g} {component.unit} a week.{extra}",
            f"{name}: {place} by its weekly amount, {weekly}.", said_by(component.source), component.certainty,
            severity="info" if step.amount <= step.ceiling * 1.000001 else "warning",
        )  # fmt: skip
