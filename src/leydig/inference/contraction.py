"""What results taught: how much of the prior's variance they took away, level by level and constant by constant."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import logit

from leydig.inference.prior import ADHERENCE, Prior, PriorMen, shared_constants
from leydig.man.man import MEASURABLE, SHARES
from leydig.text_enum import TextEnum

__all__ = ["Contraction", "CoordinateGroup", "contractions"]

MEN = 1000  # of the prior, in whom levels are spread
LEAST = 1e-12  # variance below which nothing was unknown


class CoordinateGroup(TextEnum):
    """What kind of unknown it is."""

    LEVEL = "untreated level"
    RESPONSE = "response constant"
    DRUG = "drug handling"
    SHARED = "constant of all men"
    ADHERENCE = "adherence"


@dataclass(frozen=True)
class Contraction:
    """What was learned of one unknown.

    Attributes
    ----------
    name : str
        A level, the path of a constant, or ``"adherence"``.
    group : CoordinateGroup
    share : float
        Share of the prior's variance (of a logarithm, or of log odds) that the results took away: 0 nothing, 1 all.
        Draws are some hundred, so what is within 0.1 of 0 is nothing.
    """

    name: str
    group: CoordinateGroup
    share: float


def contractions(
    prior: Prior, places: Float[np.ndarray, "draw coordinate"], men: PriorMen, random: np.random.Generator
) -> tuple[Contraction, ...]:
    """Return what was learned of every unknown.

    Parameters
    ----------
    prior : Prior
    places : Float[np.ndarray, "draw coordinate"]
        Of the posterior.
    men : PriorMen
        There.
    random : numpy.random.Generator
    """
    before = prior.men(random.standard_normal((MEN, len(prior.names))))
    found = [
        Contraction(name, CoordinateGroup.LEVEL, _share(_log_level(men, name), _log_level(before, name)))
        for name in MEASURABLE
    ]
    for i, name in enumerate(prior.names):
        if name in MEASURABLE or prior.is_shared[i] or name == ADHERENCE:
            continue
        group = CoordinateGroup.DRUG if name in prior.drug_names else CoordinateGroup.RESPONSE
        path = name if name in prior.drug_names else f"body.{name}"
        found.append(Contraction(path, group, 1.0 - float(places[:, i].var())))
    shared = shared_constants()
    after, wide = shared.logs(places[:, prior.is_shared]).var(axis=0), (shared.root**2).sum(axis=1)
    found += [
        Contraction(path, CoordinateGroup.SHARED, float(1.0 - own / all_men))
        for path, own, all_men in zip(shared.paths, after, wide, strict=True)
    ]
    if prior.drugs:
        found.append(Contraction(ADHERENCE, CoordinateGroup.ADHERENCE, _share(men.taken, before.taken)))
    return tuple(found)


def _log_level(men: PriorMen, name: str) -> Float[np.ndarray, " draw"]:
    """Return the untreated level on the scale on which it is nearly normal."""
    value = np.asarray(getattr(men.man.baseline, MEASURABLE[name]))
    with np.errstate(divide="ignore"):
        return np.asarray(logit(value) if name in SHARES else np.log(value))


def _share(after: Float[np.ndarray, " draw"], before: Float[np.ndarray, " man"]) -> float:
    usual = float(np.var(before))
    return 1.0 - float(np.var(after)) / usual if np.isfinite(usual) and usual > LEAST else float("nan")
