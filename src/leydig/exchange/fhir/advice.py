"""An assessment as FHIR resources: its findings, the plan of visits, what it proposes to give, what it came from."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from leydig.assessment.finding import Assessment, Finding, FindingKind, Status
from leydig.errors import LeydigError
from leydig.exchange.fhir.resources.results import code_of_quantity, dosage_of, drug_concept
from leydig.protocol.implied import short_title
from leydig.record.quantity import QUANTITIES
from leydig.regimen import Regimen
from leydig.regimen.words import NOTHING

__all__ = ["advice_resources", "care_plan", "provenance"]

Resource = dict[str, Any]
MODULE = "urn:leydig:protocol"  # the root of a rule's name: protocol, version and rule follow
FINDING = "urn:leydig:finding"
NOTICE = "For professionals; it prescribes nothing, the clinician decides."
_WINDOW = re.compile(r"\(window (\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d)\)")


def advice_resources(assessment: Assessment, subject: Resource) -> Iterator[Resource]:
    """Yield the resources of an assessment, the plan and its provenance apart."""
    for finding in assessment.findings:
        yield _finding_resource(finding, assessment, subject)
    for finding in assessment.of(FindingKind.VISIT):
        yield _visit_resource(finding, assessment, subject)
    yield from _proposals(assessment, subject)


def _finding_resource(finding: Finding, assessment: Assessment, subject: Resource) -> Resource:
    """Return a finding as a GuidanceResponse: of an unknown one, which data it needs."""
    needs = [
        {"type": "Observation", "codeFilter": [{"path": "code", "code": code_of_quantity(QUANTITIES[name])["coding"]}]}
        for name in finding.missing
        if name in QUANTITIES
    ]
    said = {"kind": finding.kind, "status": finding.status, "severity": finding.severity, "action": finding.action,
            "certainty": finding.certainty, "source": " | ".join(finding.source)}  # fmt: skip
    parts = [{"url": key, "valueString": str(value)} for key, value in said.items() if value]
    unknown = finding.status == Status.UNKNOWN or finding.kind == FindingKind.MISSING
    found: Resource = {
        "resourceType": "GuidanceResponse", "status": "data-required" if unknown else "success",
        "moduleUri": f"{MODULE}:{assessment.protocol}:{assessment.version}:{finding.rule}", "subject": subject,
        "occurrenceDateTime": assessment.on.isoformat(), "reasonCode": [{"text": finding.title}],
        "note": [{"text": finding.clinical}], "extension": [{"url": FINDING, "extension": parts}],
    }  # fmt: skip
    return found | ({"dataRequirement": needs} if needs else {})


def _visit_resource(finding: Finding, assessment: Assessment, subject: Resource) -> Resource:
    """Return a planned visit as a ServiceRequest with its window."""
    window = _WINDOW.search(finding.clinical)
    when = {"occurrencePeriod": {"start": window[1], "end": window[2]}} if window else {}
    return {
        "resourceType": "ServiceRequest", "status": "draft", "intent": "proposal", "subject": subject,
        "code": {"text": finding.title}, "authoredOn": assessment.on.isoformat(), "note": [{"text": finding.clinical}],
        **when,
    }  # fmt: skip


def _proposals(assessment: Assessment, subject: Resource) -> Iterator[Resource]:
    """Yield what would be given under the advice, where it is not given yet, as MedicationRequests that propose it."""
    given = assessment.simulated_part(assessment.next)
    if assessment.is_refused or assessment.next == assessment.now or given == NOTHING:
        return
    plain = {
        "resourceType": "MedicationRequest", "status": "draft", "intent": "proposal", "subject": subject,
        "authoredOn": assessment.on.isoformat(), "note": [{"text": f"{assessment.action}. {NOTICE}"}],
    }  # fmt: skip
    try:
        doses = Regimen.parse(given, assessment.on).doses
    except LeydigError:  # medicines in words stand among it
        yield plain | {"medicationCodeableConcept": {"text": given}}
        return
    for dose in doses:
        concept, dosage = drug_concept(dose.drug), dosage_of(dose, assessment.on)
        yield plain | {"medicationCodeableConcept": concept, "dosageInstruction": [dosage]}


def care_plan(assessment: Assessment, subject: Resource, activities: list[Resource]) -> Resource:
    """Return the plan of an assessment, with what it refers to."""
    parts = [{"reference": one} for one in activities]
    return {
        "resourceType": "CarePlan", "status": "draft", "intent": "proposal", "subject": subject,
        "title": f"{short_title(assessment.protocol)} {assessment.version}: {assessment.verdict}",
        "description": f"{assessment.action}. {NOTICE}", "created": assessment.on.isoformat(),
        **({"activity": parts} if parts else {}),
    }  # fmt: skip


def provenance(
    assessment: Assessment, targets: list[Resource], time: dt.datetime, agent: str, fingerprint: str
) -> Resource:
    """Return what an assessment came from.

    Parameters
    ----------
    assessment : Assessment
    targets : list of dict
        References to its resources.
    time : datetime.datetime
        With a time zone.
    agent : str
        The program and its version.
    fingerprint : str
        SHA-256 of the record.
    """
    region = f", region {short_title(assessment.region)}" if assessment.region else ""
    about = f"protocol {short_title(assessment.protocol)} {assessment.version}{region}, on {assessment.on}"
    source = {"identifier": {"system": "urn:leydig:record:sha256", "value": fingerprint}, "display": about}
    return {
        "resourceType": "Provenance", "target": targets, "recorded": time.isoformat(timespec="seconds"),
        "agent": [{"who": {"display": agent}}], "entity": [{"role": "source", "what": source}],
    }  # fmt: skip
