"""What is to be fitted: a prior, the results, and the model between them; it counts what it solves and what fails."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Float

from leydig.inference.forward import MarchFunction, MeasuredMen, measured_men
from leydig.inference.prior import Prior
from leydig.inference.results.history import History
from leydig.inference.results.likelihood import Likelihood
from leydig.progress import Progress, no_progress

__all__ = ["Problem", "WeightedPlaces", "log_standard_normal"]

Places = Float[np.ndarray, "draw coordinate"]


@dataclass
class SolveCount:
    """How many men were solved, and how many of them not."""

    men: int = 0
    failed: int = 0


@dataclass(frozen=True)
class WeightedPlaces:
    """Draws of a posterior with their weights.

    Attributes
    ----------
    places : Float[np.ndarray, "draw coordinate"]
    weights : Float[np.ndarray, " draw"]
        They sum to 1; 0 of a man who was not solved.
    pareto_k : float
        Shape of the tail of the weights; not to be trusted above `leydig.inference.sampling.weights.HEAVY_TAIL`.
        NaN of draws that no weights made.
    measured : MeasuredMen
        The men of the draws, where their results left them.
    acceptance : float
        Share of the last moves that were accepted, where draws were moved; NaN else.
    """

    places: Float[np.ndarray, "draw coordinate"]
    weights: Float[np.ndarray, " draw"]
    pareto_k: float
    measured: MeasuredMen
    acceptance: float = float("nan")

    @property
    def effective(self) -> float:
        """How many equal draws are worth as much."""
        return float(1.0 / (self.weights**2).sum())


@dataclass(frozen=True)
class Problem:
    """One man's results and the prior of his kind.

    Attributes
    ----------
    prior : Prior
    history : History
    cores : int or None
        That it is solved on; every core when None.
    watch : Progress
        Told before each march how many men were solved; what it raises ends the fit.
    count : SolveCount
        Grows with what is solved.
    """

    prior: Prior
    history: History
    cores: int | None = None
    watch: Progress = no_progress
    count: SolveCount = field(default_factory=SolveCount)

    @cached_property
    def likelihood(self) -> Likelihood:
        """What the results say of true levels."""
        return Likelihood(self.history.measurements)

    @cached_property
    def _measure(self) -> MarchFunction:
        return measured_men(self.prior, self.history, self.cores)

    def march(self, places: Places) -> MeasuredMen:
        """Return the men at these places, marched to the last result."""
        if not self.history.measurements:
            return MeasuredMen(self.prior.men(places), np.empty((len(places), 0)))
        self.watch("men solved", self.count.men, 0)
        found = self._measure(places)
        self.count.men += len(places)
        self.count.failed += int(np.isnan(found.levels).any(axis=1).sum())
        return found

    def levels(self, places: Places) -> Float[np.ndarray, "draw measurement"]:
        """Return true levels of the men at these places, one column for each result; NaN where one was not solved."""
        return self.march(places).levels

    def log_density(self, measured: MeasuredMen) -> Float[np.ndarray, " draw"]:
        """Return the log density of the results of men who were marched; minus infinity of a failed solve."""
        return self.likelihood.log_density(measured.levels)

    def log_likelihood(self, places: Places) -> Float[np.ndarray, " draw"]:
        """Return the same of the men at these places."""
        return self.log_density(self.march(places))


def log_standard_normal(places: Places) -> Float[np.ndarray, " draw"]:
    """Return the log of the prior's density, but for a constant."""
    return np.asarray(-0.5 * (places**2).sum(axis=1))
