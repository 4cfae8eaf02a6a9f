"""What a man takes beside the protocol, when androgens from outside ended, and when they are washed out.

A depot empties at the half-life that the catalogue of drugs gives it; five half-lives leave 3 % of it. Where an agent
has none there, the wash-out is a proposal.
"""

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from leydig.drug import Depot
from leydig.drugs import DRUGS
from leydig.record.medicine import CLASSES, Medicine, classes_of, drugs_in
from leydig.record.record import Record, Treatment

__all__ = [
    "HALF_LIVES",
    "UNKNOWN_AGENT",
    "WASHOUT",
    "AndrogenCourse",
    "androgen_courses",
    "androgens_are",
    "current_medicines",
]

WASHOUT = 182  # [d] from the end of androgens until half a year is over
HALF_LIVES = 5  # after which 3 % of a depot are left; assumed: the usual rule of pharmacology
UNKNOWN_AGENT = 91  # [d] wash-out of an agent of unknown half-life; assumed: the shorter end of three to six months


@dataclass(frozen=True)
class AndrogenCourse:
    """A course of androgens from outside.

    Attributes
    ----------
    text : str
        As it was written.
    start : datetime.date
    stop : datetime.date or None
        The first day without it; None while it goes on.
    """

    text: str
    start: dt.date
    stop: dt.date | None

    def weeks_since(self, day: dt.date) -> float:
        """Return the weeks from its end until a day; 0 while it goes on."""
        return 0.0 if self.stop is None else (day - self.stop).days / 7.0

    @cached_property
    def half_lives(self) -> dict[str, float]:
        """Half-lives [d] of the agents that the catalogue of drugs knows, by title."""
        depots = [_depots()[name] for name in _depots_in(self.text)[0]]
        return {one.title: float(one.half_life_days) for one in depots}

    @cached_property
    def washout_days(self) -> int:
        """Days from the first one without it until it is washed out."""
        known = math.ceil(HALF_LIVES * max(self.half_lives.values(), default=0.0))
        return known if self.half_lives and not _depots_in(self.text)[1] else max(known, UNKNOWN_AGENT)

    @property
    def washout_end(self) -> dt.date | None:
        """The day from which it is washed out; None while it goes on."""
        return None if self.stop is None else self.stop + dt.timedelta(self.washout_days)

    @property
    def washout(self) -> str:
        """The wash-out in words, with its end where that is known."""
        slowest = max(self.half_lives, key=lambda name: self.half_lives[name], default="")
        why = f"{HALF_LIVES} half-lives of {slowest}, {self.half_lives[slowest]:.3g} days each" if slowest else ""
        if self.washout_days == UNKNOWN_AGENT:
            why = "a proposal, since the half-life of an agent is not in the catalogue"
        if self.washout_end is None:
            return f"wash-out of {self.washout_days} days from the first day without it ({why})"
        return f"wash-out until {self.washout_end}, {self.washout_days} days ({why})"

    def __str__(self) -> str:
        if self.stop is None:
            return f"{self.text} from {self.start}, which goes on"
        over = self.stop + dt.timedelta(WASHOUT)
        return f"{self.text} from {self.start} to {self.stop}; half a year is over on {over}"


@lru_cache(maxsize=1)
def _depots() -> dict[str, Depot]:
    return {name: drug for name, drug in DRUGS.items() if isinstance(drug, Depot)}


@lru_cache(maxsize=1024)
def _depots_in(text: str) -> tuple[tuple[str, ...], bool]:
    """Return the depots that a text names, and whether it names another androgen beside them."""
    drugs, rest = drugs_in(text)
    return tuple(drug for drug in drugs if drug in _depots()), "androgens" in classes_of(rest)


def androgens_are(what: str, courses: Sequence[AndrogenCourse], on: dt.date) -> bool:
    """Return whether androgens were ever on record ("past"), are washed out ("cleared") or ended within half a year.

    Parameters
    ----------
    what : {"past", "cleared", "washout"}
    courses : sequence of AndrogenCourse
        All of them; each has to be washed out.
    on : datetime.date
    """
    if what == "cleared":
        return all(one.washout_end is not None and one.washout_end <= on for one in courses)
    return bool(courses) if what == "past" else any(one.weeks_since(on) * 7.0 < WASHOUT for one in courses)


def current_medicines(record: Record, drugs: Iterable[str], on: dt.date, question: str) -> list[str]:
    """Return the medicines, and the drugs of the catalogue, that answer a question of a record with yes on a day.

    Parameters
    ----------
    record : Record
    drugs : iterable of str
        Drugs of the catalogue that are given on this day.
    on : datetime.date
    question : str
    """
    if question not in CLASSES:
        return []
    texts = [one.text for one in record.medicines if one.on(on)] + [drug.replace("_", " ") for drug in sorted(drugs)]
    return [text for text in texts if question in classes_of(text)]


def androgen_courses(record: Record, on: dt.date) -> tuple[AndrogenCourse, ...]:
    """Return the courses of androgens that had begun by a day, the one that is washed out last in the end.

    An end that is known by an answer alone is the day of the first no after a yes, the latest that it can be.

    Parameters
    ----------
    record : Record
    on : datetime.date
    """
    found = [AndrogenCourse(text, one.start, one.stop if one.stop and one.stop <= on else None)
             for one, text in _texts(record) if one.start <= on and "androgens" in classes_of(text)]  # fmt: skip
    answers = [one for one in record.of("androgens") if one.date <= on]
    yes = [one.date for one in answers if one.value]
    if yes:
        no = [one.date for one in answers if not one.value and one.date > yes[-1]]
        found.append(AndrogenCourse("androgens by his own answer", yes[0], no[0] if no else None))
    return tuple(sorted(found, key=lambda one: (one.washout_end or dt.date.max, one.start)))


def _texts(record: Record) -> Iterator[tuple[Treatment | Medicine, str]]:
    for one in record.treatments:
        stops = [dose.stop for dose in one.regimen.doses]
        over = max((one.start + dt.timedelta(math.ceil(stop)) for stop in stops if stop is not None), default=None)
        ends = [day for day in (one.stop, over if None not in stops else None) if day is not None]
        yield replace(one, stop=min(ends, default=None)), str(one.regimen)
    for other in record.medicines:
        yield other, other.text
