"""A dose: one drug, given one way, over one span of days.

A span is half open, ``[start, stop)``: a dose due exactly at the stop is not given. Times are counted
in days from the start of the regimen and become ticks (`leydig.ticks`) once, here: each is the start and a
multiple of the interval, so they never drift. A day of a dose begins at the hour of its start, so that the dose
that is missed on a day stays the same dose when all of them are moved.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from leydig.checks import ABOVE_ZERO, is_traced, number, plain_number, text_of, whole_number
from leydig.errors import BadRegimen
from leydig.product import PRODUCTS, Product
from leydig.regimen.repeat import CONTINUOUS, DAILY, ONCE, Repeat, RepeatKind
from leydig.ticks import LONGEST_DAYS, TICKS_PER_DAY, days_of, snap_ticks, tick_of
from leydig.units import DAYS_PER_WEEK

if TYPE_CHECKING:  # JAX, which may trace a dose, is not loaded to read a regimen
    from leydig.arrays import Number

__all__ = ["CONTINUOUS", "DAILY", "ONCE", "Dose", "Repeat"]

PLAIN = (int, float, np.integer, np.floating)  # numbers that are not traced
_GROUP = 3  # digits between the marks of thousands, and days that are named one by one


@dataclass(frozen=True)
class Dose:
    """One drug given one way over ``[start, stop)``.

    Parameters
    ----------
    drug : str
        Catalogue name.
    amount : float
        Dose in the drug's own unit (per day for a continuous infusion). A JAX array passes through, so
        that gradients with respect to the dose size flow.
    repeat : Repeat, optional
        Daily when left out.
    start : float, optional
        First day.
    stop : float, optional
        Day on which it is over; None while it goes on.
    route : str, optional
        One of the drug's routes; its usual one when left out.
    missed : tuple of int, optional
        Days on which nothing is taken, counted like `start`. They begin at the hour of the start: of a dose that starts
        on day 0.5, day 3 is from 3.5 to 4.5.
    shift : float, optional
        Days by which all its times come later. A JAX number traced at 0 passes through, so that gradients
        with respect to the time of the doses flow.

    Raises
    ------
    UnknownName
        When no drug has this name.
    BadRegimen
        When the amount, the span or the way of giving is impossible for the drug.

    Examples
    --------
    >>> print(Dose("anastrozole", 0.5, Repeat("weekdays", weekdays=(0, 3))))
    anastrozole 0.5 mg twice weekly
    """

    drug: str
    amount: "Number"
    repeat: Repeat = DAILY
    start: float = 0.0
    stop: float | None = None
    route: str | None = None
    missed: tuple[int, ...] = ()
    shift: "Number" = 0.0

    def __post_init__(self) -> None:
        entry = PRODUCTS[self.drug]
        object.__setattr__(self, "drug", entry.name)
        if not isinstance(self.repeat, Repeat):
            raise BadRegimen(f"got repeat {self.repeat!r}; expected a Repeat. Write Repeat('every', 1.0) for daily.")
        self._check_numbers(entry)
        if self.route is not None and self.route not in entry.routes:
            raise BadRegimen(
                f"got {entry.title} {self.route!r}; expected {' or '.join(entry.routes) or 'no route'}. "
                "Choose a way in which it is given, or leave it out."
            )
        if entry.infusible and not entry.pulsatile and self.repeat.kind != RepeatKind.CONTINUOUS:
            raise BadRegimen(
                f"got single doses of {entry.title}; expected a rate, because it is released evenly. "
                f"Write a rate, such as '{_number_text(self.amount)} {entry.unit}/day continuous'."
            )
        if self.repeat.kind == RepeatKind.CONTINUOUS and not entry.infusible:
            raise BadRegimen(
                f"got a continuous infusion of {entry.title}; expected doses, because none exists. "
                "Give it at an interval, such as 'daily'."
            )

    def _check_numbers(self, entry: Product) -> None:
        """Refuse what is no dose and no span of days, and keep what is as plain numbers."""
        of = f"of {entry.title}"
        amount = number(self.amount, f"dose {of}", (ABOVE_ZERO, math.inf), entry.unit, error=BadRegimen)
        shift = number(self.shift, f"shift {of}", (-LONGEST_DAYS, LONGEST_DAYS), "days", error=BadRegimen)
        moved = 0.0 if is_traced(shift) else shift
        first = plain_number(self.start, f"start {of}", (-LONGEST_DAYS, LONGEST_DAYS), "days", error=BadRegimen)
        start = plain_number(first + moved, f"start {of}", (0.0, LONGEST_DAYS), "days", error=BadRegimen)
        stop = self.stop
        if stop is not None:
            stop = plain_number(stop, f"stop {of}", (-LONGEST_DAYS, LONGEST_DAYS), "days", error=BadRegimen)
            stop = plain_number(stop + moved, f"stop {of}", (-LONGEST_DAYS, LONGEST_DAYS), "days", error=BadRegimen)
            if not tick_of(stop) > tick_of(start):
                raise BadRegimen(
                    f"got {entry.title} from day {_number_text(start)} to day {_number_text(stop)}; expected a stop "
                    f"after the start. Leave the stop out, or give a day after {_number_text(start)}."
                )
        later = _days_between(first, start)
        if isinstance(self.missed, str) or not isinstance(self.missed, Iterable):
            raise BadRegimen(f"got missed={text_of(self.missed)}; expected days. Write missed=(3,) for one.")
        missed = tuple(
            whole_number(day, f"missed day {of}", (-LONGEST_DAYS, LONGEST_DAYS), error=BadRegimen) + later
            for day in self.missed
        )
        zero_of_jax = moved == 0.0 and not isinstance(self.shift, PLAIN)  # counts as traced, as `gradient` needs it
        stop = None if stop is None else snap_ticks(stop)
        fields = {"amount": amount, "start": snap_ticks(start), "stop": stop, "missed": missed}
        for name, value in (fields | {"shift": self.shift if zero_of_jax else 0.0}).items():
            object.__setattr__(self, name, value)

    def __str__(self) -> str:
        unit = PRODUCTS[self.drug].unit
        text = f"{self.drug.replace('_', ' ')} {_amount_text(self.amount, unit)} {unit}"
        text += "/day" if self.repeat.kind == RepeatKind.CONTINUOUS else ""
        text += f" {self.route}" if self.route else ""
        text += f" {self.repeat}"
        text += f" from {_time_text(self.start)}" if self.start else ""
        text += f" {_end(self.start, self.stop)}" if self.stop is not None else ""
        text += f" missing days {', '.join(_runs(self.missed))}" if self.missed else ""
        return text + (f" later by {self.shift} days" if is_traced(self.shift) else "")

    @property
    def is_pulsatile(self) -> bool:
        """Whether the doses are summarised as pulses."""
        return PRODUCTS[self.drug].pulsatile and self.repeat.kind != RepeatKind.CONTINUOUS

    @property
    def end(self) -> float | None:
        """The day on which it is over, a day after a single dose; None while it goes on."""
        return self.start + 1.0 if self.stop is None and self.repeat.kind == RepeatKind.ONCE else self.stop

    def delay(self, days: float) -> "Dose":
        """Return the same dose, later by `days`; the same doses are missed.

        Raises
        ------
        BadRegimen
            When `days` is no number, or a dose would come before day 0.
        """
        days = plain_number(days, "shift", (-LONGEST_DAYS, LONGEST_DAYS), "days", error=BadRegimen)
        start, stop = self.start + days, None if self.stop is None else self.stop + days
        later = _days_between(self.start, start)
        missed = tuple(day + later for day in self.missed)
        return replace(self, start=start, stop=stop, missed=missed)

    def end_at(self, day: float) -> "Dose | None":
        """Return what of it is given before a day [d]; None where nothing is."""
        day = plain_number(day, "day", (-LONGEST_DAYS, LONGEST_DAYS), "days", error=BadRegimen)
        if tick_of(self.start) >= tick_of(day):
            return None
        if self.repeat.kind == RepeatKind.ONCE and not self.is_pulsatile:
            return self
        return replace(self, stop=day if self.stop is None else min(self.stop, day))

    def begin_at(self, day: float) -> "Dose | None":
        """Return what of it is given from a day [d] on, at the same times; None where nothing is.

        Raises
        ------
        BadRegimen
            When it is amid a cycle then, or has missed days that would be others.
        """
        day = plain_number(day, "day", (-LONGEST_DAYS, LONGEST_DAYS), "days", error=BadRegimen)
        start, first = tick_of(self.start), tick_of(day)
        end = self.end if self.is_pulsatile or self.repeat.kind != RepeatKind.ONCE else self.start
        if start >= first:
            return self
        if end is not None and tick_of(end) <= first:
            return None
        tick, repeat = self._next(first)
        if (self.missed or repeat.on) and (tick - start) % ((repeat.on + repeat.off or 1) * TICKS_PER_DAY):
            raise BadRegimen(
                f"got '{self}' from day {_number_text(day)} on, amid its cycle or its days; expected one that begins "
                f"then. Write 'from day {_number_text(day)}'."
            )
        if end is not None and tick >= tick_of(end):
            return None
        missed = tuple(one for one in self.missed if one >= tick // TICKS_PER_DAY)
        return replace(self, start=float(days_of(tick)), stop=end, repeat=repeat, missed=missed)

    def _next(self, first: int) -> tuple[int, Repeat]:
        """Return the first tick from `first` on at which it is given, after its start, and how it is repeated then."""
        start, repeat = tick_of(self.start), self.repeat
        if repeat.kind == RepeatKind.WEEKDAYS and not repeat.on and not self.is_pulsatile:
            later = -(-(first - start) // TICKS_PER_DAY)
            turned = tuple(sorted((weekday - later) % DAYS_PER_WEEK for weekday in repeat.weekdays))
            return start + later * TICKS_PER_DAY, replace(repeat, weekdays=turned)
        if repeat.kind != RepeatKind.EVERY or repeat.on or self.is_pulsatile:
            return first, repeat
        size = snap_ticks(repeat.days) * TICKS_PER_DAY
        count = int((first - start) / size)
        while start + round(count * size) < first:
            count += 1
        return start + round(count * size), repeat

    def times(self, until: float) -> Float[np.ndarray, " dose"]:
        """Return the days on which single doses are given, before `until` [d]; none for a continuous infusion."""
        times: Float[np.ndarray, " dose"] = days_of(self.ticks(until))
        return times

    def ticks(self, until: float) -> Int[np.ndarray, " dose"]:
        """Return `times` as ticks, ascending."""
        start, stop = self._window(until)
        offsets = self.repeat.offsets(max(stop - start, 0))
        days = start // TICKS_PER_DAY + offsets // TICKS_PER_DAY
        return start + offsets[~np.isin(days, self.missed)]

    def spans(self, until: float) -> list[tuple[float, float]]:
        """Return the spans in which a continuous or pulsed dose runs [d], missed days left out."""
        return [(float(days_of(start)), float(days_of(stop))) for start, stop in self.tick_spans(until)]

    def tick_spans(self, until: float) -> list[tuple[int, int]]:
        """Return `spans` as ticks, ascending."""
        start, stop = self._window(until)
        stop = min(stop, start + TICKS_PER_DAY) if self.repeat.kind == RepeatKind.ONCE else stop
        first, days = start // TICKS_PER_DAY, -(-(stop - start) // TICKS_PER_DAY)
        off = {day - first for day in self.missed if 0 <= day - first < days}
        missed = {cut * TICKS_PER_DAY for day in off for cut in (day, day + 1)}
        spans: list[tuple[int, int]] = []
        for first_on, last_on in self.repeat.turns(max(stop - start, 0)):
            cuts = sorted({first_on, last_on, *(cut for cut in missed if first_on < cut < last_on)})
            spans += [(start + a, start + b) for a, b in pairwise(cuts) if a // TICKS_PER_DAY not in off]
        return spans

    def _window(self, until: float) -> tuple[int, int]:
        """Return start and stop in ticks, cut at `until` [d]."""
        return tick_of(self.start), tick_of(until if self.stop is None else min(until, self.stop))


def _days_between(before: float, after: float) -> int:
    """Return how many days the day of one time lies after the day of another."""
    return tick_of(after) // TICKS_PER_DAY - tick_of(before) // TICKS_PER_DAY


def _number_text(number: "Number") -> str:
    return np.format_float_positional(number, trim="-") if isinstance(number, PLAIN) else str(number)


def _amount_text(amount: "Number", unit: str) -> str:
    """Return a dose in digits that read back: 1.875 IU might be 1875, so it is written 1.8750."""
    text = _number_text(amount)
    whole, _, digits = text.partition(".")
    return f"{text}0" if unit == "IU" and len(digits) == _GROUP >= len(whole) and whole != "0" else text


def _runs(days: tuple[int, ...]) -> list[str]:
    """Return days in words, a long run by its first and last."""
    words, run = [], list(days[:1])
    for day in (*days[1:], None):
        if run and day == run[-1] + 1:
            run.append(day)
            continue
        words += [f"{run[0]} to {run[-1]}"] if len(run) > _GROUP else [str(one) for one in run]
        run = [] if day is None else [day]
    return words


def _time_text(day: float) -> str:
    return f"week {_number_text(day / 7.0)}" if day % 7.0 == 0.0 else f"day {_number_text(day)}"


def _end(start: float, stop: float) -> str:
    """Return the length of a span in words, or its end where only that reads back to the same number."""
    length = snap_ticks(stop - start)
    return f"for {_span_text(length)}" if snap_ticks(start + length) == stop else f"until {_time_text(stop)}"


def _span_text(days: float) -> str:
    count, unit = (days / 7.0, "week") if days % 7.0 == 0.0 else (days, "day")
    return f"{_number_text(count)} {unit}" + ("" if count == 1.0 else "s")
