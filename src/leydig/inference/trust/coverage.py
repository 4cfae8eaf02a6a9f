"""How the shipped twin's intervals held on virtual men: coverage by analyte and by the results that were known.

``ranks.csv`` holds, for each virtual man, where his true level and his result of week 16 lay among the draws of the
forecast. ``python -m benchmarks.twin`` makes it again. The men come from the prior that also fits them: calibrated
against itself.
"""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

__all__ = ["RANKS", "CoverageCell", "coverage_cells"]

RANKS = Path(__file__).with_name("ranks.csv")
INTERVALS = (0.5, 0.9)


@dataclass(frozen=True)
class CoverageCell:
    """How often the intervals of one analyte held.

    Attributes
    ----------
    results : str
        What was known of each man.
    analyte : str
    of : str
        ``"level"`` or ``"result"``.
    men : int
    inside_50, inside_90 : float
        Share of the men inside the interval.
    """

    results: str
    analyte: str
    of: str
    men: int
    inside_50: float
    inside_90: float

    @property
    def standard_error(self) -> float:
        """Of the share inside a 90 % interval that holds."""
        return float(np.sqrt(INTERVALS[1] * (1.0 - INTERVALS[1]) / self.men))


@lru_cache(maxsize=1)
def coverage_cells() -> tuple[CoverageCell, ...]:
    """Return the shipped cells.

    Examples
    --------
    >>> {one.of for one in coverage_cells()} == {"level", "result"}
    True
    """
    with RANKS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    keys = dict.fromkeys((row["results"], row["analyte"], of) for row in rows for of in ("level", "result"))
    return tuple(_cell(rows, *key) for key in keys)


def _cell(rows: list[dict[str, str]], results: str, analyte: str, of: str) -> CoverageCell:
    ranks = np.array([float(row[of]) for row in rows if (row["results"], row["analyte"]) == (results, analyte)])
    inside = [float(np.mean(np.abs(ranks - 0.5) <= 0.5 * level)) for level in INTERVALS]
    return CoverageCell(results, analyte, of, len(ranks), *inside)
