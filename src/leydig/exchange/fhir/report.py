"""What an import gives: a record, and a report of what was taken and repaired, what waits, and what was left out."""

from dataclasses import asdict, dataclass
from typing import Any

from leydig.record import Record

__all__ = ["FhirImport", "FhirReport", "ImportItem"]


@dataclass(frozen=True)
class ImportItem:
    """One entry of a file, and what became of it.

    Attributes
    ----------
    place : str
        Its path, such as ``entry[3].resource``.
    what : str
        What it says.
    why : str
        Why it was repaired, waits or was left out; empty for what was taken as it came.
    name, value : str
        Of a result, as it is called here, and its digits as they came; empty else.
    """

    place: str
    what: str
    why: str = ""
    name: str = ""
    value: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.what}" + (f" ({self.why})" if self.why else "")


@dataclass(frozen=True)
class FhirReport:
    """What was read and what was dropped.

    Attributes
    ----------
    file : str
        Its name; empty where it came as an object.
    release : str
        ``R4``, or ``STU3`` where the file is written as that release is.
    resources : dict of str to int
        How many came, by type.
    unread : dict of str to int
        Those of types that a record does not hold.
    taken : tuple of ImportItem
        What the record holds.
    repaired : tuple of ImportItem
        What of it was not taken as it was written, and what was done.
    confirm : tuple of ImportItem
        What the record does not hold before a clinician confirms it.
    left : tuple of ImportItem
        What was left out.
    notes : tuple of str
        What must be said of the whole.
    """

    file: str
    release: str
    resources: dict[str, int]
    unread: dict[str, int]
    taken: tuple[ImportItem, ...]
    repaired: tuple[ImportItem, ...]
    confirm: tuple[ImportItem, ...]
    left: tuple[ImportItem, ...]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON content."""
        lists = ("taken", "repaired", "confirm", "left")
        return asdict(self) | {key: [asdict(one) for one in getattr(self, key)] for key in lists} | {
            "notes": list(self.notes)
        }  # fmt: skip


@dataclass(frozen=True, repr=False)
class FhirImport:
    """What `leydig.read_fhir` gives.

    Attributes
    ----------
    record : Record
        What was taken.
    report : FhirReport
    """

    record: Record
    report: FhirReport

    def __repr__(self) -> str:
        counts = [f"{len(getattr(self.report, key))} {words}" for key, words in
                  (("repaired", "repaired"), ("confirm", "to confirm"), ("left", "left out"))]  # fmt: skip
        return f"FhirImport({len(self.report.taken)} taken, {', '.join(counts)}: {self.record!r})"
