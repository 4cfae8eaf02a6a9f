"""`assess`: one man's record against one protocol, on one day.

The same function speaks for a real man and for every visit of a virtual trial; it reads nothing but the
record, the protocol and the day, so the same three give the same findings to the byte.
"""

import datetime as dt
from collections.abc import Iterator

from leydig.analytes import ANALYTES
from leydig.care.finding import Assessment, Finding
from leydig.care.monitoring import Due, due_visits
from leydig.care.override import adapted
from leydig.care.protocol import AnyOf, Condition, Need, Protocol, Rule, compare
from leydig.care.protocol_file import protocol as read_protocol
from leydig.care.refusal import refusals
from leydig.care.view import Held, View
from leydig.man.quantity import QUANTITIES
from leydig.man.record import Record, Result

__all__ = ["assess"]

MORNING = (7, 11)  # hours of a morning draw
CHANGING = ("step up", "step down", "hold", "restart", "start", "stop", "stop all")
AT_ONCE = ("step down", "hold", "stop", "stop all")  # safety does not wait for the least time between changes
SURE = 1.645  # a change beyond this many of its standard deviations is not noise
_OWN = ("assumed: how this program reads a protocol; docs/protocol.md",)


def assess(
    record: Record, protocol: Protocol | str = "anastrozole", *, region: str = "", on: dt.date | None = None
) -> Assessment:
    """Assess one man's record.

    Parameters
    ----------
    record : Record
        What was measured and given.
    protocol : Protocol or str, optional
        A protocol, its name, or the path of its file.
    region : str, optional
        A region whose differences hold (`leydig.care.protocol_file.regions`); for a name or path only.
    on : datetime.date, optional
        The day of the assessment; the last day of the record when left out.

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
    >>> from leydig.man.record import Result
    >>> day = dt.date(2026, 3, 2)
    >>> woman = Record("female", dt.date(1990, 1, 1), (Result("testosterone", 30.0, day, "ng/dL"),))
    >>> assess(woman).verdict
    'refused'
    """
    plan = protocol if isinstance(protocol, Protocol) else read_protocol(protocol, region)
    day = on or record.last_day()
    refused = refusals(record, plan, day)
    if refused:
        return Assessment(plan.name, plan.version, plan.region, day, "refused", refused)
    own = adapted(plan, record.overrides) if record.overrides else plan
    return _Reading(View(record, own, day), own).assessment()


class _Reading:
    """One record while it is read against one protocol."""

    def __init__(self, view: View, protocol: Protocol) -> None:
        self.view, self.protocol = view, protocol

    def assessment(self) -> Assessment:
        """Return every finding, and the advice."""
        view, protocol = self.view, self.protocol
        eligibility = [self._criterion(rule) for rule in protocol.of_group("indication", "exclusion")]
        missing = list(self._missing())
        alerts = list(self._that_hold("alert"))
        verdict = self._verdict(eligibility, missing)
        advice, rungs = self._advice(verdict, alerts)
        changes = rungs != view.steps.rungs()
        due = due_visits(view, protocol, changes)
        findings = (
            self._off_label(), *self._that_hold("class"), *self._that_hold("pattern"), *eligibility, *missing, *alerts,
            *self._that_hold("work-up"), *self._steps(), advice, *self._visits(due), *self._directions(),
            *self._that_hold("evidence"), *self._overrides(),
        )  # fmt: skip
        return Assessment(
            protocol.name, protocol.version, protocol.region, view.on, verdict, findings, advice.action,
            str(protocol.regimen(view.steps.rungs())), str(protocol.regimen(rungs)), due[0].day if due else None,
        )  # fmt: skip

    # Rules ---------------------------------------------------------------------------------------------

    def _that_hold(self, group: str) -> Iterator[Finding]:
        """Yield a finding for every rule of a group that holds."""
        for rule in self.protocol.of_group(group):
            held = self.view.holds(rule)
            if held.verdict:
                yield self._spoken(rule, held)

    def _spoken(self, rule: Rule, held: Held, **more: object) -> Finding:
        """Return the finding of a rule."""
        kind = {"class": "classification", "indication": "eligibility", "exclusion": "eligibility", "stop": "advice",
                "titration": "advice"}.get(rule.group, rule.group)  # fmt: skip
        words = _Words(self.view, held)
        texts = (text.format_map(words) for text in (rule.plain, rule.clinical, rule.academic))
        given = {"severity": rule.severity, "action": rule.then, "inputs": held.inputs, "missing": held.missing} | more
        return Finding(rule.id, kind, rule.title, *texts, _sources(rule.source), rule.certainty, **given)  # type: ignore[arg-type]

    def _criterion(self, rule: Rule) -> Finding:
        """Return an indication or exclusion as met, not met or unknown, and what would change it."""
        held = self.view.holds(rule)
        status = {True: "met", False: "not met", None: "unknown"}[held.verdict]
        return self._spoken(rule, held, status=status, changes=self._changes(rule, held), action="")

    def _changes(self, rule: Rule, held: Held) -> tuple[str, ...]:
        """Return what would turn a criterion around."""
        if held.verdict is None:
            return tuple(f"record {_title(name)}" for name in held.missing)
        if held.verdict:
            return tuple(f"no longer: {part}" for part in rule.when)
        return tuple(str(part) for part in rule.when if not self._holds(part))

    def _holds(self, part: Condition | AnyOf) -> bool | None:
        conditions = part.conditions if isinstance(part, AnyOf) else (part,)
        return any(self.view.condition(one).verdict for one in conditions)

    # Before treatment ----------------------------------------------------------------------------------

    def _missing(self) -> Iterator[Finding]:
        """Yield what must be known before treatment and is missing, too old, or not as it should be."""
        for need in self.protocol.needs:
            counted = self._counted(need)
            if len({one.date for one in counted}) >= need.times and self._apart(counted, need):
                continue
            had = self.view.results(need.of, "baseline")
            yield self._lacking(need, had, counted)

    def _counted(self, need: Need) -> list[Result]:
        """Return the results that count towards a need."""
        start = self.view.steps.start or self.view.on
        found = [one for one in self.view.results(need.of, "baseline")
                 if not need.within or (start - one.date).days <= need.within]  # fmt: skip
        if need.morning:
            found = [one for one in found if one.time is None or MORNING[0] <= one.time.hour < MORNING[1]]
        return found

    @staticmethod
    def _apart(counted: list[Result], need: Need) -> bool:
        return not need.apart or (counted[-1].date - counted[0].date).days >= need.apart

    def _lacking(self, need: Need, had: object, counted: list[Result]) -> Finding:
        title = _title(need.of)
        what = f"{title}" + (f" on {need.times} days" if need.times > 1 else "")
        what += f", at least {need.apart} days apart" if need.apart else ""
        what += f", not older than {need.within} days" if need.within else ""
        what += ", drawn between 7 and 11 in the morning" if need.morning else ""
        have = "; ".join(f"{one} ({one.date})" for one in had) or "nothing"  # type: ignore[attr-defined]
        return Finding(
            f"NEED_{need.of.upper()}", "missing", f"{title[0].upper()}{title[1:]} before treatment",
            f"Before treatment this still has to be measured or answered: {title}.",
            f"Needed before treatment: {what}. On record: {have}.",
            f"Required baseline ({'mandatory' if need.required else 'recommended'}): {what}; {len(counted)} of "
            f"{need.times} count.",
            _sources(need.source), need.certainty, "unknown", "warning" if need.required else "info",
            inputs=tuple((need.of, str(one), one.date.isoformat()) for one in counted), missing=(need.of,),
            changes=(f"record {what}",),
        )  # fmt: skip

    def _verdict(self, eligibility: list[Finding], missing: list[Finding]) -> str:
        if self.view.begun:
            return "on treatment"
        excluded = {rule.id for rule in self.protocol.of_group("exclusion")}
        met = [one for one in eligibility if one.status == "met"]
        if any(one.rule in excluded and one.severity == "critical" for one in met):
            return "contraindicated"
        indicated = any(one.rule not in excluded for one in met)
        blocked = any(one.rule in excluded for one in met)
        lacking = any(one.severity == "warning" for one in missing)
        if indicated and not blocked:
            unknown = any(one.status == "unknown" and one.rule in excluded for one in eligibility)
            return "possible" if lacking or unknown else "candidate"
        open_ = not blocked and any(one.status == "unknown" and one.rule not in excluded for one in eligibility)
        return "possible" if open_ and lacking else "not now"

    # Dose ----------------------------------------------------------------------------------------------

    def _advice(self, verdict: str, alerts: list[Finding]) -> tuple[Finding, dict[str, int]]:
        """Return the one advice, and the rungs under it."""
        view, rungs = self.view, self.view.steps.rungs()
        if not view.begun:
            return self._beginning(verdict, rungs)
        urgent = next((one for one in alerts if one.severity == "critical" and one.action), None)
        if urgent is not None and view.steps.treated:
            return _as_advice(urgent), self._after(urgent.action, rungs)
        for rule in self.protocol.of_group("stop", "titration"):
            held = view.holds(rule)
            if held.verdict:
                return self._timed(self._spoken(rule, held), rule, rungs)
        text = "no rule of the protocol speaks to these results"
        return Finding("NO_RULE", "advice", "No advice", f"There is no advice: {text}.",
                       f"Continue unchanged and decide by hand: {text}.", f"Titration rules leave a gap: {text}.",
                       _OWN, "proposal", "", "warning", "refer"), rungs  # fmt: skip

    def _beginning(self, verdict: str, rungs: dict[str, int]) -> tuple[Finding, dict[str, int]]:
        """Return the advice for a man who has not begun."""
        first = {drug: one.begin for drug, one in self.protocol.components.items()}
        if verdict == "candidate":
            given = str(self.protocol.regimen(first))
            texts = (f"The treatment that fits is {given}. Your clinician decides.",
                     f"Start {given}; first control in its window. The clinician decides.",
                     f"All criteria are met and the baseline is complete: start at the first rung, {given}.")  # fmt: skip
            return Finding("START", "advice", "Start", *texts, _sources(self.protocol.source), "brief", "", "info",
                           "start"), first  # fmt: skip
        why = {"contraindicated": "something speaks against it", "not now": "no criterion for it is met, or one against",
               "possible": "something that decides is not known yet"}[verdict]  # fmt: skip
        texts = (f"Do not start now: {why}.", f"Do not start: {why}; see eligibility and what is missing.",
                 f"Verdict {verdict!r}: {why}.")  # fmt: skip
        action = "request labs" if verdict == "possible" else "do not start"
        return Finding("NOT_STARTED", "advice", "Do not start", *texts, _OWN, "proposal", "", "info", action), rungs

    def _timed(self, advice: Finding, rule: Rule, rungs: dict[str, int]) -> tuple[Finding, dict[str, int]]:
        """Return the advice, or waiting where the last change is too near."""
        changed = self.view.steps.changed
        after = self._after(rule.then, rungs)
        if after == rungs or rule.verb in AT_ONCE or changed is None:
            return advice, after
        wait = self.protocol.minimum - (self.view.on - changed).days
        if wait <= 0:
            return advice, after
        until = self.view.on + dt.timedelta(wait)
        text = f"the dose was changed on {changed}; the next change is possible from {until}"
        return Finding(
            rule.id, "advice", f"Wait: {rule.title.lower()}", f"Nothing changes yet: {text}.",
            f"Continue: {rule.then} would follow, but {text}.", f"Least time between changes: {text}.",
            advice.source, advice.certainty, "", "info", "continue", advice.inputs,
        ), rungs  # fmt: skip

    def _after(self, action: str, rungs: dict[str, int]) -> dict[str, int]:
        """Return the rungs after an action."""
        if action == "stop all":
            return dict.fromkeys(rungs, 0)
        verb, _, drug = next(((v, *action.partition(v)[1:]) for v in CHANGING[:-1] if action.startswith(f"{v} ")),
                             ("", "", ""))  # fmt: skip
        drug = drug.strip().replace(" ", "_")
        if drug not in rungs:
            return rungs
        component, step = self.protocol.components[drug], self.view.steps.of[drug]
        highest = component.top(step.ceiling)
        rung = {
            "step up": min(step.rung + 1, max(highest, step.rung)), "step down": component.lower(step.rung), "hold": 0,
            "stop": 0, "restart": component.half(step.before), "start": step.rung or max(component.begin, 1),
        }[verb]  # fmt: skip
        return rungs | {drug: rung}

    def _steps(self) -> Iterator[Finding]:
        """Yield where he is on each ladder."""
        for drug, step in self.view.steps.of.items():
            component = self.protocol.components[drug]
            if not step.amount:
                continue
            name = drug.replace("_", " ")
            weekly = f"{step.amount:.4g} {component.unit} a week"
            place = f"rung {step.rung} of {len(component.rungs)}" + ("" if step.exact else ", between rungs")
            compounded = bool(component.rungs[step.rung - 1].needs_compounding())
            extra = " It needs compounding." if compounded else ""
            yield Finding(
                f"STEP_{drug.upper()}", "step", f"{name}: {weekly}", f"You take {weekly} of {name}.{extra}",
                f"{name}: {weekly}, {place}; ceiling {step.ceiling:g} {component.unit} a week.{extra}",
                f"{name}: {place}, {weekly}; trials gave 7 mg of anastrozole a week." if drug == "anastrozole" else
                f"{name}: {place}, {weekly}.", _sources(component.source), component.certainty,
                severity="info" if step.amount <= step.ceiling * 1.000001 else "warning",
            )  # fmt: skip

    # Around it -----------------------------------------------------------------------------------------

    def _off_label(self) -> Finding:
        text = self.protocol.off_label
        consent = self.view.fact("consent")
        status = "consent is documented" if consent else "document informed consent before treatment"
        return Finding("OFF_LABEL", "off-label", "Off-label use", text, f"{text} {status[0].upper()}{status[1:]}.",
                       f"{text} Context of use: {self.protocol.context}", _sources(self.protocol.source), "brief",
                       "", "info" if consent else "warning")  # fmt: skip

    def _visits(self, due: list[Due]) -> Iterator[Finding]:
        """Yield the next visit, and every one that is overdue."""
        for place, one in enumerate(due):
            if place and not one.overdue:
                continue
            panel = ", ".join(_title(name) for name in one.visit.panel)
            late = "overdue: it should have been done by then" if one.overdue else "planned"
            yield Finding(
                f"VISIT_{one.visit.name.upper().replace(' ', '_')}", "visit", f"{one.visit.name}: {one.day}",
                f"Your next visit is due about {one.day}.",
                f"{one.visit.name}: {one.day} (window {one.opens} to {one.closes}), {late}. Panel: {panel}.",
                f"{one.visit.name}: day {one.visit.day} after {one.visit.after}, open {one.opens} to {one.closes}.",
                _sources(one.visit.source), one.visit.certainty, "", "warning" if one.overdue else "info",
            )  # fmt: skip

    def _directions(self) -> Iterator[Finding]:
        """Yield, for each level that treatment should move, where it went."""
        if not self.view.begun:
            return
        for one in self.protocol.expected:
            now, then = self.view.level(one.of), self.view.level(one.of, "baseline")
            if now is None or then is None or now.date == then.date or then.high <= 0.0:
                continue
            analyte = ANALYTES[one.of]
            noise = SURE * (2.0 * (analyte.within_man_cv**2 + analyte.assay_cv**2)) ** 0.5
            low, high = now.low / then.high - 1.0, now.high / max(then.low, 1e-9) - 1.0
            up, down = low > noise, high < -noise
            verdict = "as expected" if (up if one.up else down) else "against expectation" if up or down else "unclear"
            way = "up" if one.up else "down"
            title = _title(one.of)
            change = f"{100.0 * low:+.0f} %" if low == high else f"{100.0 * low:+.0f} to {100.0 * high:+.0f} %"
            inputs = tuple((one.of, known.text, known.date.isoformat()) for known in (then, now) if known.date)
            yield Finding(
                f"DIRECTION_{one.of.upper()}", "direction", f"{title}: {verdict}",
                f"Your {title} should go {way}; it went from {then.text} to {now.text}.",
                f"{title} {then.text} to {now.text} ({change}); expected {way}: {verdict}. {one.why}",
                f"{title}: {change} against a noise of {100.0 * noise:.0f} % (within man and assay); {verdict}.",
                _sources(one.source), "brief", verdict, "warning" if verdict == "against expectation" else "info",
                inputs=inputs,
            )  # fmt: skip

    def _overrides(self) -> Iterator[Finding]:
        for one in self.view.record.overrides:
            text = f"{one.what} was set to {one.value:g} for this man: {one.reason}"
            yield Finding("OVERRIDE", "override", f"Override of {one.what}", text, text, text, _OWN, "proposal",
                          "", "warning")  # fmt: skip

    def bands(self) -> dict[str, str]:
        """Return, for each target, whether the last value is in its band, below, above or unknown."""
        found = {}
        for target in self.protocol.targets:
            known = self.view.level(target.of)
            if known is None:
                found[target.of] = "unknown"
                continue
            surely, never = compare(target.band, known.low, known.high)
            low = target.band.at_least if target.band.at_least is not None else target.band.above
            under = low is not None and known.low < low * target.band.scale
            found[target.of] = "in" if surely else ("below" if under else "above") if never else "unknown"
        return found


def _as_advice(alert: Finding) -> Finding:
    """Return an alert that demands an action as the advice."""
    return Finding(**{**alert.__dict__, "kind": "advice", "title": f"{alert.title}: {alert.action}"})


def _sources(source: object) -> tuple[str, ...]:
    return tuple(map(str, source))  # type: ignore[call-overload, no-any-return]


def _title(name: str) -> str:
    return QUANTITIES[name].title if name in QUANTITIES else name.replace(".", " ").replace("_", " ")


class _Words(dict[str, str]):
    """The values that a text may show, by name in braces."""

    def __init__(self, view: View, held: Held) -> None:
        super().__init__({name: value for name, value, date in held.inputs if date})
        self.view = view

    def __missing__(self, name: str) -> str:
        if name == "invalid":
            return "; ".join(self.view.invalid())
        known = self.view.level(name)
        return known.text if known is not None else "unknown"
