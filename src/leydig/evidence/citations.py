"""`cite`: every source that a prediction rests on, and every number that rests on none."""

from dataclasses import dataclass

from leydig.body import Body
from leydig.drugs import drugs_of
from leydig.parameter import Declaration, parameters
from leydig.pulses.generator import Pulses
from leydig.regimen import Regimen
from leydig.regimen.regimen import regimen_of
from leydig.source import Source, SourceKind, read_sources

__all__ = ["Citations", "cite", "declared_parameters"]


@dataclass(frozen=True)
class Citations:
    """Sources and assumptions behind a prediction.

    Attributes
    ----------
    sources : dict of Source to list of str
        Parameters by source.
    assumed : dict of str to str
        Assumed parameters and why each has its value.
    counts : dict of str to int
        Parameters by basis.
    """

    sources: dict[Source, list[str]]
    assumed: dict[str, str]
    counts: dict[str, int]


def declared_parameters(drugs: list[str]) -> list[tuple[str, Declaration]]:
    """Return path and declaration of every parameter of the body, the minute clock's pulses and these drugs.

    Raises
    ------
    UnknownName
        When a drug is not in the catalogue.
    """
    groups = [
        ("body", Body()),
        ("pulses", Pulses()),
        *((f"drugs.{name}", drug) for name, drug in drugs_of(drugs).items()),
    ]
    return [(path, declaration) for start, part in groups for path, declaration, _ in parameters(part, start)]


def cite(regimen: Regimen | str = "") -> Citations:
    """Return what predictions for this regimen rest on.

    Parameters
    ----------
    regimen : Regimen or str, optional
        The body alone when left out.
    """
    plan = regimen_of(regimen)
    sources: dict[Source, list[str]] = {}
    assumed: dict[str, str] = {}
    counts = {"measured": 0, "fitted": 0, "derived": 0, "assumed": 0}
    for path, declaration in declared_parameters(list(plan.drugs)):
        counts[declaration.basis] += 1
        for source in read_sources(declaration.source):
            if source.kind == SourceKind.ASSUMED:
                assumed[path] = source.locator
            else:
                sources.setdefault(source, []).append(path)
    return Citations(sources, assumed, counts)
