"""The drugs: one file each, found by its name.

A drug file opens with one sentence that a physician understands, then its equations, then one class
(`leydig.drug.Drug`) with its parameters, and ends with ``entry = ThatClass()``.
"""

from collections.abc import Iterable

from leydig.catalog import Catalog
from leydig.drug import Drug, Mixture

__all__ = ["DRUGS", "drugs_of"]

DRUGS: Catalog[Drug | Mixture] = Catalog("drug", "leydig.drugs")


def drugs_of(names: Iterable[str]) -> dict[str, Drug]:
    """Return the drugs behind these names, mixtures resolved, in a fixed order.

    Raises
    ------
    UnknownName
        When the catalogue has none of that name.
    """
    found: dict[str, Drug] = {}
    for name in names:
        for part in (DRUGS[part] for part in DRUGS[name].parts()):
            if isinstance(part, Mixture):
                raise TypeError(f"{name} is a mixture of mixtures; name plain drugs in its parts.")
            found[part.name] = part
    return dict(sorted(found.items()))
