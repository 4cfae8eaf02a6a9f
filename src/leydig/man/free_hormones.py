"""Free testosterone from what a laboratory measures, by the binding equations of the body itself."""

from typing import NamedTuple

import jax.numpy as jnp

from leydig.analytes import ANALYTES
from leydig.body import Body
from leydig.checks import plain_number
from leydig.parameter import change, parameters
from leydig.units import convert, read_quantity

__all__ = ["ALBUMIN_MOLAR_MASS", "FreeTestosterone", "free_testosterone"]

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
    are then those of Vermeulen.

    Examples
    --------
    >>> round(free_testosterone("400 ng/dL", "30 nmol/L").free, 3)
    0.298
    """
    total, binding = ANALYTES["testosterone"].parse(testosterone), ANALYTES["shbg"].parse(shbg)
    body = Body() if albumin is None else change(Body(), {"body.blood.albumin": _albumin(albumin)}, "body")
    blood = body.blood
    free = float(blood.free(*map(jnp.asarray, (total, 0.0, binding))).testosterone)
    held = float(blood.testosterone_albumin * blood.albumin)
    return FreeTestosterone(free, free * (1.0 + held), free / total)


def _albumin(text: str) -> float:
    """Return albumin [umol/L], refusing what no man has in the unit in which it came."""
    value, unit = read_quantity(text, "albumin", ALBUMIN_UNITS)
    declaration = next(one for path, one, _ in parameters(Body(), "body") if path == "body.blood.albumin")
    scale = float(convert(1.0, unit, declaration.unit, ALBUMIN_MOLAR_MASS))
    low, high = declaration.within
    return plain_number(value, "albumin", (low / scale, high / scale), unit) * scale
