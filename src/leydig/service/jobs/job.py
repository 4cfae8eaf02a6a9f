"""A job: what is asked, by whom, how far it is, and what came of it."""

from dataclasses import dataclass
from typing import Any

from leydig.text_enum import TextEnum

__all__ = ["Job", "JobKind", "JobState"]


class JobKind(TextEnum):
    """What is worked out."""

    TRIAL = "trial"
    REPLAY = "replay"
    FORECAST = "forecast"
    POPULATION = "population"
    CALIBRATION = "calibration"


class JobState(TextEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True)
class Job:
    """One job.

    Attributes
    ----------
    id : str
    kind : JobKind
    state : JobState
    person : str
        Whom it is about; empty for nobody.
    asked_by, asked_at, ended_at : str
        Account and times in UTC; `ended_at` is empty before.
    worker : str
        Who works at it.
    attempts : int
        How often it was taken up.
    stage : str
        What is being done, in words.
    done, total : int
        How far the stage is, and how far it goes; 0 where that is not known.
    question : dict
        What is asked; empty where its person was deleted.
    result : dict or None
        What came of it; of one that failed, problem details.
    files : tuple of str
        Names of what was drawn.
    """

    id: str
    kind: JobKind
    state: JobState
    person: str
    asked_by: str
    asked_at: str
    ended_at: str
    worker: str
    attempts: int
    stage: str
    done: int
    total: int
    question: dict[str, Any]
    result: dict[str, Any] | None = None
    files: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return how far it is, as plain content."""
        keys = ("id", "asked_at", "ended_at", "attempts", "stage", "done", "total")
        return {"kind": str(self.kind), "state": str(self.state)} | {key: getattr(self, key) for key in keys}
