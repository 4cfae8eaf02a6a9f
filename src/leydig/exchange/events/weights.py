"""BMI and weight in the rows of an event table: the first is a man's own, later ones are carried forward.

``BMI`` [kg/m2] holds; without it ``WT`` [kg] with ``HT`` [cm]. Weight without height says
nothing of fat and is not read.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from leydig.exchange.events.cells import Cells
from leydig.exchange.events.table import Episode
from leydig.man.limits import BMIS
from leydig.man.weight.series import HEIGHTS, LAST_VALUE, MASSES, BmiSeries
from leydig.ticks import days_of

__all__ = ["BmiRows", "bmi_rows", "bmi_series_of"]


class BmiRows(NamedTuple):
    """What an event table says of the BMI of its people.

    Attributes
    ----------
    values : Float[np.ndarray, " row"]
        [kg/m2], NaN where a row says nothing.
    unread : tuple of str
        Columns of weight and height that were not read.
    """

    values: Float[np.ndarray, " row"]
    unread: tuple[str, ...]


def bmi_rows(cells: Cells, person: Int[np.ndarray, " row"]) -> BmiRows:
    """Return the BMI of every row.

    Parameters
    ----------
    cells : Cells
    person : Int[np.ndarray, " row"]
        Ascending.

    Raises
    ------
    BadRecord
        When a BMI, a weight or a height is none of a man, or the height of one man changes; with the row.
    """
    sizes = tuple(column for column in ("WT", "HT") if column in cells.columns)
    if "BMI" in cells.columns or len(sizes) < 2:
        values = cells.numbers("BMI") if "BMI" in cells.columns else np.full(len(cells), np.nan)
        _refuse_outside(cells, "BMI", values, BMIS, "kg/m2")
        return BmiRows(values, sizes)
    weights, heights = cells.numbers("WT"), cells.numbers("HT")
    _refuse_outside(cells, "WT", weights, MASSES, "kg")
    _refuse_outside(cells, "HT", heights, HEIGHTS, "cm")
    starts = np.flatnonzero(np.diff(person, prepend=-1))
    own = np.fmax.reduceat(heights, starts)[np.cumsum(np.diff(person, prepend=-1) != 0) - 1]
    other = np.flatnonzero(heights < own)
    if len(other):
        row = int(other[0])
        cells.refuse(row, f"HT {heights[row]:g} of a man who has {own[row]:g} elsewhere", "one height of a grown man",
                     "Write the same in all his rows.")  # fmt: skip
    values = weights / (own / 100.0) ** 2
    _refuse_outside(cells, "BMI of WT and HT", values, BMIS, "kg/m2")
    return BmiRows(values, ())


def _refuse_outside(
    cells: Cells, column: str, values: Float[np.ndarray, " row"], within: tuple[float, float], unit: str
) -> None:
    """Refuse the first row whose value no man has."""
    wrong = np.flatnonzero((values < within[0]) | (values > within[1]))
    if len(wrong):
        row = int(wrong[0])
        cells.refuse(row, f"{column} {values[row]:g}", f"{within[0]:g} to {within[1]:g} {unit}",
                     "Check the number and its unit.")  # fmt: skip


def bmi_series_of(
    cells: Cells, person: Int[np.ndarray, " row"], bmi: BmiRows, people: Sequence[Sequence[Episode]],
    ticks: Int[np.ndarray, " row"],
) -> list[BmiSeries | None]:  # fmt: skip
    """Return the BMI of each man over time, the last value carried forward; None of whom it stays.

    Parameters
    ----------
    cells : Cells
    person : Int[np.ndarray, " row"]
        Ascending.
    bmi : BmiRows
    people : sequence of sequence of Episode
        The episodes of each person.
    ticks : Int[np.ndarray, " row"]
        When.

    Raises
    ------
    BadRecord
        Where it changes: when his first row has none, two rows of one time differ, or he has more than one episode,
        because he is untreated again there at the BMI of his baseline; with the row.
    """
    edges = [*np.flatnonzero(np.diff(person, prepend=-1)).tolist(), len(person)]
    lows, highs = (part.reduceat(bmi.values, edges[:-1]) for part in (np.fmin, np.fmax))
    found: list[BmiSeries | None] = [None] * len(people)
    for one in np.flatnonzero(lows < highs).tolist():
        rows = np.arange(edges[one], edges[one + 1])
        there = rows[~np.isnan(bmi.values[rows])]
        new = there[np.diff(bmi.values[there], prepend=np.nan) != 0.0]
        _refuse_change(cells, people[one], int(rows[0]), new, ticks)
        days = days_of(ticks[new] - people[one][0].origin).tolist()
        points = zip([0.0, *days[1:]], bmi.values[new].tolist(), strict=True)
        found[one] = BmiSeries(points, LAST_VALUE)
    return found


def _refuse_change(
    cells: Cells,
    episodes: Sequence[Episode],
    first: int,
    new: Int[np.ndarray, " change"],
    ticks: Int[np.ndarray, " row"],
) -> None:
    """Refuse a BMI that changes where it cannot be carried forward."""
    if new[0] != first:
        cells.refuse(first, "no BMI of a man whose BMI changes later", "one in his first row",
                     "Write there what his baseline belongs to: nothing is carried backward.")  # fmt: skip
    if len(episodes) > 1 or episodes[0].series:
        cells.refuse(int(new[1]), "a BMI that changes beside a reset or a steady state", "one of the two of one ID",
                     "Give each part an ID of its own, or leave the column out.")  # fmt: skip
    at_once = np.flatnonzero(np.diff(ticks[new]) == 0)
    if len(at_once):
        cells.refuse(int(new[at_once[0] + 1]), "another BMI at the time of the row above", "one BMI at one time",
                     "Leave one of the two out.")  # fmt: skip
