"""The calibration: the posterior of every fitted parameter, its optimum, its draws and their record.

Several starts are taken downhill by least squares (derivatives by central differences, solved together);
the best optimum gives a normal approximation, and independent walkers that propose from it (preconditioned
Crank-Nicolson steps: ``x' = m + √(1−β²)·(x−m) + β·ξ`` with ``ξ`` from the approximation, so that only what the
approximation misses is ever refused; the approximation is learned twice more from their first half) sample the
posterior itself. ``leydig evidence calibrate`` runs it;
held-out studies are never read.
"""

import csv
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.optimize import least_squares

from leydig.checks import seed_number, whole_number
from leydig.errors import NotSolved
from leydig.evidence.calibration.posterior import (
    BACKGROUND,
    OLD_BACKGROUND,
    SPREAD_GROUPS,
    STUDY_SPREAD,
    STUDY_SPREAD_WIDTH,
    Posterior,
    calibration_studies,
)
from leydig.evidence.calibration.predictions import targets
from leydig.evidence.replay import replay
from leydig.extras import extra, require
from leydig.log import logger
from leydig.man.uncertainty import Draws, manifest, shipped_draws
from leydig.progress import Progress, no_progress

__all__ = ["Calibration", "calibrate", "data_hash", "drift", "optimum", "write"]

LOG = logger(__name__)

STEP = 0.02  # for differences
FURTHEST, FAREST = 2.0, 5.0  # where a start, and an optimum, may be
TAUS = np.exp(np.linspace(np.log(0.02), np.log(0.7), 80))
WALKERS = 80
BOLDNESS = (0.2, 0.4, 0.8)  # β of the steps, taken in turn at random
WIDE = 1.1  # the approximation's standard deviations are stretched by this, for its tails
LEARNING = 250  # most steps in each of the two phases that teach the proposal
DRAWS = 200
SAME = 0.002  # relative change of a prediction up to which the equations are those that were calibrated
LARGEST_SHIFT = 0.7  # of a logarithm, between the men of an arm and their mean man
FAR = 25.0  # what a least-squares row is where an arm was not solved

Vector = Float[np.ndarray, " number"]


@dataclass(frozen=True)
class Calibration:
    """What a calibration found.

    Attributes
    ----------
    names : list of str
        Parameter paths, then what was fitted beside them.
    best : Float[np.ndarray, " number"]
        The optimum, in natural units.
    draws : Float[np.ndarray, "draw number"]
        Posterior draws, in natural units.
    record : dict
        Everything else: seed, starts, diagnostics, contraction.
    """

    names: list[str]
    best: Float[np.ndarray, " number"]
    draws: Float[np.ndarray, "draw number"]
    record: dict[str, Any]


def optimum(posterior: Posterior, start: Float[np.ndarray, " parameter"], rounds: int = 15) -> tuple[Vector, float]:
    """Return an optimum, as `Posterior` takes it, and the log posterior there.

    Parameters
    ----------
    posterior : Posterior
    start : Float[np.ndarray, " parameter"]
        Normal numbers of the parameters.
    rounds : int, optional
        Most evaluations of the derivatives, twice: study spreads are renewed between.
    """
    point = np.append(np.clip(start, -FURTHEST, FURTHEST), np.log(OLD_BACKGROUND))
    tau = np.full(len(SPREAD_GROUPS), STUDY_SPREAD)
    for _ in range(2):
        point = _downhill(posterior, point, tau, rounds)
        tau = _spreads(posterior, point)
    whole = np.concatenate([point[:-1], np.log(tau), point[-1:]])
    return whole, float(posterior(whole)[0])


def _downhill(posterior: Posterior, point: Vector, tau: Float[np.ndarray, " group"], rounds: int) -> Vector:
    """Return the least-squares optimum at these study spreads, as `Posterior.whiten` takes it."""

    def rows(points: Float[np.ndarray, "*vector number"]) -> Float[np.ndarray, "vector row"]:
        found = posterior.whiten(np.atleast_2d(points), tau)
        return np.where(np.isfinite(found), found, FAR)

    return least_squares(
        lambda at: rows(at)[0], point, lambda at: _slopes(rows, at), bounds=(-FAREST, FAREST), max_nfev=rounds
    ).x


def _slopes(rows: Callable[[np.ndarray], np.ndarray], at: Vector) -> Float[np.ndarray, "row number"]:
    """Return the derivatives of rows at a point, by central differences that are worked out together."""
    steps = np.diag(np.full(len(at), STEP))
    found = rows(np.concatenate([at + steps, at - steps]))
    return np.asarray(((found[: len(at)] - found[len(at) :]) / (2.0 * STEP)).T)


def _spreads(posterior: Posterior, point: Vector) -> Float[np.ndarray, " group"]:
    """Return the most probable study spreads at these parameters, on a grid."""
    gap = posterior.residuals(posterior.logs(point[None, :-1]), np.exp(point[-1:]))
    found = np.empty(len(SPREAD_GROUPS))
    for group in range(len(SPREAD_GROUPS)):
        score = -0.5 * (np.log(TAUS / STUDY_SPREAD) / STUDY_SPREAD_WIDTH) ** 2
        for block, of in zip(posterior.blocks, posterior.block_group, strict=True):
            if of == group:
                weight, explained = posterior.study_effect(gap, block, TAUS)
                score += 0.5 * (explained - np.log(weight))
        found[group] = TAUS[np.argmax(score)]
    return found


def _normal(posterior: Posterior, best: Vector) -> Float[np.ndarray, "number number"]:
    """Return the covariance of the normal approximation at the optimum, as `Posterior` takes it."""
    count = len(posterior.free)
    tau, at = np.exp(best[count:-1]), np.append(best[:count], best[-1])
    slopes = _slopes(lambda points: posterior.whiten(points, tau), at)
    inner = np.linalg.inv(slopes.T @ slopes)
    whole = np.diag(np.full(len(best), STUDY_SPREAD_WIDTH**2 / 2.0))
    places = [*range(count), len(best) - 1]
    whole[np.ix_(places, places)] = inner
    return whole


def calibrate(seed: int = 1, starts: int = 2, steps: int = 5500, watch: Progress = no_progress) -> Calibration:
    """Fit every parameter that is declared as fitted to the calibration studies.

    Parameters
    ----------
    seed : int, optional
    starts : int, optional
        Optimizations: one from the declared values, the others from random places in the priors.
    steps : int, optional
        Steps of every walker; the first ones teach the proposal and are thrown away.
    watch : callable, optional
        Told what is being done, how far it is and how far it goes.

    Raises
    ------
    NotSolved
        When no start led to an optimum.
    """
    require("fit", "emcee", "arviz_stats")
    starts, steps = whole_number(starts, "starts"), whole_number(steps, "steps")
    posterior, random = Posterior(), np.random.default_rng(seed_number(seed))
    posterior.shift = population_shift(posterior, watch)
    found = []
    for done, start in enumerate(_starts(posterior, starts, random), 1):
        found.append(optimum(posterior, start))
        watch("optimum", done, starts)
    best, height = max(found, key=lambda one: one[1])
    if not np.isfinite(height):
        raise NotSolved(f"none of {starts} starts led to an optimum. Give more starts.")
    np.random.seed(seed)  # noqa: NPY002  (emcee draws from the legacy state)
    sampler = _sample(posterior, best, steps, random, watch)
    chain = sampler.get_chain()  # step, walker, number
    flat = chain.reshape(-1, len(best))
    picked = flat[random.choice(len(flat), DRAWS, replace=False)]
    record = {
        "seed": seed, "starts": starts, "steps": steps, "walkers": WALKERS,
        "log_posterior": height, "log_posterior_of_starts": [one[1] for one in found],
        "acceptance": float(sampler.acceptance_fraction.mean()),
        "mean_log_posterior": float(sampler.get_log_prob().mean()), "data": data_hash(),
        "predictions": _witness(posterior, np.stack([best, picked[0]])),
        "studies": sorted(study.id for study in calibration_studies()), "figures": len(posterior.targets),
        "numbers": _numbers(posterior, best, chain),
    }  # fmt: skip
    return Calibration(posterior.names, posterior.natural(best[None])[0], posterior.natural(picked), record)


def _sample(posterior: Posterior, best: Vector, steps: int, random: np.random.Generator, watch: Progress) -> Any:
    """Return the sampler of the last phase; the two before it teach the proposal and are thrown away."""
    with extra("fit"):
        import emcee  # type: ignore[import-untyped]

    middle, covariance = best, _normal(posterior, best)
    places, early = random.multivariate_normal(best, covariance, size=WALKERS), min(steps // 4, LEARNING)
    for phase, count in enumerate((early, early, steps - 2 * early)):
        sampler = emcee.EnsembleSampler(
            WALKERS, len(best), posterior, vectorize=True,
            moves=[(emcee.moves.MHMove(_Proposal(middle, WIDE**2 * covariance, bold)), 1.0) for bold in BOLDNESS],
        )  # fmt: skip
        for done, _ in enumerate(sampler.sample(places, iterations=count), 1):
            watch("draws", phase * early + done, steps)
        places = sampler.get_last_sample()
        learned = sampler.get_chain()[count // 2 :].reshape(-1, len(best))
        middle, covariance = learned.mean(axis=0), np.cov(learned.T)
    return sampler


def population_shift(posterior: Posterior, watch: Progress = no_progress) -> Float[np.ndarray, " target"]:
    """Return what virtual men of each arm show beyond their mean man, in logs, at the declared parameters.

    Parameters
    ----------
    posterior : Posterior
    watch : callable, optional
    """
    declared = Draws(
        {}, {BACKGROUND: np.zeros(1)} | {f"study spread of {group}": np.ones(1) for group in SPREAD_GROUPS}
    )
    used = {target.study.id: target.study for target in posterior.targets}
    whole: dict[tuple[str, str, str, float, str], float | None] = {}
    for done, study in enumerate(used.values(), 1):
        for found in replay(study, declared):
            whole[study.id, found.arm, found.analyte, found.week, found.form] = found.log_ratio
        watch("virtual arms", done, len(used))
    logs = np.log([[free.declaration.value for free in posterior.free]])
    alone = posterior.residuals(logs, np.zeros(1))[0] - posterior.shift
    shift = np.zeros(len(posterior.targets))
    for place, target in enumerate(posterior.targets):
        one = target.one
        together = whole[target.study.id, target.arm.name, one.analyte, one.week, one.shown_form]
        if together is not None:
            shift[place] = np.clip(together - alone[place], -LARGEST_SHIFT, LARGEST_SHIFT)
    return shift


def _starts(posterior: Posterior, count: int, random: np.random.Generator) -> list[Vector]:
    """Return places from which to begin: the declared values, and random ones."""
    declared = posterior.normals(np.log([[one.declaration.value for one in posterior.free]]))[0]
    return [declared, *(random.standard_normal(len(declared)) for _ in range(count - 1))]


class _Proposal:
    """A preconditioned Crank-Nicolson step, in the form that emcee takes."""

    def __init__(self, middle: Vector, covariance: Float[np.ndarray, "number number"], boldness: float) -> None:
        self.middle, self.root, self.boldness = middle, np.linalg.cholesky(covariance), boldness

    def __call__(
        self, places: Float[np.ndarray, "walker number"], random: np.random.RandomState
    ) -> tuple[Float[np.ndarray, "walker number"], Float[np.ndarray, " walker"]]:
        """Return where each walker would go, and the log of how much likelier the way back is."""
        back, kick = np.sqrt(1.0 - self.boldness**2), random.standard_normal(places.shape) @ self.root.T
        there = self.middle + back * (places - self.middle) + self.boldness * kick
        return there, self._height(places) - self._height(there)

    def _height(self, places: Float[np.ndarray, "walker number"]) -> Float[np.ndarray, " walker"]:
        apart = np.linalg.solve(self.root, (places - self.middle).T)
        return -0.5 * (apart**2).sum(axis=0)


def _numbers(posterior: Posterior, best: Vector, chain: Float[np.ndarray, "step walker number"]) -> dict[str, Any]:
    """Return, for every number, optimum, quantiles, diagnostics and how much the data narrowed the prior."""
    with extra("fit"):
        from arviz_stats.base import array_stats  # type: ignore[attr-defined]

    found, parts, flat = {}, np.moveaxis(chain, 1, 0), chain.reshape(-1, len(best))
    natural, at = posterior.natural(flat), posterior.natural(best[None])[0]
    for place, name in enumerate(posterior.names):
        low, middle, high = np.quantile(natural[:, place], [0.05, 0.5, 0.95])
        found[name] = {
            "best": float(at[place]), "low": float(low), "median": float(middle), "high": float(high),
            "rhat": float(array_stats.rhat(parts[..., place], chain_axis=0, draw_axis=1)),
            "ess": float(array_stats.ess(parts[..., place], chain_axis=0, draw_axis=1)),
        }  # fmt: skip
        if place < len(posterior.free):
            found[name]["contraction"] = float(1.0 - flat[:, place].std())
    return found


def data_hash() -> str:
    """Return a hash of the values that are fitted, with the arms and studies that they are of.

    What their fields hold is hashed, not how their classes are called.
    """
    digest = hashlib.sha256()
    for one in targets(calibration_studies()):
        fields = [one.study.id, one.study.assay, asdict(one.arm), asdict(one.one), one.observed]
        digest.update(json.dumps(fields, sort_keys=True, default=str).encode())
    return digest.hexdigest()[:16]


def drift() -> float:
    """Return the largest relative change of a fitted value's prediction since the draws were made.

    Notes
    -----
    Compared are the optimum and the first draw: equations and numbers that no calibration study uses may change
    freely, and whatever moves a prediction tells, wherever in the code it stands.
    """
    record, draws, posterior = manifest(), shipped_draws(), Posterior()
    optimum = [record["numbers"][one.path]["best"] for one in posterior.free]
    values = np.array([optimum, [draws.values[one.path][0] for one in posterior.free]])
    return float(np.abs(posterior.forward(values) / np.array(record["predictions"]) - 1.0).max())


def _witness(posterior: Posterior, points: Float[np.ndarray, "vector number"]) -> list[list[float]]:
    """Return the predictions at these points, rounded for a file."""
    predicted = posterior.forward(posterior.natural(points)[:, : len(posterior.free)])
    return [[float(f"{value:.6g}") for value in row] for row in predicted]


def write(calibration: Calibration, folder: Path) -> list[Path]:
    """Write draws and their record; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    table, record = folder / "draws.csv", folder / "manifest.json"
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(calibration.names)
        rows.writerows([[f"{value:.6g}" for value in row] for row in calibration.draws])
    record.write_text(json.dumps(calibration.record, indent=1) + "\n", encoding="utf-8")
    LOG.info("wrote %s and %s", table, record)
    return [table, record]
