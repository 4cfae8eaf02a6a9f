"""The one advice about the dose, and the rungs under it; `leydig.assessment.precedence` says what is said first."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from leydig.assessment.facts.facts import Facts
from leydig.assessment.facts.value import Evaluation
from leydig.assessment.finding import Finding, FindingKind, Reason, Verdict
from leydig.assessment.precedence import Block
from leydig.assessment.wording import OWN, rule_finding, source_texts
from leydig.protocol.implied import short_title
from leydig.protocol.protocol import Protocol, Rule
from leydig.protocol.vocabulary import REDUCING, Certainty, Group, Rank, Severity, Verb

__all__ = ["Advice", "advise_change", "advise_instead", "advise_start", "ladders", "withhold_reason"]


@dataclass(frozen=True)
class Advice:
    """What is advised.

    Attributes
    ----------
    finding : Finding
    rungs : dict of str to int
        The rung of each component under it.
    verb : str
        Empty where nothing changes.
    """

    finding: Finding
    rungs: dict[str, int]
    verb: str = ""


def advise_start(protocol: Protocol) -> Advice:
    """Return the advice to start, for a candidate."""
    first = {drug: one.begin for drug, one in protocol.components.items()}
    given = str(protocol.regimen(first))
    finding = Finding(
        "START", FindingKind.ADVICE, "Start", f"The treatment that fits is {given}. Your clinician decides.",
        f"Start {given}; first control in its window. Goal: {protocol.goal} The clinician decides.",
        f"All criteria are met and the baseline is complete: start at the first rung, {given}.",
        source_texts(protocol.source), Certainty.BRIEF, "", Severity.INFO, Verb.START,
    )  # fmt: skip
    return Advice(finding, first, Verb.START)


def withhold_reason(view: Facts, verdict: str, reasons: Sequence[Reason], blocks: Sequence[Block]) -> Advice:
    """Return the advice not to start: the weightiest reason speaks first, in its own words.

    Parameters
    ----------
    view : View
    verdict : str
    reasons : sequence of Reason
        In order.
    blocks : sequence of Block
        In order; those that block a start.
    """
    why = "; ".join(one.title.rstrip(".") for one in reasons) or "nothing speaks for it"
    first = blocks[0].finding if blocks else None
    stop = _must_stop_others(view, blocks)
    also = f" Stop what is given: {view.steps.others}." if stop else ""
    finding = Finding(
        "NOT_STARTED", FindingKind.ADVICE, f"Do not start: {reasons[0].title}" if reasons else "Do not start",
        (f"{first.plain} " if first else "") + f"Nothing is started now: {why}.{also}",
        f"Nothing is started now. Why: {why}.{also}" + (f" {first.clinical}" if first else ""),
        f"Verdict {verdict!r}: {why}.{also}" + (f" {first.academic}" if first else ""),
        first.source if first else OWN, first.certainty if first else Certainty.PROPOSAL, "",
        first.severity if first else Severity.INFO,
        Verb.REQUEST_LABS if verdict == Verdict.POSSIBLE else "do not start",
    )  # fmt: skip
    return Advice(finding, view.steps.rungs(), Verb.STOP_ALL if stop else "")


def _must_stop_others(view: Facts, blocks: Sequence[Block]) -> bool:
    """Return whether what is given beside the protocol is to be stopped, by a critical alert on what is given now."""
    given = bool(view.steps.others.doses)
    return given and any(
        one.rank == Rank.CRITICAL_ALERT and one.finding.action == Verb.STOP_ALL and not one.finding.under
        for one in blocks
    )


def advise_change(view: Facts, protocol: Protocol, alerts: Sequence[Finding]) -> Advice:
    """Return the advice for a man who has begun, before anything blocks it.

    Parameters
    ----------
    view : View
    protocol : Protocol
    alerts : sequence of Finding
        Alerts that hold; a critical one with an action goes before every rule.
    """
    rungs = view.steps.rungs()
    urgent = next((one for one in alerts if one.severity == Severity.CRITICAL and one.action), None)
    if urgent is not None and view.steps.is_treated:
        finding = replace(urgent, kind=FindingKind.ADVICE, title=f"{urgent.title}: {urgent.action}")
        return Advice(finding, view.steps.rungs_after(urgent.action, protocol), urgent.action)
    for rule in protocol.of_group(Group.STOP, Group.TITRATION):
        held = view.holds(rule)
        if held.verdict and not _is_answered(view, rule, held):
            return _delay_advice(view, protocol, rule_finding(view, rule, held), rule, rungs)
    text = "no rule of the protocol speaks to these results"
    return Advice(Finding("NO_RULE", FindingKind.ADVICE, "No advice", f"There is no advice: {text}.",
                          f"Continue unchanged and decide by hand: {text}.", f"Titration rules leave a gap: {text}.",
                          OWN, Certainty.PROPOSAL, "", Severity.WARNING, Verb.REFER), rungs)  # fmt: skip


def _is_answered(view: Facts, rule: Rule, held: Evaluation) -> bool:
    """Return whether a step down was already made on these results: they are no newer than the last one."""
    falls = view.steps.falls.get(rule.component, ())
    days = [day for _, _, day in held.inputs if day]
    return rule.verb == Verb.STEP_DOWN and bool(falls and days) and max(days) <= falls[-1].isoformat()


def _delay_advice(view: Facts, protocol: Protocol, advice: Finding, rule: Rule, rungs: dict[str, int]) -> Advice:
    """Return the advice, or waiting where the last change is too near."""
    changed, after = view.steps.changed, view.steps.rungs_after(rule.then, protocol)
    until = dt.date.min if changed is None else changed + dt.timedelta(protocol.minimum)
    if after == rungs or rule.verb in REDUCING or until <= view.on:
        return Advice(advice, after, rule.verb)
    text = f"the dose was changed on {changed}; the next change is possible from {until}"
    return Advice(replace(
        advice, title=f"Wait: {rule.title.lower()}", plain=f"Nothing changes yet: {text}.",
        clinical=f"Continue: {rule.then} would follow, but {text}.", academic=f"Least time between changes: {text}.",
        severity=Severity.INFO, action=Verb.CONTINUE,
    ), rungs)  # fmt: skip


def advise_instead(view: Facts, advice: Advice, blocks: Sequence[Block]) -> Advice:
    """Return what is advised in place of a rise that is blocked: nothing is raised, and the reason is said.

    Parameters
    ----------
    view : View
    advice : Advice
        The rise that would have followed.
    blocks : sequence of Block
        In order; those that block it.
    """
    first, then = blocks[0].finding, advice.finding
    why = "; ".join(one.finding.title for one in blocks)
    labs = first.action == Verb.REQUEST_LABS
    finding = replace(
        first, kind=FindingKind.ADVICE, title=f"Not raised: {first.title}",
        plain=f"The dose is not raised now. {first.plain}",
        clinical=f"No rise now ({why}). {then.rule} would advise to {then.action}. {first.clinical}",
        academic=f"Blocked ({why}): {then.rule}, {then.action}. {first.academic}",
        severity=max(first.severity, Severity.WARNING, key=list(Severity).index),
        action=Verb.REQUEST_LABS if labs else Verb.CONTINUE, under="",
    )  # fmt: skip
    return Advice(finding, view.steps.rungs())


def ladders(view: Facts, protocol: Protocol) -> Iterator[Finding]:
    """Yield where a man is on each ladder on which he is.

    Parameters
    ----------
    view : View
    protocol : Protocol
    """
    for drug, step in view.steps.of.items():
        if not step.amount:
            continue
        component, name = protocol.components[drug], short_title(drug)
        weekly = f"{step.amount:.4g} {component.unit} a week"
        place = f"rung {step.rung} of {len(component.rungs)}" + ("" if step.exact else ", between rungs")
        extra = " It needs compounding." if component.rungs[step.rung - 1].needs_compounding() else ""
        yield Finding(
            f"STEP_{drug.upper()}", FindingKind.STEP, f"{name}: {weekly}", f"You take {weekly} of {name}.{extra}",
            f"{name}: {weekly}, {place}; ceiling {step.ceiling:g} {component.unit} a week.{extra}",
            f"{name}: {place} by its weekly amount, {weekly}.", source_texts(component.source), component.certainty,
            severity=Severity.INFO if step.amount <= step.ceiling * 1.000001 else Severity.WARNING,
        )  # fmt: skip
