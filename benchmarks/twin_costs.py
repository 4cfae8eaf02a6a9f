"""``python -m benchmarks.twin_costs``: what a twin costs, fitted and forecast through the public calls.

``--write`` puts the table into ``docs/performance.md``. Every time it is another virtual man (`benchmarks.twin`), the
first of each row left out. The median on the wall clock is what a goal is held against, on a quiet machine; processor
seconds suffer least from neighbors.
"""

import argparse
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from os import cpu_count, getloadavg
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.twin import PANELS, schedule, virtual_man
from leydig.inference.fit import fit
from leydig.inference.prior import Prior
from leydig.inference.results.history import history_of
from leydig.inference.sampling.ensemble import Ensemble, kalman_mean
from leydig.inference.sampling.laplace import approximate
from leydig.inference.sampling.problem import Problem
from leydig.inference.trust.coverage import SETTINGS
from leydig.record import Record

__all__ = ["TwinCost", "measured", "section", "write"]

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
HEADING = "## What a twin costs"
SEED, TIMES, MANY, DRAWS, YEAR = 11, 9, 100, 1000, 52.0
TWICE, ONCE = "four hormones twice", "four hormones once"
TEXT = """{heading}

Written by `python -m benchmarks.twin_costs --write`, every time with another virtual man; 1,000 draws. {machine}

| work | goal [s] | median [s] | worst [s] | processor, median [s] |
|---|---|---|---|---|
{rows}

Where other work ran beside it, the processor's seconds count: two cores take half of them at the least. Nearly all of
it is the march of 1,650 men through the results, and of the {draws} draws through the year, each from where the fit
left it ([more](twin.md#time)).

"""


class TwinCost(NamedTuple):
    """Seconds of one kind of work, on the wall clock and of the processor, one of each for every time."""

    work: str
    goal: float | None
    wall: list[float]
    processor: list[float]


def _records(setting: str, panel: str) -> Iterator[Record]:
    """Yield the records of virtual men who take what the setting says."""
    number, (names, weeks) = 0, PANELS[panel]
    while True:
        age, bmi, _, results = virtual_man(number, SEED, setting)
        yield schedule(age, bmi, results, weeks, names, SETTINGS[setting][1])
        number += 1


def _measure(work: str, goal: float | None, prepare: Callable[[], Callable[[], object]], times: int) -> TwinCost:
    """Return what some work costs, whose question is prepared outside of the clock."""
    wall, processor = [], []
    for _ in range(times + 1):
        ask = prepare()
        begun, used = time.perf_counter(), time.process_time()
        ask()
        wall.append(time.perf_counter() - begun)
        processor.append(time.process_time() - used)
    return TwinCost(work, goal, wall[1:], processor[1:])


def _year(setting: str, panel: str, times: int) -> TwinCost:
    kind, regimen = SETTINGS[setting]
    records = _records(setting, panel)

    def prepare() -> Callable[[], object]:
        record = next(records)
        return lambda: fit(record, kind=kind, draws=DRAWS).forecast(regimen, weeks=YEAR)

    return _measure(f"{regimen}, {panel}: posterior and a year's forecast", 0.5, prepare, times)


def _approximation(times: int) -> TwinCost:
    kind, _ = SETTINGS["anastrozole"]
    records = _records("anastrozole", TWICE)

    def prepare() -> Callable[[], object]:
        history = history_of(next(records))
        problem = Problem(Prior.for_drugs(kind, history.age, history.bmi, history.regimen.drugs), history)
        random = np.random.default_rng(SEED)
        return lambda: approximate(problem, kalman_mean(problem, Ensemble.of_prior(problem, random)))

    return _measure(f"{TWICE}: most likely man and normal approximations", 0.1, prepare, times)


def _batch(men: int) -> TwinCost:
    records = _records("anastrozole", TWICE)
    fit(next(records), kind=SETTINGS["anastrozole"][0], draws=DRAWS)
    many = [next(records) for _ in range(men)]
    begun, used = time.perf_counter(), time.process_time()
    fit(many, kind=SETTINGS["anastrozole"][0], draws=DRAWS)
    taken = [time.perf_counter() - begun], [time.process_time() - used]
    return TwinCost(f"{men} men in one call, {TWICE}: posteriors", 0.2 * men, *taken)


def measured(times: int = TIMES, men: int = MANY) -> list[TwinCost]:
    """Return what each kind of work costs."""
    years = [_year(setting, TWICE, times) for setting in SETTINGS]
    return [_approximation(times), *years, _year("anastrozole", ONCE, times), _batch(men)]


def section(costs: list[TwinCost], machine: str) -> str:
    """Return the section of the page."""
    rows = [
        f"| {one.work} | {one.goal or '–'} | {statistics.median(one.wall):.2f} | {max(one.wall):.2f} "
        f"| {statistics.median(one.processor):.2f} |"
        for one in costs
    ]
    return TEXT.format(heading=HEADING, draws=f"{DRAWS:,}", machine=machine, rows="\n".join(rows))


def write(text: str) -> None:
    """Put the section into the page, in place of the one that is there, or before what a simulation costs."""
    page = PAGE.read_text(encoding="utf-8")
    page = re.sub(rf"{HEADING}\n.*?(?=^## )", "", page, flags=re.DOTALL | re.MULTILINE)
    PAGE.write_text(page.replace("## What it costs", f"{text}## What it costs"), encoding="utf-8")


def main() -> None:
    """Measure and print, and write if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.twin_costs", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write into docs/performance.md")
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--men", type=int, default=MANY, help="in one call")
    asked = parser.parse_args()
    version = ".".join(map(str, sys.version_info[:3]))
    machine = f"Python {version}, {cpu_count()} cores, load average at the start {getloadavg()[0]:.1f}."
    text = section(measured(asked.times, asked.men), machine)
    print(text)
    if asked.write:
        write(text)


if __name__ == "__main__":
    main()
