"""What a simulation costs as men, days and drugs grow, and where its time goes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import leydig
from benchmarks import DOSINGS, LENGTH, Setting, Timing, timed
from leydig import Man, Regimen
from leydig.engine import solve
from leydig.engine.plan import plan_schedule, stack_plans
from leydig.engine.trace.lanes import LanePrinter
from leydig.engine.trace.tracer import trace_groups

__all__ = ["Cost", "Limits", "costs", "exponent", "limits"]

MEN = (1, 8, 64, 512, 1000, 4000)
DAYS = (30, 60, 120, 180, 360, 720)
DRUGS = ("anastrozole 1 mg daily", "clomiphene 25 mg daily", "hCG 1500 IU twice weekly", "letrozole 2.5 mg weekly")
SOME = 256  # men on whom days and drugs are counted
STEADY = 60  # [d] course in which steps are counted


@dataclass(frozen=True)
class Cost:
    """Cost along one axis: ``"men"``, ``"days"`` or ``"drugs"``, on one core."""

    axis: str
    places: tuple[int, ...]
    timings: tuple[Timing, ...]


@dataclass(frozen=True)
class Limits:
    """Where the time of one evaluation of the equations goes, and how often it is paid, on one dosing.

    Attributes
    ----------
    dosing : str
    operations, divisions, exponentials, logarithms : int
        In one evaluation of the derivative, without what is paid once per man.
    steps : float
        Steps tried per man and day.
    """

    dosing: str
    operations: int
    divisions: int
    exponentials: int
    logarithms: int
    steps: float


def some(men: Man, count: int) -> Man:
    """Return so many men, again from the first when there are not enough."""
    places = np.arange(count) % int(men.count or 1)
    found: Man = men.take(places)
    return found


def costs(men: Man, say: Callable[[str], None] = print) -> list[Cost]:
    """Return the cost on one core against men, days and drugs."""

    def cost(count: int, text: str, days: int) -> Timing:
        rows = some(men, count)
        return timed(lambda: leydig.simulate(rows, text, days=days, cores=1), 3)

    found = []
    for axis, places, arguments in (
        ("men", MEN, lambda n: (n, DOSINGS["S1"], LENGTH)),
        ("days", DAYS, lambda n: (SOME, DOSINGS["S1"], n)),
        ("drugs", tuple(range(len(DRUGS) + 1)), lambda n: (SOME, " + ".join(DRUGS[:n]), LENGTH)),
    ):
        say(f"cost: {axis}")
        found.append(Cost(axis, places, tuple(cost(*arguments(place)) for place in places)))
    return found


def exponent(cost: Cost, least: int = 0) -> float:
    """Return the slope of log time against log place, from `least` on; 1 is linear."""
    pairs = [(n, one.processor) for n, one in zip(cost.places, cost.timings, strict=True) if n >= max(least, 1)]
    places, seconds = np.log(np.array(pairs)).T
    return float(np.polyfit(places, seconds, 1)[0])


def limits(men: Man) -> list[Limits]:
    """Return where the time goes, with each number of drugs and on the second dosing."""
    texts = [" + ".join(DRUGS[:n]) for n in range(len(DRUGS) + 1)]
    return [_limits(Setting(text, some(men, SOME))) for text in texts]


def _limits(setting: Setting) -> Limits:
    theta, start, _, decay = setting.numbers
    sizes = {"t": theta.shape[1], "y": start.shape[1], "m": decay.shape[1], "g": len(setting.given)}
    lines = LanePrinter.program(trace_groups(setting.rate, sizes, "t")).moving.values()
    divisions, exponentials, logarithms = (sum(word in line for line in lines) for word in (" / ", "exp(", "log("))
    return Limits(setting.dosing, len(lines), divisions, exponentials, logarithms, _steps(setting))


def _steps(setting: Setting) -> float:
    """Return the steps tried per man and day."""
    times: Any = np.arange(STEADY + 1.0)
    plan = plan_schedule(Regimen(setting.dosing).schedule(float(STEADY)), setting.drugs, times)
    which, begin = np.zeros(SOME, dtype=int), (setting.numbers.start, np.zeros_like(setting.numbers.decay))
    kernel = solve.kernel(setting.men, setting.drugs)
    steps = solve.march(kernel, setting.numbers, begin, which, stack_plans([plan]), solve.TOLERANCE)[3]
    return float(np.mean(steps)) / STEADY
