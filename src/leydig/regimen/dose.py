"""A dose: one drug, given one way, over one span of days.

A span is half open, ``[start, stop)``: a dose due exactly at the stop is not given. Times are counted
in days from the start of the regimen, in multiples of the interval, so they never drift.
"""

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from leydig.checks import ABOVE_ZERO, number, option, plain_number, traced, whole
from leydig.drugs import DRUGS, Drug, Mixture
from leydig.errors import BadRegimen

__all__ = ["CONTINUOUS", "DAILY", "ONCE", "Dose", "Repeat"]

PLAIN = (int, float, np.integer, np.floating)  # numbers that are not traced
WEEKDAYS = {2: (0, 3), 3: (0, 2, 4)}
TIMES = {2: "twice", 3: "three times"}
_SAME = 1e-9
LONGEST = 1e5  # [d] of any span, interval or shift
_MINUTES = 1440.0


@dataclass(frozen=True)
class Repeat:
    """How often a dose is repeated.

    Attributes
    ----------
    kind : {"every", "weekdays", "once", "continuous"}
        An even interval; fixed days of each week; a single dose; an infusion.
    days : float
        The interval [d], for an even interval.
    weekdays : tuple of int
        Days of the week counted from the start, for fixed days.
    """

    kind: Literal["every", "weekdays", "once", "continuous"]
    days: float = 0.0
    weekdays: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        option(self.kind, "kind of repeat", ("every", "weekdays", "once", "continuous"), error=BadRegimen)
        least = ABOVE_ZERO if self.kind == "every" else 0.0
        object.__setattr__(
            self, "days", plain_number(self.days, "interval", (least, LONGEST), "days", error=BadRegimen)
        )
        if self.kind == "weekdays" and self.weekdays not in WEEKDAYS.values():
            raise BadRegimen(
                f"got days {self.weekdays} of the week; expected {' or '.join(map(str, WEEKDAYS.values()))}. "
                "Choose one, or an even interval."
            )

    def __str__(self) -> str:
        if self.kind != "every":
            return TIMES[len(self.weekdays)] + " weekly" if self.kind == "weekdays" else self.kind
        words = {1.0: "daily", 2.0: "every other day", 7.0: "weekly", 0.5: "twice daily", 0.25: "four times daily"}
        if self.days in words:
            return words[self.days]
        if abs(self.days * 3.0 - 1.0) < _SAME:
            return "three times daily"
        for size, word in ((7.0, "weeks"), (1.0, "days"), (1.0 / 24.0, "hours"), (1.0 / _MINUTES, "minutes")):
            count = self.days / size
            if abs(count - round(count)) < 1e-6 and round(count) > 1:
                return f"every {round(count)} {word}"
        return f"every {_short(self.days * _MINUTES)} minutes"

    def per_week(self) -> float:
        """Return doses per week; 7 for a continuous infusion, whose amount is per day."""
        return {"every": 7.0 / (self.days or 7.0), "weekdays": float(len(self.weekdays)), "once": 0.0}.get(
            self.kind, 7.0
        )


DAILY = Repeat("every", 1.0)
ONCE = Repeat("once")
CONTINUOUS = Repeat("continuous")


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
        Days on which nothing is taken.
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
    amount: Any
    repeat: Repeat = DAILY
    start: float = 0.0
    stop: float | None = None
    route: str | None = None
    missed: tuple[int, ...] = ()
    shift: Any = 0.0

    def __post_init__(self) -> None:
        entry = DRUGS[self.drug]
        object.__setattr__(self, "drug", entry.name)
        if not isinstance(self.repeat, Repeat):
            raise BadRegimen(f"got repeat {self.repeat!r}; expected a Repeat. Write Repeat('every', 1.0) for daily.")
        self._check_numbers(entry)
        if self.route is not None and self.route not in entry.routes:
            raise BadRegimen(
                f"{entry.title} is not given {self.route!r}. Allowed: {', '.join(entry.routes)}. Choose one."
            )
        if entry.infusible and not entry.pulsatile and self.repeat.kind != "continuous":
            raise BadRegimen(
                f"{entry.title} is released evenly, so single doses mean nothing. "
                f"Write a rate, such as '{_short(self.amount)} {entry.unit}/day continuous'."
            )
        if self.repeat.kind == "continuous" and not entry.infusible:
            raise BadRegimen(
                f"{entry.title} came as a continuous infusion, which is not possible. "
                "Give it at an interval, such as 'daily'."
            )

    def _check_numbers(self, entry: Drug | Mixture) -> None:
        """Refuse what is no dose and no span of days, and keep what is as plain numbers."""
        of = f"of {entry.title}"
        amount = number(self.amount, f"dose {of}", (ABOVE_ZERO, math.inf), entry.unit, error=BadRegimen)
        shift = number(self.shift, f"shift {of}", (-LONGEST, LONGEST), "days", error=BadRegimen)
        moved = 0.0 if traced(shift) else shift
        start = plain_number(self.start, f"start {of}", (-LONGEST, LONGEST), "days", error=BadRegimen) + moved
        start = plain_number(start, f"start {of}", (0.0, LONGEST), "days", error=BadRegimen)
        stop = self.stop
        if stop is not None:
            stop = plain_number(stop, f"stop {of}", (-LONGEST, LONGEST), "days", error=BadRegimen) + moved
            if not stop > start:
                raise BadRegimen(
                    f"got {entry.title} from day {_short(start)} to day {_short(stop)}; expected a stop after the "
                    f"start. Leave the stop out, or give a day after {_short(start)}."
                )
        missed = tuple(whole(day, f"missed day {of}", (-LONGEST, LONGEST), error=BadRegimen) for day in self.missed)
        zero_of_jax = moved == 0.0 and not isinstance(self.shift, PLAIN)  # counts as traced, as `gradient` needs it
        fields = {"amount": amount, "start": start, "stop": stop, "missed": missed}
        for name, value in (fields | {"shift": self.shift if zero_of_jax else 0.0}).items():
            object.__setattr__(self, name, value)

    def __str__(self) -> str:
        unit = DRUGS[self.drug].unit
        text = f"{self.drug.replace('_', ' ')} {_short(self.amount)} {unit}"
        text += "/day" if self.repeat.kind == "continuous" else ""
        text += f" {self.route}" if self.route else ""
        text += f" {self.repeat}"
        text += f" from {_when(self.start)}" if self.start else ""
        text += f" for {_long(self.stop - self.start)}" if self.stop is not None else ""
        return text + (f" missing days {', '.join(map(str, self.missed))}" if self.missed else "")

    @property
    def pulsed(self) -> bool:
        """Whether the doses are summarised as pulses."""
        return DRUGS[self.drug].pulsatile and self.repeat.kind != "continuous"

    @property
    def end(self) -> float | None:
        """The day on which it is over, a day after a single dose; None while it goes on."""
        return self.start + 1.0 if self.stop is None and self.repeat.kind == "once" else self.stop

    def shifted(self, days: float) -> "Dose":
        """Return the same dose, later by `days`.

        Raises
        ------
        BadRegimen
            When `days` is no number, or a dose would come before day 0.
        """
        days = plain_number(days, "shift", (-LONGEST, LONGEST), "days", error=BadRegimen)
        stop = None if self.stop is None else self.stop + days
        missed = tuple(day + round(days) for day in self.missed)
        return replace(self, start=self.start + days, stop=stop, missed=missed)

    def times(self, until: float) -> Float[np.ndarray, " dose"]:
        """Return the days on which doses are given, before `until` [d]."""
        stop = min(until, self.stop if self.stop is not None else until)
        if self.repeat.kind == "once":
            offsets: np.ndarray = np.zeros(1)
        elif self.repeat.kind == "weekdays":
            weeks = np.arange(max(int(np.ceil((stop - self.start) / 7.0)), 0))
            offsets = (7.0 * weeks[:, None] + np.array(self.repeat.weekdays, dtype=float)).ravel()
        else:
            offsets = self.repeat.days * np.arange(max(int(np.ceil((stop - self.start) / self.repeat.days)), 0))
        times = self.start + offsets
        times = times[times < stop - _SAME]
        return times[~np.isin(np.floor(times + _SAME), self.missed)]

    def spans(self, until: float) -> list[tuple[float, float]]:
        """Return the spans in which a continuous or pulsed dose runs, missed days left out."""
        stop = min(until, self.stop if self.stop is not None else until)
        stop = min(stop, self.start + 1.0) if self.repeat.kind == "once" else stop
        cuts = sorted({self.start, stop, *(float(d + k) for d in self.missed for k in (0, 1))})
        inside = [cut for cut in cuts if self.start <= cut <= stop]
        return [(a, b) for a, b in pairwise(inside) if np.floor(a + _SAME) not in self.missed]


def _short(number: Any) -> str:
    return np.format_float_positional(number, trim="-") if isinstance(number, PLAIN) else str(number)


def _when(day: float) -> str:
    return f"week {_short(day / 7.0)}" if day % 7.0 == 0.0 else f"day {_short(day)}"


def _long(days: float) -> str:
    count, unit = (days / 7.0, "week") if days % 7.0 == 0.0 else (days, "day")
    return f"{_short(count)} {unit}" + ("" if count == 1.0 else "s")
