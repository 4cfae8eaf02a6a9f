"""A FHIR bundle, opened: its resources by path and by reference, within limits, and the release that it is of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leydig.checks import text_of
from leydig.errors import BadRecord
from leydig.exchange.fhir.element import Element
from leydig.json_file import JsonLimits, check_json, file_path, file_text, json_content

__all__ = ["Bundle", "bundle_content", "is_fhir", "open_bundle"]

LARGEST = 5_000_000  # [byte]
MOST = 10_000  # entries
LIMITS = JsonLimits(deepest=32, longest=LARGEST, hidden=True, decimals=True)
KIND = "a FHIR bundle in JSON"
_HISTORY = "/_history/"


@dataclass(frozen=True)
class Bundle:
    """The resources of a bundle.

    Attributes
    ----------
    name : str
        Of the file; empty where it came as an object.
    release : str
        ``R4``, or ``STU3`` where a resource is written as that release does.
    resources : tuple of Element
    """

    name: str
    release: str
    resources: tuple[Element, ...]
    _by_reference: dict[str, Element] = field(default_factory=dict, repr=False)
    _inside: dict[str, dict[str, Element]] = field(default_factory=dict, repr=False)

    def of(self, kind: str) -> list[Element]:
        """Return the resources of one type."""
        return [one for one in self.resources if one.kind == kind]

    def find(self, reference: str, holder: Element | None = None) -> Element | None:
        """Return the resource that a reference of another one means; None where the bundle has none."""
        if reference.startswith("#") and holder is not None:
            return self._contained_elements(holder).get(reference)
        plain = reference.partition(_HISTORY)[0]
        return self._by_reference.get(plain) or self._by_reference.get("/".join(plain.split("/")[-2:]))

    def _contained_elements(self, holder: Element) -> dict[str, Element]:
        """Return what a resource holds inside, by reference; of two with one name the first."""
        if holder.place not in self._inside:
            inside: dict[str, Element] = {}
            for one in holder.children("contained"):
                inside.setdefault(f"#{one.text('id')}", one)
            self._inside[holder.place] = inside
        return self._inside[holder.place]


def is_fhir(path: Path) -> bool:
    """Return whether a file seems to hold FHIR: it says a type of resource, which no record of ours does."""
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    with path.open("rb") as file:
        return b'"resourceType"' in file.read(LARGEST)


def open_bundle(source: Path | str | Mapping[str, Any]) -> Bundle:
    """Open a bundle, or a single resource.

    Parameters
    ----------
    source : Path, str or mapping
        The path of a JSON file, or what it holds.

    Raises
    ------
    BadRecord
        When it is no JSON, no FHIR, or beyond the limits; the message names the path.
    """
    content, name = bundle_content(source), "" if isinstance(source, Mapping) else Path(source).name
    try:
        return _bundle(Element(content, ""), name)
    except BadRecord as error:
        raise BadRecord(f"{name}{': ' * bool(name)}{error}") from error


def bundle_content(source: Path | str | Mapping[str, Any]) -> dict[str, Any]:
    """Return what a FHIR file holds, within the limits; arguments and errors as `open_bundle`."""
    if isinstance(source, Mapping):
        content, name = dict(source), ""
        check_json(content, BadRecord, "", LIMITS)
    else:
        path = file_path(source, BadRecord, KIND)
        name = path.name
        content = json_content(file_text(path, BadRecord, KIND, LARGEST), BadRecord, name, LIMITS)
    if not isinstance(content, dict) or not isinstance(content.get("resourceType"), str):
        raise BadRecord(
            f"{name}{': ' * bool(name)}got {text_of(content)} without a resourceType; expected {KIND}. "
            "A record of Leydig's own is read by read_record."
        )
    return content


def _bundle(root: Element, name: str) -> Bundle:
    """Return the resources of a bundle, or the one resource."""
    if root.kind != "Bundle":
        return Bundle(name, _release([root]), (root,), _references([("", root)]))
    entries = root.children("entry")
    if len(entries) > MOST:
        raise BadRecord(f"entry: got {len(entries):,} entries; expected at most {MOST:,} of one man. Ask for fewer.")
    found = [(entry.text("fullUrl"), entry.child("resource")) for entry in entries if "resource" in entry]
    resources = tuple(resource for _, resource in found)
    return Bundle(name, _release(resources), resources, _references(found))


def _references(found: list[tuple[str, Element]]) -> dict[str, Element]:
    """Return the resources by what a reference may call them; the first of that name is meant."""
    names: dict[str, Element] = {}
    for url, resource in found:
        own = resource.content.get("id")
        keys = {url} | ({f"{resource.kind}/{own}"} if isinstance(own, str) else set())
        if url:
            keys.add("/".join(url.split("/")[-2:]))
        for key in keys - {""}:
            names.setdefault(key, resource)
    return names


def _release(resources: list[Element] | tuple[Element, ...]) -> str:
    """Return the release that resources are written in."""
    return "STU3" if any(_is_stu3(one.content) for one in resources) else "R4"


def _is_stu3(content: dict[str, Any]) -> bool:
    """Return whether a resource has what only STU3 has: a context, a plain status of a diagnosis, a plain dose."""
    kind = content.get("resourceType")
    if kind == "Condition":
        return isinstance(content.get("clinicalStatus"), str)
    if kind in ("Observation", "MedicationRequest", "MedicationStatement"):
        doses = content.get("dosageInstruction", content.get("dosage"))
        plain = isinstance(doses, list) and any(isinstance(one, dict) and "doseQuantity" in one for one in doses)
        return "context" in content or "taken" in content or plain
    return False
