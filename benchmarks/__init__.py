"""Leydig against its peers, against its goals, and its cost as the work grows.

``python -m benchmarks`` prints one table; ``--write`` also writes ``docs/performance.md`` and its plots.
What all parts share stands here: the men, the dosing, the clock and the machine.
"""

import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from leydig import LeydigError, LeydigWarning, Man
from leydig.analytes import ANALYTES

__all__ = ["DOSINGS", "LENGTH", "MANY", "Timing", "installed", "machine", "men_of", "timed"]

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
    random, men = np.random.default_rng(seed), []
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
