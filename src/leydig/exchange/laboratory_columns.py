"""What the columns of a table of results hold: one result in a row, one day in a column, or one quantity in a column.

A head names the columns, or what stands in them tells. Of a table with days along its head (as a portal prints earlier
results beside new ones) and of one with a quantity in each column (a spreadsheet of visits) every filled cell becomes a
row of its own.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leydig.errors import BadRecord
from leydig.exchange.laboratory_days import day_text, laboratory_words, plain_words
from leydig.exchange.laboratory_terms import laboratory_name

__all__ = ["RANGE", "VALUE", "Columns", "TableCells", "read_columns"]

VALUE = re.compile(r"(<=|>=|[<>≤≥])?\s*([-+]?\d[\d.,'\u2019]*(?:[eE][-+]?\d+)?)\s*(.*)", re.ASCII | re.DOTALL)
RANGE = re.compile(r"([\d.,]+)\s*(?:-|–|—|to)\s*([\d.,]+)(?:\s+\S+)?|([<>≤≥]=?)\s*([\d.,]+)(?:\s+\S+)?", re.ASCII)
_ROLES = {
    language: {word: role for role, words in heads.items() for word in words}
    for language, heads in laboratory_words()["heads"].items()
}
_PARTS = ("\t", ";", "|", ",", "  ")
SAMPLE = 200  # lines that tell what the columns of a table without a head hold
HEADS = 40  # lines among which a head is looked for
GRID = (
    "name",
    "value",
    "unit",
    "date",
    "time",
    "range",
    "low",
    "high",
    "assay",
    "note",
)  # columns of a row that was one cell of a grid
MOST_CELLS = 20_000  # results that a grid may hold


@dataclass(frozen=True)
class TableCells:
    """The cells of one result, its line from 1, and its column from 1 where a line holds several; else 0."""

    line: int
    cells: Sequence[str]
    column: int = 0


@dataclass(frozen=True)
class Columns:
    """A table, read into columns.

    Attributes
    ----------
    rows : tuple of TableCells
    roles : list of str
        What each column holds; empty for one that is not read.
    is_continental : bool
        Whether its head is German, French or Spanish alone, where days stand before months.
    """

    rows: tuple[TableCells, ...]
    roles: list[str]
    is_continental: bool

    def of(self, role: str) -> list[str]:
        """Return the cells of the columns that hold something."""
        places = [place for place, one in enumerate(self.roles) if one == role]
        return [row.cells[at] for row in self.rows for at in places if at < len(row.cells)]


def read_columns(lines: Sequence[str]) -> Columns:
    """Return what the columns of a table hold.

    Parameters
    ----------
    lines : sequence of str

    Raises
    ------
    BadRecord
        When it is no table of results, or holds more than 20,000 in a grid.
    """
    for place, line in enumerate(lines[:HEADS]):
        for part in _PARTS:
            cells = _cells(line, part)
            found = [_role(cell) for cell in cells]
            roles = [role for role, _ in found]
            is_continental = any(language not in ("", "english") for _, language in found)
            if "name" in roles and "value" in roles:
                return Columns(_plain_rows(lines, part, place + 1), _first_of_each(roles), is_continental)
            grid = _grid_rows(lines, part, place, cells, roles)
            if grid is not None:
                rows = tuple(_few(grid))
                return Columns(rows, list(GRID), is_continental)
    for part in _PARTS:
        rows = _plain_rows(lines[:SAMPLE], part, 0)
        width = max((len(row.cells) for row in rows), default=0)
        roles = [_role_by_content([row.cells[at] for row in rows if at < len(row.cells)]) for at in range(width)]
        if "name" in roles and "value" in roles:
            roles = ["unit" if not role and roles[at - 1] == "value" else role for at, role in enumerate(roles)]
            return Columns(_plain_rows(lines, part, 0), _first_of_each(roles), False)
    raise BadRecord(
        "got no table of results; expected a head such as name,value,unit,date, or Test, Result, Unit and Date, with a "
        "row for each result below it; or days along the head, or a quantity in each column beside a date. Write the "
        "head above the first row."
    )


def _plain_rows(lines: Sequence[str], part: str, begin: int) -> tuple[TableCells, ...]:
    found = (TableCells(place + 1, _cells(line, part)) for place, line in enumerate(lines) if place >= begin)
    return tuple(row for row in found if any(row.cells))


def _cells(line: str, part: str) -> list[str]:
    if part == "  ":
        return re.split(r"\s{2,}", line.strip())
    if len(line) > csv.field_size_limit():
        raise BadRecord(f"got a line of {len(line):,} characters; expected a row of a table. Is it another file?")
    return [cell.strip() for cell in next(csv.reader([line], delimiter=part), [])]


def _role(cell: str) -> tuple[str, str]:
    """Return what a column with this head holds, and the language that says so; empty where none does."""
    words = re.sub(r"\(.*?\)|\[.*?\]", " ", plain_words(cell))
    word = " ".join(re.findall(r"[a-z]+", words))
    return next(((roles[word], language) for language, roles in _ROLES.items() if word in roles), ("", ""))


def _is_day(cell: str) -> bool:
    """Return whether a cell is a day, whichever number of it may be the month."""
    return any(day_text(cell, month_first) is not None for month_first in (True, False))


def _first_of_each(roles: Sequence[str]) -> list[str]:
    """Return what each column holds, a second one of a kind nothing."""
    return [role if role not in roles[:at] else "" for at, role in enumerate(roles)]


def _role_by_content(cells: Sequence[str]) -> str:
    """Return what a column without a head holds: what most of its cells are."""
    filled = [cell for cell in cells if cell]
    found = {
        "name": [bool(laboratory_name(cell).quantity) for cell in filled],
        "date": [_is_day(cell) for cell in filled],
        "range": [RANGE.fullmatch(cell) is not None for cell in filled],
        "value": [VALUE.fullmatch(cell) is not None for cell in filled],
    }
    return next((role for role, are in found.items() if 2 * sum(are) > len(filled)), "")


# Grids -----------------------------------------------------------------------------------------------


def _grid_rows(
    lines: Sequence[str], part: str, head: int, cells: Sequence[str], roles: Sequence[str]
) -> Iterator[TableCells] | None:
    """Return the results of a grid with this head; None where it is none."""
    if "value" in roles or len(cells) < 2:
        return None
    days = [at for at, cell in enumerate(cells) if at and _is_day(cell)]
    if days and (roles[0] == "name" or not cells[0]) and _names_below(lines, part, head):
        return _from_days(_plain_rows(lines, part, head + 1), cells, roles)
    named = [at for at, cell in enumerate(cells) if laboratory_name(cell, _unit_below(lines, part, head, at)).quantity]
    if named and "date" in roles and "name" not in roles:
        return _from_quantities(_plain_rows(lines, part, head + 1), cells, roles)
    return None


def _names_below(lines: Sequence[str], part: str, head: int) -> bool:
    """Return whether the first cell of a line below is a quantity."""
    below = (_cells(line, part) for line in lines[head + 1 : head + SAMPLE])
    return any(cells and laboratory_name(cells[0]).quantity for cells in below)


def _unit_below(lines: Sequence[str], part: str, head: int, at: int) -> str:
    """Return what stands below a cell of a head, which may be its unit."""
    below = _cells(lines[head + 1], part) if head + 1 < len(lines) else []
    return below[at] if at < len(below) and VALUE.fullmatch(below[at]) is None else ""


def _from_days(rows: Sequence[TableCells], head: Sequence[str], roles: Sequence[str]) -> Iterator[TableCells]:
    """Yield the results of a table with days along its head; what stands below another word has no day, and is told."""
    beside = {role: at for at, role in reversed(list(enumerate(roles))) if role in GRID[2:]}
    for row in rows:
        about = {role: row.cells[at] for role, at in beside.items() if at < len(row.cells)}
        for at, cell in enumerate(row.cells):
            day = head[at] if at < len(head) else ""
            is_result = (
                cell and at and at not in beside.values() and (_is_day(day) or VALUE.fullmatch(cell) is not None)
            )
            if is_result and row.cells[0]:
                said = about | {"name": row.cells[0], "value": cell, "date": day}
                yield TableCells(row.line, [said.get(role, "") for role in GRID], at + 1)


def _from_quantities(rows: Sequence[TableCells], head: Sequence[str], roles: Sequence[str]) -> Iterator[TableCells]:
    """Yield the results of a table with a quantity in each column, and its units in the first row or in its head."""
    place = {role: at for at, role in reversed(list(enumerate(roles))) if role in ("date", "time", "assay", "note")}
    first = rows[0].cells if rows else []
    has_units = bool(first) and not (len(first) > place["date"] and first[place["date"]])
    units = {at: cell for at, cell in enumerate(first) if cell} if has_units else {}
    for row in rows[1 if has_units else 0 :]:
        about = {role: row.cells[at] for role, at in place.items() if at < len(row.cells)}
        for at, name in enumerate(head):
            if name and at not in place.values() and at < len(row.cells) and row.cells[at]:
                said = {"name": name, "value": row.cells[at], "unit": units.get(at, "")} | about
                yield TableCells(row.line, [said.get(role, "") for role in GRID], at + 1)


def _few(found: Iterator[TableCells]) -> Iterator[TableCells]:
    for count, row in enumerate(found):
        if count >= MOST_CELLS:
            raise BadRecord(f"got more than {MOST_CELLS:,} results; expected fewer of one man. Is it of many?")
        yield row
