"""An invented clinic: men of every state of a page, and what is needed to draw and to read their pages."""

import datetime as dt
from dataclasses import replace
from functools import lru_cache
from html.parser import HTMLParser

import numpy as np
from assessment.men import START, man, result, treated
from web.found_by_work import CALIBRATION, HOSTILE, POPULATION

from leydig.assessment.assess import assess
from leydig.evidence.replay import Prediction
from leydig.evidence.study_file import studies
from leydig.inference.decision.next_lab import LabValue, NextLab
from leydig.inference.forecast import Forecast, ForecastLevel
from leydig.inference.results.assay import EstradiolAssay
from leydig.inference.trust.trust import Trust, TrustReason, TrustVerdict
from leydig.man.phenotypes import KINDS
from leydig.protocol.reader import names, read_protocol
from leydig.record import Record, Result
from leydig.record.medicine import Medicine
from leydig.regimen import Regimen
from leydig.trial.analysis.tables import trial_notes, trial_tables
from leydig.trial.design.trial_file import shipped_trials, trial_of_text
from leydig.web import Frame, page
from leydig.web.draft import draft_text, draft_view, read_draft
from leydig.web.views.administration import accounts_view, audit_view
from leydig.web.views.entry.entries import entry_line, entry_view
from leydig.web.views.entry.imports import arrival_view, import_view, results_view, systems_view
from leydig.web.views.entry.visit import visit_view
from leydig.web.views.man import DecisionLine, man_view
from leydig.web.views.outlook import next_lab_view, outlook_view
from leydig.web.views.patient import patient_view
from leydig.web.views.people import people_view, person_row
from leydig.web.views.problem import problem_kind_view, problem_view
from leydig.web.views.protocols import protocol_view, protocols_view
from leydig.web.views.sign_in import AccountState, account_view, code_view, confirmation_view, setup_view, sign_in_view
from leydig.web.views.what_if import what_if_view
from leydig.web.views.work.calibrations import (
    calibration_intervals,
    calibration_notes,
    calibration_tables,
    calibrations_view,
)
from leydig.web.views.work.evidence import evidence_view
from leydig.web.views.work.jobs import JobLine, job_view, jobs_view, table_lines
from leydig.web.views.work.populations import (
    population_notes,
    population_panels,
    population_tables,
    populations_view,
)
from leydig.web.views.work.studies import study_view
from leydig.web.views.work.trials import trials_view

TODAY = dt.date(2026, 5, 4)
CLINICIAN = Frame("j.doe", "clinician", "token-of-a-form", False, "/people")
ABSTAIN = Trust((TrustReason(TrustVerdict.ABSTAIN, "no study covers what he is given"),))
CAUTION = Trust((TrustReason(TrustVerdict.CAUTION, "he takes something that the model does not simulate"),))
UNITS = {"testosterone": "ng/dL", "estradiol": "pg/mL", "lh": "IU/L", "fsh": "IU/L"}


def forecast(regimen, levels, weeks=12, trust=None, assay=EstradiolAssay.IMMUNOASSAY):
    """Return a forecast whose draws stay at the given levels from the first week on."""
    days = np.arange(0.0, 7.0 * weeks + 1.0, 7.0)
    trust = trust or Trust()
    found = {}
    for name, draws in levels.items():
        values = np.repeat(np.asarray(draws, dtype=float)[:, None], len(days), axis=1)
        values = values * np.nan if trust.abstains else values
        found[name] = ForecastLevel(name, UNITS[name], days, values, values)
    return Forecast(Regimen(regimen), trust, 0, assay, found)


def usual_levels(testosterone=600.0, estradiol=30.0):
    spread = np.linspace(0.7, 1.3, 21)
    middle = {"testosterone": testosterone, "estradiol": estradiol, "lh": 5.0, "fsh": 6.0}
    return {name: value * spread for name, value in middle.items()}


@lru_cache(maxsize=1)
def plan():
    return read_protocol("anastrozole")


@lru_cache(maxsize=1)
def men():
    """Return records by name, each with the day of its assessment and what its twin expects."""
    before = replace(man(), id="A-17", born=dt.date(1991, 5, 1), goals=("a child within two years",))
    on, day = treated("anastrozole 0.5 mg twice weekly", 21)
    on = replace(on, id="B-03", born=dt.date(1988, 7, 1))
    late, last = treated("anastrozole 1 mg daily", 150, before=(("anastrozole 0.5 mg twice weekly", 0, 60),),
                         hematocrit=56.0, estradiol=8.0)  # fmt: skip
    more = (Result("estradiol", 10.0, START + dt.timedelta(140), "pg/mL", comparator="<", note=HOSTILE),
            result("testosterone", 510.0, START + dt.timedelta(60)))  # fmt: skip
    late = replace(late, results=(*late.results, *more), id=HOSTILE, born=dt.date(1979, 7, 1), goals=(HOSTILE,),
                   medicines=(Medicine(HOSTILE, START),))  # fmt: skip
    few = Record("male", dt.date(1995, 7, 1), (Result("testosterone", 9.4, START, "nmol/L"),), id="D-02")
    new = Record("male", dt.date(1990, 7, 1), id="F-01")
    woman = Record("female", dt.date(1990, 1, 1), (result("testosterone", 30.0),), id="E-11")
    both = (forecast("anastrozole 0.5 mg twice weekly", usual_levels()),
            forecast("anastrozole 1 mg daily", usual_levels(760.0, 14.0), trust=CAUTION))  # fmt: skip
    silent = (forecast("anastrozole 1 mg daily", usual_levels(), trust=ABSTAIN),)
    return {"before": (before, START, ()), "treated": (on, day, both), "alarm": (late, last, silent),
            "few": (few, START, ()), "new": (new, START, ()),
            "refused": (woman, START, ())}  # fmt: skip


@lru_cache(maxsize=1)
def assessments():
    return {name: assess(record, plan(), on=day) for name, (record, day, _) in men().items()}


@lru_cache(maxsize=1)
def man_views():
    found = {}
    for name, (record, _, forecasts) in men().items():
        asked = {}
        if forecasts:
            asked["what_if"] = what_if_view(
                name,
                plan(),
                forecasts,
                regimens=[str(forecasts[-1].regimen)],
                record=record,
                assessment=assessments()[name],
            )
        decision = DecisionLine("2026-03-24 10:12", "j.doe", "anastrozole 0.5 mg twice weekly", HOSTILE, "", "01JA")
        found[name] = man_view(name, record.id, record, plan(), assessments()[name], forecasts=forecasts,
                               decisions=(decision,), assessment_id="01JA", **asked)  # fmt: skip
    return found


@lru_cache(maxsize=1)
def what_if_of_four():
    """Return four regimens beside the present course of the treated man; the twin abstains of the last."""
    record, _, (present, _) = men()["treated"]
    texts = (*(f"anastrozole {dose} mg daily" for dose in ("0.25", "0.5", "1")), "letrozole 2.5 mg daily")
    ahead = [
        forecast(one, usual_levels(500.0 + 60.0 * place, 30.0 - 4.0 * place)) for place, one in enumerate(texts[:3])
    ]
    ahead.append(forecast(texts[3], usual_levels(), trust=ABSTAIN))
    return what_if_view("treated", plan(), [present, *ahead], regimens=texts, record=record,
                        assessment=assessments()["treated"])  # fmt: skip


def visit_of(name, **refused):
    """Return the form of a visit of one of the men."""
    record = men()[name][0]
    return visit_view("01J", record, plan(), assessments()[name], today=TODAY, pseudonym=record.id, **refused)


def outlook_of(name):
    """Return what is ahead of a man, with a forecast that was made before his last testosterone."""
    record, _, forecasts = men()[name]
    last = max(one.date for one in record.results if one.name == "testosterone")
    given = next(
        str(one.regimen) for one in record.treatments if one.start <= last and (one.stop is None or last < one.stop)
    )
    level = {"unit": "ng/dL", "q05": [300.0], "q50": [500.0], "q95": [900.0]}
    content = {"from": (last - dt.timedelta(14)).isoformat(), "times": [14.0],
               "forecasts": [{"regimen": given, "results": {"testosterone": level}}]}  # fmt: skip
    earlier = [("2026-03-03T10:11:12+00:00", content)]
    return outlook_view(name, record.id, record, plan(), assessments()[name], forecasts[0], earlier=earlier)


def next_tests(reduction=0.05):
    """Return what tests are worth: the best by so much."""
    values = (
        LabValue(("testosterone", "estradiol"), 14.0, reduction, 0.01, 0.2, 20.0),
        LabValue(("lh",), 0.0, 0.0, 0.01, 0.0, 90.0),
    )
    options = (Regimen("anastrozole 0.5 mg daily"), Regimen("anastrozole 1 mg daily"))
    return NextLab(Trust(), EstradiolAssay.IMMUNOASSAY, options, {"letrozole 2.5 mg daily": "no study covers it"}, 28.0, 12.0, 19.0,
                   "anastrozole 1 mg daily", 0.4, 0.3, values)  # fmt: skip


@lru_cache(maxsize=1)
def views():
    """Return a view of every page, by a name of its own."""
    rows = [person_row(name, record.id, record, plan(), assessments()[name], on=TODAY, last_change=day)
            for name, (record, day, _) in men().items()]  # fmt: skip
    lists = {"people": people_view(rows, on=TODAY, protocol="anastrozole", next="01J"),
             "people empty": people_view([], on=TODAY, pseudonym=HOSTILE, refusal=HOSTILE, pointer="/pseudonym")}  # fmt: skip
    return {f"man {name}": view for name, view in man_views().items()} | lists | other_views() | {
        "what if": man_views()["treated"].what_if,
        "outlook": outlook_of("treated"),
        "outlook silent": outlook_of("alarm"),
        "next lab": next_lab_view("treated", plan(), next_tests(0.05)),
        "next lab useless": next_lab_view("treated", plan(), next_tests(0.0)),
        "next lab silent": next_lab_view("treated", plan(), replace(next_tests(), trust=ABSTAIN, values=())),
        "what if refused": what_if_view("before", plan(), regimens=[HOSTILE], refusal=HOSTILE),
        "what if of four": what_if_of_four(),
    }  # fmt: skip


ENTRIES = [
    {"id": "01JA", "kind": "result", "name": "testosterone", "value": "271", "unit": "ng/dL", "date": "2026-03-02",
     "recorded_at": "2026-03-02T10:11:12", "recorded_by": "j.doe", "superseded_by": "01JB"},
    {"id": "01JB", "kind": "result", "name": "testosterone", "value": "217", "unit": "ng/dL", "date": "2026-03-02",
     "recorded_at": "2026-03-03T10:11:12", "recorded_by": "j.doe", "supersedes": "01JA", "reason": HOSTILE},
    {"id": "01JC", "kind": "medicine", "name": "medicine", "value": HOSTILE, "date": "2026-03-03", "stop": "2026-04-03",
     "recorded_at": "2026-03-03T10:11:12", "recorded_by": "j.doe"},
    {"id": "01JD", "kind": "result", "name": "estradiol", "value": "10", "comparator": "<", "unit": "pg/mL", "time": "08:30",
     "date": "2026-03-03", "assay": "LC-MS/MS", "recorded_at": "2026-03-03T10:11:12", "recorded_by": "j.doe"},
    {"id": "01JF", "kind": "fact", "name": "consent", "value": "yes", "date": "2026-03-03", "superseded_by": "01JE",
     "recorded_at": "2026-03-03T10:11:12", "recorded_by": "j.doe"},
    {"id": "01JE", "kind": "withdrawal", "supersedes": "01JF", "reason": "another man's", "recorded_at": "2026-03-04T10:11:12",
     "recorded_by": "j.doe"},
]  # fmt: skip
DRAFT = {"kind": "result", "name": "testosterone", "value": "271", "unit": "nmol/L", "date": "2026-05-04"}
PREVIEW = {
    "taken": [{"pointer": "/entry/3", "what": "testosterone 355 ng/dL, 2026-03-02", "why": ""}],
    "repaired": [{"pointer": "/entry/4", "what": "hematocrit 46 %", "why": "unit '%' without a code"}],
    "confirm": [{"pointer": "/entry/5", "what": HOSTILE, "why": "its status is unknown"}],
    "left": [{"place": "entry[6].resource", "what": "glucose", "why": HOSTILE}],
}
ACT = {"number": 7, "at": "2026-03-03T10:11:12+00:00", "account": "01J", "name": "j.doe", "action": "person.read",
       "target": "01JABC", "outcome": "done", "hash": "ab" * 32}  # fmt: skip
PROBLEM = {"type": "/problems/WrongUnit", "title": "Wrong unit", "status": 422, "detail": HOSTILE, "pointer": "/value",
           "errors": [{"pointer": "/value", "detail": HOSTILE}, {"pointer": "/date", "detail": "got no day"}]}  # fmt: skip

DRAFT_FORM = draft_text("/people/01J/decisions", {"assessment": "01K", "regimen": HOSTILE, "reason": "because\n" * 20})


def other_views():
    """Return a view of every page that is not about what was assessed."""
    lines = [entry_line(one) for one in ENTRIES]
    refused = "got testosterone 271 nmol/L; expected 5.77 to 10000 ng/dL. Did you mean 271 ng/dL?"
    of_man = {f"patient {name}": patient_view(name, record.id, record, plan(), assessments()[name])
              for name, (record, _, _) in men().items()}  # fmt: skip
    return of_man | {
        "entry": entry_view("01J", HOSTILE, lines, today=TODAY, version="v1"),
        "entry refused": entry_view("01J", "B-03", [], today=TODAY, draft=DRAFT, refusal=refused, pointer="/value"),
        "visit": visit_of("treated"),
        "visit refused": visit_of("few", draft={"value.lh": HOSTILE, "answer.consent": "yes"}, refusal="got nothing",
                                  errors={"lh": HOSTILE, "karyotype": "got words"}, rare=["lh"]),
        "import": import_view("01J", "B-03", "01I", PREVIEW, version="v1", notes=["it is written as STU3 is"]),
        "import dates": import_view("01J", "B-03", "01I", PREVIEW | {"dates": "day-first"}, dates="day-first"),
        "import empty": import_view("01J", "B-03", "01I", {}),
        "protocols": protocols_view(),
        "protocol": protocol_view(plan(), on=TODAY),
        "evidence": evidence_view({name: studies()[name] for name in list(studies())[:9]}, PREDICTIONS),
        "accounts": accounts_view([("j.doe", "clinician"), (HOSTILE, "admin")], invitation="/setup/abc"),
        "account": account_view(AccountState("j.doe", "clinician"), refusal="got another password", pointer="/present"),
        "account factor": account_view(
            AccountState(HOSTILE, "admin", needs_factor=True),
            secret="JBSWY3DPEHPK3PXP",
            address="otpauth://totp/Leydig:j.doe?secret=JBSWY3DPEHPK3PXP",
        ),
        "account codes": account_view(AccountState("j.doe", "admin", True), codes=("ABCDEF-GHIJKL", "MNOPQR-STUVWX")),
        "account of factor": account_view(
            AccountState("j.doe", "admin", True, True, 9, 2), refusal="got another password", pointer="/removal"
        ),
        "systems": systems_view([(HOSTILE, "https://ehr.example/fhir")]),
        "systems none": systems_view([]),
        "arrival": arrival_view(HOSTILE),
        "results": results_view("Ward", [("01J", HOSTILE)], pseudonym=HOSTILE, refusal=HOSTILE, pointer="/pseudonym"),
        "confirmation": confirmation_view(next="/people/01J/export.zip", refusal=HOSTILE),
        "code": code_view(next="/people", refusal=HOSTILE),
        "audit": audit_view([ACT], next="7"),
        "audit empty": audit_view([]),
        "sign in": sign_in_view("j.doe", next="/people", refusal=HOSTILE),
        "setup": setup_view("abc", "j.doe", "assistant"),
        "setup first": setup_view("abc", "", "admin", refusal="got 5 characters; expected 12", pointer="/password"),
        "problem": problem_view(PROBLEM, back="/people/01J"),
        "problem kind": problem_kind_view("WrongUnit", "Wrong unit"),
        "problem kept": problem_view(PROBLEM, back="/people/01J", draft=read_draft(DRAFT_FORM)),
        "draft": draft_view(read_draft(DRAFT_FORM)),
        "sign in kept": sign_in_view("j.doe", draft=DRAFT_FORM),
    } | work_views()  # fmt: skip


JOB = {"id": "01K", "kind": "trial", "state": "running", "stage": "men enrolled", "done": 3, "total": 10, "attempts": 2,
       "asked_at": "2026-03-03T10:11:12+00:00", "ended_at": ""}  # fmt: skip
ARM = {
    "given": "anastrozole", "in_band": {"1": 0.5}, "time_in_band": 0.25, "decisions": {"raise": 2}, "alerts": {},
    "flow": {"assigned": 4, "started": 4, "not_started": {HOSTILE: 1}, "left": 0, "not_solved": 0, "stopped": {},
             "completed": 4, "visits": 8, "visits_missed": 1},
    "levels": {"testosterone": {"unit": "ng/dL", "by_month": {"1": {"median": 512.0, "p5": 300.0, "p95": 700.0}}}},
    "semen": {"gained": 1, "lost": 0, "measured": 4},
    "pregnant_by_cycle": {"1": {"share": 0.0, "low": 0.0, "high": 0.5}},
    "insemination": {key: {"men": 0, "of": 4} for key in ("gained", "lost")},
    "adverse_events": {"men": 4, "joint_pain": {"grade 1": 0}, "hematocrit": {"above 50 %": 0},
                       "estradiol": {"below 20 pg/mL": 1}, "alerts": {"warning": 1, "critical": 0}},
}  # fmt: skip
SUMMARY = {
    "title": HOSTILE, "flow": {"excluded": {"azoospermia": 3}}, "arms": {"titrated": ARM, HOSTILE: ARM},
    "primary": {"of": "in_band", "month": 1, "reading": "measured", "control": HOSTILE, "level": 0.95, "unit": "",
                "design": "paired", "subgroups": {},
                "contrasts": {"titrated": {"n": 4, "n_control": 4, "value": 0.5, "value_control": 0.25, "low": None,
                                           "difference": 0.25, "high": None, "method": "Tango"}}},
    "notice": "virtual men of a model",
}  # fmt: skip


SUMMARY_TABLES = [table_lines(one) for one in trial_tables(SUMMARY)]


def work_views():
    """Return a view of every page of long work."""
    text = shipped_trials()["obese"]
    shipped = {"obese": (trial_of_text(text), text)}
    line = JobLine("01K", "trial", HOSTILE, "done", "j.doe", "2026-03-03T10:11:12+00:00")
    over = JOB | {"state": "done", "ended_at": "2026-03-03T10:13:12+00:00"}
    return {
        "job": job_view(JOB, title=HOSTILE, by="j.doe"),
        "job done": job_view(over, title=HOSTILE, by="j.doe", tables=SUMMARY_TABLES, notes=trial_notes(SUMMARY), files=("levels.png",)),
        "job failed": job_view(over | {"state": "failed"}, title="x", by="j.doe", refusal=HOSTILE, where="/evidence"),
        "job population": job_view(
            over, title=HOSTILE, by="j.doe", tables=population_tables(POPULATION), notes=population_notes(POPULATION),
            figures=population_panels(POPULATION), files=("levels.csv",),
        ),
        "job calibration": job_view(
            over, title=HOSTILE, by="j.doe", tables=calibration_tables(CALIBRATION), notes=calibration_notes(CALIBRATION), intervals=calibration_intervals(CALIBRATION),
            files=("draws.csv", "manifest.json"),
        ),
        "populations": populations_view(KINDS, names(), ["aua"], [line], draft={"regimens": HOSTILE}, refusal=HOSTILE,
                                        pointer="/regimens"),
        "calibrations": calibrations_view((44, 41), (90, 1), (2, 20_000), [line]),
        "calibrations missing": calibrations_view((44, 41), (90, 1), (2, 20_000), [], obstacle=HOSTILE),
        "jobs": jobs_view([line]),
        "jobs empty": jobs_view([]),
        "trials": trials_view(shipped, [line], draft={"text": HOSTILE}, refusal=HOSTILE, pointer="/text"),
        "study": study_view(studies()["bonde_1998"]),
        "study predicted": study_view(studies()["bonde_1998"], PREDICTED, job="01K", pictures=("forest.png",)),
    }  # fmt: skip


PREDICTIONS = [
    Prediction(next(iter(studies())), "all", "testosterone", "held-out", "ratio", "", 4.0, 2.0, 2.2, 1.5, 3.0),
    Prediction(next(iter(studies())), "all", "testosterone", "held-out", "ratio", "", 8.0, 2.0, 1.0, 0.9, 1.1),
]


PREDICTED = [
    Prediction("bonde_1998", arm.name, one.analyte, "held-out", str(one.shown_form), one.unit, one.week,
               2.0, 4.0, 1.0 + place, 5.0)
    for arm in studies()["bonde_1998"].arms for place, one in enumerate(arm.observed)
]  # fmt: skip


@lru_cache(maxsize=1)
def pages():
    return {name: page(view, CLINICIAN) for name, view in views().items()}


VOID = {"meta", "br", "link", "img", "input"}


class Outline(HTMLParser):
    """What a page consists of: its elements with their attributes, the text that is read, and what was closed wrongly."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts, self.open, self.wrong = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    @property
    def every_word(self):
        """Return texts and what fields and labels hold, without blanks: markup between words does not matter."""
        spoken = [one[key] or "" for _, one in self.elements for key in ("value", "aria-label") if key in one]
        return "".join("".join((*self.texts, *spoken)).split())

    def of(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]
