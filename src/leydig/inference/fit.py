"""`fit`: from a record to a twin."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import overload

import numpy as np

from leydig.checks import seed_number, whole_number
from leydig.errors import BadRecord
from leydig.inference.prior import Prior
from leydig.inference.results.history import history_of
from leydig.inference.sampling.ensemble import Ensemble, kalman_mean
from leydig.inference.sampling.laplace import approximate, weigh, weigh_again
from leydig.inference.sampling.problem import Problem, WeightedPlaces
from leydig.inference.sampling.tempering import temper
from leydig.inference.sampling.weights import HEAVY_TAIL, resample
from leydig.inference.trust.kinds import p_by_kind
from leydig.inference.trust.misfit import find_misfit
from leydig.inference.trust.trust import MISFIT, judge_draws, judge_record
from leydig.inference.twin import FitQuality, Twin
from leydig.inference.twins import Twins, fit_side_by_side
from leydig.log import logger
from leydig.man.phenotypes import kind_of
from leydig.progress import Progress, no_progress
from leydig.record import Record
from leydig.streams import stream

__all__ = ["DRAWS", "draw_posterior", "fit", "fit_by_weights", "records_of"]

LOG = logger(__name__)
DRAWS = (100, 20000)
TEMPERED = 500  # men of the tempered draws


@overload
def fit(record: Record, *, kind: str = ..., draws: int = ..., seed: int = ..., watch: Progress = ...) -> Twin: ...


@overload
def fit(
    record: Sequence[Record], *, kind: str = ..., draws: int = ..., seed: int = ..., watch: Progress = ...
) -> Twins: ...


def fit(
    record: Record | Sequence[Record],
    *,
    kind: str = "healthy",
    draws: int = 1000,
    seed: int = 1,
    watch: Progress = no_progress,
) -> Twin | Twins:
    """Return a man's twin: a posterior over men, from his dated results and treatments; or the twins of many.

    Parameters
    ----------
    record : Record, or a sequence of them
        With his day of birth and a BMI; see `leydig.inference.results.history` for what of it is read. Many men are
        fitted side by side, each as he would be alone.
    kind : str, optional
        The kind of men (`leydig.man.phenotypes`) among whom he is looked for.
    draws : int, optional
        How many men stand for him.
    seed : int, optional
        Another seed draws others; the same one draws the same.
    watch : Progress, optional
        Of one man: told before each march of his draws how many men were solved. What it raises ends the fit.

    Returns
    -------
    Twin or Twins
        `Twin.trust` says whether to use it, and why not. Of many men, `Twins.failed` says whose record cannot be read.

    Raises
    ------
    BadRecord
        When his sex, age or BMI is missing, or nothing is dated; of many men only when none came or one is no record.
    UnknownName
        When there is no such kind.
    OutOfRange
        When a number is impossible.
    MissingExtra
        When the extra ``fit`` is not installed.

    Notes
    -----
    Laplace's approximation with Pareto-smoothed weights (`leydig.inference.sampling.laplace`); where these have too
    heavy a tail, twice as many from wider ones, and at last tempered draws
    (`leydig.inference.sampling.tempering`), which a twin that abstains anyway is spared. A man who cannot be solved has
    weight 0 and is counted.
    """
    draws, seed = whole_number(draws, "draws", DRAWS), seed_number(seed)
    kind_of(kind)
    if isinstance(record, Record):
        return _fit_one(record, kind, draws, seed, watch=watch)
    return fit_side_by_side(records_of(record), partial(_fit_one, kind=kind, draws=draws, seed=seed, cores=1))


def fit_by_weights(records: Sequence[Record], *, kind: str, draws: int, seed: int) -> Twins:
    """Return the twins of many men as `fit`, without what costs many times as much as all else.

    Where weighted draws do not do, a twin abstains and nothing is tempered; where results are not those of his kind, no
    other kind is looked for.
    """
    one = partial(_fit_one, kind=kind, draws=draws, seed=seed, cores=1, thorough=False)
    return fit_side_by_side(records_of(records), one)


def records_of(records: Sequence[Record]) -> list[Record]:
    """Return many records, looked at."""
    if not isinstance(records, Sequence) or not records or not all(isinstance(one, Record) for one in records):
        raise BadRecord(
            f"got {records!r} as a record; expected a Record, or a list of them. Read one with read_record."
        )
    return list(records)


def _fit_one(
    record: Record, kind: str, draws: int, seed: int, cores: int | None = None, thorough: bool = True,
    watch: Progress = no_progress,
) -> Twin:  # fmt: skip
    """Return the twin of one man."""
    history, begun = history_of(record), perf_counter()
    prior = Prior.for_drugs(kind, history.age, history.bmi, history.regimen.drugs, history.most_share)
    problem, random = Problem(prior, history, cores, watch), stream(seed, "fit")
    ensemble = Ensemble.of_prior(problem, random)
    misfit = find_misfit(problem.likelihood, ensemble, random)
    if misfit.p < MISFIT and thorough:
        misfit = replace(misfit, kinds=p_by_kind(history, stream(seed, "kinds")))
    trust = judge_record(problem, misfit)
    method, weighted, first_k = draw_posterior(problem, ensemble, draws, random, thorough and not trust.abstains)
    once, back = np.unique(resample(weighted.weights, draws, random), return_inverse=True)
    men, levels = weighted.measured.men.take(once[back]), weighted.measured.levels[once[back]]
    quality = FitQuality(method, first_k, weighted.effective, problem.count.men, problem.count.failed)
    LOG.info(
        "fitted %d results in %.2f s, %s, k %.2f", len(history.measurements), perf_counter() - begun, method, first_k
    )
    return Twin(
        prior,
        history,
        weighted.places[once][back],
        men,
        levels,
        quality,
        misfit,
        trust if trust.abstains else trust + judge_draws(problem, weighted),
        seed,
    )


def draw_posterior(
    problem: Problem, ensemble: Ensemble, draws: int, random: np.random.Generator, thorough: bool = True
) -> tuple[str, WeightedPlaces, float]:
    """Return how draws were made, the draws, and the tail of the first weights."""
    if not problem.history.measurements:
        places = random.standard_normal((draws, len(problem.prior.names)))
        return "prior", WeightedPlaces(places, np.full(draws, 1.0 / draws), 0.0, problem.march(places)), 0.0
    weighted = weigh(problem, approximate(problem, kalman_mean(problem, ensemble)), draws, random)
    first_k = weighted.pareto_k
    if HEAVY_TAIL < first_k < np.inf:
        weighted = weigh_again(problem, weighted, draws, random)
    if weighted.pareto_k <= HEAVY_TAIL or not thorough:
        return "weighted", weighted, first_k
    return "tempered", temper(problem, TEMPERED, random), first_k
