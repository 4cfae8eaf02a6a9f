"""What a man takes beside the protocol, and when androgens from outside ended."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from leydig.man.medicine import CLASSES, Medicine, classes_of
from leydig.man.record import Record, Treatment

__all__ = ["WASHOUT", "Course", "androgen_course", "taken"]

WASHOUT = 182  # [d] from the end of androgens until half a year is over


@dataclass(frozen=True)
class Course:
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

    def __str__(self) -> str:
        if self.stop is None:
            return f"{self.text} from {self.start}, which goes on"
        over = self.stop + dt.timedelta(WASHOUT)
        return f"{self.text} from {self.start} to {self.stop}; half a year is over on {over}"


def taken(record: Record, drugs: Iterable[str], on: dt.date, question: str) -> list[str]:
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


def androgen_course(record: Record, on: dt.date) -> Course | None:
    """Return the last course of androgens that had begun by a day; None where none is on record.

    An end that is known by an answer alone is the day of the first no after a yes, the latest that it can be.

    Parameters
    ----------
    record : Record
    on : datetime.date
    """
    found = [Course(text, one.start, one.stop if one.stop and one.stop <= on else None)
             for one, text in _given(record) if one.start <= on and "androgens" in classes_of(text)]  # fmt: skip
    answers = [one for one in record.of("androgens") if one.date <= on]
    yes = [one.date for one in answers if one.value]
    if yes:
        no = [one.date for one in answers if not one.value and one.date > yes[-1]]
        found.append(Course("androgens by his own answer", yes[0], no[0] if no else None))
    return max(found, key=lambda one: (one.stop or dt.date.max, one.start), default=None)


def _given(record: Record) -> Iterator[tuple[Treatment | Medicine, str]]:
    for one in record.treatments:
        yield one, str(one.regimen)
    for other in record.medicines:
        yield other, other.text
