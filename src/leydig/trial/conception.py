"""Pregnancy in couples: the chance of a cycle follows the sperm concentration of that cycle.

With ``c`` the concentration and ``g`` what the couple brings beside it (log-normal, spread ``s``)::

    chance of a cycle  f = f_most·g·c^h/(c^h + K^h)            at most 1
    f_most at the partner's age A    f_most·exp[−d·max(A − 30, 0)]
    pregnant by cycle k    1 − Π (1 − f)

A couple that has already tried in vain is more often one with a small ``g``: its months of trying are
counted first, and what is left is its chance.
"""

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float
from scipy.special import ndtri

from leydig.parameter import parameter

__all__ = ["Fecundability", "conception_cycle", "pregnant"]

AGE_OF_DECLINE = 30.0  # [year]

_NODES = 64  # quantiles of what couples bring


class Fecundability(eqx.Module):
    """The chance of pregnancy in one cycle."""

    most: Float[Array, ""] = parameter(
        0.254, "1", "chance of a cycle with ample sperm in the median couple (f_most)",
        within=(0.05, 0.5), basis="derived",
        source="Bonde 1998, doi:10.1016/S0140-6736(97)10514-1; 65 % in six cycles at 40 million/mL and more")
    half: Float[Array, ""] = parameter(
        33.7, "million/mL", "concentration of half that chance (K)", within=(1.0, 60.0), basis="derived",
        source="Bonde 1998, doi:10.1016/S0140-6736(97)10514-1; 51 % in six cycles below 40 million/mL | "
        "WHO undated, unresolved:WHO_TE399; 28 per 100 years at 2.1 to 3 million/mL")
    steepness: Float[Array, ""] = parameter(
        1.2, "1", "exponent h of the concentration", within=(0.5, 3.0), basis="derived",
        source="WHO undated, unresolved:WHO_TE399; 5, 14.5 and 28 per 100 years at 0.1 to 1, to 2 and to 3 million/mL")
    spread: Float[Array, ""] = parameter(
        1.5, "1", "spread s of the logarithm of what couples bring beside sperm", within=(0.0, 2.5), basis="derived",
        source="WHO undated, unresolved:WHOclom1992; 11.7 % in eight months on placebo, about two years tried | "
        "Bonde 1998, doi:10.1016/S0140-6736(97)10514-1; couples who begin")
    decline: Float[Array, ""] = parameter(
        0.06, "1/year", "loss of the chance with each year of the partner's age beyond 30 (d)",
        within=(0.0, 0.2), basis="assumed",
        source="assumed: about half the chance at 41, as textbooks say; no figure by partner's age is in the evidence")
    cycle: Float[Array, ""] = parameter(
        28.0, "d", "length of a cycle", within=(21.0, 35.0), basis="assumed",
        source="assumed: the usual figure")

    def chance(self, concentration: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Return the chance of one cycle in the median couple at this concentration [million/mL]."""
        strong = np.maximum(concentration, 0.0) ** self.steepness
        return np.asarray(self.most * strong / (strong + self.half**self.steepness))

    def couple_effect(self) -> Float[np.ndarray, " couple"]:
        """Return what couples bring beside sperm (g), at evenly spaced quantiles."""
        return np.asarray(np.exp(float(self.spread) * ndtri((np.arange(_NODES) + 0.5) / _NODES)))


def pregnant(
    concentration: Float[np.ndarray, "man cycle"], tried: float = 0.0, rule: Fecundability | None = None
) -> Float[np.ndarray, " man"]:
    """Return the share of couples that are pregnant after the last cycle.

    Parameters
    ----------
    concentration : Float[np.ndarray, "man cycle"]
        Sperm concentration in each cycle [million/mL].
    tried : float, optional
        Cycles without success before the first, at the first concentration.
    rule : Fecundability, optional

    Returns
    -------
    Float[np.ndarray, " man"]
        Among the couples of each man, those that had no success before.

    Examples
    --------
    >>> round(float(pregnant(np.full((1, 6), 80.0))[0]), 2)
    0.65
    """
    fecundability = rule or Fecundability()
    brought = fecundability.couple_effect()
    chance = np.minimum(fecundability.chance(np.asarray(concentration))[..., None] * brought, 1.0 - 1e-12)
    before = (1.0 - chance[:, 0]) ** tried
    after = before * np.prod(1.0 - chance, axis=1)
    return np.asarray(1.0 - after.mean(axis=-1) / before.mean(axis=-1))


def conception_cycle(
    concentration: Float[np.ndarray, "man cycle"],
    first: Float[np.ndarray, " man"],
    tried: Float[np.ndarray, " man"],
    partner_age: Float[np.ndarray, " man"],
    luck: Float[np.ndarray, "man draw"],
    rule: Fecundability | None = None,
) -> Float[np.ndarray, " man"]:
    """Return the cycle in which each couple conceives; infinity where none does.

    Parameters
    ----------
    concentration : Float[np.ndarray, "man cycle"]
        Sperm concentration in each cycle [million/mL].
    first : Float[np.ndarray, " man"]
        Concentration while they tried before [million/mL].
    tried : Float[np.ndarray, " man"]
        Cycles without success before the first.
    partner_age : Float[np.ndarray, " man"]
        [year]
    luck : Float[np.ndarray, "man draw"]
        Uniform numbers: one for what the couple brings, then one for each cycle.
    rule : Fecundability, optional
    """
    fecundability = rule or Fecundability()
    brought = fecundability.couple_effect()
    age = np.exp(-float(fecundability.decline) * np.maximum(partner_age - AGE_OF_DECLINE, 0.0))
    before = np.minimum(fecundability.chance(first)[:, None] * brought * age[:, None], 1.0 - 1e-12)
    weight = np.cumsum((1.0 - before) ** tried[:, None], axis=1)
    node = (luck[:, :1] * weight[:, -1:] > weight).sum(axis=1)
    chance = np.minimum(fecundability.chance(concentration) * (brought[node] * age)[:, None], 1.0 - 1e-12)
    success = luck[:, 1 : 1 + concentration.shape[1]] < chance
    return np.where(success.any(axis=1), success.argmax(axis=1), np.inf)
