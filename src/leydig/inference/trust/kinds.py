"""How a man's results go with men of every kind: which kinds would explain results that are not those of his own."""

import numpy as np

from leydig.inference.prior import Prior
from leydig.inference.results.history import History
from leydig.inference.sampling.ensemble import Ensemble
from leydig.inference.sampling.problem import Problem
from leydig.inference.trust.misfit import find_misfit
from leydig.man.phenotypes import KINDS

__all__ = ["p_by_kind"]


def p_by_kind(history: History, random: np.random.Generator) -> dict[str, float]:
    """Return for every kind of men the share whose results would lie as far from what is expected, or farther.

    Parameters
    ----------
    history : History
    random : numpy.random.Generator
    """
    return {kind: _p(Prior.for_drugs(kind, history.age, history.bmi, history.regimen.drugs, history.most_share),
                     history, random)
            for kind in KINDS}  # fmt: skip


def _p(prior: Prior, history: History, random: np.random.Generator) -> float:
    problem = Problem(prior, history)
    return find_misfit(problem.likelihood, Ensemble.of_prior(problem, random), random).p
