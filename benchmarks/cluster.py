"""A virtual trial on a local Dask cluster of one worker and of two: the same bytes, and how much faster.

Run with ``python -m benchmarks.cluster``. Both clusters run the trial once before they are timed.
"""

import time

from dask.distributed import LocalCluster

from benchmarks import MANY
from benchmarks.goals import TITRATED
from leydig.trial import run
from leydig.trial.design.trial_file import trial_from


def main() -> None:
    """Print seconds and their ratio."""
    trial, taken, found = trial_from(TITRATED), {}, {}
    for workers in (1, 2):
        with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster:
            address = "dask://" + cluster.scheduler_address.removeprefix("tcp://")
            run(trial, workers=address)
            began = time.perf_counter()
            found[workers] = run(trial, workers=address)
            taken[workers] = time.perf_counter() - began
            print(f"{workers} worker{'s' if workers > 1 else ''}: {taken[workers]:.1f} s for {MANY} men, 12 months")
    same = all(
        found[1].arms[name].levels.tobytes() == found[2].arms[name].levels.tobytes() for name in found[1].arms
    )  # fmt: skip
    print(f"two workers are {taken[1] / taken[2]:.2f} times as fast; the same bytes: {same}")


if __name__ == "__main__":
    main()
