"""`read_events`: an event table in, people with regimens and observations out, or a refusal that names the row."""

import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from leydig.characters import hidden_character
from leydig.checks import option
from leydig.errors import BadRecord, LeydigWarning
from leydig.exchange.events.cells import MISSING, Cells, first_rows, read_cells
from leydig.exchange.events.clock import row_times, time_size
from leydig.exchange.events.columns import (
    ABSORPTION,
    CodeMeaning,
    check_declarations,
    name_columns,
    plain_code,
    sidecar_of,
)
from leydig.exchange.events.covariates import BmiRows, age_rows, bmi_rows, bmi_series_of, covariate_rows
from leydig.exchange.events.doses import DoseRows, dose_rows
from leydig.exchange.events.episodes import GIVEN, OBSERVED, OTHER, RESET, RESET_AND_GIVEN, split_episodes
from leydig.exchange.events.loads import label_multiples, refuse_crowds
from leydig.exchange.events.observations import observation_rows
from leydig.exchange.events.table import Episode, EventReport, EventRows, EventTable, Subject
from leydig.json_file import file_path
from leydig.regimen.limits import ABSURD

__all__ = ["TIES", "read_events"]

TIES = ("record", "dose first")
_ROUNDING = 1.0 + 1e-9


def read_events(
    path: Path | str,
    *,
    drugs: CodeMeaning = None,
    analytes: CodeMeaning = None,
    time: str | None = None,
    timezone: str | None = None,
    ties: str | None = None,
    absorption: str | None = None,
    columns: Mapping[str, str] | None = None,
    covariates: Mapping[str, str] | None = None,
    sidecar: Path | str | None = None,
) -> EventTable:
    """Read an event table: rows of doses and observations as NONMEM, Monolix, mrgsolve and nlmixr2 have them.

    Parameters
    ----------
    path : Path or str
        UTF-8 with commas, semicolons or tabs. Columns come in any case and order; ``.``, ``NA`` and nothing are
        missing.
    drugs : mapping or str, optional
        Drug and route, such as ``"hcg sc"``, by number of ``ADM`` or ``CMT``, or of every dose; needless with a column
        ``DRUG``.
    analytes : mapping or str, optional
        What ``DV`` is and its unit, such as ``"testosterone ng/dL"``, by number of ``DVID``, ``YTYPE`` or ``CMT``, or
        of every observation; needless with columns ``ANALYTE`` and ``UNIT``.
    time : {"days", "hours"}, optional
        Unit of ``TIME``, ``II``, ``DUR`` and, per unit, ``RATE``; needless with a column ``TIMEUNIT``. Never guessed.
    timezone : str, optional
        Of real dates (``DATE`` and ``TIME``), such as ``Europe/Berlin``; every day has 24 hours when left out.
    ties : {"record", "dose first"}, optional
        Whether dose and observation of one time stay in the order of the file, as they do when left out.
    absorption : {"drug", "table"}, optional
        Whose lag time (``LAGT``, ``ALAG1``) and share that is absorbed (``F``, ``BIOAV``) hold: the drug's own, and
        columns that say more are refused, as they are when left out; or those of the columns beside the drug's own.
    columns : mapping of str to str, optional
        By our name of a column, the one of the file, such as ``{"DV": "CONC"}``.
    covariates : mapping of str to {"forward", "backward"}, optional
        Columns that stand beside the observations, such as ``{"OCC": "forward"}``: the last value of a man is carried
        forward; with "backward" his first value holds before it, too. They change no level.
    sidecar : Path or str, optional
        A JSON file that says the same; ``NAME.events.json`` beside the table is read when left out.

    Returns
    -------
    EventTable
        People by ID, each with regimen and observations; `EventTable.report` counts what was read and dropped.

    Raises
    ------
    BadRecord
        When the file cannot be read, or a row cannot be honored; the message names file and row. The head is row 1.
    BadRegimen, UnknownName, WrongUnit, OutOfRange
        When a dose is impossible, a name unknown, a unit missing or a value none that a man has; the same.

    Warns
    -----
    LeydigWarning
        When the rows of one ID do not stand together, or doses are above their label.

    Notes
    -----
    Rates that a model would estimate are refused. A reset ends an episode: every drug is gone, what was to come is
    cancelled, and the man is untreated again. So does a steady state: ``SS`` 1 replaces everything by what has been
    given for ever at ``II``, ``SS`` 2 adds it to what is at steady state and still given.
    """
    path = file_path(path, BadRecord, "an event table")
    said = sidecar_of(path, sidecar)
    call = {"drugs": drugs, "analytes": analytes, "time": time, "timezone": timezone, "ties": ties,
            "absorption": absorption, "columns": columns, "covariates": covariates}  # fmt: skip
    said |= {key: value for key, value in call.items() if value is not None}
    check_declarations(said)
    table, notes = _table(path, said)
    for note in notes:
        warnings.warn(note, LeydigWarning, stacklevel=2)
    return table


def _table(path: Path, said: dict[str, Any]) -> tuple[EventTable, tuple[str, ...]]:
    """Return the table and what is warned of."""
    order = option(said.get("ties", TIES[0]), "ties", TIES, error=BadRecord)
    how = said.get("covariates", {})
    cells, unread = name_columns(read_cells(path), said.get("columns", {}), how)
    total, comments = len(cells), cells.comments
    cells = _rows_to_read(cells)
    source = option(said.get("absorption", ABSORPTION[0]), "absorption", ABSORPTION, error=BadRecord)
    cells, people, person, notes = _by_person(cells)
    kinds, size = _kinds(cells), time_size(cells, said.get("time"))
    times = row_times(cells, size, said.get("timezone"))
    doses = dose_rows(cells, np.isin(kinds, (GIVEN, RESET_AND_GIVEN)), size, said.get("drugs"), source)
    observations = observation_rows(cells, _observation_mask(cells, kinds), said.get("analytes"))
    bmi = bmi_rows(cells, person)
    unread = (*unread, *bmi.unread)
    carried = covariate_rows(cells, person, unread, how)
    rows = EventRows(times.ticks, times.clock, cells.lines, doses, observations, order == TIES[1], carried)
    episodes, number = split_episodes(cells, person, kinds, rows)
    notes += _check_doses(cells, rows, episodes, number)
    subjects = _subjects(cells, people, person, episodes, bmi, times.ticks)
    series = [one.bmi_series for one in subjects.values() if one.bmi_series is not None]
    report = EventReport(
        path.name,
        total,
        comments,
        total - len(cells),
        len(people),
        int(np.sum(np.isin(kinds, (RESET, RESET_AND_GIVEN)) & (np.diff(person, prepend=-1) == 0))),
        int(np.sum(doses.steady > 0)),
        _dose_counts(doses),
        doses.zero,
        dict(Counter(observations.measurands[one].name for one in observations.measurand)),
        int(np.sum(observations.censored != 0)),
        int(np.sum(np.isin(kinds, (OBSERVED, OTHER)))) - len(observations.rows),
        tuple(column for column in unread if column not in carried),
        sum(len(one.points) - 1 for one in series),
        order,
        notes,
    )
    return EventTable(subjects, report), notes


def _rows_to_read(cells: Cells) -> Cells:
    """Return the rows that ``C`` or ``IGNORE`` does not mark."""
    keep = np.ones(len(cells), dtype=bool)
    for column in ("C", "IGNORE"):
        if column in cells.columns:
            keep &= np.fromiter(
                (cell in (*MISSING, "0") for cell in cells.columns[column]), dtype=bool, count=len(cells)
            )
    if not keep.any():
        raise BadRecord(
            f"{cells.name}: got no row that C or IGNORE leaves; expected at least one. Is C a column of values?"
        )
    return cells if keep.all() else cells.keep(keep)


def _by_person(cells: Cells) -> tuple[Cells, list[str], Int[np.ndarray, " row"], tuple[str, ...]]:
    """Return the rows person by person, the IDs, the person of each row, and what must be said."""
    if "ID" not in cells.columns:
        raise BadRecord(f"{cells.name}: got no column ID; expected one. The file has {', '.join(cells.columns)}.")
    texts = cells.columns["ID"]
    codes = [plain_code(text) for text in texts]
    firsts = first_rows(codes)
    for text, row in firsts.items():
        hidden = hidden_character(text)
        if text in MISSING or hidden:
            cells.refuse(row, hidden or "no ID", "who it is", "Write his number or name.")
    people = {text: number for number, text in enumerate(firsts)}
    person = np.fromiter((people[code] for code in codes), dtype=np.int64, count=len(codes))
    back = np.flatnonzero(np.diff(person) < 0)
    if not len(back):
        return cells, list(people), person, ()
    order = np.argsort(person, kind="stable")
    columns = {name: [column[row] for row in order.tolist()] for name, column in cells.columns.items()}
    note = (
        f"{cells.row_place(int(back[0]) + 1)}: got ID {texts[back[0] + 1]} again after another; they are read as one "
        "person. Give each person an ID of his own if they are two."
    )
    return Cells(cells.name, columns, cells.lines[order], cells.comments), list(people), person[order], (note,)


def _kinds(cells: Cells) -> Int[np.ndarray, " row"]:
    """Return ``EVID`` of every row, as NONMEM sets it where the column is missing."""
    if "EVID" in cells.columns:
        missing = np.flatnonzero(cells.is_missing("EVID"))
        if len(missing):
            cells.refuse(int(missing[0]), "no EVID", "0 to 4", "Fill the column, or remove it.")
        return cells.whole_numbers("EVID", OBSERVED, RESET_AND_GIVEN)
    given = np.nan_to_num(cells.numbers("AMT")) > 0.0 if "AMT" in cells.columns else np.zeros(len(cells), dtype=bool)
    return np.where(given, GIVEN, np.where(cells.whole_numbers("MDV", 0, 1) == 1, OTHER, OBSERVED))


def _observation_mask(cells: Cells, kinds: Int[np.ndarray, " row"]) -> Bool[np.ndarray, " row"]:
    """Return which rows may be observations."""
    observed: Bool[np.ndarray, " row"] = (kinds == OBSERVED) & (cells.whole_numbers("MDV", 0, 1) == 0)
    return observed


def _check_doses(
    cells: Cells, rows: EventRows, episodes: list[Episode], number: Int[np.ndarray, " row"]
) -> tuple[str, ...]:
    """Refuse doses that cannot be given together, and return what must be said of those above their label."""
    doses = rows.doses
    episode = number[doses.rows]
    origin = np.array([one.origin for one in episodes], dtype=np.int64)
    start = rows.entries - origin[episode]
    refuse_crowds(cells, doses, start, episode)
    multiples = label_multiples(doses, start, episode)
    for one in np.unique(episode[multiples > ABSURD]).tolist():
        his = np.flatnonzero((multiples > ABSURD) & (episode == one))
        row = int(doses.rows[his[np.argmax(doses.amount[his])]])
        with cells.at_row(row), warnings.catch_warnings():
            warnings.simplefilter("ignore", LeydigWarning)
            _ = episodes[one].regimen
    above = np.flatnonzero(multiples > _ROUNDING)
    if not len(above):
        return ()
    dose = int(above[0])
    product = doses.targets[doses.target[dose]].product
    label = product.label.single_maximum or product.label.daily_maximum
    return (
        f"{cells.row_place(int(doses.rows[dose]))}: got {product.title} that may come to {multiples[dose]:.3g} times "
        f"its label ({label:g} {product.unit}), as do {len(np.unique(episode[above])) - 1} other courses. "
        "It is read as it came; `regimen.notes` says more of each.",
    )


def _subjects(
    cells: Cells, people: list[str], person: Int[np.ndarray, " row"], episodes: list[Episode], bmi: BmiRows,
    ticks: Int[np.ndarray, " row"],
) -> dict[str, Subject]:  # fmt: skip
    """Return the people by ID."""
    his: list[list[Episode]] = [[] for _ in people]
    for episode in episodes:
        his[int(person[episode.first])].append(episode)
    series = bmi_series_of(cells, person, bmi, his, ticks)
    values = (age_rows(cells, person, ticks), bmi.values)
    ages, sizes = (_first_values(column, person, len(people)) for column in values)
    return {
        name: Subject(name, tuple(mine), age, size, change)
        for name, mine, age, size, change in zip(people, his, ages, sizes, series, strict=True)
    }


def _first_values(values: Float[np.ndarray, " row"], person: Int[np.ndarray, " row"], count: int) -> list[float | None]:
    """Return the first value of a column for each person; None where there is none."""
    there = np.flatnonzero(~np.isnan(values))
    whom, where = np.unique(person[there], return_index=True)
    found = dict(zip(whom.tolist(), values[there[where]].tolist(), strict=True))
    return [found.get(one) for one in range(count)]


def _dose_counts(doses: DoseRows) -> dict[str, int]:
    """Return how many doses the rows say of each drug, additional ones included."""
    found: dict[str, int] = {}
    for number, target in enumerate(doses.targets):
        count = int(np.sum(doses.additional[doses.target == number] + 1))
        found[target.drug] = found.get(target.drug, 0) + count
    return found
