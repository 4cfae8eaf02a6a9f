"""Shares of men in the fit: how many of an arm had, or have had, such a sample, under many parameter vectors.

A mean man has no share. So the men of an arm are its mean man and what sets each of them apart, ``d``, the logarithm of
a virtual man's level over the mean man's at the same sample and the same parameters; it is measured at some parameters
(`ShareLikelihood.virtual_men`) and kept while they move the mean man ``L``::

    seen(i, v)  = chance that one reading of L(v)·exp(d(i, v) + u) fulfils the criterion at sample v
    p           = mean over men of 1 − Π_v (1 − seen(i, v))
    men counted ~ beta-binomial(n, p, ρ)         u ~ normal(0, τ): the effect of the study, integrated out

The beta-binomial says that virtual men are not those of the trial (ρ). Several shares of one arm are of the same men,
so its number is divided among them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicSpline
from scipy.special import expit, gammaln, logit, logsumexp, ndtri

from leydig.analytes import ANALYTES
from leydig.drugs import drugs_of
from leydig.engine import Cohort
from leydig.errors import NotSolved
from leydig.evidence.calibration.predictions import TOLERANCE, PublishedRatio
from leydig.evidence.noise import LOGIT_SLOPE
from leydig.evidence.study import SEMEN, Arm, Form, Observation, Study
from leydig.evidence.virtual_arm import chance_to_fulfil, virtual_arm
from leydig.man.drug_variability import sample_drug_variability
from leydig.man.sample import noise_of
from leydig.man.uncertainty import Draws, men_of_draws

__all__ = ["EFFECTS", "MIDDLE", "PublishedShare", "ShareLikelihood", "published_shares", "visit_levels"]

MEN = 96  # virtual men of an arm, evenly drawn
USUAL_SPREAD = 0.85  # of the logarithm of levels between men, until virtual men were measured: that of healthy counts
SHARE_SPREAD = 0.1  # of a share of one half, that virtual men and those of a trial differ by
ALIKE = 4.0 * SHARE_SPREAD**2  # ρ, correlation between two men of an arm: the variance of a share is p·(1 − p)·ρ
SHIFTS = np.linspace(-8.0, 8.0, 161)  # of the logarithms of all levels of a share together
LEAST = 1e-6  # least level [inside unit] of which a logarithm is taken

EFFECTS = np.linspace(-3.0, 3.0, 13)  # of a study on the logarithm of a level, at which a share is worked out
MIDDLE = len(EFFECTS) // 2  # where there is none
_NODES = np.linspace(-3.5, 3.5, 57)  # [1/τ] effects at which men are counted: closer than a large trial's peak is wide
_WEIGHTS = np.exp(-0.5 * _NODES**2)
_WEIGHTS /= _WEIGHTS.sum()
_BETWEEN = CubicSpline(EFFECTS, np.eye(len(EFFECTS)), bc_type="natural")  # of logits, which bend slowly with the effect


@dataclass(frozen=True)
class PublishedShare:
    """One published share of the men of an arm.

    Attributes
    ----------
    study : Study
    arm : Arm
    one : Observation
    men : float
        How many men it is counted over: those of the arm, divided among its shares.
    """

    study: Study
    arm: Arm
    one: Observation
    men: float

    def chance(self, levels: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Return the chance that a man of this true level [inside unit] is counted at one sample."""
        assert self.one.counted is not None  # a share of men, as its file says
        return chance_to_fulfil(levels, self.one.analyte, self.one.counted)


def published_shares(studies: Sequence[Study]) -> list[PublishedShare]:
    """Return every published share of men of these studies, without those whose design `targets` leaves out."""
    found = []
    for study in studies:
        for arm in (one for one in study.arms if one.titration is None):
            own = [one for one in arm.observed if one.is_share and one.analyte in ANALYTES
                   and not (one.analyte in SEMEN and study.enrolled_by_count)]  # fmt: skip
            found += [PublishedShare(study, arm, one, arm.size / len(own)) for one in own]
    return found


def visit_levels(shares: Sequence[PublishedShare]) -> list[PublishedRatio]:
    """Return the mean man's level at every sample of these shares, one after another, as values to be predicted."""
    return [
        PublishedRatio(share.study, share.arm, Observation(share.one.analyte, week, Form.MEAN, 1.0), 1.0, absolute=True)
        for share in shares
        for week in share.one.visits
    ]


class ShareLikelihood:
    """The log likelihood of published shares.

    Parameters
    ----------
    shares : sequence of PublishedShare
    groups : sequence of int
        The group of study effects of each.

    Attributes
    ----------
    apart : list of Float[np.ndarray, "man visit"]
        What sets each man of an arm apart from its mean man (d), of each share.
    """

    def __init__(self, shares: Sequence[PublishedShare], groups: Sequence[int]) -> None:
        self.shares, self.groups = list(shares), list(groups)
        ends = np.cumsum([len(share.one.visits) for share in shares]).tolist()
        self.columns = [slice(end - len(share.one.visits), end) for share, end in zip(shares, ends, strict=True)]
        usual = USUAL_SPREAD * ndtri((np.arange(MEN) + 0.5) / MEN)
        self.apart = [np.repeat(usual[:, None], len(share.one.visits), axis=1) for share in shares]
        self._curves: list[Float[np.ndarray, " shift"]] = []
        studies = [share.study.id for share in shares]
        self.blocks = {name: [i for i, own in enumerate(studies) if own == name] for name in dict.fromkeys(studies)}

    def virtual_men(
        self, levels: Float[np.ndarray, " visit"], values: Mapping[str, float] | None = None, seed: int = 1
    ) -> list[Float[np.ndarray, "_man _visit"]]:
        """Return what sets virtual men apart from mean men.

        Parameters
        ----------
        levels : Float[np.ndarray, " visit"]
            The mean men's, as `visit_levels` lists them.
        values : mapping of str to float, optional
            Parameters by path, at which these levels are; the declared ones when left out.
        seed : int, optional
        """
        draws = Draws({path: np.array([value]) for path, value in (values or {}).items()}, {})
        courses: dict[tuple[str, str], tuple[list[float], Float[np.ndarray, "man visit"]]] = {}
        apart = []
        for share, columns in zip(self.shares, self.columns, strict=True):
            key = share.study.id, share.arm.name
            if key not in courses:
                same = (other.one for other in self.shares if (other.study.id, other.arm.name) == key)
                weeks = sorted({week for one in same for week in one.visits})
                courses[key] = weeks, _levels(share.arm, share.one.analyte, weeks, draws, seed)
            weeks, course = courses[key]
            own = course[:, [weeks.index(week) for week in share.one.visits]]
            apart.append(np.log(np.maximum(own, LEAST)) - np.log(np.maximum(levels[columns], LEAST)))
        return apart

    def logits(self, levels: Float[np.ndarray, "vector visit"]) -> Float[np.ndarray, "vector share effect"]:
        """Return the logits of the predicted shares, where a study moves every level by each of `EFFECTS`.

        Parameters
        ----------
        levels : Float[np.ndarray, "vector visit"]
            The mean men's, as `visit_levels` lists them.
        """
        found = [self._logit_of(number, levels[:, own], EFFECTS) for number, own in enumerate(self.columns)]
        return np.stack(found, axis=1) if found else np.zeros((len(levels), 0, len(EFFECTS)))

    def refer_to(self, levels: Float[np.ndarray, " visit"]) -> None:
        """Take these levels, as `visit_levels` lists them, for those whose `shifts` stand for a share.

        Raises
        ------
        NotSolved
            When a share both rises and falls with its levels, as one between two limits does.
        """
        self._curves = []
        for number, share in enumerate(self.shares):
            moved = levels[None, self.columns[number]] * np.exp(SHIFTS)[:, None]
            curve = self._logit_of(number, moved, np.zeros(1))[:, 0]
            steps = np.diff(curve)
            if (steps > 0.0).any() and (steps < 0.0).any():
                raise NotSolved(
                    f"got a share of {share.study.id!r} that rises and falls with its levels; expected one limit. "
                    "Fit one side of it."
                )
            self._curves.append(curve)

    def shifts(self, logits: Float[np.ndarray, "vector share effect"]) -> Float[np.ndarray, "vector share"]:
        """Return by how much the logarithms of the levels of `refer_to` are to be moved together for these shares.

        A share bends where nobody or everybody is counted; this moves with the parameters as levels do.
        """
        found = []
        for number, curve in enumerate(self._curves):
            rising = curve[-1] >= curve[0]
            side = slice(None) if rising else slice(None, None, -1)
            found.append(np.interp(logits[:, number, MIDDLE], curve[side], SHIFTS[side]))
        return np.stack(found, axis=1) if found else np.zeros((len(logits), 0))

    def shifted_logits(self, shifts: Float[np.ndarray, "vector share"]) -> Float[np.ndarray, "vector share effect"]:
        """Return the logits of shares where the levels of `refer_to` are so moved: nearly those of `logits`."""
        found = [np.interp(shifts[:, [number]] + EFFECTS, SHIFTS, curve) for number, curve in enumerate(self._curves)]
        return np.stack(found, axis=1) if found else np.zeros((len(shifts), 0, len(EFFECTS)))

    def _logit_of(
        self, number: int, levels: Float[np.ndarray, "vector visit"], effects: Float[np.ndarray, " effect"]
    ) -> Float[np.ndarray, "vector effect"]:
        """Return the logit of a share at its own levels, moved by each of these effects."""
        share, middle = self.shares[number], np.maximum(levels, LEAST)
        apart = np.exp(effects[:, None, None] + self.apart[number])
        never = np.prod(1.0 - share.chance(middle[:, None, None, :] * apart), axis=-1)
        men = never.shape[-1]
        return np.asarray(logit((men * (1.0 - never.mean(axis=-1)) + 0.5) / (men + 1.0)))  # half a man on each side

    def of_studies(
        self, logits: Float[np.ndarray, "vector share effect"], tau: Float[np.ndarray, "vector group"],
        group: int | None = None,
    ) -> dict[str, Float[np.ndarray, " vector"]]:  # fmt: skip
        """Return the log likelihood of every study's shares, up to a constant.

        Parameters
        ----------
        logits : Float[np.ndarray, "vector share effect"]
            What `logits` returned.
        tau : Float[np.ndarray, "vector group"]
            Spreads of the effects of studies.
        group : int, optional
            Of the shares of this group alone.
        """
        found, between = {}, {own: self._nodes(tau[:, own]) for own in set(self.groups)}
        for name, block in self.blocks.items():
            chosen = [i for i in block if group in (None, self.groups[i])]
            if chosen:
                parts = [self._log_chance(i, expit(np.einsum("vnk,vk->vn", between[self.groups[i]], logits[:, i])))
                         for i in chosen]  # fmt: skip
                found[name] = logsumexp(np.sum(parts, axis=0) + np.log(_WEIGHTS), axis=-1)
        return found

    @staticmethod
    def _nodes(tau: Float[np.ndarray, " vector"]) -> Float[np.ndarray, "vector node effect"]:
        """Return what each of `EFFECTS` counts for at the nodes of a study's effect of this spread."""
        return np.asarray(_BETWEEN(np.clip(tau[:, None] * _NODES, EFFECTS[0], EFFECTS[-1])))

    def _log_chance(self, number: int, p: Float[np.ndarray, "vector node"]) -> Float[np.ndarray, "vector node"]:
        """Return the log chance that a beta-binomial of this share counts the published number of men."""
        share, both = self.shares[number], 1.0 / ALIKE - 1.0
        hit, yes, no = share.one.value * share.men, p * both, (1.0 - p) * both
        alike = gammaln(hit + yes) + gammaln(share.men - hit + no) - gammaln(yes) - gammaln(no)
        return np.asarray(alike + gammaln(both) - gammaln(share.men + both))

    def whiten(
        self, logits: Float[np.ndarray, "vector share effect"], tau: Float[np.ndarray, " group"]
    ) -> Float[np.ndarray, "vector share"]:
        """Return how far each share is missed on the logit, in standard deviations, for a least-squares optimum."""
        seen = np.array([logit(self._smooth_share(share)) for share in self.shares])
        spread = np.array([self._spread(i, tau[group]) for i, group in enumerate(self.groups)])
        return (logits[:, :, MIDDLE] - seen) / spread

    @staticmethod
    def _smooth_share(share: PublishedShare) -> float:
        """Return the published share with half a man on each side."""
        return (share.one.value * share.men + 0.5) / (share.men + 1.0)

    def _spread(self, number: int, tau: float) -> float:
        """Return the standard deviation of a share on the logit: counting, men who are not alike, and its study."""
        share, seen = self.shares[number], self._smooth_share(self.shares[number])
        counting = (1.0 + (share.men - 1.0) * ALIKE) / (share.men * seen * (1.0 - seen))
        wide = np.hypot(self.apart[number][:, -1].std(), noise_of(share.one.analyte))
        return float(np.sqrt(counting + (LOGIT_SLOPE * tau / wide) ** 2))


def _levels(arm: Arm, analyte: str, weeks: Sequence[float], draws: Draws, seed: int) -> Float[np.ndarray, "man visit"]:
    """Return the true levels of virtual men of an arm in these weeks under one draw, of those who were solved."""
    men = virtual_arm(arm, MEN, seed).men
    drugs = sample_drug_variability(drugs_of(list(arm.drugs)), men.count or 0, seed)
    if draws.values:
        men, drugs = men_of_draws(men, drugs, draws, np.zeros(men.count or 0, dtype=int))
    days = 7.0 * np.array(weeks)
    found = Cohort(men, drugs, tolerance=TOLERANCE).advance(arm.regimen, days[-1], at=days)
    level = found[analyte]
    return np.asarray(level[~np.isnan(level).any(axis=1)])
