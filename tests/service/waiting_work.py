"""Work of a test, in processes of its own: it waits until it is let go on, and says how often it was begun."""

import time
from pathlib import Path


def work_of_test(database):
    """Return work that counts its beginnings in the folder that is asked for, and waits for a file there.

    Of no steps it is deaf: nothing but its end ends it.
    """

    def work(job, watch):
        folder = Path(job.question["folder"])
        folder.mkdir(exist_ok=True)
        while not job.question["steps"]:
            time.sleep(0.1)
        (folder / f"begun {job.attempts}").touch()
        for done in range(job.question["steps"]):
            watch("steps", done, job.question["steps"])
            while not (folder / "go on").exists():
                watch("steps", done, job.question["steps"])
                time.sleep(0.02)
        return {"sum": sum(range(job.question["steps"]))}, {"a.png": b"picture"}

    return work


def work_that_stands(database, folder):
    """Return the work of the program, but for what it works out: that stands still until a file is there, or for ever."""
    from leydig.service.jobs import calibrations, populations
    from leydig.service.jobs.processes import work_of_database

    class Forecast:
        def record(self):
            return {"men": 20, "courses": [], "weeks": []}

    def forecast(men, regimens, *, watch, **_):
        while not (Path(folder) / "population").exists():
            watch("men", 10, 20 * len(regimens))
            time.sleep(0.02)
        return Forecast()

    def calibrate(seed, starts, steps, watch, size):
        watch("optimum, own set point, pooled", 1, starts)
        time.sleep(60.0)  # no step comes for long

    populations.forecast_population, calibrations.calibrate = forecast, calibrate
    populations.population = lambda *_, **__: None
    return work_of_database(database)
