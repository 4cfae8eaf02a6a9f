"""Vignettes of ``cases.toml``: what is advised is what a clinician or a guideline says, and nothing starts over an alarm."""

import datetime as dt
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from assessment.men import START

import leydig as ly
from leydig.assessment.assess import assess
from leydig.protocol.reader import names, read_protocol, regions
from leydig.protocol.vocabulary import RAISING
from leydig.record.medicine import Medicine
from leydig.record.quantity import QUANTITIES
from leydig.record.record import Override, Record, Result, Treatment
from leydig.regimen import Regimen

NEUTRAL = {"bmi": "27 kg/m2", "hematocrit": "45 %", "prolactin": "9 ng/mL", "semen_volume": "3 mL", "motility": "45 %"}
YES = ("consent", "wants_pregnancy")
EARLIER = START - dt.timedelta(30)
MAPS = ("levels", "facts", "workup", "ranges")
READ = tomllib.loads(Path(__file__).with_name("cases.toml").read_text(encoding="utf-8"))["case"]
EXPECTED = ("verdict", "action", "not", "because", "holds", "absent", "says", "silent", "now", "next")


def resolved(case, by_id):
    """Return a case with what it is like, its expectations its own."""
    if "like" not in case:
        return case
    parent = {key: value for key, value in resolved(by_id[case["like"]], by_id).items() if key not in EXPECTED}
    return parent | case | {key: parent.get(key, {}) | case.get(key, {}) for key in MAPS}


CASES = [resolved(case, {each["id"]: each for each in READ}) for case in READ]


def level(name, text, day, low=None, high=None):
    value, unit = text.split(" ", 1)
    sign = value[0] if value[0] in "<>" else ""
    return Result(name, float(value.lstrip("<>")), day, unit, comparator=sign, low=low, high=high)


def after(days):
    return START + dt.timedelta(days)


def record_of(case):
    """Return the record of a case, and the day on which it is assessed."""
    known = {name: text for name, text in (NEUTRAL | case["levels"]).items() if name not in case.get("without", ())}
    results = [level(name, text, START) for name, text in known.items() if name not in case.get("ranges", {})]
    results += [level(name, text, EARLIER) for name, text in known.items()
                if name in ("testosterone", "sperm_concentration")]  # fmt: skip
    results += [level(name, text, START, low, high) for name, (text, low, high) in case.get("ranges", {}).items()]
    facts = {name: name in YES for name, one in QUANTITIES.items() if one.kind == "fact"} | case.get("facts", {})
    results += [Result(name, value, EARLIER) for name, value in facts.items()]
    results += [Result(name, value, EARLIER) for name, value in case.get("workup", {}).items()]
    for day, levels in case.get("later", ()):
        results += [level(name, text, after(day)) for name, text in levels.items()]
    results += [Result(name, value, after(day)) for day, name, value in case.get("answers", ())]
    treatments = [Treatment(Regimen.parse(text), *map(after, days)) for text, *days in case.get("treatments", ())]
    medicines = [Medicine(text, *map(after, days)) for text, *days in case.get("medicines", ())]
    overrides = [Override(what, 1.0, reason) for what, reason in case.get("overrides", ())]
    last = max((day for day, _ in case.get("later", ())), default=0)
    record = Record("male", None, tuple(results), tuple(treatments), tuple(overrides), (), "", tuple(medicines))
    return record, after(case.get("on", last))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_advice_is_what_a_clinician_says(case):
    record, day = record_of(case)
    found = assess(record, case["protocol"], region=case.get("region", ""), on=day)
    advice, reasons = found.of("advice")[0], [one.rule for one in found.reasons]
    said = " ".join((advice.plain, advice.clinical, advice.academic))
    assert found.verdict == case.get("verdict", "on treatment"), reasons
    assert found.action == case.get("action", found.action), (advice.rule, reasons)
    assert found.action not in case.get("not", ())
    assert set(case.get("because", ())) <= set(reasons), reasons
    assert all(rule in found for rule in case.get("holds", ()))
    assert not [rule for rule in case.get("absent", ()) if rule in found]
    assert all(text.lower() in said.lower() for text in case.get("says", ())), said
    assert not [text for text in case.get("silent", ()) if text in found.text()]
    assert case.get("now", "") in found.now and case.get("next", found.next) == found.next


# Nothing starts over an alarm, and safety waits for nothing ----------------------------------------------------------


@pytest.mark.parametrize("region", ["", *regions()])
@pytest.mark.parametrize("name", names())
def test_no_case_is_raised_beside_what_blocks_it(name, region):
    for case in CASES:
        record, day = record_of(case)
        found = assess(record, name, region=region, on=day)
        verb = next((verb for verb in RAISING if found.action == verb or found.action.startswith(f"{verb} ")), "")
        if not verb:
            continue
        plan = read_protocol(name, region)
        lifted = {one.what.removeprefix("lift.") for one in record.overrides}
        against = [rule.id for rule in plan.rules if verb in rule.blocks and rule.id in found and rule.id not in lifted]
        assert not against, (case["id"], found.action, against)
        assert not found.reasons


REDUCING = ("hold", "step down", "stop")
HARM = {
    "estradiol 5": {"estradiol": "5 pg/mL"}, "estradiol 15": {"estradiol": "15 pg/mL"},
    "joints": {"joint_pain": "2 1"}, "testosterone 1200": {"testosterone": "1200 ng/dL"},
}  # fmt: skip


def harmed(name, harm, day, on, **more):
    """Return the assessment of a man on the highest rungs who was harmed by a day, on a later day."""
    given = " + ".join(str(one.rungs[-1]) for one in read_protocol(name).components.values())
    levels = {"testosterone": "600 ng/dL", "estradiol": "40 pg/mL", "lh": "6 IU/L", "fsh": "6 IU/L"}
    case = next(case for case in CASES if case["id"].startswith("12 ")) | {"treatments": [[given, 1]]} | more
    return assess(record_of(case | {"later": [[day, levels | HARM[harm]]]})[0], name, on=after(on))


INHIBITED = [name for name in names() if "anastrozole" in read_protocol(name).components]
HARMED = [(name, harm) for name in names() for harm in HARM if name in INHIBITED or harm == "testosterone 1200"]


@pytest.mark.parametrize(("name", "harm"), HARMED)
def test_a_reduction_waits_neither_for_results_nor_for_time(name, harm):
    in_time = harmed(name, harm, 35, 36)
    assert in_time.action.startswith(REDUCING)
    early, stale = harmed(name, harm, 6, 7), harmed(name, harm, 35, 160)
    assert early.action == stale.action == in_time.action
    assert early.next == stale.next == in_time.next != in_time.now


def test_a_reduction_waits_for_no_least_time_between_changes():
    assert read_protocol("anastrozole").minimum > 6
    assert harmed("anastrozole", "estradiol 15", 3, 4).action == "step down anastrozole"


def test_estradiol_is_expected_to_rise_on_clomiphene():
    record, day = record_of(next(case for case in CASES if case["id"].startswith("2 estradiol rises")))
    found = assess(record, "clomiphene", on=day)["DIRECTION_ESTRADIOL"]
    assert "expected up" in found.clinical and found.status == "too far"  # 68 pg/mL: as expected, and above its target


def test_a_recorded_no_is_said_to_be_outranked():
    record, day = record_of(next(case for case in CASES if case["id"].startswith("11b by T-score")))
    said = assess(record, "anastrozole", on=day)["EX_BONE"].inputs
    assert said == (("osteoporosis", "yes (Osteoporosis by T-score); the recorded answer is no", "2026-01-31"),)


def test_what_is_critical_is_never_lifted():
    record, day = record_of(next(case for case in CASES if case["id"].startswith("8b")))
    lifted = replace(record, overrides=(Override("lift.THROMBOSIS_HISTORY", 1.0, "long ago"),))
    with pytest.raises(ly.BadRecord, match=r"lift\.KARYOTYPE"):
        assess(lifted, "anastrozole", on=day)
