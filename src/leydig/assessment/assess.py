"""`assess`: one man's record against one protocol, on one day.

The same function speaks for a real man and for every visit of a virtual trial; it reads nothing but the
record, the protocol and the day, so the same three give the same findings to the byte.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leydig import checks
from leydig.assessment.direction import directions
from leydig.assessment.facts.facts import Facts
from leydig.assessment.facts.value import NOT, Evaluation
from leydig.assessment.finding import Assessment, Finding, FindingKind, Reason, Status, Verdict
from leydig.assessment.precedence import Block, raising_verb, rank_blocks, verdict_before_start
from leydig.assessment.refusal import refusals, sex_refusals
from leydig.assessment.requirements import missing_requirements
from leydig.assessment.titration import Advice, advise_change, advise_instead, advise_start, ladders, withhold_reason
from leydig.assessment.visits import Due, due_visits
from leydig.assessment.wording import (
    OWN,
    asked_for,
    forecast_silence,
    outdated_results,
    rule_finding,
    source_texts,
    unjudged_medicines,
)
from leydig.errors import BadRecord
from leydig.protocol.implied import short_title, title_of
from leydig.protocol.lint.reads import quantities_behind
from leydig.protocol.override import apply_overrides
from leydig.protocol.protocol import Protocol, Rule
from leydig.protocol.reader import read_protocol
from leydig.protocol.vocabulary import Certainty, Group, Rank, Severity, Verb
from leydig.record.files import RELEASE
from leydig.record.quantity import QUANTITIES, QuantityKind
from leydig.record.record import Record
from leydig.regimen import Regimen
from leydig.regimen.words import NOTHING

if TYPE_CHECKING:
    from leydig.assessment.forecast.expectations import Expectations
    from leydig.assessment.forecast.outlook import Outlook
    from leydig.inference.twin import Twin

__all__ = ["assess", "decide"]


def assess(
    record: Record,
    protocol: Protocol | str | Path = "anastrozole",
    *,
    region: str = "",
    on: dt.date | None = None,
    twin: "Twin | None" = None,
) -> Assessment:
    """Assess one man's record.

    Parameters
    ----------
    record : Record
        What was measured and given.
    protocol : Protocol or str, optional
        A protocol, its name, or the path of its file.
    region : str, optional
        A region whose differences hold (`leydig.protocol.reader.regions`); for a name or path only.
    on : datetime.date, optional
        The day of the assessment; the last day of the record when left out.
    twin : Twin, optional
        Of this record: what it expects at the next visit under what is advised stands beside the rule
        (`Assessment.outlook`). It changes the advice of a protocol alone whose rules read forecasts; without it, and
        where it abstains, these rules have no forecast, and a finding says so (``NO_FORECAST``).

    Returns
    -------
    Assessment
        It advises nobody: the clinician decides.

    Raises
    ------
    UnknownName
        When there is no such protocol or region.
    BadProtocol
        When a protocol file cannot be used.
    BadRecord
        When nothing in the record is dated.

    Examples
    --------
    >>> from leydig.record.record import Result
    >>> day = dt.date(2026, 3, 2)
    >>> woman = Record("female", dt.date(1990, 1, 1), (Result("testosterone", 30.0, day, "ng/dL"),))
    >>> assess(woman).verdict
    'refused'
    """
    if not isinstance(record, Record):
        raise BadRecord(f"got {record!r} as a record; expected a Record. Read one with read_record.")
    plan = protocol if isinstance(protocol, Protocol) else read_protocol(protocol, region)
    day = _day(record, on)
    return decide(record, plan, day, twin, ahead=True)


def decide(
    record: Record, plan: Protocol, day: dt.date, twin: "Twin | None" = None, *, ahead: bool = False
) -> Assessment:  # fmt: skip
    """Return what `assess` says of a record on a day.

    Parameters
    ----------
    record : Record
    plan : Protocol
    day : datetime.date
    twin : Twin, optional
        Whom rules ask that read forecasts.
    ahead : bool, optional
        Whether what the twin expects at the next visit is wanted; it costs a forecast.
    """
    refused = refusals(record, plan, day)
    if refused:
        return Assessment(plan.name, plan.version, plan.region, day, Verdict.REFUSED, refused)
    own = apply_overrides(plan, record.overrides) if record.overrides else plan
    return _RecordReview(Facts(record, own, day), own, twin).assessment(ahead)


def _day(record: Record, on: Any) -> dt.date:
    """Return the day of an assessment: the one that is asked for, or the last of the record.

    Who may not be assessed on any day is refused before a day is looked for.
    """
    if on is not None:
        return checks.date(on, "day of the assessment", error=BadRecord)
    today = max(dt.date.today(), RELEASE)
    for one in record.results:
        if one.date > today:
            raise BadRecord(
                f"got {one.name} dated {one.date}; expected {today} or earlier. "
                "Give on= to assess a day that lies ahead."
            )
    try:
        return record.last_day()
    except BadRecord as error:
        for rule, _, text in sex_refusals(record):
            raise BadRecord(f"got a record that is refused ({rule}): {text}; expected a man's. Give one.") from error
        raise


class _RecordReview:
    """One record while it is read against one protocol."""

    def __init__(self, view: Facts, protocol: Protocol, twin: "Twin | None") -> None:
        self.view, self.protocol, self.twin = view, protocol, twin
        self.held: dict[str, Finding] = {}
        self.advised: list[Finding] = []
        self.expectations = _expectations(twin, view)

    def assessment(self, ahead: bool) -> Assessment:
        """Return every finding, the advice, and what a twin expects of it where that is wanted."""
        view, protocol = self.view, self.protocol
        eligibility = [self._criterion(rule) for rule in protocol.of_group(Group.INDICATION, Group.EXCLUSION)]
        lacking = list(missing_requirements(view, protocol))
        spoken_ = {
            group: list(self._findings_of(group))
            for group in (Group.CLASS, Group.PATTERN, Group.ALERT, Group.WORK_UP, Group.EVIDENCE)
        }
        self.held = {one.rule: one for many in spoken_.values() for one in many}
        self.held |= {one.rule: one for one in eligibility if one.status == Status.MET}
        verdict, advice, reasons = (
            self._advise_on_treatment(spoken_[Group.ALERT])
            if view.begun
            else self._advise_before_treatment(eligibility, lacking)
        )
        silence = self._silence()
        alerts = sorted((one for one in (*spoken_[Group.ALERT], *self.advised, *silence,
                                         *unjudged_medicines(view), *outdated_results(view))
                         if one.kind == FindingKind.ALERT),
                        key=lambda one: -one.severity.weight)  # fmt: skip
        more = [one for one in self.advised if one.kind == FindingKind.WORK_UP]
        due = due_visits(view, protocol, advice.rungs != view.steps.rungs())
        findings = (
            self._off_label_finding(), *spoken_[Group.CLASS], *spoken_[Group.PATTERN], *eligibility, *lacking, *alerts,
            *spoken_[Group.WORK_UP], *more, *ladders(view, protocol), advice.finding, *self._visits(due),
            *directions(view, protocol), *spoken_[Group.EVIDENCE], *self._overrides(),
        )  # fmt: skip
        others = Regimen() if advice.verb == Verb.STOP_ALL else view.steps.others
        excluded = view.given_against(rule for rule in protocol.of_group(Group.EXCLUSION) if self._is_grave(rule))
        others = Regimen(dose for dose in others.doses if dose.drug.replace("_", " ") not in excluded)
        medicines = tuple(text for text in view.medicines if text not in excluded)
        advised, next_day = protocol.regimen(advice.rungs), due[0].day if due else None
        return Assessment(
            protocol.name, protocol.version, protocol.region, view.on, verdict, findings, advice.finding.action,
            _regimen_text(protocol.regimen(view.steps.rungs()), view.steps.others, view.medicines),
            _regimen_text(advised, others, medicines), next_day,
            (*reasons, *(Reason(Rank.ADVICE, one.rule, one.title) for one in silence)), view.medicines,
            _outlook(self.twin if ahead else None, view, advised + others, next_day),
        )  # fmt: skip

    # What goes before what -----------------------------------------------------------------------------

    def _advise_before_treatment(
        self, eligibility: Sequence[Finding], lacking: Sequence[Finding]
    ) -> tuple[Verdict, Advice, tuple[Reason, ...]]:  # fmt: skip
        """Return verdict, advice and reasons for a man who has not begun."""
        exclusions = [rule.id for rule in self.protocol.of_group(Group.EXCLUSION)]
        met, unknown = ([one for one in eligibility if one.status == status] for status in (Status.MET, Status.UNKNOWN))
        start = advise_start(self.protocol)
        self._judge(start)
        blocks = self._blocks(Verb.START)
        verdict, reasons = verdict_before_start(met, unknown, lacking, exclusions, blocks)
        if verdict == Verdict.CANDIDATE:
            return verdict, start, reasons
        return verdict, withhold_reason(self.view, verdict, reasons, blocks), reasons

    def _advise_on_treatment(self, alerts: Sequence[Finding]) -> tuple[Verdict, Advice, tuple[Reason, ...]]:
        """Return verdict, advice and reasons for a man on treatment."""
        advice = advise_change(self.view, self.protocol, sorted(alerts, key=lambda one: -one.severity.weight))
        verb = raising_verb(self.view.steps.rungs(), advice.rungs, advice.verb)
        if not verb:
            return Verdict.ON_TREATMENT, advice, ()
        self._judge(advice)
        blocks = self._blocks(verb)
        if not blocks:
            return Verdict.ON_TREATMENT, advice, ()
        return Verdict.ON_TREATMENT, advise_instead(self.view, advice, blocks), tuple(one.reason for one in blocks)

    def _is_grave(self, rule: Rule) -> bool:
        """Return whether a critical rule holds: what it names has to end."""
        return rule.severity == Severity.CRITICAL and rule.id in self.held

    def _blocks(self, verb: str) -> tuple[Block, ...]:
        """Return what blocks a verb, the weightiest first."""
        return tuple(one for one in rank_blocks(self.protocol.rules, self.held) if verb in one.verbs)

    def _judge(self, advice: Advice) -> None:
        """Ask the rules that judge what is given of what would be given, and remember those that hold only then."""
        other = self.view.with_rungs(advice.rungs)
        for rule in self.protocol.rules_on_regimen:
            held = other.holds(rule) if rule.id not in self.held else NOT
            if held.verdict:
                self.held[rule.id] = rule_finding(
                    other, rule, held, under="advised", title=f"{rule.title} (as advised)"
                )
                self.advised.append(self.held[rule.id])

    # Rules ---------------------------------------------------------------------------------------------

    def _findings_of(self, group: Group) -> Iterator[Finding]:
        """Yield a finding for every rule of a group that holds."""
        for rule in self.protocol.of_group(group):
            held = self.view.holds(rule)
            if held.verdict:
                yield rule_finding(self.view, rule, held)

    def _criterion(self, rule: Rule) -> Finding:
        """Return an indication or exclusion as met, not met or unknown, and what would change it."""
        held = self.view.holds(rule, whole=True)
        changes = self._changes(rule, held)
        if held.verdict:
            return rule_finding(self.view, rule, held, status=Status.MET, changes=changes, action="")
        status, what = (Status.NOT_MET, "It would need") if held.verdict is False else (Status.UNKNOWN, "To know it")
        wanted = f"{what}: {'; '.join(changes)}."
        to_him = "This does not apply to you" if held.verdict is False else "This is not known yet"
        return rule_finding(
            self.view, rule, held, status=status, severity=Severity.INFO, changes=changes, action="",
            plain=f"{to_him}: {rule.title}.",
            clinical=f"{status.capitalize()}: {rule.title}. {wanted}",
            academic=f"{status.capitalize()} ({rule.id}): {'; '.join(map(str, rule.when))}. {wanted}",
        )  # fmt: skip

    def _changes(self, rule: Rule, held: Evaluation) -> tuple[str, ...]:
        """Return what would turn a criterion around."""
        if held.verdict is None:
            return tuple(dict.fromkeys(asked_for(each) for name in held.missing for each in self._open_questions(name)))
        if held.verdict:
            return tuple(f"no longer: {part}" for part in rule.when)
        return tuple(str(part) for part in rule.when if not self.view.meets(part))

    def _open_questions(self, name: str) -> list[str]:
        """Return the questions without an answer of which something that a record implies is judged; else its name."""
        behind = quantities_behind(name, self.protocol) if name not in QUANTITIES else frozenset()
        questions = [one for one in QUANTITIES if one in behind and QUANTITIES[one].kind == QuantityKind.FACT]
        return [one for one in questions if self.view.fact(one) is None] or [name]

    # Around it -----------------------------------------------------------------------------------------

    def _off_label_finding(self) -> Finding:
        text = self.protocol.off_label
        consent = self.view.fact("consent")
        status = "consent is documented" if consent else "document informed consent before treatment"
        return Finding(
            "OFF_LABEL",
            FindingKind.OFF_LABEL,
            "Off-label use",
            text,
            f"{text} {status.capitalize()}.",
            f"{text} Context of use: {self.protocol.context}",
            source_texts(self.protocol.source),
            Certainty.BRIEF,
            "",
            Severity.INFO if consent else Severity.WARNING,
        )

    def _visits(self, due: list[Due]) -> Iterator[Finding]:
        """Yield the next visit, and every one that is overdue."""
        for place, one in enumerate(due):
            if place and not one.overdue:
                continue
            panel = ", ".join(title_of(name) for name in one.visit.panel)
            late = "overdue: it should have been done by then" if one.overdue else "planned"
            yield Finding(
                f"VISIT_{one.visit.name.upper().replace(' ', '_')}", FindingKind.VISIT, f"{one.visit.name}: {one.day}",
                f"Your next visit is due about {one.day}.",
                f"{one.visit.name}: {one.day} (window {one.opens} to {one.closes}), {late}. Panel: {panel}.",
                f"{one.visit.name}: day {one.visit.day} after {one.visit.after}, open {one.opens} to {one.closes}.",
                source_texts(one.visit.source), one.visit.certainty, "",
                Severity.WARNING if one.overdue else Severity.INFO,
            )  # fmt: skip

    def _silence(self) -> tuple[Finding, ...]:
        """Return a finding where rules that read forecasts had none."""
        if not self.protocol.reads_forecasts:
            return ()
        why = ("no twin was given",) if self.expectations is None else tuple(self.expectations.silent)
        return (forecast_silence(why),) if why else ()

    def _overrides(self) -> Iterator[Finding]:
        for one in self.view.record.overrides:
            lifted = next((rule.title for rule in self.protocol.rules if one.what == f"lift.{rule.id}"), "")
            what = lifted or title_of(one.what)
            text = f"{what}: does not block for this man: {one.reason}" if lifted else (
                f"The {what} was set to {one.value:g} for this man: {one.reason}")  # fmt: skip
            to_him = "Your clinician lifted a warning for you" if lifted else (
                "Your clinician set a limit of the plan for you alone")  # fmt: skip
            usual = f"without it {short_title(self.protocol.name)} {self.protocol.version} holds as it is written"
            yield Finding("OVERRIDE", FindingKind.OVERRIDE, f"Override: {what}", f"{to_him}: {one.reason}", text,
                          f"{text}; {usual}.", OWN, Certainty.PROPOSAL, "", Severity.WARNING)  # fmt: skip


def _expectations(twin: "Twin | None", view: Facts) -> "Expectations | None":
    """Return what rules may ask of a twin, and let the facts ask it; None where no rule does, or there is no twin."""
    if twin is None or not view.protocol.reads_forecasts:
        return None
    from leydig.assessment.forecast.expectations import Expectations

    found = Expectations(twin, view)
    view.expected = found.value
    return found


def _outlook(twin: "Twin | None", view: Facts, regimen: Regimen, due: dt.date | None) -> "Outlook | None":
    """Return what a twin expects until the next visit; what it needs is loaded only where there is one."""
    if twin is None:
        return None
    from leydig.assessment.forecast.outlook import outlook

    return outlook(twin, view.record, regimen, view.protocol, view.on, due)


def _regimen_text(*parts: Regimen | Sequence[str] | str) -> str:
    """Return everything that is given as one text."""
    texts = []
    for part in parts:
        texts += list(part) if isinstance(part, tuple) else [str(part)]
    return " + ".join(text for text in texts if text not in ("", NOTHING)) or NOTHING
