"""Workers as processes of the service: one that ends is followed by another, and its job is taken up again."""

import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from multiprocessing.process import BaseProcess

from leydig.errors import LeydigWarning
from leydig.log import logger
from leydig.progress import Progress
from leydig.service.error_places import error_places
from leydig.service.jobs.job import Job
from leydig.service.jobs.queue import JobQueue
from leydig.service.jobs.worker import JobAnswer, JobWork, work_forever, worker_name
from leydig.service.storage.database import Database
from leydig.service.storage.keys import KeyRing

__all__ = ["WorkerProcesses", "work_of_database"]

LOG = logger(__name__)
NICE = 5  # by how much pages go before long work
LOOK = 0.5  # [s] between two looks at the processes
CANCELLED = 3  # with which a process ends whose job was cancelled in the midst of a step
BROKEN = 4  # with which one ends in whose work something broke
END = 5.0  # [s] in which a process that is told to end does so
WorkOfDatabase = Callable[[Database], JobWork]


def work_of_database(database: Database, cluster: str = "") -> JobWork:
    """Return what works at a job of any kind; what that needs is loaded when the first one comes.

    Parameters
    ----------
    database : Database
    cluster : str, optional
        As in `leydig.service.jobs.work.job_work`.
    """

    def work(job: Job, watch: Progress) -> JobAnswer:
        from leydig.service.clinic.desk import Desk
        from leydig.service.jobs.work import job_work

        return job_work(Desk(database), cluster)(job, watch)

    return work


class WorkerProcesses:
    """Workers of one service.

    Parameters
    ----------
    database : Database
    count : int
    work : callable
        Gives, in the process, what works at a job; a function of a module.
    """

    def __init__(self, database: Database, count: int, work: WorkOfDatabase) -> None:
        self._queue, self._count, self._work = JobQueue(database), count, work
        self._ring, self._address = database.ring, database.engine.url.render_as_string(hide_password=False)
        self._processes: dict[str, BaseProcess] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_after, daemon=True, name="looks after workers")

    @property
    def numbers(self) -> list[int]:
        """The numbers of the processes that live."""
        return [one.pid for one in self._processes.values() if one.pid is not None and one.is_alive()]

    def start(self) -> None:
        """Start every worker."""
        for _ in range(self._count):
            self._start_one()
        self._thread.start()

    def stop(self) -> None:
        """End every worker; what it was at waits for the next one."""
        self._over.set()
        self._thread.join()
        for name, process in self._processes.items():
            process.terminate()
            process.join(END)
            process.kill()
            self._queue.forfeit(name)

    def _start_one(self) -> None:
        name = worker_name()
        process = multiprocessing.get_context("spawn").Process(
            target=_work, args=(self._address, self._ring, name, self._work), daemon=True, name=f"worker {name}"
        )
        process.start()
        self._processes[name] = process

    def _look_after(self) -> None:
        while not self._over.wait(LOOK):
            for name in [name for name, process in self._processes.items() if not process.is_alive()]:
                LOG.warning("worker %s ended with code %s; another one begins", name, self._processes[name].exitcode)
                del self._processes[name]
                self._queue.forfeit(name)
                self._start_one()


def _work(address: str, ring: KeyRing, name: str, work: WorkOfDatabase) -> None:
    """Work in a process of its own until the service that began it ends."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a keyboard ends the service, which ends its workers
    threading.Thread(target=_end_with_parent, daemon=True, name="waits for the service").start()
    database = Database(address, ring)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeydigWarning)  # what came of it says it
        try:
            work_forever(JobQueue(database), work(database), name, abandon=lambda: os._exit(CANCELLED))
        except Exception as error:  # whatever breaks ends this worker; another one takes up its job
            sys.stderr.write(f"worker {name} broke: {error_places(error)}\n")
            sys.stderr.flush()
            os._exit(BROKEN)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)
