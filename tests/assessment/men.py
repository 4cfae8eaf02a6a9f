"""Records for tests: a man whom the brief's protocol enrolls, and what may be changed in him."""

import datetime as dt

from leydig.protocol.reader import read_protocol
from leydig.record.quantity import QUANTITIES
from leydig.record.record import Record, Result, Treatment
from leydig.regimen import Regimen

START = dt.date(2026, 3, 2)
EARLIER = dt.date(2026, 1, 12)
UNITS = {"testosterone": "ng/dL", "estradiol": "pg/mL", "lh": "IU/L", "fsh": "IU/L", "shbg": "nmol/L", "hematocrit": "%",
         "sperm_concentration": "million/mL", "semen_volume": "mL", "motility": "%", "bmi": "kg/m2", "age": "year",
         "prolactin": "ng/mL", "alt": "U/L", "ast": "U/L", "ldl": "mg/dL", "psa": "ng/mL", "spine_bmd": "g/cm2",
         "bilirubin": "mg/dL", "testis_length": "cm", "progressive_motility": "%", "normal_forms": "%",
         "free_testosterone": "pmol/L", "tsh": "mIU/L"}  # fmt: skip
LEVELS = {"age": 34.0, "bmi": 27.0, "testosterone": 280.0, "estradiol": 45.0, "lh": 3.5, "fsh": 4.0, "shbg": 25.0,
          "hematocrit": 45.0, "sperm_concentration": 8.0, "semen_volume": 3.0, "motility": 45.0, "alt": 25.0,
          "ldl": 110.0, "prolactin": 8.0, "spine_bmd": 1.1}  # fmt: skip
YES = ("consent", "wants_pregnancy")
NORMAL = {name: "normal" for name, one in QUANTITIES.items() if one.kind == "work-up"}


def after(days):
    """Return the day so many days after the first one."""
    return START + dt.timedelta(days)


def result(name, value, day=START, **more):
    return Result(name, value, day, UNITS.get(name, ""), **more)


def man(day=START, sex="male", without=(), facts=None, workup=None, **levels):
    """Return the record of a man before treatment; None leaves a level out, `facts` answers questions, `workup` too."""
    known = {name: value for name, value in (LEVELS | levels).items() if value is not None and name not in without}
    results = [result(name, value, day) for name, value in known.items()]
    for name in ("testosterone", "sperm_concentration"):
        if name in known:
            results.append(result(name, known[name], EARLIER))
    answers = {name: name in YES for name, one in QUANTITIES.items() if one.kind == "fact"} | (facts or {})
    results += [Result(name, value, EARLIER) for name, value in answers.items() if value is not None]
    results += [Result(name, value, EARLIER) for name, value in (workup or {}).items()]
    return Record(sex, None, tuple(results))


def treated(regimen="anastrozole 0.5 mg twice weekly", days=21, base=None, facts=None, before=(), **levels):
    """Return a record on treatment with new results `days` after the start, and the day of the next assessment."""
    record = base or man()
    start = START + dt.timedelta(1)
    day = start + dt.timedelta(days)
    later = {"testosterone": 600.0, "estradiol": 30.0, "lh": 5.0, "fsh": 6.0, "hematocrit": 46.0} | levels
    more = [result(name, value, day) for name, value in later.items() if value is not None]
    more += [Result(name, value, day) for name, value in (facts or {}).items()]
    treatments = tuple(
        Treatment(Regimen(text), start + dt.timedelta(a), start + dt.timedelta(b)) for text, a, b in before
    )
    last = start + dt.timedelta(before[-1][2]) if before else start
    if regimen:
        treatments += (Treatment(Regimen(regimen), last),)
    return Record(record.sex, record.born, (*record.results, *more), treatments, record.overrides), day


def checks():
    return read_protocol("anastrozole").checks
