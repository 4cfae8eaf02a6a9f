"""How often a dose is taken: intervals, times a day, days of the week, times of day, and cycles.

A day begins in the morning, when doses are taken unless a text says otherwise; the evening, the night and bedtime are
half a day later.
"""

from dataclasses import replace
from typing import NamedTuple

from leydig.errors import BadRegimen
from leydig.product import Product
from leydig.regimen.repeat import CONTINUOUS, MOST_A_DAY, ONCE, SHORTEST, TIMES_A_WEEK, Repeat, RepeatKind
from leydig.regimen.words import WEEKDAY, WEEKDAYS, Reader, days_in, unit_of
from leydig.ticks import LONGEST_DAYS

__all__ = ["Frequency", "clock", "clock_comes", "cycle", "cycle_comes", "frequency", "frequency_comes", "weekdays"]

EVENING = 0.5  # [d] after the morning
_CLOCK = {"morning": 0.0, "evening": EVENING, "night": EVENING, "bedtime": EVENING}
_EVENINGS = (("evening",), ("night",), ("at", "night"), ("in", "the", "evening"))
_TIMES = {"once": 1, "twice": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_INTERVALS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10, "twelve": 12, "third": 3}
_STARTS = ("daily", "weekly", "every", "once", "twice", "continuous", "single", "on", "in", "at", *_TIMES)
_OFTEN = "daily, twice weekly, every other day, every 12 hours, weekly, mon wed fri, once, continuous"


class Frequency(NamedTuple):
    """How often.

    Attributes
    ----------
    repeat : Repeat
    hour : float, optional
        Time of day [d]; that of the start when left out.
    names : tuple of int
        Days of the week, 0 for Monday, whose place in the regimen is not known before its start is.
    """

    repeat: Repeat
    hour: float | None = None
    names: tuple[int, ...] = ()

    def every_so_many_days(self) -> bool:
        """Return whether a time of day fits: whole days, or a single dose."""
        kind, days = self.repeat.kind, self.repeat.days
        return kind in (RepeatKind.WEEKDAYS, RepeatKind.ONCE) or (kind == RepeatKind.EVERY and days == round(days))


def frequency_comes(reader: Reader) -> bool:
    """Return whether a frequency comes next."""
    word = reader.peek()
    return word in _STARTS or word in WEEKDAY or (reader.numeric() and reader.peek(1) in ("x", "times", "time"))


def frequency(reader: Reader, entry: Product) -> Frequency:
    """Read how often.

    Raises
    ------
    BadRegimen
        When it is missing or cannot be read.
    """
    if reader.peek() == "on" and unit_of(reader.peek(1)) == "day":
        return _days_of_week(reader)
    if reader.peek() == "on" and reader.peek(1) == "every":
        reader.here += 1
    if reader.take("continuous"):
        return Frequency(CONTINUOUS)
    if reader.take("single", "dose") or reader.take("single"):
        return Frequency(ONCE)
    if clock_comes(reader):
        return clock(reader, Frequency(Repeat(RepeatKind.EVERY, 1.0)))
    if weekday_comes(reader):
        return weekdays(reader, Frequency(Repeat(RepeatKind.EVERY, 1.0)))
    for word, days in (("daily", 1.0), ("weekly", 7.0)):
        if reader.take(word):
            return Frequency(Repeat(RepeatKind.EVERY, days))
    if reader.peek() == "every":
        return _every(reader)
    if reader.peek() in _TIMES or reader.numeric():
        return _times(reader)
    needs = (
        f"{entry.title} needs a pulse dose and an interval, such as '10 ug every 90 minutes'."
        if entry.pulsatile
        else "Say how often."
    )
    raise reader.refusal(_OFTEN, needs)


def _every(reader: Reader) -> Frequency:
    """Read 'every other day', 'every 90 minutes', 'every 2 weeks', 'every monday'."""
    place = reader.here
    reader.take("every")
    count = 1.0
    if reader.take("other"):
        count = 2.0
    elif reader.peek() in _INTERVALS:
        count = float(_INTERVALS[reader.peek()])
        reader.here += 1
    elif reader.numeric():
        count = reader.number("how many")
        reader.take("nd") or reader.take("rd") or reader.take("th")
    if reader.peek() in WEEKDAY:
        return weekdays(reader, Frequency(Repeat(RepeatKind.EVERY, 7.0 * count if count > 1.0 else 1.0)))
    if reader.peek() in _CLOCK:
        return clock(reader, Frequency(Repeat(RepeatKind.EVERY, count)))
    unit = unit_of(reader.peek())
    if reader.peek() in ("-", "to"):
        raise reader.refusal("one interval", "Write one number.")
    if not unit:
        raise reader.refusal("minutes, hours, days, weeks, months", "Give the unit of time.")
    days = days_in(count, unit)
    if days < SHORTEST:
        raise reader.refusal("an interval of 1 minute or longer", "Write a longer interval.", place + 1)
    reader.here += 1
    return Frequency(Repeat(RepeatKind.EVERY, days))


def _times(reader: Reader) -> Frequency:
    """Read 'once', 'twice daily', '3 times a week', '2x/week'."""
    place = reader.here
    if reader.numeric():
        count = reader.whole_number("how many times")
        if not (reader.take("x") or reader.take("times") or reader.take("time")):
            raise reader.refusal(f"how often: {_OFTEN}", "Say how often.", place)
    else:
        count = _TIMES[reader.peek()]
        named = reader.peek() in ("once", "twice")
        reader.here += 1
        if not named and not (reader.take("times") or reader.take("x")):
            raise reader.refusal("times", "Write such as 'three times daily'.")
    if not 0 < count <= MOST_A_DAY:
        raise reader.refusal(f"1 to {MOST_A_DAY} times", "Write an interval, such as 'every 90 minutes'.", place)
    if count == 1 and reader.peek() == "every":
        return _every(reader)
    return _per(reader, count)


def _per(reader: Reader, count: int) -> Frequency:
    """Read the day or week of 'twice a week'."""
    linked = reader.take("a") or reader.take("per") or reader.take("/") or reader.take("every")
    unit = {"daily": "day", "weekly": "week"}.get(reader.peek(), unit_of(reader.peek()))
    if unit == "day":
        reader.here += 1
        return Frequency(Repeat(RepeatKind.EVERY, 1.0 / count))
    if unit == "week":
        reader.here += 1
        if count == 1:
            return Frequency(Repeat(RepeatKind.EVERY, 7.0))
        if count in TIMES_A_WEEK:
            return Frequency(Repeat(RepeatKind.WEEKDAYS, weekdays=TIMES_A_WEEK[count]))
        if weekday_comes(reader):
            return Frequency(Repeat(RepeatKind.WEEKDAYS, weekdays=tuple(range(count))))
        raise reader.refusal("once, twice or three times weekly", "Name the days, such as 'mon tue thu sat'.")
    if unit == "month" and count == 1:
        reader.here += 1
        return Frequency(Repeat(RepeatKind.EVERY, days_in(1, "month")))
    if count == 1 and not linked:
        return Frequency(ONCE)
    raise reader.refusal("daily or weekly", "Say a day or a week.")


def _days_of_week(reader: Reader) -> Frequency:
    """Read 'on days 0, 2, 5 of each week', counted from the first dose."""
    reader.here += 2
    days = []
    while True:
        days.append(reader.whole_number("a day of the week"))
        if days[-1] > 6 or days[-1] in days[:-1]:
            raise reader.refusal("days 0 to 6 of the week, each once", "Day 0 is the first.", reader.here - 1)
        if not (reader.take(",") or reader.take("and")):
            break
    if not reader.take("of", "every", "week"):
        raise reader.refusal("'of each week'", "Write such as 'on days 0, 3 of each week', or name the days.")
    return Frequency(Repeat(RepeatKind.WEEKDAYS, weekdays=tuple(sorted(days))))


def weekday_comes(reader: Reader) -> bool:
    """Return whether days of the week come next."""
    return reader.peek() in WEEKDAY or (reader.peek() == "on" and reader.peek(1) in WEEKDAY)


def weekdays(reader: Reader, often: Frequency) -> Frequency:
    """Read 'on monday and thursday', 'mon wed fri' or 'mon to fri' after what was said of how often."""
    place = reader.here
    reader.take("on")
    names = [_weekday(reader)]
    while True:
        ahead = 1 if reader.peek() in (",", "/", "and") else 0
        if reader.peek() in ("-", "to") and reader.peek(1) in WEEKDAY:
            names += _range(reader, names)
        elif reader.peek(ahead) in WEEKDAY:
            reader.here += ahead
            names.append(_weekday(reader))
        else:
            break
    if len(set(names)) < len(names):
        raise reader.refusal("each day of the week once", "Remove the second one.", reader.here - 1)
    days, kind = often.repeat.days, often.repeat.kind
    if (kind == RepeatKind.WEEKDAYS and len(often.repeat.weekdays) != len(names)) or (days == 7.0 and len(names) != 1):
        said = len(often.repeat.weekdays) or 1
        raise reader.refusal(f"{said} day{'s' if said > 1 else ''} of the week", "Name as many days as doses.", place)
    if kind not in (RepeatKind.EVERY, RepeatKind.WEEKDAYS) or (
        kind == RepeatKind.EVERY and days not in (1.0, 7.0) and days % 7.0
    ):
        raise reader.refusal("days of the week after 'daily', 'weekly' or nothing", "Remove one of the two.", place)
    if days > 7.0:
        if len(names) != 1:
            raise reader.refusal(
                "one day of the week", f"Write one line for each day, every {days / 7:g} weeks.", place
            )
        return often._replace(names=tuple(names))
    return Frequency(Repeat(RepeatKind.WEEKDAYS, weekdays=tuple(range(len(names)))), often.hour, tuple(sorted(names)))


def _weekday(reader: Reader) -> int:
    if reader.peek() not in WEEKDAY:
        raise reader.refusal("a day of the week", "Write such as mon, wed or fri.")
    reader.here += 1
    return WEEKDAY[reader.words[reader.here - 1].text]


def _range(reader: Reader, names: list[int]) -> list[int]:
    """Read the end of 'mon to fri' and return the days after the first."""
    dash, first = reader.peek() == "-", names[-1]
    reader.here += 1
    last = _weekday(reader)
    if dash and (first, last) != (0, 4):
        both = f"{WEEKDAYS[first][:3]} to {WEEKDAYS[last][:3]}' or '{WEEKDAYS[first][:3]} and {WEEKDAYS[last][:3]}"
        raise reader.refusal("a range or two days", f"Write '{both}'.", reader.here - 3)
    if last <= first:
        raise reader.refusal(f"a day after {WEEKDAYS[first]}", "Write the days one by one.", reader.here - 1)
    return list(range(first + 1, last + 1))


def clock_comes(reader: Reader) -> bool:
    """Return whether a time of day comes next."""
    return _clock_words(reader) > 0


def _clock_words(reader: Reader) -> int:
    """Return how many words stand before and with the coming time of day; 0 when none comes."""
    for words in (("in", "the"), ("every",), ("at",), ("before",), ()):
        if all(reader.peek(i) == word for i, word in enumerate(words)) and reader.peek(len(words)) in _CLOCK:
            return len(words) + 1
    return 0


def clock(reader: Reader, often: Frequency) -> Frequency:
    """Read 'in the morning', 'every night' or 'at bedtime' after what was said of how often."""
    place = reader.here
    reader.here += _clock_words(reader)
    word = reader.words[reader.here - 1].text
    if word == "morning" and any(reader.take("and", *rest) for rest in _EVENINGS):
        if often.repeat.kind != RepeatKind.EVERY or often.repeat.days not in (1.0, 0.5):
            raise reader.refusal("one time of day", "Remove one of the two.", place)
        return Frequency(Repeat(RepeatKind.EVERY, 0.5))
    if not often.every_so_many_days():
        raise reader.refusal("no time of day after such an interval", "Leave it out.", place)
    said = "half a day after the morning, in which a day begins" if _CLOCK[word] else "when a day begins"
    reader.note(f"the {word} is {said}")
    return often._replace(hour=_CLOCK[word])


def cycle_comes(reader: Reader) -> bool:
    """Return whether a cycle such as '25 days on 5 off' comes next."""
    return reader.numeric() and "on" in (reader.peek(1), reader.peek(2) if unit_of(reader.peek(1)) else "")


def cycle(reader: Reader, often: Frequency) -> Frequency:
    """Read '25 days on 5 off' after what was said of how often."""
    place = reader.here
    on, first = reader.whole_number("days on"), unit_of(reader.peek())
    reader.here += bool(first)
    reader.take("on")
    reader.take(",") or reader.take("/") or reader.take("and") or reader.take("then")
    off, second = reader.whole_number("days off"), unit_of(reader.peek())
    reader.here += bool(second)
    if not reader.take("off"):
        raise reader.refusal("off", "Write such as '25 days on 5 days off'.")
    unit = first or second
    if unit not in ("day", "week", "month"):
        raise reader.refusal("days, weeks or months on and off", "Write such as '25 days on 5 days off'.", place)
    if often.repeat.on or not 0 < min(on, off) <= max(on, off) <= LONGEST_DAYS / days_in(1, unit):
        raise reader.refusal("one cycle, of a day or more on and off", "Write such as '25 days on 5 off'.", place)
    days = round(days_in(on, unit)), round(days_in(off, second or unit))
    try:
        return often._replace(repeat=replace(often.repeat, on=days[0], off=days[1]))
    except BadRegimen as error:
        raise reader.refusal("a cycle of these doses", str(error), place) from None
