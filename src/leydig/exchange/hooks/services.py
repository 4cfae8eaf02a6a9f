"""The services that a clinic's system may call, and what it is asked to send with a call."""

from dataclasses import dataclass
from typing import Any

from leydig.assessment.finding import FindingKind
from leydig.errors import UnknownName
from leydig.exchange.fhir.element import LOINC
from leydig.exchange.fhir.resources.observations import quantities_by_loinc

__all__ = ["HookService", "discover_services", "hook_service"]


@dataclass(frozen=True)
class HookService:
    """One service.

    Attributes
    ----------
    id : str
    hooks : tuple of str
        When it is called.
    title, description : str
    kinds : tuple of FindingKind
        The findings that it answers with.
    """

    id: str
    hooks: tuple[str, ...]
    title: str
    description: str
    kinds: tuple[FindingKind, ...]

    @property
    def is_about_orders(self) -> bool:
        """Whether it judges what is about to be ordered."""
        return "order-sign" in self.hooks


_SERVICES = (
    HookService(
        "fertility-eligibility", ("patient-view",), "Fertility protocol: is he a candidate?",
        "What speaks for and against a protocol for this man, and what is not known.",
        (FindingKind.ELIGIBILITY, FindingKind.ADVICE, FindingKind.ALERT, FindingKind.WORK_UP),
    ),
    HookService(
        "fertility-monitoring-due", ("patient-view",), "Fertility protocol: what is due?",
        "The next visit, its window and its panel, and what is overdue.", (FindingKind.VISIT,),
    ),
    HookService(
        "fertility-lab-review", ("patient-view",), "Fertility protocol: what do his results say?",
        "Alerts, patterns and work-up from the results on record.",
        (FindingKind.ALERT, FindingKind.PATTERN, FindingKind.CLASSIFICATION, FindingKind.WORK_UP),
    ),
    HookService(
        "fertility-order-check", ("order-select", "order-sign"), "Fertility protocol: this order",
        "What a protocol says when a drug of its catalogue is about to be ordered.",
        (FindingKind.ALERT, FindingKind.ADVICE, FindingKind.ELIGIBILITY, FindingKind.WORK_UP),
    ),
)  # fmt: skip


def hook_service(name: str) -> HookService:
    """Return a service by its id; raises UnknownName where none is called so."""
    found = {one.id: one for one in _SERVICES}
    if name not in found:
        raise UnknownName.among("service", str(name), found)
    return found[name]


def discover_services() -> dict[str, Any]:
    """Return the answer of ``GET /cds-services``: every service, once for each hook.

    Examples
    --------
    >>> [one["hook"] for one in discover_services()["services"]]
    ['patient-view', 'patient-view', 'patient-view', 'order-select', 'order-sign']
    """
    return {
        "services": [
            {"id": one.id, "hook": hook, "title": one.title, "description": one.description, "prefetch": _prefetch()}
            for one in _SERVICES
            for hook in one.hooks
        ]
    }


def _prefetch() -> dict[str, str]:
    """Return what a client is asked to send with a call."""
    codes = ",".join(f"{LOINC}|{code}" for code in quantities_by_loinc())
    him = "{{context.patientId}}"
    return {
        "patient": f"Patient/{him}",
        "labs": f"Observation?patient={him}&code={codes}&_sort=-date&_count=200",
        "medications": f"MedicationRequest?patient={him}&status=active&_include=MedicationRequest:medication",
        "problems": f"Condition?patient={him}&clinical-status=active",
    }
