"""Free testosterone from what a laboratory measures, by the binding equations of the body itself."""

from typing import NamedTuple

import jax.numpy as jnp

from leydig.analytes import ANALYTES
from leydig.body import Body
from leydig.checks import plain_number
from leydig.parameter import change, parameters
from leydig.units import convert, read_quantity

__all__ = ["ALBUMIN_MOLAR_MASS", "FreeHormones", "FreeTestosterone", "free_hormones", "free_testosterone"]

ALBUMIN_MOLAR_MASS = 69_000.0  # [g/mol], as in the source of `body.blood.albumin`
ALBUMIN_UNITS = ("g/dL", "g/L", "umol/L")


class FreeTestosterone(NamedTuple):
    """What is not held by SHBG.

    Attributes
    ----------
    free, bioavailable : float
        Free, and free or held by albumin [nmol/L].
    share : float
        Free testosterone as a fraction of the total.
    """

    free: float
    bioavailable: float
    share: float


class FreeHormones(NamedTuple):
    """What is not held by SHBG, of two hormones that compete for it.

    Attributes
    ----------
    testosterone, estradiol : float
        Free [nmol/L] and [pmol/L].
    bioavailable : float
        Testosterone that is free or held by albumin [nmol/L].
    testosterone_share, estradiol_share : float
        Free as fractions of the totals.
    """

    testosterone: float
    estradiol: float
    bioavailable: float
    testosterone_share: float
    estradiol_share: float


def free_testosterone(testosterone: str, shbg: str, albumin: str | None = None) -> FreeTestosterone:
    """Return free and bioavailable testosterone.

    Parameters
    ----------
    testosterone, shbg : str
        Levels with units, such as ``"400 ng/dL"`` and ``"30 nmol/L"``.
    albumin : str, optional
        Such as ``"4.3 g/dL"``, which is meant when it is left out.

    Returns
    -------
    FreeTestosterone

    Raises
    ------
    WrongUnit
        When a unit is missing or measures something else.
    OutOfRange
        When no man has a level.

    Notes
    -----
    The equations of `leydig.body.blood`, with estradiol, which competes for SHBG but hardly matters, left out; they
    are then those of Vermeulen. `free_hormones` solves them with estradiol.

    Examples
    --------
    >>> round(free_testosterone("400 ng/dL", "30 nmol/L").free, 3)
    0.298
    """
    total, binding = ANALYTES["testosterone"].parse(testosterone), ANALYTES["shbg"].parse(shbg)
    free, _, bioavailable = _free_levels(total, 0.0, binding, albumin)
    return FreeTestosterone(free, bioavailable, free / total)


def free_hormones(testosterone: str, estradiol: str, shbg: str, albumin: str | None = None) -> FreeHormones:
    """Return free testosterone and estradiol, solved together.

    Parameters
    ----------
    testosterone, estradiol, shbg : str
        Levels with units, such as ``"400 ng/dL"``, ``"32 pg/mL"`` and ``"30 nmol/L"``.
    albumin : str, optional
        Such as ``"4.3 g/dL"``, which is meant when it is left out.

    Returns
    -------
    FreeHormones

    Raises
    ------
    WrongUnit
        When a unit is missing or measures something else.
    OutOfRange
        When no man has a level.

    Notes
    -----
    Both bind SHBG at one site, and albumin without filling it, with the constants of `leydig.body.blood`. Estradiol is
    taken as it came: an immunoassay reads some that is not there. Other ligands, dihydrotestosterone first, are left
    out.

    Examples
    --------
    >>> both = free_hormones("400 ng/dL", "32 pg/mL", "30 nmol/L")
    >>> round(both.testosterone, 3), round(both.estradiol, 2)
    (0.298, 2.77)
    """
    given = {"testosterone": testosterone, "estradiol": estradiol, "shbg": shbg}
    total, estrogen, binding = (ANALYTES[name].parse(text) for name, text in given.items())
    free, free_estrogen, bioavailable = _free_levels(total, estrogen, binding, albumin)
    return FreeHormones(free, free_estrogen, bioavailable, free / total, free_estrogen / estrogen)


def _free_levels(testosterone: float, estradiol: float, shbg: float, albumin: str | None) -> tuple[float, float, float]:
    """Return free testosterone [nmol/L], free estradiol [pmol/L] and bioavailable testosterone [nmol/L]."""
    body = Body() if albumin is None else change(Body(), {"body.blood.albumin": _albumin(albumin)}, "body")
    free = body.blood.free(*map(jnp.asarray, (testosterone, estradiol, shbg)))
    level, on_albumin = float(free.testosterone), float(body.blood.testosterone_albumin * body.blood.albumin)
    return level, float(free.estradiol), level * (1.0 + on_albumin)


def _albumin(text: str) -> float:
    """Return albumin [umol/L], refusing what no man has in the unit in which it came."""
    value, unit = read_quantity(text, "albumin", ALBUMIN_UNITS)
    declaration = next(one for path, one, _ in parameters(Body(), "body") if path == "body.blood.albumin")
    scale = float(convert(1.0, unit, declaration.unit, ALBUMIN_MOLAR_MASS))
    low, high = declaration.within
    return plain_number(value, "albumin", (low / scale, high / scale), unit) * scale
