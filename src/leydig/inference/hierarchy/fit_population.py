"""`fit_population`: means and spreads of chosen unknowns from many men's records.

Every unknown of `leydig.inference.prior` is a standard normal number in a man of his kind. Here some of them are
``m + s·x`` instead, and ``m`` and ``s`` are looked for: 0 and 1 say that these men are as their kind is declared.
Each round draws from the posterior of every man under the population so far (stochastic expectation), and maximizes
over all of them (`leydig.inference.hierarchy.expectation_maximization`); rounds go on until one moves little.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float

from leydig.checks import seed_number, whole_number
from leydig.errors import BadRecord, NotSolved, OutOfRange, UnknownName
from leydig.inference.fit import DRAWS, draw_posterior, records_of
from leydig.inference.hierarchy.expectation_maximization import (
    PopulationStep,
    WeightedDraws,
    maximize,
    population_errors,
)
from leydig.inference.prior import ADHERENCE, STRUCTURE, Prior
from leydig.inference.results.history import History, history_of
from leydig.inference.sampling.ensemble import Ensemble
from leydig.inference.sampling.problem import Problem
from leydig.man.phenotypes import kind_of
from leydig.record import Record
from leydig.streams import stream

__all__ = ["PopulationConstant", "PopulationFit", "fit_population", "population_prior"]

FEWEST = 5  # men
ROUNDS = (1, 12)
DRAWN_WIDE = 0.3  # spread that is drawn from at least, so that a round can find a wider one again
SETTLED = 0.1  # standard errors that a round may move before it was the last


@dataclass(frozen=True)
class PopulationConstant:
    """One unknown as it is spread among the men.

    Attributes
    ----------
    name : str
        A level, the path of a response constant, or that of a drug.
    mean, spread : float
        In standard deviations of the kind about its median: 0 and 1 as declared.
    mean_error, spread_error : float
    shrinkage : float
        1 less the standard deviation of the men's own means over the spread: near 1 the records say nothing of it
        man by man, and a plot of single men shows the population alone.
    """

    name: str
    mean: float
    spread: float
    mean_error: float
    spread_error: float
    shrinkage: float


@dataclass(frozen=True, repr=False)
class PopulationFit:
    """A population that goes with many men's records.

    Attributes
    ----------
    kind : str
    constants : tuple of PopulationConstant
    steps : tuple of tuple of PopulationStep
        Of each round.
    settled : bool
        Whether the last round moved no mean and no spread by more than `SETTLED` of its standard error.
    histories : tuple of History
        Of the men who were fitted.
    failed : dict of int to str
        Who was not, by the place of his record, and why.
    means : Float[np.ndarray, "man constant"]
        Of each man, given his results and the population.
    seed : int
    """

    kind: str
    constants: tuple[PopulationConstant, ...]
    steps: tuple[tuple[PopulationStep, ...], ...]
    settled: bool
    histories: tuple[History, ...]
    failed: dict[int, str]
    means: Float[np.ndarray, "man constant"]
    seed: int

    @property
    def shifts(self) -> tuple[tuple[str, float, float], ...]:
        """Name, mean and spread of each unknown, as `leydig.inference.prior.Prior` takes them."""
        return tuple((one.name, one.mean, one.spread) for one in self.constants)

    def __repr__(self) -> str:
        said = ", ".join(f"{one.name} {one.mean:+.2f} ± {one.spread:.2f}" for one in self.constants)
        return f"PopulationFit({len(self.histories)} men of {self.kind}: {said})"

    def record(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "kind": self.kind, "men": len(self.histories), "settled": self.settled, "rounds": len(self.steps),
            "failed": {str(place): why for place, why in self.failed.items()},
            "constants": [vars(one) for one in self.constants],
        }  # fmt: skip


def fit_population(
    records: Sequence[Record], constants: Sequence[str], *, kind: str = "healthy", draws: int = 300, rounds: int = 4,
    seed: int = 1,
) -> PopulationFit:  # fmt: skip
    """Return means and spreads of some unknowns among men, from their records.

    Parameters
    ----------
    records : sequence of Record
        Of at least five men.
    constants : sequence of str
        Untreated levels (``"testosterone"``), response constants (``"testis.capacity_delay"``) or paths of a drug
        that all of them take (``"drugs.clomiphene.clearance"``), as `leydig.inference.prior.Prior.names` has them.
    kind : str, optional
        The kind of men from which they are told apart.
    draws : int, optional
        Of each man and round.
    rounds : int, optional
        At most.
    seed : int, optional

    Raises
    ------
    BadRecord
        When fewer than five records can be read.
    UnknownName
        When there is no such kind, or an unknown is none of every man's.
    OutOfRange
        When a number is impossible.
    """
    kind_of(kind)
    many, wanted = records_of(records), tuple(dict.fromkeys(constants))
    draws, seed = whole_number(draws, "draws", DRAWS), seed_number(seed)
    most = whole_number(rounds, "rounds", ROUNDS)
    histories, failed = _histories(many)
    _check_constants(wanted, kind, list(histories.values()))
    mean, spread, steps, settled = np.zeros(len(wanted)), np.ones(len(wanted)), [], False
    men: list[WeightedDraws] = []
    for number in range(most):
        wide = np.maximum(spread, DRAWN_WIDE)
        shifts = tuple(zip(wanted, mean.tolist(), wide.tolist(), strict=True))
        sample = partial(_sample_man, kind, shifts, draws, seed, number)
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            men = list(pool.map(sample, histories.values()))
        own = maximize(men, mean, wide)
        steps.append(tuple(own))
        last, (mean, spread) = (mean, spread), (own[-1].mean, own[-1].spread)
        errors = population_errors(men, mean, spread)
        change = max(np.max(np.abs(now - then) / error) for now, then, error in
                     zip((mean, spread), last, errors, strict=True))  # fmt: skip
        settled = bool(change < SETTLED)
        if settled:
            break
    means = np.array([one.weights(mean, spread) @ one.places for one in men])
    shrinkage = 1.0 - means.std(axis=0, ddof=1) / spread
    found = zip(
        wanted, mean.tolist(), spread.tolist(), *(one.tolist() for one in errors), shrinkage.tolist(), strict=True
    )
    return PopulationFit(
        kind, tuple(PopulationConstant(*one) for one in found), tuple(steps), settled, tuple(histories.values()),
        failed, means, seed,
    )  # fmt: skip


def _histories(records: Sequence[Record]) -> tuple[dict[int, History], dict[int, str]]:
    """Return the histories that can be read, by the place of their record, and why others cannot."""
    found: dict[int, History] = {}
    failed: dict[int, str] = {}
    for place, record in enumerate(records):
        try:
            history = history_of(record)
        except (BadRecord, NotSolved, OutOfRange) as error:
            failed[place] = str(error)
            continue
        if history.measurements:
            found[place] = history
        else:
            failed[place] = "no result of his is read"
    if len(found) < FEWEST:
        why = "; ".join(f"record {place}: {text}" for place, text in list(failed.items())[:3])
        raise BadRecord(f"got {len(found)} records that can be read; expected at least {FEWEST}. {why or 'Give more.'}")
    return found, failed


def _check_constants(wanted: tuple[str, ...], kind: str, histories: Sequence[History]) -> None:
    """Refuse what is no unknown of every man."""
    if not wanted:
        raise OutOfRange("got no constants; expected at least one. Name levels, such as testosterone.")
    for history in histories:
        prior = population_prior(kind, history, ())
        own = [name for name, shared in zip(prior.names, prior.is_shared, strict=True)
               if not shared and name not in (STRUCTURE, ADHERENCE)]  # fmt: skip
        for name in wanted:
            if name not in own:
                raise UnknownName.among("constant of every man", name, own)


def population_prior(kind: str, history: History, shifts: tuple[tuple[str, float, float], ...]) -> Prior:
    """Return the prior of one man in a population."""
    return Prior.for_drugs(kind, history.age, history.bmi, history.regimen.drugs, history.most_share, shifts)


def _sample_man(
    kind: str, shifts: tuple[tuple[str, float, float], ...], draws: int, seed: int, number: int, history: History
) -> WeightedDraws:  # fmt: skip
    """Return weighted draws of one man, in the coordinates of the population."""
    prior = population_prior(kind, history, shifts)
    problem = Problem(prior, history, 1)
    random = stream(seed, f"round {number} of a population")
    _, weighted, _ = draw_posterior(problem, Ensemble.of_prior(problem, random), draws, random)
    columns = [prior.names.index(name) for name, _, _ in shifts]
    mean, spread = (np.array([one[part] for one in shifts]) for part in (1, 2))
    return WeightedDraws.of_population(mean + spread * weighted.places[:, columns], weighted.weights, mean, spread)
