"""Import: what a file would add, was repaired, waits or was left out and why; and results from another system."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from leydig.web.view import View

__all__ = ["ArrivalView", "ChoiceLine", "ImportLine", "ImportView", "ResultsView", "SystemsView", "arrival_view",
           "import_view", "results_view", "systems_view"]  # fmt: skip


@dataclass(frozen=True)
class ImportLine:
    """One thing of a file: where it stands, what it says, and why it was repaired, waits or was left out."""

    pointer: str
    what: str
    why: str


@dataclass(frozen=True)
class ImportView(View):
    """The preview.

    Attributes
    ----------
    id, pseudonym, item, version : str
        Of the man, of the import, of the record.
    taken, repaired, confirm, left : tuple of ImportLine
    notes : tuple of str
        What must be said of the whole file.
    order, dates : str
        How dates that may be two are read, empty where none may; and how somebody said that they are.
    """

    template: ClassVar[str] = "import.html.jinja"
    id: str
    pseudonym: str
    item: str
    version: str
    taken: tuple[ImportLine, ...]
    repaired: tuple[ImportLine, ...]
    confirm: tuple[ImportLine, ...]
    left: tuple[ImportLine, ...]
    notes: tuple[str, ...] = ()
    order: str = ""
    dates: str = ""


def import_view(
    id: str,
    pseudonym: str,
    item: str,
    preview: Mapping[str, Any],
    *,
    version: str = "",
    notes: Iterable[str] = (),
    dates: str = "",
) -> ImportView:
    """Return the preview of an import.

    Parameters
    ----------
    id, pseudonym, item : str
    preview : mapping
        ``taken``, ``repaired``, ``confirm`` and ``left``: lists of ``pointer`` (or ``place``), ``what`` and ``why``, as
        `leydig.exchange.fhir.report.FhirReport.as_json` gives them; and ``dates``, how those that may be two are read.
    version : str, optional
        Of the record.
    notes : iterable of str, optional
    dates : str, optional
        How somebody said that dates which may be two are read.
    """
    taken, repaired, confirm, left = (
        tuple(ImportLine(one.get("pointer") or one.get("place", ""), one["what"], one.get("why", ""))
              for one in preview.get(key, ()))
        for key in ("taken", "repaired", "confirm", "left")
    )  # fmt: skip
    return ImportView(
        id, pseudonym, item, version, taken, repaired, confirm, left, tuple(notes), preview.get("dates", ""), dates
    )


# From another system ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChoiceLine:
    """One of several: its identity or address, and its name."""

    id: str
    name: str


@dataclass(frozen=True)
class SystemsView(View):
    """The systems that are named."""

    template: ClassVar[str] = "systems.html.jinja"
    systems: tuple[ChoiceLine, ...]


@dataclass(frozen=True)
class ArrivalView(View):
    """That a browser came back from a system; the way on is a link."""

    template: ClassVar[str] = "arrival.html.jinja"
    system: str


@dataclass(frozen=True)
class ResultsView(View):
    """The form that says whose the results of a system are."""

    template: ClassVar[str] = "results.html.jinja"
    system: str
    people: tuple[ChoiceLine, ...]
    pseudonym: str = ""
    refusal: str = ""
    pointer: str = ""


def systems_view(systems: Iterable[tuple[str, str]]) -> SystemsView:
    """Return the page of systems, of name and address of each."""
    return SystemsView(tuple(ChoiceLine(fhir, name) for name, fhir in systems))


def arrival_view(system: str) -> ArrivalView:
    """Return the page on which a browser comes back."""
    return ArrivalView(system)


def results_view(
    system: str, people: Iterable[tuple[str, str]], *, pseudonym: str = "", refusal: str = "", pointer: str = ""
) -> ResultsView:
    """Return the form; `people` are identities with pseudonyms."""
    return ResultsView(system, tuple(ChoiceLine(*one) for one in people), pseudonym, refusal, pointer)
