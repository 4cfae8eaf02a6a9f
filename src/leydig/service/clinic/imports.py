"""Files that come in: what would be taken of them, and the entries that are."""

import codecs
import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from leydig.errors import BadRecord, LeydigError, UnknownName
from leydig.exchange.fhir.bundle import LIMITS
from leydig.exchange.fhir.read import read_fhir
from leydig.exchange.fhir.report import FhirReport
from leydig.exchange.laboratory_days import DateOrder
from leydig.exchange.laboratory_table import read_laboratory_table
from leydig.json_file import JsonLimits, json_content
from leydig.protocol.implied import short_title
from leydig.record import Record
from leydig.record.files import as_json, from_json
from leydig.record.quantity import quantity
from leydig.service.bodies import EntryKind
from leydig.service.clinic.record import check_entry, entry_statement, result_level, result_moment

__all__ = ["ImportPreview", "read_import"]

LARGEST = 5_000_000  # [byte]
MOST = 5000  # results, medicines and the like of a record file
WHOLE = 1e15  # below which a whole number is written without a point
_BINARY = {b"PK\x03\x04": "a spreadsheet or archive", b"%PDF": "a PDF", b"\xd0\xcf\x11\xe0": "an old spreadsheet"}
_OF_RESULT = ("name", "value", "unit", "date", "time", "assay", "low", "high", "note")


@dataclass(frozen=True)
class ImportPreview:
    """What a file would add to a record.

    Attributes
    ----------
    contents : tuple of dict
        Entries as they would be written, each with the ``pointer`` of its place in the file.
    taken, repaired, confirm, left : tuple of dict
        Pointer, what it says, and why.
    dates : str
        A `DateOrder`: what dates that may be two were read as; empty where none may.
    """

    contents: tuple[dict[str, Any], ...]
    taken: tuple[dict[str, str], ...]
    repaired: tuple[dict[str, str], ...] = ()
    confirm: tuple[dict[str, str], ...] = ()
    left: tuple[dict[str, str], ...] = ()
    dates: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain content."""
        lists = {key: list(getattr(self, key)) for key in ("taken", "repaired", "confirm", "left")}
        return lists | {"dates": self.dates}


def read_import(
    plain: bytes, record: Record, entries: Collection[dict[str, Any]], confirm: Collection[str] = (),
    dates: DateOrder | None = None,
) -> ImportPreview:  # fmt: skip
    """Return what a file would add.

    Parameters
    ----------
    plain : bytes
        A FHIR bundle or a record in JSON, or else a table, as a laboratory or a spreadsheet writes it.
    record : Record
        Of the person, who says sex and birth where the file does not.
    entries : collection of dict
        Contents of his entries that hold: what they say already is left out.
    confirm : collection of str, optional
        Pointers of what waits that a clinician has confirmed, or ``"all"``, which confirms nothing that contradicts
        another result of its moment: what holds of these is named.
    dates : DateOrder, optional
        What dates of a table that may be two are; when left out they wait.

    Raises
    ------
    BadRecord, WrongUnit, OutOfRange, UnknownName, BadRegimen
        When it cannot be read, or is about somebody else.
    """
    text, encoding = _text(plain)
    today = dt.date.today()
    if text.lstrip()[:1] not in ("{", "["):
        preview = _table_preview(text, encoding, confirm, today, dates)
    elif encoding:
        raise BadRecord("got bytes that are no UTF-8; expected JSON in UTF-8. Save the file as UTF-8.")
    elif '"resourceType"' in text:
        preview = _fhir_preview(text, record, confirm)
    else:
        preview = _plain_preview(_record_of_json(text, today), placed=True)
    _refuse_other_person(preview, record)
    return _hold_contradictions(_drop_repeats(_drop_unborn(preview, record), entries), entries, confirm)


def _text(plain: bytes) -> tuple[str, str]:
    """Return the text of a file, and its encoding where that is not UTF-8."""
    if len(plain) > LARGEST:
        raise BadRecord(f"got more than {LARGEST:,} bytes; expected one man's file. Is it of many?")
    other = next((name for mark, name in _BINARY.items() if plain.startswith(mark)), "")
    if other:
        raise BadRecord(f"got {other}; expected text. Save it as CSV, or copy its cells and paste them.")
    encoding = "UTF-16" if plain[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "UTF-8-SIG"
    try:
        return plain.decode(encoding), "" if encoding == "UTF-8-SIG" else encoding
    except UnicodeDecodeError:
        pass
    try:
        return plain.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError as error:
        raise BadRecord("got bytes that are no UTF-8; expected text in UTF-8. Save the file as UTF-8.") from error


def _table_preview(
    text: str, encoding: str, confirm: Collection[str], today: dt.date, dates: DateOrder | None
) -> ImportPreview:
    """Return what a table would add, row by row: a row that cannot be read holds no other one up."""
    contents: list[dict[str, Any]] = []
    lists: dict[str, list[dict[str, str]]] = {"repaired": [], "confirm": [], "left": []}
    rows = read_laboratory_table(text, dates)
    for row in rows:
        if row.content.get("name") == "id":  # a pseudonym is that of the page
            continue
        pointer = f"/line/{row.line}" + (f"/column/{row.column}" if row.column else "")
        about = {"pointer": pointer, "what": row.text}
        content = _entry_of_row(row.content) | {"pointer": pointer}
        why = row.refusal or _refusal_of(content, today)
        if why:
            lists["left"].append(about | {"why": why})
            continue
        if row.doubts and pointer not in confirm and "all" not in confirm:
            lists["confirm"].append(_line(content) | {"why": "; ".join(row.doubts)})
            continue
        contents.append(content)
        if row.repairs or row.doubts:
            lists["repaired"].append(_line(content) | {"why": "; ".join((*row.repairs, *row.doubts))})
    if encoding:
        lists["repaired"].append({"pointer": "", "what": encoding, "why": "the file is not UTF-8; look at its signs"})
    found = {key: tuple(lines) for key, lines in lists.items()}
    order = next((row.order for row in rows if row.order), "")
    return ImportPreview(tuple(contents), tuple(map(_line, contents)), **found, dates=order)


def _refusal_of(content: dict[str, Any], today: dt.date) -> str:
    """Return why no record can hold an entry; empty where one can."""
    try:
        check_entry({key: value for key, value in content.items() if key != "pointer"}, today)
    except LeydigError as error:
        return str(error)
    return ""


def _entry_of_row(row: dict[str, str]) -> dict[str, Any]:
    """Return the columns of a row as an entry."""
    name, value = row.get("name", ""), row.get("value", "")
    if name in ("sex", "born"):
        return {"kind": EntryKind.PERSON, "name": name, "value": value}
    if name == "goal":
        return {"kind": EntryKind.GOAL, "value": value}
    if name in ("treatment", "medicine"):
        return {"kind": EntryKind.MEDICINE} | {key: row[key] for key in ("name", "value", "date", "stop") if key in row}
    return {"kind": EntryKind.RESULT} | {key: row[key] for key in _OF_RESULT if key in row}


def _record_of_json(text: str, today: dt.date) -> dict[str, Any]:
    """Return the content of a record file whose values keep the digits with which they were written."""
    found = json_content(text, BadRecord)
    count = sum(len(one) for one in found.values() if isinstance(one, list)) if isinstance(found, dict) else 0
    if count > MOST:
        raise BadRecord(f"got a record of {count:,} entries; expected at most {MOST:,} of one man. Is it of many?")
    from_json(found, today)  # refused with its place where it is no record
    return _with_texts(json_content(text, BadRecord, "", JsonLimits(decimals=True)))


def _with_texts(content: dict[str, Any]) -> dict[str, Any]:
    """Return a content with every value as text."""
    return {key: _texts(value) for key, value in content.items() if value not in (None, "")}


def _texts(value: Any) -> Any:
    if isinstance(value, list):
        return [_texts(one) for one in value]
    if isinstance(value, dict):
        return {key: _texts(one) for key, one in value.items() if one not in (None, "")}
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < WHOLE else repr(value)
    return str(value) if isinstance(value, Decimal | int) else value


def _plain_preview(content: dict[str, Any], placed: bool) -> ImportPreview:
    """Return what a record would add: everything in it; with pointers where it stands in the file like that."""
    found: list[dict[str, Any]] = [
        {"kind": EntryKind.PERSON, "name": key, "value": content[key], "pointer": f"/{key}"}
        for key in ("sex", "born")
        if content.get(key)
    ]
    for place, one in enumerate(content.get("results", ())):
        found.append(
            {
                "kind": EntryKind.RESULT,
                **{key: one[key] for key in _OF_RESULT if key in one},
                "pointer": f"/results/{place}",
            }
        )
    for list_, name, key in (("treatments", "treatment", "regimen"), ("medicines", "medicine", "text")):
        for place, one in enumerate(content.get(list_, ())):
            about = {"kind": EntryKind.MEDICINE, "name": name, "value": one[key], "date": one["start"]}
            found.append(about | ({"stop": one["stop"]} if "stop" in one else {}) | {"pointer": f"/{list_}/{place}"})
    for place, goal in enumerate(content.get("goals", ())):
        found.append({"kind": EntryKind.GOAL, "value": goal, "pointer": f"/goals/{place}"})
    for place, one in enumerate(content.get("overrides", ())):
        about = {"kind": EntryKind.OVERRIDE, "name": one["what"], "value": one.get("value", ""), "note": one["reason"]}
        found.append({key: value for key, value in about.items() if value} | {"pointer": f"/overrides/{place}"})
    contents = tuple(one if placed else {key: one[key] for key in one if key != "pointer"} for one in found)
    return ImportPreview(contents, tuple(map(_line, contents)))


def _fhir_preview(text: str, record: Record, confirm: Collection[str]) -> ImportPreview:
    """Return what a bundle would add, and what waits or is left out."""
    content = json_content(text, BadRecord, "", LIMITS)
    born = None if _says_birth(content) else record.born  # what the file says is held against what is known
    asked = read_fhir(content, sex=record.sex, born=born).report.confirm if confirm else ()
    waiting = {_pointer(one.place): one.place for one in asked}
    named = [waiting.get(one, one) for one in confirm if one in waiting or one in (*waiting.values(), "all")]
    found = read_fhir(content, sex=record.sex, born=born, confirm=named)
    lists = {
        key: tuple(
            {"pointer": _pointer(one.place), "what": one.what, "why": one.why} for one in getattr(found.report, key)
        )
        for key in ("repaired", "confirm", "left")
    }
    plain = _plain_preview(_with_texts(as_json(found.record)), placed=False)
    digits = [(one.name, one.value) for one in (*found.report.taken, *found.report.confirm) if one.value]
    written = _with_digits(plain.contents, digits)
    places = _places_of(found.report)
    contents = tuple(one | {"pointer": places.get(_place_key(one), "")} for one in written)
    taken = tuple({"pointer": _pointer(one.place), "what": one.what, "why": one.why} for one in found.report.taken)
    return ImportPreview(contents, taken, lists["repaired"], lists["confirm"], lists["left"])


def _with_digits(contents: Iterable[dict[str, Any]], digits: Iterable[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Yield entries whose values have the digits with which the file wrote them: 1.10 is not 1.1.

    Parameters
    ----------
    contents : iterable of dict
    digits : iterable of (str, str)
        Name and value of results as they stand in the file.
    """
    left = list(digits)
    for one in contents:
        value = one.get("value", "")
        sign = value[: len(value) - len(value.lstrip("<>"))]
        for place, (name, text) in enumerate(left):
            plain = text.lstrip("<>= ")
            if one["kind"] == EntryKind.RESULT and _is_number(plain, value[len(sign) :]) and _is_named(one, name):
                del left[place]
                yield one | {"value": sign + plain}
                break
        else:
            yield one


def _is_number(text: str, other: str) -> bool:
    try:
        return float(text) == float(other)
    except ValueError:
        return False


def _is_named(one: dict[str, Any], name: str) -> bool:
    """Return whether a result is called so, by whichever synonym."""
    try:
        return quantity(name).name == one["name"]
    except UnknownName:
        return False


def _says_birth(content: Any) -> bool:
    """Return whether a Patient of a bundle, or alone, says the day on which he was born."""
    entries = content.get("entry") if isinstance(content, dict) else None
    parts = (
        [one.get("resource") for one in entries if isinstance(one, dict)] if isinstance(entries, list) else [content]
    )
    return any(
        isinstance(one, dict)
        and one.get("resourceType") == "Patient"
        and len(str(one.get("birthDate") or "")) >= len("YYYY-MM-DD")
        for one in parts
    )


def _places_of(report: FhirReport) -> dict[tuple[str, str, str], str]:
    """Return by name, value and day the pointer of the one resource that says a result; empty where several may."""
    found: dict[tuple[str, str, str], str] = {}
    for item in report.taken:
        key = item.name, item.value.lstrip("<>="), item.what.rpartition(" of ")[2]
        found[key] = "" if key in found else _pointer(item.place)
    return found


def _place_key(one: dict[str, Any]) -> tuple[str, str, str]:
    return one.get("name", ""), one.get("value", "").lstrip("<>="), one.get("date", "")


def _pointer(place: str) -> str:
    """Return a path such as ``entry[3].resource`` as a pointer."""
    return "/" + place.replace("[", "/").replace("]", "").replace(".", "/") if place else ""


def _line(one: dict[str, Any]) -> dict[str, str]:
    words = [short_title(one.get("name", one["kind"])), one.get("value", ""), one.get("unit", "")]
    what = " ".join(word for word in words if word)
    day = f", {one['date']}" if one.get("date") else ""
    return {"pointer": one.get("pointer", ""), "what": f"{what}{day}", "why": ""}


def _refuse_other_person(preview: ImportPreview, record: Record) -> None:
    """Refuse a file whose sex or birth is not that of the person."""
    own = {"sex": record.sex.strip().lower(), "born": record.born.isoformat() if record.born else ""}
    for one in preview.contents:
        if one["kind"] == EntryKind.PERSON and own[one["name"]] and one["value"].strip().lower() != own[one["name"]]:
            raise BadRecord(
                f"got a file of somebody with another {'day of birth' if one['name'] == 'born' else 'sex'}; expected "
                "one of this person. Check whose file it is, or correct the person first."
            )


def _drop_unborn(preview: ImportPreview, record: Record) -> ImportPreview:
    """Return a preview in which what is dated before the person's birth is left out."""
    born = record.born.isoformat() if record.born else ""
    lines = [_line(one) for one in preview.contents if one.get("date", born) < born]
    if not lines:
        return preview
    left = tuple(one | {"why": f"dated before his birth on {born}"} for one in lines)
    contents = tuple(one for one in preview.contents if one.get("date", born) >= born)
    early = {(one["pointer"], one["what"]) for one in lines}
    taken = tuple(one for one in preview.taken if (one["pointer"], one["what"]) not in early)
    return replace(preview, contents=contents, taken=taken, left=(*preview.left, *left))


def _drop_repeats(preview: ImportPreview, entries: Collection[dict[str, Any]]) -> ImportPreview:
    """Return a preview in which what the record says already is left out."""
    new: list[dict[str, Any]] = []
    again: list[dict[str, str]] = []
    silent: list[dict[str, str]] = []
    singles = {one["name"] for one in entries if one["kind"] == EntryKind.PERSON}
    there = {entry_statement(one) for one in entries}
    for one in preview.contents:
        if one["kind"] == EntryKind.PERSON and one["name"] in singles:
            silent.append(_line(one))
            continue
        meaning = entry_statement(one)
        if meaning in there:
            again.append(_line(one) | {"why": "the record says it already"})
        else:
            there.add(meaning)
            new.append(one)
    known = {(one["pointer"], one["what"] if not one["pointer"] else "") for one in (*again, *silent)}
    taken = [one for one in preview.taken if (one["pointer"], one["what"] if not one["pointer"] else "") not in known]
    return replace(preview, contents=tuple(new), taken=tuple(taken), left=(*preview.left, *again))


def _hold_contradictions(
    preview: ImportPreview, entries: Collection[dict[str, Any]], confirm: Collection[str]
) -> ImportPreview:
    """Return a preview in which a level waits of whose moment the record, or the file, says another value."""
    said: dict[tuple[str | float, ...], list[dict[str, Any]]] = {}
    for one in (*entries, *preview.contents):
        said.setdefault(result_moment(one), []).append(one)
    waiting: list[dict[str, str]] = []
    for one in preview.contents:
        moment = result_moment(one)
        others = [other for other in said[moment] if result_level(other) != result_level(one)] if moment else []
        if others and one["pointer"] and one["pointer"] not in confirm:
            beside = "; ".join(dict.fromkeys(_line(other)["what"] for other in others))
            waiting.append(_line(one) | {"why": f"of the same moment there is {beside}: tick the one that holds"})
    held = {one["pointer"] for one in waiting}
    contents, taken = (
        tuple(one for one in many if one["pointer"] not in held) for many in (preview.contents, preview.taken)
    )
    return replace(preview, contents=contents, taken=taken, confirm=(*preview.confirm, *waiting))
