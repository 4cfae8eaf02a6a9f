"""Who a bundle is about: sex and age are looked at before anything else, and nobody is assumed."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from leydig import checks
from leydig.checks import text_of
from leydig.errors import BadRecord
from leydig.exchange.fhir.bundle import Bundle
from leydig.exchange.fhir.element import Element, seen_text
from leydig.exchange.fhir.resources.dates import read_day
from leydig.man.limits import AGES

__all__ = ["RECORD", "Person", "person_of", "refuse_age"]

_PART_OF_DAY = re.compile(r"\d{4}(-\d\d)?", re.ASCII)
RECORD = "urn:leydig:record"  # the system of the identifier of a record of ours
MEN = "protocols and equations hold for men only"
ABOUT = ("Observation", "Condition", "MedicationRequest", "MedicationStatement")


@dataclass(frozen=True)
class Person:
    """The man that a bundle is about.

    Attributes
    ----------
    born : datetime.date or None
        None where only an age among his results tells it.
    id : str
    element : Element or None
        His Patient; None where the caller said who he is.
    """

    born: dt.date | None
    id: str
    element: Element | None
    _subjects: frozenset[str] = field(default_factory=frozenset)

    def owns(self, resource: Element, bundle: Bundle) -> str:
        """Return why a resource is not plainly his: empty where it is, ``unsaid`` where it does not say whose it is."""
        subject = resource.reference("subject") or resource.reference("patient")
        if resource.children("focus"):
            return "it is about somebody or something else (focus)"
        if not subject:
            return "" if self.element is None else "unsaid"
        found = bundle.find(subject, resource)
        if self.element is None:
            return ""
        if found is not None:
            return "" if found.place == self.element.place else f"it is about {seen_text(subject)}"
        return "" if subject in self._subjects else f"it is about {seen_text(subject)}, not about this Patient"


def person_of(bundle: Bundle, patient: str, sex: str, born: dt.date | str | None) -> Person:
    """Return the man that a bundle is about.

    Parameters
    ----------
    bundle : Bundle
    patient : str
        Id or identifier of the one that is meant, where the bundle holds several.
    sex, born
        Said by the caller, where the bundle does not.

    Raises
    ------
    BadRecord
        When it is nobody, several, no man, or his age is not known.
    """
    if sex:
        checks.option(sex, "sex", ("male",), error=BadRecord)
    day = None if born is None else checks.date(born, "day of birth", error=BadRecord)
    patients = _patients(bundle, patient)
    if len(patients) > 1:
        raise BadRecord(
            f"got {len(patients)} Patients ({', '.join(_name(one) for one in patients[:5])}); expected one man. "
            "Say which with patient=."
        )
    if not patients:
        _one_subject(bundle)
        if not sex or day is None:
            raise BadRecord(
                "got no Patient; expected one, because nobody is assumed to be a man. Add it, or give "
                "sex='male' and born=."
            )
        return Person(day, "", None)
    return _person(patients[0], sex, day)


def _patients(bundle: Bundle, patient: str) -> list[Element]:
    """Return the Patients that may be meant."""
    found = bundle.of("Patient")
    if not patient:
        return found
    named = [one for one in found if patient.removeprefix("Patient/") in _names(one)]
    if not named:
        listed = ", ".join(_name(one) for one in found[:5]) or "none"
        raise BadRecord(f"got patient {patient!r}; expected one of the bundle: {listed}. Give one of these.")
    return named


def _names(element: Element) -> list[str]:
    return [element.text("id"), *(one.text("value") for one in element.children("identifier"))]


def _name(element: Element) -> str:
    return seen_text(element.text("id")) or element.place


def _one_subject(bundle: Bundle) -> None:
    """Refuse a bundle without a Patient whose resources are about several."""
    subjects = {subject for kind in ABOUT for one in bundle.of(kind) if (subject := _subject(one))}
    if len(subjects) > 1:
        raise BadRecord(
            f"got resources about {', '.join(sorted(map(seen_text, subjects))[:5])} and no Patient; expected one man. "
            "Take his resources alone."
        )


def _subject(resource: Element) -> str:
    subject = resource.content.get("subject")
    found = subject.get("reference") if isinstance(subject, dict) else None
    return found if isinstance(found, str) else ""


def _person(element: Element, sex: str, born: dt.date | None) -> Person:
    """Return the man of a Patient, or refuse."""
    gender = element.text("gender").lower()
    if gender in ("", "unknown") and sex:
        gender = sex
    if gender != "male":
        came = text_of(element.content.get("gender")) if gender else "no gender"
        hint = "Choose a man's record." if gender == "female" else "Ask, and give sex='male' if he is a man."
        raise BadRecord(f"{element.path('gender')}: got {came}; expected male: {MEN}. {hint}")
    stated = _birth(element, born) if "birthDate" in element else None
    return Person(born or stated, _record_id(element), element, frozenset(_references(element)))


def _birth(element: Element, born: dt.date | None) -> dt.date | None:
    """Return the day of birth of a Patient; None where a year or month alone agrees with what the caller says."""
    text = element.text("birthDate")
    if not _PART_OF_DAY.fullmatch(text):
        return read_day(element, "birthDate") if born is None else None
    if born is None or not born.isoformat().startswith(text):
        hint = "Give born=, a day in it; the first of July of a year will do."
        raise element.refusal("birthDate", "a day of birth, or one that the caller says", hint)
    return None


def _record_id(element: Element) -> str:
    """Return how a record names him: as we wrote it, else by the id of his Patient."""
    own = [one.text("value") for one in element.children("identifier") if one.text("system") == RECORD]
    if own or any(one.text("system") == RECORD for one in element.children("identifier")):
        return own[0]
    return seen_text(element.text("id"))


def _references(element: Element) -> Iterable[str]:
    yield f"Patient/{element.text('id')}"


def refuse_age(born: dt.date | None, ages: Iterable[float], days: Iterable[dt.date], place: str) -> None:
    """Refuse a man whose age is not known, or outside the model on the last of these days.

    Parameters
    ----------
    born : datetime.date or None
    ages : iterable of float
        Recorded ages [year].
    days : iterable of datetime.date
        On which something was measured or given; today where there is none.
    place : str
        The path of his Patient.
    """
    last = max(days, default=dt.date.today())
    known = [*ages] if born is None else [last.year - born.year - ((last.month, last.day) < (born.month, born.day))]
    if not known:
        raise BadRecord(
            f"{place}: got no birthDate; expected one, because the age decides whether he may be assessed. "
            "Add it, or give born=."
        )
    low, high = AGES
    if not low <= known[-1] <= high:
        words = f"born {born}, {known[-1]:.0f} years old on {last}" if born else f"an age of {known[-1]:.0f} years"
        raise BadRecord(f"{place}: got a man {words}; expected {low:g} to {high:g} years. Choose an adult's record.")
