"""Virtual trials: arms, visits, adherence, endpoints, and what couples make of it."""

from leydig.trial.analysis.endpoints import trial_summary
from leydig.trial.design.design import Trial
from leydig.trial.design.trial_file import read_trial
from leydig.trial.ledger.check import check_ledger
from leydig.trial.run import run

__all__ = ["Trial", "check_ledger", "read_trial", "run", "trial_summary"]
