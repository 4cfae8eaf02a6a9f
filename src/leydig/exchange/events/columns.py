"""The columns of event tables: their names in the field, and what the file beside a table says of them.

A sidecar is a JSON file beside the table, ``trial.events.json`` beside ``trial.csv``, with what a call may say too:
``time``, ``timezone``, ``ties``, ``absorption``, ``drugs``, ``analytes``, ``columns``, ``covariates``.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from leydig.checks import text_of
from leydig.errors import BadRecord
from leydig.exchange.events.cells import Cells
from leydig.json_file import file_text, json_content
from leydig.whole_file import write_text

__all__ = [
    "ABSORPTION",
    "COLUMNS",
    "DECLARATIONS",
    "CodeMeaning",
    "check_declarations",
    "code_meanings",
    "name_columns",
    "own_absorption",
    "plain_code",
    "sidecar_of",
    "write_sidecar",
]

CodeMeaning = Mapping[str | int, str] | str | None  # what numbers of a column mean, or what all of them do

COLUMNS = {  # by our name, the names under which it comes
    "ID": ("ID",), "TIME": ("TIME",), "DATE": ("DATE",), "DATETIME": ("DATETIME", ".DATEHOUR", "DATEHOUR"),
    "TIMEUNIT": ("TIMEUNIT",), "EVID": ("EVID",), "MDV": ("MDV",), "AMT": ("AMT",), "RATE": ("RATE",),
    "DUR": ("DUR", "TINF"), "CMT": ("CMT",), "ADM": ("ADM",), "DRUG": ("DRUG",), "ROUTE": ("ROUTE",),
    "ADDL": ("ADDL",), "II": ("II",), "SS": ("SS",), "DV": ("DV", "LIDV"), "DVID": ("DVID", "YTYPE"),
    "ANALYTE": ("ANALYTE", "NAME"), "UNIT": ("UNIT", "UNITS", "EVENTU"),
    "CENS": ("CENS",), "LIMIT": ("LIMIT",), "LLOQ": ("LLOQ",), "BLQ": ("BLQ",), "C": ("C",), "IGNORE": ("IGNORE",),
    "AGE": ("AGE",), "BMI": ("BMI",), "WT": ("WT",), "HT": ("HT",),
}  # fmt: skip
ABSORPTION = ("drug", "table")  # whose lag time and share hold
_ABSORPTION = (  # columns of a model's own absorption, the value by which they say nothing, and what they are
    (re.compile(r"A?LAG(T|TIME|\d+)?|TLAG"), 0.0, "a lag time"),
    (re.compile(r"F\d*|BIOAV|FBIO"), 1.0, "a share that is absorbed"),
)
DECLARATIONS: Mapping[str, type | tuple[type, ...]] = {
    "time": str, "timezone": str, "ties": str, "absorption": str, "drugs": (str, Mapping), "analytes": (str, Mapping),
    "columns": Mapping, "covariates": Mapping,
}  # fmt: skip
_WHOLE = re.compile(r"([-+]?\d+)\.0*", re.ASCII)


@lru_cache(maxsize=256)
def plain_code(text: str) -> str:
    """Return the number of a compartment, an analyte or a person as one text: 1 and 1.00 are one, 01 is another."""
    whole = _WHOLE.fullmatch(text.strip())
    return whole[1] if whole else text.strip()


def code_meanings(declaration: Mapping[str | int, str] | None) -> dict[str, str]:
    """Return what the numbers of a column mean, by their text as `plain_code` has it."""
    return {plain_code(str(number)): text for number, text in (declaration or {}).items()}


def name_columns(
    cells: Cells, names: Mapping[str, str], covariates: Iterable[str] = ()
) -> tuple[Cells, tuple[str, ...]]:
    """Return the cells under our names, and the columns that mean nothing here.

    Parameters
    ----------
    cells : Cells
    names : mapping of str to str
        By our name, the column of the file that is meant.
    covariates : iterable of str, optional
        Those of the columns that mean nothing here which are among the cells all the same.

    Raises
    ------
    BadRecord
        When a name is unknown, the column is not there, or two columns say the same.
    """
    found: dict[str, str] = {}
    for name, column in names.items():
        if name.upper() not in COLUMNS or str(column).upper() not in cells.columns:
            raise BadRecord(
                f"{cells.name}: got {text_of(column)} for the column {text_of(name)}; expected one of "
                f"{', '.join(COLUMNS)} and a column of the file. The file has {', '.join(cells.columns)}."
            )
        found[name.upper()] = str(column).upper()
    for name, several in COLUMNS.items():
        there = [column for column in several if column in cells.columns and column not in found.values()]
        if len(there) > 1 and name not in found:
            raise BadRecord(f"{cells.name}: got {' and '.join(there)}; expected one of them. Leave one out, or name "
                            f"the one that is meant: columns={{{name!r}: {there[0]!r}}}.")  # fmt: skip
        if there:
            found.setdefault(name, there[0])
    left = [column for column in cells.columns if column not in found.values()]
    found |= {column: column for column in left if any(pattern.fullmatch(column) for pattern, *_ in _ABSORPTION)}
    unread = tuple(column for column in left if column not in found)
    found |= {column: column for column in unread if column in {name.upper() for name in covariates}}
    columns = {name: cells.columns[column] for name, column in found.items()}
    return Cells(cells.name, columns, cells.lines, cells.comments), unread


def own_absorption(cells: Cells, source: str) -> tuple[Float[np.ndarray, " row"], Float[np.ndarray, " row"]]:
    """Return the lag time of every row, in the unit of the table, and the share that is absorbed.

    Parameters
    ----------
    cells : Cells
    source : {"drug", "table"}
        Absorption is the drug's own, and columns that say more are refused; or they hold beside the drug's own.

    Raises
    ------
    BadRecord
        With the row.
    """
    found = []
    for pattern, neutral, what in _ABSORPTION:
        columns = [column for column in cells.columns if pattern.fullmatch(column)]
        if len(columns) > 1 and source == "table":
            raise BadRecord(f"{cells.name}: got {' and '.join(columns)}; expected one column of {what}. Keep the one "
                            "that is meant for each row.")  # fmt: skip
        values = np.full(len(cells), neutral)
        for column in columns:
            values = cells.numbers(column)
            values[np.isnan(values)] = neutral
            if source == "drug":
                way_out = "Absorption is the drug's own: leave the column out, or say absorption='table' to have both."
                wrong = np.flatnonzero(values != neutral)
            else:
                way_out, wrong = "Check its sign.", np.flatnonzero(values < 0.0)
            if len(wrong):
                row = int(wrong[0])
                cells.refuse(row, f"{what}, {column} {values[row]:g}",
                             f"{neutral:g}" if source == "drug" else "0 or more", way_out)  # fmt: skip
        found.append(values)
    return found[0], found[1]


def check_declarations(content: Mapping[str, Any], place: str = "") -> None:
    """Refuse what a file beside a table, or a call, declares and cannot mean; raises BadRecord."""
    for key, value in content.items():
        words = value.values() if isinstance(value, Mapping) else [value]
        if (
            key not in DECLARATIONS
            or not isinstance(value, DECLARATIONS[key])
            or not all(isinstance(word, str) for word in words)
        ):
            raise BadRecord(f"{place}got {text_of(key)}: {text_of(value)}; expected texts, under one of "
                            f"{', '.join(DECLARATIONS)}. Put numbers in quotes.")  # fmt: skip


def sidecar_of(path: Path, sidecar: Path | str | None) -> dict[str, Any]:
    """Return what the file beside a table declares; nothing where there is none.

    Raises
    ------
    BadRecord
        When it cannot be read or says something unknown.
    """
    beside = _usual_sidecar(path) if sidecar is None else Path(sidecar)
    if sidecar is None and not beside.exists():
        return {}
    content = json_content(file_text(beside, BadRecord, "the JSON beside an event table"), BadRecord, beside.name)
    if not isinstance(content, dict):
        raise BadRecord(
            f"{beside.name}: got {text_of(content)}; expected an object with {', '.join(DECLARATIONS)}. Write {{}}."
        )
    check_declarations(content, f"{beside.name}: ")
    return content


def write_sidecar(path: Path, declarations: Mapping[str, Any], sidecar: Path | str | None) -> Path:
    """Write what a call said of a table, and a sidecar before it, to the file beside the table; return its path.

    Parameters
    ----------
    path : Path
        The table.
    declarations : mapping of str to Any
        As `read_events` takes them; what is None was not said.
    sidecar : Path or str or None
        What was read with the table; the file beside it when None.

    Raises
    ------
    BadRecord
        When the sidecar cannot be read.
    OutOfRange
        When the file cannot be written.
    """
    content = sidecar_of(path, sidecar) | {key: value for key, value in declarations.items() if value is not None}
    beside = _usual_sidecar(path)
    write_text(beside, json.dumps(content, indent=2) + "\n")
    return beside


def _usual_sidecar(path: Path) -> Path:
    return path.with_name(f"{path.stem}.events.json")
