"""An invented clinic: men of every state of a page, and what is needed to draw and to read their pages."""

import datetime as dt
from dataclasses import replace
from functools import lru_cache
from html.parser import HTMLParser

import numpy as np
from assessment.men import START, man, result, treated

from leydig.assessment.assess import assess
from leydig.evidence.replay import Prediction
from leydig.evidence.study_file import studies
from leydig.inference.forecast import Forecast, ForecastLevel
from leydig.inference.trust.trust import Trust, TrustReason, TrustVerdict
from leydig.protocol.reader import read_protocol
from leydig.record import Record, Result
from leydig.record.medicine import Medicine
from leydig.regimen import Regimen
from leydig.web import Frame, page
from leydig.web.views.administration import account_view, accounts_view, audit_view
from leydig.web.views.entry import entry_line, entry_view
from leydig.web.views.imports import import_view
from leydig.web.views.man import DecisionLine, man_view
from leydig.web.views.patient import patient_view
from leydig.web.views.people import people_view, person_row
from leydig.web.views.problem import problem_view
from leydig.web.views.protocols import protocol_view, protocols_view
from leydig.web.views.sign_in import setup_view, sign_in_view
from leydig.web.views.what_if import what_if_view
from leydig.web.views.work.evidence import evidence_view

HOSTILE = "<script>alert(1)</script> \x1b[31m \u202e=cmd()|'/c calc'!A0 <b onclick=x style=y>\""
TODAY = dt.date(2026, 5, 4)
CLINICIAN = Frame("j.doe", "clinician", "token-of-a-form", False, "/people")
ABSTAIN = Trust((TrustReason(TrustVerdict.ABSTAIN, "no study covers what he is given"),))
CAUTION = Trust((TrustReason(TrustVerdict.CAUTION, "he takes something that the model does not simulate"),))
UNITS = {"testosterone": "ng/dL", "estradiol": "pg/mL", "lh": "IU/L", "fsh": "IU/L"}


def forecast(regimen, levels, weeks=12, trust=None):
    """Return a forecast whose draws stay at the given levels from the first week on."""
    days = np.arange(0.0, 7.0 * weeks + 1.0, 7.0)
    trust = trust or Trust()
    found = {}
    for name, draws in levels.items():
        values = np.repeat(np.asarray(draws, dtype=float)[:, None], len(days), axis=1)
        values = values * np.nan if trust.abstains else values
        found[name] = ForecastLevel(name, UNITS[name], days, values, values)
    return Forecast(Regimen(regimen), trust, 0, found)


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
                *forecasts,
                regimen=str(forecasts[-1].regimen),
                record=record,
                assessment=assessments()[name],
            )
        decision = DecisionLine("2026-03-24 10:12", "j.doe", "anastrozole 0.5 mg twice weekly", HOSTILE, "", "01JA")
        found[name] = man_view(name, record.id, record, plan(), assessments()[name], forecasts=forecasts,
                               decisions=(decision,), assessment_id="01JA", **asked)  # fmt: skip
    return found


@lru_cache(maxsize=1)
def views():
    """Return a view of every page, by a name of its own."""
    rows = [person_row(name, record.id, record, plan(), assessments()[name], on=TODAY, last_change=day)
            for name, (record, day, _) in men().items()]  # fmt: skip
    lists = {"people": people_view(rows, on=TODAY, protocol="anastrozole", next="01J"),
             "people empty": people_view([], on=TODAY, pseudonym=HOSTILE, refusal=HOSTILE, pointer="/pseudonym")}  # fmt: skip
    return {f"man {name}": view for name, view in man_views().items()} | lists | other_views() | {
        "what if": man_views()["treated"].what_if,
        "what if refused": what_if_view("before", plan(), regimen=HOSTILE, refusal=HOSTILE),
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


def other_views():
    """Return a view of every page that is not about what was assessed."""
    lines = [entry_line(one) for one in ENTRIES]
    refused = "got testosterone 271 nmol/L; expected 5.77 to 10000 ng/dL. Did you mean 271 ng/dL?"
    of_man = {f"patient {name}": patient_view(name, record.id, record, plan(), assessments()[name])
              for name, (record, _, _) in men().items()}  # fmt: skip
    return of_man | {
        "entry": entry_view("01J", HOSTILE, lines, today=TODAY, version="v1"),
        "entry refused": entry_view("01J", "B-03", [], today=TODAY, draft=DRAFT, refusal=refused, pointer="/value"),
        "import": import_view("01J", "B-03", "01I", PREVIEW, version="v1", notes=["it is written as STU3 is"]),
        "import empty": import_view("01J", "B-03", "01I", {}),
        "protocols": protocols_view(),
        "protocol": protocol_view(plan(), on=TODAY),
        "evidence": evidence_view({name: studies()[name] for name in list(studies())[:9]}, PREDICTIONS),
        "accounts": accounts_view([("j.doe", "clinician"), (HOSTILE, "admin")], invitation="/setup/abc"),
        "account": account_view("j.doe", "clinician", refusal="got another password", pointer="/present"),
        "audit": audit_view([ACT], next="7"),
        "audit empty": audit_view([]),
        "sign in": sign_in_view("j.doe", next="/people", refusal=HOSTILE),
        "setup": setup_view("abc", "j.doe", "assistant"),
        "setup first": setup_view("abc", "", "admin", refusal="got 5 characters; expected 12", pointer="/password"),
        "problem": problem_view(PROBLEM, back="/people/01J"),
    }


PREDICTIONS = [
    Prediction(next(iter(studies())), "all", "testosterone", "held-out", "ratio", "", 4.0, 2.0, 2.2, 1.5, 3.0),
    Prediction(next(iter(studies())), "all", "testosterone", "held-out", "ratio", "", 8.0, 2.0, 1.0, 0.9, 1.1),
]


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
