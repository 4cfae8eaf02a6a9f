"""Virtual trials: arms, visits, adherence, endpoints, and what couples make of it."""

from leydig.trial.design import Trial
from leydig.trial.endpoints import trial_summary
from leydig.trial.replay import replay_ledger
from leydig.trial.run import run
from leydig.trial.trial_file import read_trial

__all__ = ["Trial", "read_trial", "replay_ledger", "run", "trial_summary"]
