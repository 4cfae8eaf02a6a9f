"""Conditions that a twin answers: how they are written and refused, what lint proves of them, and what they change."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import leydig as ly
from leydig.assessment.facts.facts import Facts
from leydig.assessment.facts.value import Value
from leydig.errors import BadProtocol
from leydig.inference.trust.trust import Trust, TrustReason, TrustVerdict
from leydig.protocol.condition import Condition
from leydig.protocol.lint.fault import FaultKind
from leydig.protocol.lint.lint import lint
from leydig.protocol.lint.states import StateGrid
from leydig.protocol.reader import load_protocol, read_protocol
from leydig.protocol.vocabulary import AskedRegimen, Group

EXAMPLE = Path(__file__).parents[2] / "docs" / "trials" / "clomiphene_forecast.toml"
START, VISIT = dt.date(2026, 1, 5), dt.date(2026, 3, 2)
HEAD = 'title = "x"\nversion = "1"\ndate = 2026-11-27\nreview = 2027-11-27\n'
WORDS = 'plain = "a b c"\nclinical = "a b c"\nacademic = "a b c"\nsource = "assumed: written for a test"\ncertainty = "proposal"\n'


def protocol_of(tmp_path, text, extends="anastrozole"):
    path = tmp_path / "mine.toml"
    path.write_text(f'extends = "{extends}"\n{HEAD}{text}', encoding="utf-8")
    return load_protocol(path)


def rule_text(when, group="titration", then="step up anastrozole"):
    verb = f'then = "{then}"\n' if then else ""
    return (
        f'[[rule]]\nid = "MINE"\nbefore = "T5_UP"\ngroup = "{group}"\ntitle = "t"\nwhen = [{{ {when} }}]\n{verb}{WORDS}'
    )


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ('of = "forecast.testosteron", below = 500, unit = "ng/dL"', "forecast.testosterone"),
        ('of = "forecast.hematocrit", above = 50, unit = "%"', "expected one of chance"),
        ('of = "forecast.testosterone", below = 500, unit = "pg"', "ng/dL"),
        ('of = "forecast.testosterone", below = 500, unit = "ng/dL", times = 2', "next visit"),
        ('of = "chance.below_floor", above = 5', "between 0 and 1"),
        ('of = "chance.below_floor", above = 0.5, unit = "%"', "between 0 and 1"),
        ('of = "testosterone", below = 500, unit = "ng/dL", under = "advised"', "a forecast or a chance"),
    ],
)
def test_a_condition_that_no_twin_can_answer_is_refused(tmp_path, when, said):
    with pytest.raises(BadProtocol, match=said):
        protocol_of(tmp_path, rule_text(when))


def test_what_is_advised_is_asked_by_titration_alone_and_nothing_else_reads_a_forecast(tmp_path):
    advised = 'of = "chance.below_floor", above = 0.1, under = "advised"'
    with pytest.raises(BadProtocol, match="titration rule"):
        protocol_of(tmp_path, rule_text(advised, "alert", ""))
    panel = '[[visit]]\nname = "3 months"\npanel = ["forecast.testosterone"]\n'
    with pytest.raises(BadProtocol, match="conditions of rules alone"):
        protocol_of(tmp_path, panel)


def test_it_is_said_and_compared_in_the_unit_of_its_quantity(tmp_path):
    plan = protocol_of(tmp_path, rule_text('of = "forecast.testosterone", below = 15, unit = "nmol/L"'))
    (condition,) = next(rule for rule in plan.rules if rule.id == "MINE").conditions
    assert condition.limits[0] == pytest.approx(432.6, abs=0.1) and plan.reads_forecasts
    assert not read_protocol("anastrozole").reads_forecasts
    asked = Condition("chance.below_floor", above=0.1, under=AskedRegimen.ADVISED)
    assert str(asked) == "chance that estradiol is below its target under what is advised above 0.1"


# What lint proves --------------------------------------------------------------------------------------


def _titration(plan):
    """Return the protocol with few rules, so that its states are few."""
    kept = ("MINE", "T5_UP", "T3_REDUCE", "T4_CONTINUE")
    return replace(plan, rules=tuple(one for one in plan.rules if one.id in kept or one.group != Group.TITRATION))


def test_a_forecast_has_a_state_in_which_nobody_tells_it(tmp_path):
    plan = _titration(protocol_of(tmp_path, rule_text('of = "chance.below_floor", above = 0.1', then="continue")))
    grid = StateGrid(plan, plan.of_group(Group.TITRATION))
    told = grid.state["chance.below_floor"].ravel()
    assert np.isnan(told[0]) and told[1:] == pytest.approx([0.1] * 3, rel=1e-5)
    known = 'of = "chance.below_floor", known = true'
    alone = replace(plan, rules=protocol_of(tmp_path, rule_text(known, then="continue")).rules)
    alone = replace(alone, rules=tuple(one for one in alone.rules if one.id == "MINE"))
    gap = next(one for one in lint(alone) if one.kind == FaultKind.GAP)
    assert "chance.below floor not told" in gap.message


@pytest.mark.parametrize(("most", "found"), [(0.3, False), (0.31, True)])
def test_a_step_up_whose_own_expectation_is_stepped_down_oscillates(tmp_path, most, found):
    text = rule_text('of = "chance.below_floor", above = 0.3', then="step down anastrozole")
    up = (
        '[[rule]]\nid = "T5_UP"\nwhen = [{ of = "room.anastrozole", is = true }, { of = "rung.anastrozole", at_least '
        f'= 1 }}, {{ of = "chance.below_floor", under = "advised", at_most = {most} }}]\n'
    )
    plan = protocol_of(tmp_path, text + up)
    rules = tuple(one for one in plan.rules if one.id in ("MINE", "T5_UP"))
    faults = [one for one in lint(replace(plan, rules=rules)) if one.kind == FaultKind.OSCILLATION]
    assert bool(faults) == found and all(one.rules == ("T5_UP", "MINE") for one in faults)


# What it changes ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def record():
    """A man in the band twice, and just below it at last."""
    results = [ly.Result("bmi", 29.0, START, "kg/m2"), ly.Result("prolactin", 8.0, START, "ng/mL"),
               ly.Result("hematocrit", 44.0, VISIT, "%")]  # fmt: skip
    for days, testosterone, estradiol, lh in (
        (0, 290, 28, 4.0),
        (28, 640, 42, 7.5),
        (42, 610, 40, 7.0),
        (56, 470, 36, 6.5),
    ):
        day = START + dt.timedelta(days)
        results += [ly.Result("testosterone", testosterone, day, "ng/dL", dt.time(8)),
                    ly.Result("estradiol", estradiol, day, "pg/mL", dt.time(8)),
                    ly.Result("lh", lh, day, "IU/L", dt.time(8)), ly.Result("fsh", lh, day, "IU/L", dt.time(8))]  # fmt: skip
    treatment = ly.Treatment(ly.Regimen("clomiphene 25 mg daily"), START)
    return ly.Record("male", dt.date(1991, 5, 1), tuple(results), (treatment,))


@pytest.fixture(scope="module")
def twin(record):
    return ly.fit(record, kind="secondary", draws=200)


def test_one_low_reading_raises_nothing_where_the_twin_expects_him_in_the_band(record, twin):
    bare, found = ly.assess(record, EXAMPLE), ly.assess(record, EXAMPLE, twin=twin)
    assert bare.action == "step up clomiphene" and "T6_ADD" in bare
    assert found.action == "continue" and "T6_WAIT" in found
    (told,) = [value for name, value, _ in found["T6_WAIT"].inputs if name == "forecast.testosterone"]
    assert told in found["T6_WAIT"].clinical and "under clomiphene 25 mg daily" in told


def test_where_nothing_is_told_results_decide_and_it_is_said(record, twin):
    bare = ly.assess(record, EXAMPLE)
    assert "no twin was given" in bare["NO_FORECAST"].clinical
    assert bare.reasons[-1].rule == "NO_FORECAST" and "results alone decide" in bare.reasons[-1].title
    silent = replace(twin, trust=Trust((TrustReason(TrustVerdict.ABSTAIN, "his results are another man's"),)))
    found = ly.assess(record, EXAMPLE, twin=silent)
    assert found.action == bare.action and "another man's" in found["NO_FORECAST"].clinical
    assert "NO_FORECAST" not in ly.assess(record, EXAMPLE, twin=twin)
    assert "NO_FORECAST" not in ly.assess(record, "clomiphene")


def test_what_is_advised_is_another_rung_than_what_is_given(record):
    plan = read_protocol(EXAMPLE)
    view = Facts(record, plan, VISIT)
    asked = []

    def expected(of, rungs):
        asked.append((of, rungs["clomiphene"]))
        return Value(400.0, 400.0, "400 ng/dL", VISIT) if of.startswith("forecast") else Value(0.0, 0.0, "0 %", VISIT)

    view.expected = expected
    rule = next(one for one in plan.rules if one.id == "T6_AHEAD")
    assert view.holds(rule).verdict is True
    assert {("forecast.testosterone", 1), ("chance.below_floor", 2)} == set(asked)
