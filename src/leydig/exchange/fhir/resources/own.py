"""What a record holds and FHIR has no resource for, as `leydig.write_fhir` writes it: goals and overrides."""

from typing import Any

from leydig.errors import BadRecord
from leydig.exchange.fhir.bundle import Bundle
from leydig.exchange.fhir.element import Element, free_text
from leydig.record import Override

__all__ = ["OVERRIDE", "goal_resource", "override_resource", "own_goals", "own_overrides"]

OVERRIDE = "urn:leydig:override"  # our code of a Basic, and the root of its extensions


def goal_resource(text: str, subject: dict[str, Any]) -> dict[str, Any]:
    """Return what a man wants as a Goal."""
    return {
        "resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": text}, "subject": subject,
        "identifier": [{"system": OVERRIDE.replace("override", "goal"), "value": text}],
    }  # fmt: skip


def override_resource(override: Override, subject: dict[str, Any]) -> dict[str, Any]:
    """Return what a clinician set for a man as a Basic."""
    return {
        "resourceType": "Basic", "code": {"coding": [{"system": OVERRIDE, "code": "override"}]}, "subject": subject,
        "extension": [
            {"url": f"{OVERRIDE}:what", "valueString": override.what},
            {"url": f"{OVERRIDE}:value", "valueDecimal": override.value},
            {"url": f"{OVERRIDE}:reason", "valueString": override.reason},
        ],
    }  # fmt: skip


def own_goals(bundle: Bundle) -> tuple[str, ...]:
    """Return what a man wants, of the Goals that were written here."""
    ours = OVERRIDE.replace("override", "goal")
    goals = [one for one in bundle.of("Goal") if any(name.startswith(ours) for name in one.identities())]
    return tuple(free_text(one.child("description").text("text")) for one in goals)


def own_overrides(bundle: Bundle) -> tuple[Override, ...]:
    """Return what a clinician set for a man, of the Basics that were written here.

    Raises
    ------
    BadRecord
        When one does not say what is set, to which number and why.
    """
    ours = [one for one in bundle.of("Basic") if any(system == OVERRIDE for system, _, _ in one.codings("code"))]
    return tuple(_override(one) for one in ours)


def _override(element: Element) -> Override:
    parts = {one.text("url").removeprefix(f"{OVERRIDE}:"): one for one in element.children("extension")}
    if not {"what", "value", "reason"} <= set(parts):
        raise BadRecord(f"{element.place}: got an override without what, value and reason; expected all. Add them.")
    value = parts["value"].number("valueDecimal")
    return Override(
        parts["what"].text("valueString"),
        0.0 if value is None else value,
        free_text(parts["reason"].text("valueString")),
    )
