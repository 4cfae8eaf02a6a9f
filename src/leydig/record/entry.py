"""One entry of a record file: a result, treatment, medicine or override, read strictly and named by its place."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from leydig import checks
from leydig.characters import hidden_character
from leydig.errors import BadRecord, LeydigError, UnknownName
from leydig.json_file import FREE_TEXT
from leydig.product import PRODUCTS
from leydig.record.medicine import Medicine
from leydig.record.quantity import quantity
from leydig.record.record import Override, Result, Treatment
from leydig.regimen import Regimen

__all__ = ["RESULT", "Entry", "of_kind", "short_text"]

RESULT = ("name", "value", "unit", "date", "time", "assay", "low", "high", "note")
_TREATMENT = ("regimen", "start", "stop")
_MEDICINE = ("text", "start", "stop")
_OVERRIDE = ("what", "value", "reason")
_FREE = ("note", "reason", "goals")
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)
_COMMA = re.compile(r"[<>]?\s*[-+]?\d+,\d+", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?", re.ASCII)
LONGEST_NUMBER = 40  # characters
AHEAD = dt.timedelta(366)  # by which a planned treatment may begin after today
PLANNED = dt.timedelta(3653)  # by which it may end after today

T = TypeVar("T")


def short_text(value: Any) -> str:
    """Return a value that came, short enough for a message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:50]}... ({len(text):,} characters)"


def of_kind(kind: type[T], taken: Sequence[object]) -> tuple[T, ...]:
    """Return those of a kind."""
    return tuple(each for each in taken if isinstance(each, kind))


def _outside(text: str) -> bool:
    """Return whether a text names no drug of the catalogue, not even a misspelled one."""
    words = [word for word in re.findall(r"[a-z]+", text.lower()) if len(word) > 4]
    return bool(words) and not any(get_close_matches(word, PRODUCTS, n=1, cutoff=0.7) for word in words)


class Entry:
    """An object of a record while it is read.

    Parameters
    ----------
    content : mapping of str to Any
        By key; what is missing, None or an empty text was not said.
    where : str
        Its place in the file, such as ``"results[3]"`` or ``"line 4"``; empty for the record itself.
    joint : str, optional
        What stands between the place and a key.
    latest : datetime.date, optional
        Today; nothing is later than it where it is given.

    Raises
    ------
    BadRecord
        When `content` is no mapping.
    """

    def __init__(self, content: Any, where: str, joint: str = ".", latest: dt.date | None = None) -> None:
        self.where, self.joint, self.latest = where, joint, latest
        if not isinstance(content, Mapping):
            raise BadRecord(
                f"{where}{': ' * bool(where)}got {short_text(content)}; expected an object. Put it in braces."
            )
        self.content: Mapping[str, Any] = content

    def refusal(self, key: str, message: str) -> BadRecord:
        """Return the error that names the place and the key."""
        place = f"{self.where}{self.joint if self.where and key else ''}{key}"
        return BadRecord(f"{place}: {message}" if place else message)

    def refuse_others(self, allowed: tuple[str, ...]) -> None:
        """Refuse keys that nobody reads, so that nothing is lost."""
        for key in self.content:
            if key not in allowed:
                raise self.refusal(
                    "", f"got key {short_text(key)}; expected {', '.join(allowed)}. Correct or remove it."
                )

    def require(self, *keys: str) -> None:
        """Refuse an entry that does not say what it must."""
        for key in keys:
            if self.content.get(key) in (None, ""):
                raise self.refusal(key, f"got nothing; expected {', '.join(keys)}. Add what is missing.")

    def text(self, key: str) -> str:
        """Return a text, empty where it was not said."""
        value = self.content.get(key)
        if value is None:
            return ""
        if isinstance(value, int) and not isinstance(value, bool) and key == "id":
            return str(value)
        if not isinstance(value, str):
            raise self.refusal(key, f"got {short_text(value)}; expected text. Put it in quotes.")
        hidden = hidden_character(value, FREE_TEXT if key.split("[")[0] in _FREE else "")
        if hidden:
            raise self.refusal(key, f"got {hidden}; expected text that can be seen. Remove the character.")
        return value.strip()

    def number(self, key: str) -> float | None:
        """Return a number; None where it was not said."""
        value = self.content.get(key)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            return self._from_text(key, self.text(key))
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refusal(key, f"got {short_text(value)}; expected a number. Write such as 28.5.")
        return float(checks.number(value, f"{self.where}{self.joint}{key}", error=BadRecord))

    def _from_text(self, key: str, text: str) -> float:
        if _COMMA.fullmatch(text):
            raise self.refusal(
                key, f"got {short_text(text)}; expected a decimal point, because a comma may also group thousands. "
                f"Write {text.replace(',', '.')} or {text.replace(',', '')}.")  # fmt: skip
        if len(text) > LONGEST_NUMBER or not _NUMBER.fullmatch(text):
            raise self.refusal(key, f"got {short_text(text)}; expected a number. Write such as 28.5, or <5.")
        return float(text)

    def date(self, key: str, ahead: dt.timedelta = dt.timedelta(1)) -> dt.date | None:
        """Return a day that is no later than `ahead` after today; None where it was not said."""
        text = self.text(key)
        if not text:
            return None
        if not _DATE.fullmatch(text):
            raise self.refusal(key, f"got {short_text(text)}; expected a date. Write YYYY-MM-DD, such as 2026-03-02.")
        try:
            day = checks.date(text, "date", error=BadRecord)
        except BadRecord as error:
            raise self.refusal(key, str(error)) from error
        if self.latest is not None and day > self.latest + ahead:
            raise self.refusal(key, f"got {day}; expected no later than {self.latest + ahead}. Check the year.")
        return day

    def _time(self) -> dt.time | None:
        text = self.text("time")
        try:
            if text and not _TIME.fullmatch(text):
                raise ValueError(text)
            return dt.time.fromisoformat(text) if text else None
        except ValueError as error:
            raise self.refusal(
                "time",
                f"got {short_text(text)}; expected a local time without a time zone. Write HH:MM, such as 08:10.",
            ) from error

    def result(self) -> Result:
        """Return the entry as a result."""
        self.refuse_others(RESULT)
        self.require("name", "value", "date")
        word = self.text("name")
        name = self._with_place(lambda: quantity(word).name)
        kind = quantity(name).kind
        value, comparator = (
            self._fact(name) if kind == "fact" else self._words() if kind == "work-up" else self._value()
        )
        day = self.date("date")
        assert day is not None  # it is needed
        low, high = self.number("low"), self.number("high")
        unit, time, assay, note = self.text("unit"), self._time(), self.text("assay"), self.text("note")
        result: Result = self._with_place(
            lambda: Result(name, value, day, unit, time, comparator, assay, low, high, note)
        )
        return result

    def _fact(self, name: str) -> tuple[bool, str]:
        word = str(self.content["value"]).strip().lower()
        if word not in (*_YES, *_NO):
            raise self.refusal("value", f"got {short_text(self.content['value'])}; expected yes or no "
                                        f"({quantity(name).title}). Write one of the two.")  # fmt: skip
        return word in _YES, ""

    def _words(self) -> tuple[str, str]:
        return self.text("value"), ""

    def _value(self) -> tuple[float, str]:
        value = self.content["value"]
        text = self.text("value") if isinstance(value, str) else ""
        if text[:1] in ("<", ">") and text:
            return self._from_text("value", text[1:].strip()), text[0]
        number = self.number("value")
        assert number is not None  # it is needed
        return number, ""

    def treatment(self) -> Treatment | Medicine:
        """Return the entry as a treatment, or as a medicine where it names no drug of the catalogue."""
        self.refuse_others(_TREATMENT)
        self.require("regimen", "start")
        text = self.text("regimen")
        start, stop = self.date("start", AHEAD), self.date("stop", PLANNED)
        assert start is not None  # it is needed
        try:
            regimen: Regimen = self._with_place(lambda: Regimen.written(text, start), "regimen")
        except UnknownName as error:
            if _outside(text):
                return self._medicine(text)
            raise UnknownName(f"{error}\n  A medicine that is not simulated goes under medicines, as text.") from error
        treatment: Treatment = self._with_place(lambda: Treatment(regimen, start, stop))
        return treatment

    def medicine(self) -> Medicine:
        """Return the entry as a medicine that is not simulated."""
        self.refuse_others(_MEDICINE)
        self.require("text", "start")
        return self._medicine(self.text("text"))

    def _medicine(self, text: str) -> Medicine:
        start, stop = self.date("start", AHEAD), self.date("stop", PLANNED)
        assert start is not None  # it is needed
        medicine: Medicine = self._with_place(lambda: Medicine(text, start, stop))
        return medicine

    def override(self) -> Override:
        """Return the entry as an override; one that lifts a warning needs no value."""
        self.refuse_others(_OVERRIDE)
        lifts = self.text("what").startswith("lift.")
        self.require("what", "reason") if lifts else self.require(*_OVERRIDE)
        value = 1.0 if lifts and self.number("value") is None else self.number("value")
        assert value is not None  # it is needed
        what, reason = self.text("what"), self.text("reason")
        override: Override = self._with_place(lambda: Override(what, value, reason))
        return override

    def _with_place(self, reading: Any, key: str = "") -> Any:
        """Return what a reading gives; what it refuses is named with its place."""
        try:
            return reading()
        except LeydigError as error:
            raise type(error)(str(self.refusal(key, str(error)))) from error
