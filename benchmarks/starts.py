"""``python -m benchmarks.starts``: what a start costs, measured as whole processes.

``--write`` puts the table into ``docs/performance.md``. Every line is a fresh process, begun several times; the best on
the wall clock is what a user waits on a quiet machine, processor seconds suffer least from neighbors.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

__all__ = ["Start", "measured", "section", "write"]

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
REPEATS = 7
HEADING = "## What a start costs"
MAN = ("simulate", "--age", "34", "--bmi", "28.7", "--lab", "testosterone 271 ng/dL", "--lab", "estradiol 32 pg/mL",
       "--regimen", "anastrozole 1 mg daily", "--json")  # fmt: skip
COMMAND = ("-m", "leydig")
STARTS = {
    "python -c pass": (("-c", "pass"), None),
    "import leydig": (("-c", "import leydig"), 0.5),
    "leydig --help": ((*COMMAND, "--help"), 0.4),
    "leydig list drugs": ((*COMMAND, "list", "drugs"), 0.4),
    "leydig list parameters": ((*COMMAND, "list", "parameters"), 0.4),
    "leydig simulate, one man, warm cache": ((*COMMAND, *MAN), 2.5),
}
TEXT = """{heading}

Whole processes, each begun {repeats} times; written by `python -m benchmarks.starts --write`. {machine}

| process | goal [s] | best [s] | median [s] | processor, best [s] |
|---|---|---|---|---|
{rows}

Importing and help load neither NumPy nor JAX; listings are read from the files of the catalogue. A simulation spends
about a third of its time in loading JAX, equinox and Numba, a third in tracing the man and the equations, which are
printed anew by every process, and the rest in fetching compiled programs from the cache. With an empty cache the
march is compiled, once per machine; each further set of drugs compiles for less than a second, once.

"""


class Start(NamedTuple):
    """One way to start, with its seconds on the wall clock and of the processor, one of each for every time."""

    work: str
    goal: float | None
    wall: list[float]
    processor: list[float]


def _once(arguments: tuple[str, ...], folder: str | None = None) -> tuple[float, float]:
    """Return the seconds that one process takes, on the wall clock and of the processor."""
    environment = dict(os.environ) | ({"LEYDIG_CACHE": folder} if folder else {})
    before = time.perf_counter()
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL, env=environment) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"got exit code {process.returncode} from {arguments}; expected 0.")
    return time.perf_counter() - before, used.ru_utime + used.ru_stime


def measured(repeats: int = REPEATS) -> list[Start]:
    """Return every way to start, the first time of each left out, and the first simulation of an empty cache."""
    found = []
    for work, (arguments, goal) in STARTS.items():
        wall, processor = zip(*[_once(arguments) for _ in range(repeats + 1)][1:], strict=True)
        found.append(Start(work, goal, list(wall), list(processor)))
    with tempfile.TemporaryDirectory() as folder:
        wall, processor = _once((*COMMAND, *MAN), folder)
    return [*found, Start("leydig simulate, one man, empty cache (once)", None, [wall], [processor])]


def section(starts: list[Start], machine: str) -> str:
    """Return the section of the page."""
    rows = [
        f"| `{one.work}` | {one.goal or '–'} | {min(one.wall):.2f} | {statistics.median(one.wall):.2f} "
        f"| {min(one.processor):.2f} |"
        for one in starts
    ]
    return TEXT.format(heading=HEADING, repeats=len(starts[0].wall), machine=machine, rows="\n".join(rows))


def write(text: str) -> None:
    """Put the section into the page, in place of the one that is there, or before what a simulation costs."""
    page = PAGE.read_text(encoding="utf-8")
    page = re.sub(rf"{HEADING}\n.*?(?=^## )", "", page, flags=re.DOTALL | re.MULTILINE)
    PAGE.write_text(page.replace("## What it costs", f"{text}## What it costs"), encoding="utf-8")


def _machine() -> str:
    load = os.getloadavg()[0]
    version = ".".join(map(str, sys.version_info[:3]))
    return f"Python {version}, {os.cpu_count()} cores, load average at the start {load:.1f}."


def main() -> None:
    """Measure and print, and write if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.starts", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write into docs/performance.md")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    asked = parser.parse_args()
    machine = _machine()
    text = section(measured(asked.repeats), machine)
    print(text)
    if asked.write:
        write(text)


if __name__ == "__main__":
    main()
