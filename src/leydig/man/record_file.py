"""Records as files: JSON, or a table with one row per result.

JSON: ``sex``, ``born`` (YYYY-MM-DD), ``id``, ``goals``; ``results``, a list of objects with ``name``, ``value``
(a number, ``"<5"``, or ``true``/``"yes"`` for a question), ``unit``, ``date``, and if known ``time``, ``assay``,
``low``, ``high``, ``note``; ``treatments`` with ``regimen``, ``start``, ``stop``; ``overrides`` with ``what``,
``value``, ``reason``.

CSV: a head of ``name,value,unit,date`` and any of the others. The rows ``sex``, ``born``, ``id``, ``goal`` need a value
alone; a row ``treatment`` has the regimen as its value, its start as ``date`` and its end as ``stop``.
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leydig.errors import BadRecord, LeydigError
from leydig.man.quantity import quantity
from leydig.man.record import Override, Record, Result, Treatment
from leydig.regimen import Regimen

__all__ = ["as_json", "from_json", "read_record"]

_TOP = ("id", "sex", "born", "goals", "results", "treatments", "overrides")
_RESULT = ("name", "value", "unit", "date", "time", "assay", "low", "high", "note")
_TREATMENT = ("regimen", "start", "stop")
_OVERRIDE = ("what", "value", "reason")
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")


def read_record(path: Path | str) -> Record:
    """Read a record from a ``.json`` or ``.csv`` file.

    Raises
    ------
    BadRecord
        When the file cannot be read; the message names the entry or the line.
    WrongUnit, OutOfRange, UnknownName
        When a value has no unit, is impossible, or its name is unknown; the same.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRecord(f"{path}: {error}. Allowed: a .json or .csv file. Give its path.") from error
    if path.suffix == ".json":
        try:
            content = json.loads(text)
        except json.JSONDecodeError as error:
            raise BadRecord(f"{path}, line {error.lineno}: {error.msg}. Allowed: JSON. Correct the line.") from error
        return from_json(content)
    if path.suffix == ".csv":
        return _from_csv(text)
    raise BadRecord(f"{path.name} came. Allowed: a file ending in .json or .csv. Change the ending.")


def from_json(content: Any) -> Record:
    """Return the record of a JSON object; raises as `read_record`."""
    if not isinstance(content, dict):
        raise BadRecord("the record is no JSON object. Allowed: {...} with sex, born and results. Correct it.")
    _known("the record", content, _TOP)
    results = [_at(f"results[{n}]", _result, one) for n, one in enumerate(_many(content, "results"))]
    treatments = [_at(f"treatments[{n}]", _treatment, one) for n, one in enumerate(_many(content, "treatments"))]
    overrides = [_at(f"overrides[{n}]", _override, one) for n, one in enumerate(_many(content, "overrides"))]
    born = content.get("born")
    return Record(
        str(content.get("sex", "")), None if born in (None, "") else _at("born", _date, born), tuple(results),
        tuple(treatments), tuple(overrides), tuple(map(str, _many(content, "goals"))), str(content.get("id", "")),
    )  # fmt: skip


def as_json(record: Record) -> dict[str, Any]:
    """Return a record as plain JSON content; `from_json` gives the same record back."""
    found: dict[str, Any] = {"id": record.id, "sex": record.sex}
    found |= {"born": record.born.isoformat()} if record.born else {}
    found |= {"goals": list(record.goals)} if record.goals else {}
    found["results"] = [_result_out(one) for one in record.results]
    found["treatments"] = [
        {"regimen": str(one.regimen), "start": one.start.isoformat()}
        | ({"stop": one.stop.isoformat()} if one.stop else {})
        for one in record.treatments
    ]
    found["overrides"] = [{"what": one.what, "value": one.value, "reason": one.reason} for one in record.overrides]
    return found


def _result_out(one: Result) -> dict[str, Any]:
    value: Any = f"{one.comparator}{one.value!r}" if one.comparator else one.value
    found: dict[str, Any] = {"name": one.name, "value": value, "date": one.date.isoformat()}
    found |= {"unit": one.unit} if one.unit else {}
    found |= {"time": one.time.isoformat("minutes")} if one.time else {}
    for key in ("assay", "low", "high", "note"):
        if getattr(one, key) not in (None, ""):
            found[key] = getattr(one, key)
    return found


def _at(where: str, reading: Any, given: Any) -> Any:
    """Read one entry; what it refuses is named."""
    try:
        return reading(given)
    except LeydigError as error:
        raise type(error)(f"{where}: {error}") from error


def _known(what: str, given: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    for key in given:
        if key not in allowed:
            raise BadRecord(f"key {key!r} of {what} came. Allowed: {', '.join(allowed)}. Correct it.")


def _many(content: Mapping[str, Any], key: str) -> list[Any]:
    found = content.get(key) or []
    if not isinstance(found, list):
        raise BadRecord(f"{key} = {found!r} came. Allowed: a list. Write [ ... ].")
    return found


def _result(one: Any) -> Result:
    if not isinstance(one, dict):
        raise BadRecord(f"{one!r} came. Allowed: an object with name, value, unit, date. Correct it.")
    _known("a result", one, _RESULT)
    for key in ("name", "value", "date"):
        if one.get(key) in (None, ""):
            raise BadRecord(f"a result has no {key!r}. It needs name, value and date. Add it.")
    name = quantity(str(one["name"])).name
    value, comparator = _value(name, one["value"])
    return Result(
        name, value, _date(one["date"]), str(one.get("unit") or ""), _time(one.get("time")), comparator,
        str(one.get("assay") or ""), _number("low", one.get("low")), _number("high", one.get("high")),
        str(one.get("note") or ""),
    )  # fmt: skip


def _value(name: str, given: Any) -> tuple[Any, str]:
    """Read a number, ``<5`` or an answer."""
    if quantity(name).kind == "fact":
        word = str(given).strip().lower()
        if word not in (*_YES, *_NO):
            raise BadRecord(f"{name} = {given!r} came. Allowed: yes or no ({quantity(name).title}). Correct it.")
        return word in _YES, ""
    text = str(given).strip()
    comparator = text[0] if text[:1] in ("<", ">") else ""
    try:
        return float(text.removeprefix(comparator)), comparator
    except ValueError as error:
        raise BadRecord(f"{name} = {given!r} came. Allowed: a number, or one after < or >. Correct it.") from error


def _number(key: str, given: Any) -> float | None:
    if given in (None, ""):
        return None
    try:
        return float(given)
    except (TypeError, ValueError) as error:
        raise BadRecord(f"{key} = {given!r} came. Allowed: a number. Correct it.") from error


def _date(given: Any) -> dt.date:
    try:
        return dt.date.fromisoformat(str(given))
    except ValueError as error:
        raise BadRecord(f"date {given!r} came. Allowed: YYYY-MM-DD, such as 2026-03-02. Correct it.") from error


def _time(given: Any) -> dt.time | None:
    if given in (None, ""):
        return None
    try:
        return dt.time.fromisoformat(str(given))
    except ValueError as error:
        raise BadRecord(f"time {given!r} came. Allowed: HH:MM, such as 08:10. Correct it.") from error


def _treatment(one: Any) -> Treatment:
    if not isinstance(one, dict):
        raise BadRecord(f"{one!r} came. Allowed: an object with regimen, start and stop. Correct it.")
    _known("a treatment", one, _TREATMENT)
    if not one.get("regimen") or not one.get("start"):
        raise BadRecord("a treatment has no regimen or no start. It needs both. Add it.")
    return Treatment(
        Regimen.written(str(one["regimen"])), _date(one["start"]), _date(one["stop"]) if one.get("stop") else None
    )


def _override(one: Any) -> Override:
    if not isinstance(one, dict):
        raise BadRecord(f"{one!r} came. Allowed: an object with what, value and reason. Correct it.")
    _known("an override", one, _OVERRIDE)
    value = _number("value", one.get("value"))
    if value is None:
        raise BadRecord("an override has no value. It needs what, value and reason. Add it.")
    return Override(str(one.get("what", "")), value, str(one.get("reason", "")))


def _from_csv(text: str) -> Record:
    rows = csv.DictReader(io.StringIO(text))
    heads = tuple(rows.fieldnames or ())
    allowed = (*_RESULT, "stop")
    for head in heads:
        if head not in allowed:
            raise BadRecord(f"line 1: column {head!r} came. Allowed: {', '.join(allowed)}. Correct the head.")
    content: dict[str, Any] = {"results": [], "treatments": [], "goals": []}
    for row in rows:
        where, name = f"line {rows.line_num}", (row.get("name") or "").strip()
        cells = {key: value.strip() for key, value in row.items() if key and value and value.strip()}
        if name in ("sex", "born", "id"):
            content[name] = cells.get("value", "")
        elif name == "goal":
            content["goals"].append(cells.get("value", ""))
        elif name == "treatment":
            given = {"regimen": cells.get("value"), "start": cells.get("date"), "stop": cells.get("stop")}
            content["treatments"].append(_at(where, _treatment, given))
        else:
            content["results"].append(_at(where, _result, cells))
    born = content.get("born")
    return Record(
        content.get("sex", ""), _at("born", _date, born) if born else None, tuple(content["results"]),
        tuple(content["treatments"]), (), tuple(content["goals"]), content.get("id", ""),
    )  # fmt: skip
