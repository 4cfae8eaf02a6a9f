"""What results taught: how much of the prior's variance they took away, level by level and constant by constant."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.special import logit

from leydig.inference.prior import ADHERENCE, STRUCTURE, Prior
from leydig.inference.prior_men import PriorMen
from leydig.man.man import MEASURABLE, SHARES
from leydig.text_enum import TextEnum

__all__ = ["Contraction", "CoordinateGroup", "contractions"]

MEN = 1000  # of the prior, in whom levels are spread
LEAST = 1e-12  # variance below which nothing was unknown
SLIGHT = 0.1  # share below which nothing worth telling was learned
SURE = 3.0  # standard errors above which a share is no accident of the draws: there are some eighty unknowns


class CoordinateGroup(TextEnum):
    """What kind of unknown it is."""

    LEVEL = "untreated level"
    RESPONSE = "response constant"
    DRUG = "drug handling"
    SHARED = "constant of all men"
    STRUCTURE = "rival structure"
    ADHERENCE = "adherence"


@dataclass(frozen=True)
class Contraction:
    """What was learned of one unknown.

    Attributes
    ----------
    name : str
        A level, the path of a constant, ``"structure"`` or ``"adherence"``.
    group : CoordinateGroup
    share : float
        Share of the prior's variance (of a logarithm, or of log odds) that the results took away: 0 nothing, 1 all.
        That of a constant of all men is taken within the structures that leave it free; which structure holds has a row
        of its own (share of the chance that two draws differ).
    error : float
        Standard error of the share where nothing was learned: ``sqrt(2/n + 2/m)`` of n equal draws and m men of the
        prior.
    """

    name: str
    group: CoordinateGroup
    share: float
    error: float

    @property
    def is_learned(self) -> bool:
        """Whether the results taught something of it that is no accident of the draws.

        Examples
        --------
        >>> Contraction("lh", CoordinateGroup.LEVEL, 0.2, 0.06).is_learned
        True
        >>> Contraction("lh", CoordinateGroup.LEVEL, 0.2, 0.14).is_learned
        False
        """
        return self.share > max(SLIGHT, SURE * self.error)

    @property
    def is_his(self) -> bool:
        """Whether it is of this man, not of all men."""
        return self.group not in (CoordinateGroup.SHARED, CoordinateGroup.STRUCTURE)

    def record(self) -> dict[str, str | float | bool | None]:
        """Return it ready for JSON."""
        return {"name": self.name, "group": str(self.group), "share": self.share if np.isfinite(self.share) else None,
                "error": self.error, "learned": self.is_learned}  # fmt: skip


def contractions(
    prior: Prior, places: Float[np.ndarray, "draw coordinate"], men: PriorMen, effective: float,
    random: np.random.Generator,
) -> tuple[Contraction, ...]:  # fmt: skip
    """Return what was learned of every unknown.

    Parameters
    ----------
    prior : Prior
    places : Float[np.ndarray, "draw coordinate"]
        Of the posterior.
    men : PriorMen
        There.
    effective : float
        How many equal draws they are worth.
    random : numpy.random.Generator
    """
    usual = random.standard_normal((MEN, len(prior.names)))
    before, error = prior.men(usual), float(np.sqrt(2.0 / effective + 2.0 / MEN))

    def contraction(name: str, group: CoordinateGroup, share: float) -> Contraction:
        return Contraction(name, group, share, error)

    found = [
        contraction(name, CoordinateGroup.LEVEL, _share(_log_level(men, name), _log_level(before, name)))
        for name in MEASURABLE
    ]
    for i, name in enumerate(prior.names):
        if name in MEASURABLE or prior.is_shared[i] or name in (STRUCTURE, ADHERENCE):
            continue
        group = CoordinateGroup.DRUG if name in prior.drug_names else CoordinateGroup.RESPONSE
        path = name if name in prior.drug_names else f"body.{name}"
        found.append(contraction(path, group, 1.0 - float(places[:, i].var())))
    after, wide = prior.shared_draws(places).values, prior.shared_draws(usual).values
    which, usual_which = prior.structures(places), prior.structures(usual)
    found += [
        contraction(path, CoordinateGroup.SHARED, _share_of_constant(after[path], wide[path], which, usual_which))
        for path in wide
    ]
    found.append(contraction(STRUCTURE, CoordinateGroup.STRUCTURE, 1.0 - _diversity(which) / _diversity(usual_which)))
    if prior.drugs:
        found.append(contraction(ADHERENCE, CoordinateGroup.ADHERENCE, _share(men.taken, before.taken)))
    return tuple(found)


def _log_level(men: PriorMen, name: str) -> Float[np.ndarray, " draw"]:
    """Return the untreated level on the scale on which it is nearly normal."""
    value = np.asarray(getattr(men.man.baseline, MEASURABLE[name]))
    with np.errstate(divide="ignore"):
        return np.asarray(logit(value) if name in SHARES else np.log(value))


def _share_of_constant(
    after: Float[np.ndarray, " draw"], before: Float[np.ndarray, " man"],
    which: Int[np.ndarray, " draw"], usual_which: Int[np.ndarray, " man"],
) -> float:  # fmt: skip
    """Return the share for a constant, of its logarithm, within the structures that leave it free."""
    left = usual = 0.0
    for structure in np.unique(which):
        own, prior = after[which == structure], before[usual_which == structure]
        if len(prior) > 1 and prior.min() > 0.0:
            left += len(own) * float(np.var(np.log(own)))
            usual += len(own) * float(np.var(np.log(prior)))
    return 1.0 - left / usual if usual > LEAST * len(after) else float("nan")


def _diversity(which: Int[np.ndarray, " draw"]) -> float:
    """Return how often two draws are of different structures."""
    return 1.0 - float(np.sum((np.bincount(which) / len(which)) ** 2))


def _share(after: Float[np.ndarray, " draw"], before: Float[np.ndarray, " man"]) -> float:
    usual = float(np.var(before))
    return 1.0 - float(np.var(after)) / usual if np.isfinite(usual) and usual > LEAST else float("nan")
