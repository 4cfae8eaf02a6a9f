"""The readable text of a regimen.

::

    regimen   = phase { "then" phase }
    phase     = "nothing" [for] | item { ("+" | "and" | "plus") item }
    item      = DRUG NUMBER UNIT [ROUTE] FREQUENCY { from | for | until | missing }
    FREQUENCY = daily | N times daily | every other day | every N minutes|hours|days|weeks |
                weekly | twice weekly | three times weekly | monthly | once | continuous
    from      = "from" ("week" | "day") NUMBER           counted from the start of the phase
    for       = "for" NUMBER ("days" | "weeks" | "months")       a month is 30 days
    until     = "until" ("week" | "day") NUMBER
    missing   = "missing" ("day" | "days") N [to N] { , N [to N] }

Clinic shorthand (bid, qod, q12h, q90min, mcg) is read and written out in full.
"""

import re
from typing import NamedTuple

from leydig.drugs import DRUGS, Drug, Mixture
from leydig.errors import BadRegimen, UnknownName
from leydig.regimen.dose import CONTINUOUS, ONCE, WEEKDAYS, Dose, Repeat

__all__ = ["read"]

_UNIT_DAYS = {"minute": 1.0 / 1440.0, "hour": 1.0 / 24.0, "day": 1.0, "week": 7.0, "month": 30.0}
_UNIT_WORDS = {word: days for name, days in _UNIT_DAYS.items() for word in (name, name + "s")}
_UNIT_WORDS |= {"min": _UNIT_DAYS["minute"], "h": _UNIT_DAYS["hour"], "d": 1.0, "wk": 7.0}
_TIMES = {"once": 1, "twice": 2, "two times": 2, "three times": 3, "thrice": 3, "four times": 4}
_SHORT = {"bid": "twice daily", "tid": "three times daily", "qid": "four times daily", "qd": "daily",
          "od": "daily", "qod": "every other day", "eod": "every other day", "monthly": "every 30 days",
          "mcg": "ug", "µg": "ug", "μg": "ug", "microgram": "ug", "micrograms": "ug", "iu": "IU",
          "units": "IU", "subcutaneous": "sc", "intramuscular": "im"}  # fmt: skip
_ROUTES = ("oral", "sc", "im", "iv", "transdermal")
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
LAST_MISSED = 40_000  # [d] longer than any course


class Word(NamedTuple):
    """One word and where it starts in the text."""

    text: str
    at: int


class _Reader:
    """Reads words one by one and knows where it is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = _words(text)
        self.here = 0

    def peek(self, ahead: int = 0) -> str:
        """Return a coming word, empty at the end."""
        place = self.here + ahead
        return self.words[place].text if place < len(self.words) else ""

    def take(self, *allowed: str) -> bool:
        """Step over the coming words when they are exactly these."""
        if all(self.peek(i) == word for i, word in enumerate(allowed)):
            self.here += len(allowed)
            return True
        return False

    def refuse(self, allowed: str, advice: str) -> BadRegimen:
        """Return the error that points at the coming word."""
        ended = self.here >= len(self.words)
        at = len(self.text) if ended else self.words[self.here].at
        what = "the text ends" if ended else f"{self.text[at:].split()[0]!r} cannot be read"
        return BadRegimen(f"{what} here. Allowed: {allowed}. {advice}\n  {self.text}\n  {' ' * at}^")

    def number(self, what: str) -> float:
        """Read a number."""
        if not _NUMBER.fullmatch(self.peek()):
            raise self.refuse(f"a number ({what})", "Write it in digits, such as 0.5.")
        self.here += 1
        return float(self.words[self.here - 1].text)

    def unit_days(self, words: tuple[str, ...]) -> float:
        """Read a unit of time and return its days."""
        if self.peek().rstrip("s") not in words and self.peek() not in ("h", "min", "d", "wk"):
            raise self.refuse(", ".join(word + "s" for word in words), "Give the unit of time.")
        self.here += 1
        return _UNIT_WORDS[self.words[self.here - 1].text]


def _words(text: str) -> list[Word]:
    """Split into lower-case words, shorthand written out."""
    words = []
    for found in re.finditer(r"[A-Za-zµμ_-]+|\d+(?:\.\d+)?|\.\d+|[+,/]|\S", text):
        word = found.group().lower()
        if word == "q" or re.fullmatch(r"q\d*", word):
            word = "every"
        for part in _SHORT.get(word, word).split():
            words.append(Word(part, found.start()))
    return words


def read(text: str) -> tuple[tuple[Dose, ...], tuple[str, ...]]:
    """Read a regimen text.

    Parameters
    ----------
    text : str

    Returns
    -------
    doses : tuple of Dose
    notes : tuple of str
        What is odd about the text, though it can be read.

    Raises
    ------
    BadRegimen
        When a word cannot be read; the message points at it.
    UnknownName
        When no drug has the name.
    """
    reader = _Reader(text)
    doses: list[Dose] = []
    notes: list[str] = []
    start: float | None = 0.0
    while True:
        phase = _phase(reader)
        if start is not None:
            doses += [dose.shifted(start) for dose in phase[0]]
        length = phase[1]
        if reader.here >= len(reader.words):
            return tuple(doses), tuple(notes)
        if not reader.take("then"):
            raise reader.refuse("then, +, from, for, until, missing, or the end", "Remove or correct the word.")
        if length is None and start is not None:
            notes.append(
                "the phase before 'then' has no length, so what follows never starts; "
                "write for example 'for 16 weeks' before 'then'"
            )
        start = None if start is None or length is None else start + length


def _phase(reader: _Reader) -> tuple[list[Dose], float | None]:
    """Read one phase; return its doses and its length [d]."""
    if reader.take("nothing"):
        length = reader.number("how long") * reader.unit_days(("day", "week", "month")) if reader.take("for") else None
        return [], length
    doses = [_item(reader)]
    while reader.take("+") or reader.take("and") or reader.take("plus"):
        doses.append(_item(reader))
    stops = [dose.end for dose in doses]
    return doses, None if None in stops else max(stop for stop in stops if stop is not None)


def _item(reader: _Reader) -> Dose:
    """Read one drug with its dose, frequency and span."""
    entry = _drug(reader)
    amount = reader.number("the dose") * _dose_unit(reader, entry)
    per_day = 1.0 / reader.unit_days(("hour", "day")) if reader.take("/") or reader.take("per") else None
    route = reader.peek() if reader.peek() in _ROUTES else None
    reader.here += route is not None
    repeat = CONTINUOUS if reader.take("continuous") or reader.take("continuously") else None
    if repeat is not None and per_day is None:
        raise reader.refuse("a rate before 'continuous'", "Write such as '10 ug/h continuous'.")
    if repeat is None and per_day is not None:
        if per_day != 1.0 or _frequency_comes(reader):
            raise reader.refuse("'continuous' after a rate", "Write a rate with 'continuous', or a dose and how often.")
        repeat = CONTINUOUS if entry.infusible and not entry.pulsatile else Repeat("every", 1.0)
    if repeat is None:
        repeat = _frequency(reader, entry)
    amount *= per_day if per_day is not None and repeat is CONTINUOUS else 1.0
    start, stop, missed = _span(reader)
    return Dose(entry.name, amount, repeat, start, stop, route, missed)


def _drug(reader: _Reader) -> Drug | Mixture:
    """Read a drug's name, one to three words."""
    words = []
    for ahead in range(3):
        if not re.fullmatch(r"[a-z_-]+", reader.peek(ahead)):
            break
        words.append(reader.peek(ahead))
        if "_".join(words).replace("-", "_") in DRUGS:
            reader.here += len(words)
            return DRUGS["_".join(words)]
    if not words:
        raise reader.refuse("the name of a drug", f"Known: {', '.join(DRUGS)}.")
    try:
        return DRUGS[words[0]]
    except UnknownName as error:
        raise UnknownName(f"{error}\n  {reader.text}\n  {' ' * reader.words[reader.here].at}^") from None


def _dose_unit(reader: _Reader, entry: Drug | Mixture) -> float:
    """Read the unit of a dose and return its size in the drug's own unit."""
    sizes = {entry.unit.lower(): 1.0} | {unit.lower(): size for unit, size in entry.units.items()}
    word = reader.peek().lower()
    if word not in sizes:
        raise reader.refuse(
            f"a unit of {entry.title}: {', '.join([entry.unit, *entry.units])}", "Give the unit of the dose."
        )
    reader.here += 1
    return sizes[word]


def _frequency_comes(reader: _Reader) -> bool:
    return reader.peek() in ("daily", "every", "weekly", "once", "twice", "three", "four", "two", "each")


def _frequency(reader: _Reader, entry: Drug | Mixture) -> Repeat:
    """Read how often."""
    for words, days in ((("daily",), 1.0), (("every", "day"), 1.0), (("alternate", "days"), 2.0), (("weekly",), 7.0)):
        if reader.take(*words):
            return Repeat("every", days)
    if reader.take("every", "other", "day"):
        return Repeat("every", 2.0)
    if reader.take("every"):
        count = reader.number("how many") if _NUMBER.fullmatch(reader.peek()) else 1.0
        days = count * reader.unit_days(("minute", "hour", "day", "week", "month"))
        if days <= 0.0:
            raise reader.refuse("an interval longer than 0", "Correct the number before it.")
        return Repeat("every", days)
    if _NUMBER.fullmatch(reader.peek()) and reader.peek(1) == "times" and reader.peek().isdigit():
        times = int(reader.peek())
        reader.here += 2
        return _times(reader, times)
    for words_, times in _TIMES.items():
        if reader.take(*words_.split()):
            return _times(reader, times)
    needs = (
        f"{entry.title} needs a pulse dose and an interval, such as '10 ug every 90 minutes'."
        if entry.pulsatile
        else "Say how often."
    )
    raise reader.refuse("daily, twice weekly, every other day, every 12 hours, weekly, once, continuous", needs)


def _times(reader: _Reader, times: int) -> Repeat:
    """Read what follows 'once', 'twice' or 'three times'."""
    reader.take("a") or reader.take("per")
    if reader.take("daily") or reader.take("day"):
        return Repeat("every", 1.0 / times)
    if reader.take("weekly") or reader.take("week"):
        if times not in WEEKDAYS:
            raise reader.refuse("once, twice or three times weekly", "Write 'every other day' or 'daily'.")
        return Repeat("every", 7.0) if times == 1 else Repeat("weekdays", weekdays=WEEKDAYS[times])
    if times == 1:
        return ONCE
    raise reader.refuse("daily or weekly", "Say a day or a week.")


def _span(reader: _Reader) -> tuple[float, float | None, tuple[int, ...]]:
    """Read from, for, until and missing, each at most once."""
    found: dict[str, float] = {}
    missed: list[int] = []
    while True:
        word = reader.peek()
        if word in found or (word == "missing" and missed):
            raise reader.refuse(f"{word!r} once", "Remove the second one.")
        if reader.take("from") or reader.take("until"):
            days = reader.unit_days(("day", "week"))
            found[word] = days * reader.number(f"which {word}")
        elif reader.take("for"):
            found[word] = reader.number("how long") * reader.unit_days(("day", "week", "month"))
        elif reader.take("missing"):
            missed = _missed(reader)
        else:
            break
    start = found.get("from", 0.0)
    if "for" in found and "until" in found:
        raise reader.refuse("'for' or 'until', not both", "Remove one of the two.")
    stop = start + found["for"] if "for" in found else found.get("until")
    return start, stop, tuple(sorted(set(missed)))


def _missed(reader: _Reader) -> list[int]:
    """Read the days of 'missing days 10, 17 to 20'."""
    reader.unit_days(("day",))
    days: list[int] = []
    while True:
        first = last = _missed_day(reader)
        if reader.take("to"):
            last = _missed_day(reader)
        if last < first:
            reader.here -= 1
            raise reader.refuse(f"a day from {first} on", "Write the earlier day first.")
        days += range(first, last + 1)
        if not reader.take(","):
            return days


def _missed_day(reader: _Reader) -> int:
    """Read one day, within the longest course."""
    day = reader.number("a day")
    if not day <= LAST_MISSED:
        reader.here -= 1
        raise reader.refuse(f"a day up to {LAST_MISSED}", "No course is longer.")
    return round(day)
