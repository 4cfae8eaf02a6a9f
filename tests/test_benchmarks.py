"""The benchmarks compare like with like: every peer agrees with the engine, and the engine with the reference."""

import numpy as np
import pytest

from benchmarks import DOSINGS, Setting, Timing, installed, men_of, starts
from benchmarks.costs import Cost, exponent
from benchmarks.goals import Goal
from benchmarks.peers import PEERS, RoadRunner, difference, engine_levels
from leydig import Man, Regimen
from leydig.engine.reference import reference

DAYS, HOURS = 3, (2.0, 24.0)


@pytest.fixture(scope="module")
def setting():
    return Setting(DOSINGS["S1"], Man.stack(men_of(2)))


@pytest.fixture(scope="module")
def truth(setting):
    return engine_levels(setting, 2, DAYS, HOURS, 1e-8)


# libRoadRunner runs in a process of its own in tests/exchange/test_sbml.py: two LLVMs in one do not live together.
@pytest.mark.parametrize("kind", [kind for kind in PEERS if kind is not RoadRunner], ids=lambda kind: kind.package)
def test_a_peer_agrees_with_the_engine(kind, setting, truth):
    if installed(kind.package) is None:
        pytest.skip(f"{kind.package} is not installed")
    found = kind(setting, 1).solve(1, DAYS, HOURS, 1e-7)
    assert difference(setting.levels(found, HOURS), truth) < 1e-5


def test_the_engine_agrees_with_the_reference(setting, truth):
    times = (np.arange(DAYS)[:, None] + np.array(HOURS) / 24.0).ravel()
    states = reference(setting.man(0), Regimen(setting.dosing), times).reshape(1, DAYS, len(HOURS), -1)
    assert difference(setting.levels(states, HOURS), truth) < 1e-6


def test_a_wrong_level_is_seen(truth):
    assert difference(1.001 * truth, truth) == pytest.approx(1e-3)
    assert difference(np.full_like(truth, np.nan), truth) == np.inf


def test_men_are_spread_and_always_the_same():
    levels = np.log([float(man.baseline.testosterone) for man in men_of(40)])
    assert 0.25 < levels.std() < 0.55
    assert levels[:2].tolist() == np.log([float(man.baseline.testosterone) for man in men_of(2)]).tolist()


def test_slopes_and_goals():
    timings = tuple(Timing(0.1 * n, 0.1 * n, 0.1 * n) for n in (1, 10, 100))
    assert exponent(Cost("men", (1, 10, 100), timings)) == pytest.approx(1.0)
    assert Goal("fast", "< 1 s", value=0.5, limit=1.0).met is True
    assert Goal("many times", "≥ 10 times", value=9.0, limit=10.0, least=True).met is False
    assert Goal("none", "").met is None


def test_the_section_of_starts_takes_its_place_in_the_page(tmp_path, monkeypatch):
    page = tmp_path / "performance.md"
    page.write_text("# Performance\n\n## The table\n\n## What it costs\n\nMuch.\n")
    monkeypatch.setattr(starts, "PAGE", page)
    for seconds in (0.25, 0.5):
        found = [starts.Start("leydig --help", 0.4, [seconds, 2.0, 3.0], [0.125])]
        starts.write(starts.section(found, "One machine."))
    text = page.read_text()
    assert text.count(starts.HEADING) == text.count("## What it costs") == 1
    assert "| `leydig --help` | 0.4 | 0.50 | 2.00 | 0.12 |" in text and "Much." in text


def test_a_start_that_fails_is_no_measurement():
    assert 0.0 < starts._once(("-c", "pass"))[0] < 30.0
    with pytest.raises(RuntimeError, match="got exit code 3"):
        starts._once(("-c", "raise SystemExit(3)"))
