"""The shipped ranks: complete, made again in part, fair as far as so many men can tell, and what follows where not."""

import csv
import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, norm

from benchmarks.twin import PANELS, _crps, _normal_crps, rank_man
from leydig.inference.results.history import history_of
from leydig.inference.trust import coverage
from leydig.inference.trust.coverage import (
    RANK_COLUMNS,
    RANKED_ANALYTES,
    RANKS,
    SETTINGS,
    CoverageCell,
    coverage_cells,
    doubtful_cells,
    score_cells,
)
from leydig.inference.trust.trust import TrustVerdict, judge_coverage
from leydig.record import Record, Result
from leydig.regimen import Regimen

SEED, DRAWS = 7, 300  # of `python -m benchmarks.twin`
AGAIN = 0.15  # three standard errors of the difference of two ranks among about 200 effective draws
DAY = dt.date(2026, 1, 5)


def shipped_rows():
    with RANKS.open(encoding="utf-8", newline="") as file:
        return {(row["setting"], int(row["man"]), row["results"]): row for row in csv.DictReader(file)}


def test_every_cell_has_all_men():
    cells = coverage_cells()
    assert {(one.setting, one.results, one.analyte) for one in cells} == {
        (setting, panel, name) for setting in SETTINGS for panel in PANELS for name in RANKED_ANALYTES
    }
    assert len(cells) == 2 * len(SETTINGS) * len(PANELS) * len(RANKED_ANALYTES) and len({one.men for one in cells}) == 1


@pytest.mark.parametrize(("setting", "panel"), [
    ("anastrozole", "testosterone and estradiol once"), ("clomiphene", "four hormones twice"), ("letrozole", "none"),
])  # fmt: skip
def test_a_part_is_made_again(setting, panel):
    found, _, _ = rank_man(1, SEED, setting, DRAWS, panel)
    for name, figures in found.items():
        row = shipped_rows()[setting, 1, panel]
        for figure, value in zip(RANK_COLUMNS, figures, strict=True):
            shipped = float(row[f"{name}_{figure}"] or "nan")
            assert value == pytest.approx(shipped, abs=AGAIN, nan_ok=True), (name, figure)


@pytest.mark.parametrize(
    "cell", coverage_cells(), ids=lambda one: f"{one.setting}, {one.results}: {one.analyte}, {one.of}"
)
def test_no_cell_is_one_that_fair_intervals_hardly_ever_give(cell):
    """Bounds that one cell of fair intervals breaks once in ten thousand times."""
    for level, inside in ((0.5, cell.inside_50), (0.9, cell.inside_90)):
        assert inside * cell.men >= binom.ppf(0.0001, cell.men, level)
    assert cell.inside_50 * cell.men <= binom.ppf(0.9999, cell.men, 0.5)


def cell_of(inside, men):
    return CoverageCell("anastrozole", "four hormones once", "estradiol", "level", men, 0.5, inside / men)


@pytest.mark.parametrize(("inside", "holds"), [(869, False), (870, True), (930, True), (931, False)])
def test_a_cell_holds_where_its_share_is_within_its_limits(inside, holds):
    assert cell_of(inside, 1000).holds is holds


def history(*names, later=False):
    days = (DAY, DAY + dt.timedelta(weeks=8)) if later else (DAY,)
    values = {"testosterone": (300, "ng/dL"), "estradiol": (25, "pg/mL"), "lh": (4, "IU/L")}
    results = (Result("bmi", 28.7, DAY, "kg/m2"),
               *(Result(name, values[name][0], day, values[name][1]) for day in days for name in names))  # fmt: skip
    return history_of(Record("male", dt.date(1991, 5, 1), results))


def test_a_forecast_says_which_band_did_not_hold_in_men_like_him(monkeypatch):
    bad = replace(cell_of(40, 60), results="testosterone and estradiol once")
    monkeypatch.setattr(coverage, "coverage_cells", lambda: (bad, cell_of(54, 60)))
    once, plan = history("testosterone", "estradiol"), Regimen("anastrozole 0.5 mg daily")
    assert doubtful_cells("secondary", plan.drugs, once) == (bad,)
    found = judge_coverage("secondary", plan, once)
    assert found.verdict == TrustVerdict.CAUTION and "67 % of 60 virtual men" in str(found)
    for kind, other, known in (
        ("healthy", plan, once), ("secondary", Regimen("clomiphene 25 mg daily"), once),
        ("secondary", plan, history("testosterone", "lh")), ("secondary", plan, history("testosterone", later=True)),
        ("secondary", plan, history()),
    ):  # fmt: skip
        assert not judge_coverage(kind, other, known).reasons


def test_the_score_is_that_of_the_literature():
    """Of a normal forecast (Gneiting and Raftery's form) and, in the mean, of many draws of it."""
    draws = np.random.default_rng(1).normal(1.0, 0.5, 4000)
    for value in (0.2, 1.0, 2.4):
        z = (value - 1.0) / 0.5
        exact = 0.5 * (z * (2.0 * norm.cdf(z) - 1.0) + 2.0 * norm.pdf(z) - 1.0 / np.sqrt(np.pi))
        assert 0.5 * _normal_crps(z) == pytest.approx(exact)
        assert _crps(draws, value) == pytest.approx(exact, abs=0.02)


@pytest.mark.parametrize(("results", "carried", "prior"), [
    ("four hormones once", 0.8, 0.9), ("four hormones twice", 1.0, 0.8),
])  # fmt: skip
def test_the_twin_beats_the_last_result_and_the_prior(results, carried, prior):
    """Summed over analytes: by less on the last result where that was on treatment already."""
    cells = [one for one in score_cells() if one.results == results]
    assert {one.setting for one in cells} == set(SETTINGS)
    twin = sum(one.twin for one in cells)
    assert twin < carried * sum(one.carried for one in cells) and twin < prior * sum(one.prior for one in cells)
