"""Ensemble regression: a normal approximation of the posterior without a gradient, weighted by the exact one.

Each round solves some hundred men and regresses what is expected to be read of them on where they are::

    expected ≈ a + J·(x − m)        Λ = I + Jᵀ R⁻¹ J        Λ·m' = Jᵀ R⁻¹·(y − a + J·m)

``R`` is how results scatter about what is expected, with what the line leaves. Slopes within two standard errors of
none count as none, and of the principal axes of the shared constants the six directions that move the results most are
kept: all other coordinates stay as the prior has them. The first round's men are drawn from the prior, those of each
further one from the approximation before it. Draws from the last one, a little wider where it learned something, are
weighted by prior times likelihood over their own density, Pareto-smoothed.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from leydig.inference.sampling.problem import Problem, WeightedPlaces, log_standard_normal
from leydig.inference.sampling.weights import smooth_weights

__all__ = ["Ensemble", "NormalApproximation", "approximate", "weigh"]

ROUNDS = 3
MEN = 256  # that each round solves
KEPT_AXES = 6  # of the shared constants, in directions that move the results most
SLIGHT = 2.0  # standard errors within which a slope counts as none
RIDGE = 1e-2  # keeps the regression solvable in coordinates in which the men hardly differ
WIDE = 1.15  # standard deviations of the draws against the approximation's, where it learned something
LEARNED = 1.01  # precision in a direction, against the prior's 1, above which something was learned


@dataclass(frozen=True)
class Ensemble:
    """Men at some places, and their true levels on the days of the results.

    Attributes
    ----------
    places : Float[np.ndarray, "draw coordinate"]
    levels : Float[np.ndarray, "draw measurement"]
        NaN of a man who was not solved.
    """

    places: Float[np.ndarray, "draw coordinate"]
    levels: Float[np.ndarray, "draw measurement"]

    @classmethod
    def of(cls, problem: Problem, places: Float[np.ndarray, "draw coordinate"]) -> "Ensemble":
        """Return the men at these places, solved."""
        return Ensemble(places, problem.levels(places))

    @classmethod
    def of_prior(cls, problem: Problem, random: np.random.Generator) -> "Ensemble":
        """Return men drawn from the prior, solved."""
        return cls.of(problem, random.standard_normal((MEN, len(problem.prior.names))))


@dataclass(frozen=True)
class NormalApproximation:
    """A normal distribution over places.

    Attributes
    ----------
    mean : Float[np.ndarray, " coordinate"]
    axes : Float[np.ndarray, "coordinate axis"]
        Orthonormal.
    widths : Float[np.ndarray, " axis"]
        Standard deviation along each axis.
    """

    mean: Float[np.ndarray, " coordinate"]
    axes: Float[np.ndarray, "coordinate axis"]
    widths: Float[np.ndarray, " axis"]

    def widen(self) -> "NormalApproximation":
        """Return the same, wider in every direction in which it learned something."""
        learned = self.widths < 1.0 / np.sqrt(LEARNED)
        return NormalApproximation(self.mean, self.axes, np.where(learned, WIDE * self.widths, self.widths))

    def sample(self, count: int, random: np.random.Generator) -> Float[np.ndarray, "draw coordinate"]:
        """Return draws."""
        return np.asarray(self.mean + random.standard_normal((count, len(self.mean))) * self.widths @ self.axes.T)

    def log_density(self, places: Float[np.ndarray, "draw coordinate"]) -> Float[np.ndarray, " draw"]:
        """Return the log density, but for the constant of `log_standard_normal`."""
        white = (places - self.mean) @ self.axes / self.widths
        return np.asarray(log_standard_normal(white) - np.log(self.widths).sum())


def approximate(problem: Problem, ensemble: Ensemble, random: np.random.Generator) -> NormalApproximation:
    """Return a normal approximation of the posterior, from men of the prior."""
    size = len(problem.prior.names)
    found = NormalApproximation(np.zeros(size), np.eye(size), np.ones(size))
    for number in range(ROUNDS):
        if number:
            ensemble = Ensemble.of(problem, found.widen().sample(MEN, random))
        expected = problem.likelihood.mean_readings(ensemble.levels)
        solved = np.isfinite(expected).all(axis=1)
        if solved.sum() < MEN // 2:
            break
        found = _update(problem, found.mean, ensemble.places[solved], expected[solved])
    return found


def _update(
    problem: Problem,
    mean: Float[np.ndarray, " coordinate"],
    places: Float[np.ndarray, "draw coordinate"],
    expected: Float[np.ndarray, "draw measurement"],
) -> NormalApproximation:
    """Return the approximation that a regression about the last mean gives."""
    level, slopes, rest = _regress(places - mean, expected, problem.prior.is_shared)
    scatter = problem.likelihood.covariance + np.diag(rest)
    apart = problem.likelihood.readings_about(level) - level + slopes @ mean
    weighted = np.linalg.solve(scatter, slopes)
    precision = np.eye(len(mean)) + slopes.T @ weighted
    learned, axes = np.linalg.eigh(precision)
    centre = axes @ ((axes.T @ (weighted.T @ apart)) / learned)
    return NormalApproximation(centre, axes, 1.0 / np.sqrt(learned))


def _regress(
    places: Float[np.ndarray, "draw coordinate"],
    expected: Float[np.ndarray, "draw measurement"],
    is_shared: Bool[np.ndarray, " coordinate"],
) -> tuple[
    Float[np.ndarray, " measurement"],
    Float[np.ndarray, "measurement coordinate"],
    Float[np.ndarray, " measurement"],
]:
    """Return what is expected at the origin, the slopes that count, and the variance that the line leaves."""
    width = np.maximum(places.std(axis=0), RIDGE)
    design = np.column_stack([np.ones(len(places)), places / width])
    gram = design.T @ design + RIDGE * np.eye(design.shape[1])
    inverse = np.linalg.inv(gram)
    fitted = inverse @ design.T @ expected
    free = max(len(places) - design.shape[1], 1)
    rest = ((expected - design @ fitted) ** 2).sum(axis=0) / free
    error = np.sqrt(np.diag(inverse)[:, None] * rest)
    slopes = np.where(np.abs(fitted) > SLIGHT * error, fitted, 0.0)[1:].T / width
    left, sizes, right = np.linalg.svd(slopes[:, is_shared], full_matrices=False)
    slopes[:, is_shared] = left[:, :KEPT_AXES] * sizes[:KEPT_AXES] @ right[:KEPT_AXES]
    return fitted[0], slopes, rest


def weigh(
    problem: Problem, approximation: NormalApproximation, count: int, random: np.random.Generator
) -> WeightedPlaces:
    """Return draws from an approximation, weighted by the posterior."""
    proposal = approximation.widen()
    places = proposal.sample(count, random)
    logs = problem.log_likelihood(places) + log_standard_normal(places) - proposal.log_density(places)
    solved = np.isfinite(logs)
    if not solved.any():
        return WeightedPlaces(places, np.full(count, 1.0 / count), float("inf"))
    smooth, shape = smooth_weights(logs[:, None])
    weights = np.where(solved, np.exp(smooth[:, 0]), 0.0)
    return WeightedPlaces(places, weights / weights.sum(), float(shape[0]))
