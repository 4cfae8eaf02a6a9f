"""The calibration: the posterior of every fitted parameter, its optimum, its draws and their record.

Every rival structure (`rivals`) is fitted on its own. Several starts are taken downhill by least squares (derivatives
by central differences, solved together); the best optimum gives a normal approximation, from which `sampling` draws
the posterior. The draws that are shipped are a mixture of the rivals, each by its weight; the declared values are the
optimum of the simplest of those that predict studies left out as well as the best. ``leydig evidence calibrate`` runs
it; held-out studies are never read.

A rehearsal goes the same way within a minute: three parameters are free, every other one stays at its declared value,
and two studies of days are fitted. Its draws are for no use.
"""

import csv
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import expit

from leydig.checks import seed_number, whole_number
from leydig.errors import NotSolved
from leydig.evidence.calibration.optimum import normal_covariance, optimum
from leydig.evidence.calibration.posterior import (
    BACKGROUND,
    SPREAD_GROUPS,
    Posterior,
    calibration_studies,
    free_parameters,
)
from leydig.evidence.calibration.predictions import MeanManPredictions, targets
from leydig.evidence.calibration.rivals import (
    RIVALS,
    LeftOut,
    Rival,
    choose_structure,
    declared_rival,
    score_left_out,
    stack,
)
from leydig.evidence.calibration.sampling import PosteriorSample, disagreement, sample_posterior
from leydig.evidence.calibration.shares import MIDDLE, ShareLikelihood, published_shares, visit_levels
from leydig.evidence.replay import replay
from leydig.evidence.study import Study
from leydig.extras import extra, require
from leydig.log import logger
from leydig.man.uncertainty import Draws, manifest, shipped_draws
from leydig.progress import Progress, no_progress
from leydig.text_enum import TextEnum

__all__ = [
    "STARTS",
    "STEPS",
    "Calibration",
    "CalibrationSize",
    "calibrate",
    "calibrated_names",
    "data_hash",
    "drift",
    "optimum_values",
    "write",
]

LOG = logger(__name__)

Vector = Float[np.ndarray, " number"]

DRAWS = 200
STARTS, STEPS = 2, 20_000  # of a whole calibration, as the shipped draws were made
SAME = 0.002  # relative change of a prediction up to which the equations are those that were calibrated
LARGEST_SHIFT = 0.7  # of a logarithm, between the men of an arm and their mean man
REHEARSED = ("body.hypothalamus.androgen_gain", "body.testis.half_lh", "body.pituitary.lh_ceiling")
REHEARSED_STUDIES = ("coviello_2005", "veldhuis_2005")  # of days, not years
REMEASUREMENTS = 2  # of what sets virtual men apart, each at the optimum before: the first moves a share by up to 0.4


class CalibrationSize(TextEnum):
    """How much is fitted: everything, or just enough to see the way from one end to the other."""

    WHOLE = "whole"
    REHEARSAL = "rehearsal"

    @property
    def studies(self) -> list[Study]:
        """The studies that are fitted."""
        every = calibration_studies()
        return every if self is CalibrationSize.WHOLE else [one for one in every if one.id in REHEARSED_STUDIES]

    @property
    def held_values(self) -> dict[str, float]:
        """The fitted parameters that stay where they are declared, by path."""
        kept = () if self is CalibrationSize.WHOLE else [one for one in free_parameters() if one.path not in REHEARSED]
        return {one.path: one.declaration.value for one in kept}


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


@dataclass(frozen=True)
class _Structure:
    """A rival and its calibration."""

    rival: Rival
    posterior: Posterior
    best: Vector
    height: float
    heights: list[float]
    moved: float
    sampled: PosteriorSample
    left_out: LeftOut

    def natural_points(self, points: Float[np.ndarray, "draw number"]) -> Float[np.ndarray, "draw name"]:
        """Return points in natural units, with what the rival holds among them, in the order of `calibrated_names`."""
        natural = dict(zip(self.posterior.names, self.posterior.natural(points).T, strict=True))
        held = {path: np.full(len(points), value) for path, value in self.posterior.fixed.items()}
        return np.stack([(natural | held)[name] for name in calibrated_names()], axis=1)

    def record(self, weight: float) -> dict[str, Any]:
        """Return what is written of a rival."""
        own, scores = self.sampled, self.left_out
        return {
            "title": self.rival.title, "fixed": {path: self.posterior.fixed[path] for path in self.rival.held},
            "weight": weight,
            "log_posterior": self.height, "log_posterior_of_starts": self.heights, "shares_moved": self.moved,
            "elpd": float(scores.elpd.sum()),
            "left_out": {name: [float(score), float(shape)] for name, score, shape
                         in zip(self.posterior.studies, scores.elpd, scores.pareto_k, strict=True)},
            "acceptance": own.acceptance, "exact_predictions": own.exact, "emulator_error": own.emulator_error,
            "pareto_k": own.pareto_k, "effective_draws": own.effective,
            "rhat": float(disagreement(own.chain).max()),
        }  # fmt: skip


def calibrated_names() -> list[str]:
    """Return the columns of the draws: parameters and switches, spreads between studies, background of assays."""
    switches = dict.fromkeys(path for rival in RIVALS for path in rival.held)
    paths = dict.fromkeys([*(one.path for one in free_parameters()), *switches])
    return [*paths, *(f"study spread of {group}" for group in SPREAD_GROUPS), BACKGROUND]


def calibrate(
    seed: int = 1, starts: int = STARTS, steps: int = STEPS, watch: Progress = no_progress,
    size: CalibrationSize = CalibrationSize.WHOLE,
) -> Calibration:  # fmt: skip
    """Fit every parameter that is declared as fitted to the calibration studies, under every rival structure.

    Parameters
    ----------
    seed : int, optional
    starts : int, optional
        Optimizations of each rival: one from the declared values, the others from random places in the priors.
    steps : int, optional
        Steps of every walker on the emulated posterior; the first ones teach the proposal and are thrown away.
    watch : callable, optional
        Told what is being done, how far it is and how far it goes.
    size : CalibrationSize, optional

    Raises
    ------
    NotSolved
        When no start led to an optimum.
    """
    require("fit", "emcee", "arviz_stats")
    seed, starts, steps = seed_number(seed), whole_number(starts, "starts"), whole_number(steps, "steps")
    used, held = size.studies, size.held_values
    plain = Posterior(used, held | declared_rival().held_values)
    plain.shift = population_shift(plain, watch)
    apart = plain.shares.virtual_men(plain.mean_levels(plain.declared_logs)[0])
    found = []
    for number, rival in enumerate(RIVALS):
        posterior = Posterior(used, held | rival.held_values)
        posterior.shift, posterior.shares.apart = plain.shift, apart
        found.append(_structure(rival, posterior, starts, steps, (seed, number), watch))
    random = np.random.default_rng(seed)
    weights = stack(np.stack([one.left_out.elpd for one in found]))
    scores = np.array([float(one.left_out.elpd.sum()) for one in found])
    alone = found[choose_structure(scores, [len(one.posterior.free) for one in found])]
    picked = _mixture(found, weights, random)
    best = alone.natural_points(alone.best[None])[0]
    record = {
        "seed": seed, "starts": starts, "steps": steps, "walkers": alone.sampled.chain.shape[1],
        "structure": alone.rival.name,
        "structures": {one.rival.name: one.record(float(weight)) for one, weight in zip(found, weights, strict=True)},
        "data": data_hash(used), "predictions": _witness(used, np.stack([best, picked[0]])),
        "studies": sorted(study.id for study in used),
        "values": len(plain.targets) + len(plain.shares.shares),
        "numbers": _numbers(alone.posterior, alone.best, alone.sampled),
    }  # fmt: skip
    return Calibration(calibrated_names(), best, picked, record)


def _structure(
    rival: Rival, posterior: Posterior, starts: int, steps: int, seeds: tuple[int, int], watch: Progress
) -> _Structure:
    """Return a rival, calibrated by random numbers of its own."""
    random = np.random.default_rng(seeds)
    found = []
    for done, start in enumerate(_starts(posterior, starts, random), 1):
        found.append(optimum(posterior, start))
        watch(f"optimum, {rival.name}", done, starts)
    best, height = max(found, key=lambda one: one[1])
    if not np.isfinite(height):
        raise NotSolved(f"none of {starts} starts led to an optimum of {rival.name!r}. Give more starts.")
    for done in range(REMEASUREMENTS):
        best, height, moved = _remeasure(posterior, best)
        watch(f"men apart, {rival.name}", done + 1, REMEASUREMENTS)
    sampled = sample_posterior(
        posterior, best, normal_covariance(posterior, best), steps, random,
        lambda what, done, count: watch(f"{what}, {rival.name}", done, count),
    )  # fmt: skip
    left_out = score_left_out(posterior, sampled)
    LOG.info("%s: log posterior %.1f, elpd %.1f", rival.name, height, left_out.elpd.sum())
    return _Structure(rival, posterior, best, height, [one[1] for one in found], moved, sampled, left_out)


def _remeasure(posterior: Posterior, best: Vector) -> tuple[Vector, float, float]:
    """Measure at an optimum what sets men of arms apart; return the next optimum and how far a share moved by it."""
    count = len(posterior.free)
    logs = posterior.logs(best[None, :count])
    values = dict(zip(posterior.paths, posterior.values(logs)[0].tolist(), strict=True))
    before = posterior.share_logits(posterior.predict(logs))
    posterior.shares.apart = posterior.shares.virtual_men(posterior.mean_levels(logs)[0], values)
    after = posterior.share_logits(posterior.predict(logs))
    best, height = optimum(posterior, best[:count])
    return best, height, float(np.abs(expit(after) - expit(before))[..., MIDDLE].max(initial=0.0))


def _mixture(found: list[_Structure], weights: Vector, random: np.random.Generator) -> Float[np.ndarray, "draw name"]:
    """Return draws of the rivals, as many of each as it weighs, in random order."""
    ends = np.round(np.cumsum(weights) * DRAWS).astype(int)
    counts = np.diff(ends, prepend=0)
    drawn = [one.natural_points(one.sampled.draws[:count]) for one, count in zip(found, counts, strict=True)]
    return np.asarray(random.permutation(np.concatenate(drawn)))


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
    logs = posterior.declared_logs
    alone = posterior.residuals(posterior.predict(logs), np.zeros(1))[0] - posterior.shift
    shift = np.zeros(len(posterior.targets))
    for place, target in enumerate(posterior.targets):
        one = target.one
        together = whole[target.study.id, target.arm.name, one.analyte, one.week, one.shown_form]
        if together is not None:
            shift[place] = np.clip(together - alone[place], -LARGEST_SHIFT, LARGEST_SHIFT)
    return shift


def _starts(posterior: Posterior, count: int, random: np.random.Generator) -> list[Vector]:
    """Return places from which to begin: the declared values, and random ones."""
    declared = posterior.normals(posterior.declared_logs)[0]
    return [declared, *(random.standard_normal(len(declared)) for _ in range(count - 1))]


def _numbers(posterior: Posterior, best: Vector, sampled: PosteriorSample) -> dict[str, Any]:
    """Return, for every number, optimum, quantiles, diagnostics and how much the data narrowed the prior."""
    with extra("fit"):
        from arviz_stats.base import array_stats  # type: ignore[attr-defined]

    found, parts, flat = {}, np.moveaxis(sampled.chain, 1, 0), sampled.draws
    apart = disagreement(sampled.chain)
    natural, at = posterior.natural(flat), posterior.natural(best[None])[0]
    for place, name in enumerate(posterior.names):
        low, middle, high = np.quantile(natural[:, place], [0.05, 0.5, 0.95])
        found[name] = {
            "best": float(at[place]), "low": float(low), "median": float(middle), "high": float(high),
            "rhat": float(apart[place]),
            "ess": float(array_stats.ess(parts[..., place], chain_axis=0, draw_axis=1)),
        }  # fmt: skip
        if place < len(posterior.free):
            found[name]["contraction"] = float(1.0 - flat[:, place].std())
    return found


def data_hash(used: Sequence[Study] | None = None) -> str:
    """Return a hash of the values that are fitted, with the arms and studies that they are of.

    What their fields hold is hashed, not how their classes are called.

    Parameters
    ----------
    used : sequence of Study, optional
        Every calibration study when left out.
    """
    digest, used = hashlib.sha256(), calibration_studies() if used is None else used
    for one in targets(used):
        _hash_fields(digest, [one.study.id, one.study.assay, asdict(one.arm), asdict(one.one), one.observed])
    for share in published_shares(used):
        _hash_fields(digest, [share.study.id, asdict(share.arm), asdict(share.one), share.men])
    return digest.hexdigest()[:16]


def _hash_fields(digest: "hashlib._Hash", fields: list[object]) -> None:
    digest.update(json.dumps(fields, sort_keys=True, default=str).encode())


def drift() -> float:
    """Return the largest relative change of a fitted value's prediction since the draws were made.

    Notes
    -----
    Compared are the optimum and the first draw: equations and numbers that no calibration study uses may change
    freely, and whatever moves a prediction tells, wherever in the code it stands.
    """
    record, draws = manifest(), shipped_draws()
    best, paths = optimum_values(record), _paths()
    values = np.array([[best[path] for path in paths], [draws.values[path][0] for path in paths]])
    return float(
        np.abs(_mean_man_predictions(calibration_studies(), values) / np.array(record["predictions"]) - 1.0).max()
    )


def optimum_values(record: dict[str, Any]) -> dict[str, float]:
    """Return the optimum of the declared structure: every fitted parameter and switch, by path."""
    found = {name: one["best"] for name, one in record["numbers"].items()}
    return found | record["structures"][record["structure"]]["fixed"]


def _paths() -> list[str]:
    return [name for name in calibrated_names() if name.startswith(("body.", "drugs."))]


def _mean_man_predictions(
    used: Sequence[Study], values: Float[np.ndarray, "vector path"]
) -> Float[np.ndarray, "vector value"]:
    """Return the fitted ratios and shares at these parameters, the shares of men who differ as men usually do."""
    ratios, published = targets(used), published_shares(used)
    found = MeanManPredictions([*ratios, *visit_levels(published)], _paths())(values)
    logits = ShareLikelihood(published, [0] * len(published)).logits(found[:, len(ratios) :])
    return np.concatenate([found[:, : len(ratios)], expit(logits[:, :, MIDDLE])], axis=1)


def _witness(used: Sequence[Study], points: Float[np.ndarray, "vector number"]) -> list[list[float]]:
    """Return the predictions at these points, rounded for a file."""
    return [[float(f"{value:.6g}") for value in row] for row in _mean_man_predictions(used, points[:, : len(_paths())])]


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
