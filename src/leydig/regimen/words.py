"""The words of a regimen text: where each stands, what shorthand means, and a reader that steps over them.

Whatever cannot be read is refused at its word, with what was expected there and the nearest right text.
"""

import re
import unicodedata
from difflib import get_close_matches
from typing import NamedTuple

from leydig.errors import BadRegimen
from leydig.ticks import LONGEST_DAYS, snap_ticks
from leydig.units import DAYS_PER_MONTH

__all__ = ["LONGEST_WORD", "NOTHING", "WEEKDAY", "WEEKDAYS", "Reader", "days_in", "unit_of"]

NOTHING = "nothing"  # the text of a regimen without a dose
_DAYS_OF = {"minute": 1.0 / 1440.0, "hour": 1.0 / 24.0, "day": 1.0, "week": 7.0}
_UNITS = {
    "minute": ("minutes", "min", "mins"),
    "hour": ("hours", "hr", "hrs", "h"),
    "day": ("days", "d"),
    "week": ("weeks", "wk", "wks", "w"),
    "month": ("months", "mo", "mos", "mth", "mths"),
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in (unit, *words)}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY = {short: day for day, name in enumerate(WEEKDAYS) for short in (name, f"{name}s", name[:3])}
WEEKDAY |= {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
_SHORT = {
    "bid": "twice daily", "bd": "twice daily", "tid": "three times daily", "tds": "three times daily",
    "qid": "four times daily", "qds": "four times daily", "qd": "daily", "od": "daily", "qod": "every other day",
    "eod": "every other day", "qow": "every other week", "eow": "every other week", "tiw": "three times weekly",
    "qw": "weekly", "qam": "every morning", "qpm": "every evening", "qhs": "every night", "hs": "at bedtime",
    "nightly": "every night", "mornings": "every morning", "evenings": "every evening", "nights": "every night",
    "mwf": "mon wed fri", "m-w-f": "mon wed fri", "m/w/f": "mon wed fri", "monthly": "every 1 month",
    "fortnightly": "every 2 week",
    "thrice": "three times", "mane": "every morning", "nocte": "every night", "stat": "once", "qwk": "weekly",
    "weekdays": "mon to fri", "weekend": "sat and sun", "weekends": "sat and sun", "alternating": "every other",
    "q": "every", "each": "every", "alternate": "every other", "second": "other", "an": "a",
    "mcg": "ug", "µg": "ug", "μg": "ug", "microgram": "ug", "micrograms": "ug", "milligram": "mg", "milligrams": "mg",
    "mgs": "mg", "gram": "g", "grams": "g", "units": "iu", "unit": "iu", "ie": "iu", "ui": "iu", "po": "oral",
    "orally": "oral", "subcutaneous": "sc", "subcutaneously": "sc", "subcut": "sc", "subq": "sc", "sq": "sc",
    "intramuscular": "im", "intramuscularly": "im", "intravenous": "iv", "intravenously": "iv",
    "topical": "transdermal", "topically": "transdermal", "continuously": "continuous", "till": "until", "til": "until",
    "starting": "from", "beginning": "from", "start": "from", "stopping": "stop", "skip": "missing",
    "skipping": "missing",
    "missed": "missing", "miss": "missing", "&": "and", "plus": "+", "with": "+", ";": "+",
}  # fmt: skip
_TOKEN = re.compile(
    r"[A-Za-z](?:\.[A-Za-z])+\.?(?![A-Za-z0-9])"  # b.i.d.
    r"|[Mm]/[Ww]/[Ff](?![A-Za-z0-9])"
    r"|[A-Za-zµμ]+(?:[-_][A-Za-zµμ]+)*"
    r"|[0-9]+(?:\.[0-9]+)?|\.[0-9]+|\S"
)
LONGEST_WORD = 40  # characters of a word in a message
_LARGEST = 1e12  # of any number of a text
_PLAIN = {"–": "-", "—": "-", "‑": "-", "−": "-", "×": "x"}
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+")
_COUNTS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
           "nine": "9", "ten": "10", "twelve": "12", "half": "0.5"}  # fmt: skip
_ADVICE = {
    "biweekly": "Biweekly means two things: write 'twice weekly' or 'every 2 weeks'.",
    "bi-weekly": "Biweekly means two things: write 'twice weekly' or 'every 2 weeks'.",
    "biw": "It means two things: write 'twice weekly' or 'every 2 weeks'.",
    "bimonthly": "Bimonthly means two things: write 'every 2 weeks' or 'every 2 months'.",
    "bi-monthly": "Bimonthly means two things: write 'every 2 weeks' or 'every 2 months'.",
    "prn": "Doses as needed cannot be simulated: write how often.",
    "needed": "Doses as needed cannot be simulated: write how often.",
    "through": "Say whether the last day or week is included: write 'until', which excludes it, or 'for'.",
    "thru": "Say whether the last day or week is included: write 'until', which excludes it, or 'for'.",
    "fortnights": "Write weeks.",
    "tablet": "Write the dose with its unit.",
    "tablets": "Write the dose with its unit.",
    "u": "Write IU.",
    "m": "It may be minutes, months or a part of mg: write the unit out.",
    "steady": "A regimen says what is given from day 0 on: simulate it with start='steady state'.",
    "steady-state": "A regimen says what is given from day 0 on: simulate it with start='steady state'.",
    "year": "Write weeks or months.",
    "years": "Write weeks or months.",
}
_KNOWN = (
    "daily", "weekly", "monthly", "fortnightly", "nightly", "twice", "once", "three", "four", "times", "every",
    "other", "alternate", "continuous", "morning", "evening", "night", "bedtime", "monday", "tuesday", "wednesday",
    "thursday", "friday", "saturday", "sunday", "from", "until", "stop", "for", "missing", "then", NOTHING, "and",
    "minutes", "hours", "days", "weeks", "months", "minute", "hour", "day", "week", "month", "oral", "pump", "off",
)  # fmt: skip


def unit_of(word: str) -> str:
    """Return the unit of time that a word means, such as ``week`` for ``wks``; empty when it is none."""
    return _UNIT_OF.get(word, "")


class Word(NamedTuple):
    """One word, in lower case and written out, and where it stands in the text."""

    text: str
    at: int
    end: int


class Reader:
    """Reads words one by one and knows where it is.

    Parameters
    ----------
    text : str
    weekday : int, optional
        The day of the week of day 0, 0 for Monday.

    Attributes
    ----------
    phase : float
        Day on which the phase that is read begins.
    notes : list of str
        What must be said about the text, though it can be read.
    """

    def __init__(self, text: str, weekday: int | None = None) -> None:
        self.text = "".join(map(_text_character, text))
        self.words = _words(self.text)
        if len(self.words) > 1 and self.words[-1].text == ".":
            self.words.pop()
        self.day = weekday
        self.here = 0
        self.phase = 0.0
        self.notes: list[str] = []

    @property
    def at_end(self) -> bool:
        """Whether every word has been read."""
        return self.here >= len(self.words)

    @property
    def is_last(self) -> bool:
        """Whether one word is left."""
        return self.here + 1 == len(self.words)

    @property
    def weekday(self) -> int:
        """The day of the week of day 0; a Monday is taken, and noted, where nothing says it."""
        if self.day is None:
            self.note("day 0 is taken to be a Monday, because the regimen has no date to begin on")
        return self.day or 0

    def peek(self, ahead: int = 0) -> str:
        """Return a coming word, empty at the end."""
        place = self.here + ahead
        return self.words[place].text if place < len(self.words) else ""

    def take(self, *words: str) -> bool:
        """Step over the coming words when they are exactly these."""
        if all(self.peek(i) == word for i, word in enumerate(words)):
            self.here += len(words)
            return True
        return False

    def numeric(self, ahead: int = 0) -> bool:
        """Return whether a coming word is a number in digits."""
        return _NUMBER.fullmatch(self.peek(ahead)) is not None

    def note(self, text: str) -> None:
        """Say something about the text, once."""
        if text not in self.notes:
            self.notes.append(text)

    def refusal(self, expected: str, way_out: str, at: int | None = None) -> BadRegimen:
        """Return the error that points at the coming word, or at the word of another place.

        What is known of the word itself goes before `way_out`, and so does the nearest word to one that is unknown.
        """
        place = self.here if at is None else at
        ended = place >= len(self.words)
        where = len(self.text.rstrip()) if ended else self.words[place].at
        word = "" if ended else self.text[where:].split()[0][:LONGEST_WORD]
        got = "the end of the text" if ended else repr(word)
        hint = _ADVICE.get(_strip_word(word)) or (_spelling_question(word) if at is None else "")
        return BadRegimen(f"got {got}; expected {expected}. {hint or way_out}\n{self.excerpt(where)}")

    def excerpt(self, at: int) -> str:
        """Return the text around a place, and below it a mark that points there."""
        left, right = max(at - 90, 0), at + 90
        before, after = "… " if left else "", " …" if right < len(self.text) else ""
        return f"  {before}{self.text[left:right]}{after}\n  {' ' * (len(before) + at - left)}^"

    def number(self, what: str, thousands: bool = False) -> float:
        """Read a number, with a decimal comma where it can be nothing else.

        Parameters
        ----------
        what : str
            What it counts, for the refusal.
        thousands : bool
            Whether such numbers often run into the thousands, so that ``1.875`` may be 1875.
        """
        place, first = self.here, self.digits(what)
        whole, _, digits = first.partition(".")
        joined = (
            self.here < len(self.words) and self.peek() == "," and self.words[self.here].at == self.words[place].end
        )
        if joined and self.numeric(1) and self.words[self.here + 1].at == self.words[self.here].end:
            digits = self.peek(1)
            if "." in first or "." in digits:
                raise self.refusal("a number with one decimal mark", "Leave out the mark for thousands.", place)
            if whole.strip("0") and len(digits) == 3:
                raise self._ambiguous_number(place, whole, digits)
            self.here += 2
            self.note(f"{whole},{digits} is read as {whole}.{digits}")
        elif len(digits) == 3 and 0 < len(whole.lstrip("0")) <= 3 and (thousands or digits.endswith("0")):
            raise self._ambiguous_number(place, whole, digits)
        return float(f"{whole or 0}.{digits or 0}")

    def digits(self, what: str) -> str:
        """Read the digits of a number, never a decimal comma."""
        if not self.numeric():
            count = _COUNTS.get(self.peek())
            way_out = f"Write {count}." if count else "Write it in digits, such as 0.5."
            raise self.refusal(f"a number ({what})", way_out)
        if float(self.peek()) > _LARGEST:
            raise self.refusal(f"a number ({what}) of at most {_LARGEST:g}", "Check the number.")
        self.here += 1
        return self.words[self.here - 1].text

    def _ambiguous_number(self, place: int, whole: str, digits: str) -> BadRegimen:
        large, small = f"{whole}{digits}", f"{whole}.{digits}".rstrip("0").rstrip(".")
        return self.refusal(
            "a number that can be read in one way", f"Write {large} or {small}{'' if '.' in small else '.0'}.", place
        )

    def whole_number(self, what: str) -> int:
        """Read a whole number."""
        place, text = self.here, self.digits(what)
        if "." in text:
            low = int(float(text))
            raise self.refusal(f"a whole number ({what})", f"Write {low} or {low + 1}.", place)
        return int(text)

    def unit(self, *units: str) -> str:
        """Read a unit of time, one of these."""
        unit = unit_of(self.peek())
        if unit not in units:
            raise self.refusal(", ".join(f"{name}s" for name in units), "Give the unit of time.")
        self.here += 1
        return unit

    def length(self, what: str, *units: str) -> float:
        """Read a length of time and return its days."""
        place = self.here
        days = days_in(self.number(what), self.unit(*units))
        if not 0.0 < days <= LONGEST_DAYS:
            raise self.refusal(f"more than 0 and at most {LONGEST_DAYS:g} days ({what})", "Check the number.", place)
        return days


def days_in(number: float, unit: str) -> float:
    """Return a length of time in days; months as the nearest whole day, since a dose keeps its hour.

    Examples
    --------
    >>> days_in(8, "hour") == 1 / 3, days_in(1, "month"), days_in(12, "month")
    (True, 30.0, 365.0)
    """
    return float(round(number * DAYS_PER_MONTH)) if unit == "month" else snap_ticks(number * _DAYS_OF[unit])


def _text_character(char: str) -> str:
    """Return a character as it is read: what only spaces is a space, and one that was lost is no letter of a unit."""
    spaces = char.isspace() or unicodedata.category(char) == "Cf"
    return char if char.isprintable() else " " if spaces else "\N{REPLACEMENT CHARACTER}"


def _strip_word(word: str) -> str:
    return word.lower().strip(",;.")


def _spelling_question(word: str) -> str:
    """Return the question after the word of the grammar that is nearest to one that cannot be read."""
    bare = _strip_word(word)
    if bare in _COUNTS or bare in _KNOWN or len(bare) < 3:
        return ""
    near = get_close_matches(bare, _KNOWN, n=1, cutoff=0.75)
    return f"Did you mean {near[0]}?" if near else ""


def _words(text: str) -> list[Word]:
    """Split into lower-case words, shorthand written out."""
    words = []
    for match in _TOKEN.finditer("".join(_PLAIN.get(char, char) for char in text)):
        token = match.group().lower()
        if "." in token and token[0].isalpha():
            token = token.replace(".", "")
        parts = token.split("-")
        if len(parts) > 1 and all(part in WEEKDAY for part in parts):
            token = (" - " if len(parts) == 2 else " ").join(parts)  # two are a range, more are a list
        for part in _SHORT.get(token, token).split():
            words.append(Word(part, match.start(), match.end()))
    return words
