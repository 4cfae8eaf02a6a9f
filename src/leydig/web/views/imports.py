"""Import: what a file would add, what was repaired, what waits for a clinician, and what was left out and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from leydig.web.view import View

__all__ = ["ImportLine", "ImportView", "import_view"]


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


def import_view(
    id: str,
    pseudonym: str,
    item: str,
    preview: Mapping[str, Sequence[Mapping[str, str]]],
    *,
    version: str = "",
    notes: Iterable[str] = (),
) -> ImportView:
    """Return the preview of an import.

    Parameters
    ----------
    id, pseudonym, item : str
    preview : mapping
        ``taken``, ``repaired``, ``confirm`` and ``left``: lists of ``pointer`` (or ``place``), ``what`` and ``why``, as
        `leydig.exchange.fhir.report.FhirReport.as_json` gives them.
    version : str, optional
        Of the record.
    notes : iterable of str, optional
    """
    taken, repaired, confirm, left = (
        tuple(ImportLine(one.get("pointer") or one.get("place", ""), one["what"], one.get("why", ""))
              for one in preview.get(key, ()))
        for key in ("taken", "repaired", "confirm", "left")
    )  # fmt: skip
    return ImportView(id, pseudonym, item, version, taken, repaired, confirm, left, tuple(notes))
