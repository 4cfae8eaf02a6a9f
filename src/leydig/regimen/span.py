"""When a dose begins and ends, and what is missed.

Days and weeks count from 0: day 0 is the first day and week 4 begins on day 28. A span ends before its last day or
week begins. In a later phase a day or week that may be counted from two beginnings is refused.
"""

from dataclasses import dataclass, field

from leydig.regimen.words import Reader, days_in, unit_of
from leydig.ticks import LONGEST_DAYS, snap_ticks

__all__ = ["Span", "span_comes", "take_span"]

_FEWEST = 1e-9


@dataclass
class Span:
    """From when until when a dose is given, counted from the start of its phase.

    Attributes
    ----------
    start, stop, length : float or None
        [d]; as they were said.
    missed : list of int
        Days on which nothing is taken.
    """

    start: float | None = None
    stop: float | None = None
    length: float | None = None
    missed: list[int] = field(default_factory=list)

    @property
    def first_day(self) -> float:
        """The first day."""
        return self.start or 0.0

    @property
    def end(self) -> float | None:
        """The day on which it is over; None while it goes on."""
        return self.stop if self.length is None else snap_ticks(self.first_day + self.length)


def span_comes(reader: Reader) -> bool:
    """Return whether from, until, for or missing comes next."""
    word, after = reader.peek(), reader.peek(1)
    named = word in ("from", "until", "for", "missing", "to") or (word == "stop" and after)
    return bool(named) or (word == "x" and reader.numeric(1)) or _point_comes(reader)


def _point_comes(reader: Reader, ahead: int = 0) -> bool:
    """Return whether 'week 4' or 'at week 4' comes next."""
    ahead += reader.peek(ahead) in ("at", "on", "in")
    return unit_of(reader.peek(ahead)) in ("day", "week") and reader.numeric(ahead + 1)


def take_span(reader: Reader, span: Span, single: bool) -> None:
    """Read one of from, until, for and missing into a span; a single dose may say 'on day 10'.

    Raises
    ------
    BadRegimen
        When it came before, contradicts another, cannot be read or can be read in two ways.
    """
    place, word = reader.here, reader.peek()
    if span.missed and word not in ("missing", "stop"):
        raise reader.refusal(
            f"what is missed after all else, because {word!r} after it may say when it is missed or when it is given",
            "Write such as 'from week 2 for 12 weeks missing days 3 to 5'.",
        )
    if word in ("for", "x"):
        _refuse_second(reader, word, span.length, span.stop)
        reader.here += 1
        span.length = reader.length("how long", "day", "week", "month")
    elif word == "missing":
        _refuse_second(reader, word, span.missed or None, None)
        reader.here += 1
        span.missed = sorted(set(_missed_days(reader)))
    elif word in ("until", "to", "stop"):
        _refuse_second(reader, word, span.stop, span.length)
        reader.here += 1
        reader.take("at") or reader.take("on") or reader.take("in")
        span.stop, _ = _point(reader, "last")
    else:
        _refuse_second(reader, word, span.start, None)
        bare = not reader.take("from")
        reader.take("at") or reader.take("on") or reader.take("in")
        span.start, unit = _point(reader, "first")
        if reader.peek() in ("to", "-"):
            _refuse_second(reader, reader.peek(), span.stop, span.length)
            span.stop = _range(reader, place, unit)
        elif bare and not single:
            raise reader.refusal("from, until or missing before a day or week", "Write which is meant.", place)


def _refuse_second(reader: Reader, word: str, same: object, other: object) -> None:
    """Refuse what came before."""
    if same is not None:
        raise reader.refusal(f"{word!r} once", "Remove the second one.")
    if other is not None:
        raise reader.refusal("a length or an end, not both", "Remove one of the two.")


def _point(reader: Reader, what: str, unit: str = "") -> tuple[float, str]:
    """Read 'day 3' or 'week 4' and return its day, counted from the start of the phase, and its unit."""
    place = reader.here
    if reader.numeric() and unit_of(reader.peek(1)):
        count, name = reader.peek(), unit_of(reader.peek(1))
        raise reader.refusal("such as 'week 4' or 'day 28'", f"Write '{name} {count}', or 'for {count} {name}s'.")
    unit = unit_of(reader.peek()) if unit_of(reader.peek()) in ("day", "week") else unit
    if not unit:
        raise reader.refusal("day or week and its number", "Write such as 'week 4'.")
    reader.here += bool(unit_of(reader.peek()))
    number = reader.number(f"which {unit} is the {what}")
    day = days_in(number, unit)
    if day > LONGEST_DAYS:
        raise reader.refusal(f"a day of up to {LONGEST_DAYS:g}", "Check the number.", reader.here - 1)
    if unit == "day" and number >= 1.0:
        reader.note("days count from 0: day 1 is the second day")
    elif unit == "week" and number == 1.0:
        reader.note("weeks count from 0: week 1 begins on day 7")
    return _count_day(reader, place, unit, number, day), unit


def _count_day(reader: Reader, place: int, unit: str, number: float, day: float) -> float:
    """Return a day of the phase, refusing one that may as well be counted from the start of the regimen."""
    if reader.phase <= 0.0 or day < _FEWEST:
        return day
    if day >= reader.phase:
        later = snap_ticks(reader.phase + day)
        raise reader.refusal(
            f"a {unit} that counts from one beginning: this phase begins on day {reader.phase:g}, so {unit} {number:g} "
            f"is day {day:g} of the regimen or day {later:g}",
            "Write a length, such as 'for 4 weeks', or leave out 'then' and write '+' with 'from' and 'until'.",
            place,
        )
    reader.note(f"{unit} {number:g} of the phase that begins on day {reader.phase:g} counts from there")
    return day


def _range(reader: Reader, place: int, first: str) -> float:
    """Read the end of 'week 4 to week 12', whose beginning is in the unit `first_day`."""
    reader.here += 1
    stop, last = _point(reader, "last", first)
    if "day" in (first, last):
        raise reader.refusal(
            "a range of days that says whether the last one is included",
            "Write 'until day 7', which leaves day 7 out, or 'for 5 days'.",
            place,
        )
    reader.note(f"a range of weeks ends when its last week begins: on day {stop:g}")
    return stop


def _missed_days(reader: Reader) -> list[int]:
    """Read the days of 'missing days 10, 17 to 20' or 'missing week 3'."""
    days: list[int] = []
    unit = reader.unit("day", "week")
    while True:
        days += _missed_run(reader, unit)
        ahead = 1 if reader.peek() in (",", "and") else 0
        named = unit_of(reader.peek(ahead)) in ("day", "week")
        if not ahead or not reader.numeric(ahead + named):
            return days
        reader.here += ahead
        unit = reader.unit("day", "week") if named else unit


def _missed_run(reader: Reader, unit: str) -> range:
    """Read one day or week, or the first and last of a run, and return its days."""
    place = reader.here
    first = last = reader.whole_number(f"a {unit}")
    again = unit_of(reader.peek(1)) == unit  # 'day 3 to day 5'
    if reader.peek() in ("to", "-") and reader.numeric(1 + again):
        reader.here += 1 + again
        last = reader.whole_number(f"a {unit}")
        if last < first:
            raise reader.refusal(f"a {unit} from {first} on", f"Write the earlier {unit} first.", reader.here - 1)
    size = round(days_in(1, unit))
    if last * size > LONGEST_DAYS:
        raise reader.refusal(f"a day of up to {LONGEST_DAYS:g}", "Check the number.", reader.here - 1)
    if unit == "week":
        reader.note(f"weeks count from 0: week {first} is days {first * size} to {first * size + size - 1}")
    else:
        reader.note("days count from 0: day 1 is the second day")
    _count_day(reader, place, unit, first, float(first * size))
    if last > first:
        _count_day(reader, place, unit, last, float(last * size))
    return range(first * size, last * size + size)
