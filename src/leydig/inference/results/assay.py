"""As which assay estradiol is told: as an immunoassay reads it, which is the model's, or as mass spectrometry does.

An immunoassay reads something where there is no estradiol (`leydig.body.blood.Blood.background`), mass spectrometry
does not. Of a man with his own background ``b``, in whom an immunoassay reads ``m``::

    estradiol by mass spectrometry   s = max(m − b, least)          [pmol/L]
    T:E2 by it                       T/s = (T/m)·m/s

``b`` follows from his untreated level and differs between draws; ``s`` is the estradiol that is there, so it is above
0. ``least`` is the least level that a record may hold: what an inhibitor leaves below it no result tells from it.

A result is compared with what its own assay reads. What is ahead of a man is told as the assay of his last results of
estradiol reads it, and as an immunoassay does where he has none; bands, floors and limits of a protocol are asked of
that, as they are of his results. Both assays scatter by the coefficients of variation of the analyte's entry (assumed:
of which of them the published one within men is was not said, and none was seen that tells the two apart).
"""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES
from leydig.man import Man
from leydig.record import Result
from leydig.text_enum import TextEnum

if TYPE_CHECKING:
    from leydig.engine import Levels

__all__ = ["READ_OF_ESTRADIOL", "EstradiolAssay", "level_by", "read_by", "title_by"]

READ_OF_ESTRADIOL = ("estradiol", "te2_ratio")  # the levels that an assay of estradiol makes


class EstradiolAssay(TextEnum):
    """What reads estradiol."""

    IMMUNOASSAY = "immunoassay"
    MASS_SPECTROMETRY = "mass spectrometry"

    @property
    def note(self) -> str:
        """In words, for every page and table that tells estradiol: what reads it so."""
        reader = "mass spectrometry" if self == EstradiolAssay.MASS_SPECTROMETRY else "an immunoassay"
        return f"Estradiol and T:E2 are told as {reader} reads them."


def read_by(result: Result) -> EstradiolAssay:
    """Return what read an estradiol, or the one of a ratio."""
    return EstradiolAssay.MASS_SPECTROMETRY if result.specific else EstradiolAssay.IMMUNOASSAY


def title_by(assay: EstradiolAssay, name: str) -> str:
    """Return an analyte in words, estradiol and T:E2 with the assay as which they are told.

    Examples
    --------
    >>> title_by(EstradiolAssay.MASS_SPECTROMETRY, "estradiol"), title_by(EstradiolAssay.MASS_SPECTROMETRY, "lh")
    ('estradiol by mass spectrometry', 'LH')
    """
    title = ANALYTES[name].title
    return f"{title} by {assay}" if name in READ_OF_ESTRADIOL else title


def level_by(assay: EstradiolAssay, name: str, levels: "Levels", men: Man) -> Float[np.ndarray, "man time"]:
    """Return a true level as an assay of estradiol reads it, which changes estradiol and T:E2 alone [inside unit].

    Parameters
    ----------
    assay : EstradiolAssay
    name : str
        Of `leydig.analytes.ANALYTES`.
    levels : Levels
        Of these men, as an immunoassay reads them.
    men : Man
        With a leading axis.

    Returns
    -------
    Float[np.ndarray, "man time"]
        Never 0 where it is estradiol; NaN of a man who was not solved.
    """
    if assay == EstradiolAssay.IMMUNOASSAY or name not in READ_OF_ESTRADIOL:
        return levels[name]
    read, background = levels["estradiol"], np.asarray(men.body.blood.estradiol_background)[:, None]
    there = np.maximum(read - background, ANALYTES["estradiol"].possible[0])
    return np.asarray(there if name == "estradiol" else levels[name] * read / there)
