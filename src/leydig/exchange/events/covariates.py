"""What rows of an event table say of a man beside doses and levels: his age, his BMI over time, and columns of others.

``BMI`` [kg/m2] holds; without it ``WT`` [kg] with ``HT`` [cm]. Weight without height says
nothing of fat and is not read. The first BMI is a man's own, later ones are carried forward; so are the columns that a
call names, such as ``OCC``, which stand beside his observations and change no level.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from leydig.checks import option
from leydig.errors import BadRecord
from leydig.exchange.events.cells import Cells
from leydig.exchange.events.table import Episode
from leydig.man.limits import BMIS
from leydig.man.weight.series import HEIGHTS, LAST_VALUE, MASSES, BmiSeries
from leydig.ticks import days_of
from leydig.units import DAYS_PER_YEAR

__all__ = ["CARRIED", "BmiRows", "age_rows", "bmi_rows", "bmi_series_of", "covariate_rows"]

CARRIED = ("forward", "backward")  # the last value holds on; or before his first value that one holds too
_BIRTHDAY = 1.0  # [year] by which whole years of age may differ from the time that passed


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


def age_rows(
    cells: Cells, person: Int[np.ndarray, " row"], ticks: Int[np.ndarray, " row"]
) -> Float[np.ndarray, " row"]:
    """Return the age of every row [years], NaN where a row says nothing.

    Raises
    ------
    BadRecord
        When a man's age is not the one before and the time that passed, by more than a year; with the row.
    """
    if "AGE" not in cells.columns:
        return np.full(len(cells), np.nan)
    ages = cells.numbers("AGE")
    there = np.flatnonzero(~np.isnan(ages))
    firsts = there[np.flatnonzero(np.diff(person[there], prepend=-1))]
    first = firsts[np.searchsorted(person[firsts], person[there])]
    expected = ages[first] + days_of(ticks[there] - ticks[first]) / DAYS_PER_YEAR
    wrong = np.flatnonzero(np.abs(ages[there] - expected) > _BIRTHDAY)
    if len(wrong):
        row = int(there[wrong[0]])
        cells.refuse(row, f"AGE {ages[row]:g}", f"about {expected[wrong[0]]:.3g}, by his first AGE and the time since",
                     "Give each man an ID of his own, or his age in his first row alone.")  # fmt: skip
    return ages


def covariate_rows(
    cells: Cells, person: Int[np.ndarray, " row"], free: Sequence[str], how: Mapping[str, str]
) -> dict[str, list[float] | list[str]]:
    """Return the columns that are carried along, by their names: a value for every row.

    Parameters
    ----------
    cells : Cells
    person : Int[np.ndarray, " row"]
        Ascending.
    free : sequence of str
        Columns that mean nothing else.
    how : mapping of str to {"forward", "backward"}
        By column.

    Returns
    -------
    dict of str to list of float or list of str
        Numbers where every value is one.

    Raises
    ------
    BadRecord
        When a column is not there or means something else, or a man's first row has no value that would be carried
        forward; with the row.
    """
    found: dict[str, list[float] | list[str]] = {}
    for name, way in how.items():
        column = name.upper()
        option(way, f"way of carrying {name}", CARRIED, error=BadRecord)
        if column not in free:
            raise BadRecord(f"{cells.name}: got {name!r} to be carried; expected one of {', '.join(free) or 'none'}, "
                            "the columns that mean nothing else. Leave it out.")  # fmt: skip
        rows = _rows_carried_from(cells, person, column, way == CARRIED[1])
        try:
            found[column] = cells.numbers(column)[rows].tolist()
        except BadRecord:  # a column of words
            found[column] = cells.texts(column, rows)
    return found


def _rows_carried_from(
    cells: Cells, person: Int[np.ndarray, " row"], column: str, backward: bool
) -> Int[np.ndarray, " row"]:
    """Return for each row the one whose value holds there."""
    rows, there = np.arange(len(cells)), ~cells.is_missing(column)
    begins = np.diff(person, prepend=-1) != 0
    last = np.maximum.accumulate(np.where(there, rows, -1))
    empty = last < np.maximum.accumulate(np.where(begins, rows, 0))
    following = np.minimum.accumulate(np.where(there, rows, len(rows))[::-1])[::-1]
    nowhere = empty & (np.append(person, -1)[following] != person)
    write = f"Write it there, or say covariates={{{column!r}: 'backward'}}."
    cells.refuse_first((
        (nowhere, f"no {column} in any row of a man", "one in his first row", "Write it, or leave the column out."),
        (empty & (not backward), f"no {column} of a man", "one in his first row, to be carried forward", write),
    ))  # fmt: skip
    return np.where(empty, following, last)
