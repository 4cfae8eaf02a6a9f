"""How a rule becomes a finding: its words with the values that it read."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from leydig.assessment.facts.facts import Facts
from leydig.assessment.facts.value import Evaluation, Value
from leydig.assessment.finding import Finding, FindingKind
from leydig.protocol.condition import Condition
from leydig.protocol.implied import short_title, title_of
from leydig.protocol.protocol import Rule
from leydig.protocol.vocabulary import AskedDay, Certainty, Group, ReadingLevel, Severity
from leydig.record.medicine import classes_of, drugs_in
from leydig.record.quantity import QUANTITIES, QuantityKind

__all__ = [
    "CERTAIN",
    "OWN",
    "asked_for",
    "certainty_text",
    "forecast_silence",
    "outdated_results",
    "rule_finding",
    "source_texts",
    "unjudged_medicines",
]

OWN = ("assumed: how this program reads a protocol; docs/protocol.md",)
CERTAIN = {  # short and long words for `leydig.protocol.vocabulary.Certainty`
    Certainty.SEEN: ("read", "read in the source that is named"),
    Certainty.RECALLED: ("to be confirmed", "general knowledge, to be confirmed in the source that is named"),
    Certainty.BRIEF: ("project brief", "asked for by the project's brief, no evidence of its own"),
    Certainty.DERIVED: ("worked out", "follows from other rules or from the model"),
    Certainty.PROPOSAL: ("engineering default", "chosen by the makers of this program, awaiting clinical sign-off"),
}
_KINDS = {
    Group.CLASS: FindingKind.CLASSIFICATION,
    Group.PATTERN: FindingKind.PATTERN,
    Group.INDICATION: FindingKind.ELIGIBILITY,
    Group.EXCLUSION: FindingKind.ELIGIBILITY,
    Group.WORK_UP: FindingKind.WORK_UP,
    Group.ALERT: FindingKind.ALERT,
    Group.STOP: FindingKind.ADVICE,
    Group.TITRATION: FindingKind.ADVICE,
    Group.EVIDENCE: FindingKind.EVIDENCE,
}


def certainty_text(certainty: Certainty) -> str:
    """Return how sure something is, in words that can be weighed."""
    return CERTAIN[certainty][0]


def rule_finding(view: Facts, rule: Rule, evaluation: Evaluation, **more: Any) -> Finding:
    """Return the finding of a rule.

    Parameters
    ----------
    view : View
    rule : Rule
    evaluation : Held
        What the rule read.
    **more
        Fields of the finding that differ from the rule's own.
    """
    words = _Words(
        view, rule, evaluation, "baseline" if any(one.at == AskedDay.BASELINE for one in rule.conditions) else "latest"
    )
    given: dict[str, Any] = {"severity": rule.severity, "action": rule.then, "inputs": evaluation.inputs}
    given |= {"missing": evaluation.missing, "title": rule.title} | more
    given |= {str(one): getattr(rule, one).format_map(words) for one in ReadingLevel if one not in more}
    return Finding(rule=rule.id, kind=_KINDS[rule.group], source=source_texts(rule.source),
                   certainty=rule.certainty, **given)  # fmt: skip


def unjudged_medicines(view: Facts) -> Iterator[Finding]:
    """Yield a finding for every medicine that no rule knows."""
    for text in view.medicines:
        if not classes_of(text) and not drugs_in(text)[0]:
            yield Finding(
                "MEDICINE_UNJUDGED", FindingKind.ALERT, f"Not judged: {text}",
                f"You also take {text}. This program knows nothing about it: ask your clinician whether it fits.",
                f"{text} is on record and no rule speaks to it: check interactions, testosterone and sperm by hand.",
                f"No class of medicines.toml holds {text}.", OWN, Certainty.PROPOSAL, "", Severity.WARNING,
            )  # fmt: skip


def forecast_silence(why: Sequence[str]) -> Finding:
    """Return the finding that rules which read forecasts had none, and why: results alone decide then."""
    text = "; ".join(why)
    return Finding(
        "NO_FORECAST", FindingKind.ALERT, "No forecast: results alone decide",
        "This plan also looks at what is to be expected of you. That could not be told, so your results alone decide.",
        f"Rules that read forecasts had none ({text}): results alone decide.",
        f"What is expected is unknown to every rule that asks for it: {text}.", OWN, Certainty.DERIVED, "",
        Severity.WARNING, inputs=(("forecast", text, ""),),
    )  # fmt: skip


def outdated_results(view: Facts) -> Iterator[Finding]:
    """Yield a finding where the protocol should have been reviewed before this day."""
    plan = view.protocol
    if view.on <= plan.review:
        return
    text = f"{short_title(plan.name)} {plan.version} was to be reviewed by {plan.review}"
    yield Finding(
        "PROTOCOL_REVIEW", FindingKind.ALERT, f"Protocol out of date: its review was due on {plan.review}",
        f"The plan that was used here should have been looked over by {plan.review}: ask whether it still holds.",
        f"{text}, before this assessment of {view.on}: check its limits against the guidelines of today.",
        f"{text}; guidelines and labels may have changed since {plan.date}.", OWN, Certainty.DERIVED, "",
        Severity.WARNING,
        inputs=(("review of the protocol", "due", plan.review.isoformat()),),
    )  # fmt: skip


def source_texts(source: Iterable[object]) -> tuple[str, ...]:
    """Return sources as texts."""
    return tuple(map(str, source))


def asked_for(name: str, how: str = "") -> str:
    """Return in words what a clinician does to have a quantity, or what a record implies, on record."""
    if name in QUANTITIES and QUANTITIES[name].kind == QuantityKind.FACT:
        return f"answer yes or no: {title_of(name)}"
    return f"record {title_of(name)}{how}"


def _other_doses(view: Facts) -> tuple[str, ...]:
    return tuple(str(dose) for dose in view.steps.others.doses)


def _text_in_unit_of(limit: Condition, text: str, known: Value | None) -> str:
    """Return a value as it came, and beside it in the unit of the limit that judges it, where that is another one."""
    if limit.unit in ("", "1") or known is None or text != known.text or text.split(" ")[1:2] == [limit.unit]:
        return text
    sign = text[0] if text[0] in "<>" else ""
    value = (known.high if sign == "<" else known.low) / limit.scale
    by = QUANTITIES[limit.of].conversion_words(" ".join(text.split(" ")[1:2]), limit.unit)
    return f"{text} ({sign}{value:.3g} {limit.unit}{by})"


class _Words(dict[str, str]):
    """The values that a text may show, by name in braces; ``forecast.lh`` is ``{forecast_lh}``."""

    def __init__(self, view: Facts, rule: Rule, held: Evaluation, at: str) -> None:
        super().__init__({name.replace(".", "_"): value for name, value, date in held.inputs if date})
        self.view, self.at = view, at
        for one in rule.conditions:
            if one.of in self and one.of in QUANTITIES and not one.change:
                self[one.of] = _text_in_unit_of(one, self[one.of], view.level(one.of, one.at))

    def __missing__(self, name: str) -> str:
        if name == "invalid":
            return "; ".join(self.view.invalid())
        if name == "taken":
            return ", ".join((*self.view.medicines, *_other_doses(self.view))) or "by his own answer"
        if name == "androgen_course":
            return str(self.view.androgens or "no course on record")
        if name == "androgen_washout":
            return self.view.androgens.washout if self.view.androgens else "wash-out from the last day of the agent on"
        known = self.view.level(name, self.at)
        return known.text if known is not None else "unknown"
