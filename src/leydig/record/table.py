"""Records as tables: a head of ``name,value,unit,date`` and any other key of a result, then one row per result.

The rows ``sex``, ``born``, ``id``, ``goal`` need a value alone; a row ``treatment`` has the regimen as its value, its
start as ``date`` and its end as ``stop``, a row ``medicine`` the same for one that is not simulated.

A table with semicolons is the export of a spreadsheet whose decimals are commas: ``28,5`` is 28.5 there. What could be
a decimal or a thousand, such as ``1,200`` or ``1.200`` in such a table, is refused.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator

from leydig.errors import BadRecord
from leydig.record.entry import RESULT, Entry, of_kind, short_text
from leydig.record.medicine import Medicine
from leydig.record.record import Record, Result, Treatment

__all__ = ["table_record"]

_COLUMNS = (*RESULT, "stop")
_ALONE = ("sex", "born", "id", "goal")
_NUMBERS = ("value", "low", "high")
_COMMA = re.compile(r"([<>]?\s*[-+]?)(\d+),(\d+)", re.ASCII)
_POINT = re.compile(r"([<>]?\s*[-+]?)(\d+)\.(\d+)", re.ASCII)
LONGEST_CELL = 4000  # characters
MOST = 100_000  # rows

Row = tuple[int, dict[str, str]]


def table_record(text: str, latest: dt.date | None = None) -> Record:
    """Return the record of a CSV text.

    Parameters
    ----------
    text : str
    latest : datetime.date, optional
        Today, where nothing may be dated later.

    Raises
    ------
    BadRecord, WrongUnit, OutOfRange, UnknownName, BadRegimen
        When something cannot be read; the message names the line.
    """
    alone: dict[str, str] = {}
    places: dict[str, int] = {}
    goals: list[str] = []
    results: list[Result] = []
    taken: list[Treatment | Medicine] = []
    for line, cells in _rows(text):
        name, where = cells.get("name", ""), f"line {line}"
        entry = Entry(cells, where, ", ", latest)
        if name in _ALONE:
            entry.refuse_others(("name", "value"))
            word = Entry({name: cells.get("value", "")}, where, ", ").text(name)
            if name in places:
                raise BadRecord(f"{where}: got {name} again, as on line {places[name]}; expected it once. Remove one.")
            if name == "goal":
                goals.append(word)
            else:
                alone[name], places[name] = word, line
        elif name == "treatment":
            entry.refuse_others(("name", "value", "date", "stop"))
            content = {"regimen": cells.get("value"), "start": cells.get("date"), "stop": cells.get("stop")}
            taken.append(Entry(content, where, ", ", latest).treatment())
        elif name == "medicine":
            entry.refuse_others(("name", "value", "date", "stop"))
            content = {"text": cells.get("value"), "start": cells.get("date"), "stop": cells.get("stop")}
            taken.append(Entry(content, where, ", ", latest).medicine())
        else:
            results.append(entry.result())
    born = Entry(alone, f"line {places.get('born', 1)}", ", ", latest).date("born")
    return Record(
        alone.get("sex", ""), born, tuple(results), of_kind(Treatment, taken), (), tuple(goals),
        alone.get("id", ""), of_kind(Medicine, taken),
    )  # fmt: skip


def _rows(text: str) -> Iterator[Row]:
    """Yield the line and the filled cells of each row, by column."""
    semicolons = _semicolons(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if semicolons else ",", strict=True)
    filled_rows: list[Row] = []
    try:
        head = _head(next(rows, []))
        for cells in rows:
            filled = _cells(rows.line_num, [cell.strip() for cell in cells], head)
            filled_rows += [(rows.line_num, filled)] if filled else []
            if len(filled_rows) > MOST:
                raise BadRecord(
                    f"line {rows.line_num}: got more than {MOST:,} rows; expected fewer of one man. Is it of many?"
                )
    except csv.Error as why:
        raise BadRecord(
            f"line {rows.line_num}: got no table ({why}); expected one row on a line. Close its quotes."
        ) from why
    yield from _with_points(filled_rows) if semicolons else filled_rows


def _semicolons(text: str) -> bool:
    """Return whether cells are parted by semicolons."""
    head = text.partition("\n")[0]
    if ";" in head and "," in head:
        raise BadRecord("line 1: got commas and semicolons; expected one of the two between columns. Save it as CSV.")
    if "\t" in head:
        raise BadRecord("line 1: got tabs between columns; expected commas or semicolons. Save it as CSV.")
    return ";" in head


def _head(cells: list[str]) -> list[str]:
    head = [cell.strip() for cell in cells]
    for column in head:
        if column and column not in _COLUMNS:
            raise BadRecord(
                f"line 1: got column {short_text(column)}; expected {', '.join(_COLUMNS)}. Correct the head."
            )
        if column and head.count(column) > 1:
            raise BadRecord(f"line 1: got column {column} twice; expected it once. Remove or rename one.")
    for column in ("name", "value"):
        if column not in head:
            raise BadRecord(f"line 1: got no column {column}; expected name,value,unit,date. Write the head.")
    return head


def _cells(line: int, cells: list[str], head: list[str]) -> dict[str, str]:
    """Return the filled cells of a row, refusing what no column holds."""
    filled: dict[str, str] = {}
    for place, cell in enumerate(cells):
        if not cell:
            continue
        if place >= len(head) or not head[place]:
            raise BadRecord(
                f"line {line}: got {short_text(cell)} in cell {place + 1}; expected cells under the head's "
                f"{len([column for column in head if column])} columns. Put a text with commas in quotes; "
                "write a decimal with a point."
            )
        if len(cell) > LONGEST_CELL:
            raise BadRecord(
                f"line {line}, {head[place]}: got {len(cell):,} characters; expected up to {LONGEST_CELL:,}. Shorten."
            )
        filled[head[place]] = cell
    return filled


def _with_points(rows: list[Row]) -> Iterator[Row]:
    """Yield rows of a table with semicolons, decimal commas written as points."""
    first = next((line for line, cells in rows for key in _numeric(cells) if _COMMA.fullmatch(cells[key])), 0)
    for line, cells in rows:
        row = dict(cells)
        for key in _numeric(cells):
            comma, point = _COMMA.fullmatch(cells[key]), _POINT.fullmatch(cells[key])
            parts = comma or point
            if parts and len(parts[3]) == 3 and len(parts[2]) <= 3 and parts[2].strip("0"):
                raise BadRecord(
                    f"line {line}, {key}: got {short_text(cells[key])}; expected a number that can be read in one way: "
                    f"this may be {parts[2]}.{parts[3]} or {parts[2]}{parts[3]}. Write {parts[2]},{parts[3]}0 or "
                    f"{parts[2]}{parts[3]}."
                )
            if point and first:
                raise BadRecord(
                    f"line {line}, {key}: got {short_text(cells[key])} in a table with decimal commas (line {first}); "
                    "expected one kind of decimal. Write all with a comma."
                )
            row[key] = cells[key].replace(",", ".") if comma else cells[key]
        yield line, row


def _numeric(cells: dict[str, str]) -> list[str]:
    """Return the keys of a row whose cells are numbers."""
    return [key for key in _NUMBERS if key in cells and cells.get("name") not in (*_ALONE, "treatment", "medicine")]
