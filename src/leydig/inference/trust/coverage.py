"""Whether the shipped twin's intervals held on virtual men: by setting, by the results that were known, and by analyte.

``ranks.csv`` holds, for each virtual man, where his true levels and his results of week 16 lay among the draws of the
forecast, and the continuous ranked probability score (CRPS) of the logarithm of the result, less for a forecast that is
as right and narrower. ``python -m benchmarks.twin`` makes it again. The men come from the prior that also fits them:
calibrated against itself.
"""

import csv
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Float

from leydig.inference.results.history import History

__all__ = [
    "RANKED_ANALYTES",
    "RANKS",
    "RANK_COLUMNS",
    "SETTINGS",
    "CoverageCell",
    "ScoreCell",
    "coverage_cells",
    "doubtful_cells",
    "score_cells",
]

RANKS = Path(__file__).with_name("ranks.csv")
INTERVALS = (0.5, 0.9)
RANK_COLUMNS = (
    "level",
    "result",
    "score",
    "carried",
)  # ranks of level and result, score of the twin and of the last result
RANKED_ANALYTES = ("testosterone", "estradiol", "lh", "fsh")
SETTINGS = {
    "anastrozole": ("secondary", "anastrozole 1 mg daily"),
    "clomiphene": ("secondary", "clomiphene 25 mg daily"),
    "letrozole": ("obesity", "letrozole 2.5 mg daily"),
}  # by the drug: a kind of men, and what they are given
HOLDS = (0.87, 0.93)  # share inside a 90 % interval between which it holds
NOTHING = "none"  # was known of him but age and BMI


@dataclass(frozen=True)
class CoverageCell:
    """How often the intervals of one analyte held.

    Attributes
    ----------
    setting : str
        Of `SETTINGS`.
    results : str
        What was known of each man.
    analyte : str
    of : str
        ``"level"`` or ``"result"``.
    men : int
    inside_50, inside_90 : float
        Share of the men inside the interval.
    """

    setting: str
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

    @property
    def holds(self) -> bool:
        """Whether the share inside the 90 % interval lies within `HOLDS`, which so many men may miss by chance."""
        return HOLDS[0] <= self.inside_90 <= HOLDS[1]


@dataclass(frozen=True)
class ScoreCell:
    """How sharp and right forecasts of an analyte's results were: mean CRPS of the logarithm, less is better.

    Attributes
    ----------
    setting, results, analyte : str
    men : int
    twin : float
    prior : float
        Of the twin that knew age and BMI alone.
    carried : float
        Of the last result, with the scatter of two results.
    gain_error : float
        Standard error of the twin's gain on the last result.
    """

    setting: str
    results: str
    analyte: str
    men: int
    twin: float
    prior: float
    carried: float
    gain_error: float


_Key = tuple[str, str]  # setting, and what was known
_Columns = dict[str, Float[np.ndarray, " man"]]


@lru_cache(maxsize=1)
def _rank_columns() -> dict[_Key, _Columns]:
    """Return every figure of the shipped men."""
    with RANKS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found: dict[_Key, _Columns] = {}
    for key in dict.fromkeys((row["setting"], row["results"]) for row in rows):
        own = [row for row in rows if (row["setting"], row["results"]) == key]
        columns = (f"{name}_{figure}" for name in RANKED_ANALYTES for figure in RANK_COLUMNS)
        found[key] = {column: np.array([float(row[column] or "nan") for row in own]) for column in columns}
    return found


def doubtful_cells(kind: str, drugs: Collection[str], history: History) -> tuple[CoverageCell, ...]:
    """Return the shipped cells nearest to a man and what he is given whose intervals do not hold.

    Parameters
    ----------
    kind : str
    drugs : collection of str
        That he is given from now on.
    history : History
        What is known of him.
    """
    near = {name for name, (men, _) in SETTINGS.items() if men == kind and name in drugs}
    results = _nearest_results(history)
    return tuple(
        one for one in coverage_cells() if one.setting in near and one.results == results and not one.holds
    )  # fmt: skip


def _nearest_results(history: History) -> str:
    """Return which results of `ranks.csv` are the nearest to those of a man."""
    if not history.measurements:
        return NOTHING
    if len(history.days) > 1:
        return "four hormones twice"
    gonadotropins = {one.analyte for one in history.measurements} & {"lh", "fsh"}
    return "four hormones once" if gonadotropins else "testosterone and estradiol once"


@lru_cache(maxsize=1)
def coverage_cells() -> tuple[CoverageCell, ...]:
    """Return how the shipped intervals held.

    Examples
    --------
    >>> {one.of for one in coverage_cells()} == {"level", "result"}
    True
    """
    return tuple(
        _cell(key, own, name, of)
        for key, own in _rank_columns().items()
        for name in RANKED_ANALYTES
        for of in RANK_COLUMNS[:2]
    )


def _cell(key: _Key, own: _Columns, analyte: str, of: str) -> CoverageCell:
    ranks = own[f"{analyte}_{of}"]
    inside = [float(np.mean(np.abs(ranks - 0.5) <= 0.5 * level)) for level in INTERVALS]
    return CoverageCell(*key, analyte, of, len(ranks), *inside)


def score_cells() -> tuple[ScoreCell, ...]:
    """Return how sharp the shipped forecasts of results were, wherever there was a last result.

    Examples
    --------
    >>> all(one.twin < one.prior for one in score_cells() if one.results == "four hormones twice")
    True
    """
    found = []
    for (setting, results), own in _rank_columns().items():
        before = _rank_columns()[setting, NOTHING]
        for name in RANKED_ANALYTES:
            twin, carried = own[f"{name}_score"], own[f"{name}_carried"]
            if np.isfinite(carried).all():
                error = float((carried - twin).std(ddof=1) / np.sqrt(len(twin)))
                own_mean, prior, last = (float(one.mean()) for one in (twin, before[f"{name}_score"], carried))
                found.append(ScoreCell(setting, results, name, len(twin), own_mean, prior, last, error))
    return tuple(found)
