"""What a page of a report tells of: one man, the protocol as it holds for him, and what was found, in words."""

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass

from leydig.analytes import ANALYTES
from leydig.assessment.facts.facts import Facts
from leydig.assessment.finding import Assessment, Finding, FindingKind, Status
from leydig.assessment.visits import Due, due_visits
from leydig.errors import LeydigWarning
from leydig.protocol.implied import short_title
from leydig.protocol.override import apply_overrides
from leydig.protocol.protocol import Protocol
from leydig.protocol.vocabulary import Severity, Verb
from leydig.record.quantity import QUANTITIES
from leydig.record.record import Record
from leydig.regimen import Regimen
from leydig.regimen.words import NOTHING

__all__ = [
    "ReportCase",
    "alarms",
    "by_severity",
    "case_of",
    "dose_words",
    "given_regimen",
    "name_of",
    "value_in_usual_units",
]

OTHER_UNIT = {"prolactin": "mIU/L", "ldl": "mmol/L", "bilirubin": "umol/L", "hemoglobin": "g/L"}
_VALUE = re.compile(r"(?P<sign>[<>]?)(?P<value>\d+(?:\.\d+)?(?:e[-+]\d+)?) (?P<unit>\S+)(?P<rest>.*)")
STOPPING: dict[str, str] = {Verb.HOLD: "Hold", Verb.STOP: "Stop"}


@dataclass(frozen=True)
class ReportCase:
    """What a page tells of."""

    record: Record
    plan: Protocol
    view: Facts
    found: Assessment
    due: tuple[Due, ...]


def case_of(record: Record, plan: Protocol, assessment: Assessment) -> ReportCase:
    """Return what a page tells of, with the numbers that were set for this man."""
    own = apply_overrides(plan, record.overrides)
    view = Facts(record, own, assessment.on)
    return ReportCase(record, own, view, assessment, tuple(due_visits(view, own, assessment.now != assessment.next)))


def name_of(plan: Protocol) -> str:
    """Return name, version and review of a protocol."""
    return f"{short_title(plan.name)} {plan.version}, to be reviewed by {plan.review}"


def value_in_usual_units(name: str, text: str) -> str:
    """Return a value as it was recorded, and beside it in the other units in which it is usual.

    Parameters
    ----------
    name : str
    text : str
        Such as ``"<5 pg/mL"``; what holds no value and unit stays as it is.
    """
    read = _VALUE.fullmatch(text)
    if name not in QUANTITIES or read is None or read["unit"] not in QUANTITIES[name].units:
        return text
    quantity = QUANTITIES[name]
    own = float(read["value"]) * quantity.factor_from(read["unit"])
    usual = (ANALYTES[name].us, ANALYTES[name].si) if name in ANALYTES else (quantity.unit, OTHER_UNIT.get(name, ""))
    same = quantity.factor_from(read["unit"])
    others = [
        one
        for one in dict.fromkeys(usual)
        if one not in ("", "1") and abs(quantity.factor_from(one) / same - 1.0) > 1e-9
    ]
    shown = [f"{read['sign']}{own / quantity.factor_from(one):.3g} {one}{quantity.conversion_words(read['unit'], one)}"
             for one in others]  # fmt: skip
    return f"{text} ({', '.join(shown)})" if shown else text


def alarms(assessment: Assessment) -> tuple[Finding, ...]:
    """Return what stands above everything: critical alerts, and critical criteria that are met."""
    critical = [one for one in (*assessment.of(FindingKind.ALERT), *assessment.of(FindingKind.ELIGIBILITY))
                if one.severity == Severity.CRITICAL and one.status in ("", Status.MET)]  # fmt: skip
    return tuple({one.rule: one for one in critical}.values())


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings, the most severe first."""
    return sorted(findings, key=lambda one: -one.severity.weight)


def given_regimen(text: str) -> Regimen:
    """Return the regimen of a text of an assessment."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeydigWarning)  # the findings speak of doses above their label
        return Regimen("" if text == NOTHING else text)


def dose_words(assessment: Assessment, on_treatment: bool) -> str:
    """Return what is advised to be given, in words: a pause is no dose of zero, and a refusal is no regimen."""
    now, after = (assessment.simulated_part(text) for text in (assessment.now, assessment.next))
    verb, _, drug = assessment.action.partition(" ")
    goes_on = f"; go on with {after}" if after != NOTHING else ""
    if verb in STOPPING and now != after:
        what = drug if drug and drug != "all" else now
        until = "give none until it is restarted" if verb == Verb.HOLD else "give no more of it"
        return f"{STOPPING[verb]} {what}: {until}{goes_on}"
    if after == NOTHING != now:
        return f"Stop {now}: give no more of it"
    if now != after:
        return after
    if after == NOTHING:
        return "give none for now: nothing is restarted" if on_treatment else "start nothing now"
    return f"{after} (unchanged)"
