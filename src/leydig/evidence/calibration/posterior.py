"""How well a parameter vector agrees with the calibration studies: a hierarchical log posterior.

With ``r`` the logarithm of a predicted over a published ratio, of study ``s`` and analyte group ``g``::

    r = u(s, g) + noise          u ~ normal(0, τ_g)         noise ~ normal(0, √(v + δ²))

``u`` is the effect of a study (assay, era, who the men were) and is integrated out, so several values of
one study on one group count little more than one. ``v`` is the sampling variance of the arm's mean and
``δ`` what a mean man cannot say of an arm. A parameter's prior is log-normal about the middle of its
range and ends at its range; it is written as a number ``z`` that is standard normal, so that nothing is
bounded where it is searched and sampled. ``τ_g`` are log-normal. Limits that no trial gives (agonadal men, men
without androgen receptor) enter as values of their own. Shares of men are counted (`shares`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtr, ndtri

from leydig.analytes import ANALYTES
from leydig.drugs import DRUGS
from leydig.evidence.calibration.predictions import MeanManPredictions, PublishedRatio, receptor_limits, targets
from leydig.evidence.calibration.shares import EFFECTS, ShareLikelihood, published_shares, visit_levels
from leydig.evidence.citations import declared_parameters
from leydig.evidence.noise import MEN_SPREAD
from leydig.evidence.study import SEMEN, Role, Study
from leydig.evidence.study_file import studies
from leydig.parameter import Basis, Declaration

__all__ = [
    "SPREAD_GROUPS",
    "FreeParameter",
    "Posterior",
    "baseline_spread",
    "calibration_studies",
    "free_parameters",
    "group_of",
]

SPREAD_GROUPS = {
    "testosterone": ("testosterone", "free_testosterone", "bioavailable_testosterone"),
    "estradiol": ("estradiol", "te2_ratio"),
    "lh": ("lh",),
    "fsh": ("fsh",),
    "other": ("shbg", "inhibin_b", "hematocrit", "spine_bmd"),
    "semen": (*SEMEN, "intratesticular_testosterone"),
}
STUDY_SPREAD = 0.12  # prior median of τ: what assays of one hormone differ by between laboratories
STUDY_SPREAD_WIDTH = 0.5  # of its logarithm
OLD_BACKGROUND = 0.2  # prior median of what an old radioimmunoassay reads without LH or FSH, against the usual level
OLD_BACKGROUND_WIDTH = 0.7  # of its logarithm
BACKGROUND = "background of radioimmunoassays"
DISCREPANCY = 0.04  # δ
BASELINE_SPREAD = {"": 0.15, "semen": 0.3}  # of the logarithm of an arm's level, where its baseline was not published
FLOOR = 0.1  # ratios below this are near an assay's floor
FLOOR_SPREAD = 0.5
LIMIT_SPREAD = 0.35
PRIOR_WIDTHS = 4.0  # a prior's standard deviation is the log range over this


@dataclass(frozen=True)
class FreeParameter:
    """One free parameter: where it is, and its declaration."""

    path: str
    declaration: Declaration

    @property
    def bounds(self) -> tuple[float, float]:
        """Log bounds; a lower bound of zero becomes a thousandth of the upper one."""
        low, high = self.declaration.within
        return math.log(max(low, high / 1000.0)), math.log(high)


def free_parameters() -> list[FreeParameter]:
    """Return every parameter that is declared as fitted."""
    return [
        FreeParameter(path, declaration)
        for path, declaration in declared_parameters(list(DRUGS))
        if declaration.basis == Basis.FITTED
    ]


def calibration_studies() -> list[Study]:
    """Return the studies that may be fitted to."""
    return [study for study in studies().values() if study.role == Role.CALIBRATION]


def group_of(analyte: str) -> str:
    """Return the group of analytes that share a study's effect."""
    return next((group for group, names in SPREAD_GROUPS.items() if analyte in names), "other")


def baseline_spread(analyte: str) -> float:
    """Return the spread of the logarithm of an arm's level, where its baseline was not published."""
    return BASELINE_SPREAD.get(group_of(analyte), BASELINE_SPREAD[""])


class Posterior:
    """The log posterior over (logs of free parameters, logs of the study spreads τ).

    Parameters
    ----------
    used : sequence of Study, optional
        Every calibration study when left out.
    constants : mapping of str to float, optional
        Parameters that are declared as fitted and held at these values here, by path: a rival structure.

    Attributes
    ----------
    free : list of Free
    studies : list of str
        Names of the studies, in the order of `likelihoods`.
    targets : list of Target
    shares : ShareLikelihood
    forward : Forward
        Of the ratios, then of the mean men's levels at the samples of the shares.
    """

    def __init__(self, used: Sequence[Study] | None = None, constants: Mapping[str, float] | None = None) -> None:
        self.fixed = dict(constants or {})
        self.free = [one for one in free_parameters() if one.path not in self.fixed]
        used = calibration_studies() if used is None else used
        self.targets: list[PublishedRatio] = targets(used)
        shares = published_shares(used)
        self.shares = ShareLikelihood(shares, [list(SPREAD_GROUPS).index(group_of(one.one.analyte)) for one in shares])
        self.forward = MeanManPredictions([*self.targets, *visit_levels(shares)], self.paths)
        self.names = [
            *(one.path for one in self.free),
            *(f"study spread of {group}" for group in SPREAD_GROUPS),
            BACKGROUND,
        ]
        self.old_assay = np.array([one.study.old_assay(one.one.analyte) for one in self.targets])
        self.low, self.high = (np.array(side) for side in zip(*(one.bounds for one in self.free), strict=True))
        self.observed = np.log([one.observed for one in self.targets])
        self.noise = np.array([self._noise(one) for one in self.targets])
        groups = [group_of(one.one.analyte) for one in self.targets]
        keys = [(one.study.id, group) for one, group in zip(self.targets, groups, strict=True)]
        self.blocks = [np.array([i for i, key in enumerate(keys) if key == block]) for block in dict.fromkeys(keys)]
        self.block_group = np.array(
            [list(SPREAD_GROUPS).index(group_of(self.targets[b[0]].one.analyte)) for b in self.blocks]
        )
        self.studies = list(dict.fromkeys([one.study.id for one in self.targets] + [one.study.id for one in shares]))
        self.shift = np.zeros(len(self.targets))

    @property
    def paths(self) -> list[str]:
        """The parameters of a prediction: the free ones, then those that are held."""
        return [*(one.path for one in self.free), *self.fixed]

    @property
    def declared_logs(self) -> Float[np.ndarray, "1 parameter"]:
        """The logarithms of the declared values of the free ones; of a mechanism declared as none, of its least."""
        return np.log([[max(one.declaration.value, np.exp(one.bounds[0])) for one in self.free]])

    def values(self, logs: Float[np.ndarray, "vector parameter"]) -> Float[np.ndarray, "vector path"]:
        """Return the values of `paths` at these logs of the free ones."""
        held = np.broadcast_to(list(self.fixed.values()), (len(logs), len(self.fixed)))
        return np.concatenate([np.exp(logs), held], axis=1)

    @staticmethod
    def _noise(target: PublishedRatio) -> float:
        """Return the variance of the log ratio of this value."""
        one, arm = target.one, target.arm
        men = arm.size
        spread = MEN_SPREAD
        if one.sd is not None and one.is_level:
            spread = min(one.sd / one.value, 1.0)
        own = FLOOR_SPREAD if target.observed < FLOOR and not target.absolute else DISCREPANCY
        within = ANALYTES[one.analyte].within_man_cv
        unknown = baseline_spread(one.analyte) if target.absolute else 0.0
        return own**2 + unknown**2 + (spread**2 + 2.0 * within**2) / men

    def logs(self, z: Float[np.ndarray, "vector parameter"]) -> Float[np.ndarray, "vector parameter"]:
        """Return the logs of the parameters at these standard normal numbers."""
        edge = PRIOR_WIDTHS / 2.0
        inside = ndtri(ndtr(-edge) + ndtr(z) * (ndtr(edge) - ndtr(-edge)))
        return np.asarray(
            (self.low + self.high) / 2.0 + np.clip(inside, -edge, edge) * (self.high - self.low) / PRIOR_WIDTHS
        )

    def normals(self, logs: Float[np.ndarray, "vector parameter"]) -> Float[np.ndarray, "vector parameter"]:
        """Return the standard normal numbers of these logs (inverse of `logs`)."""
        edge = PRIOR_WIDTHS / 2.0
        inside = np.clip((logs - (self.low + self.high) / 2.0) * PRIOR_WIDTHS / (self.high - self.low), -edge, edge)
        share = (ndtr(inside) - ndtr(-edge)) / (ndtr(edge) - ndtr(-edge))
        return np.asarray(ndtri(np.clip(share, 1e-6, 1.0 - 1e-6)))

    def predict(self, logs: Float[np.ndarray, "vector parameter"]) -> Float[np.ndarray, "vector column"]:
        """Return what is predicted for each vector: logs of the ratios of virtual men, then logits of shares of men.

        NaN where an arm was not solved. The logits are those of `ShareLikelihood.logits`.
        """
        found, count = self.forward(self.values(logs)), len(self.targets)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratios = np.log(found[:, :count]) + self.shift
        return np.concatenate([ratios, self.shares.logits(found[:, count:]).reshape(len(logs), -1)], axis=1)

    def mean_levels(self, logs: Float[np.ndarray, "vector parameter"]) -> Float[np.ndarray, "vector visit"]:
        """Return the mean men's levels at the samples of the shares."""
        return np.asarray(self.forward(self.values(logs))[:, len(self.targets) :])

    def residuals(
        self, predicted: Float[np.ndarray, "vector column"], background: Float[np.ndarray, " vector"]
    ) -> Float[np.ndarray, "vector target"]:
        """Return the log of predicted over published, for each vector and background of old assays.

        Parameters
        ----------
        predicted : Float[np.ndarray, "vector column"]
            What `predict` returned.
        background : Float[np.ndarray, " vector"]
        """
        b = np.where(self.old_assay, background[:, None], 0.0)
        return np.log((np.exp(predicted[:, : len(self.targets)]) + b) / (1.0 + b)) - self.observed

    def share_logits(self, predicted: Float[np.ndarray, "vector column"]) -> Float[np.ndarray, "vector share effect"]:
        """Return the logits of the shares of men, from what `predict` returned."""
        return predicted[:, len(self.targets) :].reshape(len(predicted), len(self.shares.shares), len(EFFECTS))

    def compress(self, predicted: Float[np.ndarray, "vector column"]) -> Float[np.ndarray, "vector value"]:
        """Return what `predict` returned with each share as one smooth number (`ShareLikelihood.shifts`)."""
        count = len(self.targets)
        return np.concatenate([predicted[:, :count], self.shares.shifts(self.share_logits(predicted))], axis=1)

    def expand(self, shifts: Float[np.ndarray, "vector value"]) -> Float[np.ndarray, "vector column"]:
        """Return what `predict` would return, from what `compress` returned."""
        count = len(self.targets)
        logits = self.shares.shifted_logits(shifts[:, count:])
        return np.concatenate([shifts[:, :count], logits.reshape(len(shifts), -1)], axis=1)

    def whiten(
        self, points: Float[np.ndarray, "vector number"], tau: Float[np.ndarray, " group"]
    ) -> Float[np.ndarray, "vector row"]:
        """Return residuals, limits and priors as standard normal numbers, for a least-squares optimum.

        `points` are the normal numbers of the parameters and the log of the background of old assays; τ is given.
        """
        z, background = points[:, :-1], np.exp(points[:, -1])
        logs = self.logs(z)
        predicted = self.predict(logs)
        found = self.residuals(predicted, background)
        old = np.log(background / OLD_BACKGROUND)[:, None] / OLD_BACKGROUND_WIDTH
        rows = []
        for block, group in zip(self.blocks, self.block_group, strict=True):
            covariance = np.diag(self.noise[block]) + tau[group] ** 2
            rows.append(np.linalg.solve(np.linalg.cholesky(covariance), found[:, block].T).T)
        return np.concatenate(
            [*rows, self.shares.whiten(self.share_logits(predicted), tau), self.limits(logs), z, old], axis=1
        )

    def limits(self, logs: Float[np.ndarray, "vector parameter"]) -> Float[np.ndarray, "vector limit"]:
        """Return how far the limits are missed, in standard deviations."""
        limits = receptor_limits(self.paths, self.values(logs))
        missed = [np.log(value / known) / LIMIT_SPREAD for value, known in limits]
        return np.stack([np.broadcast_to(one, len(logs)) for one in missed], axis=1)

    def __call__(self, points: Float[np.ndarray, "*vector number"]) -> Float[np.ndarray, " vector"]:
        """Return the log posterior, one row each; −inf where an arm was not solved.

        Parameters
        ----------
        points : Float[np.ndarray, "*vector number"]
            Normal numbers of the parameters, logs of τ of every group and of the background of old assays.
        """
        points = np.atleast_2d(points)
        return self.height(points, self.predict(self.logs(points[:, : len(self.free)])))

    def height(
        self, points: Float[np.ndarray, "vector number"], predicted: Float[np.ndarray, "vector column"]
    ) -> Float[np.ndarray, " vector"]:
        """Return the log posterior of points at which the predictions are known.

        Parameters
        ----------
        points : Float[np.ndarray, "vector number"]
            As `__call__` takes them.
        predicted : Float[np.ndarray, "vector column"]
            What `predict` returned, or what stands in for it.
        """
        z, rest = points[:, : len(self.free)], np.exp(np.clip(points[:, len(self.free) :], -20.0, 5.0))
        tau, background, logs = rest[:, :-1], rest[:, -1], self.logs(z)
        total = -0.5 * (z**2).sum(axis=1) - 0.5 * (self.limits(logs) ** 2).sum(axis=1)
        total -= 0.5 * ((np.log(tau / STUDY_SPREAD) / STUDY_SPREAD_WIDTH) ** 2).sum(axis=1)
        total -= 0.5 * (np.log(background / OLD_BACKGROUND) / OLD_BACKGROUND_WIDTH) ** 2
        total += self.likelihoods(predicted, tau, background).sum(axis=1)
        return np.where(np.isfinite(total), total, -np.inf)

    def likelihoods(
        self, predicted: Float[np.ndarray, "vector column"], tau: Float[np.ndarray, "vector group"],
        background: Float[np.ndarray, " vector"],
    ) -> Float[np.ndarray, "vector study"]:  # fmt: skip
        """Return the log likelihood of every study's values, up to a constant, in the order of `studies`."""
        gap = self.residuals(predicted, background)
        found = np.zeros((len(predicted), len(self.studies)))
        for name, of_shares in self.shares.of_studies(self.share_logits(predicted), tau).items():
            found[:, self.studies.index(name)] += of_shares
        for block, group in zip(self.blocks, self.block_group, strict=True):
            square = (gap[:, block] ** 2 * (1.0 / self.noise[block])).sum(axis=1)
            weight, explained = self.study_effect(gap, block, tau[:, group])
            found[:, self.studies.index(self.targets[block[0]].study.id)] -= 0.5 * (square - explained + np.log(weight))
        return found

    def study_effect(
        self, gap: Float[np.ndarray, "vector target"], block: Int[np.ndarray, " row"], tau: Float[np.ndarray, " any"]
    ) -> tuple[Float[np.ndarray, " any"], Float[np.ndarray, " any"]]:
        """Return what integrating a study's effect out leaves: ``1 + τ²·Σ1/v``, and the squares that it explains.

        Parameters
        ----------
        gap : Float[np.ndarray, "vector target"]
            What `residuals` returned.
        block : Int[np.ndarray, " row"]
            The values of the study, by number.
        tau : Float[np.ndarray, " any"]
            Spread of the effect, one for each vector, or many for one.
        """
        precision, shared = 1.0 / self.noise[block], tau**2
        weight = 1.0 + shared * precision.sum()
        return weight, shared * (gap[:, block] * precision).sum(axis=1) ** 2 / weight

    def natural(self, points: Float[np.ndarray, "vector number"]) -> Float[np.ndarray, "vector number"]:
        """Return points in natural units."""
        count = len(self.free)
        return np.exp(np.concatenate([self.logs(points[:, :count]), points[:, count:]], axis=1))
