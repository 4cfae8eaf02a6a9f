"""A GnRH stimulation test: LH and FSH after one dose, in men like this one on any night.

Virtual men like him differ in the stores of their gonadotropes (``cv`` of `leydig.pulses.generator.Pulses.lh_store`,
the same quantile for FSH), each night in where the dose meets his own pulses and in how much it frees::

    store of man i = store · exp[σ·z_i − σ²/2]        z_i evenly spaced quantiles of a normal number, σ² = ln(1 + cv²)
    fold           = highest LH within the test over LH before the dose, man by man and night by night

The interval of the test holds 90 % of them.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from leydig.checks import plain_number
from leydig.errors import OutOfRange
from leydig.man import Man
from leydig.parameter import change, log_spread, parameters
from leydig.pulses.doses import train
from leydig.pulses.generator import Pulses
from leydig.pulses.simulate import paths
from leydig.regimen import Regimen
from leydig.regimen.regimen import regimen_of
from leydig.simulation.arguments import one_man
from leydig.ticks import LONGEST_DAYS, TICKS_PER_DAY, tick_of

__all__ = ["DOSE", "QUANTILES", "StimulationTest", "stimulation_test"]

DOSE = "gonadorelin 100 ug once"
MEN, NIGHTS = 8, 16  # quantiles of the stores, and nights of each
QUANTILES = (0.05, 0.5, 0.95)  # quantiles that are shown


@dataclass(frozen=True)
class StimulationTest:
    """What a stimulation test shows.

    Attributes
    ----------
    minutes : Float[np.ndarray, " sample"]
        Since the dose [min].
    lh, fsh : Float[np.ndarray, "quantile sample"]
        5, 50 and 95 % of men and nights [IU/L].
    lh_fold, fsh_fold : (float, float, float)
        The same of the highest level over the level before the dose.
    lh_peak : (float, float, float)
        The same of the highest LH [IU/L].
    peak_minutes : (float, float)
        When the median LH and FSH are highest [min].
    """

    minutes: Float[np.ndarray, " sample"]
    lh: Float[np.ndarray, "quantile sample"]
    fsh: Float[np.ndarray, "quantile sample"]
    lh_fold: tuple[float, float, float]
    fsh_fold: tuple[float, float, float]
    lh_peak: tuple[float, float, float]
    peak_minutes: tuple[float, float]


def stimulation_test(
    man: Man, regimen: Regimen | str = DOSE, *, hours: float = 2.0, day: float = 0.0
) -> StimulationTest:
    """Return what LH and FSH do after a dose of GnRH.

    Parameters
    ----------
    man : Man
        One man.
    regimen : Regimen or str, optional
        A regimen with a dose of gonadorelin at `day`; other drugs act beside it.
    hours : float, optional
        Length of the test.
    day : float, optional
        Day of the regimen on which the test is done.

    Raises
    ------
    OutOfRange, NotSolved
        When no dose of gonadorelin comes at `day`; many men, an impossible number; as
        `leydig.pulses.simulate.paths`.

    Examples
    --------
    >>> test = stimulation_test(Man(age=30))
    >>> bool(test.lh[1, 30] > 3.0 * test.lh[1, 0])
    True
    """
    man, plan = one_man(man), regimen_of(regimen)
    start = tick_of(plain_number(day, "day", (0.0, LONGEST_DAYS), "d"))
    if start not in train(plan, start + TICKS_PER_DAY).ticks:
        raise OutOfRange(f"got {str(plan)!r} on day {day:g}; expected a dose of gonadorelin then. Write {DOSE!r}.")
    runs = [_nights(man, plan, stores, place, hours, day) for place, stores in enumerate(_stores())]
    lh, fsh = (np.concatenate([levels[name] for levels in runs]) for name in ("lh", "fsh"))
    minutes = np.arange(lh.shape[1], dtype=float)
    return StimulationTest(
        minutes=minutes,
        lh=_quantiles(lh),
        fsh=_quantiles(fsh),
        lh_fold=_low_middle_high(lh.max(axis=1) / lh[:, 0]),
        fsh_fold=_low_middle_high(fsh.max(axis=1) / fsh[:, 0]),
        lh_peak=_low_middle_high(lh.max(axis=1)),
        peak_minutes=(float(np.median(lh, axis=0).argmax()), float(np.median(fsh, axis=0).argmax())),
    )


def _stores() -> list[Pulses]:
    """Return the pulses of men whose stores are evenly spaced quantiles."""
    usual = Pulses()
    cvs = {path: declaration.cv for path, declaration, _ in parameters(usual, "pulses")}
    z = ndtri((np.arange(MEN) + 0.5) / MEN)
    men = []
    for one in z:
        changes: dict[str, float] = {}
        for name in ("lh_store", "fsh_store"):
            sigma = log_spread(cvs[f"pulses.{name}"] or 0.0)
            changes[f"pulses.{name}"] = float(getattr(usual, name)) * float(np.exp(sigma * one - sigma**2 / 2.0))
        men.append(change(usual, changes, "pulses"))
    return men


def _nights(
    man: Man, plan: Regimen, stores: Pulses, place: int, hours: float, day: float
) -> dict[str, Float[np.ndarray, "night sample"]]:
    keys = range(NIGHTS * place, NIGHTS * (place + 1))
    return paths(man, plan, hours=hours, keys=keys, day=day, pulses=stores).levels


def _quantiles(values: Float[np.ndarray, "night sample"]) -> Float[np.ndarray, "quantile sample"]:
    return np.asarray(np.quantile(values, QUANTILES, axis=0))


def _low_middle_high(values: Float[np.ndarray, " night"]) -> tuple[float, float, float]:
    low, middle, high = (float(value) for value in np.quantile(values, QUANTILES))
    return low, middle, high
