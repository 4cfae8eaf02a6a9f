"""What has been given again and again until day 0, so long that nothing changes any more: a steady state begins there.

Every record (`DoseEvent`) is one series: its dose at `tick`, and the same at every multiple of its interval before, for
ever. Of a series the doses before day 0 are history. What of it still comes on day 0 or later, or still flows then, is
`remainder`: an infusion longer than its interval, a dose whose lag is longer.
"""

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from leydig.errors import BadRegimen, LeydigWarning
from leydig.product import PRODUCTS
from leydig.regimen.dose import CONTINUOUS, ONCE, Dose, Repeat
from leydig.regimen.events import DoseEvent
from leydig.regimen.regimen import Regimen
from leydig.regimen.repeat import RepeatKind
from leydig.ticks import TICKS_PER_DAY, days_of, multiples, tick_of
from leydig.units import DAYS_PER_WEEK

__all__ = ["LONGEST_PERIOD", "SteadyRegimen"]

LONGEST_PERIOD = 366.0  # [d] assumed: nothing is given by a longer cycle; 30 and 31 days come together after 930
_FINEST = 86_400  # an interval is a fraction of a day with at most this denominator, or it is its ticks


@dataclass(frozen=True)
class SteadyRegimen:
    """What has been given for ever until day 0.

    Attributes
    ----------
    events : tuple of DoseEvent
        One for each series; `DoseEvent.tick` is the first of its doses that is no history, `DoseEvent.interval` the
        distance between them, and `DoseEvent.additional` is of no matter and 0.

    Raises
    ------
    BadRegimen
        When a series has no interval, or all of them have no common period of up to `LONGEST_PERIOD` days.
    """

    events: tuple[DoseEvent, ...]

    def __post_init__(self) -> None:
        for event in self.events:
            if not event.interval > 0.0:
                raise BadRegimen(
                    f"got {event.drug} at steady state without an interval; expected how often it has been given. "
                    "Add the interval."
                )
        object.__setattr__(self, "events", tuple(event._replace(additional=0) for event in self.events))
        if self.period() > LONGEST_PERIOD:
            each = ", ".join(f"{event.interval:g}" for event in self.events)
            raise BadRegimen(
                f"got doses at steady state every {each} days, which come together again after {self.period():g} days "
                f"only; expected a common period of up to {LONGEST_PERIOD:g} days. Choose intervals with one."
            )

    @staticmethod
    def of(regimen: Regimen) -> "SteadyRegimen":
        """Return what of a regimen is in force on day 0, as if it had been given for ever.

        A dose is in force that is repeated and begins within its interval, week or cycle from day 0; days on which it
        is missed are no history.

        Raises
        ------
        BadRegimen
            When none is, though something is given.
        """
        events = tuple(event for dose in regimen.doses for event in _series_of(dose))
        if regimen.doses and not events:
            raise BadRegimen(
                f"got {str(regimen)!r} at steady state; expected a dose that is repeated and in force on day 0. "
                "Leave start out, or simulate what was given before and go on with after=."
            )
        return SteadyRegimen(events)

    @property
    def drugs(self) -> tuple[str, ...]:
        """The drugs, in the order of the series."""
        return tuple(dict.fromkeys(event.drug for event in self.events))

    def period(self) -> float:
        """Return after how many days all of it begins again."""
        distances = {_fraction(event.interval) for event in self.events} or {Fraction(1)}
        whole = math.lcm(*(one.denominator for one in distances))
        return math.lcm(*(int(one * whole) for one in distances)) / whole

    def cycle(self, days: float) -> Regimen:
        """Return what is given in whole periods of so many days in all, from a day 0 on."""
        end = tick_of(days)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LeydigWarning)  # of the label: it is said of the regimen that goes on
            return Regimen(dose for event in self.events for dose in _cycle_of(event, end))

    def remainder(self) -> tuple[Dose, ...]:
        """Return what of the history still comes on day 0 or later, or still flows then."""
        return tuple(dose for event in self.events for dose in _remainder_of(event))

    def __str__(self) -> str:
        parts = []
        for event in self.events:
            unit = PRODUCTS[event.drug].unit
            rate = f" at {event.rate:g} {unit}/day" if event.rate else ""
            parts.append(f"{event.drug.replace('_', ' ')} {event.amount:g} {unit}{rate} every {event.interval:g} days")
        return " + ".join(parts) or "nothing"


def _fraction(interval: float) -> Fraction:
    """Return an interval [d] as the fraction of days that is meant, or of its ticks."""
    near = Fraction(interval).limit_denominator(_FINEST)
    size = round(interval * TICKS_PER_DAY)
    return near if round(near * TICKS_PER_DAY) == size else Fraction(size, TICKS_PER_DAY)


def _series_of(dose: Dose) -> Iterator[DoseEvent]:
    """Yield the series of a dose that is in force on day 0."""
    repeat, start = dose.repeat, tick_of(dose.start)
    continuous = repeat.kind == RepeatKind.CONTINUOUS
    cycle = float(repeat.on + repeat.off)
    weekly = DAYS_PER_WEEK if repeat.kind == RepeatKind.WEEKDAYS else 0.0
    distance = cycle or weekly or (1.0 if continuous else repeat.days)
    first = DoseEvent(start, dose.drug, float(dose.amount), dose.route, interval=distance)
    if repeat.kind == RepeatKind.ONCE or start >= (1 if continuous and not cycle else tick_of(distance)):
        return
    if continuous:
        yield first._replace(amount=first.amount * (repeat.on or 1.0), rate=first.amount)
    elif dose.is_pulsatile and not cycle:
        yield first._replace(interval=repeat.interval)
    elif dose.is_pulsatile:
        raise BadRegimen(
            f"got pulses of {dose.drug} by cycles at steady state; expected a train without a pause. "
            "Simulate some cycles from rest, and go on with after=."
        )
    else:
        for offset in repeat.offsets(tick_of(distance)):
            yield first._replace(tick=start + int(offset))


def _cycle_of(event: DoseEvent, end: int) -> Iterator[Dose]:
    """Yield the doses of a series in a cycle of ticks `[0, end)`."""
    stop, interval = float(days_of(end)), tick_of(event.interval)
    if event.rate and event.length == interval:
        yield Dose(event.drug, event.rate, CONTINUOUS, 0.0, stop, event.route)
    elif event.rate:
        for start in _starts(event, -event.length, end):
            if start + event.length > 0:
                first, last = max(start, 0), min(start + event.length, end)
                yield Dose(event.drug, event.rate, CONTINUOUS, float(days_of(first)), float(days_of(last)), event.route)
    else:
        day = 0.0 if PRODUCTS[event.drug].pulsatile else float(days_of(event.tick % interval))
        yield Dose(event.drug, event.amount, Repeat(RepeatKind.EVERY, event.interval), day, stop, event.route)


def _remainder_of(event: DoseEvent) -> Iterator[Dose]:
    """Yield what of the history of a series comes on day 0 or later, or flows then."""
    for start in _starts(event, -event.length, event.tick):
        stop = start + event.length
        if event.rate and stop > 0:
            yield Dose(event.drug, event.rate, CONTINUOUS, float(days_of(max(start, 0))), float(days_of(stop)),
                       event.route)  # fmt: skip
        elif not event.rate and start >= 0:
            yield Dose(event.drug, event.amount, ONCE, float(days_of(start)), None, event.route)


def _starts(event: DoseEvent, low: int, high: int) -> list[int]:
    """Return the ticks of a series in ``[low, high)``, ascending."""
    interval = tick_of(event.interval)
    back = multiples(event.interval, max((event.tick - low) // interval, 0) + 2)[1:]
    on = multiples(event.interval, max((high - event.tick) // interval, 0) + 2)
    ticks = [*(event.tick - back[::-1]).tolist(), *(event.tick + on).tolist()]
    return [tick for tick in ticks if low <= tick < high]
