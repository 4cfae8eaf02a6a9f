"""`read_fhir`: the record of one man from a FHIR bundle, and what of the bundle it holds and why not the rest."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from leydig.checks import date, text_of
from leydig.errors import BadRecord
from leydig.exchange.fhir.bundle import Bundle, open_bundle
from leydig.exchange.fhir.candidate import ALL, Candidate, Offers
from leydig.exchange.fhir.element import Element, seen_text
from leydig.exchange.fhir.person import Person, person_of, refuse_age
from leydig.exchange.fhir.report import FhirImport, FhirReport
from leydig.exchange.fhir.resources.body_mass import offer_body_mass
from leydig.exchange.fhir.resources.conditions import offer_condition
from leydig.exchange.fhir.resources.dates import Draw, draws
from leydig.exchange.fhir.resources.medications import offer_medication
from leydig.exchange.fhir.resources.observations import offer_observation
from leydig.exchange.fhir.resources.own import own_goals, own_overrides
from leydig.record import Record, Result, Treatment
from leydig.record.files import RELEASE
from leydig.record.medicine import Medicine

__all__ = ["read_fhir"]

_MEDICATIONS = ("MedicationRequest", "MedicationStatement")
_OFFERING = ("Observation", "Condition", *_MEDICATIONS)
_READ = (*_OFFERING, "Patient", "DiagnosticReport", "Specimen", "Medication", "Goal", "Basic")
_NOT_READ = {
    "MedicationAdministration": "what he is given may be incomplete",
    "MedicationDispense": "what he is given may be incomplete",
    "AllergyIntolerance": "look at his allergies before anything is started",
}


def read_fhir(
    source: Path | str | Mapping[str, Any],
    *,
    patient: str = "",
    sex: str = "",
    born: dt.date | str | None = None,
    confirm: str | Collection[str] = (),
    on: dt.date | None = None,
) -> FhirImport:
    """Read the record of one man from FHIR R4 in JSON.

    Parameters
    ----------
    source : Path, str or mapping
        The path of a bundle or of a single resource, or what it holds.
    patient : str, optional
        Id or identifier of the Patient, where the bundle holds several.
    sex : {"male"}, optional
        Said by the caller where the bundle does not say it; nobody is assumed to be a man.
    born : datetime.date or str, optional
        The same, of the day of birth.
    confirm : str or collection of str, optional
        What a clinician has confirmed of what waits (`FhirReport.confirm`): paths such as ``"entry[3].resource"``, or
        ``"all"`` for every status that waits; of results that contradict one another the one that holds is named.
    on : datetime.date, optional
        The day for which it is read, where that lies ahead; nothing may be dated later than it and today.

    Returns
    -------
    FhirImport
        The record, and a report of what was taken, repaired, left for a clinician to confirm, and left out.

    Raises
    ------
    BadRecord
        When it is no FHIR in JSON or beyond the limits, or about nobody, several, a woman, a minor or somebody whose
        sex or age is not known; the message names the path.

    Notes
    -----
    Sex and age are looked at first. Results whose status is unknown or preliminary wait for a clinician. A result is
    read by its LOINC code and its unit; one without any is read by its words and waits; what a record has no name for
    is left out and listed, never guessed. A diagnosis without a day waits.

    Examples
    --------
    >>> patient = {"resourceType": "Patient", "id": "a", "gender": "male", "birthDate": "1990-02-01"}
    >>> lh = {"resourceType": "Observation", "status": "final", "effectiveDateTime": "2026-03-02",
    ...       "subject": {"reference": "Patient/a"},
    ...       "code": {"coding": [{"system": "http://loinc.org", "code": "10501-5"}]},
    ...       "valueQuantity": {"value": 3.4, "code": "[IU]/L", "system": "http://unitsofmeasure.org"}}
    >>> read_fhir({"resourceType": "Bundle", "entry": [{"resource": patient}, {"resource": lh}]}).record
    Record(male, born 1990-02-01: 1 result, 2026-03-02 to 2026-03-02, 0 treatments)
    """
    bundle = open_bundle(source)
    confirmed = _words_to_confirm(confirm)
    if not isinstance(patient, str):
        raise BadRecord(f"got patient {text_of(patient)}; expected the id of a Patient. Give a text.")
    day = RELEASE if on is None else date(on, "day for which it is read", error=BadRecord)
    lead = f"{bundle.name}: " if bundle.name else ""
    try:
        return _import(bundle, patient, sex, born, confirmed, max(dt.date.today(), RELEASE, day))
    except BadRecord as error:
        raise BadRecord(f"{lead}{error}") from error


def _words_to_confirm(confirm: str | Collection[str]) -> list[str]:
    """Return what was confirmed as a list of paths."""
    words = [confirm] if isinstance(confirm, str) else list(confirm) if isinstance(confirm, Collection) else [confirm]
    if not all(isinstance(one, str) for one in words):
        raise BadRecord(f"got {text_of(confirm)} to confirm; expected paths of entries, or 'all'. Give texts.")
    return [one for one in words if one]


def _import(
    bundle: Bundle, patient: str, sex: str, born: dt.date | str | None, confirm: Collection[str], today: dt.date
) -> FhirImport:
    """Return the record and report of a bundle."""
    person = person_of(bundle, patient, sex, born)
    offers = _offers(bundle, person, today + dt.timedelta(1))
    offers.settle()
    taken = [one for one in offers.candidates if not one.waits or one.is_confirmed(confirm)]
    waiting = [one for one in offers.candidates if one.waits and not one.is_confirmed(confirm)]
    _refuse_unknown(confirm, offers.candidates)
    place = person.element.place if person.element else ""
    ages = [float(one.entry.value) for one in taken if isinstance(one.entry, Result) and one.entry.name == "age"]
    refuse_age(person.born, ages, (one.day for one in offers.candidates), place)
    results = tuple(one.entry for one in taken if isinstance(one.entry, Result))
    treatments = tuple(one.entry for one in taken if isinstance(one.entry, Treatment))
    medicines = tuple(one.entry for one in taken if isinstance(one.entry, Medicine))
    record = Record(
        "male", person.born, results, treatments, own_overrides(bundle), own_goals(bundle), person.id, medicines
    )
    return FhirImport(record, _report(bundle, offers, taken, waiting))


def _offers(bundle: Bundle, person: Person, latest: dt.date) -> Offers:
    """Return what the resources of a bundle offer to his record."""
    offers, by_holder = Offers(), draws(bundle)
    for element in bundle.resources:
        if element.kind not in _OFFERING:
            continue
        try:
            _offer(element, bundle, person, by_holder, latest, offers)
        except BadRecord as why:
            offers.leave(element.place, element.kind, seen_text(str(why)))
    with suppress(BadRecord):  # what cannot be read is left out already
        offer_body_mass(bundle, person, by_holder, latest, offers)
    return offers


def _offer(
    element: Element, bundle: Bundle, person: Person, by_holder: Mapping[str, Draw], latest: dt.date, offers: Offers
) -> None:
    """Add what one resource offers; raises BadRecord where it cannot be read."""
    whose = person.owns(element, bundle)
    before = len(offers.candidates)
    if whose and whose != "unsaid":
        concept = "code" if element.kind not in _MEDICATIONS else "medicationCodeableConcept"
        offers.leave(element.place, element.words(concept), whose)
    elif element.kind == "Observation":
        offer_observation(element, bundle, by_holder, latest, offers)
    elif element.kind == "Condition":
        offer_condition(element, latest, offers)
    else:
        offer_medication(element, bundle, latest, offers)
    if whose == "unsaid":
        late = [one.wait("it does not say whose it is", False) for one in offers.candidates[before:]]
        offers.candidates[before:] = late


def _refuse_unknown(confirm: Collection[str], candidates: Collection[Candidate]) -> None:
    """Refuse a confirmation of what does not wait."""
    waiting = [one.place for one in candidates if one.waits]
    for word in confirm:
        if word != ALL and not any(place == word or place.startswith(f"{word}.") for place in waiting):
            raise BadRecord(
                f"got {word!r} to confirm; expected what waits: {', '.join(waiting[:5]) or 'nothing does'}. "
                "See FhirReport.confirm."
            )


def _report(bundle: Bundle, offers: Offers, taken: list[Candidate], waiting: list[Candidate]) -> FhirReport:
    """Return what became of everything that came."""
    resources = dict(Counter(seen_text(one.kind) or "no type" for one in bundle.resources))
    unread = {kind: count for kind, count in resources.items() if kind not in _READ}
    notes = ["it is written as STU3 is, and read as far as R4 says the same"] if bundle.release == "STU3" else []
    notes += [f"{kind} is not read: {why}" for kind, why in _NOT_READ.items() if kind in unread]
    return FhirReport(
        bundle.name, bundle.release, resources, unread, tuple(one.item() for one in taken),
        tuple(one.item("; ".join(one.repairs)) for one in taken if one.repairs),
        tuple(one.item(one.waits) for one in waiting), tuple(offers.left), tuple(notes),
    )  # fmt: skip
