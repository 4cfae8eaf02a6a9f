"""Tempered draws: men from the prior who are weighted and moved as the results count more and more.

The likelihood is raised to a power that grows from 0 to 1, each time as far as leaves half of the men effective; they
are drawn again by their weights and moved by preconditioned Crank-Nicolson steps, ``x' = m + √(1−β²)·(x−m) + β·ξ``,
about their own mean and covariance. Slower than weighted draws (`leydig.inference.sampling.laplace`), and right where
those fail.
"""

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq
from scipy.special import logsumexp

from leydig.inference.sampling.problem import Problem, WeightedPlaces, log_standard_normal
from leydig.inference.sampling.weights import resample

__all__ = ["FEWEST_ACCEPTED", "temper"]

LEFT = 0.5  # share of the men who stay effective from one power to the next
MOVES = 4  # of every man at each power
BOLDNESS = (0.25, 0.5)  # β of the moves, taken in turn
MOST_POWERS = 25
FEWEST_ACCEPTED = 0.05  # share of the last moves below which the draws have not moved
SHRINKAGE = 1.0  # how many men per coordinate the prior's covariance counts for

Places = Float[np.ndarray, "draw coordinate"]
Row = Float[np.ndarray, " draw"]


def temper(problem: Problem, count: int, random: np.random.Generator) -> WeightedPlaces:
    """Return equally weighted draws of the posterior."""
    places = random.standard_normal((count, len(problem.prior.names)))
    logs, power, accepted = problem.log_likelihood(places), 0.0, 0.0
    for _ in range(MOST_POWERS):
        if power == 1.0 or not np.isfinite(logs).any():
            break
        step = _next_power(logs, power)
        weights = np.exp((step - power) * logs - logsumexp((step - power) * logs))
        chosen = resample(weights, count, random)
        places, logs, power = places[chosen], logs[chosen], step
        places, logs, accepted = _move(problem, places, logs, power, random)
    done = power == 1.0 and np.isfinite(logs).all()
    weights, measured = np.full(count, 1.0 / count), problem.march(places)
    return WeightedPlaces(places, weights, float("nan"), measured, accepted if done else 0.0)


def _next_power(logs: Row, power: float) -> float:
    """Return the power at which the share `LEFT` of the men is effective; 1 where more are."""
    solved = logs[np.isfinite(logs)]

    def surplus(step: float) -> float:
        weights = step * solved
        return float(np.exp(2.0 * logsumexp(weights) - logsumexp(2.0 * weights)) - LEFT * len(solved))

    if surplus(1.0 - power) >= 0.0:
        return 1.0
    return power + float(brentq(surplus, 0.0, 1.0 - power, xtol=1e-8))


def _move(
    problem: Problem, places: Places, logs: Row, power: float, random: np.random.Generator
) -> tuple[Places, Row, float]:
    """Return where the men are after some moves, and the share of moves that were accepted."""
    count, size = places.shape
    mean = places.mean(axis=0)
    covariance = (np.cov(places.T) * count + SHRINKAGE * size * np.eye(size)) / (count + SHRINKAGE * size)
    root = np.linalg.cholesky(covariance)
    accepted = 0
    for number in range(MOVES):
        bold = BOLDNESS[number % len(BOLDNESS)]
        there = mean + np.sqrt(1.0 - bold**2) * (places - mean) + bold * random.standard_normal(places.shape) @ root.T
        after = problem.log_likelihood(there)
        gain = power * (after - logs) + _height(there, mean, root) - _height(places, mean, root)
        better = np.log(random.random(count)) < np.where(np.isnan(gain), -np.inf, gain)
        places, logs = np.where(better[:, None], there, places), np.where(better, after, logs)
        accepted += int(better.sum())
    return places, logs, accepted / (MOVES * count)


def _height(places: Places, mean: Float[np.ndarray, " coordinate"], root: Float[np.ndarray, "axis axis"]) -> Row:
    """Return the log of the prior over the normal distribution that the moves leave as it is."""
    white = np.linalg.solve(root, (places - mean).T).T
    return np.asarray(log_standard_normal(places) - log_standard_normal(white))
