"""How two arms differ, with an interval.

Parallel groups::

    risk difference     p₁ − p₀, Newcombe's interval: Wilson's limits (l, u) of each share, joined
                        low = d − √[(p₁ − l₁)² + (u₀ − p₀)²],   high = d + √[(u₁ − p₁)² + (p₀ − l₀)²]
    mean difference     Welch's t

The same men in both arms::

    risk difference     (b − c)/n of the b and c men who reach it in one arm alone; Tango's interval: every difference δ
                        whose score |b − c − nδ|/√[n(2q + δ(1 − δ))] is at most z, q the likeliest share c/n under δ
    mean difference     the paired t

References
----------
Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I; method 10
Tango 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq
from scipy.special import ndtri
from scipy.stats import binomtest, ttest_ind, ttest_rel

__all__ = ["Contrast", "contrast", "newcombe", "tango"]

EDGE = 1.0 - 1e-12  # differences at which a score is still defined


@dataclass(frozen=True)
class Contrast:
    """The difference of an endpoint between an arm and the control.

    Attributes
    ----------
    value, value_control : float or None
        Share or mean in each arm; None where nobody is left.
    difference, low, high : float or None
        Its interval is None where too few men, or no spread, allow none.
    n, n_control : int
    method : str
    """

    value: float | None
    value_control: float | None
    difference: float | None
    low: float | None
    high: float | None
    n: int
    n_control: int
    method: str

    @property
    def excludes_none(self) -> bool:
        """Whether the interval excludes no difference."""
        return self.low is not None and self.high is not None and (self.low > 0.0 or self.high < 0.0)


def contrast(
    arm: Float[np.ndarray, " man"], control: Float[np.ndarray, " other"], *, binary: bool, is_paired: bool,
    level: float = 0.95,
) -> Contrast:  # fmt: skip
    """Return how an arm differs from the control.

    Parameters
    ----------
    arm, control : Float[np.ndarray, " man"]
        What each man reached, 1 or 0 of a binary endpoint; NaN where it is not known. Of the same men in the same
        order when `is_paired`: a man counts where both are known.
    binary, is_paired : bool
    level : float, optional
        Of the interval.

    Examples
    --------
    >>> arm, control = np.repeat([1.0, 0.0], [56, 14]), np.repeat([1.0, 0.0], [48, 32])
    >>> found = contrast(arm, control, binary=True, is_paired=False)
    >>> round(found.difference, 4), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    if is_paired:
        both = ~np.isnan(arm) & ~np.isnan(control)
        arm, control = arm[both], control[both]
    else:
        arm, control = arm[~np.isnan(arm)], control[~np.isnan(control)]
    means = [float(one.mean()) if len(one) else None for one in (arm, control)]
    interval = _shares if binary else _means
    low, high = interval(arm, control, is_paired, level) if len(arm) and len(control) else (None, None)
    method = {(True, True): "paired risk difference, Tango", (True, False): "risk difference, Newcombe",
              (False, True): "paired mean difference, t",
              (False, False): "mean difference, Welch"}[binary, is_paired]  # fmt: skip
    difference = None if means[0] is None or means[1] is None else means[0] - means[1]
    return Contrast(means[0], means[1], difference, low, high, len(arm), len(control), method)


def _shares(
    arm: Float[np.ndarray, " man"], control: Float[np.ndarray, " other"], paired: bool, level: float
) -> tuple[float, float]:  # fmt: skip
    if paired:
        return tango(int((arm > control).sum()), int((arm < control).sum()), len(arm), level)
    return newcombe(int(arm.sum()), len(arm), int(control.sum()), len(control), level)


def _means(
    arm: Float[np.ndarray, " man"], control: Float[np.ndarray, " other"], paired: bool, level: float
) -> tuple[float | None, float | None]:  # fmt: skip
    """Return the interval of a difference of means; none where no spread tells how sure it is."""
    if min(len(arm), len(control)) < 2:
        return None, None
    spread = np.ptp(arm - control) if paired else max(np.ptp(arm), np.ptp(control))
    if not spread > 0.0:
        return None, None
    test = ttest_rel(arm, control) if paired else ttest_ind(arm, control, equal_var=False)
    found = test.confidence_interval(level)
    return float(found.low), float(found.high)


@lru_cache(maxsize=65536)
def newcombe(successes: int, n: int, reached_control: int, n_control: int, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a difference of two shares by Wilson's limits of each.

    Parameters
    ----------
    successes, n, reached_control, n_control : int
    level : float, optional
    """
    one, other = successes / n, reached_control / n_control
    wilson = [binomtest(k, size).proportion_ci(level, "wilson") for k, size in
              ((successes, n), (reached_control, n_control))]  # fmt: skip
    low = one - other - np.hypot(one - wilson[0].low, wilson[1].high - other)
    high = one - other + np.hypot(wilson[0].high - one, other - wilson[1].low)
    return float(low), float(high)


def tango(more: int, less: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a difference of two shares of the same men.

    Parameters
    ----------
    more, less : int
        Men who reach it in the one arm alone, and in the other alone.
    n : int
        All men.
    level : float, optional
    """
    z = float(ndtri(0.5 + level / 2.0))

    def score(delta: float) -> float:
        linear = (2 * n - more + less) * delta - more - less
        root = np.sqrt(max(linear**2 + 8.0 * n * less * delta * (1.0 - delta), 0.0))
        likeliest = (root - linear) / (4.0 * n)
        spread = n * (2.0 * likeliest + delta * (1.0 - delta))
        return float((more - less - n * delta) / np.sqrt(max(spread, 1e-300)))

    low = brentq(lambda delta: score(delta) - z, -EDGE, EDGE) if score(-EDGE) > z else -1.0
    high = brentq(lambda delta: score(delta) + z, -EDGE, EDGE) if score(EDGE) < -z else 1.0
    return float(low), float(high)
