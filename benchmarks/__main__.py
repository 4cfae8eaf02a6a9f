"""``python -m benchmarks``: measure everything and print one table."""

import argparse
import os
import sys
import time
import warnings
from pathlib import Path

os.environ["NPROC"] = "1"  # threads of XLA: one core for everyone; read on import

from benchmarks import MANY, machine, men_of, starts, twin_costs
from benchmarks.costs import costs, limits
from benchmarks.figures import Results, machine_text, page, table, write
from benchmarks.goals import measured
from benchmarks.peers import compared
from leydig import LeydigWarning, Man

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Measure, print the table, and write JSON and plots."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md and its plots")
    parser.add_argument("--folder", type=Path, default=ROOT / "demo" / "benchmarks", help="where JSON and plots go")
    asked = parser.parse_args()
    warnings.simplefilter("ignore", LeydigWarning)
    begun, found = time.perf_counter(), machine()

    def say(text: str) -> None:
        print(f"{time.perf_counter() - begun:5.0f} s  {text}", file=sys.stderr, flush=True)

    men = men_of(MANY)
    rows = compared(men, say)
    goals = measured(men, rows, say)
    stacked = Man.stack(men)
    results = Results(found, rows, goals, costs(stacked, say), limits(stacked))
    print(machine_text(results), table(results), "Numbers are ratios within one run.", sep="\n\n")
    write(results, ROOT / "docs" / "performance" if asked.write else asked.folder)
    if asked.write:
        (ROOT / "docs" / "performance.md").write_text(page(results), encoding="utf-8")
        starts.write(starts.section(starts.measured(), machine_text(results)))
        twin_costs.write(twin_costs.section(twin_costs.measured(), machine_text(results)))
    say("done")


if __name__ == "__main__":
    main()
