"""What is kept of each man when a trial is over: few numbers, so that a million men fit into memory."""

from collections import Counter
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from leydig.trial.arm import ArmMen
from leydig.trial.batch import batch
from leydig.trial.design import Trial
from leydig.trial.ledger import lines

__all__ = ["Kept", "Outcome", "joined", "kept"]

SWIMMERS = 40  # men whose doses are kept for a figure


@dataclass(frozen=True)
class Outcome:
    """One arm, one row per man.

    Attributes
    ----------
    numbers : Int[np.ndarray, " man"]
    levels : Float[np.ndarray, "man time analyte"]
        True levels every 28 days, inside units, single precision; NaN after a man has left.
    conceived : Float[np.ndarray, " man"]
        Day of conception; infinity where there was none.
    before, after : Float[np.ndarray, " man"]
        First and last measured sperm concentration [million/mL]; NaN where none was measured on treatment.
    left, unsolved : Int[np.ndarray, " man"]
        1 for men who left the trial, and for men who were not solved.
    stopped : list of str
        The rule that stopped treatment for good; empty where none did.
    visits, skipped : Int[np.ndarray, " man"]
    alerts, decisions : list of tuple of str
        Rules of alerts that a man ever had, and of every decision about him.
    doses : list of tuple of (int, int, str)
        First day, first day without it (-1: it goes on) and regimen; kept of the first `SWIMMERS` men, empty of others.
    """

    numbers: Int[np.ndarray, " man"]
    levels: Float[np.ndarray, "man time analyte"]
    conceived: Float[np.ndarray, " man"]
    before: Float[np.ndarray, " man"]
    after: Float[np.ndarray, " man"]
    left: Int[np.ndarray, " man"]
    unsolved: Int[np.ndarray, " man"]
    stopped: list[str]
    visits: Int[np.ndarray, " man"]
    skipped: Int[np.ndarray, " man"]
    alerts: list[tuple[str, ...]]
    decisions: list[tuple[str, ...]]
    doses: list[tuple[tuple[int, int, str], ...]]

    def count(self, name: str) -> dict[str, int]:
        """Return how many men ever had each alert, or how often each decision was made."""
        return dict(sorted(Counter(one for man in getattr(self, name) for one in man).items()))


@dataclass(frozen=True)
class Kept:
    """One batch as a worker sends it back.

    Attributes
    ----------
    first, screened : int
    excluded : dict of int to str
        Why each man who was not enrolled was not, by number.
    arms : dict of str to Outcome
        Empty when nobody was enrolled.
    lines : dict of str to list of str
        Lines of the ledger, by arm.
    """

    first: int
    screened: int
    excluded: dict[int, str]
    arms: dict[str, Outcome]
    lines: dict[str, list[str]]


def kept(trial: Trial, first: int, count: int, ledger: bool = False, cores: int | None = None) -> Kept:
    """Run one batch of a trial and keep what is needed of it.

    Parameters
    ----------
    trial : Trial
    first, count : int
    ledger : bool, optional
        Whether the lines of the ledger are wanted.
    cores : int, optional
    """
    found = batch(trial, first, count, cores)
    arms = {arm.name: arm for arm in trial.arms}
    return Kept(
        first, count, found.excluded,
        {name: _outcome(trial, men) for name, men in found.arms.items()},
        {name: lines(arms[name], men) for name, men in found.arms.items()} if ledger else {},
    )  # fmt: skip


def _outcome(trial: Trial, men: ArmMen) -> Outcome:
    counts = [[one for one in record.of("sperm_concentration") if one.date >= trial.start] for record in men.records]
    first = [record.of("sperm_concentration")[-1 - len(later)].own
             for record, later in zip(men.records, counts, strict=True)]  # fmt: skip
    return Outcome(
        np.array(men.numbers, dtype=np.int64), men.levels.astype(np.float32), men.conceived, np.array(first),
        np.array([later[-1].own if later else np.nan for later in counts]),
        np.array([why == "left the trial" for why in men.ended], dtype=np.int64),
        np.array([why.startswith("not solved") for why in men.ended], dtype=np.int64), men.stopped,
        np.array([len(many) for many in men.visits], dtype=np.int64), np.array(men.skipped, dtype=np.int64),
        [tuple(sorted({rule for one in many for rule in one.alerts})) for many in men.visits],
        [tuple(one.rule for one in many if one.rule) for many in men.visits],
        [tuple(((one.start - trial.start).days, (one.stop - trial.start).days if one.stop else -1, str(one.regimen))
               for one in many) for many in men.treatments],
    )  # fmt: skip


def joined(parts: list[Outcome], n: int) -> Outcome:
    """Return arms of many batches as one, the first `n` men of them."""

    def together(name: str) -> Any:
        values = [getattr(part, name) for part in parts]
        whole = np.concatenate(values) if isinstance(values[0], np.ndarray) else [x for part in values for x in part]
        return whole[:n]

    whole = {one.name: together(one.name) for one in fields(Outcome)}
    whole["doses"] = [doses if place < SWIMMERS else () for place, doses in enumerate(whole["doses"])]
    return Outcome(**whole)
