"""Rival structures of the model, and what each is worth: how it predicts studies that it was not fitted to.

A rival holds some parameters at a value that takes a mechanism away, or puts it in whole. Each is calibrated on
its own; its score on a study is the predictive density of that study's values under the posterior of all the others::

    elpd_s = ln ∫ p(y_s | θ) p(θ | y_{−s}) dθ

from draws of the whole posterior by Pareto-smoothed weights 1 / p(y_s | θ) (k̂ above 0.7 says where they fail). Rivals
are weighted by stacking: the mixture that predicts left-out studies best. Near twins share a weight, and which of them
has it is luck; so the one that is declared is the simplest of those whose scores alone do not tell them from the best.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import logsumexp

from leydig.drugs import DRUGS
from leydig.evidence.calibration.posterior import Posterior
from leydig.evidence.calibration.sampling import PosteriorSample
from leydig.evidence.citations import declared_parameters
from leydig.inference.sampling.weights import smooth_weights

__all__ = ["RIVALS", "LeftOut", "Rival", "choose_structure", "declared_rival", "score_left_out", "stack"]

TELLING = 4.0  # difference of elpd below which two structures predict alike (Sivula 2020, arXiv:2008.10296)
STACKING_ROUNDS = 2000  # of expectation and maximization; a hundred are enough for weights to 0.01


COMMON: dict[str, float | None] = {"body.hypothalamus.common_share": 1.0}
JOINED: dict[str, float | None] = {
    "body.spermatogenesis.pooled": 0.0,
    "body.spermatogenesis.testicular_weight": None,
    "body.spermatogenesis.pooled_fsh": None,
    "body.spermatogenesis.pooled_steepness": None,
}
POOLED: dict[str, float | None] = {
    "body.spermatogenesis.pooled": 1.0,
    "body.spermatogenesis.lh_only": None,
    "body.spermatogenesis.fsh_only": None,
    "body.spermatogenesis.half_testosterone": None,
    "body.spermatogenesis.half_fsh": None,
}


@dataclass(frozen=True)
class Rival:
    """One structure of the model.

    Attributes
    ----------
    name : str
    title : str
        What it says of the axis.
    held : mapping of str to float or None
        What it holds, by path; None at the declared value, where the structure makes no use of the number.
    """

    name: str
    title: str
    held: Mapping[str, float | None]

    @property
    def held_values(self) -> dict[str, float]:
        """The value at which every held parameter stands."""
        declared = {path: one.value for path, one in declared_parameters(list(DRUGS))}
        return {path: declared[path] if value is None else value for path, value in self.held.items()}


RIVALS = (
    Rival(
        "own set point, pooled",
        "a brain feels its man's levels against those that he is used to, part of the estradiol on its brake is made "
        "there; germ cells pool FSH and testosterone, so that one stands in for the other",
        POOLED,
    ),
    Rival(
        "own set point, pooled, circulating", "the same, but only circulating estradiol brakes the brain",
        POOLED | {"body.hypothalamus.local_share": 0.0},
    ),
    Rival("own set point", "the first, but germ cells need FSH and testosterone together", JOINED),
    Rival("pooled", "the first, but one set point holds for the brains of all men", COMMON | POOLED),
)  # fmt: skip


def declared_rival() -> Rival:
    """Return the rival that holds most of the numbers as they are declared: the structure of the shipped man."""
    declared = {path: one.value for path, one in declared_parameters(list(DRUGS))}
    fitting = [one for one in RIVALS if all(declared[path] == at for path, at in one.held_values.items())]
    return max(fitting, key=lambda one: len(one.held))


@dataclass(frozen=True)
class LeftOut:
    """How a structure predicts every study when it is left out.

    Attributes
    ----------
    elpd : Float[np.ndarray, " study"]
        Expected log predictive density, up to a constant that rivals share.
    pareto_k : Float[np.ndarray, " study"]
        Shape of the tail of the weights that leave the study out; below 0.7 the estimate holds.
    """

    elpd: Float[np.ndarray, " study"]
    pareto_k: Float[np.ndarray, " study"]


def score_left_out(posterior: Posterior, sample: PosteriorSample) -> LeftOut:
    """Return the scores of a calibrated structure on each study without it."""
    rest = np.exp(sample.places[:, len(posterior.free) :])
    likelihoods = posterior.likelihoods(sample.predicted, rest[:, :-1], rest[:, -1])
    smooth, shape = smooth_weights(sample.log_weights[:, None] - likelihoods)
    return LeftOut(np.asarray(logsumexp(smooth + likelihoods, axis=0)), shape)


def choose_structure(elpd: Float[np.ndarray, " rival"], free: Sequence[int]) -> int:
    """Return the place of the rival whose optimum is declared: the simplest of those that predict as well as the best.

    Parameters
    ----------
    elpd : Float[np.ndarray, " rival"]
        Of all studies, each left out in turn.
    free : sequence of int
        How many numbers of each are fitted.

    Examples
    --------
    >>> choose_structure(np.array([-1030.0, -1032.0, -1039.0]), [41, 40, 40])
    1
    """
    near = np.flatnonzero(elpd.max() - elpd < TELLING).tolist()
    return int(min(near, key=lambda place: (free[place], -elpd[place])))


def stack(elpd: Float[np.ndarray, "rival study"]) -> Float[np.ndarray, " rival"]:
    """Return the weights of the mixture of rivals under which left-out studies are most probable.

    Notes
    -----
    The weights maximize ``Σ_s ln Σ_r w_r·exp(elpd_rs)`` (stacking of predictive distributions, Yao 2018,
    doi:10.1214/17-BA1091), by expectation and maximization from equal weights.
    """
    logs = np.full(len(elpd), -np.log(len(elpd)))
    for _ in range(STACKING_ROUNDS):
        belongs = logs[:, None] + elpd
        belongs = belongs - logsumexp(belongs, axis=0)
        logs = logsumexp(belongs, axis=1) - np.log(elpd.shape[1])
    return np.asarray(np.exp(logs))
