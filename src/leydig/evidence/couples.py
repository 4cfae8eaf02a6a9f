"""Couples: the published chances of pregnancy beside those of `leydig.trial.conduct`, and the fit of its constants.

Men are those of the kinds of `leydig.man.phenotypes`; of studies only the concentration of sperm is known, so motile
sperm follow by `motile_count`. The five constants are those that miss the ten values least, each miss counted in
standard errors of its value. The last two values are of an example, handed on and not read in full: without them
nothing tells couples that are sterile from those that are slow. Couples of the placebo arm had tried for two years.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import least_squares
from scipy.special import ndtr, ndtri

from leydig.analytes import ANALYTES
from leydig.body.spermatogenesis import Spermatogenesis
from leydig.man.phenotypes import kind_of
from leydig.parameter import change, log_spread, parameters
from leydig.trial.conduct.conception import Fecundability, motile_count, pregnant

__all__ = ["COUPLE_VALUES", "FITTED", "CoupleValue", "fit_couples", "predict_couples"]

FITTED = ("most", "concentration", "sterile", "half", "steepness")
TRIED = 26  # cycles of two years
LIMIT = 40.0  # [million/mL] between the two groups of Bonde
EXAMPLE = 80.0  # [million/mL] of the couple that only the example tells of
_QUANTILES = 200  # of the men of a study


@dataclass(frozen=True)
class CoupleValue:
    """One published chance.

    Attributes
    ----------
    name : str
    observed, error : float
        As published, and its standard error.
    source : str
    error_from : str
        Where the standard error is from.
    """

    name: str
    observed: float
    error: float
    source: str
    error_from: str


_BONDE = "Bonde 1998, doi:10.1016/S0140-6736(97)10514-1"
_MODEL = "Slama group, unresolved:SpermDeclineModel"
_WHO = "WHO undated, unresolved:WHO_TE399"
_EXAMPLE = "Sozou 2012, pmc:PMC3464305; an example, of a woman of 35"
COUPLE_VALUES = (
    CoupleValue("six cycles, 40 million/mL and more", 0.650, 0.030, _BONDE, "165 of 254 couples"),
    CoupleValue("six cycles, below 40 million/mL", 0.512, 0.039, _BONDE, "84 of 164 couples"),
    CoupleValue("fecundability, counts 21 % lower", 0.93, 0.04, _MODEL, "assumed"),
    CoupleValue("fecundability, counts 47 % lower", 0.85, 0.04, _MODEL, "assumed"),
    CoupleValue("a year at 0.1 to 1 million/mL", 0.051, 0.02, _WHO, "assumed"),
    CoupleValue("a year at 1.1 to 2 million/mL", 0.145, 0.05, _WHO, "assumed"),
    CoupleValue("a year at 2.1 to 3 million/mL", 0.283, 0.09, _WHO, "assumed"),
    CoupleValue("placebo, eight months after two years", 0.117, 0.033, "WHO undated, unresolved:WHOclom1992",
                 "95 couples"),
    CoupleValue("24 cycles, couples who begin", 0.84, 0.05, _EXAMPLE, "assumed"),
    CoupleValue("12 cycles after 24 in vain", 0.18, 0.05, _EXAMPLE, "assumed"),
)  # fmt: skip


def predict_couples(rule: Fecundability | None = None) -> Float[np.ndarray, " value"]:
    """Return what the rule says of each of `COUPLE_VALUES`."""
    fecundability = rule or Fecundability()
    men = _men("healthy")
    whole = _first_cycle(men, fecundability)
    year = pregnant(np.repeat(motile_count(np.array([0.55, 1.55, 2.55]))[:, None], 13, axis=1), rule=fecundability)
    placebo = pregnant(np.repeat(motile_count(_men("oligozoospermia"))[:, None], 9, axis=1), TRIED, rule=fecundability)
    ample = np.full((1, 24), float(motile_count(np.array(EXAMPLE))))
    example = (pregnant(ample, rule=fecundability)[0, -1], pregnant(ample[:, :12], 24, rule=fecundability)[0, -1])
    return np.array([
        *_groups(men, fecundability), _first_cycle(0.79 * men, fecundability) / whole,
        _first_cycle(0.53 * men, fecundability) / whole, *year[:, -1], placebo[:, -1].mean(), *example,
    ])  # fmt: skip


def fit_couples(rule: Fecundability | None = None) -> Fecundability:
    """Return the constants that miss `COUPLE_VALUES` least, from those of a rule on."""
    start = rule or Fecundability()
    own = {name: (declared, value) for name, declared, value in parameters(start) if name in FITTED}
    low, high = (np.log([own[name][0].within[end] or 1e-3 for name in FITTED]) for end in (0, 1))

    def rule_at(logs: Float[np.ndarray, " constant"]) -> Fecundability:
        values = np.clip(np.exp(logs), np.exp(low), np.exp(high))
        fitted: Fecundability = change(start, dict(zip(FITTED, values, strict=True)))
        return fitted

    def misses(logs: Float[np.ndarray, " constant"]) -> Float[np.ndarray, " value"]:
        observed, error = (np.array([getattr(one, key) for one in COUPLE_VALUES]) for key in ("observed", "error"))
        return np.asarray((predict_couples(rule_at(logs)) - observed) / error)

    first = np.log([float(own[name][1]) for name in FITTED])
    return rule_at(least_squares(misses, first, bounds=(low, high), x_scale=0.1, diff_step=1e-4).x)


def _men(kind: str) -> Float[np.ndarray, " man"]:
    """Return evenly spaced quantiles of the true concentrations [million/mL] of men of a kind."""
    own, reference = kind_of(kind), Spermatogenesis()
    middle = np.log(own.get("sperm_concentration", float(reference.sertoli / reference.volume)))
    spread = own["sperm_concentration_spread"]
    most = ndtr((np.log(own.get("sperm_concentration_most", np.inf)) - middle) / spread)
    return np.asarray(np.exp(middle + spread * ndtri(most * (np.arange(_QUANTILES) + 0.5) / _QUANTILES)))


def _groups(men: Float[np.ndarray, " man"], rule: Fecundability) -> tuple[float, float]:
    """Return the share pregnant in six cycles of men measured once at or above the limit, and below it."""
    share = pregnant(np.repeat(motile_count(men)[:, None], 6, axis=1), rule=rule)[:, -1]
    noise = log_spread(ANALYTES["sperm_concentration"].within_man_cv)
    above = ndtr((np.log(men / LIMIT) - 0.5 * noise**2) / noise)
    return float((share * above).sum() / above.sum()), float((share * (1.0 - above)).sum() / (1.0 - above).sum())


def _first_cycle(men: Float[np.ndarray, " man"], rule: Fecundability) -> float:
    """Return the mean chance of the first cycle."""
    return float(pregnant(motile_count(men)[:, None], rule=rule)[:, -1].mean())
