"""The men of a published arm: their mean man, and virtual men who are like them.

A published mean ``m`` and standard deviation ``sd`` are of measured values; what varies from day to day
and in the assay (``n``) is taken out, so that the men's true levels spread by::

    σ² = ln(1 + sd²/m²) − n²        median of the true levels  m·exp(−½(σ² + n²))·exp(½n²)

Where men were enrolled by a measured value, virtual men are drawn wider, measured once with noise, and kept
or sent home by what was measured. Their published baseline is that measurement, so the kept men's true
levels lie nearer to those of all men than it says: regression to the mean comes of itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.optimize import brentq
from scipy.special import ndtr

from leydig.analytes import ANALYTES
from leydig.body import Body
from leydig.errors import OutOfRange
from leydig.evidence.study import ENROLLING_TRAITS, SEMEN, Arm, Criterion, PublishedValue
from leydig.man import Man
from leydig.man.imputation import Expectation, impute_baseline
from leydig.man.limits import AGES, BMIS
from leydig.man.man import MEASURABLE, SHARES
from leydig.man.phenotypes import kind_of
from leydig.man.population import population_matching
from leydig.man.sample import noise_of, reading_chance
from leydig.streams import stream

__all__ = [
    "VirtualArm",
    "baseline_levels",
    "chance_to_fulfil",
    "criterion_limits",
    "fulfils_criterion",
    "mean_man",
    "measure_baseline",
    "virtual_arm",
]

UNKNOWN_AGE = (35.0, 8.0)  # [year] mean and spread, where a study gives no age
UNKNOWN_BMI = (25.0, 3.0)  # [kg/m2] where a study gives no BMI
USUAL_SPREAD = 0.3  # of the logarithm of a true level, where neither study nor kind gives one
USUAL_ODDS_SPREAD = 0.5  # the same, of the logarithm of the odds of a share of sperm
WIDEST = 1.2  # spread that a kind's men are given at most
SHARE_ENDS = (0.005, 0.995)  # of the median of a share
NARROWEST = 0.25  # least part of a published spread that is between men
DRAWN = 25  # men drawn for each man wanted
FEWEST = 8  # men who must pass enrollment
FREE, BIOAVAILABLE = "free_testosterone", "bioavailable_testosterone"
DERIVED = ("sperm_concentration", "total_sperm_count", "total_motile_count", "motility")  # of the enrolling ejaculate

_Enrolled = tuple[Man, dict[str, Float[np.ndarray, " man"]], Int[np.ndarray, " passed"]]


@dataclass(frozen=True)
class VirtualArm:
    """Virtual men of an arm.

    Attributes
    ----------
    men : Man
        With a leading axis, at rest at their true levels.
    measured : dict of str to Float[np.ndarray, " man"]
        What the enrolling measurement read, in inside units, of the analytes that decided.
    accepted : float
        Share of the men drawn who were enrolled; 1 where nothing decided.
    """

    men: Man
    measured: dict[str, Float[np.ndarray, " man"]]
    accepted: float


def _te2_factor() -> float:
    """Return by what testosterone over estradiol, in inside units, is multiplied to be their ratio."""
    return ANALYTES["testosterone"].factor_to("ng/dL") / ANALYTES["estradiol"].factor_to("pg/mL")


def baseline_levels(arm: Arm) -> dict[str, float]:
    """Return the published central levels that can set a baseline, in inside units.

    Of testosterone, estradiol and their ratio, two give the third; a total sperm count gives the concentration, free or
    bioavailable testosterone alone the total. A count of none sets nothing: it is what the kind of men is.
    """
    inside = {
        name: value for name, published in arm.baseline.items() if (value := published.internal_value(name)) > 0.0
    }
    levels = {name: value for name, value in inside.items() if name in MEASURABLE}
    if "te2_ratio" in inside:
        per = _te2_factor() / inside["te2_ratio"]
        if "testosterone" in levels and "estradiol" not in levels:
            levels["estradiol"] = levels["testosterone"] * per
        elif "estradiol" in levels and "testosterone" not in levels:
            levels["testosterone"] = levels["estradiol"] / per
    if "testosterone" not in levels and (FREE in inside or BIOAVAILABLE in inside):
        levels["testosterone"] = _total_testosterone(arm, inside, levels.get("shbg"))
    if "total_sperm_count" in inside and "sperm_concentration" not in levels:
        levels["sperm_concentration"] = inside["total_sperm_count"] / levels.get(
            "semen_volume", float(Body().spermatogenesis.volume)
        )
    return levels


def _total_testosterone(arm: Arm, inside: Mapping[str, float], shbg: float | None) -> float:
    """Return total testosterone [nmol/L] from free or bioavailable, by mass action; SHBG is expected where unknown."""
    blood = Body().blood
    loose = 1.0 + float(blood.testosterone_albumin * blood.albumin)
    free = inside[FREE] if FREE in inside else inside[BIOAVAILABLE] / loose
    age, bmi = (jnp.asarray(one[0]) for one in (_age_of(arm), _bmi_of(arm)))
    held = float(Expectation().shbg(Body(), age, bmi)) if shbg is None else shbg
    bound = float(blood.testosterone_shbg) * free
    return free * loose + held * bound / (1.0 + bound)


def mean_man(arm: Arm) -> Man:
    """Return the mean man of an arm; what was not published is expected from what was."""
    own = kind_of(arm.kind)
    levels = {name: own[name] for name in MEASURABLE if name in own} | baseline_levels(arm)
    (age, _), (bmi, _) = (tuple(map(np.float64, one)) for one in (_age_of(arm), _bmi_of(arm)))
    body = Body()
    apart = {"estradiol": own["estradiol_excess"]}
    baseline: Any = jax.tree.map(np.float64, impute_baseline(body, levels, age, bmi, apart))
    return Man.from_baseline(body, baseline, age, bmi, {name: np.float64(name in levels) for name in MEASURABLE})


def virtual_arm(arm: Arm, n: int, seed: int = 1) -> VirtualArm:
    """Return virtual men like those of a published arm.

    Parameters
    ----------
    arm : Arm
    n : int
        How many; fewer come back when enrollment turns nearly everybody away.
    seed : int, optional

    Returns
    -------
    Matched
        Their age, BMI, baseline means and spreads are those published, and they passed the enrolling
        measurement.

    Examples
    --------
    >>> from leydig.evidence.study_file import studies
    >>> arm = studies()["shah_2021"].arms[0]
    >>> found = virtual_arm(arm, 200)
    >>> bool(abs(found.men.baseline.testosterone.mean() * 28.84 / 270.6 - 1) < 0.1)
    True
    """
    own = kind_of(arm.kind)
    levels = {
        name: _true(name, arm, value, arm.enrolled.get(name), own) for name, value in baseline_levels(arm).items()
    }
    if not arm.enrolled:
        return VirtualArm(_like(arm, n, seed, levels), {}, 1.0)
    unpublished = {name: one for name, one in arm.enrolled.items() if name in MEASURABLE and name not in levels}
    found = _enroll(arm, n, seed, levels)
    if len(found[2]) < min(n, FEWEST):  # none of the men of this kind: men about the criterion itself
        nearer = {name: _about(name, one, own) for name, one in unpublished.items()}
        found = _enroll(arm, n, seed, levels | nearer)
    men, seen, passed = found
    if len(passed) < min(n, FEWEST):
        raise OutOfRange(
            f"got {len(passed)} of {DRAWN * n} virtual men of kind {arm.kind!r} who pass the enrollment of arm "
            f"{arm.name!r}; expected at least {min(n, FEWEST)}. Correct baseline and enrolled, or choose another kind."
        )
    kept_men = passed[:n]
    return VirtualArm(
        jax.tree.map(lambda leaf: np.asarray(leaf)[kept_men], men),
        {name: values[kept_men] for name, values in seen.items()},
        len(passed) / (DRAWN * n),
    )


def _like(arm: Arm, n: int, seed: int, levels: Mapping[str, tuple[float, float]]) -> Man:
    """Return men of the arm's kind, age, BMI and these levels."""
    return population_matching(n, seed, kind=arm.kind, age=_age_of(arm), bmi=_bmi_of(arm), levels=levels, even=True)


def _age_of(arm: Arm) -> tuple[float, float]:
    """Return mean and spread of the men's age [year], as published or as usual among men of the kind."""
    own = kind_of(arm.kind)
    youngest, oldest = own["youngest"], own["oldest"]
    usual = UNKNOWN_AGE
    if not youngest <= usual[0] <= oldest:
        usual = 0.5 * (youngest + oldest), 0.25 * (oldest - youngest)
    return _spread(arm.age, _enrolled_about(usual, arm.enrolled.get("age")), AGES)


def _bmi_of(arm: Arm) -> tuple[float, float]:
    """Return mean and spread of the men's BMI [kg/m2], as published or as usual among men of the kind."""
    own, usual = kind_of(arm.kind), UNKNOWN_BMI
    if not own["leanest"] <= usual[0] <= own["heaviest"]:
        usual = own["usual_bmi"], own["usual_bmi"] * own["bmi_spread"]
    return _spread(arm.bmi, _enrolled_about(usual, arm.enrolled.get("bmi")), BMIS)


def _enrolled_about(usual: tuple[float, float], one: Criterion | None) -> tuple[float, float]:
    """Return mean and spread of an age or BMI that was not published, of men whom it enrolled."""
    if one is None:
        return usual
    mean, spread = usual
    low = -np.inf if one.above is None else one.above
    high = np.inf if one.below is None else one.below
    if np.isfinite(high - low):
        return 0.5 * (low + high), min(spread, 0.25 * (high - low))
    return (mean if low < mean < high else low + spread if np.isfinite(low) else high - spread), spread


def _enroll(arm: Arm, n: int, seed: int, levels: Mapping[str, tuple[float, float]]) -> _Enrolled:
    """Return many men, what was measured in them, and the numbers of those who pass."""
    men = _like(arm, DRAWN * n, seed, levels)
    also = DERIVED if any(name in SEMEN for name in arm.enrolled) else ()
    measured = [name for name in arm.enrolled if name not in ENROLLING_TRAITS]
    seen = {name: measure_baseline(men, name, seed) for name in (*measured, *also)}
    passed = np.ones(DRAWN * n, dtype=bool)
    for name, one in arm.enrolled.items():
        trait = name in ENROLLING_TRAITS
        passed &= _fulfils(getattr(men, name), one) if trait else fulfils_criterion(seen[name], name, one)
    return men, seen, np.flatnonzero(passed)


def fulfils_criterion(values: Float[np.ndarray, "..."], name: str, one: Criterion) -> Bool[np.ndarray, "..."]:
    """Return which measured values [inside unit] fulfil a criterion."""
    return _fulfils(values * ANALYTES[name].factor_to(one.unit), one)


def _fulfils(values: Float[np.ndarray, "..."], one: Criterion) -> Bool[np.ndarray, "..."]:
    """Return which values, in the unit of a criterion, fulfil it."""
    passed = np.ones(np.shape(values), dtype=bool)
    if one.below is not None:
        passed &= values < one.below
    if one.above is not None:
        passed &= values > one.above
    return np.asarray(passed)


def chance_to_fulfil(values: Float[np.ndarray, "..."], name: str, one: Criterion) -> Float[np.ndarray, "..."]:
    """Return the chance that one noisy measurement of each true level [inside unit] fulfils a criterion."""
    return reading_chance(name, values, *criterion_limits(name, one))


def criterion_limits(name: str, one: Criterion) -> tuple[float, float]:
    """Return the limits [inside unit] between which a level of this analyte fulfils a criterion."""
    unit = ANALYTES[name].factor_to(one.unit)
    return -np.inf if one.above is None else one.above / unit, np.inf if one.below is None else one.below / unit


def _spread(
    published: PublishedValue | None, usual: tuple[float, float], limits: tuple[float, float]
) -> tuple[float, float]:
    mean = published.value if published else usual[0]
    sd = published.sd if published and published.sd is not None else usual[1]
    return float(np.clip(mean, *limits)), float(sd)


def _within(name: str, one: Criterion) -> float:
    """Return a level in the middle of a criterion, for a level of which nothing else is known."""
    unit = ANALYTES[name].factor_to(one.unit)
    middle = ANALYTES[name].reference[0]
    below = np.inf if one.below is None else one.below / unit
    above = 0.0 if one.above is None else one.above / unit
    return float(np.clip(middle, 1.05 * above, 0.7 * below))


def _usual_spread(name: str, own: Mapping[str, float]) -> float:
    """Return the spread of men of a kind, of the logarithm of a level or of the odds of a share."""
    if name in SHARES:
        return float(own.get(f"{name}_spread", USUAL_ODDS_SPREAD))
    if name == "testosterone" and f"{name}_spread" not in own:
        return 2.0 * own["root_testosterone_spread"]  # of its logarithm, where its root is spread
    return min(own.get(f"{name}_spread", USUAL_SPREAD) or USUAL_SPREAD, WIDEST)


def _about(name: str, one: Criterion, own: Mapping[str, float]) -> tuple[float, float]:
    """Return median and spread of true levels about a criterion, where no level was published."""
    central = _within(name, one)
    if name in SHARES:
        central = float(np.clip(central, *SHARE_ENDS))
    return central, _usual_spread(name, own)


def _true(
    name: str, arm: Arm, central: float, criterion: Criterion | None, own: Mapping[str, float]
) -> tuple[float, float]:
    """Return median and spread of the men's true levels before enrollment, of a published central level."""
    usual, published = _usual_spread(name, own), arm.baseline.get(name)
    if name in SHARES:
        spread = published.sd / published.value / (1.0 - central) if published and published.sd else usual
        return float(np.clip(central, *SHARE_ENDS)), float(spread)
    spread = usual
    if published is not None and published.sd is not None:
        spread = _between_men(published.sd / published.value, noise_of(name))
    if criterion is not None:
        spread = max(spread, usual)
        return _unscreened_median(name, central, spread, criterion), spread
    is_median = published is not None and published.median
    return (central if is_median else central * float(np.exp(-0.5 * spread**2))), spread


def _between_men(cv: float, noise: float) -> float:
    """Return the log spread of true levels, of which measured ones vary with this coefficient of variation."""
    total = np.log1p(cv**2)
    return float(np.sqrt(max(total - noise**2, NARROWEST**2 * total)))


def _unscreened_median(name: str, mean: float, spread: float, one: Criterion) -> float:
    """Return the median of all men, of whom those who passed one noisy measurement had this measured mean."""
    total, unit = np.hypot(spread, noise_of(name)), ANALYTES[name].factor_to(one.unit)
    low = np.log((one.above or 1e-9) / unit)
    high = np.log((np.inf if one.below is None else one.below) / unit)

    def log_error(middle: float) -> float:
        a, b = (low - middle) / total, (high - middle) / total
        share = ndtr(b) - ndtr(a)
        inside = ndtr(b - total) - ndtr(a - total)
        return float(middle + 0.5 * total**2 + np.log(max(inside, 1e-300) / max(share, 1e-300)) - np.log(mean))

    ends = np.log(mean) - 4.0 * total, np.log(mean) + 4.0 * total
    if log_error(ends[0]) * log_error(ends[1]) > 0.0:
        return mean
    return float(np.exp(brentq(log_error, *ends)))


def measure_baseline(men: Man, name: str, seed: int) -> Float[np.ndarray, " man"]:
    """Return one noisy measurement of each man's baseline [inside unit].

    What is worked out from other analytes is worked out from their measurements in the same sample.
    """
    if name == "te2_ratio":
        t, e = (measure_baseline(men, one, seed) for one in ("testosterone", "estradiol"))
        return np.asarray(t / e * _te2_factor())
    if name in ("total_sperm_count", "total_motile_count"):
        count = measure_baseline(men, "sperm_concentration", seed) * measure_baseline(men, "semen_volume", seed)
        return np.asarray(count * (measure_baseline(men, "motility", seed) if name == "total_motile_count" else 1.0))
    true, noise = np.asarray(getattr(men.baseline, MEASURABLE[name])), noise_of(name)
    z = stream(seed, name).standard_normal(len(true))
    return np.asarray(true * np.exp(noise * z - 0.5 * noise**2))
