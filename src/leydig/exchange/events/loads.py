"""What must hold of all doses of a person together, looked at for everybody at once: label, pulse trains, length."""

import numpy as np
from jaxtyping import Bool, Float, Int

from leydig.exchange.events.cells import Cells
from leydig.exchange.events.doses import DoseRows
from leydig.ticks import LONGEST_DAYS, TICKS_PER_DAY

__all__ = ["label_multiples", "refuse_crowds"]

MOST_INFUSIONS = 10_000  # of one row: each is a span of its own


def refuse_crowds(
    cells: Cells, doses: DoseRows, start: Int[np.ndarray, " dose"], episode: Int[np.ndarray, " dose"]
) -> None:
    """Refuse doses that come too late, infusions without length, and two pulse trains at once.

    Parameters
    ----------
    cells : Cells
    doses : DoseRows
    start : Int[np.ndarray, " dose"]
        Tick of each dose in its episode.
    episode : Int[np.ndarray, " dose"]

    Raises
    ------
    BadRecord
        With the row.
    """
    length = _length(doses)
    last = start / TICKS_PER_DAY + doses.interval * (doses.additional + 1) + length
    infused = doses.rate > 0.0
    faults = (
        (last > LONGEST_DAYS, "doses without end", f"an end within {LONGEST_DAYS:g} days", "Check II, ADDL and RATE."),
        (infused & (length * TICKS_PER_DAY < 1.0), "an infusion of no length", "a microsecond or more", "Check RATE."),
        (infused & (doses.additional > MOST_INFUSIONS), "so many infusions in one row", f"at most {MOST_INFUSIONS}",
         "Give one infusion that goes on."),
    )  # fmt: skip
    cells.refuse_first(faults, doses.rows)
    for number, one in enumerate(doses.targets):
        if one.product.pulsatile:
            _refuse_second_train(
                cells, doses, start, episode, [target.drug == one.drug for target in doses.targets], number
            )


def _refuse_second_train(
    cells: Cells, doses: DoseRows, start: Int[np.ndarray, " dose"], episode: Int[np.ndarray, " dose"],
    same: list[bool], number: int,
) -> None:  # fmt: skip
    """Refuse a pulse train of a drug that begins before the one before it is over."""
    mine = np.flatnonzero(np.array(same)[doses.target] & (doses.rate == 0.0))
    order = mine[np.lexsort((start[mine], episode[mine]))]
    span = np.where(doses.additional > 0, doses.interval * (doses.additional + 1), 1.0) * TICKS_PER_DAY
    stop = start + np.rint(span).astype(np.int64)
    early = np.flatnonzero((episode[order][1:] == episode[order][:-1]) & (start[order][1:] < stop[order][:-1]))
    if len(early):
        title = doses.targets[number].product.title
        cells.refuse(
            int(doses.rows[order[early[0] + 1]]),
            f"a second pulse train of {title} while one runs",
            "one at a time",
            "Write the pulses of one train as one row, with II and ADDL.",
        )


def _length(doses: DoseRows) -> Float[np.ndarray, " dose"]:
    """Return how long each infusion runs [d], 0 for a dose at once."""
    return np.divide(doses.amount, doses.rate, out=np.zeros(len(doses.rows)), where=doses.rate > 0.0)


def label_multiples(
    doses: DoseRows, start: Int[np.ndarray, " dose"], episode: Int[np.ndarray, " dose"]
) -> Float[np.ndarray, " dose"]:
    """Return for each dose how many times its label its drug may come to in its episode; arguments as `refuse_crowds`.

    An upper bound of what `leydig.regimen.limits` counts: of a dose that comes every few days, the days between are
    filled.
    """
    length, many = _length(doses), doses.additional > 0
    interval = np.where(many, doses.interval, 1.0)
    first = start / TICKS_PER_DAY
    last = first + interval * doses.additional
    infused = doses.rate > 0.0
    a_day = np.where(
        infused, doses.rate * np.maximum(1.0, np.ceil(length / interval)), doses.amount / np.minimum(interval, 1.0)
    )
    until = last + np.where(infused, length, np.where(many, np.minimum(interval, 1.0), 1.0))
    found = np.zeros(len(doses.rows))
    for drug in dict.fromkeys(target.drug for target in doses.targets):
        of_it = np.array([target.drug == drug for target in doses.targets])[doses.target]
        label = next(target.product.label for target in doses.targets if target.drug == drug)
        peaks = _peaks(of_it, episode, first, until, a_day)
        found[of_it] = peaks / (label.single_maximum or label.daily_maximum)
        if label.single_maximum is not None:
            steady = of_it & many
            average = _peaks(steady, episode, first, last + interval, doses.amount / interval)
            found[steady] = np.maximum(found[steady], average / label.daily_maximum)
    return found


def _peaks(
    mine: Bool[np.ndarray, " dose"], group: Int[np.ndarray, " dose"], start: Float[np.ndarray, " dose"],
    stop: Float[np.ndarray, " dose"], height: Float[np.ndarray, " dose"],
) -> Float[np.ndarray, " mine"]:  # fmt: skip
    """Return the highest sum of heights at any moment in the group of each of these doses."""
    if not mine.any():
        return np.zeros(0)
    group, start, stop, height = group[mine], start[mine], stop[mine], height[mine]
    groups, moments = np.concatenate([group, group]), np.concatenate([start, stop])
    change = np.concatenate([height, -height])
    order = np.lexsort((change, moments, groups))  # what ends at one moment is over before what begins then
    firsts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    sums = np.cumsum(change[order])
    peaks = np.maximum.reduceat(sums, firsts)
    return peaks[np.searchsorted(groups[order][firsts], group)]
