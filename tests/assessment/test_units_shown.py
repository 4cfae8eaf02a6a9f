"""The unit in which a level is shown is no unit of a rule: changing it moves no ratio, no rule and no reading."""

import dataclasses
import sys

import pytest
from assessment.men import man, result, treated

import leydig as ly
from leydig.analytes import ANALYTES
from leydig.assessment.facts import facts
from leydig.protocol import reader
from leydig.record import quantity
from leydig.trial.conduct import laboratory

SHOWN = [(name, unit) for name, one in ANALYTES.items() for unit in one.units() if unit != one.us]


@pytest.fixture
def shown_in(monkeypatch):
    """Return a function that changes the unit in which an analyte is shown, forgetting what was read before."""

    def forget():
        for cached in (quantity._load_quantities, reader._read_version):
            cached.cache_clear()

    def change(name, unit):
        module = sys.modules[f"leydig.analytes.{name}"]
        monkeypatch.setattr(module, "entry", dataclasses.replace(module.entry, us=unit, si=unit))
        forget()

    yield change
    monkeypatch.undo()
    forget()


def decisions():
    """Return what two men's records lead to, without the words."""
    censored = result("estradiol", 10.0, comparator="<")
    records = [
        (man(free_testosterone=None), None), treated(), (man(estradiol=None).with_results([censored]), None),
        (man(hematocrit=53.0, progressive_motility=20.0, normal_forms=3.0), None), treated(testosterone=1300.0),
    ]  # fmt: skip
    found = []
    for record, day in records:
        one = ly.assess(record, "anastrozole", on=day)
        seen = facts.Facts(record, ly.read_protocol("anastrozole"), one.on)
        names = ("te2_ratio", "free_testosterone", "total_sperm_count", "total_motile_count")
        levels = {name: seen.level(name) and (seen.level(name).low, seen.level(name).high) for name in names}
        found.append((one.verdict, one.action, [(f.rule, f.status, f.severity) for f in one.findings], levels))
    return found


def readings():
    true = {name: sum(one.reference) / 2.0 for name, one in ANALYTES.items()
            if name in quantity.QUANTITIES and name != "te2_ratio"}  # fmt: skip
    drawn = laboratory.laboratory_results(tuple(true), true, dict.fromkeys(true, 0.7), man().last_day())
    return {one.name: (one.value_in(ANALYTES[one.name].unit), one.comparator) for one in drawn}


@pytest.fixture(scope="module")
def expected():
    return decisions(), readings(), {name: (one.unit, one.possible) for name, one in quantity.QUANTITIES.items()}


@pytest.mark.parametrize(("name", "unit"), SHOWN)
def test_no_rule_and_no_ratio_moves_with_the_unit_that_is_shown(shown_in, expected, name, unit):
    shown_in(name, unit)
    assert ANALYTES[name].us == unit
    after = {name: (one.unit, one.possible) for name, one in quantity.QUANTITIES.items()}
    assert after == expected[2]
    assert readings() == expected[1]
    assert decisions() == expected[0]


def test_the_ratio_is_ng_per_dl_over_pg_per_ml(shown_in):
    record = ly.Record("male", "1990-01-01", (result("testosterone", 280.0), result("estradiol", 45.0)))
    for unit in ("pg/mL", "pmol/L"):
        shown_in("estradiol", unit)
        level = facts.Facts(record, ly.read_protocol("anastrozole"), record.last_day()).level("te2_ratio")
        assert level.low == pytest.approx(280.0 / 45.0, rel=1e-12)
