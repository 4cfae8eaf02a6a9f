"""`write_fhir`: a record, and what an assessment says of it, as a FHIR document that `read_fhir` reads back."""

import datetime as dt
import hashlib
import json
import re
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from leydig.assessment.finding import Assessment
from leydig.checks import text_of
from leydig.errors import BadRecord
from leydig.exchange.fhir.advice import advice_resources, care_plan, provenance
from leydig.exchange.fhir.person import RECORD
from leydig.exchange.fhir.resources.own import goal_resource, override_resource
from leydig.exchange.fhir.resources.results import medicine_resource, result_resource, treatment_resources
from leydig.extras import extra
from leydig.protocol.implied import short_title
from leydig.record import Record
from leydig.record.files import as_json
from leydig.target import target_file
from leydig.version import VERSION
from leydig.whole_file import write_text

__all__ = ["check_fhir", "fhir_bundle", "write_fhir"]

Resource = dict[str, Any]
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_PLANNED = ("ServiceRequest", "MedicationRequest")
_ADVICE = ("GuidanceResponse", *_PLANNED)
_SECTIONS = (
    ("Results", "Observation"), ("Medicines", "MedicationStatement"), ("Goals", "Goal"),
    ("Set by the clinician", "Basic"), ("Findings", "GuidanceResponse"), ("Plan", "CarePlan"),
)  # fmt: skip
AGENT = f"Leydig {VERSION}"


def write_fhir(
    record: Record, path: Path | str, *, assessment: Assessment | None = None, at: dt.datetime | None = None
) -> Path:
    """Write a record, and what an assessment says of it, as a FHIR R4 document.

    Parameters
    ----------
    record : Record
    path : Path or str
        Ending in .json.
    assessment : Assessment, optional
        Of this record.
    at : datetime.datetime, optional
        When it is written, with a time zone; now when left out.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutOfRange
        When the path ends otherwise, or cannot be written.
    BadRecord
        When it is not a man's record, or the time has no zone.
    """
    target = target_file(path, {".json": ()})
    content = fhir_bundle(record, assessment, at)
    write_text(target, json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n")
    return target


def fhir_bundle(record: Record, assessment: Assessment | None = None, at: dt.datetime | None = None) -> Resource:
    """Return a record, and what an assessment says of it, as the content of a FHIR document; as `write_fhir`.

    Examples
    --------
    >>> noon = dt.datetime(2026, 3, 2, 12, tzinfo=dt.timezone.utc)
    >>> content = fhir_bundle(Record("male", dt.date(1990, 2, 1)), at=noon)
    >>> [entry["resource"]["resourceType"] for entry in content["entry"]]
    ['Composition', 'Patient']
    """
    if not isinstance(record, Record):
        raise BadRecord(f"got {text_of(record)} as a record; expected a Record. Read one with read_record.")
    if record.sex.strip().lower() not in ("male", "m", "man"):
        raise BadRecord(
            f"got sex {record.sex!r}; expected male: what is written here is read back for men alone. Check it."
        )
    time = dt.datetime.now(dt.UTC) if at is None else at
    if not isinstance(time, dt.datetime) or time.tzinfo is None:
        raise BadRecord(f"got {text_of(at)} as the time of writing; expected one with a time zone. Give tzinfo.")
    return _Document(record, time).content(assessment)


def check_fhir(content: Resource) -> None:
    """Refuse a bundle that the classes of FHIR R4 do not accept.

    Raises
    ------
    BadRecord
        With the first thing that they refuse.
    MissingExtra
        Without the extra ``fhir``.
    """
    with extra("fhir"):
        from fhir.resources.R4B.bundle import Bundle
    from pydantic import ValidationError

    try:
        Bundle.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise BadRecord(
            f"{where}: got what FHIR R4 refuses ({first['msg']}); expected a bundle of R4. See the path."
        ) from error


class _Document:
    """A record while it is written: its resources, each with an address that follows from the record."""

    def __init__(self, record: Record, time: dt.datetime) -> None:
        self.record, self.time = record, time
        plain = json.dumps(as_json(record), ensure_ascii=False, sort_keys=True)
        self.fingerprint = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
        self.entries: list[Resource] = []
        self.subject = {"reference": self._address("Patient", 0)}

    def content(self, assessment: Assessment | None) -> Resource:
        """Return the document."""
        self._add(self._patient())
        for one in self._entries_of_record():
            self._add(one)
        if assessment is not None:
            self._add_advice(assessment)
        cover = self._composition(assessment)
        self.entries.insert(0, {"fullUrl": self._address("Composition", 0), "resource": cover})
        return {
            "resourceType": "Bundle", "type": "document", "timestamp": self.time.isoformat(timespec="seconds"),
            "identifier": {"system": RECORD, "value": f"{self.fingerprint[:16]}-{self.time:%Y%m%d%H%M%S}"},
            "entry": self.entries,
        }  # fmt: skip

    def _address(self, kind: str, number: int) -> str:
        """Return the address of a resource: the same record gives the same."""
        return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{self.fingerprint}/{kind}/{number}')}"

    def _add(self, resource: Resource) -> Resource:
        """Add a resource and return a reference to it."""
        kind = resource["resourceType"]
        number = sum(one["resource"]["resourceType"] == kind for one in self.entries)
        address = self._address(kind, number)
        self.entries.append({"fullUrl": address, "resource": resource})
        return {"reference": address}

    def _patient(self) -> Resource:
        """Return the man."""
        name = self.record.id
        found: Resource = {
            "resourceType": "Patient", "identifier": [{"system": RECORD} | ({"value": name} if name else {})],
            "gender": "male",
        }  # fmt: skip
        found |= {"id": name} if _ID.fullmatch(name) else {}
        return found | ({"birthDate": self.record.born.isoformat()} if self.record.born else {})

    def _entries_of_record(self) -> list[Resource]:
        """Return everything that the record holds."""
        record, subject, today = self.record, self.subject, self.time.date()
        return [
            *(result_resource(one, subject) for one in record.results),
            *(part for one in record.treatments for part in treatment_resources(one, subject, today)),
            *(medicine_resource(one, subject, today) for one in record.medicines),
            *(goal_resource(one, subject) for one in record.goals),
            *(override_resource(one, subject) for one in record.overrides),
        ]

    def _add_advice(self, assessment: Assessment) -> None:
        """Add what an assessment says, its plan, and what both came from."""
        for one in advice_resources(assessment, self.subject):
            self._add(one)
        if not assessment.is_refused:
            self._add(care_plan(assessment, self.subject, self._references(_PLANNED)))
        targets = self._references((*_ADVICE, "CarePlan"))
        self._add(provenance(assessment, targets, self.time, AGENT, self.fingerprint))

    def _references(self, kinds: tuple[str, ...]) -> list[Resource]:
        """Return references to the resources of these types."""
        return [{"reference": one["fullUrl"]} for one in self.entries if one["resource"]["resourceType"] in kinds]

    def _composition(self, assessment: Assessment | None) -> Resource:
        """Return the cover of the document: what stands in it."""
        about = (
            f"Record and assessment by {short_title(assessment.protocol)} {assessment.version}"
            if assessment
            else "Record"
        )
        sections = [
            {"title": title, "entry": references}
            for title, kind in _SECTIONS
            if (references := self._references((kind,)))
        ]
        return {
            "resourceType": "Composition", "status": "final", "type": {"text": about}, "subject": self.subject,
            "date": self.time.isoformat(timespec="seconds"), "author": [{"display": AGENT}], "title": about,
            **({"section": sections} if sections else {}),
        }  # fmt: skip
