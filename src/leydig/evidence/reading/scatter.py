"""How levels of virtual men become what a study reads: its own effect, and the noise of each reading.

The effect ``u`` of a study is drawn on the logarithm of a level, as wide as the calibration found it for a group of
analytes. In semen it is that of counts (31 of the 32 values it was fitted to are counts), so what is tied to the count
follows it, and what is not does not::

    concentration, total count     c·e^u
    motile, progressive, normal    odds·e^(g·u)           g: tie of the odds to the count (`leydig.man.sample`)
    total motile count             c·e^u · motile(u)/motile
    volume                         V·e^(u′)               u′ as wide as among blood levels of no group of their own

The group without one of its own was fitted to SHBG and inhibin B. Of what is measured more closely, hematocrit and bone
density, the effect is smaller by as much as readings are. A reading scatters by day and assay. Sperm are counted: of
fewer than one in the volume that is looked at, none is seen, and the reading is 0::

    read = δ·Poisson(true·e^(σz − ½σ²)/δ)

The calibration reads counts without this last step, which moves shares near the limit alone.
"""

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from leydig.analytes import ANALYTES
from leydig.evidence.calibration.posterior import baseline_spread, group_of
from leydig.man.man import SHARES
from leydig.man.sample import Ejaculate, count_unit, noise_of
from leydig.man.uncertainty import Draws
from leydig.parameter import log_spread

__all__ = ["carry_effect", "even_normals", "level_spread", "own_scale", "read_levels", "study_spread"]

CLOSEST = "shbg"  # of the blood levels to which the spread without a group of its own was fitted, in its readings
MANY = 400.0  # sperm, of which the error of counting is a ninth of what one man's samples differ by, and is left out
UNFITTED = 0.1  # spread of a study's effect, where draws hold none

Values = Float[np.ndarray, "..."]


def study_spread(draws: Draws, analyte: str) -> Float[np.ndarray, " draw"]:
    """Return the spread of the effects of studies, under each draw, on the logarithm that `carry_effect` takes."""
    group = "other" if analyte == "semen_volume" else group_of(analyte)
    spread = draws.beside.get(f"study spread of {group}", np.full(draws.count, UNFITTED))
    return spread * min(1.0, noise_of(analyte) / noise_of(CLOSEST)) if group == "other" else spread


def level_spread(analyte: str, men: float) -> float:
    """Return the spread of the level of an arm whose baseline was not published, on its own scale.

    Parameters
    ----------
    analyte : str
    men : float
        Spread of the logarithm of single readings between men: their mean varies no more than they do.
    """
    usual = baseline_spread(analyte)
    return min(usual, men) if group_of(analyte) == "other" else usual


def own_scale(analyte: str, levels: Values) -> Values:
    """Return the logarithm of a level, of a share the logarithm of its odds."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(levels / (1.0 - levels) if analyte in SHARES else levels))


def carry_effect(
    analyte: str, levels: Values, study: Values | float, own: Values | float = 0.0, motile: Values | None = None
) -> Values:
    """Return levels under the effect of a study and a move of their own.

    Parameters
    ----------
    analyte : str
    levels : Float[np.ndarray, "..."]
        [inside unit]
    study : Float[np.ndarray, "..."]
        Effect of the study, on the logarithm of a level, in semen of the count.
    own : Float[np.ndarray, "..."], optional
        On the level's own scale.
    motile : Float[np.ndarray, "..."], optional
        Share of motile sperm of the same men, which a total motile count needs.

    Examples
    --------
    >>> round(float(carry_effect("motility", np.array(0.5), 1.0)), 3)
    0.646
    """
    if analyte in SHARES:
        return _moved_share(levels, _tie(analyte) * study + own)
    moved = levels * np.exp(study + own)
    if analyte == "total_motile_count" and motile is not None:
        least = np.maximum(motile, np.finfo(float).tiny)
        moved = moved * _moved_share(least, _tie("motility") * study) / least
    return np.asarray(moved)


def read_levels(analyte: str, levels: Values, random: np.random.Generator) -> Values:
    """Return one reading of each level [inside unit]."""
    z, noise = random.standard_normal(levels.shape), noise_of(analyte)
    if analyte in SHARES:
        return _moved_share(levels, _odds_noise(analyte) * z)
    read = np.asarray(levels * np.exp(noise * z - 0.5 * noise**2))
    if one := count_unit(analyte):
        few = read < MANY * one
        read[few] = one * random.poisson(read[few] / one)
    return read


def even_normals(count: int, random: np.random.Generator) -> Float[np.ndarray, " draw"]:
    """Return normal numbers in any order, one from each slice of equal chance, so that their tails scatter less."""
    return np.asarray(ndtri((random.permutation(count) + random.random(count)) / count))


def _moved_share(share: Values, moved: Values | float) -> Values:
    odds = np.exp(moved)
    return np.asarray(share * odds / (share * odds + 1.0 - share))


def _tie(analyte: str) -> float:
    ejaculate = Ejaculate()
    return float(ejaculate.forms_tie if analyte == "normal_forms" else ejaculate.motility_tie)


def _odds_noise(analyte: str) -> float:
    """Return the spread of log odds between samples of one man: their own, and what the count of a sample brings."""
    ejaculate = Ejaculate()
    counted = log_spread(ANALYTES["sperm_concentration"].within_man_cv)
    apart = ejaculate.forms_spread if analyte == "normal_forms" else ejaculate.motility_spread
    return float(np.hypot(_tie(analyte) * counted, apart))
