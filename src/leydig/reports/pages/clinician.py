"""The page for the clinician: the advice and why, the man, his levels, the plan, every finding, and a signature."""

from leydig.assessment.finding import Finding, FindingKind, Status
from leydig.assessment.mechanism import mechanisms
from leydig.assessment.wording import CERTAIN, certainty_text
from leydig.inference.decision.surprise import Surprise, SurpriseCause
from leydig.protocol.implied import short_title
from leydig.protocol.vocabulary import Group, Severity
from leydig.record.quantity import QUANTITIES, QuantityKind
from leydig.regimen import Regimen
from leydig.regimen.words import NOTHING
from leydig.reports.pages.arrows import arrow_section
from leydig.reports.pages.case import (
    ReportCase,
    alarms,
    by_severity,
    dose_words,
    given_regimen,
    name_of,
    value_in_usual_units,
)
from leydig.reports.pages.html import Mark, Page, Pairs, Points, ReportBlock, ReportReader, Row, Section, Table, Tone
from leydig.reports.pages.levels import before_after, level_card, over_time
from leydig.reports.pages.sources import Citation

__all__ = ["NOTICE", "clinician_page"]

NOTICE = "For professionals; it prescribes nothing, the clinician decides."
GROUPS = {
    FindingKind.ALERT: "Alerts",
    FindingKind.ADVICE: "Advice",
    FindingKind.WORK_UP: "Work-up",
    FindingKind.CLASSIFICATION: "Class",
    FindingKind.PATTERN: "Patterns",
    FindingKind.ELIGIBILITY: "Criteria",
    FindingKind.MISSING: "Missing before treatment",
    FindingKind.STEP: "Place on the ladder",
    FindingKind.EVIDENCE: "Evidence",
    FindingKind.OVERRIDE: "Overrides",
}
STATUSES = (Status.MET, Status.UNKNOWN, "")
FROM_MODEL = "Bands follow from the model, checked on virtual men alone; the rule decides, not the twin."
CAUSES = {
    SurpriseCause.NOISE: "chance: the scatter of days and of the assay",
    SurpriseCause.ADHERENCE: "doses not taken since the results before",
    SurpriseCause.CHANGED_MAN: "another man's sample, or something new in him",
}
UNSURE = "Improvement is not guaranteed; its size varies."
HOW_SURE = "How sure. " + " ".join(f"{short.capitalize()}: {long}." for short, long in CERTAIN.values())
SIGNED = (("Seen and decided by", "_" * 34), ("Date", "_" * 16), ("Signature", "_" * 34))
ALWAYS = ("consent", "wants_pregnancy")  # answers that are shown whichever way they went


def clinician_page(case: ReportCase) -> Page:
    """Return the page of the clinician."""
    cited, plan = Citation(case.found.on), case.plan
    advice = Section("Advice", _advice(case, cited), Tone.CRITICAL if alarms(case.found) else Tone.LEAD)
    above = (advice, Section("The man", (_man(case),)), Section("Levels", (level_card(case, cited),)))
    left = (Section("Regimen", (_regimens(case),)), Section("Plan", _plan(case, cited)))
    right = (Section("Results over time", over_time(case)), _off_label_section(case, cited))
    below = (
        *_outlook_section(case),
        Section("Before and after", (before_after(case, cited), UNSURE)),
        *_drug_actions(case),
        *arrow_section(case),
        Section("Findings", (_findings(case, cited), *_unmet_criteria(case), HOW_SURE)),
        Section("Sources", (cited.points(),)),  # after everything that names one
        Section("Signature", (Pairs(SIGNED),)),
    )
    where = f"Region: {plan.region_title or plan.region}" if plan.region else "No region's differences"
    rows = ((above,), (left, right), (below,))
    return Page(plan.title, Pairs(_facts(case)), rows, NOTICE, ReportReader.CLINICIAN, where,
                tuple(f"{one.title}. {one.clinical}" for one in alarms(case.found)))  # fmt: skip


def _outlook_section(case: ReportCase) -> tuple[Section, ...]:
    """Return what his twin expects at the next visit, where one was asked."""
    ahead = case.found.outlook
    if ahead is None:
        return ()
    rows = tuple(
        Row((short_title(one.name), f"{one.median:.3g} {one.unit}", f"{one.low:.3g} to {one.high:.3g} {one.unit}"))
        for one in ahead.levels
    )
    table = Table(("Next result", "Expected level", "90 % of results"), (("", rows),), (0.3, 0.3, 0.4))
    told = tuple(f"{one.of} ({', '.join(one.conditions)}): {100 * one.share:.0f} %"
                 for one in ahead.chances if one.share is not None)  # fmt: skip
    head = f"On {ahead.day} under {ahead.regimen}. Verdict of the twin: {ahead.verdict}."
    whose = (ahead.estradiol_assay.note,) if rows or told else ()
    blocks = (head, *ahead.reasons, *((table,) if rows else ()), *((Points(told),) if told else ()), *whose, FROM_MODEL)
    return (*_surprise_section(ahead.surprise), Section("Expected at the next visit", blocks))


def _surprise_section(found: Surprise | None) -> tuple[Section, ...]:
    """Return why the newest results are not what his twin expected, where they are not."""
    if found is None:
        return ()
    rows = tuple(
        Row((one.title, f"{one.value:.3g} {one.unit}", f"{one.low:.3g} to {one.high:.3g} {one.unit}"),
            Mark.WARNING if one.is_outside else Mark.NONE)
        for one in found.results
    )  # fmt: skip
    table = Table(("Newest result", "It was", "Expected, 90 %"), (("", rows),), (0.3, 0.3, 0.4))
    shares = Points(tuple(f"{CAUSES[cause]}: {100 * share:.0f} %" for cause, share in found.shares.items()))
    head = f"By all his results before, the likeliest cause is {found.likeliest}."
    return (Section("Not what was expected", (table, head, shares, FROM_MODEL), Tone.WARNING),)


def _off_label_section(case: ReportCase, cited: Citation) -> Section:
    finding = case.found.of(FindingKind.OFF_LABEL)[0]
    text = f"{finding.clinical} [{cited.number(finding.source)}], {certainty_text(finding.certainty)}."
    return Section("Off-label use", (text,), Tone.WARNING)


def _facts(case: ReportCase) -> tuple[tuple[str, str], ...]:
    age, born = case.view.level("age"), case.record.born
    return (
        ("Man", case.record.id or "no id"), ("Born", born.isoformat() if born else "not recorded"),
        ("Age", f"{age.low:g} years" if age else "unknown"), ("Date", case.found.on.isoformat()),
        ("Protocol", name_of(case.plan)),
    )  # fmt: skip


def _advice(case: ReportCase, cited: Citation) -> tuple[ReportBlock, ...]:
    """Return what is advised, on what verdict, for which reasons."""
    found, advice = case.found, case.found.of(FindingKind.ADVICE)[0]
    pairs = [("Advised", found.action), ("Verdict", found.verdict), ("Dose", dose_words(found, case.view.begun)),
             ("Goal of the plan", case.plan.goal)]  # fmt: skip
    text = f"{advice.clinical} [{cited.number(advice.source)}], {certainty_text(advice.certainty)}."
    reasons = Points(tuple(f"{one.title} ({one.rank})" for one in found.reasons))
    return (Pairs(tuple(pairs)), text, *(("Because:", reasons) if found.reasons else ()))


def _man(case: ReportCase) -> Pairs:
    """Return who he is beside his hormones: diagnosis, couple, complaints, history, medicines."""
    found = case.found
    diagnosis = [one.title for kind in (FindingKind.CLASSIFICATION, FindingKind.PATTERN) for one in found.of(kind)]
    indications = {rule.id for rule in case.plan.of_group(Group.INDICATION)}
    met = [
        one.title for one in found.of(FindingKind.ELIGIBILITY) if one.status == Status.MET and one.rule in indications
    ]
    history = [
        QUANTITIES[name].title
        for name, one in QUANTITIES.items()
        if one.kind == QuantityKind.FACT and case.view.fact(name) and name not in ALWAYS
    ]
    pairs = [("Diagnosis", "; ".join(diagnosis) or "none of the classes fits"), ("Indications met", "; ".join(met)),
             ("BMI", _last_level(case, "bmi")), ("Partner's age", _last_level(case, "partner_age")),
             ("Months of trying", _last_level(case, "months_trying")), ("Joint pain", _last_level(case, "joint_pain")),
             ("Other complaints", _complaints(case)), ("Answered with yes", "; ".join(history)),
             ("Consent", _answer_text(case, "consent")), ("Wish for a child", _answer_text(case, "wants_pregnancy")),
             ("His goals", "; ".join(case.record.goals))]  # fmt: skip
    needed = ("BMI", "Partner's age", "Months of trying", "Joint pain")
    return Pairs(tuple((name, what or "not recorded") for name, what in pairs if what or name in needed))


def _answer_text(case: ReportCase, name: str) -> str:
    answer = case.view.fact(name)
    return "not recorded" if answer is None else "yes" if answer else "no"


def _last_level(case: ReportCase, name: str) -> str:
    known = case.view.level(name)
    if known is None:
        return ""
    scale, unit = QUANTITIES[name].title.partition(", ")[2], QUANTITIES[name].unit
    plural = "s" if unit in ("year", "month", "day") and known.text.endswith(unit) and known.high != 1.0 else ""
    return f"{value_in_usual_units(name, known.text)}{plural}{f' ({scale})' if scale else ''}, {known.day}"


def _complaints(case: ReportCase) -> str:
    """Return the other scores on record, each with its scale."""
    scores = [name for name, one in QUANTITIES.items() if one.kind == QuantityKind.SCORE and name != "joint_pain"]
    return "; ".join(f"{short_title(name)} {_last_level(case, name)}" for name in scores if case.view.level(name))


def _regimens(case: ReportCase) -> Table:
    found, given = case.found, [one for one in case.record.treatments if one.on(case.found.on)]
    rows = [_regimen_row(f"Now, since {one.start}", one.regimen) for one in given]
    rows += [Row((f"Now, since {one.start}", one.text, "", "not simulated"))
             for one in case.record.medicines if one.on(found.on)]  # fmt: skip
    rows = rows or [Row(("Now", "no treatment", "", ""))]
    if given and found.simulated_part(found.now) not in [str(one.regimen) for one in given]:
        rows.append(_regimen_row("Now, nearest rung", given_regimen(found.simulated_part(found.now))))
    words, after = dose_words(found, case.view.begun), found.simulated_part(found.next)
    row = _regimen_row("Advised next", given_regimen(after))
    paused = words.startswith(("Hold", "Stop")) or after == NOTHING
    rows.append(Row(("Advised next", words, *(("", "") if paused else row.cells[2:]))))
    return Table(("", "Given", "A week", "Preparation"), (("", tuple(rows)),), (0.22, 0.38, 0.18, 0.22))


def _drug_actions(case: ReportCase) -> tuple[Section, ...]:
    """Return the places on the loop where each drug acts that is given, advised, or would be begun with."""
    texts = [case.found.simulated_part(text) for text in (case.found.now, case.found.next)]
    first = {drug: one.begin for drug, one in case.plan.components.items()}
    begun = () if case.view.begun else case.plan.regimen(first).drugs
    found = mechanisms((*(drug for text in texts for drug in given_regimen(text).drugs), *begun))
    rows = tuple(Row((one.organ, short_title(one.drug), one.effect)) for one in found)
    return (Section("Where the drugs act", (Table(("Place", "Drug", "Does"), (("", rows),), (0.26, 0.2, 0.54)),)),)


def _regimen_row(when: str, regimen: Regimen) -> Row:
    totals = regimen.weekly_total()
    weekly = "; ".join((f"{short_title(drug)} " if len(totals) > 1 else "") + f"{amount:.4g} {unit}"
                       for drug, (amount, unit) in totals.items())  # fmt: skip
    compounded = ", ".join(map(short_title, regimen.needs_compounding())) if len(totals) > 1 else ""
    needs = f"{compounded} needs compounding".strip() if regimen.needs_compounding() else "as supplied"
    return Row((when, str(regimen), weekly, needs if totals else ""))


def _plan(case: ReportCase, cited: Citation) -> tuple[ReportBlock, ...]:
    if not case.due:
        return ("No visit is planned before treatment begins.",)
    rows = tuple(
        Row((one.visit.name, f"{one.day:%a} {one.day}" + (" overdue" if one.overdue else ""),
             f"{one.opens} to {one.closes}",
             f"{', '.join(map(short_title, one.visit.panel))} [{cited.number(one.visit.source)}]"),
            Mark.WARNING if one.overdue else Mark.NONE)
        for one in case.due
    )  # fmt: skip
    toward = (f"Toward what he wants: {'; '.join(case.record.goals)}.",) if case.record.goals else ()
    return (*toward, Table(("Visit", "Day", "Window", "Panel"), (("", rows),), (0.17, 0.18, 0.24, 0.41)))


def _findings(case: ReportCase, cited: Citation) -> Table:
    groups = []
    for kind, head in GROUPS.items():
        shown = [one for one in case.found.of(kind) if one.status != Status.NOT_MET]
        rows = tuple(
            _finding(one, cited) for one in sorted(by_severity(shown), key=lambda one: STATUSES.index(one.status))
        )
        groups += [(head, rows)] if rows else []
    heads = ("Finding", "Says", "In words", "From (day)", "Source, how sure, rule")
    return Table(heads, tuple(groups), (0.18, 0.09, 0.34, 0.22, 0.17))


def _finding(one: Finding, cited: Citation) -> Row:
    """Return a finding; the words of a criterion hold only where it is met."""
    mark = Mark.NONE if one.severity == Severity.INFO else Mark(one.severity)
    says, text = str(one.severity), one.clinical
    if one.kind == FindingKind.ELIGIBILITY:
        says = f"{one.status}, {mark}" if one.status == Status.MET and mark else one.status
        mark = mark if one.status == Status.MET else Mark.NONE
        text = one.clinical if one.status == Status.MET else f"To decide it, {', '.join(one.changes)}."
    text += f" Advised: {one.action}." if one.action else ""
    return Row(
        (
            one.title,
            says,
            text,
            _inputs(one),
            f"[{cited.number(one.source)}], {certainty_text(one.certainty)} {one.rule}",
        ),
        mark,
    )


def _unmet_criteria(case: ReportCase) -> tuple[str, ...]:
    """Return the criteria that do not apply, in one line each: they are no news."""
    indications = {rule.id for rule in case.plan.of_group(Group.INDICATION)}
    unmet = [one for one in case.found.of(FindingKind.ELIGIBILITY) if one.status == Status.NOT_MET]
    lines = (("Indications not met", [one.title for one in unmet if one.rule in indications]),
             ("Exclusions that do not apply", [one.title for one in unmet if one.rule not in indications]))  # fmt: skip
    return tuple(f"{head}: {'; '.join(titles)}." for head, titles in lines if titles)


def _inputs(one: Finding) -> str:
    """Return what a finding was read from, by day; names of one value stand together."""
    days: dict[str, dict[str, list[str]]] = {}
    for name, value, day in one.inputs:
        days.setdefault(day, {}).setdefault(value_in_usual_units(name, value), []).append(short_title(name))
    return "; ".join(
        ", ".join(f"{', '.join(names)} {value}" for value, names in values.items()) + (f" ({day})" if day else "")
        for day, values in days.items()
    )
