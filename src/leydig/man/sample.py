"""A sample is a draw: what one tube of blood and one ejaculate show of a man whose true levels are known.

Blood, bone, and whatever else is no semen, with a standard normal number ``z``::

    read = true·exp(σz − ½σ²)          σ² = ln(1 + CV_within² + CV_assay²)

An ejaculate after ``d`` days of abstinence, log-normal about three days, on which true levels stand::

    volume          true·(d/3)^v·exp(σ_v z − ½σ_v²)
    sperm counted   n ~ negative binomial of mean λ = true·(d/3)^c/δ and variance λ + k·λ²
    concentration   n·δ, so none seen is read as 0, whatever the man has
    a share         odds = true odds·(concentration read/true)^g·exp(σ_q z); of no sperm there is no share
    counts          products of what was read

``σ_v`` and ``k`` are what abstinence leaves of the published variation between samples of one man, which holds the
error of counting too. Powers of ``d/3`` are divided by their means, so that no reading is biased.
"""

# Declarations are laid out by hand, as in the organs.
# fmt: off
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float
from scipy.special import gammaincc, nbdtrik, ndtr

from leydig.analytes import ANALYTES, of_specimen
from leydig.body.spermatogenesis import Spermatogenesis
from leydig.parameter import log_spread, parameter
from leydig.streams import stream_of_man
from leydig.ticks import tick_of

__all__ = ["EJACULATE_DEVIATES", "Ejaculate", "count_unit", "noise_of", "reading_chance", "sample_draw",
           "sample_ejaculate", "sample_level", "sample_readings"]  # fmt: skip

FURTHEST = 3.0  # standard deviations beyond which no reading errs
TRACE = 1e-12  # least level of which a logarithm is taken
WHOLE = 1e-9  # [1] by which a limit may miss a whole number of sperm and still stand on it
EJACULATE_DEVIATES = ("abstinence", "sperm_concentration", "semen_volume", "motility", "normal_forms")

Number = Float[Array, ""]
Values = Float[np.ndarray, "..."]


class Ejaculate(eqx.Module):
    """How samples of one man differ."""

    abstinence: Number = parameter(
        3.0, "d", "median abstinence before a sample", within=(1.0, 7.0), basis="assumed",
        source="assumed: 2 to 7 days are asked for; the published increments are those near three")
    abstinence_spread: Number = parameter(
        0.3, "1", "spread of the logarithm of abstinence", within=(0.0, 0.6), basis="assumed",
        source="assumed: nine samples in ten between 1.8 and 4.9 days, as men who are asked for 2 to 7 come")
    volume_per_day: Number = parameter(
        0.4, "mL/d", "volume that a day of abstinence adds near three days", within=(0.0, 1.0), basis="measured",
        source="SemenCV 1979, unresolved:SemenCV_JRF57; 0.4 mL per day, 36 normal men")
    concentration_per_day: Number = parameter(
        13.0, "million/mL/d", "concentration that a day of abstinence adds near three days in normal men",
        within=(0.0, 30.0), basis="measured",
        source="SemenCV 1979, unresolved:SemenCV_JRF57; 13 million/mL per day, 36 normal men")
    count_per_day: Number = parameter(
        87.0, "million/d", "sperm that a day of abstinence adds near three days in normal men",
        within=(0.0, 200.0), basis="measured",
        source="SemenCV 1979, unresolved:SemenCV_JRF57; 87 million per day, 36 normal men")
    one_sperm: Number = parameter(
        0.03, "million/mL", "concentration that one sperm in the counted volume stands for (δ)",
        within=(0.015, 0.06), basis="assumed",
        source="assumed: a chamber and a second drop; half to double is possible")
    motility_tie: Number = parameter(
        0.6, "1", "exponent g of the count on the odds of motile sperm", within=(0.0, 1.0), basis="derived",
        source="Naelitz 2023, doi:10.1016/j.fertnstert.2023.06.032; log odds against log count of men who respond and "
        "who do not, slope 0.58 to 0.60; taken to hold between samples of one man too")
    motility_spread: Number = parameter(
        0.3, "1", "spread of the log odds of motile sperm between samples of one count", within=(0.0, 1.0),
        basis="derived",
        source="IUI436 undated, unresolved:IUI436; what a variation of 73 % of the motile count leaves at 45 % motile")
    forms_tie: Number = parameter(
        0.3, "1", "exponent g of the count on the odds of normal forms", within=(0.0, 1.0), basis="assumed",
        source="assumed: half that of motility, which alone would vary forms by more than was seen in one man")
    forms_spread: Number = parameter(
        0.18, "1", "spread of the log odds of normal forms between samples of one count", within=(0.0, 1.0),
        basis="derived",
        source="Alvarez 2003, pmid:14507825; critical difference of 58 %, so a variation of 21 %, less the tie")

    @property
    def powers(self) -> tuple[float, float]:
        """Exponents v and c of abstinence, from increments of men with the reference volume: N′ = c·V′ + V·c′."""
        volume = float(Spermatogenesis().volume)
        concentration = float((self.count_per_day - self.concentration_per_day * volume) / self.volume_per_day)
        days = float(self.abstinence)
        return days * float(self.volume_per_day) / volume, days * float(self.concentration_per_day) / concentration

    @property
    def volume_spread(self) -> float:
        """Spread σ_v of log volume between samples of one abstinence."""
        apart = log_spread(ANALYTES["semen_volume"].within_man_cv) ** 2
        return float(np.sqrt(max(apart - (self.powers[0] * float(self.abstinence_spread)) ** 2, 0.0)))

    @property
    def dispersion(self) -> float:
        """Dispersion k of counted sperm between samples of one abstinence."""
        apart = 1.0 + ANALYTES["sperm_concentration"].within_man_cv ** 2
        return max(apart / float(np.exp((self.powers[1] * float(self.abstinence_spread)) ** 2)) - 1.0, 1e-6)


class _EjaculateNumbers(NamedTuple):
    """What `sample_ejaculate` needs of an `Ejaculate`, worked out once."""

    abstinence_spread: float
    volume_power: float
    count_power: float
    volume_spread: float
    dispersion: float
    one_sperm: float
    share_ties: dict[str, tuple[str, float, float]]  # by share, whose deviate it has, its tie and its spread


def _ejaculate_numbers(rule: Ejaculate) -> _EjaculateNumbers:
    motility = ("motility", float(rule.motility_tie), float(rule.motility_spread))
    forms = ("normal_forms", float(rule.forms_tie), float(rule.forms_spread))
    ties = {"motility": motility, "progressive_motility": motility, "normal_forms": forms}  # both are of one drop
    return _EjaculateNumbers(float(rule.abstinence_spread), *rule.powers, rule.volume_spread, rule.dispersion,
                             float(rule.one_sperm), ties)  # fmt: skip


@cache
def _usual_numbers() -> _EjaculateNumbers:
    return _ejaculate_numbers(Ejaculate())


# fmt: on
def noise_of(name: str) -> float:
    """Return the spread of the logarithm of one measurement about the true level."""
    analyte = ANALYTES[name]
    return log_spread(analyte.within_man_cv, analyte.assay_cv)


def count_unit(name: str) -> float:
    """Return what one sperm that is seen stands for [inside unit], in the usual volume; 0 of what is no count."""
    if name not in ("sperm_concentration", "total_sperm_count", "total_motile_count"):
        return 0.0
    return float(Ejaculate().one_sperm) * (1.0 if name == "sperm_concentration" else float(Spermatogenesis().volume))


def reading_chance(name: str, true: Values, low: float, high: float) -> Values:
    """Return the chance that one reading of a true level is above a lower and below a higher limit.

    Parameters
    ----------
    name : str
        Of `leydig.analytes.ANALYTES`.
    true : Float[np.ndarray, "..."]
        True level [inside unit].
    low, high : float
        Limits [inside unit]; −inf and inf where there is none.

    Notes
    -----
    Of sperm, ``n`` are seen where ``δ·n`` is read, and the chance is that of whole numbers::

        read = δ·Poisson(true·exp(σz − ½σ²)/δ)

    Examples
    --------
    >>> round(float(reading_chance("sperm_concentration", np.array(0.03), 0.0, np.inf)), 2)
    0.6
    """
    noise, logs = noise_of(name), np.log(np.maximum(true, TRACE))
    if count_unit(name):
        return np.asarray(np.interp(logs, *_counting_chance(name, float(low), float(high))))
    middle, ends = logs - 0.5 * noise**2, [np.log(end) if end > 0.0 else -np.inf for end in (low, high)]
    return np.asarray(ndtr((ends[1] - middle) / noise) - ndtr((ends[0] - middle) / noise))


@cache
def _counting_chance(name: str, low: float, high: float) -> tuple[Values, Values]:
    """Return logarithms of true levels, and the chance at each that as many sperm are seen as limits ask for."""
    noise, one = noise_of(name), count_unit(name)
    logs, z = np.log(one) + np.linspace(-14.0, 18.0, 1601), np.linspace(-5.0, 5.0, 401)
    weights = np.exp(-0.5 * z**2)
    mean = np.exp(logs[:, None] + noise * z - 0.5 * noise**2) / one
    chance = np.ones_like(mean)
    if np.isfinite(high):
        most = np.ceil(high / one - WHOLE) - 1.0
        chance = gammaincc(most + 1.0, mean) if most >= 0.0 else 0.0 * mean
    if low >= 0.0:
        chance = chance - gammaincc(np.floor(low / one + WHOLE) + 1.0, mean)
    return logs, np.maximum(chance, 0.0) @ weights / weights.sum()


def sample_level(name: str, true: Values | float, deviate: Values | float) -> Values:
    """Return what a laboratory reads of a level that is not of semen [inside unit].

    Parameters
    ----------
    name : str
        Of `leydig.analytes.ANALYTES`.
    true : Float[np.ndarray, "..."]
        True level.
    deviate : Float[np.ndarray, "..."]
        Standard normal number.
    """
    sigma = noise_of(name)
    return np.asarray(true * np.exp(sigma * np.clip(deviate, -FURTHEST, FURTHEST) - 0.5 * sigma**2))


def sample_ejaculate(
    true: Mapping[str, Values | float], deviates: Mapping[str, Values | float], rule: Ejaculate | None = None
) -> dict[str, Values]:
    """Return what one ejaculate is read for [inside units].

    Parameters
    ----------
    true : mapping of str to Float[np.ndarray, "..."]
        True ``sperm_concentration`` and whichever of ``semen_volume``, ``motility``, ``progressive_motility`` and
        ``normal_forms`` are wanted; one number for each man.
    deviates : mapping of str to Float[np.ndarray, "..."]
        A standard normal number for each of `EJACULATE_DEVIATES` that is needed; that of ``abstinence`` may be
        left out, which is three days.
    rule : Ejaculate, optional

    Returns
    -------
    dict of str to Float[np.ndarray, "..."]
        What was wanted, with ``total_sperm_count`` and ``total_motile_count`` where they follow. Shares are NaN
        where no sperm was seen.

    Examples
    --------
    >>> read = sample_ejaculate({"sperm_concentration": 20.0}, {"sperm_concentration": 0.0})
    >>> round(float(read["sperm_concentration"]), 2)
    18.6
    """
    one = _usual_numbers() if rule is None else _ejaculate_numbers(rule)
    z = {name: np.clip(value, -FURTHEST, FURTHEST) for name, value in deviates.items()}
    abstinence = one.abstinence_spread * z.get("abstinence", np.zeros(()))
    concentration = np.asarray(true["sperm_concentration"], dtype=float)
    days = _lognormal_factor(one.count_power * abstinence, one.count_power * one.abstinence_spread)
    counted = _sperm_count(concentration * days / one.one_sperm, one.dispersion, z["sperm_concentration"])
    read = {"sperm_concentration": counted * one.one_sperm}
    if "semen_volume" in true:
        own = one.volume_spread * z["semen_volume"] - 0.5 * one.volume_spread**2
        days = _lognormal_factor(one.volume_power * abstinence, one.volume_power * one.abstinence_spread)
        read["semen_volume"] = np.asarray(true["semen_volume"] * days * np.exp(own))
        read["total_sperm_count"] = read["sperm_concentration"] * read["semen_volume"]
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(counted > 0.0, np.log(read["sperm_concentration"] / concentration), np.nan)
    for name, (of, tie, spread) in one.share_ties.items():
        if name in true:
            read[name] = _share(true[name], tie * gain + spread * z[of])
    if "motility" in read and "semen_volume" in read:
        motile = read["total_sperm_count"] * read["motility"]
        read["total_motile_count"] = np.where(counted == 0.0, 0.0, motile)
    return read


def sample_draw(true: Mapping[str, Values | float], deviates: Mapping[str, Values | float]) -> dict[str, Values]:
    """Return one reading of every level: of blood each by itself, of semen all of one ejaculate [inside units].

    Parameters
    ----------
    true, deviates : mapping of str to Float[np.ndarray, "..."]
        As `sample_level` and `sample_ejaculate` take them.
    """
    semen = {name: levels for name, levels in true.items() if name in of_specimen("semen")}
    read = {name: sample_level(name, levels, deviates[name]) for name, levels in true.items() if name not in semen}
    return read | (sample_ejaculate(semen, deviates) if semen else {})


def sample_readings(
    true: Mapping[str, Float[np.ndarray, "man time"]], days: Float[np.ndarray, " time"], seed: int
) -> dict[str, Float[np.ndarray, "man time"]]:
    """Return one reading of every level of every man on every day [inside units].

    Parameters
    ----------
    true : mapping of str to Float[np.ndarray, "man time"]
        True levels; what is read of one ejaculate needs those of `sample_ejaculate`.
    days : Float[np.ndarray, " time"]
        [d]. A reading belongs to its man, day and seed, whatever else is read.
    seed : int

    Returns
    -------
    dict of str to Float[np.ndarray, "man time"]
        As `sample_level` and `sample_ejaculate` give them: of all levels that came, and the counts that follow.
    """
    count = len(next(iter(true.values())))
    blood = [name for name in true if name not in of_specimen("semen")]
    purposes = (*blood, *(EJACULATE_DEVIATES if len(blood) < len(true) else ()))
    deviates = {
        purpose: np.array([[stream_of_man(seed, f"reading|{purpose}|{tick_of(day)}", man).standard_normal()
                            for day in days.tolist()] for man in range(count)]).reshape(count, len(days))
        for purpose in purposes
    }  # fmt: skip
    return sample_draw(true, deviates)


def _lognormal_factor(power: Values, spread: float) -> Values:
    """Return a log-normal factor over its mean."""
    return np.asarray(np.exp(power - 0.5 * spread**2))


def _sperm_count(expected: Values, dispersion: float, z: Values) -> Values:
    """Return how many sperm are counted: the quantile of a negative binomial distribution; NaN where none is known."""
    size, chance = 1.0 / dispersion, ndtr(z)
    success = size / (size + np.nan_to_num(expected))
    with np.errstate(invalid="ignore"):
        counted = np.where(chance <= success**size, 0.0, np.ceil(nbdtrik(chance, size, success)))
    return np.where(np.isnan(expected), np.nan, np.maximum(counted, 0.0))


def _share(true: Values | float, moved: Values) -> Values:
    """Return a share whose log odds have moved."""
    share = np.asarray(true, dtype=float)
    odds = share * np.exp(moved)
    return np.asarray(odds / (odds + 1.0 - share))
