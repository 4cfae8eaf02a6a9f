"""Reads the tables in ``limits/``: rows, the men on whom they are tried, and the record of a man at one value.

A limit is written ``what, values, unit`` and the rule holds at the values in brackets: ``hematocrit 53.9 54 [54.1] %``.
What may stand before the values, beside any quantity:

==================  ==================================================================================
``baseline.NAME``   the level before treatment, on every day on which it was drawn then
``first.NAME``      the earlier of two draws before treatment
``NAME@``           days between the draw and the first visit
``NAME.hour``       hour of the draw; ``.times`` number of draws, ``.apart`` days between the first two
``given``           drugs beside his treatment; ``off`` days since androgens ended; ``assay`` of estradiol
``day``             of the assessment, counted from the first visit; ``man`` the man himself
==================  ==================================================================================
"""

import datetime as dt
import tomllib
from dataclasses import replace
from pathlib import Path

from assessment.men import START
from assessment.test_cases import record_of, resolved

from leydig.assessment.assess import assess
from leydig.record.quantity import QUANTITIES

FOLDER = Path(__file__).with_name("limits")
REGIONAL = ("aua", "eau", "endocrine_society")
DOSES = {
    "anastrozole": "anastrozole 0.5 mg twice weekly", "letrozole": "letrozole 2.5 mg daily", "exemestane": "exemestane 25 mg daily",
    "testolactone": "testolactone 100 mg daily", "tamoxifen": "tamoxifen 20 mg daily",
    "clomiphene": "clomiphene 25 mg daily", "enclomiphene": "enclomiphene 12.5 mg daily",
    "testosterone_enanthate": "testosterone enanthate 100 mg weekly",
    "testosterone_cypionate": "testosterone cypionate 100 mg weekly",
    "testosterone_undecanoate": "testosterone undecanoate 1000 mg every 10 weeks",
    "testosterone_gel": "testosterone gel 50 mg daily", "estradiol_patch": "estradiol patch 50 ug/day continuous",
}  # fmt: skip
ROOMS = tuple(path.stem for path in sorted(FOLDER.glob("*.toml")) if path.stem not in ("men", "plans"))
WORDS = {"yes": True, "no": False}


def read(*rooms):
    """Return the rows of some files, of all when none is named."""
    texts = [(FOLDER / f"{room}.toml").read_text(encoding="utf-8") for room in rooms or ROOMS]
    return [row for text in texts for row in tomllib.loads(text)["rule"]]


def _men():
    found = tomllib.loads((FOLDER / "men.toml").read_text(encoding="utf-8"))
    named = {name: one | {"id": name} for name, one in found.items()}
    return {name: {"levels": {}} | resolved(one, named) for name, one in named.items()}


MEN = _men()


def parsed(limit):
    """Yield what varies, a value with its unit, and whether the rule holds there."""
    words = limit.replace("[", " [ ").replace("]", " ] ").split()
    plain = words[0].rpartition(".")[2]
    units = ("days", *QUANTITIES[plain].units) if plain in QUANTITIES else ("days",)
    unit, inside = words.pop() if words[-1] in units else "", False
    for word in words[1:]:
        if word in "[]":
            inside = word == "["
        else:
            yield words[0], word, unit, inside


def plan_of(row):
    """Return the protocol and region in which a row is tried."""
    file = row.get("file", "base")
    region = file if file in REGIONAL else ""
    return row.get("protocol", "anastrozole" if file == "base" or region else file), row.get("region", region)


def assessed(row, *settings, man=None):
    """Return the assessment of the man of a row with what varies set in order, his record and the day."""
    case, edits = _case(row, man or row.get("man", "new")), []
    for name, value, unit in settings:
        if name == "man":
            case = _case(row, value)
        elif not _set(case, name, value, unit):
            edits.append((name, value))
    record, day = record_of(case)
    results = [one for one in record.results if one.name not in case["unknown"]]
    results = [_ranged(one, row.get("ranges", {})) for one in results]
    for name, value in edits:
        results = _drawn(results, name, value)
    record, (name, region) = replace(record, results=tuple(results)), plan_of(row)
    return assess(record, name, region=region, on=day), record, day


def _case(row, man):
    """Return a man with what a row adds to him, as a case that can be changed."""
    one = MEN[man]
    later = [[day, dict(levels)] for day, levels in one.get("later", [])]
    case = {
        "levels": one["levels"] | row.get("with", {}), "facts": dict(row.get("facts", {})), "later": later,
        "workup": one.get("workup", {}) | row.get("workup", {}), "treatments": [list(each) for each in one.get("treatments", [])],
        "without": list(row.get("without", [])), "unknown": set(), "medicines": [],
    }  # fmt: skip
    (later[-1][1] if later else case["levels"]).update(row.get("now", {}))
    for name in ("off", "given", "day"):
        if name in row:
            _set(case, name, str(row[name]), "")
    return case


def _set(case, name, value, unit):
    """Set what varies in a case; False where only its results can be changed."""
    plain = name.removeprefix("baseline.")
    kind = QUANTITIES[plain].kind if plain in QUANTITIES else ""
    if name == "day":
        case["on"] = int(value)
    elif name == "off" and value != "none":
        case["medicines"].append(["trenbolone 200 mg weekly", -400, -int(value)])
    elif name == "given":
        since = 2 if case["later"] else -60
        case["treatments"] += [[DOSES[drug], since] for drug in value.split("+") if drug != "none"]
    elif kind and value == "unknown":
        latest = case["later"][-1][1] if case["later"] else {}
        case["unknown"] |= set() if latest.pop(plain, "") and plain == "hematocrit" else {plain}
    elif kind == "fact":
        case["facts"][plain] = WORDS[value]
    elif kind == "work-up":
        case["workup"][plain] = "a finding" if value == "abnormal" else value
    elif kind:
        latest = case["later"][-1][1] if case["later"] and plain == name else case["levels"]
        latest[plain] = f"{value} {unit or '1'}"
    return bool(kind) or name in ("day", "off", "given")


def _ranged(one, ranges):
    """Return a result with the range of its laboratory."""
    low, high = ranges.get(one.name, (None, None))
    return one if low is None else replace(one, low=float(low), high=float(high))


def _drawn(results, name, value):
    """Return results of which some were drawn otherwise."""
    of, _, how = name.replace("@", ".age").partition(".")
    of, how = (how, of) if of == "first" else (of, how)
    same = (
        [one for one in results if one.name == of]
        if name != "assay"
        else [one for one in results if one.name == "estradiol"]
    )
    rest = [one for one in results if one not in same]
    first = min(same, key=lambda one: one.date)
    if name == "assay":
        return rest + [replace(one, assay=value) for one in same]
    if how == "age":
        return rest + [replace(one, date=one.date - dt.timedelta(int(value))) for one in same]
    if how == "hour":
        return rest + [replace(one, time=dt.time(int(value), 30)) for one in same]
    if how == "times":
        return rest + [one for one in same if one is not first or value != "1"]
    if how == "apart":
        return rest + [replace(one, date=START - dt.timedelta(int(value))) if one is first else one for one in same]
    return rest + [replace(one, value=float(value)) if one is first else one for one in same]
