"""Virtual trials: arms, visits, adherence, endpoints, and what couples make of it."""

from leydig.trial.analysis.endpoints import trial_summary
from leydig.trial.design.design import Trial
from leydig.trial.design.trial_file import read_trial
from leydig.trial.ledger.replay import replay_ledger
from leydig.trial.run import run

__all__ = ["Trial", "read_trial", "replay_ledger", "run", "trial_summary"]
