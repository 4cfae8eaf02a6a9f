"""The page for the man himself: plain words, what to take, what to watch for, what to ask, and a diary."""

from collections.abc import Iterator

from leydig.assessment.finding import Assessment, FindingKind, Status
from leydig.inference.decision.surprise import SurpriseCause
from leydig.protocol.implied import title_of
from leydig.protocol.vocabulary import Severity
from leydig.record.quantity import QUANTITIES
from leydig.regimen.words import NOTHING
from leydig.reports.glossary import GLOSSARY
from leydig.reports.pages.case import ReportCase, alarms, dose_words
from leydig.reports.pages.html import ListStyle, Page, Pairs, Points, ReportReader, Row, Section, Table, Tone

__all__ = ["DANGER", "TO_HIM", "patient_page"]

TO_HIM = "Read it with your clinician. It prescribes nothing, the clinician decides: change nothing on your own."
ASK = "Tick what you want to ask, and take this page with you."
ASKED = (
    "What do we want to reach, and on what day do we look whether it worked?",
    "What else could we do, doing nothing included? What about my partner?",
    "Which effects must I tell you about at once, and whom do I call?",
    "When and how do we stop?",
    "This use is not approved: what does that mean for me, and who pays?",
)
FLAG = {Severity.CRITICAL: "Important: ", Severity.WARNING: "Note: ", Severity.INFO: ""}
DANGER = (  # prescribing information of Arimidex, Clomid and Nolvadex, CTCAE; emergencies of anyone
    (
        "a swollen, painful or red leg, pain in the chest, shortness of breath, coughing blood",
        "at once, emergency number",
    ),
    ("weakness of one side, trouble with speech, sudden loss of sight", "at once, emergency number"),
    ("thoughts of harming yourself", "at once, your doctor or an emergency line"),
    ("blurred vision, spots or flashes, a new bad headache", "today, and take no more until you have spoken"),
    ("yellow skin or eyes, dark urine, pain under the right ribs", "today, and take no more until you have spoken"),
    ("a rash with swelling of face or throat, trouble breathing", "at once, emergency number"),
    ("joint pain that keeps you from daily activities, a broken bone after a light fall", "this week"),
    ("low mood or loss of interest for two weeks, swollen or tender breasts", "this week"),
)
SCALES = ("vitality", "low_libido", "joint_pain")  # what the record takes from the diary, in its own scales
HEADS = {"vitality": "Tired", "low_libido": "Low desire", "joint_pain": "Joint pain"}
GRADES = (
    "Joint pain: 0 none, 1 mild, 2 keeps me from some daily activities, 3 keeps me from looking after myself, "
    "4 and 5 are for the clinician."
)
DIARY_DAYS = 14
SURPRISED = {
    SurpriseCause.NOISE: "Most likely this is chance: levels differ from day to day, and no test is exact.",
    SurpriseCause.ADHERENCE: "They look as if some doses were not taken. Tell your clinician which days you took it.",
    SurpriseCause.CHANGED_MAN: "They do not look like yours. A sample may have been mixed up, or something may be new: "
    "tell your clinician of any illness, other medicines or supplements.",
}
NO_BLAME = "A computer model says so, and it may be wrong. The test may have to be repeated."


def patient_page(case: ReportCase) -> Page:
    """Return the page of the man himself."""
    found, record = case.found, case.record
    given = "; ".join((*(str(one.regimen) for one in record.treatments if one.on(found.on)), *found.medicines))
    facts = [("For", record.id), ("Born", record.born.isoformat() if record.born else ""),
             ("Date", found.on.isoformat()), ("You take", given),
             ("What you want", "; ".join(record.goals))]  # fmt: skip
    alarm = tuple(one.plain for one in alarms(found))
    first = [_dose(case), found.of(FindingKind.ADVICE)[0].plain]
    more = (FindingKind.VISIT,) if case.view.begun else (FindingKind.MISSING, FindingKind.VISIT)
    next_ = [*(reversed(first) if alarm else first), *(one.plain for kind in more for one in found.of(kind))]
    sections = (
        *_story(case),
        Section("What happens next", (Points(tuple(dict.fromkeys(next_))),), Tone.CRITICAL if alarm else Tone.LEAD),
        *_outlook_section(case),
        Section("When to call", (_danger(),), Tone.CRITICAL),
        Section("Off-label use", (found.of(FindingKind.OFF_LABEL)[0].plain,), Tone.WARNING),
        Section("Questions for your clinician", (ASK, Points(_questions(found), ListStyle.BOXES))),
        Section("Diary", (_note(), _diary())),
        Section("Words", (Pairs(tuple((one.name, one.plain) for one in GLOSSARY)),)),
    )
    shown = Pairs(tuple(one for one in facts if one[1]))
    return Page("Your results and what comes next", shown, ((sections,),), TO_HIM, ReportReader.PATIENT,
                case.plan.title, alarm)  # fmt: skip


def _outlook_section(case: ReportCase) -> tuple[Section, ...]:
    """Return in plain words what is expected of the next tests, where a twin was asked and tells something."""
    ahead = case.found.outlook
    if ahead is None:
        return ()
    surprise: tuple[Section, ...] = ()
    if ahead.surprise is not None:
        texts = (SURPRISED[ahead.surprise.likeliest], NO_BLAME)
        surprise = (Section("Your last tests were not what was expected", texts),)
    if not ahead.levels:
        return surprise
    lines = tuple(
        f"{one.title}: most likely between {one.low:.3g} and {one.high:.3g} {one.unit}" for one in ahead.levels
    )
    text = (f"A computer model expects this of your tests about {ahead.day}. It may be wrong; your clinician decides "
            f"by what is measured. Estradiol is meant as by {ahead.estradiol_assay}.")  # fmt: skip
    return (*surprise, Section("What the next tests may show", (text, Points(lines))))


def _dose(case: ReportCase) -> str:
    """Return from what dose to what dose it goes."""
    found = case.found
    now, words = found.simulated_part(found.now), dose_words(found, case.view.begun)
    if any(step.amount and not step.exact for step in case.view.steps.of.values()):  # no rung: as it was written
        now = " + ".join(str(one.regimen) for one in case.record.treatments if one.on(found.on))
    if found.now == found.next and now == NOTHING:
        return "Your dose: nothing of this plan is taken now."
    if found.now == found.next:
        return f"Your dose stays: {now}."
    return (
        f"Your dose now: {now}. Advised from here on: {words[0].lower() + words[1:]}. Wait for your clinician's word."
    )


def _danger() -> Table:
    rows = tuple(Row(pair) for pair in DANGER)
    return Table(("If you have", "Call"), (("", rows),), (0.62, 0.38))


def _note() -> str:
    """Return how the diary is filled in, by the scales of the record in plain words."""
    worst = [
        f"{HEADS[name]}: {_scale(name)}, the end of the scale is the worst" for name in SCALES if name != "joint_pain"
    ]
    return (
        f"One line a day. {'; '.join(worst)}. {GRADES} Mood is asked with a questionnaire at your visits. "
        "Write none where a dose was missed, and count them: a fifth or more changes what the tests mean."
    )


def _diary() -> Table:
    heads = ("Date", "Dose taken", *(f"{HEADS[name]} ({_scale(name)})" for name in SCALES), "Anything else")
    return Table(heads, (("", (Row(("",) * len(heads)),) * DIARY_DAYS),), (0.16, 0.18, 0.15, 0.15, 0.15, 0.21), True)


def _scale(name: str) -> str:
    low, high = QUANTITIES[name].possible
    return f"{low:g} to {high:g}"


def _story(case: ReportCase) -> Iterator[Section]:
    """Yield what was found: on treatment the present first, then from where it began."""
    now, start = (
        (FindingKind.ALERT, FindingKind.DIRECTION, FindingKind.STEP),
        (
            FindingKind.CLASSIFICATION,
            FindingKind.PATTERN,
            FindingKind.ELIGIBILITY,
            FindingKind.WORK_UP,
            FindingKind.OVERRIDE,
        ),
    )
    parts = ((("How it goes", now), ("Where you started", start)) if case.view.begun
             else (("What was found", (*now, *start)),))  # fmt: skip
    for title, kinds in parts:
        told = [
            one
            for kind in kinds
            for one in case.found.of(kind)
            if kind != FindingKind.ELIGIBILITY or one.status == Status.MET
        ]
        told.sort(key=lambda one: -one.severity.weight)
        texts = tuple(dict.fromkeys(f"{FLAG[one.severity]}{one.plain}" for one in told))
        if texts:
            yield Section(title, (Points(texts),))


def _questions(found: Assessment) -> tuple[str, ...]:
    """Return what he may ask: what is unknown, missing or contested, what was alerted, then what anyone may ask."""
    unknown = [
        one
        for kind in (FindingKind.ELIGIBILITY, FindingKind.MISSING)
        for one in found.of(kind)
        if one.status == Status.UNKNOWN
    ]
    asked = [f"Not on record: {title_of(name)}. Do you need to know it?" if name in QUANTITIES else
             f"Not settled yet: {one.title}. What is missing?" for one in unknown for name in one.missing]  # fmt: skip
    asked += [
        f"{one.title}: what do we do about it?" for one in found.of(FindingKind.ALERT) if one.severity != Severity.INFO
    ]
    asked += [f"{one.plain} What does that mean for me?" for one in found.of(FindingKind.EVIDENCE)]
    return tuple(dict.fromkeys((*asked, *ASKED)))
