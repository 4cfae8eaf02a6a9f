"""Where the rows of one person begin anew: at a reset, and from a steady state.

``SS`` 1 replaces everything that was given, as a reset does, by what has been given for ever at ``II``. ``SS`` 2 adds
to it: the body of a man has one steady state under all that has been given for ever together, so everything else that
he is given then has to be at steady state, too, and still to be given.
"""

from typing import NamedTuple, NoReturn

import numpy as np
from jaxtyping import Bool, Int

from leydig.exchange.events.cells import Cells
from leydig.exchange.events.table import Episode, EventRows
from leydig.ticks import TICKS_PER_DAY, tick_of

__all__ = ["GIVEN", "OBSERVED", "OTHER", "RESET", "RESET_AND_GIVEN", "split_episodes"]

OBSERVED, GIVEN, OTHER, RESET, RESET_AND_GIVEN = range(5)  # EVID
REPLACES, ADDS = 1, 2  # SS


class _Rows(NamedTuple):
    """All rows with their kinds, and where the cells say them."""

    cells: Cells
    kinds: Int[np.ndarray, " row"]
    rows: EventRows

    def doses_between(self, first: int, row: int) -> list[int]:
        """Return the doses of the rows from one up to, and without, another."""
        return list(range(*np.searchsorted(self.rows.doses.rows, [first, row]).tolist()))

    def is_running(self, dose: int, tick: int) -> bool:
        """Return whether a dose that has been given for ever is still to be given at a tick, or was until then."""
        doses = self.rows.doses
        last = self.rows.ticks[doses.rows[dose]] + (doses.additional[dose] + 1) * tick_of(doses.interval[dose])
        return bool(tick <= last)

    def refuse(self, row: int, got: str) -> NoReturn:
        """Refuse a steady state that is none of everything that is given."""
        self.cells.refuse(
            row, got, "steady states that hold together", "Write SS 2 at the time of SS 1, or while its doses go on."
        )


def split_episodes(
    cells: Cells, person: Int[np.ndarray, " row"], kinds: Int[np.ndarray, " row"], rows: EventRows
) -> tuple[list[Episode], Int[np.ndarray, " row"]]:
    """Return the episodes of all people, and that of each row.

    Parameters
    ----------
    cells : Cells
    person : Int[np.ndarray, " row"]
        Ascending.
    kinds : Int[np.ndarray, " row"]
        ``EVID``.
    rows : EventRows

    Raises
    ------
    BadRecord
        When times do not ascend, or a steady state is added to what is at none; the message names the row.
    """
    begins = np.diff(person, prepend=-1) != 0
    resets = begins | np.isin(kinds, (RESET, RESET_AND_GIVEN))
    early = np.flatnonzero((np.diff(rows.ticks, prepend=rows.ticks[0]) < 0) & ~resets)
    if len(early):
        cells.refuse(int(early[0]), "a time before that of the row above", "ascending times of one ID",
                     "Sort the rows of each ID by time.")  # fmt: skip
    starts, series = _steady_starts(_Rows(cells, kinds, rows), resets)
    firsts = np.flatnonzero(starts).tolist()
    lasts = [*firsts[1:], len(person)]
    episodes = []
    for first, last in zip(firsts, lasts, strict=True):
        reset, own = None, series.get(first, ())
        if last < len(person) and not begins[last]:  # a clock that restarts ends the episode at its own last row
            reset = int(max(rows.ticks[last], rows.ticks[last - 1] + (rows.ticks[last] < rows.ticks[last - 1])))
        origin = int(rows.ticks[first]) if own else _origin(rows, first, bool(begins[first]))
        episodes.append(Episode(rows, first, last, origin, reset, own))
    return episodes, np.cumsum(starts) - 1


def _steady_starts(
    table: _Rows, resets: Bool[np.ndarray, " row"]
) -> tuple[Bool[np.ndarray, " row"], dict[int, tuple[int, ...]]]:
    """Return at which rows episodes begin, and which doses have been given for ever there."""
    doses, ticks = table.rows.doses, table.rows.ticks
    starts = resets.copy()
    starts[doses.rows[doses.steady == REPLACES]] = True
    if not (doses.steady > 0).any():
        return starts, {}
    begun = np.maximum.accumulate(np.where(starts, np.arange(len(starts)), 0))
    before = np.maximum.accumulate(np.where(resets, np.arange(len(starts)), 0))
    series: dict[int, tuple[int, ...]] = {}
    latest = 0  # row at which SS 2 began an episode
    for dose in np.flatnonzero(doses.steady > 0).tolist():
        row = int(doses.rows[dose])
        here = max(int(begun[row]), latest)
        if here == row:
            above = max((one for one in list(series)[-1:] if one >= before[row]), default=row)
            if above < row and ticks[above] == ticks[row]:
                table.refuse(row, "SS 1 at the time of another steady state, which it would replace")
            series[row] = (dose,)
            continue
        over = series.get(here, ())
        plain = [one for one in table.doses_between(here, row) if one not in over]
        if plain or not all(table.is_running(one, int(ticks[row])) for one in over):
            table.refuse(row, "SS 2 over doses that are at no steady state")
        if over and ticks[here] == ticks[row]:
            series[here] = (*over, dose)
        else:
            starts[row], latest, series[row] = True, row, (*over, dose)
    return starts, series


def _origin(rows: EventRows, first: int, begins: bool) -> int:
    """Return the tick of day 0: midnight with dates, the reset after one, else 0 or an earlier first row."""
    tick = int(rows.ticks[first])
    if rows.clock is not None:
        return tick - int(rows.clock[first]) % TICKS_PER_DAY
    return min(0, tick) if begins else tick
