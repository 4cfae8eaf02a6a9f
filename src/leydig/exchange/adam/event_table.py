"""A trial as an event table: what every man took, and what was measured of him, beside one another in time.

A draw stands at the beginning of its day, before the dose of that day, as the trial solved it. Days on which a man took
nothing have no row, so that reading the table gives the doses that he took.
"""

from typing import TYPE_CHECKING

import numpy as np

from leydig.exchange.events.write import SEEN, dose_event_rows, event_table_rows, writable_analytes
from leydig.record.quantity import quantity
from leydig.trial.ledger.read import Ledger, LedgerEntry, schedule_of_record

if TYPE_CHECKING:
    import pandas

__all__ = ["trial_events"]

_CENSORING = {"": (0.0, np.nan), "<": (1.0, 0.0), ">": (-1.0, np.nan)}  # CENS and LIMIT
_ROW = ("ID", "DAY", "PLACE", "EVID", "ANALYTE", "UNIT", "DV", "CENS", "LIMIT")


def trial_events(ledger: Ledger, time: str = "days") -> "pandas.DataFrame":
    """Return the event table of a trial; ``ID`` counts the entries of the ledger from 1 on.

    Parameters
    ----------
    ledger : Ledger
    time : {"days", "hours"}, optional
    """
    import pandas

    trial, writable = ledger.trial, frozenset(writable_analytes())
    seen = pandas.DataFrame(
        [row for number, one in enumerate(ledger.entries, 1) for row in _level_rows(ledger, number, one, writable)],
        columns=list(_ROW),
    )
    regimens = [schedule_of_record(trial, one.record, one.missed) for one in ledger.entries]
    ages, sizes = (np.array([one.record.of(name)[0].standard_value for one in ledger.entries])
                   for name in ("age", "bmi"))  # fmt: skip
    return event_table_rows(seen, dose_event_rows(regimens, float(trial.days)), ages, sizes, time)


def _level_rows(ledger: Ledger, number: int, one: LedgerEntry, writable: frozenset[str]) -> list[dict[str, object]]:
    """Return one row for each analyte that was measured of a man."""
    rows: list[dict[str, object]] = []
    for result in one.record.results:
        if result.name in writable:
            censored, limit = _CENSORING[result.comparator]
            day = float((result.date - ledger.trial.start).days)
            cells = (number, day, SEEN, 0, result.name, quantity(result.name).unit, result.standard_value,
                     censored, limit)  # fmt: skip
            rows.append(dict(zip(_ROW, cells, strict=True)))
    return rows
