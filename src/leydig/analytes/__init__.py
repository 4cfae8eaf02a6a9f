"""The analytes: what a laboratory measures, one file each, found by its name.

An analyte file ends with ``entry = Analyte(...)`` (`leydig.analyte.Analyte`).
"""

from functools import lru_cache

from leydig.analyte import Analyte
from leydig.catalog import Catalog

__all__ = ["ANALYTES", "analyte_order", "of_specimen"]

ANALYTES: Catalog[Analyte] = Catalog("analyte", "leydig.analytes")


@lru_cache(maxsize=8)
def of_specimen(specimen: str) -> tuple[str, ...]:
    """Return the names of the analytes of one specimen, in the order of tables.

    Examples
    --------
    >>> "sperm_concentration" in of_specimen("semen")
    True
    """
    return tuple(name for name in analyte_order() if ANALYTES[name].specimen == specimen)


def analyte_order() -> tuple[str, ...]:
    """Return the names of all analytes in the order of tables."""
    return tuple(sorted(ANALYTES, key=lambda name: (ANALYTES[name].rank, name)))
