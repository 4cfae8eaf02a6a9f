"""Power and sample size of a trial of parallel groups.

One pool of virtual men goes through every arm. A trial of n men is then drawn from it many times: n men with
replacement, each in one arm by the allocation, compared as `leydig.trial.analysis.contrast` compares. The power is the
share of these trials whose interval excludes no difference. Beside it stands what the closed formulas say of the pool's
shares or means, and the sample size by them::

    two shares   Φ[(|p₁ − p₀| − z·√(p̄(1 − p̄)(1/n₁ + 1/n₀)))/√(p₁(1 − p₁)/n₁ + p₀(1 − p₀)/n₀)]
    two means    P(|t| > t₀) of the noncentral t, Welch's degrees of freedom, |m₁ − m₀|/√(s₁²/n₁ + s₀²/n₀)

References
----------
Fleiss 1980, doi:10.2307/2529990; sample size of two shares without continuity correction
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, sqrt
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq
from scipy.stats import binomtest, nct, norm, t

from leydig import checks
from leydig.errors import BadTrial
from leydig.progress import Progress, no_progress
from leydig.trial.analysis.contrast import contrast
from leydig.trial.analysis.effect import primary_values
from leydig.trial.conduct.laboratory import uniforms
from leydig.trial.design.design import Trial
from leydig.trial.run import run

__all__ = ["power", "power_by_simulation", "power_of_means", "power_of_shares", "sample_size"]

FEWEST, MOST = 2, 1_000_000  # men of an arm
SIMULATIONS = (10, 100_000)
CERTAIN = 25.0  # standard errors beyond the limit at which nothing is missed any more

Values = Float[np.ndarray, " man"]
Power = Callable[[float, float], float]


@dataclass(frozen=True)
class SimulatedPower:
    """A simulated power.

    Attributes
    ----------
    power, low, high : float
        With Wilson's interval of the number of simulations at 95 %.
    n, n_control : int
        Men in each arm.
    """

    power: float
    low: float
    high: float
    n: int
    n_control: int


def power_of_shares(share: float, control: float, n: float, n_control: float, level: float = 0.95) -> float:
    """Return the power to tell two shares apart, two-sided.

    Parameters
    ----------
    share, control : float
    n, n_control : float
        Men in each arm.
    level : float, optional
        Of the interval that is to exclude no difference.

    Examples
    --------
    >>> round(power_of_shares(0.75, 0.50, 77, 77), 2)
    0.9
    """
    pooled = (n * share + n_control * control) / (n + n_control)
    none = sqrt(pooled * (1.0 - pooled) * (1.0 / n + 1.0 / n_control))
    own = sqrt(share * (1.0 - share) / n + control * (1.0 - control) / n_control)
    apart, z = abs(share - control), float(norm.isf((1.0 - level) / 2.0))
    if own == 0.0:
        return float(apart > z * none)
    return float(norm.cdf((apart - z * none) / own) + norm.cdf((-apart - z * none) / own))


def power_of_means(
    difference: float, sd: float, sd_control: float, n: float, n_control: float, level: float = 0.95
) -> float:  # fmt: skip
    """Return the power to tell two means apart by Welch's t, two-sided.

    Parameters
    ----------
    difference, sd, sd_control : float
        In one unit.
    n, n_control, level : float
        As for `power_of_shares`.

    Examples
    --------
    >>> round(power_of_means(1.0, 1.0, 1.0, 23, 23), 2)
    0.91
    """
    parts = sd**2 / n, sd_control**2 / n_control
    if sum(parts) == 0.0:
        return float(difference != 0.0)
    free = sum(parts) ** 2 / (parts[0] ** 2 / (n - 1.0) + parts[1] ** 2 / (n_control - 1.0))
    limit, shift = float(t.isf((1.0 - level) / 2.0, free)), abs(difference) / sqrt(sum(parts))
    if shift > limit + CERTAIN:  # where the noncentral t of SciPy has no number any more
        return 1.0
    return float(nct.sf(limit, free, shift) + nct.cdf(-limit, free, shift))


def sample_size(power_at: Power, target: float, ratio: float = 1.0) -> tuple[int, int] | None:
    """Return the men of an arm and of the control that reach a power; None where no million does.

    Parameters
    ----------
    power_at : callable
        Power by the two numbers, such as a `functools.partial` of `power_of_shares`.
    target : float
        Power.
    ratio : float, optional
        Men of the arm for one of the control.

    Examples
    --------
    >>> sample_size(partial(power_of_shares, 0.75, 0.50), 0.9)
    (77, 77)
    """

    def shortfall(n_control: float) -> float:
        return power_at(ratio * n_control, n_control) - target

    least = most = FEWEST / min(ratio, 1.0)
    while shortfall(most) < 0.0:
        most *= 2.0
        if most > MOST:
            return None
    n_control = ceil(brentq(shortfall, most / 2.0, most) if most > least else least)
    return ceil(ratio * n_control), n_control


def power_by_simulation(
    arm: Values, control: Values, sizes: tuple[int, int], sims: int, *, binary: bool, seed: int = 1, level: float = 0.95
) -> SimulatedPower:
    """Return the share of trials, drawn from a pool of men, whose interval excludes no difference.

    Parameters
    ----------
    arm, control : Float[np.ndarray, " man"]
        What each man of the pool reaches in the arm, and under the control.
    sizes : (int, int)
        Men in each arm.
    sims : int
        Trials.
    binary : bool
    seed : int, optional
    level : float, optional
    """
    found = 0
    for trial in range(sims):
        uniform = uniforms(seed, "power", trial, sum(sizes), sum(sizes))
        men = [arm[(uniform[: sizes[0]] * len(arm)).astype(int)],
               control[(uniform[sizes[0] :] * len(control)).astype(int)]]  # fmt: skip
        found += contrast(*men, binary=binary, is_paired=False, level=level).excludes_none
    interval = binomtest(found, sims).proportion_ci(0.95, "wilson")
    return SimulatedPower(found / sims, float(interval.low), float(interval.high), *sizes)


def power(
    trial: Trial, numbers: Sequence[int], *, sims: int = 1000, target: float = 0.8, pool: int = 400,
    workers: int | str | None = None, watch: Progress = no_progress,
) -> dict[str, Any]:  # fmt: skip
    """Return the power of a trial of parallel groups at several sizes, and the size that reaches a power.

    Parameters
    ----------
    trial : Trial
        Its primary endpoint, arms and allocation count; its design and number of men do not.
    numbers : sequence of int
        Men of the whole trial, all arms together.
    sims : int, optional
        Trials that are drawn at each size.
    target : float, optional
        Power that the sample size reaches.
    pool : int, optional
        Virtual men from whom they are drawn.
    workers, watch : optional
        As for `run`.

    Raises
    ------
    BadTrial
        When there is nothing to compare, or a number is impossible.
    """
    _check(trial, numbers, sims, target)
    ran = run(replace(trial, n=pool, design="paired", strata=(), subgroups=()), workers, watch=watch)
    values = {name: primary_values(ran.trial, outcome) for name, outcome in ran.arms.items()}
    values = {name: one[~np.isnan(one)] for name, one in values.items()}
    allocation = {arm.name: arm.allocation for arm in trial.arms}
    arms = {}
    for name in values:
        if name == trial.control:
            continue
        pair, ratio = (values[name], values[trial.control]), allocation[name] / allocation[trial.control]
        arms[name] = _pair_power(trial, pair, [_sizes(allocation, name, trial.control, n) for n in numbers], sims)
        for place, n in enumerate(numbers):
            arms[name]["power"][place] |= {"men": n}
            watch("sizes", place + 1, len(numbers))
        size = sample_size(_closed_form_power(trial, *pair), target, ratio)
        arms[name]["sample_size"] = None if size is None else {"n": size[0], "n_control": size[1], "power": target}
    return {
        "trial": trial.name, "title": trial.title, "seed": trial.seed, "of": trial.primary.of,
        "month": trial.endpoint_month, "reading": trial.primary.reading, "control": trial.control,
        "level": trial.primary.level, "pool": pool, "sims": sims, "arms": arms,
    }  # fmt: skip


def _check(trial: Trial, numbers: Sequence[int], sims: int, target: float) -> None:
    if len(trial.arms) < 2:
        raise BadTrial("got a trial of one arm; expected two or more. Add the arm with which it is compared.")
    checks.whole_number(sims, "number of simulations", SIMULATIONS, error=BadTrial)
    checks.number(target, "power", (0.5, 0.999), error=BadTrial)
    least = FEWEST * sum(arm.allocation for arm in trial.arms)
    for n in numbers:
        checks.whole_number(n, "number of men", (least, MOST), error=BadTrial)


def _sizes(allocation: dict[str, int], name: str, control: str, n: int) -> tuple[int, int]:
    """Return the men of an arm and of the control in a trial of n men."""
    whole = sum(allocation.values())
    return n * allocation[name] // whole, n * allocation[control] // whole


def _closed_form_power(trial: Trial, arm: Values, control: Values) -> Power:
    """Return the power by the closed formula, as it depends on the men of the two arms."""
    if trial.primary.binary:
        return partial(power_of_shares, float(arm.mean()), float(control.mean()), level=trial.primary.level)
    return partial(power_of_means, float(arm.mean() - control.mean()), float(arm.std(ddof=1)),
                   float(control.std(ddof=1)), level=trial.primary.level)  # fmt: skip


def _pair_power(
    trial: Trial, pair: tuple[Values, Values], sizes: Sequence[tuple[int, int]], sims: int
) -> dict[str, Any]:
    """Return what the pool says of one arm and the control, and the power at each size."""
    level, binary = trial.primary.level, trial.primary.binary
    found = contrast(*pair, binary=binary, is_paired=False, level=level)
    closed, rows = _closed_form_power(trial, *pair), []
    for both in sizes:
        one = power_by_simulation(*pair, both, sims, binary=binary, seed=trial.seed, level=level)
        rows.append({"n": one.n, "n_control": one.n_control, "power": one.power, "low": one.low, "high": one.high,
                     "closed": closed(*both)})  # fmt: skip
    return {"value": found.value, "value_control": found.value_control, "difference": found.difference,
            "low": found.low, "high": found.high, "sd": float(pair[0].std(ddof=1)),
            "sd_control": float(pair[1].std(ddof=1)), "power": rows}  # fmt: skip
