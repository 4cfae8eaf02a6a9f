"""A drug as a regimen sees it: names, units, routes and label, read from its file without running it.

The equations of a drug need JAX, its words do not: regimens, records and protocols are read wherever Python runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path

from leydig.entry_file import entry_facts, entry_key, entry_names, entry_paths
from leydig.errors import UnknownName

__all__ = ["PRODUCTS", "Label", "Product"]

PACKAGE = "leydig.drugs"


@dataclass(frozen=True)
class Label:
    """What the label of a drug says that a regimen must respect.

    Attributes
    ----------
    indication : str
        What the drug is labelled for; use in men's infertility is off label unless it says so.
    daily_maximum : float
        Highest labelled dose per day, in the drug's dose unit; a higher one is warned of.
    single_maximum : float, optional
        Highest labelled single dose of a depot, whose daily maximum is an average over weeks; None where a single
        dose may be no more than the daily maximum.
    strengths : tuple of float
        Strengths of one tablet, vial or patch, in the dose unit; empty when any dose is drawn up.
    halves : bool
        Whether a unit may be halved.
    source : str
        A source line.
    """

    indication: str
    daily_maximum: float
    source: str
    strengths: tuple[float, ...] = ()
    halves: bool = False
    single_maximum: float | None = None


@dataclass(frozen=True)
class Product:
    """What a drug's file says in words; `leydig.drug.Drug` and its catalogue file explain every field.

    Attributes
    ----------
    name, title, kind : str
    unit : str
        Unit in which doses enter the equations.
    label : Label
    units : dict of str to float
        Other dose units and their size in `unit`.
    routes : tuple of str
        Routes of administration, the usual one first.
    codes : dict of str to str
        By terminology: ``rxnorm``, ``atc``, ``snomed``.
    tablets : dict of str to float
        RxNorm codes of one tablet, and how much it holds, in `unit`.
    brands, synonyms : tuple of str
    stand_ins : dict of str to str
        By route that is allowed but has no kinetics of its own: what stands in for them.
    pulsatile, infusible : bool
        Whether frequent doses are summarised as pulses, and whether it is infused.
    """

    name: str
    title: str
    kind: str
    unit: str
    label: Label
    units: dict[str, float] = field(default_factory=dict)
    routes: tuple[str, ...] = ()
    codes: dict[str, str] = field(default_factory=dict)
    tablets: dict[str, float] = field(default_factory=dict)
    brands: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    stand_ins: dict[str, str] = field(default_factory=dict)
    pulsatile: bool = False
    infusible: bool = False

    @property
    def unit_sizes(self) -> dict[str, float]:
        """The size of every dose unit in `unit`, by its name in small letters."""
        return {self.unit.lower(): 1.0} | {name.lower(): size for name, size in self.units.items()}


@lru_cache(maxsize=256)
def _product(name: str, _: Path) -> Product:
    facts = entry_facts(PACKAGE, name) | {"name": name}
    own = {one.name: facts[one.name] for one in fields(Product) if one.name in facts}
    return Product(**own | {"label": Label(**facts["label"])})


class _Products(Mapping[str, Product]):
    """Every drug of the catalogue, by name."""

    def __getitem__(self, name: str) -> Product:
        key, files = entry_key(name), entry_paths(PACKAGE)
        if key not in files:
            raise UnknownName.among("drug", name, list(self))
        return _product(key, files[key])

    def __contains__(self, name: object) -> bool:
        return name in entry_paths(PACKAGE)

    def __iter__(self) -> Iterator[str]:
        return iter(entry_names(PACKAGE))

    def __len__(self) -> int:
        return len(entry_paths(PACKAGE))


PRODUCTS = _Products()
