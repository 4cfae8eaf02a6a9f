"""A finding is a rule that spoke: what, why, from which values, by which source and how sure that is.

An assessment is every finding about one man on one day; `Assessment.text` is the same text to the byte for
the same record, protocol and day, wherever it was asked for.
"""

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leydig.cards import card, plural
from leydig.protocol.vocabulary import Certainty, Rank, Severity
from leydig.text_enum import TextEnum

if TYPE_CHECKING:
    from leydig.assessment.forecast.outlook import Outlook

__all__ = ["OVERRIDE_REASONS", "Assessment", "Finding", "FindingKind", "Reason", "Status", "Verdict"]

OVERRIDE_REASONS = {  # why a clinician decides against a finding, by the code that a card offers and a decision keeps
    "weighed": "Known and weighed: the benefit is greater",
    "wrong-data": "The data behind it are wrong or outdated",
    "other-care": "Cared for elsewhere",
}


class FindingKind(TextEnum):
    """What a finding is about."""

    REFUSAL = "refusal"
    OFF_LABEL = "off-label"
    CLASSIFICATION = "classification"
    PATTERN = "pattern"
    ELIGIBILITY = "eligibility"
    MISSING = "missing"
    ALERT = "alert"
    WORK_UP = "work-up"
    STEP = "step"
    ADVICE = "advice"
    VISIT = "visit"
    DIRECTION = "direction"
    EVIDENCE = "evidence"
    OVERRIDE = "override"


class Status(TextEnum):
    """Whether a criterion or a need is met."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"


class Verdict(TextEnum):
    """What an assessment says of a man and a protocol."""

    REFUSED = "refused"
    CANDIDATE = "candidate"
    POSSIBLE = "possible"
    NOT_NOW = "not now"
    CONTRAINDICATED = "contraindicated"
    ON_TREATMENT = "on treatment"


@dataclass(frozen=True)
class Finding:
    """One finding.

    Attributes
    ----------
    rule : str
        Id of the rule that spoke.
    kind : FindingKind
    title : str
    status : str
        A `Status`, or of a level where it went (`leydig.assessment.direction.Direction`); empty for all others.
    severity : Severity
    action : str
        What a rule advises, in the verbs of `leydig.protocol.vocabulary`; empty for most.
    inputs : tuple of (name, value, date)
    missing : tuple of str
        What is not known.
    changes : tuple of str
        What would change it.
    required : bool
        Whether no verdict is complete without what is missing.
    under : {"", "advised"}
        Whether it holds on what is given, or only on what would be given.
    plain, clinical, academic : str
        The same in words for the man, the clinician and the scholar.
    source : tuple of str
    certainty : Certainty
    """

    rule: str
    kind: FindingKind
    title: str
    plain: str
    clinical: str
    academic: str
    source: tuple[str, ...]
    certainty: Certainty
    status: str = ""
    severity: Severity = Severity.INFO
    action: str = ""
    inputs: tuple[tuple[str, str, str], ...] = ()
    missing: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    under: str = ""
    required: bool = False

    def __post_init__(self) -> None:
        if self.status == Status.UNKNOWN and self.severity != Severity.INFO:
            raise ValueError(
                f"got {self.rule} unknown and {self.severity}; expected info. What is missing is no alarm."
            )

    def record(self) -> dict[str, Any]:
        """Return the finding as plain lists and texts; of each input its name, value, unit and day."""
        from leydig.assessment.facts.input_row import input_row  # units load pint, which help and lists must not

        return {
            "rule": self.rule, "kind": self.kind, "title": self.title, "status": self.status,
            "severity": self.severity, "action": self.action,
            "inputs": [input_row(name, words, date) for name, words, date in self.inputs],
            "missing": list(self.missing), "changes": list(self.changes), "plain": self.plain,
            "clinical": self.clinical, "academic": self.academic, "source": list(self.source),
            "certainty": self.certainty, "under": self.under, "required": self.required,
        }  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """Why a verdict or an advice is what it is.

    Attributes
    ----------
    rank : Rank
    rule : str
        Empty where no rule spoke.
    title : str
    """

    rank: Rank
    rule: str
    title: str

    def record(self) -> dict[str, str]:
        """Return the reason as plain texts."""
        return {"rank": self.rank, "rule": self.rule, "title": self.title}


@dataclass(frozen=True, repr=False)
class Assessment:
    """Every finding about one man on one day.

    Attributes
    ----------
    protocol, version, region : str
    on : datetime.date
    verdict : Verdict
    action : str
        What is advised, in the verbs of `leydig.protocol.vocabulary`; the clinician decides.
    now, next : str
        What is given, and what would be under the advice: the protocol's drugs by their nearest rung, then every
        other drug of the catalogue, then the medicines.
    due : datetime.date or None
        The planned day of the next visit.
    reasons : tuple of Reason
        Why, the weightiest first: what speaks against a start or a rise, or what is missing; empty where nothing does.
    medicines : tuple of str
        Those on record that the model does not simulate, as they were written.
    findings : tuple of Finding
    outlook : Outlook or None
        What a twin expects at the next visit under the advice, where one was asked.
    """

    protocol: str
    version: str
    region: str
    on: dt.date
    verdict: Verdict
    findings: tuple[Finding, ...]
    action: str = ""
    now: str = ""
    next: str = ""
    due: dt.date | None = None
    reasons: tuple[Reason, ...] = ()
    medicines: tuple[str, ...] = ()
    outlook: "Outlook | None" = None

    @property
    def is_refused(self) -> bool:
        """Whether nothing was assessed."""
        return self.verdict == Verdict.REFUSED

    def simulated_part(self, text: str) -> str:
        """Return the part of `now` or `next` that the model simulates: medicines come last."""
        from leydig.regimen.words import NOTHING  # the regimen loads numpy, which help and lists must not

        for medicine in reversed(self.medicines):
            text = text.removesuffix(medicine).removesuffix(" + ")
        return text or NOTHING

    def of(self, kind: FindingKind) -> tuple[Finding, ...]:
        """Return the findings of one kind."""
        return tuple(one for one in self.findings if one.kind == kind)

    def __contains__(self, rule: object) -> bool:
        """Whether a rule holds: it is among the findings, and where it has a status it is met."""
        return any(one.rule == rule and one.status in ("", Status.MET) for one in self.findings)

    def __getitem__(self, rule: str) -> Finding:
        return next(one for one in self.findings if one.rule == rule)

    def __repr__(self) -> str:
        serious = [f"{count} {level}" for level in (Severity.CRITICAL, Severity.WARNING)
                   if (count := sum(one.severity == level for one in self.findings))]  # fmt: skip
        found = ", ".join([plural(len(self.findings), "finding"), *serious])
        advice = f"; advises {self.action}" if self.action else ""
        return f"Assessment({self.protocol} {self.version}, {self.on}: {self.verdict}{advice}; {found})"

    def _repr_html_(self) -> str:
        rows = [(one.severity, one.title, one.status, one.clinical)
                for one in sorted(self.findings, key=lambda one: -one.severity.weight)]  # fmt: skip
        notice = "for professionals; it prescribes nothing, the clinician decides"
        return card(repr(self), ("severity", "finding", "status", "in words"), rows, [notice])

    def record(self) -> dict[str, Any]:
        """Return the assessment as plain lists and texts."""
        return {
            "protocol": self.protocol, "version": self.version, "region": self.region, "on": self.on.isoformat(),
            "verdict": self.verdict, "action": self.action, "now": self.now, "next": self.next,
            "due": self.due.isoformat() if self.due else "", "reasons": [one.record() for one in self.reasons],
            "medicines": list(self.medicines),
            "findings": [one.record() for one in self.findings],
            "notice": "for professionals; it prescribes nothing, the clinician decides",
        } | ({} if self.outlook is None else {"outlook": self.outlook.record()})  # fmt: skip

    def text(self) -> str:
        """Return the assessment as one JSON text."""
        return json.dumps(self.record(), ensure_ascii=False, sort_keys=True)
