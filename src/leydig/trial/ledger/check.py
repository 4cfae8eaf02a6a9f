"""`check_ledger`: the proof that a ledger holds.

The trial of the head is run again, and every line must come out as it stands there, in its order, up to the seal
(`leydig.trial.ledger.comparison`). Beside that every man is sent once more, alone, through what he was given as one
fixed schedule, and the protocol is asked every question again from his record as it stood: the levels must agree within
the tolerance of the engine, the decisions to the byte.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from leydig.assessment.assess import decide
from leydig.assessment.finding import FindingKind
from leydig.engine import Cohort
from leydig.progress import Progress, no_progress
from leydig.protocol.reader import read_protocol
from leydig.record.files import from_json
from leydig.record.record import Record
from leydig.trial.conduct.arm import TOLERANCE
from leydig.trial.conduct.enrollment import arm_drugs, trial_men
from leydig.trial.conduct.twins import twins_for
from leydig.trial.design.design import Trial, TrialArm
from leydig.trial.ledger.comparison import MOST, LedgerLines
from leydig.trial.ledger.ledger import LEDGER_LEVELS
from leydig.trial.ledger.read import schedule_of_record
from leydig.trial.run import BATCH, enrollment_batches

__all__ = ["LedgerCheck", "check_ledger", "record_before"]

AGREES = 5.0 * TOLERANCE  # two solutions, each within its tolerance, of an ill-conditioned difference


@dataclass
class LedgerCheck:
    """What a check of a ledger found.

    Attributes
    ----------
    men, visits, decisions : int
        Men and arms, visits, and decisions that were made again.
    largest : float
        Largest relative difference of a true level between the course of the trial and one fixed schedule.
    differing : tuple of str
        What does not agree, in words; empty when the ledger holds. At most `MOST` are named.
    """

    men: int = 0
    visits: int = 0
    decisions: int = 0
    largest: float = 0.0
    differing: tuple[str, ...] = ()


def check_ledger(path: Path | str, workers: int | str | None = None, watch: Progress = no_progress) -> LedgerCheck:
    """Run the trial of a ledger again, and hold every line against it.

    Parameters
    ----------
    path : Path or str
    workers : int or str, optional
        As for `run`.
    watch : callable, optional
        Told how many men and arms were made again.

    Raises
    ------
    BadTrial
        When the file is no ledger.
    """
    outcome = LedgerCheck()
    with LedgerLines(Path(path)) as lines:
        trial, enrolled, screened = lines.trial, 0, 0
        for batch in enrollment_batches(trial, workers, BATCH, ledger=True):
            men = list(batch.lines.values())[: trial.n - enrolled]
            enrolled += len(men)
            for line in (line for man in men for line in man):
                lines.hold(line)
            if men:
                _resend_men(trial, [json.loads(line) for man in men for line in man], outcome)
                screened = json.loads(men[-1][0])["man"] + 1
            watch("men and arms", outcome.men, lines.expected)
            if lines.over:
                break
        lines.end(screened)
    outcome.differing = (*lines.differing, *outcome.differing)[:MOST]
    return outcome


# One fixed schedule --------------------------------------------------------------------------------------


def _resend_men(trial: Trial, lines: Sequence[dict[str, Any]], outcome: LedgerCheck) -> None:
    """Send men through what they were given as one fixed schedule, and ask for their decisions again."""
    for arm in trial.arms:
        entries = [line for line in lines if line["arm"] == arm.name]
        outcome.men += len(entries)
        seen = [entry for entry in entries if entry["visits"]]
        if seen:
            _repeat_levels(trial, arm, seen, outcome)
        _repeat_decisions(trial, arm, seen, outcome)


def _repeat_levels(trial: Trial, arm: TrialArm, entries: Sequence[dict[str, Any]], outcome: LedgerCheck) -> None:
    """Solve men alone, from rest to their last visit."""
    numbers = [entry["man"] for entry in entries]
    first, count = min(numbers), max(numbers) - min(numbers) + 1
    which = np.array(numbers) - first
    cohort = Cohort(
        trial_men(trial, first, count).take(which), arm_drugs(trial, arm, first, count, which), tolerance=TOLERANCE
    )
    schedules = [schedule_of_record(trial, from_json(entry["record"]), tuple(entry["missed"])) for entry in entries]
    days = [[visit["day"] for visit in entry["visits"]] for entry in entries]
    found = cohort.advance(schedules, [max(own) for own in days], at=days)
    levels = np.stack([found[name] for name in LEDGER_LEVELS], axis=-1)
    for man, entry in enumerate(entries):
        then = np.array([visit["levels"] for visit in entry["visits"]])
        again = levels[man, np.searchsorted(found.days[man], days[man])]
        apart = np.abs(again - then) / np.maximum(np.abs(then), 1e-6)
        outcome.largest = max(outcome.largest, float(apart.max()))
        if not apart.max() <= AGREES:
            outcome.differing += (
                f"man {entry['man']}, {arm.name}: a level differs by {apart.max():.2%} on one fixed schedule",
            )


def record_before(record: Record, day: dt.date, draw_day: dt.date) -> Record:
    """Return a record as it stood on the morning of a decision, when the draws of a day were known."""
    treatments = [replace(one, stop=None) if one.stop is not None and one.stop >= day else one
                  for one in record.treatments if one.start < day]  # fmt: skip
    return replace(record, treatments=tuple(treatments),
                   results=tuple(one for one in record.results if one.date <= draw_day))  # fmt: skip


def _repeat_decisions(
    trial: Trial, arm: TrialArm, entries: Sequence[dict[str, Any]], outcome: LedgerCheck
) -> None:  # fmt: skip
    """Ask the protocol for every decision about these men again, from their records as they stood."""
    plan = read_protocol(arm.protocol or trial.enrolled_by, trial.region)
    outcome.visits += sum(len(entry["visits"]) for entry in entries)
    decided = [(entry, visit) for entry in entries for visit in entry["visits"] if visit["rule"]]
    outcome.decisions += len(decided)
    whole = {entry["man"]: from_json(entry["record"]) for entry in entries}
    records = [
        record_before(whole[entry["man"]], trial.date(visit["decided"]), trial.date(visit["day"]))
        for entry, visit in decided
    ]
    twins = twins_for(trial, plan, records)
    for (entry, visit), record, twin in zip(decided, records, twins, strict=True):
        again = decide(record, plan, trial.date(visit["decided"]), twin)
        rule = again.findings[0].rule if again.is_refused else again.of(FindingKind.ADVICE)[0].rule
        if (rule, again.action, again.next) != (visit["rule"], visit["action"], visit["regimen"]):
            outcome.differing += (
                f"man {entry['man']}, {arm.name}, day {visit['decided']}: {visit['rule']} became {rule}",
            )
