"""Time to pregnancy: some couples never conceive, the others differ, and motile sperm carry the chance of a cycle.

With ``n`` the motile sperm of an ejaculate [million] and ``x`` what a couple brings beside them::

    sterile               a share s of couples, whatever the sperm
    chance of a cycle     f = x·exp[−d·max(A − 30, 0)]·n^h/(n^h + K^h)       A the partner's age
    others                x ~ beta of mean m and concentration k: the beta-geometric time to pregnancy
    pregnant by cycle j   1 − Π (1 − f)

A couple that has tried in vain is more often a sterile one or one of small ``x``: its cycles in vain are counted first,
and what is left is its chance. Sources of the chances give sperm concentration; `motile_count` turns it into motile
sperm, and `leydig.evidence.couples` holds the published values beside these numbers and fits them again. Live birth is
not predicted: no rate of loss is in the evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, Num
from scipy.special import betaincinv, expit, ndtri

from leydig.analytes import ANALYTES
from leydig.body.spermatogenesis import Spermatogenesis
from leydig.checks import number, numbers, whole_number
from leydig.errors import OutOfRange
from leydig.man.sample import Ejaculate
from leydig.parameter import log_spread, parameter
from leydig.units import DAYS_PER_MONTH

__all__ = ["Fecundability", "PregnancyCurve", "conception_cycle", "motile_count", "pregnancy_curve", "pregnant"]

AGE_OF_DECLINE = 30.0  # [year]
CYCLES = (6, 12, 24)  # that a curve shows
TAIL = 0.05  # left out on each side of its interval

_NODES = 64  # quantiles of what fertile couples bring
_DRAWS = 400  # of what is not known behind a curve
_LIKELIEST = 1.0 - 1e-12


class Fecundability(eqx.Module):
    """The chance of pregnancy in one cycle."""

    most: Float[Array, ""] = parameter(
        0.298, "1", "mean chance of a cycle with ample sperm among couples that are not sterile (m)",
        within=(0.05, 0.6), basis="derived",
        source="Bonde 1998, doi:10.1016/S0140-6736(97)10514-1; 65 % in six cycles at 40 million/mL and more")
    concentration: Float[Array, ""] = parameter(
        2.94, "1", "concentration k of the beta distribution of that chance", within=(0.5, 60.0), basis="derived",
        source="WHO undated, unresolved:WHOclom1992; 11.7 % in eight months on placebo, about two years tried | "
        "Bonde 1998, doi:10.1016/S0140-6736(97)10514-1; couples who begin")
    sterile: Float[Array, ""] = parameter(
        0.0659, "1", "share s of couples that never conceive, whatever the sperm", within=(0.0, 0.3), basis="derived",
        source="WHO undated, unresolved:WHOclom1992; 11.7 % in eight months on placebo, about two years tried | "
        "Sozou 2012, pmc:PMC3464305; an example: 84 % in 24 cycles, then 18 % in twelve")
    half: Float[Array, ""] = parameter(
        23.8, "million", "motile sperm of half the chance (K)", within=(1.0, 100.0), basis="derived",
        source="Bonde 1998, doi:10.1016/S0140-6736(97)10514-1; 51 % in six cycles below 40 million/mL | "
        "WHO undated, unresolved:WHO_TE399; 28 per 100 years at 2.1 to 3 million/mL")
    steepness: Float[Array, ""] = parameter(
        0.937, "1", "exponent h of the motile sperm", within=(0.3, 3.0), basis="derived",
        source="WHO undated, unresolved:WHO_TE399; 5.1, 14.5 and 28.3 per 100 years at 0.1 to 1, to 2, to 3 million/mL")
    decline: Float[Array, ""] = parameter(
        0.06, "1/year", "loss of the chance with each year of the partner's age beyond 30 (d)",
        within=(0.0, 0.2), basis="assumed",
        source="assumed: about half the chance at 41, as textbooks say; no value by partner's age is in the evidence")
    cycle: Float[Array, ""] = parameter(
        28.0, "d", "length of a cycle", within=(21.0, 35.0), basis="assumed",
        source="assumed: the usual value")
    between: Float[Array, ""] = parameter(
        0.25, "1", "spread of the logarithm of the odds of pregnancy between studies", within=(0.0, 1.0),
        basis="assumed", source="assumed: couples of one study differ from those of another by more than sperm")
    usual: Float[Array, ""] = parameter(
        96.0, "million", "median of motile sperm, towards which few counts of one man are drawn", within=(10.0, 300.0),
        basis="derived", source="Jorgensen 2012, pmc:PMC3391374; 141 million sperm, of which 68 % move")
    men: Float[Array, ""] = parameter(
        1.5, "1", "spread of the logarithm of men's own motile sperm, of men who ask", within=(0.3, 3.0),
        basis="assumed",
        source="assumed: wide, so that a man of few sperm is not drawn up to young men; 0.8 among these")

    def sperm_share(self, motile: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Return what motile sperm [million] leave of the chance: 1 with ample sperm, 0 without."""
        strong = np.maximum(motile, 0.0) ** float(self.steepness)
        return np.asarray(strong / (strong + float(self.half) ** float(self.steepness)))

    def age_share(self, partner_age: Num[np.ndarray, "..."] | float) -> Float[np.ndarray, "..."]:
        """Return what the partner's age [year] leaves of the chance."""
        return np.asarray(np.exp(-float(self.decline) * np.maximum(np.asarray(partner_age) - AGE_OF_DECLINE, 0.0)))

    def couples(self) -> tuple[Float[np.ndarray, " couple"], Float[np.ndarray, " couple"]]:
        """Return what couples bring beside sperm (x), the sterile first, and their weights."""
        a, b = float(self.most * self.concentration), float((1.0 - self.most) * self.concentration)
        fertile = betaincinv(a, b, (np.arange(_NODES) + 0.5) / _NODES)
        weight = np.full(_NODES, (1.0 - float(self.sterile)) / _NODES)
        return np.append(0.0, fertile), np.append(float(self.sterile), weight)


def motile_count(concentration: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Return the motile sperm [million] of men of whom the concentration [million/mL] alone was published.

    The volume is the reference man's 3.2 mL. Motility goes with the count, as in `leydig.man.sample`, through the 68 %
    of young men at 45 million/mL: 32 % at 3.6 and 10 % at 0.3 million/mL (Naelitz 2023).

    Examples
    --------
    >>> [round(float(motile_count(np.array(one))), 1) for one in (0.3, 3.6, 45.0)]
    [0.1, 3.7, 97.9]
    """
    reference = Spermatogenesis()
    count = np.maximum(np.asarray(concentration, dtype=float), 0.0)
    odds = float(reference.motile / (1.0 - reference.motile))
    with np.errstate(divide="ignore"):
        logit = np.log(odds) + float(Ejaculate().motility_tie) * np.log(count / TYPICAL)
    return np.asarray(count * float(reference.volume) * expit(logit))


TYPICAL = 45.0  # [million/mL] of young men whose motility is the reference man's; Jorgensen 2012, pmc:PMC3391374


def pregnant(
    motile: Float[np.ndarray, "man cycle"],
    prior_cycles: Num[np.ndarray, " man"] | float = 0.0,
    partner_age: Num[np.ndarray, " man"] | float = AGE_OF_DECLINE,
    rule: Fecundability | None = None,
) -> Float[np.ndarray, "man cycle"]:
    """Return the share of couples that are pregnant after each cycle.

    Parameters
    ----------
    motile : Float[np.ndarray, "man cycle"]
        Motile sperm of an ejaculate in each cycle [million].
    prior_cycles : Num[np.ndarray, " man"], optional
        Cycles without success before the first, at the first count.
    partner_age : Num[np.ndarray, " man"], optional
        [year]
    rule : Fecundability, optional

    Returns
    -------
    Float[np.ndarray, "man cycle"]
        Among the couples of each man, those that had no success before.

    Examples
    --------
    >>> round(float(pregnant(np.full((1, 6), 190.0))[0, -1]), 2)
    0.63
    """
    fecundability = rule or Fecundability()
    brought, weight = fecundability.couples()
    sperm = fecundability.sperm_share(np.asarray(motile, dtype=float))
    chance = np.minimum(
        np.multiply.outer(sperm * np.reshape(fecundability.age_share(partner_age), (-1, 1)), brought), _LIKELIEST
    )
    before = weight * (1.0 - chance[:, 0]) ** np.reshape(np.asarray(prior_cycles, dtype=float), (-1, 1))
    left = (before[:, None, :] * np.cumprod(1.0 - chance, axis=1)).sum(axis=-1)
    return np.asarray(1.0 - left / before.sum(axis=-1)[:, None])


def conception_cycle(
    motile: Float[np.ndarray, "man cycle"],
    first: Float[np.ndarray, " man"],
    prior_cycles: Num[np.ndarray, " man"],
    partner_age: Num[np.ndarray, " man"],
    luck: Float[np.ndarray, "man draw"],
    rule: Fecundability | None = None,
) -> Float[np.ndarray, " man"]:
    """Return the cycle in which each couple conceives; infinity where none does.

    Parameters
    ----------
    motile : Float[np.ndarray, "man cycle"]
        Motile sperm of an ejaculate in each cycle [million].
    first : Float[np.ndarray, " man"]
        Motile sperm while they tried before [million].
    prior_cycles : Num[np.ndarray, " man"]
        Cycles without success before the first.
    partner_age : Num[np.ndarray, " man"]
        [year]
    luck : Float[np.ndarray, "man draw"]
        Uniform numbers: one for what the couple brings, then one for each cycle.
    rule : Fecundability, optional
    """
    fecundability = rule or Fecundability()
    brought, share = fecundability.couples()
    age = fecundability.age_share(partner_age)
    before = np.minimum(np.multiply.outer(fecundability.sperm_share(first) * age, brought), _LIKELIEST)
    weight = np.cumsum(share * (1.0 - before) ** prior_cycles[:, None], axis=1)
    node = np.minimum((luck[:, :1] * weight[:, -1:] > weight).sum(axis=1), len(brought) - 1)
    chance = np.minimum(fecundability.sperm_share(motile) * (brought[node] * age)[:, None], _LIKELIEST)
    success = luck[:, 1 : 1 + motile.shape[1]] < chance
    return np.where(success.any(axis=1), success.argmax(axis=1), np.inf)


@dataclass(frozen=True)
class PregnancyCurve:
    """The share of couples like this one that are pregnant by some cycles from now.

    Attributes
    ----------
    cycles : tuple of int
    share, low, high : tuple of float
        Expected, and the 90 % interval of what is not known: the man's own mean count, how long they have tried,
        and what differs between studies.
    motile, motile_low, motile_high : float
        The man's own mean of motile sperm [million], with its interval.
    """

    cycles: tuple[int, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    motile: float
    motile_low: float
    motile_high: float


def pregnancy_curve(
    counts: Sequence[float],
    months_trying: tuple[float, float] = (0.0, 0.0),
    partner_age: float = AGE_OF_DECLINE,
    cycles: Sequence[int] = CYCLES,
    rule: Fecundability | None = None,
) -> PregnancyCurve:
    """Return the chance of a pregnancy without assistance, from all counts of a man and how long they have tried.

    One count says little of a man: the logarithm of his mean is drawn towards that of men, the less the more counts
    there are. Of a sample without sperm half a sperm is taken.

    Parameters
    ----------
    counts : sequence of float
        Motile sperm of each ejaculate [million].
    months_trying : (float, float), optional
        Fewest and most months in vain; the same number twice where it is known.
    partner_age : float, optional
        [year]
    cycles : sequence of int, optional
        By which the curve is read.
    rule : Fecundability, optional

    Raises
    ------
    OutOfRange
        When there is no count, or a number is impossible.

    Examples
    --------
    >>> found = pregnancy_curve([4.0, 7.0], months_trying=(18.0, 30.0), partner_age=34.0)
    >>> found.cycles, found.low[1] < found.share[1] < found.high[1]
    ((6, 12, 24), True)
    """
    fecundability = rule or Fecundability()
    read, months, by = _check_inputs(counts, months_trying, cycles)
    number(partner_age, "partner's age", (18.0, 55.0), "year")
    middle, spread = _own_mean(read, fecundability)
    z = np.random.Generator(np.random.Philox(key=[1, 1])).random((3, _DRAWS))
    own = np.exp(middle + spread * ndtri(z[0]))
    tried = (months[0] + (months[1] - months[0]) * z[1]) * DAYS_PER_MONTH / float(fecundability.cycle)
    found = pregnant(np.repeat(own[:, None], by[-1], axis=1), tried, partner_age, fecundability)[:, np.array(by) - 1]
    study = np.exp(float(fecundability.between) * ndtri(z[2]))[:, None]
    apart = found * study / (1.0 - found + found * study)
    low, high = np.quantile(apart, [TAIL, 1.0 - TAIL], axis=0)
    ends = np.exp(middle + spread * ndtri(np.array([TAIL, 1.0 - TAIL])))
    share, lowest, highest = (tuple(map(float, one)) for one in (found.mean(axis=0), low, high))
    return PregnancyCurve(
        tuple(by), share, lowest, highest, float(np.exp(middle)), float(ends[0]), float(ends[1])
    )  # fmt: skip


def _check_inputs(
    counts: Sequence[float], months_trying: tuple[float, float], cycles: Sequence[int]
) -> tuple[Float[np.ndarray, " count"], tuple[float, float], list[int]]:
    """Return counts, months and cycles, or refuse them."""
    if not len(counts):
        raise OutOfRange("got no count of motile sperm; expected at least one. Give one, or simulate him untreated.")
    read = numbers(np.asarray(counts, dtype=float), "motile sperm", ANALYTES["total_motile_count"].possible, "million")
    first, last = (number(one, "months of trying", (0.0, 240.0), "month") for one in months_trying)
    if first > last:
        raise OutOfRange(f"got {first:g} to {last:g} months of trying; expected the fewer first. Swap the two.")
    return np.asarray(read), (first, last), sorted(whole_number(one, "cycle", (1, 240)) for one in cycles)


def _own_mean(counts: Float[np.ndarray, " count"], rule: Fecundability) -> tuple[float, float]:
    """Return the logarithm of a man's own mean of motile sperm, and how sure it is."""
    ejaculate, reference = Ejaculate(), Spermatogenesis()
    least = 0.5 * float(ejaculate.one_sperm * reference.volume * reference.motile)
    within, between = log_spread(ANALYTES["total_motile_count"].within_man_cv), float(rule.men)
    seen = np.log(np.maximum(counts, least)) + 0.5 * within**2  # samples of a log-normal are below its mean
    weight = len(counts) * between**2 / (len(counts) * between**2 + within**2)
    middle = weight * float(seen.mean()) + (1.0 - weight) * float(np.log(rule.usual))
    return middle, float(between * np.sqrt(1.0 - weight))
