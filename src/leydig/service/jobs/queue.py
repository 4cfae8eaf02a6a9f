"""The queue: jobs as rows of the database, each taken by one worker for as long as its lease lasts.

A worker that ends without a word renews nothing, so its job is taken up again when the lease is over. What it wrote
after that is refused: only who holds the lease ends a job. The same question of the same version is one job.
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from leydig.extras import extra
from leydig.service.jobs.job import Job, JobKind, JobState
from leydig.service.problems import ServiceProblem
from leydig.service.storage.act import Act
from leydig.service.storage.audit import now_text
from leydig.service.storage.database import Database
from leydig.service.storage.identity import new_identity
from leydig.service.storage.person_file import open_content, seal_content
from leydig.service.storage.tables import SCHEMA
from leydig.version import VERSION

with extra("web"):
    import sqlalchemy as sa

__all__ = ["LEASE", "MOST_ATTEMPTS", "MOST_WAITING", "ONE_AT_A_TIME", "JobQueue"]

LEASE = 30.0  # [s] without a sign of its worker, after which a job is taken up again
MOST_ATTEMPTS = 3  # a job whose worker ended so often is the reason for it
MOST_WAITING = 20  # jobs of one account that wait or run
ONE_AT_A_TIME = frozenset({JobKind.CALIBRATION})  # of all accounts: each holds a worker for hours
_JOB, _FILE = SCHEMA.tables["job"], SCHEMA.tables["job_file"]
_ACTIVE = (str(JobState.WAITING), str(JobState.RUNNING))


class JobQueue:
    """The jobs of a database.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    # Asking --------------------------------------------------------------------------------------------

    def add(
        self, kind: JobKind, question: dict[str, Any], by: str, person: str = "", worker: str = ""
    ) -> tuple[Job, bool]:
        """Write a job; return it, and whether it is new: one that waits, runs or is done with the same question is it.

        Parameters
        ----------
        kind : JobKind
        question : dict
            JSON content.
        by : str
            The account that asks.
        person : str, optional
            Whom it is about: the question is encrypted under his key.
        worker : str, optional
            Who works at it already; anybody takes it up when left out.

        Raises
        ------
        ServiceProblem
            Status 429, when too many of this account wait or run, or of a kind of which one is enough.
        """
        digest = _digest(kind, question, person)
        with self.database.enter(Act("job.add", by, person)) as connection:
            self.database.lock_all(connection)
            row = connection.execute(_same_question(digest)).first()
            if row is not None:
                return self._job(connection, row), False
            self._refuse_another(connection, kind)
            active = sa.select(sa.func.count()).where(_JOB.c.asked_by == by, _JOB.c.state.in_(_ACTIVE))
            if connection.execute(active).scalar_one() >= MOST_WAITING:
                raise ServiceProblem(
                    "TooManyJobs",
                    429,
                    f"got a job beside {MOST_WAITING} that wait or run; expected fewer. Wait for one, or cancel it.",
                    wait=60,
                )
            identity = new_identity()
            values = {
                "id": identity, "kind": str(kind), "person": person or None, "digest": digest, "asked_by": by,
                "state": str(JobState.RUNNING if worker else JobState.WAITING), "asked_at": now_text(), "ended_at": "",
                "worker": worker, "lease": time.time() + LEASE if worker else 0.0, "attempts": int(bool(worker)),
                "stage": "", "done": 0, "total": 0, "result": None,
                "question": seal_content(connection, person, question, f"job/{identity}"),
            }  # fmt: skip
            connection.execute(sa.insert(_JOB).values(values))
            return self._find(connection, identity), True

    def find(self, identity: str) -> Job:
        """Return a job; raises ServiceProblem (404) where there is none."""
        with self.database.look() as connection:
            return self._find(connection, identity)

    def list_jobs(self, kind: JobKind | None = None, limit: int = 50) -> list[Job]:
        """Return jobs that are about nobody, the last first, without what came of them."""
        asked = sa.select(_JOB).where(_JOB.c.person.is_(None)).order_by(_JOB.c.id.desc()).limit(limit)
        asked = asked if kind is None else asked.where(_JOB.c.kind == str(kind))
        with self.database.look() as connection:
            return [self._job(connection, row, whole=False) for row in connection.execute(asked)]

    def find_answers(self, kind: JobKind, questions: Sequence[dict[str, Any]]) -> list[Job]:
        """Return the jobs that answered any of some questions by this version, the last first."""
        digests = [_digest(kind, one, "") for one in questions]
        asked = sa.select(_JOB).where(_JOB.c.digest.in_(digests), _JOB.c.state == str(JobState.DONE))
        with self.database.look() as connection:
            rows = connection.execute(asked.order_by(_JOB.c.id.desc())).all()
            return [self._job(connection, row) for row in rows]

    def read_file(self, identity: str, name: str) -> bytes:
        """Return what was drawn or written; raises ServiceProblem (404) where there is none."""
        asked = sa.select(_FILE.c.body).where(_FILE.c.job == identity, _FILE.c.name == name)
        with self.database.look() as connection:
            body = connection.execute(asked).scalar_one_or_none()
        if body is None:
            raise _problem("file", name, "See the job.")
        return bytes(body)

    def cancel(self, identity: str, by: str) -> Job:
        """End a job that waits or runs, now; its worker finds that it holds it no more, and goes on to the next one."""
        with self.database.enter(Act("job.cancel", by, identity)) as connection:
            self._find(connection, identity)
            mine = _JOB.c.id == identity
            over = {"state": str(JobState.CANCELLED), "ended_at": now_text()}
            connection.execute(sa.update(_JOB).where(mine, _JOB.c.state.in_(_ACTIVE)).values(over))
            return self._find(connection, identity)

    # Working -------------------------------------------------------------------------------------------

    def claim(self, worker: str) -> Job | None:
        """Take up the job that waits longest, or whose worker gave no sign; None where there is none."""
        now = time.time()
        free = (_JOB.c.state == str(JobState.WAITING)) | (
            (_JOB.c.state == str(JobState.RUNNING)) & (_JOB.c.lease < now)
        )
        with self.database.look() as connection:
            if connection.execute(sa.select(_JOB.c.id).where(free).limit(1)).first() is None:
                return None
        asked = sa.select(_JOB).where(free).order_by(_JOB.c.id).limit(1).with_for_update(skip_locked=True)
        with self.database.touch() as connection:
            row = connection.execute(asked).first()
            if row is None:
                return None
            mine = _JOB.c.id == row.id
            if row.attempts >= MOST_ATTEMPTS:
                result = seal_content(connection, row.person or "", _ABANDON, f"result/{row.id}")
                over = {"state": str(JobState.FAILED), "ended_at": now_text(), "result": result}
                connection.execute(sa.update(_JOB).where(mine).values(over))
                return None
            taken = {
                "state": str(JobState.RUNNING),
                "worker": worker,
                "lease": now + LEASE,
                "attempts": row.attempts + 1,
            }
            connection.execute(sa.update(_JOB).where(mine).values(taken | {"stage": "", "done": 0, "total": 0}))
            return self._find(connection, row.id)

    def renew(self, job: Job, stage: str, count: int, total: int) -> bool:
        """Give a sign of a job that is being worked at, and say how far it is; return whether it is to go on."""
        with self.database.touch() as connection:
            said = {"lease": time.time() + LEASE, "stage": stage[:64], "done": count, "total": total}
            found = connection.execute(sa.update(_JOB).where(*_lease_of(job)).values(said))
            return found.rowcount == 1

    def finish(
        self, job: Job, state: JobState, result: dict[str, Any] | None = None, files: Mapping[str, bytes] | None = None
    ) -> bool:
        """Write what came of a job; return whether its worker held it still: else nothing is written."""
        with self.database.touch() as connection:
            sealed = None if result is None else seal_content(connection, job.person, result, f"result/{job.id}")
            over = {"state": str(state), "ended_at": now_text(), "result": sealed}
            found = connection.execute(sa.update(_JOB).where(*_lease_of(job)).values(over))
            rows = [{"job": job.id, "name": name, "body": body} for name, body in (files or {}).items()]
            if found.rowcount == 1 and rows:
                connection.execute(sa.insert(_FILE), rows)
            return found.rowcount == 1

    def forfeit(self, worker: str) -> None:
        """Let what a worker held be taken up again at once: it has ended."""
        with self.database.touch() as connection:
            mine = (_JOB.c.worker == worker) & (_JOB.c.state == str(JobState.RUNNING))
            connection.execute(sa.update(_JOB).where(mine).values(lease=0.0))

    def _refuse_another(self, connection: sa.Connection, kind: JobKind) -> None:
        """Refuse a job of a kind that holds a worker for hours, while another one waits or runs."""
        asked = sa.select(_JOB.c.id).where(_JOB.c.kind == str(kind), _JOB.c.state.in_(_ACTIVE)).limit(1)
        other = connection.execute(asked).scalar_one_or_none() if kind in ONE_AT_A_TIME else None
        if other is not None:
            raise ServiceProblem(
                "TooManyJobs",
                429,
                f"got another {kind} beside {other}, which waits or runs; expected one at a time. Wait for it, or "
                "cancel it.",
                wait=60,
            )

    # Rows ----------------------------------------------------------------------------------------------

    def _find(self, connection: sa.Connection, identity: str) -> Job:
        row = connection.execute(sa.select(_JOB).where(_JOB.c.id == identity)).one_or_none()
        if row is None:
            raise _problem("job", identity, "See the list of jobs.")
        return self._job(connection, row)

    def _job(self, connection: sa.Connection, row: Any, whole: bool = True) -> Job:
        person = row.person or ""
        question = open_content(connection, person, row.question, f"job/{row.id}")
        result, files = None, ()
        if whole:
            result = (
                open_content(connection, person, row.result, f"result/{row.id}") if row.result is not None else None
            )
            asked = sa.select(_FILE.c.name).where(_FILE.c.job == row.id).order_by(_FILE.c.name)
            files = tuple(connection.execute(asked).scalars())
        return Job(
            row.id, JobKind(row.kind), JobState(row.state), person, row.asked_by, row.asked_at, row.ended_at,
            row.worker, row.attempts, row.stage, row.done, row.total, question, result, files,
        )  # fmt: skip


_ABANDON = {
    "type": "/problems/WorkerLost",
    "title": "Worker lost",
    "status": 500,
    "detail": f"got {MOST_ATTEMPTS} workers that ended while they were at it; expected one that comes to its end. "
    "Ask for less, or give the machine more memory.",
}


def _digest(kind: JobKind, question: dict[str, Any], person: str) -> str:
    """Return what is the same for the same question of the same version."""
    return hashlib.sha256(json.dumps([VERSION, str(kind), person, question], sort_keys=True).encode()).hexdigest()


def _same_question(digest: str) -> sa.Select[Any]:
    states = (*_ACTIVE, str(JobState.DONE))
    return sa.select(_JOB).where(_JOB.c.digest == digest, _JOB.c.state.in_(states))


def _lease_of(job: Job) -> tuple[sa.ColumnElement[bool], ...]:
    """Return that a job runs, and by the worker who took it up."""
    return _JOB.c.id == job.id, _JOB.c.worker == job.worker, _JOB.c.state == str(JobState.RUNNING)


def _problem(what: str, identity: str, way_out: str) -> ServiceProblem:
    return ServiceProblem("NotFound", 404, f"got {what} {identity[:64]!r}; expected one of this service. {way_out}")
