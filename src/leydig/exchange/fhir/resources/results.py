"""What a record holds as FHIR resources: results as Observations, treatments and medicines as MedicationStatements."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from leydig.exchange.fhir.element import LOCAL, LOINC
from leydig.exchange.fhir.resources.dates import LOCAL_TIME
from leydig.exchange.fhir.resources.medications import DRUG_SYSTEMS, REGIMEN
from leydig.exchange.fhir.resources.timing import timing_of
from leydig.exchange.fhir.resources.ucum import UCUM, code_of_unit, differs_in_kind
from leydig.product import PRODUCTS
from leydig.record import Result, Treatment
from leydig.record.medicine import Medicine
from leydig.record.quantity import QUANTITIES, Quantity, QuantityKind
from leydig.regimen import Dose
from leydig.regimen.repeat import CONTINUOUS

__all__ = [
    "code_of_quantity",
    "dosage_of",
    "drug_concept",
    "medicine_resource",
    "result_resource",
    "treatment_resources",
]

Resource = dict[str, Any]
_LABORATORY = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}


def code_of_quantity(one: Quantity, unit: str = "") -> Resource:
    """Return a quantity as a concept: its LOINC code for this kind of unit, where one is confirmed, and its name."""
    codes = [(one.loinc, one.unit), *one.other_loinc] if one.loinc else []
    fitting = [code for code, usual in codes if not unit or not differs_in_kind(unit, usual)] or [one.loinc]
    loinc = [{"system": LOINC, "code": fitting[0]}] if one.loinc else []
    return {"coding": [*loinc, {"system": LOCAL, "code": one.name}], "text": one.title}


def result_resource(result: Result, subject: Resource) -> Resource:
    """Return a result as an Observation; it says the name of the quantity, so that it reads back the same."""
    one = QUANTITIES[result.name]
    found: Resource = {
        "resourceType": "Observation", "status": "final", "code": code_of_quantity(one, result.unit),
        "subject": subject, "effectiveDateTime": result.date.isoformat(),
    }  # fmt: skip
    if one.kind in (QuantityKind.ANALYTE, QuantityKind.LEVEL):
        found["category"] = [{"coding": [_LABORATORY]}]
    if result.time is not None:
        found["extension"] = [{"url": LOCAL_TIME, "valueTime": result.time.isoformat()}]
    if one.kind == QuantityKind.FACT:
        found["valueBoolean"] = result.value
    elif one.kind == QuantityKind.WORK_UP:
        found["valueString"] = result.value
    else:
        comparator = {"comparator": result.comparator} if result.comparator else {}
        found["valueQuantity"] = _quantity(float(result.value), result.unit) | comparator
    ends = {key: _quantity(end, result.unit) for key in ("low", "high") if (end := getattr(result, key)) is not None}
    found |= {"referenceRange": [ends]} if ends else {}
    found |= {"method": {"text": result.assay}} if result.assay else {}
    return found | ({"note": [{"text": result.note}]} if result.note else {})


def _quantity(value: float, unit: str) -> Resource:
    """Return a number with its unit."""
    coded = {"unit": unit, "system": UCUM, "code": code_of_unit(unit)} if unit else {}
    return {"value": value, **coded}


def treatment_resources(treatment: Treatment, subject: Resource, on: dt.date) -> Iterator[Resource]:
    """Yield a treatment as a MedicationStatement for each dose; each says the whole regimen, to be read back."""
    words = {"url": REGIMEN, "valueString": str(treatment.regimen)}
    for dose in treatment.regimen.doses:
        coded = {"medicationCodeableConcept": drug_concept(dose.drug), "dosage": [dosage_of(dose, treatment.start)]}
        yield _statement(treatment, subject, on) | {"extension": [words]} | coded
    if not treatment.regimen.doses:
        plain = {"medicationCodeableConcept": {"text": str(treatment.regimen)}}
        yield _statement(treatment, subject, on) | {"extension": [words]} | plain


def medicine_resource(medicine: Medicine, subject: Resource, on: dt.date) -> Resource:
    """Return a medicine that is not simulated as a MedicationStatement."""
    return _statement(medicine, subject, on) | {"medicationCodeableConcept": {"text": medicine.text}}


def _statement(taken: Treatment | Medicine, subject: Resource, on: dt.date) -> Resource:
    """Return what every statement says: since when, until when, and whether it goes on."""
    period = {"start": taken.start.isoformat()}
    if taken.stop is not None:  # FHIR's end is the last day with it
        period["end"] = (taken.stop - dt.timedelta(1)).isoformat()
    over = taken.stop is not None and taken.stop <= on
    return {
        "resourceType": "MedicationStatement", "status": "completed" if over else "active", "subject": subject,
        "effectivePeriod": period,
    }  # fmt: skip


def drug_concept(drug: str) -> Resource:
    """Return a drug of the catalogue as a concept."""
    product = PRODUCTS[drug]
    coding = [
        {"system": DRUG_SYSTEMS[name], "code": code} for name, code in product.codes.items() if name in DRUG_SYSTEMS
    ]
    return ({"coding": coding} if coding else {}) | {"text": product.title}


def dosage_of(dose: Dose, start: dt.date) -> Resource:
    """Return a dose as a Dosage: its words, its amount, and its timing where FHIR can say it."""
    unit = PRODUCTS[dose.drug].unit
    if dose.repeat == CONTINUOUS:
        rate = {"value": float(dose.amount), "unit": f"{unit}/day", "system": UCUM, "code": f"{code_of_unit(unit)}/d"}
        return {"text": str(dose), "doseAndRate": [{"rateQuantity": rate}]}
    repeat = timing_of(dose.repeat, start + dt.timedelta(int(dose.start)))
    timing = {"timing": {"repeat": repeat}} if repeat else {}
    return {"text": str(dose), **timing, "doseAndRate": [{"doseQuantity": _quantity(float(dose.amount), unit)}]}
