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
from dataclasses import dataclass, replace
from typing import TypeVar

from leydig.checks import text_of
from leydig.errors import BadRecord, LeydigError
from leydig.file_model import FileModel, validate_file
from leydig.record.medicine import Medicine
from leydig.record.record import Record, Result, Treatment
from leydig.record.record_file import (
    MedicineRow,
    RecordFile,
    ResultTable,
    SingleRow,
    TreatmentRow,
    build_record,
)

__all__ = ["NO_RESULTS", "table_record"]

_COLUMNS = (*ResultTable.model_fields, "stop")
_ALONE = ("sex", "born", "id", "goal")
_TAKEN = {"treatment": TreatmentRow, "medicine": MedicineRow}
NO_RESULTS = (*_ALONE, *_TAKEN)  # names of rows that are none
_NUMBERS = ("value", "low", "high")
_COMMA = re.compile(r"([<>]?\s*[-+]?)(\d+),(\d+)", re.ASCII)
_POINT = re.compile(r"([<>]?\s*[-+]?)(\d+)\.(\d+)", re.ASCII)
LONGEST_CELL = 4000  # characters
MOST = 100_000  # rows

M = TypeVar("M", bound=FileModel)


@dataclass(frozen=True)
class _Row:
    """A row while it is read, which names its line and the column of what is wrong.

    Attributes
    ----------
    line : int
    content : dict
        Its filled cells, by column.
    latest : datetime.date or None
        Today.
    """

    line: int
    content: dict[str, str]
    latest: dt.date | None = None

    @property
    def name(self) -> str:
        return self.content.get("name", "")

    def numeric(self) -> list[str]:
        """Return the columns of it whose cells are numbers."""
        return [key for key in _NUMBERS if key in self.content and self.name not in NO_RESULTS]

    def read(self, model: type[M]) -> M:
        """Return the row as its model."""
        return validate_file(model, self, context={"latest": self.latest})

    def single_content(self) -> RecordFile:
        """Return what a row whose value says it all says of the man."""
        value = self.read(SingleRow).value
        content = {"goals": [value]} if self.name == "goal" else {self.name: value}
        return validate_file(RecordFile, replace(self, content={}), content, context={"latest": self.latest})

    def refusal_at(
        self, loc: tuple[str | int, ...], message: str, error: type[LeydigError] | None, key: tuple[str | int, ...]
    ) -> LeydigError:
        """Return the error that names line and column."""
        return (error or BadRecord)(f"{', '.join([f'line {self.line}', *map(str, loc)])}: {message}")


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
    singles: list[RecordFile] = []
    results: list[Result] = []
    taken: list[Treatment | Medicine] = []
    lines: dict[str, int] = {}
    for row in _rows(text, latest):
        if row.name in _TAKEN:
            taken.append(row.read(_TAKEN[row.name]).entry)
        elif row.name not in _ALONE:
            results.append(row.read(ResultTable).result)
        elif row.name in lines:
            before = lines[row.name]
            raise BadRecord(
                f"line {row.line}: got {row.name} again, as on line {before}; expected it once. Remove one."
            )
        else:
            singles.append(row.single_content())
            lines |= {row.name: row.line} if row.name != "goal" else {}
    return build_record(singles, results, taken)


def _rows(text: str, latest: dt.date | None) -> Iterator[_Row]:
    """Yield each row that is not empty."""
    semicolons = _semicolons(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if semicolons else ",", strict=True)
    filled_rows: list[_Row] = []
    try:
        head = _head(next(rows, []))
        for cells in rows:
            filled = _cells(rows.line_num, [cell.strip() for cell in cells], head)
            filled_rows += [_Row(rows.line_num, filled, latest)] if filled else []
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
            raise BadRecord(f"line 1: got column {text_of(column)}; expected {', '.join(_COLUMNS)}. Correct the head.")
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
                f"line {line}: got {text_of(cell)} in cell {place + 1}; expected cells under the head's "
                f"{len([column for column in head if column])} columns. Put a text with commas in quotes; "
                "write a decimal with a point."
            )
        if len(cell) > LONGEST_CELL:
            raise BadRecord(
                f"line {line}, {head[place]}: got {len(cell):,} characters; expected up to {LONGEST_CELL:,}. Shorten."
            )
        filled[head[place]] = cell
    return filled


def _with_points(rows: list[_Row]) -> Iterator[_Row]:
    """Yield rows of a table with semicolons, decimal commas written as points."""
    first = next((row.line for row in rows for key in row.numeric() if _COMMA.fullmatch(row.content[key])), 0)
    for row in rows:
        line, cells = row.line, dict(row.content)
        for key in row.numeric():
            comma, point = _COMMA.fullmatch(cells[key]), _POINT.fullmatch(cells[key])
            parts = comma or point
            if parts and len(parts[3]) == 3 and len(parts[2]) <= 3 and parts[2].strip("0"):
                raise BadRecord(
                    f"line {line}, {key}: got {text_of(cells[key])}; expected a number that can be read in one way: "
                    f"this may be {parts[2]}.{parts[3]} or {parts[2]}{parts[3]}. Write {parts[2]},{parts[3]}0 or "
                    f"{parts[2]}{parts[3]}."
                )
            if point and first:
                raise BadRecord(
                    f"line {line}, {key}: got {text_of(cells[key])} in a table with decimal commas (line {first}); "
                    "expected one kind of decimal. Write all with a comma."
                )
            cells[key] = cells[key].replace(",", ".") if comma else cells[key]
        yield replace(row, content=cells)
