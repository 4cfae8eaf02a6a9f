"""Laplace's approximation of the posterior, one for each way in which the model itself may differ, and its weights.

The rival structure of the shared constants and whether a man takes his doses at all are no small steps from one man to
another: what is expected jumps. So there is a normal approximation for each structure, and one for men who take
nothing (in whom no structure shows), each inside its own part of the prior::

    expected ≈ e + J·(x − m)        Λ = I + Jᵀ R⁻¹ J        Λ·m' = Jᵀ R⁻¹·(y − e + J·m)        (Gauss-Newton)
    weight of a part ∝ its share of the prior · N(y; e − J·m, R + J·Jᵀ)

``J`` are differences over one standard deviation of the prior: men at ``m`` and one beside him for every coordinate
are marched together. A part in which the last step was long is looked at again. Draws are a little wider than the
approximation where it learned something, and as the prior elsewhere; they are weighted by prior times likelihood over
their own density, Pareto-smoothed. Where the tail of the weights is too heavy, this is done again about the mean of the
draws, wider and with twice as many.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import logsumexp, ndtr, ndtri

from leydig.blocks import multiply_rows
from leydig.inference.prior import ADHERENCE, STRUCTURE
from leydig.inference.results.adherence import Adherence
from leydig.inference.sampling.problem import Problem, WeightedPlaces, log_standard_normal
from leydig.inference.sampling.weights import smooth_weights
from leydig.inference.shared_constants import shared_constants

__all__ = ["Part", "PartNormal", "approximate", "parts_of", "weigh", "weigh_again"]

STEP = 1.0  # standard deviations of the prior between two men
FAR = 2.0  # length of a step after which a part is looked at again
LIKELY = 0.05  # weight of a part from which that pays
LOOKS = 5  # at one part at most
FEWEST_TAKEN = -1.5  # standard normal number of the least share of his doses about which slopes are taken
WIDE = 1.15  # standard deviations of the draws against the approximation's, where it learned something
WIDER = 1.4  # the same where such draws had weights with too heavy a tail
LEARNED = 0.01  # precision in a direction, beside the prior's 1, above which something was learned
SPARE = 0.1  # share of the draws that the parts get by the prior, whatever the approximations say

Places = Float[np.ndarray, "draw coordinate"]
Place = Float[np.ndarray, " coordinate"]
Row = Float[np.ndarray, " draw"]


@dataclass(frozen=True)
class Part:
    """A part of the prior: between which numbers some of the coordinates lie.

    Attributes
    ----------
    ends : dict of int to (float, float)
        By coordinate.
    steady : tuple of int
        Coordinates in which men of this part are alike.
    """

    ends: dict[int, tuple[float, float]]
    steady: tuple[int, ...]

    @property
    def log_share(self) -> float:
        """Logarithm of its share of the prior."""
        return float(sum(np.log(ndtr(high) - ndtr(low)) for low, high in self.ends.values()))

    def set_inside(self, place: Place) -> Place:
        """Return a place, moved to the middle of the part in its coordinates."""
        found = place.copy()
        for column, (low, high) in self.ends.items():
            found[column] = ndtri(0.5 * (ndtr(low) + ndtr(high)))
        return found

    def sample(self, places: Places, random: np.random.Generator) -> Places:
        """Return places whose coordinates are drawn from the prior inside the part."""
        found = places.copy()
        for column, (low, high) in self.ends.items():
            found[:, column] = ndtri(random.uniform(ndtr(low), ndtr(high), len(places)))
        return found

    def holds(self, places: Places) -> Bool[np.ndarray, " draw"]:
        """Return which places are in it."""
        inside = [(places[:, column] >= low) & (places[:, column] <= high) for column, (low, high) in self.ends.items()]
        return np.all(inside, axis=0) if inside else np.ones(len(places), dtype=bool)


@dataclass(frozen=True)
class PartNormal:
    """A normal approximation inside one part; as the prior where nothing was learned.

    Attributes
    ----------
    part : Part
    mean : Float[np.ndarray, " coordinate"]
    axes : Float[np.ndarray, "coordinate axis"]
        Orthonormal, of what was learned.
    widths : Float[np.ndarray, " axis"]
        Standard deviation along each of them.
    log_evidence : float
        Logarithm of its share of the prior, and of the density of the results in it.
    step : float
        How far the mean came from where it was looked for.
    wide : float
        Standard deviations of its draws against its own, where it learned something.
    """

    part: Part
    mean: Place
    axes: Float[np.ndarray, "coordinate axis"]
    widths: Float[np.ndarray, " axis"]
    log_evidence: float
    step: float
    wide: float = WIDE

    def sample(self, count: int, random: np.random.Generator) -> Places:
        """Return draws, `wide` times as wide as the approximation."""
        places = self.part.sample(random.standard_normal((count, len(self.mean))), random)
        along = multiply_rows(places, self.axes)
        moved = self.mean @ self.axes + self.wide * self.widths * along - along
        return np.asarray(places + multiply_rows(moved, self.axes.T))

    def log_density(self, places: Places) -> Row:
        """Return the log density of such draws, but for the constant of `log_standard_normal`."""
        along = multiply_rows(places, self.axes)
        white = (along - self.mean @ self.axes) / (self.wide * self.widths)
        apart = log_standard_normal(white) - log_standard_normal(along) - np.log(self.wide * self.widths).sum()
        inside = self.part.holds(places)
        return np.where(inside, log_standard_normal(places) + apart - self.part.log_share, -np.inf)


def parts_of(problem: Problem) -> list[Part]:
    """Return the parts of the prior in which results are expected in different ways."""
    names = problem.prior.names
    structure, ends = names.index(STRUCTURE), shared_constants().ends
    if problem.history.is_untreated and not problem.prior.recovers:
        return [Part({}, (structure,))]
    found = [Part({structure: (low, high)}, (structure,)) for low, high in pairwise(ends.tolist())]
    if problem.prior.drugs:
        taken = names.index(ADHERENCE)
        found.append(Part({taken: (-np.inf, float(ndtri(float(Adherence().nothing))))}, (structure, taken)))
    return found


def approximate(problem: Problem, start: Place) -> list[PartNormal]:
    """Return the approximation in each part.

    Parameters
    ----------
    problem : Problem
    start : Float[np.ndarray, " coordinate"]
        About where the posterior lies.
    """
    found = _look(problem, [(part, part.set_inside(start)) for part in parts_of(problem)])
    for _ in range(LOOKS - 1):
        shares = _shares(found)
        far = [i for i, one in enumerate(found) if one.step > FAR and shares[i] > LIKELY]
        if not far:
            break
        again = _look(problem, [(found[i].part, found[i].mean) for i in far])
        for i, one in zip(far, again, strict=True):
            found[i] = one
    return found


def _shares(parts: list[PartNormal]) -> Float[np.ndarray, " part"]:
    """Return how much of the posterior lies in each part; of the prior where nothing is known."""
    logs = np.array([one.log_evidence for one in parts])
    if not np.isfinite(logs).any():
        logs = np.array([one.part.log_share for one in parts])
    return np.asarray(np.exp(logs - logsumexp(logs)))


def _look(problem: Problem, where: list[tuple[Part, Place]]) -> list[PartNormal]:
    """Return approximations from the men about some places, all marched together."""
    settled = [(part, _settle(problem, part, place)) for part, place in where]
    steps = [_steps(problem, part, place) for part, place in settled]
    men = [np.vstack([place, place + np.diag(step)]) for (_, place), step in zip(settled, steps, strict=True)]
    expected = problem.likelihood.mean_readings(problem.levels(np.vstack(men)))
    blocks = expected.reshape(len(men), -1, expected.shape[1])
    return [_normal(problem, *one, step, own) for one, step, own in zip(settled, steps, blocks, strict=True)]


def _settle(problem: Problem, part: Part, place: Place) -> Place:
    """Return a place inside a part, of a man who takes some of his doses unless the part is of those who do not."""
    found = part.set_inside(place)
    if problem.prior.drugs and (taken := problem.prior.names.index(ADHERENCE)) not in part.ends:
        found[taken] = max(found[taken], FEWEST_TAKEN)
    return found


def _steps(problem: Problem, part: Part, place: Place) -> Place:
    """Return how far beside a man the others stand; in adherence towards the middle."""
    found = np.full(len(place), STEP)
    found[list(part.steady)] = 0.0
    if problem.prior.drugs and place[taken := problem.prior.names.index(ADHERENCE)] > 0.0:
        found[taken] *= -1.0
    return found


def _normal(
    problem: Problem, part: Part, place: Place, steps: Place, expected: Float[np.ndarray, "man measurement"]
) -> PartNormal:
    """Return the approximation that one man and those beside him give."""
    middle = expected[0]
    if not np.isfinite(middle).all():
        return PartNormal(part, place, np.zeros((len(place), 0)), np.zeros(0), -np.inf, 0.0)
    slopes = np.divide(
        expected[1:] - middle, steps[:, None], out=np.zeros_like(expected[1:]), where=steps[:, None] != 0
    )
    slopes = np.nan_to_num(slopes, posinf=0.0, neginf=0.0).T
    readings, scatter = problem.likelihood.normal_about(middle)
    own = np.where(np.isin(np.arange(len(place)), list(part.ends)), 0.0, place)
    apart, spread = readings - middle + slopes @ own, scatter + slopes @ slopes.T
    solved = np.linalg.solve(spread, apart)
    mean = slopes.T @ solved
    log_evidence = part.log_share - 0.5 * apart @ solved - 0.5 * np.linalg.slogdet(spread)[1]
    _, sizes, axes = np.linalg.svd(np.linalg.solve(np.linalg.cholesky(scatter), slopes), full_matrices=False)
    learned = sizes**2 > LEARNED
    widths = 1.0 / np.sqrt(1.0 + sizes[learned] ** 2)
    return PartNormal(
        part, part.set_inside(mean), axes[learned].T, widths, float(log_evidence), float(np.linalg.norm(mean - own))
    )


def weigh(problem: Problem, parts: list[PartNormal], count: int, random: np.random.Generator) -> WeightedPlaces:
    """Return draws from the approximations of all parts, weighted by the posterior."""
    prior = np.exp([one.part.log_share for one in parts])
    shares = (1.0 - SPARE) * _shares(parts) + SPARE * prior / prior.sum()
    counts = random.multinomial(count, shares)
    places = np.vstack([one.sample(own, random) for one, own in zip(parts, counts, strict=True)])
    own = logsumexp([np.log(share) + one.log_density(places) for share, one in zip(shares, parts, strict=True)], axis=0)
    measured = problem.march(places)
    logs = problem.log_density(measured) + log_standard_normal(places) - own
    solved = np.isfinite(logs)
    if not solved.any():
        return WeightedPlaces(places, np.full(count, 1.0 / count), float("inf"), measured)
    smooth, shape = smooth_weights(logs[:, None])
    weights = np.where(solved, np.exp(smooth[:, 0]), 0.0)
    return WeightedPlaces(places, weights / weights.sum(), float(shape[0]), measured)


def weigh_again(
    problem: Problem, before: WeightedPlaces, count: int, random: np.random.Generator
) -> WeightedPlaces:  # fmt: skip
    """Return twice as many draws from wider approximations, looked for about the mean of draws that did not do."""
    parts = [replace(one, wide=WIDER) for one in approximate(problem, before.weights @ before.places)]
    return weigh(problem, parts, 2 * count, random)
