"""The goals of the engine, each measured through the public calls, warm unless it says otherwise."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import leydig
from benchmarks import DOSINGS, LENGTH, MANY, Timing, timed
from benchmarks.peers import BEST, LOOSEST, Numbalsoda, Row
from leydig import Dose, Man, Regimen
from leydig.parameter import change, parameters
from leydig.trial import run
from leydig.trial.design.trial_file import trial_from

__all__ = ["Goal", "measured"]

OWN = ("testosterone", "estradiol", "lh", "fsh", "shbg")  # baseline levels of the gradient
CONSTANTS = ("body.testis.half_lh", "body.blood.testosterone_clearance")  # its response constants; then a dose
FEW, MORE = 1000, 4000  # men who are streamed to a file, of a million
TITRATED: dict[str, Any] = {
    "name": "titrated", "n": MANY, "months": 12, "kind": "obesity", "bmi": [30, 45],
    "arm": [{"name": "titrated", "protocol": "anastrozole"}],
}  # fmt: skip
FRESH = """\
import time
before = time.perf_counter()
import leydig
between = time.perf_counter()
leydig.simulate(leydig.Man(age=34, testosterone="271 ng/dL"), "anastrozole 1 mg daily", days=180)
print(between - before, time.perf_counter() - between)
"""
STREAMED = """\
import resource, sys, time
from leydig import population, store
count, path = int(sys.argv[1]), sys.argv[2]
men = lambda first, n: population(n, seed=1, first=first)
store(path, men, "anastrozole 1 mg daily", count=1, days=365)
men(0, 1)
before = time.perf_counter()
store(path, men, "anastrozole 1 mg daily", count=count, days=365)
print(time.perf_counter() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


@dataclass(frozen=True)
class Goal:
    """One goal and what was measured.

    Attributes
    ----------
    work : str
    goal : str
        Empty when none was set.
    cores : int
    timing : Timing or None
        None when it was not measured.
    value : float
        What is held against `limit`: seconds on the wall clock, or a ratio.
    limit : float
        The goal as a number; NaN when there is none.
    least : bool
        Whether the value shall be at least the limit rather than at most.
    note : str
    """

    work: str
    goal: str
    cores: int = 1
    timing: Timing | None = None
    value: float = float("nan")
    limit: float = float("nan")
    least: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None when there is none or nothing was measured."""
        if np.isnan(self.value) or np.isnan(self.limit):
            return None
        return self.value >= self.limit if self.least else self.value <= self.limit


def measured(men: list[Man], rows: list[Row], say: Callable[[str], None] = print) -> list[Goal]:
    """Return every goal, measured; `rows` are what `benchmarks.peers.compared` returned in the same run."""
    found: list[Goal] = []
    for name, part in (
        ("goals: one man", lambda: [_year(men[0])]),
        ("goals: 1,000 men", lambda: [*_many(rows), *_ratios(rows)]),
        ("goals: gradient", lambda: [_gradient(men[0])]),
        ("goals: fresh process", _starts),
        ("goals: streamed", lambda: [_streamed(), _titrated()]),
    ):
        say(name)
        found += part()
    return found


def _goal(work: str, limit: float, shown: str, timing: Timing, cores: int = 1, note: str = "") -> Goal:
    return Goal(work, shown, cores, timing, timing.best, limit, False, note)


def _year(man: Man) -> Goal:
    timing = timed(lambda: leydig.simulate(man, DOSINGS["S1"], days=365), 15)
    return _goal("one man, one year, daily output", 0.005, "< 5 ms", timing)


def _many(rows: list[Row]) -> list[Goal]:
    """Return the goal of a thousand men, which the comparison has measured."""
    found = []
    for name, dosing in DOSINGS.items():
        timing = next((row.timing for row in rows if (row.name, row.dosing, row.cores) == ("leydig", dosing, 2)), None)
        if timing is not None:
            note = f"{timing.processor / timing.best:.1f} cores at work in the best of {BEST}"
            work = f"{MANY:,} men, {LENGTH} days, daily output, {name}"
            found.append(_goal(work, 0.6, "< 0.6 s", timing, 2, note))
    return found


def _ratios(rows: list[Row]) -> list[Goal]:
    """Return how many times faster than LSODA in compiled code the engine is."""
    found = []
    for name, dosing in DOSINGS.items():
        here = {(row.name, row.cores): row.timing for row in rows if row.dosing == dosing}
        theirs = here.get((Numbalsoda.name, 1))
        for ours, cores, measure, note in (
            (LOOSEST, 1, "processor", "equal accuracy by one rule; processor seconds"),
            ("leydig", 1, "processor", "the engine as it comes; processor seconds"),
            ("leydig", 2, "best", "the engine as it comes; seconds on the wall clock"),
        ):
            work, own = f"{name}: numbalsoda on 1 core against {ours} on {cores}", here.get((ours, cores))
            if theirs is None or own is None:
                found.append(Goal(work, "≥ 10 times", cores, note="not measured: numbalsoda gave no figure"))
                continue
            ratio = getattr(theirs, measure) / getattr(own, measure)
            found.append(Goal(work, "≥ 10 times", cores, None, ratio, 10.0, True, note))
    return found


def _gradient(man: Man) -> Goal:
    """Return the goal of one value and exact gradient."""
    known = {path: float(value) for path, _, value in parameters(man.body, "body")}
    start = [*(float(getattr(man.baseline, name)) for name in OWN), *(known[path] for path in CONSTANTS), 1.0]

    def build(values: Any) -> tuple[Man, Regimen]:
        levels = dict(zip(OWN, values, strict=False))
        constants = dict(zip(CONSTANTS, values[len(OWN) :], strict=False))
        baseline = type(man.baseline)(**{**vars(man.baseline), **levels})
        changed = man.with_body(change(man.body, constants, "body")).with_baseline(baseline)
        return changed, Regimen(Dose("anastrozole", values[-1]))

    timing = timed(lambda: leydig.gradient(build, start, days=84, every="7 days"), 15)
    note = "five baseline levels, two response constants, one dose"
    work = f"value and exact gradient, 12 weekly observations, {len(start)} parameters"
    return _goal(work, 0.010, "< 10 ms", timing, note=note)


def _told(script: str, *arguments: str, **environment: str) -> tuple[float, list[float]]:
    """Run a script in a fresh process; return its seconds on the wall clock and the numbers it prints."""
    before = time.perf_counter()
    command = [sys.executable, "-W", "ignore", "-c", script, *arguments]
    own = {name: value for name, value in os.environ.items() if name != "NPROC"} | environment
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=own)
    return time.perf_counter() - before, [float(word) for word in run.stdout.split()[-2:]]


def _starts() -> list[Goal]:
    """Return how long a fresh process takes to its first course, with a warm cache and with an empty one."""
    warm = [_told(FRESH) for _ in range(4)][1:]
    with tempfile.TemporaryDirectory() as folder:
        _, (_, cold) = _told(FRESH, LEYDIG_CACHE=folder)
    whole, first = sorted(one[0] for one in warm), sorted(one[1][1] for one in warm)
    nothing = float("nan")
    return [
        _goal("first course of a fresh process, import and all", 3.0, "< 3 s", Timing(whole[0], whole[1], nothing), 2),
        Goal("the same, without the import", "", 2, Timing(first[0], first[1], nothing), first[0]),
        Goal("the same with an empty cache (compiles)", "", 2, Timing(cold, cold, nothing), cold, note="once"),
    ]


def _streamed() -> Goal:
    """Return how long a million men for a year would take, streamed to a file with weekly levels."""
    work, goal = "10⁶ men, one year, weekly output to a file", "< 8 h, < 4 GiB"
    if not hasattr(leydig, "store"):
        return Goal(work, goal, 2, note="not measured: there is no leydig.store")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "men.parquet")  # noqa: PTH118
        (few, _), (more, memory) = (_told(STREAMED, str(count), path)[1] for count in (FEW, MORE))
    seconds = more / MORE * 1e6
    note = (
        f"scaled from {MORE:,} men; {MORE // FEW} times {FEW:,} men took {more / few:.1f} times as long; "
        f"at most {memory:.1f} GiB"
    )
    timing = Timing(seconds, seconds, float("nan"))
    return Goal(work, goal, 2, timing, seconds, 8 * 3600.0 if memory < 4.0 else 0.0, False, note)


def _titrated() -> Goal:
    """Return the goal of a titration protocol: enrollment, visits and endpoints of a virtual trial of one arm."""
    trial = trial_from(TITRATED)
    timing = timed(lambda: run(trial), 2)
    work = f"{MANY:,} men, 12 months, titration protocol"
    return _goal(work, 30.0, "< 30 s", timing, 2, note=f"protocol {TITRATED['arm'][0]['protocol']}, labs as measured")
