"""Lint: shipped protocols keep every promise, and every planted fault is found by its kind."""

import re
from dataclasses import replace

import numpy as np
import pytest

from leydig.errors import BadProtocol
from leydig.protocol.condition import Condition
from leydig.protocol.lint.fault import FaultKind
from leydig.protocol.lint.lint import lint, lint_file
from leydig.protocol.lint.states import StateGrid, holds
from leydig.protocol.reader import PROTOCOLS_FOLDER, load_protocol, names, read_protocol, regions
from leydig.protocol.vocabulary import Group

SHIPPED = (PROTOCOLS_FOLDER / "anastrozole.toml").read_text(encoding="utf-8")


def planted(tmp_path, *changes, text=SHIPPED):
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = tmp_path / "anastrozole.toml"
    path.write_text(text, encoding="utf-8")
    return path


def rule(name, text=SHIPPED):
    """Return the text of one rule."""
    return re.search(rf'\[\[rule\]\]\nid = "{name}"\n.*?(?=\n\[\[|\n# |\Z)', text, re.S)[0]


def target(name, text=SHIPPED):
    return re.search(rf'\[\[target\]\]\nof = "{name}"\n.*?(?=\n\[\[|\n# )', text, re.S)[0]


@pytest.mark.parametrize("name", names())
def test_a_shipped_protocol_has_no_fault(name):
    assert lint(read_protocol(name)) == []


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("region", regions())
def test_no_region_brings_a_fault(name, region):
    assert lint(read_protocol(name, region)) == []


def test_the_brief_contradicts_itself_without_the_joint_band(tmp_path):
    faults = lint_file(planted(tmp_path, (target("te2_ratio"), "")))
    joint = [one for one in faults if one.kind == "joint target"]
    assert [one.rules for one in joint] == [("IND_RATIO_LOW",)]
    assert "testosterone 500 ng/dL" in joint[0].message and "ratio 8.33" in joint[0].message


FAULTS = {
    "gap": [(rule("T7_PRIMARY"), ""), (rule("T6_ADD"), "")],
    "joint target": [(target("te2_ratio"), "")],
    "empty target": [("at_least = 500\nat_most = 1000", "at_least = 1000\nat_most = 500")],
    "oscillation": [('{ of = "estradiol", at_least = 40, unit = "pg/mL" }, { of = "testosterone", at_most = 750, unit = "ng/dL" }, { of = "room', '{ of = "testosterone", at_most = 750, unit = "ng/dL" }, { of = "room')],
    "unreachable": [('id = "T2_RESTART"', 'id = "T2_RESTART"\nbefore = "T4_CONTINUE"')],
    "never true": [('{ of = "estradiol", below = 20, unit = "pg/mL" }]\nthen = "step down', '{ of = "estradiol", below = 20, above = 30, unit = "pg/mL" }]\nthen = "step down')],
    "ladder": [('"anastrozole 1 mg every other day",', '"anastrozole 0.25 mg every other day",')],
    "schedule": [("opens = 14\ncloses = 28", "opens = 10\ncloses = 28")],
    "unmeasured": [('panel = ["testosterone", "estradiol", "lh", "fsh", "hematocrit"]\n', 'panel = ["testosterone", "fsh", "hematocrit"]\n')],
    "no effect": [(', { of = "room.anastrozole", is = true }]\nthen = "step up', ']\nthen = "step up')],
    "unsourced": [('source = "Shoshany 2017, journal:FertilSteril-107-589"', 'source = "assumed: because it is so"')],
    "overdue review": [("review = 2027-11-23", "review = 2026-11-23")],
    "unreadable": [('unit = "pg/mL", at = "baseline" }]\nplain = "Your estradiol', 'unit = "IU/L", at = "baseline" }]\nplain = "Your estradiol')],
}  # fmt: skip


def overlaid(*rules, text=SHIPPED, drop=()):
    """Return changes that lay rules over a protocol, or leave some out."""
    more = "".join(f"\n[[rule]]\n{each}\n" for each in rules)
    dropped = [('extends = "base"', f'extends = "base"\ndrop = {list(drop)}'.replace("'", '"'))] if drop else []
    return [*dropped, (text[-40:], text[-40:] + more)]


WORDS = 'title = "Planted fault"\nplain = "A fault was planted."\nclinical = "A fault was planted."\nacademic = "Planted fault, for a test."\nsource = "assumed: a planted fault"\ncertainty = "proposal"\n'
STOP = f'id = "STOP_PLANTED"\ngroup = "stop"\nwhen = [{{ of = "pregnancy", is = true }}]\nthen = "continue"\n{WORDS}'
LIFTED = (
    f'id = "W_PLANTED"\ngroup = "work-up"\nwhen = [{{ of = "lh", below = 2, unit = "IU/L", at = "baseline" }}]\n{WORDS}'
)
SAFETY = {
    "beside an alarm": overlaid('id = "SUICIDE"\nblocks = ["start"]'),
    "beside a stop": overlaid(STOP),
    "beside an exclusion": overlaid('id = "EX_CANCER"\nblocks = ["step up", "restart"]'),
    "beside open work-up": overlaid('id = "KARYOTYPE"\nblocks = []'),
    "hematocrit high": overlaid('id = "HCT_WARNING"\nblocks = []'),
    "hematocrit undated": overlaid(drop=["HCT_UNDATED"]),
    "interaction": overlaid(drop=["TAMOXIFEN_AI"]),
    "unguarded": overlaid(drop=["PATTERN_PROLACTIN"]),
    "safety waits": [('id = "T0_LABS"', 'id = "T0_LABS"\nbefore = "T2_HOLD"')],
    "harm unanswered": [('{ of = "estradiol", below = 10, unit', '{ of = "estradiol", below = 4, unit'),
                        ('{ of = "estradiol", below = 20, unit = "pg/mL" }]\nthen = "step down', '{ of = "estradiol", at_least = 10, below = 20, unit = "pg/mL" }]\nthen = "step down')],
    "never lifted": overlaid(LIFTED),
    "quiet stop": overlaid('id = "LIVER_CRITICAL"\nseverity = "warning"'),
    "circular": overlaid('id = "BONE_T_SCORE"\nwhen = [{ of = "genetic_cause", is = true }]', 'id = "GENETIC_FOUND"\nwhen = [{ of = "osteoporosis", is = true }]'),
    "unread": overlaid(drop=["SEMEN_ABSTINENCE"]),
}  # fmt: skip
FAULTS |= SAFETY
FAULTS["no evidence"] = [
    (
        'source = "Shoshany 2017, journal:FertilSteril-107-589"',
        'source = "Dr.Oracle 2025, url:https://example.org/anastrozole-in-men"',
    )
]
FAULTS["personal chance"] = [
    (
        'plain = "In one small series of men like you',
        'plain = "46 % of men like you became fathers. In one small series',
    )
]


def test_a_stop_that_blocks_nothing_is_no_fault_where_nothing_rises_beside_it(tmp_path):
    far = STOP.replace('of = "pregnancy", is = true', 'of = "testosterone", above = 1000, unit = "ng/dL"').replace(
        '"continue"', '"stop all"\nblocks = ["start"]'
    )
    near = far.replace("above = 1000", "above = 500")
    beside = [
        [one.rules for one in lint_file(planted(tmp_path, *overlaid(rule))) if one.kind == "beside a stop"]
        for rule in (far, near)
    ]
    assert beside[0] == [] and ("T5_UP", "STOP_PLANTED") in beside[1]


def test_twenty_kinds_and_more_are_planted():
    assert set(FAULTS) == set(FaultKind) and len(FaultKind) >= 20


@pytest.mark.parametrize("rule", [
    "SUICIDE", "THROMBOSIS_HISTORY", "EX_CANCER", "LIVER_DISEASE", "SLEEP_APNEA", "MOOD", "PITUITARY_SYMPTOMS", "EX_NO_CONSENT", "NO_WISH", "PATTERN_DUCT", "PSA", "PSA_FIRST", "LIVER_CRITICAL", "BONE_T_SCORE", "BONE_DENSITY_UNREAD", "PITUITARY_MRI", "PROLACTIN_FIRST", "PITUITARY_LESION", "PATTERN_THYROID", "KARYOTYPE", "Y_DELETION",
    "GENETIC_FOUND", "EX_WASHOUT", "EX_WASHOUT_LONG", "PATTERN_VARICOCELE", "T_HIGH", "PATTERN_ANDROGENS", "PATTERN_OBSTRUCTION",
    "OPIOIDS", "FIVE_ALPHA", "GNRH_ANALOGUE", "OTHERS_RUNNING", "HCT_WARNING", "HCT_UNDATED",
])  # fmt: skip
def test_no_rule_that_guards_can_be_left_out(rule, tmp_path):
    kinds = {one.kind for one in lint_file(planted(tmp_path, *overlaid(drop=[rule])))}
    assert kinds & {"unguarded", "interaction", "hematocrit high", "hematocrit undated"}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_planted_fault_is_found_by_its_kind(kind, tmp_path):
    faults = lint_file(planted(tmp_path, *FAULTS[kind]))
    assert kind in {one.kind for one in faults}, faults


@pytest.mark.parametrize(
    ("then", "said"), [('then = "continue"', "advises to continue"), ("", "advises to do nothing")]
)
def test_a_stop_that_does_not_stop_is_said_with_what_it_advises(tmp_path, then, said):
    faults = lint_file(planted(tmp_path, *overlaid(STOP.replace('then = "continue"', then))))
    assert any(said in one.message for one in faults if one.rules == ("STOP_PLANTED",))


@pytest.mark.parametrize(("least", "most", "empty"), [(5, 5, False), (5.1, 5, True)])
def test_a_band_may_be_a_point_and_no_less(tmp_path, least, most, empty):
    band = f'\n[[target]]\nof = "lh"\nat_least = {least}\nat_most = {most}\nunit = "IU/L"\nsource = "assumed: a planted band"\ncertainty = "proposal"\n'
    kinds = {one.kind for one in lint_file(planted(tmp_path, (SHIPPED[-40:], SHIPPED[-40:] + band)))}
    assert ("empty target" in kinds) is empty


def test_harm_to_which_no_rule_speaks_is_unanswered_too(tmp_path):
    others = [one.id for one in read_protocol("anastrozole").of_group(Group.TITRATION) if one.id != "T4_CONTINUE"]
    kinds = [one.kind for one in lint_file(planted(tmp_path, *overlaid(drop=others)))]
    assert {"gap", "harm unanswered"} <= set(kinds)


def test_joint_pain_of_grade_2_lowers_an_inhibitor(tmp_path):
    grade = '{ of = "rung.anastrozole", at_least = 1 }, { of = "joint_pain", at_least = '
    faults = lint_file(planted(tmp_path, (f"{grade}2", f"{grade}3")))
    assert [one for one in faults if one.kind == "harm unanswered" and "joint pain of grade 2" in one.message]


def test_an_estradiol_of_10_is_no_harm_yet(tmp_path):
    limit = '{ of = "rung.anastrozole", at_least = 1 }, { of = "estradiol", below = '
    faults = lint_file(planted(tmp_path, (f"{limit}20", f"{limit}10")))
    assert not [one for one in faults if "estradiol below 10 pg/mL" in one.message]


def test_a_reduction_that_waits_is_shown_where_it_is_advised(tmp_path):
    faults = [one for one in lint_file(planted(tmp_path, *SAFETY["safety waits"])) if one.kind == "safety waits"]
    hurts = {one.rules[0]: "joint pain 2" in one.message for one in faults}
    assert hurts["JOINT_REDUCE"] and not hurts["T2_HOLD"]


@pytest.mark.parametrize(
    ("more", "got"), [("", "nothing"), (', below = 2, is = true, unit = "IU/L"', "below, is, unit")]
)
def test_a_condition_of_no_kind_or_two_says_what_came(more, got, tmp_path):
    path = planted(tmp_path, ('when = [{ of = "estradiol", above = 60, unit = "pg/mL", at = "baseline" }]',
                              f'when = [{{ of = "lh"{more} }}]'))  # fmt: skip
    with pytest.raises(BadProtocol, match=f"got a condition of 'lh' with {got}; expected bounds"):
        read_protocol(str(path))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("below = 10, unit = \"1\", at = \"baseline\" }]\nplain = \"For your", "belov = 10, unit = \"1\", at = \"baseline\" }]\nplain = \"For your"), "belov"),
        (('group = "indication"', 'group = "indications"'), "indications"),
        (('then = "hold anastrozole"', 'then = "hold anastrozol"'), "anastrozol"),
        (('certainty = "brief"', 'certainty = "sure"'), "sure"),
        (('of = "labs.valid"', 'of = "labs.vaild"'), "labs.vaild"),
        (('"anastrozole 0.25 mg daily"', '"anastrozole 0.25 daily"'), "rungs"),
        (("begin = 1", "begin = 9"), "begin"),
        (('extends = "base"', 'extends = "bass"'), "bass"),
    ],
)  # fmt: skip
def test_a_typing_error_is_refused_with_its_line(change, said, tmp_path):
    path = planted(tmp_path, change)
    with pytest.raises(BadProtocol, match=r"line \d+") as refused:
        load_protocol(path)
    assert said in str(refused.value) and str(path) in str(refused.value)
    number = int(re.search(r"line (\d+)", str(refused.value))[1])
    assert 1 <= number <= len(path.read_text().splitlines())


def test_the_line_is_the_line(tmp_path):
    path = planted(tmp_path, ('then = "hold anastrozole"', 'then = "hodl anastrozole"'))
    with pytest.raises(BadProtocol) as refused:
        load_protocol(path)
    number = int(re.search(r"line (\d+)", str(refused.value))[1])
    assert "hodl" in path.read_text().splitlines()[number - 1]


def test_what_a_state_does_not_say_is_so_where_a_rule_may_hold_and_not_where_it_surely_does():
    any_rule, state = read_protocol("anastrozole").rules[0], {"testosterone": np.array([200.0, 400.0])}
    low = Condition("testosterone", below=300.0)
    at_start, silent = replace(low, at="baseline"), (Condition("lh", below=1.0), Condition("lh", known=True))
    for when, baseline, surely, perhaps in [
        ((low,), False, [True, False], [True, False]),
        ((low, silent[0]), False, [False, False], [True, False]),
        ((silent[1],), False, [False, False], [True, True]),
        ((at_start,), False, [False, False], [True, True]),
        ((at_start,), True, [True, False], [True, False]),
        ((replace(low, change="ratio"),), True, [False, False], [True, True]),
    ]:
        asked = replace(any_rule, when=when)
        assert holds(asked, state, is_baseline=baseline).tolist() == surely
        assert holds(asked, state, is_baseline=baseline, unsaid=True).tolist() == perhaps


def test_an_answer_that_is_asked_for_both_ways_is_never_true(tmp_path):
    both = (
        'id = "W_BOTH"\ngroup = "work-up"\nwhen = [{ of = "pregnancy", is = true }, { of = "pregnancy", is = false }]\n'
    )
    once = (
        'id = "W_ONCE"\ngroup = "work-up"\nwhen = [{ of = "pregnancy", is = true }, { of = "consent", is = false }]\n'
    )
    found = [
        one for one in lint_file(planted(tmp_path, *overlaid(both + WORDS, once + WORDS))) if one.kind == "never true"
    ]
    assert [one.rules for one in found] == [("W_BOTH",)]


@pytest.mark.parametrize(
    ("name", "limits"), [("hematocrit", (50.0, 54.0)), ("hemoglobin", (17.5, 18.0)), ("semen_volume", (1.4,))]
)
def test_a_level_is_visited_close_below_at_and_close_above_each_limit(name, limits):
    """A score goes by whole steps; a level does not, so that two limits near each other are told apart."""
    protocol = read_protocol("anastrozole")
    read = [rule for rule in protocol.rules if any(one.of == name for one in rule.conditions)]
    visited = sorted(set(StateGrid(protocol, read).state[name].ravel()))
    for limit in limits:
        assert limit in visited
        assert any(0.0 < limit - value < 0.01 * limit for value in visited)
        assert any(0.0 < value - limit < 0.01 * limit for value in visited)


@pytest.mark.parametrize(
    ("name", "drug", "never_given"), [("recovery", "clomiphene", True), ("anastrozole", "anastrozole", False)]
)
def test_every_place_on_a_ladder_is_visited(name, drug, never_given):
    """On a rung, stopped from one, and never given where a drug comes later."""
    protocol = read_protocol(name)
    state = StateGrid(protocol, protocol.of_group(Group.TITRATION)).state
    rung, before = np.broadcast_arrays(state[f"rung.{drug}"], state[f"before.{drug}"])
    component = protocol.components[drug]
    rungs = range(1, component.top(component.ceiling) + 1)
    expected = {(one, 0) for one in rungs} | {(0, one) for one in rungs} | ({(0, 0)} if never_given else set())
    assert set(zip(rung.ravel().tolist(), before.ravel().tolist(), strict=True)) == expected


@pytest.mark.parametrize(("begin", "place"), [(0, 0), (1, 0), (2, 1)])
def test_a_ceiling_reaches_the_rung_on_which_a_drug_begins(begin, place):
    """One that begins later begins on its first."""
    protocol = read_protocol("clomiphene")
    component = protocol.components["clomiphene"]
    first = component.weekly_amounts[place]

    def said(ceiling):
        changed = replace(component, begin=begin, ceiling=ceiling)
        faults = lint(replace(protocol, components={"clomiphene": changed}))
        return [one.message for one in faults if one.kind == FaultKind.LADDER]

    assert said(first) == [] and len(component.rungs) > 1
    assert [f"rung on which it begins, {first:g}." in text for text in said(0.9 * first)] == [True]
