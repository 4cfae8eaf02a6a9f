"""Rival structures: equations of which the evidence has not rejected all but one.

================  ==========  ==========================================================================
structure         choice      what it says
================  ==========  ==========================================================================
sperm support     joint       either signal alone gives a share, the rest needs both (as shipped)
sperm support     pooled      intratesticular testosterone and FSH are pooled, then felt steeply
set point         common      all brains feel the same levels alike (as shipped)
set point         own         a brain feels its man's levels against those that he is used to
================  ==========  ==========================================================================

The first choice of each is the shipped one. A rival has parameters of its own (``PooledSpermatogenesis``,
``AccustomedHypothalamus``); those that it shares were fitted beside the shipped structure and want a fit of their own.
"""

from collections.abc import Mapping
from typing import Any

from leydig.body.axis import Body
from leydig.body.hypothalamus import AccustomedHypothalamus, Hypothalamus
from leydig.body.spermatogenesis import PooledSpermatogenesis, Spermatogenesis
from leydig.errors import UnknownName

__all__ = ["STRUCTURES", "body_of"]

STRUCTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "sperm support": ("spermatogenesis", {"joint": Spermatogenesis, "pooled": PooledSpermatogenesis}),
    "set point": ("hypothalamus", {"common": Hypothalamus, "own": AccustomedHypothalamus}),
}


def body_of(chosen: Mapping[str, str] | None = None) -> Body:
    """Return a body with these structures, at its declared numbers.

    Parameters
    ----------
    chosen : mapping of str to str, optional
        Choice by structure, as in `STRUCTURES`; what is left out is as shipped.

    Raises
    ------
    UnknownName
        When there is no such structure, or no such choice of it.

    Examples
    --------
    >>> type(body_of({"sperm support": "pooled"}).spermatogenesis).__name__
    'PooledSpermatogenesis'
    """
    organs: dict[str, Any] = {}
    for structure, choice in (chosen or {}).items():
        if structure not in STRUCTURES:
            raise UnknownName.among("structure", structure, STRUCTURES)
        organ, choices = STRUCTURES[structure]
        if choice not in choices:
            raise UnknownName.among(f"choice of {structure}", choice, choices)
        organs[organ] = choices[choice]()
    return Body(**organs)
