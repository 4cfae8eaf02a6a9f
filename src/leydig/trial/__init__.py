"""Virtual trials: arms, visits, adherence, endpoints, and what couples make of it."""

from leydig.trial.design import Trial, read_trial
from leydig.trial.endpoints import summary
from leydig.trial.replay import replay
from leydig.trial.run import run

__all__ = ["Trial", "read_trial", "replay", "run", "summary"]
