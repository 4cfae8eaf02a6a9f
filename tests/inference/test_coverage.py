"""The shipped ranks: complete, made again in part, and fair where so few men can tell."""

import csv

import pytest
from scipy.stats import binom

from benchmarks.twin import HORMONES, PANELS, rank_man
from leydig.inference.trust.coverage import RANKS, coverage_cells

SEED, DRAWS = 7, 300  # of `python -m benchmarks.twin`
AGAIN = 0.25  # three standard errors of the difference of two ranks among about 50 effective draws


def shipped_rows():
    with RANKS.open(encoding="utf-8", newline="") as file:
        return {(int(row["man"]), row["results"], row["analyte"]): row for row in csv.DictReader(file)}


def test_every_cell_has_all_men():
    cells = coverage_cells()
    assert {(one.results, one.analyte) for one in cells} == {(panel, name) for panel in PANELS for name in HORMONES}
    assert len(cells) == 2 * len(PANELS) * len(HORMONES) and len({one.men for one in cells}) == 1


@pytest.mark.parametrize("panel", ["testosterone and estradiol once", "four hormones twice"])
def test_a_part_is_made_again(panel):
    ranks, _, _ = rank_man(1, SEED, "secondary", DRAWS, panel)
    for name, (level, result) in ranks.items():
        row = shipped_rows()[1, panel, name]
        assert (float(row["level"]), float(row["result"])) == (
            pytest.approx(level, abs=AGAIN), pytest.approx(result, abs=AGAIN))  # fmt: skip


@pytest.mark.parametrize("cell", coverage_cells(), ids=lambda one: f"{one.results}: {one.analyte}, {one.of}")
def test_no_cell_is_one_that_fair_intervals_hardly_ever_give(cell):
    """Bounds that one cell of fair intervals breaks once in ten thousand times."""
    for level, inside in ((0.5, cell.inside_50), (0.9, cell.inside_90)):
        assert inside * cell.men >= binom.ppf(0.0001, cell.men, level)
    assert cell.inside_50 * cell.men <= binom.ppf(0.9999, cell.men, 0.5)
