"""What a published value scatters by, however right a model is: its men, its readings, and its study.

A level or ratio is compared on its logarithm, a share on its logit with half a man on each side, so that a published 0
or 1 can be compared too. On that scale a value lies off what is true by a study's effect and by its own scatter::

    own²   = (men² + reading²)/n     men: between men as measured; reading: day and assay, of what it is held against
             + 0.5² where an assay reads near its floor, + what is not known of a baseline that was not published
    study² = τ², as wide as the calibration found it for these analytes

    of a share p    own² = 1/(n·p·(1 − p))    study = τ·1.7/w    w: spread of the logarithm of single readings
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import logit

from leydig.evidence.study import SHARES_OF_MEN, Observation
from leydig.man.sample import noise_of

__all__ = ["LOGIT_SLOPE", "MEN_SPREAD", "Noise", "level_noise", "on_scale", "share_noise", "whole_share"]

MEN_SPREAD = 0.35  # of a log ratio between men, where a study gives no spread
WIDEST_SPREAD = 1.0  # that a published spread counts as
LOGIT_SLOPE = 1.7  # of the logit where that of the probit is 1
ROUNDED = 0.0005  # by which a percentage that is given to a tenth differs from the share of whole men
LEAST = 1e-12  # that a logarithm is taken of


@dataclass(frozen=True)
class Noise:
    """By how much a value scatters about the truth, on its scale.

    Attributes
    ----------
    own, study : float
        Standard deviation of what is its own, and of the effect that it shares with the values of its study.
    """

    own: float
    study: float

    @property
    def total(self) -> float:
        """Standard deviation of both together."""
        return float(np.hypot(self.own, self.study))


def on_scale(value: float | Float[np.ndarray, "..."], form: str, men: float) -> Float[np.ndarray, "..."]:
    """Return a value on the scale on which it is compared.

    Parameters
    ----------
    value : float or Float[np.ndarray, "..."]
    form : str
        As of an observation: shares have the logit, everything else the logarithm.
    men : float
        Over whom a share is counted.

    Examples
    --------
    >>> round(float(on_scale(0.5, "fraction", 10)), 3), round(float(on_scale(1.0, "fraction", 10)), 3)
    (0.0, 3.045)
    """
    if form in SHARES_OF_MEN:
        return np.asarray(logit((men * np.asarray(value) + 0.5) / (men + 1.0)))
    return np.asarray(np.log(np.maximum(value, LEAST)))


def level_noise(one: Observation, men: int, others: int | None, tau: float, more: float = 0.0) -> Noise:
    """Return the noise of a level or ratio.

    Parameters
    ----------
    one : Observation
    men : int
    others : int or None
        Men of the arm that it is held against; None where that is its own baseline.
    tau : float
        Spread of the effects of studies.
    more : float, optional
        Standard deviation of what else scatters: an assay near its floor, a baseline that was not published.
    """
    reading = noise_of(one.analyte)
    published = one.sd is not None and one.is_level and one.value > 0.0
    spread = min((one.sd or 0.0) / one.value, WIDEST_SPREAD) if published else float(np.hypot(MEN_SPREAD, reading))
    own = spread**2 / men + (reading**2 / men if others is None else spread**2 / others)
    return Noise(float(np.sqrt(own + more**2)), tau)


def share_noise(share: float, men: int, tau: float, wide: float) -> Noise:
    """Return the noise of a share.

    Parameters
    ----------
    share : float
        What it is in truth.
    men : int
    tau : float
        Spread of the effects of studies on the logarithm of a level.
    wide : float
        Standard deviation of the logarithm of single readings between men.
    """
    smooth = (men * share + 0.5) / (men + 1.0)
    return Noise(float(1.0 / np.sqrt(men * smooth * (1.0 - smooth))), LOGIT_SLOPE * tau / wide)


def whole_share(share: float, men: int) -> float:
    """Return the share of whole men that was rounded to a published one; itself where no such share would be."""
    whole = round(share * men) / men
    return whole if abs(whole - share) <= ROUNDED else share
