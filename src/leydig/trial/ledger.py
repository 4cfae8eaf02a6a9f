"""The ledger: every decision of a trial, in one line for each man and arm, and the proof that it holds.

A line holds the man's number, his record as it stood at the end, the days on which he took nothing, and every
visit with his true levels, what was decided and by which rule. `replay` sends every man once more, alone, through
what he was given as one fixed schedule, and asks the protocol every question again: the levels must agree
within the tolerance of the engine, the decisions to the byte.
"""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from leydig.analytes import ranked
from leydig.care.assess import assess
from leydig.care.protocol_file import protocol
from leydig.errors import BadTrial
from leydig.man.record import Record
from leydig.man.record_file import as_json, from_json
from leydig.regimen import Regimen
from leydig.simulation import engine
from leydig.simulation.plan import planned
from leydig.trial.arm import TOLERANCE, ArmMen
from leydig.trial.batch import drugs_for, men_of
from leydig.trial.design import Arm, Trial, trial_from

__all__ = ["Replayed", "head", "lines", "record_before", "replay"]

SHOWN = ("testosterone", "estradiol", "lh", "fsh", "sperm_concentration")
AGREES = 5.0 * TOLERANCE  # two solutions, each within its tolerance, of an ill-conditioned difference
TOGETHER = 250  # men who are solved at once
VERSION = 1


def head(trial: Trial) -> str:
    """Return the first line of a ledger: the trial and the protocols that it used."""
    used = sorted({trial.enrolled_by, *(arm.protocol for arm in trial.arms if arm.protocol)})
    versions = {name: protocol(name, trial.region).version for name in used}
    return json.dumps({"ledger": VERSION, "trial": _content(trial), "protocols": versions}, sort_keys=True)


def _content(trial: Trial) -> dict[str, Any]:
    """Return a trial as the mapping that `trial_from` reads, days in place of months."""
    return {
        "name": trial.name, "title": trial.title, "n": trial.n, "days": trial.days, "seed": trial.seed,
        "start": trial.start.isoformat(), "enrolled_by": trial.enrolled_by, "region": trial.region, "kind": trial.kind,
        "age": list(trial.age), "bmi": list(trial.bmi),
        "visits": {"turnaround": trial.turnaround, "jitter": trial.jitter, "missed": trial.missed,
                   "missing": trial.missing, "fixed": list(trial.fixed)},
        "adherence": {"taken": trial.taken, "dropout": trial.dropout},
        "couple": {"partner_age": list(trial.partner_age), "months_trying": trial.months_trying},
        "arm": [{"name": arm.name} | ({"protocol": arm.protocol} if arm.protocol else {"regimen": arm.regimen})
                for arm in trial.arms],
    }  # fmt: skip


def lines(arm: Arm, men: ArmMen) -> list[str]:
    """Return the lines of one arm, one for each man."""
    places = [ranked().index(name) for name in SHOWN]
    found = []
    for k, number in enumerate(men.numbers):
        visits = [
            {"day": one.day, "decided": one.decided, "action": one.action, "rule": one.rule, "regimen": one.regimen,
             "alerts": list(one.alerts), "levels": [one.levels[place] for place in places]}
            for one in men.visits[k]
        ]  # fmt: skip
        missed = list(men.doses[k].doses[0].missed) if men.doses[k].doses else []
        line = {"man": number, "arm": arm.name, "ended": men.ended[k], "record": as_json(men.records[k]),
                "missed": missed, "visits": visits}  # fmt: skip
        found.append(json.dumps(line, ensure_ascii=False, sort_keys=True))
    return found


@dataclass(frozen=True)
class Replayed:
    """What a replay found.

    Attributes
    ----------
    men, visits, decisions : int
        Men and arms, visits, and decisions that were made again.
    largest : float
        Largest relative difference of a true level.
    differing : tuple of str
        Where a level or a decision did not agree; empty when the ledger holds.
    """

    men: int
    visits: int
    decisions: int
    largest: float
    differing: tuple[str, ...]


def replay(path: Path | str) -> Replayed:
    """Simulate every man of a ledger again on what he was given, and ask for every decision again.

    Raises
    ------
    BadTrial
        When the file is no ledger.
    """
    trial, entries = _read(Path(path))
    found = Replayed(0, 0, 0, 0.0, ())
    arms = {arm.name: arm for arm in trial.arms}
    for arm_name, some in _grouped(entries):
        one = _again(trial, arms[arm_name], some)
        found = Replayed(
            found.men + one.men, found.visits + one.visits, found.decisions + one.decisions,
            max(found.largest, one.largest), (*found.differing, *one.differing),
        )  # fmt: skip
    return found


def _read(path: Path) -> tuple[Trial, Iterator[dict[str, Any]]]:
    """Return the trial of a ledger, and its entries one by one."""
    try:
        with path.open(encoding="utf-8") as file:
            first = json.loads(file.readline())
        content = dict(first["trial"])
        days, start = content.pop("days"), dt.date.fromisoformat(content.pop("start"))
        trial = replace(trial_from(content | {"months": 1.0, "start": start}), days=days)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise BadTrial(f"{path}: {error!r}. Allowed: a ledger of leydig trial run. Give its path.") from error

    def entries() -> Iterator[dict[str, Any]]:
        with path.open(encoding="utf-8") as file:
            next(file)
            for number, line in enumerate(file, 2):
                try:
                    yield json.loads(line)
                except json.JSONDecodeError as error:
                    raise BadTrial(f"{path}, line {number}: {error.msg}. Write the ledger anew.") from error

    return trial, entries()


def _grouped(entries: Iterator[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield entries of one arm in groups."""
    waiting: dict[str, list[dict[str, Any]]] = {}
    for one in entries:
        waiting.setdefault(one["arm"], []).append(one)
        if len(waiting[one["arm"]]) == TOGETHER:
            yield one["arm"], waiting.pop(one["arm"])
    yield from waiting.items()


def _again(trial: Trial, arm: Arm, entries: Sequence[dict[str, Any]]) -> Replayed:
    """Replay some men of one arm."""
    entries = [one for one in entries if one["visits"]]
    if not entries:
        return Replayed(0, 0, 0, 0.0, ())
    records = [from_json(one["record"]) for one in entries]
    numbers = [one["man"] for one in entries]
    first, count = min(numbers), max(numbers) - min(numbers) + 1
    which = np.array(numbers) - first
    men, drugs = engine.some(men_of(trial, first, count), which), drugs_for(trial, arm, first, count, which)
    schedules = [_given(trial, record, tuple(one["missed"])) for record, one in zip(records, entries, strict=True)]
    plans, kept = [], []
    for schedule, one in zip(schedules, entries, strict=True):
        days = [visit["day"] for visit in one["visits"]]
        times = np.array(sorted({0, *days}), dtype=float)
        plans.append(planned(schedule.schedule(float(times[-1])), drugs, times))
        kept.append(np.searchsorted(times, days))
    solved = engine.solved(men, drugs, schedules, plans, np.arange(len(entries)), tolerance=TOLERANCE)
    places = [ranked().index(name) for name in SHOWN]
    largest, differing, decisions, visits = 0.0, [], 0, 0
    for k, one in enumerate(entries):
        then = np.array([visit["levels"] for visit in one["visits"]])
        now = solved.values[k][kept[k]][:, places]
        apart = np.abs(now - then) / np.maximum(np.abs(then), 1e-6)
        largest = max(largest, float(np.nanmax(apart)))
        if np.nanmax(apart) > AGREES:
            differing.append(f"man {one['man']}, {one['arm']}: a level differs by {np.nanmax(apart):.2%}")
        again, wrong = _decisions(trial, arm, records[k], one)
        decisions, visits = decisions + again, visits + len(one["visits"])
        differing += wrong
    return Replayed(len(entries), visits, decisions, largest, tuple(differing))


def _given(trial: Trial, record: Record, missed: tuple[int, ...]) -> Regimen:
    """Return what a man was given as one fixed schedule."""
    doses = []
    for one in record.treatments:
        start = (one.start - trial.start).days
        stop = None if one.stop is None else float((one.stop - trial.start).days)
        for dose in one.regimen.shifted(float(start)).doses:
            doses.append(replace(dose, stop=stop if dose.stop is None else dose.stop, missed=missed))
    return Regimen(doses)


def record_before(record: Record, day: dt.date, drawn: dt.date) -> Record:
    """Return a record as it stood on the morning of a decision, when the draws of a day were known."""
    treatments = [replace(one, stop=None) if one.stop is not None and one.stop >= day else one
                  for one in record.treatments if one.start < day]  # fmt: skip
    return replace(record, treatments=tuple(treatments),
                   results=tuple(one for one in record.results if one.date <= drawn))  # fmt: skip


def _decisions(trial: Trial, arm: Arm, record: Record, entry: dict[str, Any]) -> tuple[int, list[str]]:
    """Ask for every decision again; return how many there were, and where one differs."""
    plan = protocol(arm.protocol or trial.enrolled_by, trial.region)
    count, wrong = 0, []
    for visit in entry["visits"]:
        if not visit["rule"]:
            continue
        count += 1
        day, drawn = trial.date(visit["decided"]), trial.date(visit["day"])
        found = assess(record_before(record, day, drawn), plan, on=day)
        rule = found.findings[0].rule if found.refused else found.of("advice")[0].rule
        if (rule, found.action, found.next) != (visit["rule"], visit["action"], visit["regimen"]):
            wrong.append(f"man {entry['man']}, {entry['arm']}, day {visit['decided']}: {visit['rule']} became {rule}")
    return count, wrong
