"""`write_trial_tables`: the ledger of a trial as a folder of tables with their dictionary."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from leydig.checks import option
from leydig.exchange.adam.columns import DICTIONARY, TABLES
from leydig.exchange.adam.event_table import trial_events
from leydig.exchange.adam.rows import Row, exposure_rows, laboratory_rows, subject_rows
from leydig.exchange.table_file import write_table
from leydig.extras import require
from leydig.target import TABLE, target_folder
from leydig.trial.ledger.read import Ledger, read_ledger
from leydig.whole_file import disk, whole_file

__all__ = ["TrialExport", "write_trial_tables"]

FORMATS = tuple(ending.removeprefix(".") for ending in TABLE)


@dataclass(frozen=True)
class TrialExport:
    """What was written of a trial.

    Attributes
    ----------
    files : tuple of Path
    rows : dict of str to int
        Of each table.
    arms : dict of str to dict of str to int
        Of each arm, how many men were assigned, treated, left, not solved and completed.
    screened : int
        Men who were looked at until the last one was enrolled. Those who were not enrolled are in no table.
    """

    files: tuple[Path, ...]
    rows: dict[str, int]
    arms: dict[str, dict[str, int]]
    screened: int


def write_trial_tables(
    ledger: Ledger | Path | str, folder: Path | str, formats: Iterable[str] = FORMATS, time: str = "days"
) -> TrialExport:
    """Write the tables of a trial: ``adsl``, ``adlb``, ``adex``, ``dictionary``, and ``events.csv``.

    Parameters
    ----------
    ledger : Ledger, Path or str
    folder : Path or str
        Made where it is not there.
    formats : iterable of {"csv", "parquet"}, optional
        Of the tables and the dictionary; both when left out. An event table is always CSV.
    time : {"days", "hours"}, optional
        Of the event table.

    Raises
    ------
    BadTrial
        When the file is no whole ledger.
    OutOfRange, MissingExtra
        When nothing can be written there, or the library for Parquet is not installed.
    """
    chosen = [option(one, "format of a table", FORMATS) for one in formats]
    for one in chosen:
        if needs := TABLE[f".{one}"]:
            require(*needs)
    known = ledger if isinstance(ledger, Ledger) else read_ledger(ledger)
    target = target_folder(folder)
    subjects = subject_rows(known)
    tables = {"adsl": subjects, "adlb": list(laboratory_rows(known)), "adex": list(exposure_rows(known))}
    files = [write_table(rows, TABLES[name], target / f"{name}.{one}")
             for one in chosen for name, rows in tables.items()]  # fmt: skip
    files += [write_table(_dictionary_rows(), DICTIONARY, target / f"dictionary.{one}") for one in chosen]
    events = trial_events(known, time)
    path = target / "events.csv"
    with whole_file(path) as beside, disk(path):
        events.to_csv(beside, index=False)
    counts = {name: len(rows) for name, rows in tables.items()} | {"events": len(events)}
    return TrialExport((*files, path), counts, _flow(known, subjects), known.screened)


def _dictionary_rows() -> list[Row]:
    return [
        {"DATASET": name.upper(), "VARIABLE": one.name, "LABEL": one.label, "TYPE": one.type, "UNIT": one.unit or None,
         "CODES": one.codes or None}
        for name, columns in TABLES.items() for one in columns
    ]  # fmt: skip


def _flow(ledger: Ledger, subjects: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Return how many men of each arm went how far."""
    found = {}
    for arm in ledger.trial.arms:
        own = [row for row in subjects if row["ARM"] == arm.name]
        count = Counter((key, row[key]) for row in own for key in ("SAFFL", "DROPFL", "SOLVFL", "EOSSTT"))
        found[arm.name] = {
            "assigned": len(own), "treated": count["SAFFL", "Y"], "left": count["DROPFL", "Y"],
            "not_solved": count["SOLVFL", "N"], "completed": count["EOSSTT", "COMPLETED"],
        }  # fmt: skip
    return found
