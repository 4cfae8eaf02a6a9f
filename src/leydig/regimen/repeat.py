"""How often a dose is repeated: an interval, days of each week, once, or without a pause; with cycles on and off."""

from dataclasses import dataclass
from itertools import count, takewhile

import numpy as np
from jaxtyping import Int

from leydig.checks import option, plain_number, whole_number
from leydig.errors import BadRegimen
from leydig.text_enum import TextEnum
from leydig.ticks import LONGEST_DAYS, TICKS_PER_DAY, multiples, snap_ticks
from leydig.units import DAYS_PER_WEEK

__all__ = ["CONTINUOUS", "DAILY", "MOST_A_DAY", "ONCE", "SHORTEST", "TIMES_A_WEEK", "Repeat", "RepeatKind"]

TIMES_A_WEEK = {2: (0, 3), 3: (0, 2, 4)}  # the days that are meant where a text names none
SHORTEST = 1.0 / 1440.0  # [d] one minute: no pump and no man gives doses faster
MOST_A_DAY = 24  # times a day that are said so
_TIMES = {1: "", 2: "twice ", 3: "three times ", 4: "four times "}
_SIZES = ((7.0, "weeks"), (1.0, "days"), (1.0 / 24.0, "hours"), (1.0 / 1440.0, "minutes"))
_SAME = 1.0 - 1e-9


class RepeatKind(TextEnum):
    """An even interval; fixed days of each week; a single dose; an infusion."""

    EVERY = "every"
    WEEKDAYS = "weekdays"
    ONCE = "once"
    CONTINUOUS = "continuous"


@dataclass(frozen=True)
class Repeat:
    """How often a dose is repeated.

    Attributes
    ----------
    kind : RepeatKind
        Or its text.
    days : float
        The interval [d], for an even interval.
    weekdays : tuple of int
        Days of the week, 0 to 6, counted from the start, for fixed days.
    on, off : int
        Days with doses and days without, by turns from the start on; 0 without such a cycle. The interval begins again
        with each turn.

    Raises
    ------
    BadRegimen
        When no dose can be repeated so.
    """

    kind: RepeatKind | str
    days: float = 0.0
    weekdays: tuple[int, ...] = ()
    on: int = 0
    off: int = 0

    def __post_init__(self) -> None:
        option(self.kind, "kind of repeat", tuple(RepeatKind), error=BadRegimen)
        object.__setattr__(self, "kind", RepeatKind(self.kind))
        least = SHORTEST * _SAME if self.kind == RepeatKind.EVERY else 0.0
        days = plain_number(
            self.days, "interval", (least, LONGEST_DAYS), "days", error=BadRegimen,
            hint="The shortest is a minute; what flows without a pause is given as 'continuous'.",
        )  # fmt: skip
        weekdays = tuple(whole_number(day, "day of the week", (0, 6), error=BadRegimen) for day in self.weekdays)
        if (self.kind == RepeatKind.WEEKDAYS) != bool(weekdays) or list(weekdays) != sorted(set(weekdays)):
            raise BadRegimen(
                f"got days {self.weekdays} of the week for a repeat of kind {self.kind!r}; expected numbers of 0 to 6, "
                "each once and ascending, for kind 'weekdays' alone. Write such as (0, 3)."
            )
        for name, value in {"days": snap_ticks(days), "weekdays": weekdays}.items():
            object.__setattr__(self, name, value)
        self._check_cycle()

    def _check_cycle(self) -> None:
        """Refuse a cycle in which the doses would not be those that are meant."""
        on, off = (whole_number(part, f"days {name}", (0, LONGEST_DAYS), error=BadRegimen) for part, name in
                   ((self.on, "on"), (self.off, "off")))  # fmt: skip
        object.__setattr__(self, "on", on)
        object.__setattr__(self, "off", off)
        problem = ""
        if bool(on) != bool(off) or (on and self.kind == RepeatKind.ONCE):
            problem = "days on and days off of repeated doses"
        elif on and self.days > on:
            problem = f"an interval of at most the {on} days on"
        elif on and self.kind == RepeatKind.WEEKDAYS and (on + off) % DAYS_PER_WEEK:
            problem = "whole weeks, because days of the week are named"
        if problem:
            raise BadRegimen(
                f"got a cycle of {on} days on and {off} days off; expected {problem}. Write such as 25 on and 5 off."
            )

    def __str__(self) -> str:
        cycle = f" {_days_text(self.on)} on {_days_text(self.off)} off" if self.on else ""
        return self._frequency_text() + cycle

    def _frequency_text(self) -> str:
        """Return the words for how often, without the cycle."""
        if self.kind == RepeatKind.WEEKDAYS:
            plural = "s" if len(self.weekdays) > 1 else ""
            listed = f"on day{plural} {', '.join(map(str, self.weekdays))} of each week"
            return next((f"{_TIMES[n]}weekly" for n, days in TIMES_A_WEEK.items() if days == self.weekdays), listed)
        if self.kind != RepeatKind.EVERY:
            return self.kind
        times = round(1.0 / self.days)
        daily = 0 < times <= MOST_A_DAY and snap_ticks(1.0 / times) == self.days
        if daily and times in _TIMES:
            return f"{_TIMES[times]}daily"
        if self.days in (2.0, 7.0):
            return "weekly" if self.days == DAYS_PER_WEEK else "every other day"
        for size, word in _SIZES:
            many = round(self.days / size)
            if (many > 1 or word == "minutes") and snap_ticks(many * size) == self.days:
                return f"every {many} {word}"
        return f"{times} times daily" if daily else f"every {_decimal(self.days)} days"

    def per_week(self) -> float:
        """Return doses per week, days off included; 7 for a continuous infusion, whose amount is per day."""
        if not self.on:
            weekly: dict[str, float] = {
                RepeatKind.EVERY: DAYS_PER_WEEK / (self.days or 1.0),
                RepeatKind.WEEKDAYS: float(len(self.weekdays)),
                RepeatKind.ONCE: 0.0,
            }
            return weekly.get(self.kind, float(DAYS_PER_WEEK))
        cycle = self.on + self.off
        doses = (
            self.on
            if self.kind == RepeatKind.CONTINUOUS
            else len(self.offsets(DAYS_PER_WEEK * cycle * TICKS_PER_DAY)) / DAYS_PER_WEEK
        )
        return float(DAYS_PER_WEEK * doses / cycle)

    @property
    def interval(self) -> float:
        """The time between doses [d], days off left out; a day for a single dose."""
        if self.kind == RepeatKind.EVERY:
            return self.days
        return DAYS_PER_WEEK / len(self.weekdays) if self.kind == RepeatKind.WEEKDAYS else 1.0

    def offsets(self, length: int) -> Int[np.ndarray, " dose"]:
        """Return when doses are given after the first, in ticks below `length`; nothing for an infusion."""
        if not self.on:
            return self._even_offsets(length)
        turn = self._even_offsets(min(self.on * TICKS_PER_DAY, length))
        starts = (
            np.arange(-(-length // ((self.on + self.off) * TICKS_PER_DAY)), dtype=np.int64)
            * (self.on + self.off)
            * TICKS_PER_DAY
        )
        found = (starts[:, None] + turn).ravel()
        return found[found < length]

    def _even_offsets(self, length: int) -> Int[np.ndarray, " dose"]:
        """Return `offsets` without the cycle."""
        if self.kind == RepeatKind.EVERY:
            found = multiples(self.days, int(length / (self.days * TICKS_PER_DAY)) + 2)
        elif self.kind == RepeatKind.WEEKDAYS:
            weeks = np.arange(length // (DAYS_PER_WEEK * TICKS_PER_DAY) + 1, dtype=np.int64)
            found = TICKS_PER_DAY * (DAYS_PER_WEEK * weeks[:, None] + np.array(self.weekdays, dtype=np.int64)).ravel()
        else:
            found = np.zeros(1 if self.kind == RepeatKind.ONCE else 0, dtype=np.int64)
        return found[found < length]

    def turns(self, length: int) -> list[tuple[int, int]]:
        """Return the spans with doses after the first, in ticks up to `length`: all of it without a cycle."""
        if not self.on:
            return [(0, length)]
        cycle = (self.on + self.off) * TICKS_PER_DAY
        starts = takewhile(lambda start: start < length, count(0, cycle))
        return [(start, min(start + self.on * TICKS_PER_DAY, length)) for start in starts]


DAILY = Repeat(RepeatKind.EVERY, 1.0)
ONCE = Repeat(RepeatKind.ONCE)
CONTINUOUS = Repeat(RepeatKind.CONTINUOUS)


def _decimal(number: float) -> str:
    return np.format_float_positional(number, trim="-")


def _days_text(days: int) -> str:
    many, unit = (days // DAYS_PER_WEEK, "week") if days % DAYS_PER_WEEK == 0 else (days, "day")
    return f"{many} {unit}" + ("" if many == 1 else "s")
