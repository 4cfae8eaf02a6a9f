"""`read_petab`: measurement and experiment tables of PEtab, version 1 or 2, as observations with names and units.

PEtab says neither what an observable is nor the units of values and time, so the call says all three. What is not
mapped is refused by its row; nothing is guessed.
"""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leydig.checks import option
from leydig.errors import BadRecord, LeydigError
from leydig.json_file import file_path, file_text
from leydig.record.quantity import quantity
from leydig.regimen.events import DIGITS, PER_DAY
from leydig.units import snap

if TYPE_CHECKING:
    import pandas

__all__ = ["PetabObservations", "read_petab"]

_EXPERIMENTS = ("experimentId", "simulationConditionId")  # of version 2, and of version 1


@dataclass(frozen=True)
class PetabObservations:
    """What was read.

    Attributes
    ----------
    observations : pandas.DataFrame
        ``experiment``, ``day``, ``name``, ``value``, ``unit``, ``row`` of the file; the head is row 1.
    periods : dict of str to tuple of (float, str)
        By experiment, from which day on which condition holds; minus infinity is an equilibration before.
    dropped : tuple of (int, str)
        Rows that hold no observation of a day, and why.
    unread : tuple of str
        Columns that were not read.
    """

    observations: "pandas.DataFrame"
    periods: dict[str, tuple[tuple[float, str], ...]]
    dropped: tuple[tuple[int, str], ...]
    unread: tuple[str, ...]


def read_petab(
    measurements: Path | str, analytes: Mapping[str, str], time: str, experiments: Path | str | None = None
) -> PetabObservations:
    """Read a measurement table of PEtab, and where there is one its experiment table.

    Parameters
    ----------
    measurements : Path or str
        Tab-separated, with ``observableId``, ``time``, ``measurement``, and ``experimentId`` (version 2) or
        ``simulationConditionId`` (version 1).
    analytes : mapping of str to str
        By ``observableId``, what it is and its unit, such as ``"testosterone ng/dL"``.
    time : {"days", "hours"}
        Unit of every time.
    experiments : Path or str, optional
        Tab-separated, with ``experimentId``, ``time`` and ``conditionId``.

    Raises
    ------
    BadRecord
        When a file cannot be read, or a row cannot be honored; the message names file and row.
    UnknownName, WrongUnit, OutOfRange
        When an analyte or a unit is none, or a value none that a man has; the same.
    """
    import pandas

    size = PER_DAY[option(time, "unit of time", tuple(PER_DAY), error=BadRecord)]
    path, head, lines = _table(measurements, ("observableId", "time", "measurement"))
    whose = next((name for name in _EXPERIMENTS if name in head), "")
    rows, dropped = [], []
    for number, cells in lines:
        day = _number(cells["time"], f"{path.name}: row {number}: time") / size
        if math.isinf(day):
            dropped.append((number, "a measurement at steady state has no day"))
            continue
        name, unit, value = _level(cells, analytes, f"{path.name}: row {number}")
        rows.append((cells.get(whose, ""), snap(day, DIGITS), name, value, unit, number))
    frame = pandas.DataFrame(rows, columns=["experiment", "day", "name", "value", "unit", "row"])
    known = {"observableId", "time", "measurement", whose}
    periods = {} if experiments is None else _periods(experiments, size)
    _check_experiments(frame, periods, path.name)
    return PetabObservations(frame, periods, tuple(dropped), tuple(name for name in head if name not in known))


def _table(path: Path | str, needed: tuple[str, ...]) -> tuple[Path, list[str], list[tuple[int, dict[str, str]]]]:
    """Return the head of a table and its rows with their numbers, empty ones left out."""
    found = file_path(path, BadRecord, "a table of PEtab")
    lines = list(csv.reader(file_text(found, BadRecord, "a table of PEtab").splitlines(), delimiter="\t"))
    head = [name.strip() for name in lines[0]] if lines else []
    lacking = [name for name in needed if name not in head]
    if lacking or len(set(head)) < len(head):
        raise BadRecord(
            f"{found.name}: got columns {', '.join(head)[:120] or 'none'}; expected {', '.join(needed)}, each once, "
            "separated by tabs. Write the head of PEtab."
        )
    rows = []
    for number, cells in enumerate(lines[1:], 2):
        if any(cell.strip() for cell in cells):
            if len(cells) != len(head):
                raise BadRecord(
                    f"{found.name}: row {number}: got {len(cells)} cells; expected {len(head)}, as the head has. "
                    "Separate them by tabs."
                )
            rows.append((number, dict(zip(head, (cell.strip() for cell in cells), strict=True))))
    return found, head, rows


def _number(text: str, what: str) -> float:
    """Return a number, infinity included, never NaN."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isnan(value) or "_" in text:
        raise BadRecord(f"{what}: got {text[:40]!r}; expected a number with a decimal point. Write such as 28.5.")
    return value


def _level(cells: Mapping[str, str], analytes: Mapping[str, str], where: str) -> tuple[str, str, float]:
    """Return name, unit and value of a measurement."""
    observable = cells["observableId"]
    if observable not in analytes:
        raise BadRecord(
            f"{where}: got the observable {observable[:60]!r}; expected one that the call names, of "
            f"{', '.join(analytes) or 'none'}. Give analytes={{{observable[:60]!r}: 'testosterone ng/dL'}}."
        )
    value = _number(cells["measurement"], f"{where}: measurement")
    name, _, unit = analytes[observable].strip().partition(" ")
    try:
        known = quantity(name)
        known.convert(value, unit.strip())
    except LeydigError as error:
        raise type(error)(f"{where}: {error}") from error
    return known.name, unit.strip(), value


def _periods(path: Path | str, size: float) -> dict[str, tuple[tuple[float, str], ...]]:
    """Return by experiment when which condition begins."""
    found: dict[str, list[tuple[float, str]]] = {}
    file, _, lines = _table(path, ("experimentId", "time", "conditionId"))
    for number, cells in lines:
        day = _number(cells["time"], f"{file.name}: row {number}: time") / size
        if day == math.inf:
            raise BadRecord(f"{file.name}: row {number}: got the time inf; expected the beginning of a period. "
                            "Write -inf for an equilibration, or a number.")  # fmt: skip
        found.setdefault(cells["experimentId"], []).append((day, cells["conditionId"]))
    return {name: tuple(sorted(periods)) for name, periods in found.items()}


def _check_experiments(frame: "pandas.DataFrame", periods: Mapping[str, object], file: str) -> None:
    """Refuse a measurement of an experiment that the experiment table does not hold."""
    for name, row in zip(frame["experiment"], frame["row"], strict=True):
        if periods and name and name not in periods:
            raise BadRecord(
                f"{file}: row {row}: got the experiment {name[:60]!r}; expected one of the experiment table, of "
                f"{', '.join(periods)[:120]}. Add it there."
            )
