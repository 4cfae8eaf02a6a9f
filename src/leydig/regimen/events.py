"""Doses as the records of an event table: an amount at a time, at once or by a rate, and how often again.

One record is one row with ``AMT``, ``RATE``, ``II`` and ``ADDL``. What a record says is given at its time and after
every multiple of its interval, ``additional`` times; an infusion runs for amount over rate. A regimen written so and
read again gives the same doses at the same times. A pulse train ends one interval after its last pulse.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Int

from leydig.checks import option
from leydig.errors import BadRegimen
from leydig.product import PRODUCTS
from leydig.regimen.dose import PLAIN, Dose
from leydig.regimen.repeat import CONTINUOUS, ONCE, Repeat, RepeatKind
from leydig.ticks import TICKS_PER_DAY, days_of, multiples, snap_ticks, tick_of
from leydig.units import DAYS_PER_WEEK, HOURS_PER_DAY, snap

if TYPE_CHECKING:
    import pandas

__all__ = ["DIGITS", "PER_DAY", "DoseEvent", "event_doses", "event_frame", "regimen_events"]

PER_DAY = {"days": 1.0, "hours": HOURS_PER_DAY}  # units in which an event table may count time
_WEEK = DAYS_PER_WEEK * TICKS_PER_DAY
DIGITS = 15  # significant ones of what is converted from or to hours, so that a day times 24 over 24 is the day again


class DoseEvent(NamedTuple):
    """One dose record.

    Attributes
    ----------
    tick : int
        When, in ticks from day 0 of the regimen.
    drug : str
    amount : float
        Of each dose, in the drug's unit.
    route : str or None
    rate : float
        Amount per day of an infusion; 0 for a dose that is given at once.
    interval : float
        Until the next of them [d].
    additional : int
        How many follow the first.
    """

    tick: int
    drug: str
    amount: float
    route: str | None = None
    rate: float = 0.0
    interval: float = 0.0
    additional: int = 0

    @property
    def length(self) -> int:
        """How long each infusion runs, in ticks; 0 for a dose that is given at once."""
        return round(self.amount / self.rate * TICKS_PER_DAY) if self.rate else 0


def event_doses(event: DoseEvent, until: int | None = None) -> list[Dose]:
    """Return the doses of one record.

    Parameters
    ----------
    event : DoseEvent
    until : int, optional
        The tick of a reset, which ends infusions and cancels what is still to come.

    Raises
    ------
    BadRegimen
        As `Dose`.
    """
    offsets = multiples(event.interval, event.additional + 1) if event.additional else np.zeros(1, dtype=np.int64)
    starts = event.tick + offsets
    starts = starts if until is None else starts[starts < until]
    if event.rate:
        stops = [int(start) + event.length for start in starts]
        stops = stops if until is None else [min(stop, until) for stop in stops]
        return [
            Dose(event.drug, event.rate, CONTINUOUS, float(days_of(start)), float(days_of(stop)), event.route)
            for start, stop in zip(starts, stops, strict=True)
        ]
    if not len(starts):
        return []
    first = float(days_of(event.tick))
    stop = None if until is None else float(days_of(until))
    if event.additional == 0:
        return [Dose(event.drug, event.amount, ONCE, first, stop, event.route)]
    end = snap_ticks(first + (event.additional + 1) * event.interval)
    repeat = Repeat(RepeatKind.EVERY, event.interval)
    return [Dose(event.drug, event.amount, repeat, first, end if stop is None else min(end, stop), event.route)]


def regimen_events(doses: tuple[Dose, ...], days: float) -> list[DoseEvent]:
    """Return doses on ``[0, days)`` as records, ascending, what comes evenly as one record.

    Raises
    ------
    BadRegimen
        When a dose is traced by JAX, or pulses come on days of the week.
    """
    return sorted((event for dose in doses for event in _dose_events(dose, days)), key=lambda event: event.tick)


def _dose_events(dose: Dose, days: float) -> Iterator[DoseEvent]:
    """Yield the records of one dose."""
    if not isinstance(dose.amount, PLAIN):
        raise BadRegimen(
            f"got a dose of {dose.drug} that JAX is tracing; expected a number. Write events outside of it."
        )
    plain = not dose.missed and not dose.repeat.on
    if dose.repeat.kind == RepeatKind.CONTINUOUS:
        yield from _infusions(dose, days)
    elif dose.is_pulsatile and dose.repeat.kind != RepeatKind.ONCE:
        yield from _trains(dose, days)
    elif dose.repeat.kind == RepeatKind.EVERY and plain:
        yield from _series(dose, tick_of(dose.start), len(dose.ticks(days)), dose.repeat.days)
    elif dose.repeat.kind == RepeatKind.WEEKDAYS and plain:
        ticks = dose.ticks(days)
        for first in ticks[ticks < tick_of(dose.start) + _WEEK]:
            yield from _series(dose, int(first), int(np.sum((ticks - first) % _WEEK == 0)), float(DAYS_PER_WEEK))
    else:
        for first, count, step in _even_runs(dose.ticks(days)):
            yield from _series(dose, first, count, float(days_of(step)))


def _series(dose: Dose, first: int, count: int, interval: float) -> Iterator[DoseEvent]:
    """Yield one record of so many doses, or none."""
    if count > 1:
        yield DoseEvent(first, dose.drug, float(dose.amount), dose.route, 0.0, interval, count - 1)
    elif count == 1:
        yield DoseEvent(first, dose.drug, float(dose.amount), dose.route)


def _infusions(dose: Dose, days: float) -> Iterator[DoseEvent]:
    """Yield the spans of a rate; spans of one length at one distance are one record."""
    spans, rate = np.array(dose.tick_spans(days), dtype=np.int64).reshape(-1, 2), float(dose.amount)
    lengths = spans[:, 1] - spans[:, 0]
    for length in dict.fromkeys(lengths.tolist()):
        amount = rate * float(days_of(length))
        for first, count, step in _even_runs(spans[lengths == length, 0]):
            interval = float(days_of(step)) if count > 1 else 0.0
            yield DoseEvent(first, dose.drug, amount, dose.route, rate, interval, count - 1)


def _trains(dose: Dose, days: float) -> Iterator[DoseEvent]:
    """Yield the pulse trains of a dose."""
    if dose.repeat.kind == RepeatKind.WEEKDAYS:
        raise BadRegimen(
            f"got pulses of {dose.drug} on days of the week; expected an even interval, because an event table holds a "
            "train as one interval. Write such as 'every 2 hours'."
        )
    for start, stop in dose.tick_spans(days):
        pulses = Repeat(RepeatKind.EVERY, dose.repeat.days).offsets(stop - start)
        yield from _series(dose, start, len(pulses), dose.repeat.days)


def _even_runs(ticks: Int[np.ndarray, " dose"]) -> Iterator[tuple[int, int, int]]:
    """Yield runs of evenly spaced ticks: the first, how many, their distance."""
    here, steps = 0, np.diff(ticks)
    while here < len(ticks):
        step = int(steps[here]) if here < len(steps) else 0
        uneven = np.flatnonzero(steps[here:] != step)
        count = (int(uneven[0]) if len(uneven) else len(steps) - here) + 1
        yield int(ticks[here]), count, step
        here += count


def event_frame(doses: tuple[Dose, ...], days: float, time: str = "days") -> "pandas.DataFrame":
    """Return doses on ``[0, days)`` as the rows of an event table; `Regimen.to_events` explains them."""
    import pandas

    size = PER_DAY[option(time, "unit of time", tuple(PER_DAY), error=BadRegimen)]
    rows = [
        {
            "TIME": _in_unit(float(days_of(event.tick)), size), "TIMEUNIT": time, "EVID": 1, "AMT": event.amount,
            "RATE": event.rate / size, "II": _in_unit(event.interval, size), "ADDL": event.additional,
            "DRUG": event.drug, "ROUTE": event.route or ".", "UNIT": PRODUCTS[event.drug].unit,
        }
        for event in regimen_events(doses, days)
    ]  # fmt: skip
    columns = ["TIME", "TIMEUNIT", "EVID", "AMT", "RATE", "II", "ADDL", "DRUG", "ROUTE", "UNIT"]
    return pandas.DataFrame(rows, columns=columns)


def _in_unit(number: float, size: float) -> float:
    return number if size == 1.0 else snap(number * size, DIGITS)
