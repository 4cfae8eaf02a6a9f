"""Protocols side by side for one man: what each says today, what blocks it, what it lacks, and where its drugs act."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leydig.assessment.assess import assess
from leydig.assessment.finding import Assessment, Finding, FindingKind, Reason, Status, Verdict
from leydig.assessment.mechanism import Mechanism, mechanisms
from leydig.protocol.implied import title_of
from leydig.protocol.protocol import Protocol
from leydig.protocol.reader import names, read_protocol
from leydig.record.record import Record

__all__ = ["Comparison", "Side", "compare_protocols"]

VERDICTS = ("on treatment", "candidate", "possible", "not now", "contraindicated", "refused")  # the nearest first


@dataclass(frozen=True)
class Side:
    """What one protocol says of a man.

    Attributes
    ----------
    protocol, title : str
    verdict, action : str
        As `leydig.assessment.finding.Assessment` has them.
    advice : Finding
        What speaks first, in words for three readers: the weightiest of `blocked_by`, else the advice.
    regimen : str
        What he would be given next.
    begins : str
        The first rung of the protocol; empty for a man on treatment by it.
    blocked_by : tuple of Reason
    missing : tuple of str
        What must be recorded before the protocol can say more, in words.
    drugs : tuple of str
        Every drug that the protocol may give.
    """

    protocol: str
    title: str
    verdict: str
    action: str
    advice: Finding
    regimen: str
    begins: str
    blocked_by: tuple[Reason, ...]
    missing: tuple[str, ...]
    drugs: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "protocol": self.protocol, "title": self.title, "verdict": self.verdict, "action": self.action,
            "advice": {"rule": self.advice.rule, "plain": self.advice.plain, "clinical": self.advice.clinical,
                       "academic": self.advice.academic},
            "regimen": self.regimen, "begins": self.begins,
            "blocked_by": [{"rank": one.rank, "rule": one.rule, "title": one.title} for one in self.blocked_by],
            "missing": list(self.missing), "drugs": list(self.drugs),
        }  # fmt: skip


@dataclass(frozen=True, repr=False)
class Comparison:
    """Protocols side by side.

    Attributes
    ----------
    on : datetime.date
    region : str
    sides : tuple of Side
        The nearest to a treatment first.
    mechanisms : tuple of Mechanism
        Where every drug of these protocols acts, in the order of the loop.
    """

    on: dt.date
    region: str
    sides: tuple[Side, ...]
    mechanisms: tuple[Mechanism, ...]

    def __repr__(self) -> str:
        sides = ", ".join(f"{one.protocol}: {one.verdict}" for one in self.sides)
        return f"Comparison({self.on}{f', region {self.region}' if self.region else ''}: {sides})"

    def __getitem__(self, protocol: str) -> Side:
        """Return what one protocol says."""
        return {one.protocol: one for one in self.sides}[protocol]

    def protocols_with(self, drug: str) -> tuple[str, ...]:
        """Return the protocols that may give a drug."""
        return tuple(sorted(one.protocol for one in self.sides if drug in one.drugs))

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "on": self.on.isoformat(), "region": self.region, "protocols": [one.as_json() for one in self.sides],
            "mechanisms": [{"organ": one.organ, "drug": one.drug, "effect": one.effect,
                            "protocols": list(self.protocols_with(one.drug))} for one in self.mechanisms],
        }  # fmt: skip


def compare_protocols(
    record: Record, protocols: str | Sequence[str] = (), *, region: str = "", on: dt.date | None = None
) -> Comparison:
    """Assess one man by several protocols on one day, and set what they say side by side.

    Parameters
    ----------
    record : Record
    protocols : str or sequence of str, optional
        Names of the catalogue or paths of files; every shipped protocol when left out.
    region : str, optional
        A region whose differences hold.
    on : datetime.date, optional
        The day of the assessments; the last day of the record when left out.

    Returns
    -------
    Comparison
        It ranks no drug by its effect: verdicts are those of each protocol by itself, and the clinician decides.

    Raises
    ------
    UnknownName, BadProtocol, BadRecord
        As `leydig.assessment.assess.assess`.
    """
    asked = (protocols,) if isinstance(protocols, str) else protocols
    plans = [read_protocol(name, region) for name in asked or names()]
    found = [(plan, assess(record, plan, on=on)) for plan in plans]
    sides = sorted((_side(plan, one) for plan, one in found), key=lambda one: VERDICTS.index(one.verdict))
    drugs = [drug for plan in plans for drug in plan.components]
    return Comparison(found[0][1].on, region, tuple(sides), mechanisms(drugs))


def _side(plan: Protocol, found: Assessment) -> Side:
    first = {drug: one.begin for drug, one in plan.components.items()}
    begins = "" if found.verdict in (Verdict.ON_TREATMENT, Verdict.REFUSED) else str(plan.regimen(first))
    return Side(plan.name, plan.title, found.verdict, found.action, _leading_finding(found), found.next, begins,
                found.reasons, _unknowns(found), tuple(plan.components))  # fmt: skip


def _leading_finding(found: Assessment) -> Finding:
    """Return what speaks first: the weightiest reason against a start or a rise, else the advice."""
    if found.is_refused:
        return found.findings[0]
    rule = found.reasons[0].rule if found.reasons else ""
    return found[rule] if rule in found else found.of(FindingKind.ADVICE)[0]


def _unknowns(found: Assessment) -> tuple[str, ...]:
    """Return what is mandatory and lacks, and what a criterion needs to be known, each once."""
    lacking = [name for one in found.of(FindingKind.MISSING) if one.required for name in one.missing]
    unknown = [
        name for one in found.of(FindingKind.ELIGIBILITY) if one.status == Status.UNKNOWN for name in one.missing
    ]
    return tuple(map(title_of, dict.fromkeys((*lacking, *unknown))))
