"""Small bundles of one invented man, and where the public samples are that nobody here wrote."""

from copy import deepcopy
from pathlib import Path

SHARED = next((one / "shared" for one in Path(__file__).parents if (one / "shared" / "fhir").is_dir()), None)
WHY = "the folder of public FHIR samples is not beside this repository"
UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
HIM = {"reference": "Patient/adam"}
ADAM = {"resourceType": "Patient", "id": "adam", "gender": "male", "birthDate": "1990-02-01"}


def merge(base, changes):
    """Return a resource with changes; what is None is taken away."""
    merged = deepcopy(base) | changes
    return {key: value for key, value in merged.items() if value is not None}


def observation(code="2986-8", value=355, unit="ng/dL", **changes):
    quantity = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    one = {"resourceType": "Observation", "status": "final", "subject": HIM, "effectiveDateTime": "2026-03-02",
           "code": {"coding": [{"system": LOINC, "code": code}]}, "valueQuantity": quantity}  # fmt: skip
    return merge(one, changes)


def request(code="199224", **changes):
    one = {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": HIM,
           "authoredOn": "2026-01-05", "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": code}]},
           "dosageInstruction": [dosage()]}  # fmt: skip
    return merge(one, changes)


def dosage(value=1, unit="{tablet}", frequency=1, period=1, period_unit="d", **changes):
    one = {"timing": {"repeat": {"frequency": frequency, "period": period, "periodUnit": period_unit}},
           "doseAndRate": [{"doseQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit}}]}  # fmt: skip
    return merge(one, changes)


def condition(code="128053003", system=SNOMED, **changes):
    one = {"resourceType": "Condition", "subject": HIM, "recordedDate": "2024-05-06",
           "code": {"coding": [{"system": system, "code": code}]}}  # fmt: skip
    return merge(one, changes)


def bundle(*resources, patient=ADAM):
    people = [] if patient is None else [patient]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in [*people, *resources]],
    }
