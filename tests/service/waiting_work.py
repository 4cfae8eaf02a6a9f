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
