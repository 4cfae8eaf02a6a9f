"""Leydig against its peers, against its goals, and its cost as the work grows.

``python -m benchmarks`` prints one table; ``--write`` also writes ``docs/performance.md`` and its plots.
What all parts share stands here: the men, the dosing, the clock, the machine and the equations.

The compiled right-hand side of the peers is the traced `System.rate`, printed for one man by
`leydig.engine.trace` and compiled by Numba; drug levels are closed form in it, as in the engine.
"""

import math
import os
import platform
import re
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from leydig import LeydigError, LeydigWarning, Man, Regimen
from leydig.analytes import ANALYTES, analyte_order
from leydig.blocks import take_rows
from leydig.drugs import drugs_of
from leydig.engine import solve
from leydig.engine.equations import readings
from leydig.engine.plan import plan_schedule
from leydig.engine.system import System, kinetics
from leydig.engine.trace.lanes import LanePrinter
from leydig.engine.trace.tracer import trace_groups
from leydig.ticks import days_of

__all__ = ["DOSINGS", "LENGTH", "MANY", "Setting", "Timing", "installed", "machine", "men_of", "timed"]

DOSINGS = {"S1": "anastrozole 1 mg daily", "S2": "clomiphene 25 mg daily + anastrozole 1 mg daily"}
LENGTH = 180  # [d]
MANY = 1000  # men to whom every figure of a peer is scaled
SPREAD = 0.4  # of the logarithm of every lab between men
MEDIANS = {
    "testosterone": 15.0,
    "estradiol": 90.0,
    "lh": 4.2,
    "fsh": 4.5,
    "shbg": 33.0,
    "inhibin_b": 150.0,
    "sperm_concentration": 50.0,
}
PACKAGES = ("numpy", "numba", "llvmlite", "jax", "equinox", "scipy", "numbalsoda", "diffrax", "libroadrunner")
_SCALAR = """\
from math import inf, nan
from numba import njit
from numpy import exp, log, sqrt
@njit
def where(yes, one, other):
    return one if yes else other
@njit
def maximum(one, other):
    return one if one > other else other
@njit
def minimum(one, other):
    return one if one < other else other
@njit
def equal(one, other):
    return one == other
@njit
def not_equal(one, other):
    return one != other
"""


@dataclass(frozen=True)
class Timing:
    """How long some work took, over several times.

    Attributes
    ----------
    best, median : float
        Seconds on the wall clock.
    processor : float
        Least seconds of all cores together, which neighbors on the machine disturb less.
    """

    best: float
    median: float
    processor: float

    def scaled(self, share: float) -> "Timing":
        """Return the timing of so many times the work."""
        return Timing(self.best * share, self.median * share, self.processor * share)

    def merged(self, other: "Timing") -> "Timing":
        """Return the best of two measurements of the same work."""
        middle = (self.median + other.median) / 2.0
        return Timing(min(self.best, other.best), middle, min(self.processor, other.processor))


def timed(work: Callable[[], Any], times: int = 5) -> Timing:
    """Do some work several times and return its timing; a first time outside the count warms it."""
    work()
    walls, processors = [], []
    for _ in range(times):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return Timing(min(walls), statistics.median(walls), min(processors))


def men_of(count: int, seed: int = 1) -> list[Man]:
    """Return men whose labs are spread by `SPREAD`; who cannot be, or is most unusual, is drawn again."""
    random = np.random.default_rng(seed)
    men: list[Man] = []
    while len(men) < count:
        levels = {name: middle * np.exp(SPREAD * random.normal()) for name, middle in MEDIANS.items()}
        labs: dict[str, Any] = {name: f"{level:.6g} {ANALYTES[name].unit}" for name, level in levels.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("error", LeydigWarning)
            try:
                men.append(Man(age=35.0, bmi=25.0, **labs))
            except (LeydigError, LeydigWarning):
                continue
    return men


def installed(package: str) -> str | None:
    """Return the version of a package, None when it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def machine(packages: Sequence[str] = PACKAGES) -> dict[str, Any]:
    """Return what the figures were measured on."""
    place = Path("/proc/cpuinfo")
    lines = place.read_text(encoding="utf-8").splitlines() if place.exists() else []
    told = dict(line.split(":", 1) for line in lines if ":" in line)
    found = {name.strip(): value.strip() for name, value in told.items()}
    family = f" (family {found['cpu family']}, model {found['model']})" if "cpu family" in found else ""
    return {
        "processor": (found.get("model name") or platform.processor() or "unknown") + family,
        "vectors": "512 bits" if "avx512f" in found.get("flags", "") else "256 bits or fewer",
        "cores": os.cpu_count() or 1,
        "busy": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "libraries": {package: installed(package) or "not installed" for package in packages},
    }


def amounts(system: System, modes: Any) -> tuple[Any, ...]:
    """Return what is in the compartments from their modes, by partial fractions; only the last of a chain is read.

    The peers need levels as a function of time, and the rates of what is measured here are far apart.
    """
    found: list[Any] = []
    for chain in (chain for drug in system.drugs.values() for chain in drug.chains().values()):
        rates, first = chain.rates, len(found)
        parts = [modes[first + k] / math.prod(other - rate for j, other in enumerate(rates) if j != k)
                 for k, rate in enumerate(rates)]  # fmt: skip
        found += [jnp.zeros(())] * (len(rates) - 1) + [sum(parts[1:], parts[0]) * math.prod(rates[:-1])]
    return tuple(found)


@dataclass(frozen=True)
class Setting:
    """Some men on a dosing that is the same once a day, and what every solver needs to know of them."""

    dosing: str
    men: Man

    def __post_init__(self) -> None:
        assert self.shapes  # found here, before anything is traced

    def man(self, place: int) -> Man:
        """Return one of the men."""
        one: Man = take_rows(self.men, place)
        return one

    @cached_property
    def drugs(self) -> dict[str, Any]:
        """The drugs of the dosing."""
        return drugs_of(list(Regimen(self.dosing).drugs))

    @cached_property
    def shapes(self) -> tuple[Any, Any]:
        """The structures of system and state."""
        system, state, _, _ = solve.assemble_system(self.man(0), self.drugs)
        return jax.tree.structure(system), jax.tree.structure(state)

    @cached_property
    def numbers(self) -> solve.Numbers:
        """Parameters, resting states and decay rates of every man."""
        return solve.kernel_numbers(self.men, self.drugs)

    @cached_property
    def dose(self) -> Any:
        """What one day's dose adds to the modes: its amount to each."""
        plan = plan_schedule(Regimen(self.dosing).schedule(3.0), self.drugs, np.arange(4.0))
        if not np.array_equal(days_of(plan.ends)[plan.dose >= 0], np.arange(3.0)) or np.ptp(plan.doses, axis=0).any():
            raise ValueError(f"{self.dosing!r} is not the same once a day.")
        sizes = kinetics(self.drugs).sizes
        firsts = np.cumsum([0, *sizes[:-1]])
        return np.repeat(np.asarray(plan.doses)[0][firsts], sizes)

    @property
    def given(self) -> tuple[float, ...]:
        """Infusion, pulse and interval of every drug: none."""
        return (0.0, 0.0, 1.0) * len(self.drugs)

    def rate(self, theta: Any, state: Any, modes: Any, given: Any) -> list[Any]:
        """Return the derivative of the state, all of them sequences of scalars."""
        now, at = (jax.tree.unflatten(one, list(part)) for one, part in zip(self.shapes, (theta, state), strict=True))
        return [jnp.asarray(leaf) for leaf in jax.tree.leaves(now.rate(at, amounts(now, modes), tuple(given)))]

    def levels(self, states: Any, hours: Sequence[float]) -> Any:
        """Return what a laboratory reads in states of shape (man, day, hour, state)."""
        count, days = states.shape[:2]
        decay = self.numbers.decay[:count]
        sums = np.cumsum(np.exp(-decay[:, None, :] * np.arange(days)[:, None]), axis=1) * self.dose
        modes = sums[:, :, None, :] * np.exp(-decay[:, None, None, :] * np.asarray(hours)[:, None] / 24.0)

        def one(theta: Any, state: Any, mode: Any) -> Any:
            system, at = (jax.tree.unflatten(a, list(b)) for a, b in zip(self.shapes, (theta, state), strict=True))
            return jnp.stack(readings(system, at, amounts(system, mode), self.given))[: len(analyte_order())]

        inside = jax.vmap(jax.vmap(one, (None, 0, 0)), (None, 0, 0))
        read = jax.jit(jax.vmap(inside))
        return np.asarray(read(self.numbers.theta[:count], states, modes))

    @cached_property
    def compiled(self) -> dict[str, Any]:
        """Prelude and right-hand side of one man, compiled."""
        theta, start, _, decay = self.numbers
        sizes = {"t": theta.shape[1], "y": start.shape[1], "m": decay.shape[1], "g": len(self.given)}
        lines = LanePrinter.program(trace_groups(self.rate, sizes, "t"))
        kept = sorted(name for name in lines.moving_reads if re.fullmatch(r"[pt]\d+", name))
        first = 1 + 2 * sizes["m"]
        own = sorted(name for name in lines.fixed_reads.union(kept) if name[0] == "t")
        text = [_SCALAR, "@njit(error_model='numpy')", "def prelude(theta, data):"]
        text += [f"    {name} = theta[{name[1:]}]" for name in own] + [f"    {line}" for line in lines.fixed.values()]
        text += [f"    data[{first + place}] = {name}" for place, name in enumerate(kept)] + ["    return"]
        text += ["@njit(error_model='numpy')", "def flow(now, state, data, out):", "    since = now - data[0]"]
        text += [f"    y{j} = state[{j}]" for j in range(sizes["y"])]
        text += [f"    m{j} = data[{1 + j}] * exp(-data[{1 + sizes['m'] + j}] * since)" for j in range(sizes["m"])]
        text += [f"    g{j} = {number}" for j, number in enumerate(self.given)]
        text += [f"    {name} = data[{first + place}]" for place, name in enumerate(kept)]
        text += [f"    {line}" for line in lines.moving.values()]
        text += [f"    out[{place}] = {name}" for place, name in enumerate(lines.results)]
        room: dict[str, Any] = {}
        exec("\n".join(text), room)
        return room | {"size": first + len(kept)}

    def data(self, count: int) -> Any:
        """Return what the compiled right-hand side reads of the first men: day, modes, their decay, prelude."""
        decay, compiled = self.numbers.decay[:count], self.compiled
        rows = np.zeros((count, compiled["size"]))
        rows[:, 1 + decay.shape[1] : 1 + 2 * decay.shape[1]] = decay
        for man, row in enumerate(rows):
            compiled["prelude"](self.numbers.theta[man], row)
        return rows
