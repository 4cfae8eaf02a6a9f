"""Records as files: JSON, or a table with one row per result (`leydig.record.table`).

JSON: ``sex``, ``born`` (YYYY-MM-DD), ``id``, ``goals``; ``results``, a list of objects with ``name``, ``value``
(a number, ``"<5"``, or ``true``/``"yes"`` for a question), ``unit``, ``date``, and if known ``time``, ``assay``,
``low``, ``high``, ``note``; ``treatments`` with ``regimen``, ``start``, ``stop``; ``medicines`` that are not simulated
with ``text``, ``start``, ``stop``; ``overrides`` with ``what``, ``value``, ``reason``. The value of a work-up is
``"normal"`` or what was found.

Nothing is lost and nothing is guessed: what is not one of these keys, comes twice, or can be read in two ways is
refused with its path, such as ``results[3].value``, and its line.
"""

import datetime as dt
from pathlib import Path
from typing import Any

from leydig.errors import BadRecord
from leydig.json_file import JsonFile, file_path, file_text, json_content
from leydig.record.record import Record, Result

__all__ = ["as_json", "from_json", "read_record"]

RELEASE = dt.date(2026, 11, 23)  # a clock that is earlier than this program is wrong


def read_record(path: Path | str, on: dt.date | None = None) -> Record:
    """Read a record from a ``.json`` or ``.csv`` file.

    Parameters
    ----------
    path : Path or str
    on : datetime.date, optional
        The day for which it is read, where that lies ahead; nothing in the record may be later than it and today.

    Raises
    ------
    BadRecord
        When the file cannot be read, or says something twice, in the future or in no way that is known; the
        message names the path of the entry or the line.
    WrongUnit, OutOfRange, UnknownName
        When a value has no unit, is impossible, or its name is unknown; the same.
    BadRegimen
        When a regimen cannot be read; the same.
    """
    path = file_path(path, BadRecord, "a .json or .csv file")
    if path.suffix.lower() not in (".json", ".csv"):
        raise BadRecord(f"got {path.name}; expected a file ending in .json or .csv. Change the ending.")
    text, today = file_text(path, BadRecord, "a .json or .csv file"), max(dt.date.today(), RELEASE, on or RELEASE)
    if path.suffix.lower() == ".csv":
        from leydig.record.table import table_record  # the models of files wait for the first file

        return table_record(text, today)
    if '"resourceType"' in text:
        raise BadRecord(f"{path.name}: got FHIR; expected a record. Read it with leydig.read_fhir.")
    return _record(JsonFile(json_content(text, BadRecord, path.name), BadRecord, text, path.name), today)


def from_json(content: Any, latest: dt.date | None = None) -> Record:
    """Return the record of a JSON object.

    Parameters
    ----------
    content : Any
        As a JSON reader gives it.
    latest : datetime.date, optional
        Today, where nothing may be dated later.

    Raises
    ------
    BadRecord, WrongUnit, OutOfRange, UnknownName, BadRegimen
        As `read_record`.
    """
    return _record(JsonFile(content, BadRecord), latest)


def _record(file: JsonFile, latest: dt.date | None) -> Record:
    from leydig.file_model import validate_file  # the models of files wait for the first file
    from leydig.record.record_file import RecordFile, build_record

    read = validate_file(RecordFile, file, context={"latest": latest})
    taken = (one.entry for one in (*read.treatments, *read.medicines))
    return build_record([read], (one.result for one in read.results), taken, (one.override for one in read.overrides))


def as_json(record: Record) -> dict[str, Any]:
    """Return a record as plain JSON content; `from_json` gives the same record back."""
    content: dict[str, Any] = {"id": record.id, "sex": record.sex}
    content |= {"born": record.born.isoformat()} if record.born else {}
    content |= {"goals": list(record.goals)} if record.goals else {}
    content["results"] = [_result_content(result) for result in record.results]
    content["treatments"] = [
        {"regimen": str(treatment.regimen), "start": treatment.start.isoformat()}
        | ({"stop": treatment.stop.isoformat()} if treatment.stop else {})
        for treatment in record.treatments
    ]
    if record.medicines:
        content["medicines"] = [
            {"text": medicine.text, "start": medicine.start.isoformat()}
            | ({"stop": medicine.stop.isoformat()} if medicine.stop else {})
            for medicine in record.medicines
        ]
    content["overrides"] = [
        {"what": override.what, "value": override.value, "reason": override.reason} for override in record.overrides
    ]
    return content


def _result_content(result: Result) -> dict[str, Any]:
    value: Any = f"{result.comparator}{result.value!r}" if result.comparator else result.value
    content: dict[str, Any] = {"name": result.name, "value": value, "date": result.date.isoformat()}
    content |= {"unit": result.unit} if result.unit else {}
    content |= {"time": result.time.isoformat("seconds" if result.time.second else "minutes")} if result.time else {}
    for key in ("assay", "low", "high", "note"):
        if getattr(result, key) not in (None, ""):
            content[key] = getattr(result, key)
    return content
