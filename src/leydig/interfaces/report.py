"""The report of one man on one day: one printable page for the clinician, another in plain words for the patient."""

import datetime as dt
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from leydig.analytes import ANALYTES
from leydig.care import Assessment, Finding, Protocol, assess
from leydig.care import protocol as read_protocol
from leydig.care.glossary import GLOSSARY
from leydig.care.monitoring import Due, due_visits
from leydig.care.override import adapted
from leydig.care.protocol import Condition, compare
from leydig.care.semen import EDITIONS, LIMITED
from leydig.care.semen import SOURCE as WHO
from leydig.care.speech import named
from leydig.care.value import Known
from leydig.care.view import View
from leydig.errors import LeydigWarning, UnknownName
from leydig.interfaces.files import target_file
from leydig.interfaces.report_html import Bar, Block, Cited, Page, Pairs, Panel, Picture, Points, Row, Section, Table
from leydig.man.quantity import QUANTITIES
from leydig.man.record import Record
from leydig.regimen import Regimen
from leydig.source import read_sources

__all__ = ["report"]

NOTICE = "For professionals; it prescribes nothing, the clinician decides."
TO_HIM = "Read it with your clinician. It prescribes nothing, the clinician decides: change nothing on your own."
CARD = ("testosterone", "estradiol", "te2_ratio", "lh", "fsh", "sperm_concentration", "hematocrit")
DRAWN = CARD[:-1]
BARS = 12  # treatments in the figure, the last ones
GROUPS = {"alert": "Alerts", "advice": "Advice", "work-up": "Work-up", "classification": "Class", "pattern": "Patterns",
          "eligibility": "Criteria", "missing": "Missing before treatment", "step": "Place on the ladder",
          "evidence": "Evidence", "override": "Overrides"}  # fmt: skip
SEVERITIES = ("critical", "warning", "info")
STATUSES = ("met", "unknown", "", "not met")
UNSURE = "Improvement is not guaranteed; its size varies."
CERTAINTY = (
    "Certainty: seen, read in its source; recalled, general knowledge to be confirmed; brief, the project's brief says "
    "it; derived, worked out; proposal, offered for the clinician's approval."
)
ASK = "Tick what you want to ask, and take this page with you."
ASKED = (
    "What do we want to reach, and on what day do we look whether it worked?",
    "What else could we do, doing nothing included? What about my partner?",
    "Which effects must I tell you about at once, and whom do I call?",
    "When and how do we stop?",
    "This use is not approved: what does that mean for me, and who pays?",
)
FLAG = {"critical": "Important: ", "warning": "Note: ", "info": ""}
NOTE = "One line a day. Complaints from 0, none, to 10, as bad as can be."
DIARY = ("Date", "Dose taken", "Tired", "Low desire", "Low mood", "Joint pain")
DIARY_DAYS = 14


def report(
    record: Record,
    protocol: Protocol | str = "anastrozole",
    region: str = "",
    on: dt.date | None = None,
    *,
    out: Path | str,
    reader: str = "clinician",
) -> Path:
    """Write the report of one man: his results, regimen, findings with sources, plan and the off-label statement.

    The same record, protocol, day and reader give the same bytes. A refused record gives a page that only says why.

    Parameters
    ----------
    record : Record
    protocol : Protocol or str, optional
        A protocol, its name, or the path of its file.
    region : str, optional
        For a name or path only.
    on : datetime.date, optional
        The day of the assessment; the last day of the record when left out.
    out : Path or str
        Ending in ``.html`` (one page that works offline) or ``.pdf`` (A4).
    reader : {"clinician", "patient"}
        The patient's page is in plain words, with questions to ask, a diary and the glossary.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutOfRange
        When the path ends otherwise.
    UnknownName
        When there is no such reader, protocol or region.
    BadProtocol, BadRecord
        As `leydig.care.assess`.
    """
    target = target_file(out, (".html", ".pdf"), make=True)
    if reader not in PAGES:
        raise UnknownName.among("reader", reader, PAGES)
    plan = protocol if isinstance(protocol, Protocol) else read_protocol(protocol, region)
    found = assess(record, plan, on=on)
    page = _refusal(record, plan, found, reader) if found.refused else PAGES[reader](_case(record, plan, found))
    if target.suffix == ".html":
        from leydig.interfaces.report_html import html_page as drawn
    else:
        from leydig.interfaces.report_pdf import pdf_page as drawn
    target.write_bytes(drawn(page))
    return target


@dataclass(frozen=True)
class _Case:
    """What a page tells of."""

    record: Record
    plan: Protocol
    view: View
    found: Assessment
    due: tuple[Due, ...]


def _case(record: Record, plan: Protocol, found: Assessment) -> _Case:
    own = adapted(plan, record.overrides)
    view = View(record, own, found.on)
    return _Case(record, own, view, found, tuple(due_visits(view, own, found.now != found.next)))


def _refusal(record: Record, plan: Protocol, found: Assessment, reader: str) -> Page:
    why = Points(tuple(one.plain if reader == "patient" else f"{one.clinical} ({one.rule})" for one in found.findings))
    facts = [("Man", record.id)] if record.id else []
    facts += [("Date", found.on.isoformat()), ("Protocol", _name(plan)), ("Verdict", "refused: nothing was assessed")]
    notice = TO_HIM if reader == "patient" else NOTICE
    section = Section("Why nothing was assessed", (why,), "warning")
    return Page("Leydig report: refused", Pairs(tuple(facts)), (((section,),),), notice, reader)


def _name(plan: Protocol) -> str:
    return f"{plan.name} {plan.version}" + (f", region {plan.region}" if plan.region else "")


# For the clinician ---------------------------------------------------------------------------------------------------


def _for_clinician(case: _Case) -> Page:
    cited, found = Cited(), case.found
    age, off_label = case.view.level("age"), found.of("off-label")[0]
    facts = [("Man", case.record.id or "no id"), ("Age", f"{age.low:g} years" if age else "unknown"),
             ("Date", found.on.isoformat()), ("Protocol", _name(case.plan)), ("Verdict", found.verdict),
             ("Advice", found.action)]  # fmt: skip
    facts += [("His goals", "; ".join(case.record.goals))] if case.record.goals else []
    statement = f"{off_label.clinical} {off_label.rule} [{cited.number(off_label.source)}], {off_label.certainty}."
    left = (
        Section("Levels", (_card(case, cited),)),
        Section("Regimen", (_regimens(case),)),
        Section("Plan", _plan(case, cited)),
    )
    right = (Section("Results over time", _over_time(case)), Section("Off-label use", (statement,), "warning"))
    below = (
        Section("Before and after", (_before_after(case, cited), UNSURE)),
        Section("Findings", (_findings(case, cited), CERTAINTY)),
        Section("Sources", (cited.points(),)),
    )
    return Page(
        f"Leydig report: {case.plan.title}", Pairs(tuple(facts)), ((left, right), (below,)), NOTICE, "clinician"
    )


def _card(case: _Case, cited: Cited) -> Table:
    rows = []
    for name in CARD:
        band, kind, source = _band(case, name)
        known = case.view.level(name)
        place = _place(band, known)
        last = f"{_both(name, known)}, {known.day}" if known else "no result"
        words = f"{_words(band)}, {kind}" + (f" [{cited.number(source)}]" if source else "")
        rows.append(Row((_title(name), place, last, words), {"in": "good", "unknown": ""}.get(place, "warning")))
    return Table(("Level", "It is", "Last value", "Band"), (("", tuple(rows)),), (0.23, 0.12, 0.29, 0.36))


def _band(case: _Case, name: str) -> tuple[Condition, str, Iterable[object]]:
    """Return the band of a level, what it is, and its sources: a target, its laboratory's own, or the reference."""
    target = next((one for one in case.plan.targets if one.of == name), None)
    if target is not None:
        own = any(one.what.startswith(f"target.{name}.") for one in case.record.overrides)
        return target.band, "target, set for him" if own else f"target, {target.certainty}", target.source
    range_ = next((one.sane_range for one in reversed(case.view.results(name)) if one.sane_range), None)
    if range_:
        return Condition(name, at_least=range_[0], at_most=range_[1], unit=QUANTITIES[name].unit), "its laboratory", ()
    return _reference(name), "reference", read_sources(WHO if name in LIMITED else ANALYTES[name].source)


def _reference(name: str) -> Condition:
    """Return the reference interval of an analyte in the unit of rules; of semen only a lower limit is known."""
    unit = QUANTITIES[name].unit
    if name in LIMITED:
        return Condition(name, at_least=getattr(EDITIONS[2021], name), unit=unit)
    low, high = (edge * ANALYTES[name].factor_to(unit) for edge in ANALYTES[name].reference)
    return Condition(name, at_least=low, at_most=high, unit=unit)


def _edges(band: Condition) -> tuple[float, float | None]:
    """Return the lower and upper end of a band in the unit of its quantity."""
    low = band.at_least if band.at_least is not None else band.above
    high = band.at_most if band.at_most is not None else band.below
    return (low or 0.0) * band.scale, None if high is None else high * band.scale


def _words(band: Condition) -> str:
    """Return a band in words; the longest form of `Condition` where the ends do not tell it."""
    if band.at_least is None or (band.at_most is None and band.below is None):
        return str(band).removeprefix(band.of.replace("_", " ")).strip()
    high = f"{band.at_most:g}" if band.at_most is not None else f"below {band.below:g}"
    return f"{band.at_least:g} to {high}" + (f" {band.unit}" if band.unit != "1" else "")


def _place(band: Condition, known: Known | None) -> str:
    """Return where a value is: in its band, below, above, or unknown where a bound does not tell."""
    surely, never = compare(band, known.low, known.high) if known else (False, False)
    if known is None or not (surely or never):
        return "unknown"
    return "in" if surely else "below" if known.low < _edges(band)[0] else "above"


def _both(name: str, known: Known) -> str:
    """Return a value as it came, and in the unit of rules where that is another one."""
    unit = QUANTITIES[name].unit
    if unit == "1" or unit in known.text or known.low != known.high:
        return known.text
    return f"{known.text} ({known.low:.3g} {unit})"


def _title(name: str) -> str:
    """Return short words for what a rule read."""
    if name == "te2_ratio":
        return "T:E2"
    if name in QUANTITIES and QUANTITIES[name].kind == "fact":
        return name.replace("_", " ")
    return named(name).partition(",")[0]


def _regimens(case: _Case) -> Table:
    found, given = case.found, [one for one in case.record.treatments if one.on(case.found.on)]
    rows = [_given(f"Now, since {one.start}", one.regimen) for one in given]
    rows += [Row((f"Now, since {one.start}", one.text, "", "not simulated"))
             for one in case.record.medicines if one.on(found.on)]  # fmt: skip
    rows = rows or [_given("Now", Regimen())]
    if given and _simulated(found, found.now) not in [str(one.regimen) for one in given]:
        rows.append(_given("Now, nearest rung", _read(_simulated(found, found.now))))
    unchanged = " (unchanged)" if found.now == found.next else ""
    rows.append(_given("Advised next", _read(_simulated(found, found.next)), unchanged))
    return Table(("", "Given", "A week", "Preparation"), (("", tuple(rows)),), (0.2, 0.34, 0.21, 0.25))


def _simulated(found: Assessment, text: str) -> str:
    """Return the part of a text of what is given that the model simulates: its medicines come last."""
    return text.removesuffix(" + ".join(found.medicines)).removesuffix(" + ") or "nothing"


def _read(text: str) -> Regimen:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeydigWarning)  # the findings speak of doses above their label
        return Regimen("" if text == "nothing" else text)


def _given(when: str, regimen: Regimen, more: str = "") -> Row:
    totals = regimen.weekly_total()
    weekly = "; ".join((f"{_title(drug)} " if len(totals) > 1 else "") + f"{amount:.4g} {unit}"
                       for drug, (amount, unit) in totals.items())  # fmt: skip
    compounded = ", ".join(map(_title, regimen.needs_compounding())) if len(totals) > 1 else ""
    needs = f"{compounded} needs compounding".strip() if regimen.needs_compounding() else "as supplied"
    return Row((when, f"{regimen}{more}", weekly or "0", needs if totals else ""))


def _plan(case: _Case, cited: Cited) -> tuple[Block, ...]:
    advice = case.found.of("advice")[0]
    text = f"{advice.clinical} {advice.rule} [{cited.number(advice.source)}], {advice.certainty}."
    if not case.due:
        return text, "No visit is planned before treatment begins."
    rows = tuple(
        Row((one.visit.name, f"{one.day}" + (" overdue" if one.overdue else ""), f"{one.opens} to {one.closes}",
             f"{', '.join(map(_title, one.visit.panel))} [{cited.number(one.visit.source)}], {one.visit.certainty}"),
            "warning" if one.overdue else "")
        for one in case.due
    )  # fmt: skip
    return text, Table(("Visit", "Day", "Window", "Panel"), (("", rows),), (0.17, 0.16, 0.2, 0.47))


def _over_time(case: _Case) -> tuple[Block, ...]:
    panels, days = [], [case.found.on]
    for name in DRAWN:
        points = tuple((one.date, one.high if one.text.startswith("<") else one.low, one.low != one.high)
                       for one in case.view.days(name) if one.date)  # fmt: skip
        days += [day for day, _, _ in points]
        target = next((_edges(one.band) for one in case.plan.targets if one.of == name), None)
        panels.append(Panel(_title(name), QUANTITIES[name].unit, points, _edges(_reference(name)), target))
    given = [one for one in case.record.treatments if one.start <= case.found.on]
    bars = tuple(Bar(str(one.regimen), one.start, min(one.stop or case.found.on, case.found.on))
                 for one in given[-BARS:])  # fmt: skip
    first = min([*days, *(one.start for one in bars)])
    told = (f"{one.title}: " + (", ".join(f"{value:.3g} on {day}" for day, value, _ in one.points) or "no result")
            for one in panels)  # fmt: skip
    given_words = "; ".join(f"{one.label} from {one.start} to {one.stop}" for one in bars) or "no treatment"
    alt = f"His results by date. {'; '.join(told)}; {given_words}."
    picture = Picture(tuple(panels), bars, first, case.found.on, alt)
    return (picture, f"{len(given) - BARS} earlier treatments are not drawn.") if len(given) > BARS else (picture,)


def _before_after(case: _Case, cited: Cited) -> Table:
    """Return where each level should go, and where it went."""
    spoken = {one.rule: one for one in case.found.of("direction")}
    rows = []
    for one in case.plan.expected:
        then, finding = case.view.level(one.of, "baseline"), spoken.get(f"DIRECTION_{one.of.upper()}")
        before = f"{then.text}, {then.day}" if then else "no result"
        after, verdict, rule = "not yet", "not yet", ""
        if finding:
            after, verdict, rule = ", ".join(finding.inputs[-1][1:]), finding.status, f" {finding.rule}"
        why = f"{one.why}{rule} [{cited.number(one.source)}]" + (f", {finding.certainty}" if finding else "")
        mark = {"as expected": "good", "against expectation": "warning"}.get(verdict, "")
        rows.append(Row((_title(one.of), verdict, before, after, "up" if one.up else "down", why), mark))
    heads = ("Level", "Verdict", "Before", "Now", "Expected", "Why, rule, source and certainty")
    return Table(heads, (("", tuple(rows)),), (0.13, 0.11, 0.16, 0.16, 0.07, 0.37))


def _findings(case: _Case, cited: Cited) -> Table:
    def order(one: Finding) -> tuple[int, int]:
        return STATUSES.index(one.status), SEVERITIES.index(one.severity)

    groups = [(title, tuple(_finding(one, cited) for one in sorted(case.found.of(kind), key=order)))
              for kind, title in GROUPS.items()]  # fmt: skip
    heads = ("Rule", "Says", "Finding", "From (day)", "Source", "Certainty")
    return Table(heads, tuple(one for one in groups if one[1]), (0.17, 0.08, 0.36, 0.26, 0.06, 0.07))


def _finding(one: Finding, cited: Cited) -> Row:
    """Return a finding; the words of a criterion hold only where it is met."""
    says, mark, text = one.severity, one.severity.replace("info", ""), one.clinical
    if one.kind == "eligibility":
        says = f"{one.status}, {mark}" if one.status == "met" and mark else one.status
        text = one.clinical if one.status == "met" else f"{one.title}: {one.status}."
        mark = {"met": mark, "unknown": "warning", "not met": "muted"}[one.status]
        text += f" To decide it, {', '.join(one.changes)}." if one.status == "unknown" else ""
    text += f" Advised: {one.action}." if one.action else ""
    return Row((one.rule, says, text, _inputs(one), cited.number(one.source), one.certainty), mark)


def _inputs(one: Finding) -> str:
    """Return what a finding was read from, by day; names of one value stand together."""
    days: dict[str, dict[str, list[str]]] = {}
    for name, value, day in one.inputs:
        days.setdefault(day, {}).setdefault(value, []).append(_title(name))
    return "; ".join(
        ", ".join(f"{', '.join(names)} {value}" for value, names in values.items()) + (f" ({day})" if day else "")
        for day, values in days.items()
    )


# For the patient -----------------------------------------------------------------------------------------------------


def _for_patient(case: _Case) -> Page:
    found, record = case.found, case.record
    given = "; ".join((*(str(one.regimen) for one in record.treatments if one.on(found.on)), *found.medicines))
    facts = [("For", record.id), ("Date", found.on.isoformat()), ("Plan", case.plan.title), ("You take", given),
             ("What you want", "; ".join(record.goals))]  # fmt: skip
    next_ = [one.plain for kind in ("advice", "missing", "visit") for one in found.of(kind)]
    diary = Table(DIARY, (("", (Row(("",) * len(DIARY)),) * DIARY_DAYS),), (0.2, 0.2, 0.15, 0.15, 0.15, 0.15), True)
    sections = (
        *_told(case),
        Section("What happens next", (Points(tuple(dict.fromkeys(next_))),), "lead"),
        Section("Off-label use", (found.of("off-label")[0].plain,), "warning"),
        Section("Questions for your clinician", (ASK, Points(_questions(found), "boxes"))),
        Section("Diary", (NOTE, diary)),
        Section("Words", (Pairs(tuple((one.name, one.plain) for one in GLOSSARY)),)),
    )
    shown = Pairs(tuple(one for one in facts if one[1]))
    return Page("Your results and what comes next", shown, ((sections,),), TO_HIM, "patient")


def _told(case: _Case) -> Iterator[Section]:
    """Yield what was found: on treatment the present first, then from where it began."""
    now, start = ("alert", "direction", "step"), ("classification", "pattern", "eligibility", "work-up", "override")
    parts = ((("How it goes", now), ("Where you started", start)) if case.view.begun
             else (("What was found", (*now, *start)),))  # fmt: skip
    for title, kinds in parts:
        told = [one for kind in kinds for one in case.found.of(kind) if kind != "eligibility" or one.status == "met"]
        told.sort(key=lambda one: SEVERITIES.index(one.severity))
        texts = tuple(dict.fromkeys(f"{FLAG[one.severity]}{one.plain}" for one in told))
        if texts:
            yield Section(title, (Points(texts),))


def _questions(found: Assessment) -> tuple[str, ...]:
    """Return what he may ask: what is unknown, missing or contested, what was alerted, then what anyone may ask."""
    unknown = [one for kind in ("eligibility", "missing") for one in found.of(kind) if one.status == "unknown"]
    asked = [f"Not on record: {named(name)}. Do you need to know it?" if name in QUANTITIES else
             f"Not settled yet: {one.title}. What is missing?" for one in unknown for name in one.missing]  # fmt: skip
    asked += [f"{one.title}: what do we do about it?" for one in found.of("alert") if one.severity != "info"]
    asked += [f"{one.plain} What does that mean for me?" for one in found.of("evidence")]
    return tuple(dict.fromkeys((*asked, *ASKED)))


PAGES = {"clinician": _for_clinician, "patient": _for_patient}
