"""The analytes: what a laboratory measures, one file each, found by its name.

An analyte file ends with ``entry = Analyte(...)`` (`leydig.analyte.Analyte`).
"""

from functools import lru_cache

from leydig.analyte import Analyte, PanelName
from leydig.catalog import Catalog

__all__ = ["ANALYTES", "analyte_order", "is_steroid", "of_panel", "of_specimen", "of_state", "of_symbol"]

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


@lru_cache(maxsize=32)
def of_panel(panel: PanelName) -> tuple[str, ...]:
    """Return the names of the analytes that are shown there, in the order of their places.

    Examples
    --------
    >>> of_panel("man")
    ('testosterone', 'estradiol', 'lh', 'fsh')
    """
    shown = [name for name in analyte_order() if panel in ANALYTES[name].panels]
    return tuple(sorted(shown, key=lambda name: ANALYTES[name].panels[panel]))


def is_steroid(name: str) -> bool:
    """Return whether a name is that of an analyte with one molar mass, which mass spectrometry measures.

    Examples
    --------
    >>> is_steroid("estradiol"), is_steroid("lh"), is_steroid("prolactin")
    (True, False, False)
    """
    return name in ANALYTES and ANALYTES[name].molar_mass is not None


def of_state(state: str) -> Analyte | None:
    """Return the analyte that a state of the body is, None where it is none."""
    return next((one for one in ANALYTES.values() if one.state == state), None)


def of_symbol(symbol: str) -> str:
    """Return the name of the analyte that is written so, in letters of any size; empty where none is.

    Examples
    --------
    >>> of_symbol("E2"), of_symbol("t"), of_symbol("Q")
    ('estradiol', 'testosterone', '')
    """
    return next((name for name in analyte_order() if ANALYTES[name].symbol.lower() == symbol.lower()), "")


def analyte_order() -> tuple[str, ...]:
    """Return the names of all analytes in the order of tables."""
    return _sort_names(tuple(ANALYTES.names()))


@lru_cache(maxsize=8)
def _sort_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: (ANALYTES[name].rank, name)))
