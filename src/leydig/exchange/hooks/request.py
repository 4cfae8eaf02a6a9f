"""A call of CDS Hooks: what was sent with it as one bundle, and the orders that it is about."""

from collections.abc import Iterator, Mapping
from typing import Any

from leydig.checks import text_of
from leydig.errors import BadRecord
from leydig.exchange.fhir.bundle import LIMITS
from leydig.json_file import check_json

__all__ = ["HookRequest"]


class HookRequest:
    """A call.

    Parameters
    ----------
    content : mapping
        The body of the call; version 1.0 (``context.medications``) and 2.0 (``context.draftOrders``) are read.

    Raises
    ------
    BadRecord
        When it is no call, or holds what no JSON does.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        if not isinstance(content, Mapping) or not isinstance(content.get("context"), Mapping):
            raise BadRecord(f"got {text_of(content)}; expected a call of CDS Hooks with hook and context. Send both.")
        check_json(dict(content), BadRecord, "", LIMITS)
        self._content: Mapping[str, Any] = content
        self._context: Mapping[str, Any] = content["context"]

    @property
    def hook(self) -> str:
        """When it was called."""
        return str(self._content.get("hook", ""))

    @property
    def patient(self) -> str:
        """The id of the man."""
        found = self._context.get("patientId")
        return found if isinstance(found, str) else ""

    def bundle(self) -> dict[str, Any]:
        """Return what was sent with the call, as one bundle."""
        sent = self._content.get("prefetch")
        parts = sent.values() if isinstance(sent, Mapping) else ()
        resources = [resource for part in parts for resource in _resources(part)]
        return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}

    def orders(self) -> list[dict[str, Any]]:
        """Return the orders that are about to be made: of several that are open, those that were selected."""
        drafts = [*_resources(self._context.get("draftOrders"))]
        older = self._context.get("medications")
        drafts += [one for one in older if isinstance(one, dict)] if isinstance(older, list) else [*_resources(older)]
        chosen = self._context.get("selections")
        if not isinstance(chosen, list):
            return drafts
        return [one for one in drafts if f"{one.get('resourceType')}/{one.get('id')}" in chosen]


def _resources(part: object) -> Iterator[dict[str, Any]]:
    """Yield the resources of a part of a call: of a bundle, or the one that it is."""
    if not isinstance(part, dict):
        return
    if isinstance(part.get("resource"), dict):  # version 1.0 wraps what was sent
        yield from _resources(part["resource"])
    elif part.get("resourceType") == "Bundle":
        entries = part.get("entry")
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
                yield entry["resource"]
    elif isinstance(part.get("resourceType"), str):
        yield part
