"""A worker: takes jobs up one after the other, gives signs while it is at one, and writes what came of it."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from leydig.errors import LeydigError
from leydig.extras import extra
from leydig.log import logger
from leydig.progress import Progress
from leydig.service.jobs.job import Job, JobState
from leydig.service.jobs.queue import JobQueue
from leydig.service.problems import problem_of

with extra("web"):
    from sqlalchemy.exc import OperationalError

__all__ = ["CallStop", "JobAnswer", "JobWork", "follow_call", "work_forever", "work_job", "worker_name"]

LOG = logger(__name__)
BEAT = 1.0  # [s] between two signs
GRACE = 0.5  # [s] in which a job that is to go no further may come to its next step
IDLE = 0.5  # [s] between two looks at an empty queue
JobAnswer = tuple[dict[str, Any], Mapping[str, bytes]]  # what came of a job, and what was drawn
JobWork = Callable[[Job, Progress], JobAnswer]


class _JobStop(Exception):
    """A job is to go no further: it was cancelled, or another worker has taken it up."""


class CallStop:
    """Ends a call of this process at its next step, once it is told to."""

    def __init__(self) -> None:
        self._told = threading.Event()

    def tell(self) -> None:
        """End the call."""
        self._told.set()

    def watch(self, what: str, count: int, total: int) -> None:
        """Let the call go on, or end it."""
        del what, count, total
        if self._told.is_set():
            raise _JobStop


def worker_name() -> str:
    """Return a name that no other worker has, of this machine or another."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(6)}"


class _Signs:
    """Gives signs of a job while the context is open, and ends what asks it when the job is to go no further."""

    def __init__(self, queue: JobQueue, job: Job, abandon: Callable[[], None] | None) -> None:
        self._queue, self._job, self._over, self._goes_on = queue, job, threading.Event(), True
        self._abandon = abandon
        self._where = ("", 0, 0)
        self._thread = threading.Thread(target=self._beat, daemon=True, name="signs of a job")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def watch(self, what: str, count: int, total: int) -> None:
        """Note how far it is."""
        self._where = (what, count, total)
        if not self._goes_on:
            raise _JobStop

    def _beat(self) -> None:
        while self._goes_on and not self._over.wait(BEAT):
            with suppress(OperationalError):  # a database that is busy is asked again
                self._goes_on = self._queue.renew(self._job, *self._where)
        if not self._goes_on and self._abandon is not None and not self._over.wait(GRACE):
            self._abandon()


def work_job(queue: JobQueue, work: JobWork, job: Job, abandon: Callable[[], None] | None = None) -> None:
    """Work at a job that was taken up, and write what came of it: a result or a refusal; of one that ended nothing.

    Parameters
    ----------
    queue : JobQueue
    work : callable
    job : Job
    abandon : callable, optional
        Called in a thread of its own where the job was cancelled and its work comes to no step: ends the process, or
        what is followed.
    """
    with _Signs(queue, job, abandon) as signs:
        try:
            result, files = work(job, signs.watch)
        except _JobStop:
            return
        except LeydigError as error:
            queue.finish(job, JobState.FAILED, problem_of(error).as_json())
            return
    is_mine = queue.finish(job, JobState.DONE, result, files)
    LOG.info("job %s of kind %s: %s", job.id, job.kind, "done" if is_mine else "another worker has it")


def work_forever(
    queue: JobQueue,
    work: JobWork,
    worker: str,
    is_over: Callable[[], bool] = lambda: False,
    abandon: Callable[[], None] | None = None,
) -> None:
    """Take up jobs until it is over.

    Parameters
    ----------
    queue : JobQueue
    work : callable
        From a job and a watcher of progress to what came of it.
    worker : str
        A name that no other worker has.
    is_over : callable, optional
        Asked where no job waits.
    abandon : callable, optional
        As in `work_job`.
    """
    while True:
        job = queue.claim(worker)
        if job is not None:
            work_job(queue, work, job, abandon)
        elif is_over():
            return
        else:
            time.sleep(IDLE)


def follow_call(
    queue: JobQueue,
    job: Job,
    call: Callable[[], dict[str, Any]],
    store: Callable[[dict[str, Any]], str],
    stop: CallStop,
) -> None:
    """Give signs of a job that is being worked out in this process until it is, and store what came of it.

    Parameters
    ----------
    queue : JobQueue
    job : Job
    call : callable
        Waits for what comes of it.
    store : callable
        Stores that, and returns where; not called when the job was cancelled meanwhile.
    stop : CallStop
        Told when the job is to go no further.
    """

    def wait(_: Job, __: Progress) -> JobAnswer:
        content = call()
        if not queue.renew(job, "twin", 1, 1):
            raise _JobStop
        return {str(job.kind): store(content)}, {}

    def follow() -> None:
        work_job(queue, wait, job, stop.tell)

    threading.Thread(target=follow, daemon=True, name="follows a job").start()
