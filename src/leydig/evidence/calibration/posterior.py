"""How well a parameter vector agrees with the calibration studies: a hierarchical log posterior.

With ``r`` the logarithm of a predicted over a published ratio, of study ``s`` and analyte group ``g``::

    r = u(s, g) + noise          u ~ normal(0, τ_g)         noise ~ normal(0, √(v + δ²))

``u`` is the effect of a study (assay, era, who the men were) and is integrated out, so several values of
one study on one group count little more than one. ``v`` is the sampling variance of the arm's mean and
``δ`` what a mean man cannot say of an arm. A parameter's prior is log-normal about the middle of its
range and ends at its range; it is written as a number ``z`` that is standard normal, so that nothing is
bounded where it is searched and sampled. ``τ_g`` are log-normal. Limits that no trial gives (agonadal men, men
without androgen receptor) enter as figures of their own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtr, ndtri

from leydig.analytes import ANALYTES
from leydig.drugs import DRUGS
from leydig.evidence.calibration.predictions import MeanManPredictions, PublishedRatio, receptor_limits, targets
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

    Attributes
    ----------
    free : list of Free
    targets : list of Target
    forward : Forward
    """

    def __init__(self, used: Sequence[Study] | None = None) -> None:
        self.free = free_parameters()
        self.targets: list[PublishedRatio] = targets(calibration_studies() if used is None else used)
        self.forward = MeanManPredictions(self.targets, [one.path for one in self.free])
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
        self.shift = np.zeros(len(self.targets))

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

    def residuals(
        self, logs: Float[np.ndarray, "vector parameter"], background: Float[np.ndarray, " vector"]
    ) -> Float[np.ndarray, "vector target"]:
        """Return the log of predicted over published, for each vector and background of old assays."""
        predicted: Float[np.ndarray, "vector target"] = self.forward(np.exp(logs)) * np.exp(self.shift)
        b = np.where(self.old_assay, background[:, None], 0.0)
        return np.log((predicted + b) / (1.0 + b)) - self.observed

    def whiten(
        self, points: Float[np.ndarray, "vector number"], tau: Float[np.ndarray, " group"]
    ) -> Float[np.ndarray, "vector row"]:
        """Return residuals, limits and priors as standard normal numbers, for a least-squares optimum.

        `points` are the normal numbers of the parameters and the log of the background of old assays; τ is given.
        """
        z, background = points[:, :-1], np.exp(points[:, -1])
        logs = self.logs(z)
        found = self.residuals(logs, background)
        old = np.log(background / OLD_BACKGROUND)[:, None] / OLD_BACKGROUND_WIDTH
        rows = []
        for block, group in zip(self.blocks, self.block_group, strict=True):
            covariance = np.diag(self.noise[block]) + tau[group] ** 2
            rows.append(np.linalg.solve(np.linalg.cholesky(covariance), found[:, block].T).T)
        return np.concatenate([*rows, self.limits(logs), z, old], axis=1)

    def limits(self, logs: Float[np.ndarray, "vector parameter"]) -> Float[np.ndarray, "vector limit"]:
        """Return how far the limits are missed, in standard deviations."""
        names = [one.path for one in self.free]
        missed = [np.log(value / known) / LIMIT_SPREAD for value, known in receptor_limits(names, np.exp(logs))]
        return np.stack([np.broadcast_to(one, len(logs)) for one in missed], axis=1)

    def __call__(self, points: Float[np.ndarray, "*vector number"]) -> Float[np.ndarray, " vector"]:
        """Return the log posterior, one row each; −inf where an arm was not solved.

        Parameters
        ----------
        points : Float[np.ndarray, "*vector number"]
            Normal numbers of the parameters, logs of τ of every group and of the background of old assays.
        """
        points = np.atleast_2d(points)
        z, rest = points[:, : len(self.free)], np.exp(np.clip(points[:, len(self.free) :], -20.0, 5.0))
        tau, background, logs = rest[:, :-1], rest[:, -1], self.logs(z)
        gap = self.residuals(logs, background)
        total = -0.5 * (z**2).sum(axis=1) - 0.5 * (self.limits(logs) ** 2).sum(axis=1)
        total -= 0.5 * ((np.log(tau / STUDY_SPREAD) / STUDY_SPREAD_WIDTH) ** 2).sum(axis=1)
        total -= 0.5 * (np.log(background / OLD_BACKGROUND) / OLD_BACKGROUND_WIDTH) ** 2
        for block, group in zip(self.blocks, self.block_group, strict=True):
            square = (gap[:, block] ** 2 * (1.0 / self.noise[block])).sum(axis=1)
            weight, explained = self.study_effect(gap, block, tau[:, group])
            total -= 0.5 * (square - explained + np.log(weight))
        return np.where(np.isfinite(total), total, -np.inf)

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
