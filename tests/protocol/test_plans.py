"""Ladders, targets, windows and visits are those of a second table; and no rule is outside the tables of limits."""

import tomllib

import pytest
from assessment.limit_rows import FOLDER, REGIONAL, parsed, read

from leydig.protocol import reader
from leydig.protocol.condition import compare
from leydig.protocol.reader import PROTOCOLS_FOLDER as FILES
from leydig.protocol.reader import REGIONS, names, read_protocol, regions
from leydig.record.quantity import QUANTITIES
from leydig.toml_file import Tables

READ = tomllib.loads((FOLDER / "plans.toml").read_text(encoding="utf-8"))


def inherited(name):
    """Return the table of a protocol, with what it is like."""
    one = READ[name]
    return inherited(one["like"]) | one if "like" in one else one


PLANS = {name: inherited(name) for name in READ}
OUTSIDE: dict[tuple[str, str], str] = {}  # rules that are in no table of limits, by file and id, each with the reason


TABLED = {*PLANS, *REGIONAL, "base"}  # files whose limits were written a second time


def test_every_table_is_of_a_protocol_or_region():
    assert set(PLANS) <= set(names()) and set(REGIONAL) == set(regions())


@pytest.mark.parametrize("name", names())
def test_what_has_no_second_table_is_a_proposal(name):
    """A protocol may be one file; until its limits are written a second time it claims no more than to propose them."""
    content = tomllib.loads((FILES / f"{name}.toml").read_text(encoding="utf-8"))
    parts = [*content.get("component", {}).values(), *(one for kind in ("rule", "need", "target", "visit", "expected")
             for one in content.get(kind, []))]  # fmt: skip
    assert name in TABLED or {one.get("certainty", "proposal") for one in parts} <= {"proposal"}


def test_every_rule_of_every_file_is_in_a_table_of_limits():
    rows = {(row.get("file", "base"), row["id"]) for row in read()}
    shipped = set()
    for path in (*FILES.glob("*.toml"), *REGIONS.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8")) if path.stem in TABLED else {}
        shipped |= {(path.stem, rule["id"]) for rule in content.get("rule", [])}
        shipped |= {(path.stem, f"NEED_{need['of'].upper()}") for need in content.get("need", [])}
    assert shipped - rows - set(OUTSIDE) == set(), "write these in tests/assessment/limits/, from the guideline"
    assert not set(OUTSIDE) - shipped
    known = {(name, rule.id) for name in names() for rule in read_protocol(name).rules}
    known |= {(name, rule.id) for name in regions() for rule in read_protocol("anastrozole", name).rules}
    assert rows - shipped - known == set(), "these hold a rule that is shipped no more"


@pytest.mark.parametrize("name", PLANS)
def test_windows_checks_and_what_is_left_out(name):
    plan, table = read_protocol(name), PLANS[name]
    assert [plan.valid_after, plan.stale_after, plan.minimum] == table["windows"]
    assert list(plan.titrates_on) == table["steered_by"] and list(plan.checks) == table["checks"]
    assert not {rule.id for rule in plan.rules} & set(table["absent"])


@pytest.mark.parametrize("name", PLANS)
def test_ladders(name):
    plan, ladders = read_protocol(name), PLANS[name]["ladders"]
    assert set(plan.components) == set(ladders)
    for drug, one in plan.components.items():
        assert ladders[drug] == {"weekly": pytest.approx(one.weekly_amounts), "first": one.begin, "ceiling": one.ceiling,
                                 "reduce": one.reduce, "one_step": one.one_step}  # fmt: skip


@pytest.mark.parametrize("name", PLANS)
def test_targets(name):
    bands = {one.of: one.band for one in read_protocol(name).targets}
    assert set(bands) == {limit.split()[0] for limit in PLANS[name]["targets"]}
    for limit in PLANS[name]["targets"]:
        for of, value, unit, inside in parsed(limit):
            level = float(value) * (QUANTITIES[of].factor_from(unit) if unit else 1.0)
            assert compare(bands[of], level, level)[0] == inside, (limit, value)


@pytest.mark.parametrize("name", PLANS)
def test_visits(name):
    visits = {one.name: [one.after, one.opens, one.day, one.closes, one.overdue, " ".join(one.panel)]
              for one in read_protocol(name).visits}  # fmt: skip
    assert visits == PLANS[name]["visits"]


@pytest.mark.parametrize("name", PLANS)
def test_where_levels_should_go(name):
    assert {one.of: "up" if one.up else "down" for one in read_protocol(name).expected} == PLANS[name]["expected"]


def test_names_reads_a_file_once_and_again_when_it_has_changed(tmp_path, monkeypatch):
    """Every trial and every ledger asks for the names: to read nine protocols each time was most of a replay."""
    read = []
    monkeypatch.setattr(reader, "Tables", lambda path, *rest: read.append(path.name) or Tables(path, *rest))
    monkeypatch.setattr(reader, "PROTOCOLS_FOLDER", tmp_path)
    (tmp_path / "own.toml").write_text('title = "Own"\n', encoding="utf-8")
    (tmp_path / "base.toml").write_text("abstract = true\n", encoding="utf-8")
    assert [names() for _ in range(3)] == [["own"]] * 3 and sorted(read) == ["base.toml", "own.toml"]
    (tmp_path / "base.toml").write_text("abstract = false\n", encoding="utf-8")
    assert names() == ["base", "own"] and read[2:] == ["base.toml"]
