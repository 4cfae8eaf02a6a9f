"""What is kept of each man when a trial is over: few numbers, so that a million men fit into memory."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from leydig.record.quantity import DERIVED
from leydig.record.record import Record
from leydig.trial.analysis.events import worst_events
from leydig.trial.conduct.arm import ArmCourse, Ending
from leydig.trial.conduct.enrollment import enroll_batch
from leydig.trial.design.design import Trial, TrialArm
from leydig.trial.ledger.ledger import lines

__all__ = ["ArmResult", "BatchResult", "join_results", "last_motile_count", "run_batch"]

EJACULATE = DERIVED["total_motile_count"]
SWIMMERS = 40  # men whose doses are kept for a figure
_Rows = np.ndarray | list[object] | dict[str, "_Rows"]  # one entry per man


@dataclass(frozen=True)
class ArmResult:
    """One arm, one row per man.

    Attributes
    ----------
    numbers : Int[np.ndarray, " man"]
    levels : dict of str to Float[np.ndarray, "man time"]
        True levels on the days of `Trial.grid`, inside units, single precision; NaN after a man has left.
    conceived : Float[np.ndarray, " man"]
        Day of conception; infinity where there was none.
    before, after : Float[np.ndarray, " man"]
        First and last measured sperm concentration [million/mL]; NaN where none was measured on treatment.
    motile_before, motile_after : Float[np.ndarray, " man"]
        Last motile sperm of an ejaculate [million] measured before treatment and on it; NaN where none was.
    left, unsolved : Int[np.ndarray, " man"]
        1 for men who left the trial, and for men who were not solved.
    stopped : list of str
        The rule that stopped treatment for good; empty where none did.
    visits, skipped : Int[np.ndarray, " man"]
    started : Int[np.ndarray, " man"]
        1 for men who were ever given a drug.
    withheld : list of str
        Why the arm's protocol started nothing on the first day; empty where it started, or had nothing to start.
    strata : list of str
        The stratum of each man.
    subgroups : list of tuple of str
        His group by each of `Trial.subgroups`.
    events : list of tuple of (str, int)
        Adverse events of each man, each at its worst (`leydig.trial.analysis.events`).
    alerts, decisions : list of tuple of str
        Rules of alerts that a man ever had, and of every decision about him.
    doses : list of tuple of (int, int, str)
        First day, first day without it (-1: it goes on) and regimen; kept of the first `SWIMMERS` men, empty of others.
    """

    numbers: Int[np.ndarray, " man"]
    levels: dict[str, Float[np.ndarray, "man time"]]
    conceived: Float[np.ndarray, " man"]
    before: Float[np.ndarray, " man"]
    after: Float[np.ndarray, " man"]
    motile_before: Float[np.ndarray, " man"]
    motile_after: Float[np.ndarray, " man"]
    left: Int[np.ndarray, " man"]
    unsolved: Int[np.ndarray, " man"]
    stopped: list[str]
    visits: Int[np.ndarray, " man"]
    skipped: Int[np.ndarray, " man"]
    started: Int[np.ndarray, " man"]
    withheld: list[str]
    strata: list[str]
    subgroups: list[tuple[str, ...]]
    events: list[tuple[tuple[str, int], ...]]
    alerts: list[tuple[str, ...]]
    decisions: list[tuple[str, ...]]
    doses: list[tuple[tuple[int, int, str], ...]]

    @property
    def there(self) -> Bool[np.ndarray, "man time"]:
        """Whether each man was still there, on the days of `Trial.grid`."""
        first, *_ = self.levels.values()
        return ~np.isnan(first)

    def count(self, name: str) -> dict[str, int]:
        """Return how many men ever had each alert, or how often each decision was made."""
        return dict(sorted(Counter(one for man in getattr(self, name) for one in man).items()))

    def rows(self, which: Sequence[int]) -> "ArmResult":
        """Return some of the men, by their places."""
        places = list(which)

        def take(value: _Rows) -> _Rows:
            if isinstance(value, dict):
                return {key: take(part) for key, part in value.items()}
            return value[places] if isinstance(value, np.ndarray) else [value[place] for place in places]

        columns: dict[str, Any] = {one.name: take(getattr(self, one.name)) for one in fields(self)}
        return ArmResult(**columns)


@dataclass(frozen=True)
class BatchResult:
    """One batch as a worker sends it back.

    Attributes
    ----------
    first, screened : int
    excluded : dict of int to str
        Why each man who was not enrolled was not, by number.
    arms : dict of str to Outcome
        Empty when nobody was enrolled.
    lines : dict of int to tuple of str
        Lines of the ledger by man, in the order of the arms.
    """

    first: int
    screened: int
    excluded: dict[int, str]
    arms: dict[str, ArmResult]
    lines: dict[int, tuple[str, ...]]

    @property
    def numbers(self) -> list[int]:
        """Numbers of the men who were enrolled, in any arm."""
        return sorted({int(number) for arm in self.arms.values() for number in arm.numbers})


def run_batch(trial: Trial, first: int, count: int, ledger: bool = False, cores: int | None = None) -> BatchResult:
    """Run one batch of a trial and keep what is needed of it.

    Parameters
    ----------
    trial : Trial
    first, count : int
    ledger : bool, optional
        Whether the lines of the ledger are wanted.
    cores : int, optional
    """
    found = enroll_batch(trial, first, count, cores)
    arms = {arm.name: arm for arm in trial.arms}
    return BatchResult(
        first, count, found.excluded,
        {name: _outcome(trial, men) for name, men in found.arms.items()},
        _lines(arms, found.arms) if ledger and found.arms else {},
    )  # fmt: skip


def _lines(arms: Mapping[str, TrialArm], men: Mapping[str, ArmCourse]) -> dict[int, tuple[str, ...]]:
    numbers = next(iter(men.values())).numbers
    return dict(zip(numbers, zip(*(lines(arms[name], own) for name, own in men.items()), strict=True), strict=True))


def last_motile_count(record: Record, start: dt.date, *, on_treatment: bool) -> float:
    """Return the motile sperm [million] of the last ejaculate before treatment or on it; NaN where none was read."""
    read = {
        name: {one.date: one for one in record.of(name) if (one.date >= start) == on_treatment} for name in EJACULATE
    }
    concentration, volume, motility = read.values()
    for date, one in sorted(concentration.items(), reverse=True):
        if one.standard_value == 0.0:
            return 0.0
        if date in volume and date in motility:
            return one.standard_value * volume[date].standard_value * motility[date].value_in("1")
    return float("nan")


def _outcome(trial: Trial, men: ArmCourse) -> ArmResult:
    counts = [[one for one in record.of("sperm_concentration") if one.date >= trial.start] for record in men.records]
    first = [record.of("sperm_concentration")[-1 - len(later)].standard_value
             for record, later in zip(men.records, counts, strict=True)]  # fmt: skip
    return ArmResult(
        np.array(men.numbers, dtype=np.int64),
        {name: levels.astype(np.float32) for name, levels in men.levels.items()}, men.conceived, np.array(first),
        np.array([later[-1].standard_value if later else np.nan for later in counts]),
        np.array([last_motile_count(record, trial.start, on_treatment=False) for record in men.records]),
        np.array([last_motile_count(record, trial.start, on_treatment=True) for record in men.records]),
        np.array([why == Ending.LEFT for why in men.ended], dtype=np.int64),
        np.array([why.startswith(Ending.NOT_SOLVED) for why in men.ended], dtype=np.int64), men.stopped,
        np.array([len(many) for many in men.visits], dtype=np.int64), np.array(men.skipped, dtype=np.int64),
        np.array([bool(many) for many in men.treatments], dtype=np.int64), men.withheld,
        ["; ".join(one.label(record, trial.start) for one in trial.strata) for record in men.records],
        [tuple(one.label(record, trial.start) for one in trial.subgroups) for record in men.records],
        [worst_events(trial, record) for record in men.records],
        [tuple(sorted({rule for one in many for rule in one.alerts})) for many in men.visits],
        [tuple(one.rule for one in many if one.rule) for many in men.visits],
        [tuple(((one.start - trial.start).days, (one.stop - trial.start).days if one.stop else -1, str(one.regimen))
               for one in many) for many in men.treatments],
    )  # fmt: skip


def join_results(parts: Sequence[ArmResult], last: int) -> ArmResult:
    """Return arms of many batches as one, the men up to number `last` of them."""

    def join(values: Sequence[_Rows]) -> _Rows:
        if named := [value for value in values if isinstance(value, dict)]:
            return {key: join([value[key] for value in named]) for key in named[0]}
        if arrays := [value for value in values if isinstance(value, np.ndarray)]:
            return np.concatenate(arrays)
        return [entry for value in values for entry in value]

    columns: dict[str, Any] = {one.name: join([getattr(part, one.name) for part in parts]) for one in fields(ArmResult)}
    arm = ArmResult(**columns)
    arm = arm.rows(np.flatnonzero(arm.numbers <= last).tolist())
    return replace(arm, doses=[doses if place < SWIMMERS else () for place, doses in enumerate(arm.doses)])
