"""Every limit of every rule, below, at and above it, by a table that was written from the guidelines and not from the files."""

import pytest
from assessment.limit_rows import ROOMS, assessed, parsed, plan_of, read

from leydig.protocol.reader import read_protocol
from leydig.protocol.vocabulary import RAISING
from leydig.record.quantity import QUANTITIES

TITRATING = tuple(room for room in ROOMS if room.startswith("titration"))
ROWS = read(*(room for room in ROOMS if room not in TITRATING))
TITRATION = read(*TITRATING)
RAISED = {  # who is advised each verb that gives more where nothing speaks against it
    "anastrozole": {"start": "new", "step up": "rise", "restart": "held"},
    "anastrozole_clomiphene": {"start": "new"},
    "clomiphene": {"start": "clomiphene_new", "step up": "clomiphene_rise"},
    "gonadorelin": {"start": "pump_new", "step up": "pump_rise"},
    "gonadotropins": {"start": "hcg_new", "step up": "hcg_rise"},
}  # fmt: skip


def name_of(row):
    return f"{row.get('file', 'base')}-{row['id']}"


def holding(row):
    """Return the first setting of a row under which its rule holds."""
    return next(one[:3] for limit in row["limits"] for one in parsed(limit) if one[3])


def everywhere(row):
    """Return the first setting under which the rule of a row holds, before treatment and now."""
    name, value, unit = holding(row)
    return (
        ()
        if name == "man"
        else ((f"baseline.{name}", value, unit), (name, value, unit))
        if name in QUANTITIES
        else ((name, value, unit),)
    )


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_a_rule_holds_on_one_side_of_its_limit(row):
    for limit in row["limits"]:
        for name, value, unit, holds in parsed(limit):
            found, *_ = assessed(row, (name, value, unit))
            spoke = [one for one in found.findings if one.rule == row["id"] and one.status in ("", "met", "unknown")]
            held = bool(spoke) if row.get("kind") == "need" else row["id"] in found
            assert held == holds, (limit, value, [one.rule for one in found.findings if one.status != "not met"])
            for one in spoke if holds else ():
                assert one.severity == row.get("severity", "info")
                assert one.required == row.get("required", False)
                assert row.get("says", "") in one.clinical


@pytest.mark.parametrize("row", TITRATION, ids=name_of)
def test_the_first_rule_that_holds_is_advised(row):
    for limit in row["limits"]:
        for name, value, unit, holds in parsed(limit):
            found, *_ = assessed(row, (name, value, unit))
            advice = found.of("advice")[0]
            assert (advice.rule == row["id"]) == holds, (limit, value, advice.rule)
            if holds:
                assert (advice.severity, found.action, found.next) == (
                    row.get("severity", "info"),
                    row["action"],
                    row["next"],
                )


RULES = [row for row in ROWS if row.get("kind") != "need"]


def blocked_by(row):
    """Return what a row says that its rule blocks; what stops all blocks all."""
    return tuple(row.get("blocks", RAISING if row.get("action") == "stop all" else ()))


@pytest.mark.parametrize("row", RULES, ids=name_of)
def test_a_rule_does_what_the_table_says(row):
    rule = next(one for one in read_protocol(*plan_of(row)).rules if one.id == row["id"])
    assert (rule.blocks, rule.implies, rule.then) == (
        blocked_by(row), tuple(row.get("implies", ())), row.get("action", "")
    )  # fmt: skip


@pytest.mark.parametrize("row", RULES, ids=name_of)
def test_what_a_rule_blocks_is_not_advised_while_it_holds(row):
    for verb, man in RAISED.get(plan_of(row)[0], {}).items():
        found, record, day = assessed(row, *everywhere(row), man=man)
        reasons = [one.rule for one in found.reasons]
        if verb in row.get("covered", ()):
            continue
        if row.get("action") == "stop all" and verb == "step up":
            assert found.action == "stop all"
        elif verb in blocked_by(row):
            assert row["id"] in reasons and not found.action.startswith(verb), (verb, found.action, reasons)
        else:
            assert row["id"] not in reasons


@pytest.mark.parametrize("verb", RAISING)
@pytest.mark.parametrize("name", RAISED)
def test_the_men_are_advised_what_they_are_to_be_kept_from(name, verb):
    if verb in RAISED[name]:
        found, *_ = assessed({"file": name, "id": ""}, man=RAISED[name][verb])
        assert found.action.startswith(verb) and not found.reasons


TREATED = {  # a man of each protocol who is treated
    "anastrozole": "band", "anastrozole_daily": "band_5", "anastrozole_clomiphene": "both", "clomiphene": "clomiphene_rise",
    "gonadorelin": "pump", "gonadotropins": "hcg", "recovery": "after_bare", "recovery_clomiphene": "clomiphene_2",
}  # fmt: skip


@pytest.mark.parametrize("row", RULES, ids=name_of)
def test_what_was_before_treatment_is_not_undone_by_what_comes_after(row):
    for limit in row["limits"]:
        settings = list(parsed(limit))
        name, inside = settings[0][0], [one[:3] for one in settings if one[3]]
        outside = [one[:3] for one in settings if not one[3] and one[1] != "unknown"]
        if name.startswith("baseline.") and inside and outside:
            later = (name.removeprefix("baseline."), *outside[0][1:])
            found, *_ = assessed(row, inside[0], later, man=TREATED[plan_of(row)[0]])
            assert row["id"] in found, (limit, later)


ON_TREATMENT = (
    "T_HIGH", "LIVER_CRITICAL", "LIVER_BILIRUBIN", "JOINT_1", "JOINT_2", "JOINT_3", "MOOD", "LDL", "BREAST", "PSA",
    "PITUITARY_SIGNS", "BONE_CRITICAL", "E2_CONFIRM", "NEW_AZOOSPERMIA", "RESPONSE", "SEMEN_LOST", "STOP_PREGNANCY",
    "EXOGENOUS", "DOSES_MISSED",
)  # fmt: skip


@pytest.mark.parametrize(
    "row", [row for row in RULES if row["id"] in ON_TREATMENT and plan_of(row)[0] == "anastrozole"], ids=name_of
)
def test_an_alert_about_treatment_is_silent_while_nothing_is_given(row):
    found, *_ = assessed(row, holding(row), man="held_low")
    assert row["id"] not in found
