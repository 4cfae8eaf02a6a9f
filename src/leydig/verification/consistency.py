"""Trial, library and command line are one: the same decisions and reasons, to the byte, on random visits.

Every visit of small random trials, run with labs that go missing and protocols that differ, is asked for three
times: as the trial engine asked, from the record as a file gives it back, and through the command line.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from leydig.assessment.assess import assess
from leydig.assessment.finding import FindingKind
from leydig.checks import seed_number, whole_number
from leydig.progress import Progress, no_progress
from leydig.protocol.reader import names, read_protocol, regions
from leydig.record.files import as_json, from_json
from leydig.record.record import Record
from leydig.trial.conduct.enrollment import enroll_batch
from leydig.trial.design.design import Trial
from leydig.trial.design.trial_file import trial_from
from leydig.trial.ledger.check import record_before

__all__ = ["agree", "random_visits"]

Command = Callable[[Path, str, str, dt.date], str]

Visited = tuple[str, str, Record, dt.date, tuple[str, str, str, tuple[str, ...]]]  # as `random_visits` says

KINDS = {"gonadorelin": "hypogonadotropic", "gonadotropins": "hypogonadotropic", "clomiphene": "secondary"}
SCREENED = 40


def random_visits(n: int, seed: int) -> Iterator[Visited]:
    """Yield protocol, region, record and day of random visits, with what the trial engine decided there.

    Parameters
    ----------
    n, seed : int
    """
    random, count, round_ = np.random.default_rng(seed_number(seed)), 0, 0
    n = whole_number(n, "number of visits")
    while count < n:
        name = names()[round_ % len(names())]
        region = ["", *regions()][int(random.integers(len(regions()) + 1))]
        trial = _trial(name, region, int(random.integers(1, 2**31)), float(random.uniform(0.0, 0.3)))
        for visit in _visits(trial, name, region):
            yield visit
            count += 1
            if count == n:
                return
        round_ += 1


def _trial(name: str, region: str, seed: int, missing: float) -> Trial:
    content = {
        "name": "consistency", "n": SCREENED, "months": 12, "seed": seed, "enrolled_by": name, "region": region,
        "kind": KINDS.get(name, "obesity"), "bmi": [22, 45], "visits": {"missing": missing, "missed": 0.1},
        "arm": [{"name": name, "protocol": name}],
    }  # fmt: skip
    return trial_from(content)


def _visits(trial: Trial, name: str, region: str) -> Iterator[Visited]:
    for men in enroll_batch(trial, 0, SCREENED).arms.values():
        for record, visits in zip(men.records, men.visits, strict=True):
            for one in visits:
                if one.rule:
                    decided = trial.date(one.decided)
                    then = record_before(record, decided, trial.date(one.day))
                    yield name, region, then, decided, (one.rule, one.action, one.regimen, one.alerts)


def agree(n: int, by_command: Command, seed: int = 1, watch: Progress = no_progress) -> dict[str, Any]:
    """Ask for random visits three times, and count where the answers differ.

    Parameters
    ----------
    n, seed : int
    by_command : callable
        Asks the command line: from a record's file, protocol, region and day to what it prints as JSON.
    watch : callable, optional
        Told how many visits are done.

    Returns
    -------
    dict
        ``visits``, ``men`` (records), ``protocols``, ``differing`` and up to ten ``examples``.
    """
    differing: list[str] = []
    men, used = set(), set()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "record.json"
        for done, (name, region, record, day, decided) in enumerate(random_visits(n, seed), 1):
            content = json.dumps(as_json(record))
            file.write_text(content, encoding="utf-8")
            first = assess(record, read_protocol(name, region), on=day)
            texts = {first.text(), assess(from_json(json.loads(content)), name, region=region, on=day).text(),
                     by_command(file, name, region, day)}  # fmt: skip
            rule = first.findings[0].rule if first.is_refused else first.of(FindingKind.ADVICE)[0].rule
            alerts = tuple(one.rule for one in first.of(FindingKind.ALERT))
            if len(texts) > 1 or (not first.is_refused and (rule, first.action, first.next, alerts) != decided):
                differing.append(f"{name} {region} {record.id} {day}")
            men.add((name, region, record.id))
            used.add(name)
            watch("visits", done, n)
    return {
        "visits": n,
        "men": len(men),
        "protocols": len(used),
        "differing": len(differing),
        "examples": differing[:10],
    }
