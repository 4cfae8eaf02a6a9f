"""Days as laboratories write them in English, German, French and Spanish, and words without their accents."""

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from leydig.characters import without_accents
from leydig.text_enum import TextEnum

__all__ = ["DateOrder", "clock_time", "day_text", "is_day_first", "laboratory_words", "plain_words"]

_NUMERIC = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})", re.ASCII)
_WORDED = re.compile(
    r"(?:(\d{1,2})(?:er|st|nd|rd|th)?[ .-]*(?:de )?([a-z]{3,10})|([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?)"
    r"\.?,?[ .-]*(?:de )?(\d{4})",
    re.ASCII,
)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{4})(\d{2})(\d{2})", re.ASCII)
_TIMESTAMP = re.compile(r"^(\d{8})(\d\d)(\d\d)(?:\d\d(?:\.\d+)?)?(?:Z|[+-]\d{4})?$", re.ASCII)
_CLOCK = re.compile(
    r"(?:T|\s|^)(\d{1,2})[:h](\d{2})(?::\d{2}(?:\.\d+)?)?\s*(?:uhr)?\s*([ap]\.?m\.?)?(?:Z|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)


class DateOrder(TextEnum):
    """Which number of a date such as 02/11/2026 is the month."""

    MONTH_FIRST = "month-first"
    DAY_FIRST = "day-first"


@lru_cache(maxsize=1)
def laboratory_words() -> Mapping[str, Any]:
    """Return what columns and months are called: the content of ``laboratory_words.toml``."""
    return tomllib.loads(Path(__file__).with_name("laboratory_words.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    return {word: place + 1 for place, words in enumerate(laboratory_words()["months"]) for word in words}


def plain_words(text: str) -> str:
    """Return a text in lower case and without accents.

    Examples
    --------
    >>> plain_words("Hématocrite"), plain_words("Größe")
    ('hematocrite', 'grosse')
    """
    return without_accents(text.casefold().replace("œ", "oe"))


def is_day_first(cells: Iterable[str]) -> bool | None:
    """Return whether days stand before months, as one date of a table proves; None where none does."""
    found = [match for match in map(_NUMERIC.match, cells) if match]
    if any("." in one[0] or int(one[1]) > 12 for one in found):
        return True
    return False if any(int(one[2]) > 12 for one in found) else None


def day_text(text: str, month_first: bool) -> tuple[str, str, bool] | None:
    """Return day, time, and whether the day may be another one; None where it is none.

    Examples
    --------
    >>> day_text("14. März 2026 08:30", True), day_text("02/03/2026", True), day_text("31.04.2026", True)
    (('2026-03-14', '08:30', False), ('2026-02-03', '', True), None)
    >>> day_text("20260302083000+0100", True)  # as HL7 writes a moment: the day of the laboratory stays
    ('2026-03-02', '08:30', False)
    """
    text = _TIMESTAMP.sub(r"\1 \2:\3", text.strip())
    clock = _CLOCK.search(text)
    plain = text[: clock.start()].strip().rstrip(",") if clock and clock.start() else text.strip()
    iso, numeric = _ISO.fullmatch(plain), _NUMERIC.fullmatch(plain)
    worded = _WORDED.fullmatch(plain_words(plain))
    is_open = False
    if iso:
        year, month, day = (int(one) for one in iso.groups() if one)
    elif worded:
        month = _months().get(worded[2] or worded[3], 0)
        year, day = int(worded[5]), int(worded[1] or worded[4])
    elif numeric:
        first, second, year = int(numeric[1]), int(numeric[2]), int(numeric[3])
        is_open = (first != second and "." not in plain) or year < 100
        year += 2000 if year < 100 else 0
        month, day = (first, second) if month_first and "." not in plain else (second, first)
    else:
        return None
    try:
        return dt.date(year, month, day).isoformat(), _time(clock) if clock else "", is_open
    except ValueError:
        return None


def clock_time(text: str) -> str:
    """Return a time as HH:MM; empty where it is none.

    Examples
    --------
    >>> clock_time("8:05 PM"), clock_time("8h05"), clock_time("08:05 Uhr"), clock_time("soon")
    ('20:05', '08:05', '08:05', '')
    """
    found = _CLOCK.search(text)
    return _time(found) if found else ""


def _time(clock: re.Match[str]) -> str:
    hour, minute, half = int(clock[1]), int(clock[2]), (clock[3] or "").lower()[:1]
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else ""
