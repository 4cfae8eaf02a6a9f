"""The cells of a table file: every row as wide as its head, nothing read leniently, and each row known by its line."""

import csv
import io
import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int

from leydig.characters import hidden_character
from leydig.checks import text_of
from leydig.errors import BadRecord, LeydigError
from leydig.json_file import file_text

__all__ = ["LARGEST_TABLE", "MISSING", "Cells", "RowFault", "first_rows", "read_cells"]

LARGEST_TABLE = 50_000_000  # [byte]
SEPARATORS = (",", ";", "\t")
MISSING = ("", ".", "NA")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+", re.ASCII)

RowFault = tuple[
    Bool[np.ndarray, " some"], str, str, str
]  # which rows have it, what came, what is expected, the way out
Key = TypeVar("Key", bound=Hashable)
Meaning = TypeVar("Meaning", bound=Hashable)


def first_rows(values: Iterable[Key]) -> dict[Key, int]:
    """Return each value with the first row that holds it."""
    found: dict[Key, int] = {}
    for row, value in enumerate(values):
        found.setdefault(value, row)
    return found


@dataclass(frozen=True)
class Cells:
    """The cells of a file, by column.

    Attributes
    ----------
    name : str
        Of the file, for messages.
    columns : dict of str to list of str
        By the name in the head, in capitals.
    lines : Int[np.ndarray, " row"]
        The line of the file on which each row ends; the head is line 1.
    comments : int
        Lines that begin with ``#``.
    """

    name: str
    columns: dict[str, list[str]]
    lines: Int[np.ndarray, " row"]
    comments: int = 0

    def __len__(self) -> int:
        return len(self.lines)

    def refuse(self, row: int, got: str, expected: str, way_out: str) -> NoReturn:
        """Refuse a row."""
        raise BadRecord(f"{self.row_place(row)}: got {got}; expected {expected}. {way_out}")

    def refuse_first(self, faults: Iterable[RowFault], rows: Int[np.ndarray, " some"] | None = None) -> None:
        """Refuse the first row that has the first of these faults; `rows` are those that are looked at, if not all."""
        for wrong, got, expected, way_out in faults:
            if wrong.any():
                first = int(np.argmax(wrong))
                self.refuse(first if rows is None else int(rows[first]), got, expected, way_out)

    @contextmanager
    def at_row(self, row: int) -> Iterator[None]:
        """Say of which row it is what is refused meanwhile, unless a row was named already."""
        try:
            yield
        except BadRecord:
            raise
        except LeydigError as error:
            raise type(error)(f"{self.row_place(row)}: {error}") from error

    def row_place(self, row: int) -> str:
        """Return where a row stands."""
        return f"{self.name}, row {self.lines[row]}"

    def keep(self, rows: Bool[np.ndarray, " row"]) -> "Cells":
        """Return these rows alone."""
        left = np.flatnonzero(rows).tolist()
        columns = {name: [cells[row] for row in left] for name, cells in self.columns.items()}
        return Cells(self.name, columns, self.lines[rows], self.comments)

    def is_missing(self, column: str) -> Bool[np.ndarray, " row"]:
        """Return which rows have nothing in a column."""
        return np.fromiter((cell in MISSING for cell in self.columns[column]), dtype=bool, count=len(self))

    def texts(self, column: str, rows: Int[np.ndarray, " some"]) -> list[str]:
        """Return a column at some rows, empty where nothing is."""
        if column not in self.columns:
            return [""] * len(rows)
        cells = self.columns[column]
        return ["" if cells[row] in MISSING else cells[row] for row in rows.tolist()]

    def meanings(
        self, rows: Int[np.ndarray, " some"], columns: tuple[str, ...], read: Callable[[int, tuple[str, ...]], Meaning]
    ) -> tuple[tuple[Meaning, ...], Int[np.ndarray, " some"]]:
        """Return what some rows mean by their texts in these columns, and which of it each row means.

        Parameters
        ----------
        rows : Int[np.ndarray, " some"]
        columns : tuple of str
        read : callable
            Given a row and its texts; called once for all rows of the same texts.
        """
        keys = list(zip(*(self.texts(name, rows) for name in columns), strict=True))
        found: dict[tuple[str, ...], Meaning] = {}
        for key, place in first_rows(keys).items():
            with self.at_row(int(rows[place])):
                found[key] = read(int(rows[place]), key)
        meanings = tuple(dict.fromkeys(found.values()))
        number = {key: meanings.index(meaning) for key, meaning in found.items()}
        return meanings, np.array([number[key] for key in keys], dtype=np.int64)

    def numbers(self, column: str) -> Float[np.ndarray, " row"]:
        """Return a column as numbers, NaN where nothing is.

        Raises
        ------
        BadRecord
            When a cell is no finite number.
        """
        cells, value = self.columns[column], dict.fromkeys(MISSING, np.nan)
        for text in dict.fromkeys(cells):
            if text not in value:
                value[text] = float(text) if _NUMBER.fullmatch(text) else np.inf
                if not np.isfinite(value[text]):
                    self._refuse_number(cells.index(text), column, text)
        return np.fromiter((value[cell] for cell in cells), dtype=float, count=len(cells))

    def _refuse_number(self, row: int, column: str, text: str) -> NoReturn:
        way_out = "A missing number is an empty cell or a point."
        if _DECIMAL_COMMA.fullmatch(text):
            way_out = f"Write a decimal point: {text.replace(',', '.')}."
        self.refuse(row, f"{column} {text_of(text)}", "a finite number", way_out)

    def whole_numbers(self, column: str, low: int, high: int, default: int = 0) -> Int[np.ndarray, " row"]:
        """Return a column as whole numbers of a range, `default` where nothing is; raises as `numbers`."""
        if column not in self.columns:
            return np.full(len(self), default, dtype=np.int64)
        found = self.numbers(column)
        found[np.isnan(found)] = default
        wrong = np.flatnonzero((found != np.rint(found)) | (found < low) | (found > high))
        if len(wrong):
            row = int(wrong[0])
            self.refuse(row, f"{column} {found[row]:g}", f"a whole number of {low} to {high}", self._advice(column))
        return found.astype(np.int64)

    @staticmethod
    def _advice(column: str) -> str:
        if column == "EVID":
            return (
                "0 is an observation, 1 a dose, 2 a time to keep, 3 a reset, 4 a reset with a dose; EVID of rxode2 is "
                "another."
            )
        return f"Check {column} of this row."


def read_cells(path: Path) -> Cells:
    """Return the cells of a file.

    Parameters
    ----------
    path : Path
        UTF-8 with commas, semicolons or tabs.

    Raises
    ------
    BadRecord
        When it cannot be read, a column comes twice or has no name, or a row is not as wide as the head.
    """
    name, text = path.name, file_text(path, BadRecord, "an event table", LARGEST_TABLE)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BadRecord(f"{name}, row {line}: got a null byte; expected text. Save the table as CSV in UTF-8.")
    rows = _rows(name, text)
    line, head = next(rows, (1, []))
    columns = _head(name, line, head)
    kept, lines, comments = [], [], 0
    for line, row in rows:
        if row[0].startswith("#"):
            comments += 1
        elif len(row) != len(columns):
            raise BadRecord(
                f"{name}, row {line}: got {len(row)} cells; expected {len(columns)}, as many as the head. "
                "Put what holds a separator in quotes, and leave no cell out."
            )
        else:
            kept.append(row)
            lines.append(line)
    if not kept:
        raise BadRecord(f"{name}: got a head without rows; expected one row for each dose and observation. Add them.")
    cells = {
        column: [cell.strip() for cell in many] for column, many in zip(columns, zip(*kept, strict=True), strict=True)
    }
    return Cells(name, cells, np.array(lines, dtype=np.int64), comments)


def _rows(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line and the cells of every row that holds any."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as why:
        raise BadRecord(
            f"{name}, row {reader.line_num}: got cells that cannot be told apart ({why}); expected commas, "
            "semicolons or tabs between them. Close every quote."
        ) from why


def _head(name: str, line: int, head: list[str]) -> list[str]:
    """Return the names of the columns, in capitals."""
    columns = [cell.strip().upper() for cell in head]
    for column in columns:
        hidden = hidden_character(column)
        if not column or hidden or columns.count(column) > 1:
            got = hidden or (f"the column {text_of(column)} twice" if column else "a column without a name")
            raise BadRecord(
                f"{name}, row {line}: got {got}; expected a name of its own for each column. Rename or remove it."
            )
    if len(columns) < 2:
        raise BadRecord(f"{name}, row {line}: got {len(columns)} column; expected names such as ID,TIME,EVID,AMT. "
                        "Put commas, semicolons or tabs between the cells.")  # fmt: skip
    return columns
