"""Entries and the record: what an entry says goes through the library's own door, and its text stays as it came."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from leydig.errors import BadRecord, LeydigError, OutOfRange, UnknownName, WrongUnit
from leydig.exchange.laboratory_table import other_unit, value_and_unit
from leydig.record import Record
from leydig.record.files import as_json, from_json
from leydig.record.quantity import quantity
from leydig.service.bodies import EntryBody, EntryKind, VisitBody
from leydig.service.problems import ServiceProblem, problem_of
from leydig.service.storage.person_file import Entry
from leydig.units import snap

__all__ = [
    "check_entry",
    "clinic_record",
    "contents_now",
    "contents_record",
    "entry_content",
    "entry_statement",
    "is_same_entry",
    "record_content",
    "record_hash",
    "refuse_before_birth",
    "result_level",
    "result_moment",
    "visit_contents",
]

_PLACE = re.compile(r"^(?:[a-z]+\[\d+\](?:\.)?)?([a-z]+)?: ")
_OPTIONAL = ("unit", "time", "assay", "low", "high", "note")
_ANSWERS = (EntryKind.RESULT, EntryKind.FACT)  # of what a laboratory or an answer says
_SAME = ("name", "value", "unit", "date", "time", "comparator", "assay", "low", "high", "stop")
_FIELDS = {"regimen": "value", "text": "value", "start": "date", "what": "name", "reason": "note"}
_USUAL = {WrongUnit: "unit", OutOfRange: "value", UnknownName: "name"}  # the field, where the message names none
_SINGLES = ("sex", "born")
_TREATMENT, _MEDICINE = "treatment", "medicine"  # names that an entry of the kind medicine may have


def entry_content(body: EntryBody) -> dict[str, Any]:
    """Return what is stored of an entry: what was said, as it came."""
    said = body.model_dump(exclude={"supersedes"})
    if body.kind == EntryKind.RESULT:
        said["value"], said["unit"] = value_and_unit(body.value, body.unit)
    return {key: value for key, value in said.items() if value != ""}


def visit_contents(body: VisitBody, today: dt.date, asks: bool = False) -> list[dict[str, Any]]:
    """Return what is stored of a visit.

    Parameters
    ----------
    body : VisitBody
    today : datetime.date
    asks : bool, optional
        Whether a value that would be rare, while in another unit it would not, has to be named among the right ones.

    Raises
    ------
    ServiceProblem
        Status 422, with every thing that no record can hold and its place; or where nothing came.
    """
    contents, refusals = [], []
    for pointer, one in body.entries():
        content = entry_content(one)
        try:
            check_entry(content, today)
            if asks and one.name not in body.right:
                _refuse_rare(content)
        except ServiceProblem as error:
            refusals.append({"pointer": pointer + error.pointer, "detail": error.detail})
        contents.append(content)
    if refusals:
        raise ServiceProblem(
            "WrongBody", 422, f"Nothing is stored yet: {len(refusals)} of {len(contents)} cannot be taken. "
            f"{refusals[0]['detail']}", pointer=refusals[0]["pointer"], errors=refusals,
        )  # fmt: skip
    if not contents:
        raise ServiceProblem(
            "WrongBody", 422, "got a visit without a result or an answer; expected one at least. Write a value.",
            pointer="/results",
        )  # fmt: skip
    return contents


def _refuse_rare(content: dict[str, Any]) -> None:
    """Refuse a number that looks as if it were in another unit."""
    name, value, unit = content["name"], content["value"], content.get("unit", "")
    if content["kind"] != EntryKind.RESULT or not unit or value[:1] in ("<", ">"):
        return
    other = other_unit(name, float(value), unit)
    if other:
        raise ServiceProblem(
            "WrongUnit", 422, f"got {value} {unit}, which would be rare, while {value} {other} would not; expected the "
            "unit that was printed. Correct the unit, or say that it is right.", pointer="/unit",
        )  # fmt: skip


def record_content(contents: Iterable[dict[str, Any]], pseudonym: str = "") -> dict[str, Any]:
    """Return entries as the content of a record file, for `leydig.record.files.from_json`."""
    found: dict[str, Any] = {
        "id": pseudonym,
        "results": [],
        "treatments": [],
        "medicines": [],
        "goals": [],
        "overrides": [],
    }
    for one in contents:
        value = one.get("value", "")
        match EntryKind(one["kind"]):
            case EntryKind.RESULT | EntryKind.FACT:
                found["results"].append(_result(one, value))
            case EntryKind.MEDICINE:
                is_text = one.get("name", _TREATMENT) == _MEDICINE
                about = {"start": one.get("date", ""), "stop": one.get("stop", "")}
                found["medicines" if is_text else "treatments"].append(
                    about | {"text" if is_text else "regimen": value}
                )
            case EntryKind.GOAL:
                found["goals"].append(value)
            case EntryKind.OVERRIDE:
                said = {"what": one.get("name", ""), "reason": one.get("note", "")}
                found["overrides"].append(said | ({"value": value} if value else {}))
            case EntryKind.PERSON:
                found[one["name"]] = value
    return found


def _result(one: dict[str, Any], value: str) -> dict[str, Any]:
    said = {"name": one.get("name", ""), "value": one.get("comparator", "") + value, "date": one.get("date", "")}
    return said | {key: one[key] for key in _OPTIONAL if key in one}


def check_entry(content: dict[str, Any], today: dt.date) -> None:
    """Refuse an entry that no record can hold.

    Raises
    ------
    ServiceProblem
        Status 422, with the library's message and the field.
    """
    kind, name = content["kind"], content.get("name", "")
    if kind == EntryKind.WITHDRAWAL:
        return
    if kind == EntryKind.PERSON and name not in _SINGLES:
        raise ServiceProblem(
            "WrongBody", 422, f"got name {name!r} of the person; expected sex or born. Choose one.", pointer="/name"
        )
    if kind == EntryKind.MEDICINE and name not in ("", _TREATMENT, _MEDICINE):
        detail = (
            f"got name {name!r} of a medicine; expected treatment, which is simulated, or medicine, which is not. "
            "Leave it out for a treatment."
        )
        raise ServiceProblem("WrongBody", 422, detail, pointer="/name")
    if kind in (EntryKind.GOAL, EntryKind.PERSON) and not content.get("value"):
        raise ServiceProblem("WrongBody", 422, "got nothing; expected value. Add it.", pointer="/value")
    try:
        read = from_json(record_content([content]), today)
        _refuse_reverse_interval(read)
    except LeydigError as error:
        raise _problem(error, kind) from error


def _refuse_reverse_interval(record: Record) -> None:
    for one in record.results:
        if one.low is not None and one.high is not None and one.low >= one.high:
            raise BadRecord(f"high: got a reference interval from {one.low:g} to {one.high:g}; expected the lower end "
                            "first. Change them over.")  # fmt: skip


def refuse_before_birth(entries: Iterable[dict[str, Any]], content: dict[str, Any]) -> None:
    """Refuse an entry of a day before the birth that the entries of a person say.

    Raises
    ------
    ServiceProblem
        Status 422.
    """
    born = next((one["value"] for one in entries if one["kind"] == EntryKind.PERSON and one["name"] == "born"), "")
    if content["kind"] != EntryKind.PERSON and content.get("date", born) < born:
        raise ServiceProblem(
            "BadRecord",
            422,
            f"got {content['date']}; expected a day after his birth on {born}. Check the year.",
            pointer="/date",
        )


def _problem(error: LeydigError, kind: str) -> ServiceProblem:
    """Return a refusal of the library without the place in a file, and with the field in its stead."""
    text = str(error)
    place = _PLACE.match(text)
    said = place[1] if place else None
    field = said or next((field for one, field in _USUAL.items() if isinstance(error, one)), "")
    pointer = "value" if kind in (EntryKind.GOAL, EntryKind.PERSON) else _FIELDS.get(field, field)
    found = problem_of(error)
    detail = text[place.end() :] if place else text
    return ServiceProblem(found.name, found.status, detail, pointer=f"/{pointer}" if pointer else "")


def contents_now(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return what the entries say that hold now: nothing superseded them."""
    return [one.content for one in entries if one.superseded_by is None]


def clinic_record(entries: Iterable[Entry], pseudonym: str = "") -> Record:
    """Return the record that holds now: without what was superseded or withdrawn.

    Raises
    ------
    BadRecord
        When an entry can no longer be read.
    """
    return contents_record(contents_now(entries), pseudonym)


def contents_record(contents: Iterable[dict[str, Any]], pseudonym: str = "") -> Record:
    """Return the record of entries that hold together; raises as `clinic_record`."""
    try:
        return from_json(record_content(contents, pseudonym))
    except LeydigError as error:
        raise BadRecord(
            f"got entries that this version cannot read ({error}); expected a record. See the entry."
        ) from (error)


def record_hash(record: Record) -> str:
    """Return the SHA-256 of what a record says, in hexadecimal digits; the same entries give the same."""
    plain = json.dumps(as_json(record), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def is_same_entry(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether two entries say the same of the same day: one of them is enough.

    Examples
    --------
    >>> lh = {"kind": "result", "name": "lh", "date": "2026-03-02"}
    >>> is_same_entry(lh | {"value": "3.4", "unit": "IU/L"}, lh | {"value": "3.40", "unit": "U/L"})
    True
    """
    return entry_statement(one) == entry_statement(other)


def entry_statement(content: dict[str, Any]) -> tuple[str | float, ...]:
    """Return what an entry says, alike for all that say the same of the same day, so that a set finds them."""
    kind = EntryKind.RESULT if content["kind"] in _ANSWERS else content["kind"]
    one = _with_comparator(content)
    return (str(kind), *(_field_value(key, one) for key in _SAME))


def result_moment(content: dict[str, Any]) -> tuple[str | float, ...]:
    """Return of what, when and how a level was measured, alike for all that were at one moment; empty for no level."""
    if content["kind"] != EntryKind.RESULT or not quantity(content["name"]).units:
        return ()
    return tuple(_field_value(key, content) for key in ("name", "date", "time", "assay"))


def result_level(content: dict[str, Any]) -> tuple[str, float]:
    """Return comparator and number of a level, in the unit in which rules read it."""
    one = _with_comparator(content)
    size = quantity(one["name"]).unit_size(one.get("unit", ""))
    return one.get("comparator", ""), snap(float(one["value"]) * size)


def _with_comparator(content: dict[str, Any]) -> dict[str, Any]:
    """Return an entry whose comparator stands beside its value, where it was written before it."""
    value = content.get("value", "").strip()
    if content["kind"] not in _ANSWERS or value[:1] not in ("<", ">"):
        return content
    return content | {"comparator": value[0], "value": value[1:]}


def _field_value(key: str, one: dict[str, Any]) -> str | float:
    """Return what a field says, whichever digits, synonym or spelling it is written with."""
    text: str = one.get(key, "").strip()
    if key == "name" and one["kind"] in _ANSWERS:
        return quantity(text).name
    if key == "unit" and one["kind"] in _ANSWERS:
        return quantity(one["name"]).unit_size(text)
    if key in ("value", "low", "high"):
        try:
            return float(text)
        except ValueError:
            return text
    return text
