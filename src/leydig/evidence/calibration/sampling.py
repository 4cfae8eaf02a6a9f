"""Draws of a fit's posterior: a long walk over an emulated posterior, weighted by the exact one.

Exact predictions at some thousand places about the optimum teach a `PredictionEmulator`; independent walkers that
propose from what they have learned (preconditioned Crank-Nicolson steps: ``x' = m + √(1−β²)·(x−m) + β·ξ``, and random
walks: ``x' = x + s·ξ``) sample the posterior in which it stands for the predictions; places that they visit teach it
once more. In the end every draw that is kept is weighted by exact over emulated posterior, Pareto-smoothed: the shape
k̂ of the weights' tail says whether the emulator held (below 0.7), and resampling by the weights takes away what it got
wrong. Where it did not hold, or walkers disagree about a number, it has invented some corner in which a few of them
settle: the places that were to be weighted teach it too, and the walk is taken again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Float

from leydig.errors import NotSolved
from leydig.evidence.calibration.emulator import PredictionEmulator
from leydig.evidence.calibration.posterior import Posterior
from leydig.extras import extra
from leydig.inference.sampling.weights import HEAVY_TAIL, smooth_weights
from leydig.progress import Progress

__all__ = ["PosteriorSample", "disagreement", "sample_posterior"]

Vector = Float[np.ndarray, " number"]
Matrix = Float[np.ndarray, "number number"]
Points = Float[np.ndarray, "walker number"]

WALKERS = 80
BOLDNESS = (0.2, 0.4, 0.8)  # β of the steps, taken in turn at random with the strides
STRIDES = (0.12, 0.3)  # of random walks, against what the proposal has learned: they leave tails in which β-steps stick
WIDE = 1.1  # the approximation's standard deviations are stretched by this, for its tails
THINNED = 4  # of so many steps of a walk one is kept
LEARNING = 250  # most steps in each of the two phases that teach the proposal
EACH = 3  # exact points of a round, for each coefficient of a prediction
ROUNDS = 3  # of exact points; each lies where the walkers of the one before have been
AGREED = 1.05  # R̂ of every number up to which walkers agree
AGAIN = 2  # most walks that are taken again, where they do not or the weights have a heavy tail
CHECKED = 4000  # draws that are weighted
CHUNK = 160  # vectors predicted at once


@dataclass(frozen=True)
class PosteriorSample:
    """Draws of the posterior and what is known of their quality.

    Attributes
    ----------
    chain : Float[np.ndarray, "step walker number"]
        The walk over the emulated posterior, after what was thrown away; one step of `THINNED`.
    places : Float[np.ndarray, "draw number"]
        Draws of the chain; as `Posterior` takes them.
    predicted : Float[np.ndarray, "draw column"]
        What `Posterior.predict` says of them.
    log_weights : Float[np.ndarray, " draw"]
        Log of exact over emulated posterior.
    draws : Float[np.ndarray, "draw number"]
        The places, drawn again by their smoothed weights.
    pareto_k : float
        Shape of the tail of the weights; the draws are to be trusted below 0.7.
    effective : float
        What the weights leave of the draws that were weighted.
    emulator_error : float
        Root mean square of what the emulator leaves of a logarithm of a prediction, of the worst value.
    acceptance : float
    exact : int
        Exact predictions that were made.
    """

    chain: Float[np.ndarray, "step walker number"]
    places: Float[np.ndarray, "draw number"]
    predicted: Float[np.ndarray, "draw column"]
    log_weights: Float[np.ndarray, " draw"]
    draws: Float[np.ndarray, "draw number"]
    pareto_k: float
    effective: float
    emulator_error: float
    acceptance: float
    exact: int


def sample_posterior(
    posterior: Posterior,
    best: Float[np.ndarray, " number"],
    covariance: Float[np.ndarray, "number number"],
    steps: int,
    random: np.random.Generator,
    watch: Progress,
) -> PosteriorSample:
    """Return weighted draws of the posterior.

    Parameters
    ----------
    posterior : Posterior
    best : Float[np.ndarray, " number"]
        Its optimum.
    covariance : Float[np.ndarray, "number number"]
        Of its normal approximation there.
    steps : int
        Steps of every walker on the emulated posterior.
    random : numpy.random.Generator
    watch : callable
        Told what is being done, how far it is and how far it goes.

    Raises
    ------
    NotSolved
        When too few places could be predicted.
    """
    count = len(posterior.free)
    emulator = PredictionEmulator(best[:count], np.linalg.cholesky(covariance[:count, :count]))
    batch = EACH * emulator.features
    chosen = random.multivariate_normal(best, WIDE**2 * covariance, size=batch)
    posterior.shares.refer_to(posterior.mean_levels(posterior.logs(best[None, :count]))[0])
    values = len(posterior.targets) + len(posterior.shares.shares)
    taught, met = np.empty((0, count)), np.empty((0, values))
    chain, accepted = np.empty((0, WALKERS, len(best))), 0.0
    for number in range(ROUNDS + AGAIN + 1):
        done, whole = (number * batch, ROUNDS * batch) if number < ROUNDS else (0, len(chosen))
        told = partial(_tell, watch, "exact" if number < ROUNDS else "weights", done, whole)
        exact = _predict(posterior, chosen[:, :count], told)
        if number >= ROUNDS:
            emulated = posterior.expand(emulator(chosen[:, :count]))
            log_weights = posterior.height(chosen, exact) - posterior.height(chosen, emulated)
            smooth, pareto_k = smooth_weights(log_weights[:, None])
            holds = disagreement(chain).max() <= AGREED and pareto_k[0] <= HEAVY_TAIL
            if holds or number == ROUNDS + AGAIN:
                break
        taught, met = np.concatenate([taught, chosen[:, :count]]), np.concatenate([met, posterior.compress(exact)])
        try:
            error = emulator.fit(taught, met)
        except ValueError as reason:
            raise NotSolved(f"{len(taught)} places about the optimum: {reason}") from reason
        last = number >= ROUNDS - 1
        long = steps if last else max(steps // 4, 8)
        chain, accepted = _walk(posterior, emulator, (best, covariance), long, random, watch)
        flat = chain.reshape(-1, len(best))
        chosen = flat[random.choice(len(flat), min(CHECKED if last else batch, len(flat)), replace=False)]
    weights = np.exp(smooth[:, 0])
    return PosteriorSample(
        chain, chosen, exact, log_weights, chosen[random.choice(len(chosen), len(chosen), p=weights)],
        float(pareto_k[0]), float(1.0 / (weights**2).sum()), float(error.max()),
        accepted, len(taught) + len(chosen),
    )  # fmt: skip


def disagreement(chain: Float[np.ndarray, "step walker number"]) -> Vector:
    """Return R̂ of every number of a walk: by how much its walkers' spread together exceeds their own."""
    with extra("fit"):
        from arviz_stats.base import array_stats  # type: ignore[attr-defined]

    return np.array([
        float(array_stats.rhat(part, chain_axis=1, draw_axis=0)) for part in np.moveaxis(chain, 2, 0)
    ])  # fmt: skip


def _tell(watch: Progress, what: str, before: int, count: int, done: int) -> None:
    watch(what, before + done, count)


def _predict(
    posterior: Posterior, places: Float[np.ndarray, "vector parameter"], told: Callable[[int], None]
) -> Float[np.ndarray, "vector column"]:
    """Return the exact logarithms of the predictions, some vectors at a time."""
    found = []
    for first in range(0, len(places), CHUNK):
        found.append(posterior.predict(posterior.logs(places[first : first + CHUNK])))
        told(min(first + CHUNK, len(places)))
    return np.concatenate(found)


def _walk(
    posterior: Posterior, emulator: PredictionEmulator, start: tuple[Vector, Matrix], steps: int,
    random: np.random.Generator, watch: Progress,
) -> tuple[Float[np.ndarray, "step walker number"], float]:  # fmt: skip
    """Return the last of three phases, and the share of its steps that was taken; the first two teach the proposal."""
    with extra("fit"):
        import emcee  # type: ignore[import-untyped]

    (middle, covariance), count = start, len(posterior.free)
    early, legacy = min(steps // 4, LEARNING), np.random.RandomState(random.integers(2**32, dtype=np.uint32))
    places = emcee.State(
        random.multivariate_normal(middle, covariance, size=WALKERS), random_state=legacy.get_state()
    )  # else emcee goes on from the state that numpy has for the whole process

    def height(points: Points) -> Float[np.ndarray, " walker"]:
        found = posterior.height(points, posterior.expand(emulator(points[:, :count])))
        return np.where(emulator.reaches(points[:, :count]), found, -np.inf)

    for phase, length in enumerate(max(one // THINNED, 2) for one in (early, early, steps - 2 * early)):
        sampler = emcee.EnsembleSampler(
            WALKERS, len(middle), height, vectorize=True,
            moves=[(emcee.moves.MHMove(_Proposal(middle, WIDE**2 * covariance, bold)), 1.0) for bold in BOLDNESS]
            + [(emcee.moves.GaussianMove(stride**2 * covariance), 1.0) for stride in STRIDES],
        )  # fmt: skip
        with np.errstate(invalid="ignore"):  # from one place out of reach to another there is no step
            for done, _ in enumerate(sampler.sample(places, iterations=length, thin_by=THINNED), 1):
                watch("draws", phase * early + done * THINNED, steps)
        places = sampler.get_last_sample()
        learned = sampler.get_chain()[length // 2 :].reshape(-1, len(middle))
        middle, covariance = learned.mean(axis=0), np.cov(learned.T)
    return sampler.get_chain(), float(sampler.acceptance_fraction.mean())


class _Proposal:
    """A preconditioned Crank-Nicolson step, in the form that emcee takes."""

    def __init__(self, middle: Vector, covariance: Matrix, boldness: float) -> None:
        self.middle, self.root, self.boldness = middle, np.linalg.cholesky(covariance), boldness

    def __call__(self, places: Points, random: np.random.RandomState) -> tuple[Points, Float[np.ndarray, " walker"]]:
        """Return where each walker would go, and the log of how much likelier the way back is."""
        back, kick = np.sqrt(1.0 - self.boldness**2), random.standard_normal(places.shape) @ self.root.T
        there = self.middle + back * (places - self.middle) + self.boldness * kick
        return there, self._height(places) - self._height(there)

    def _height(self, places: Points) -> Float[np.ndarray, " walker"]:
        apart = np.linalg.solve(self.root, (places - self.middle).T)
        return np.asarray(-0.5 * (apart**2).sum(axis=0))
