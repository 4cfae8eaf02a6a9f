"""Medicines outside the catalogue: what was written, from when until when, and which question each answers.

The model does not simulate them. A record shows them beside what is simulated, and rules judge the class that
``medicines.toml`` gives them; a medicine of no class is shown and said to be unjudged.
"""

import datetime as dt
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from leydig import checks
from leydig.errors import BadRecord

__all__ = ["CLASSES", "Medicine", "classes_of"]


@lru_cache(maxsize=1)
def _classes() -> dict[str, frozenset[str]]:
    read = tomllib.loads(Path(__file__).with_name("medicines.toml").read_text(encoding="utf-8"))
    return {question: frozenset(names) for question, names in read.items()}


CLASSES = tuple(_classes())


@lru_cache(maxsize=1024)
def classes_of(text: str) -> tuple[str, ...]:
    """Return the questions that a medicine answers with yes.

    Parameters
    ----------
    text : str
        Its name, with dose or without, as it was written.

    Examples
    --------
    >>> classes_of("Finasteride 1 mg daily")
    ('five_alpha_reductase_inhibitor',)
    """
    words = set(re.findall(r"[a-z]+", text.lower()))
    return tuple(question for question, names in _classes().items() if words & names)


@dataclass(frozen=True)
class Medicine:
    """A medicine that the model does not simulate, as it was written.

    Attributes
    ----------
    text : str
    start : datetime.date
    stop : datetime.date or None
        The first day without it; None while it goes on.

    Raises
    ------
    BadRecord
        When the text is empty, or it stops before it starts.
    """

    text: str
    start: dt.date
    stop: dt.date | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", checks.date(self.start, "start of a medicine", error=BadRecord))
        if self.stop is not None:
            object.__setattr__(self, "stop", checks.date(self.stop, "stop of a medicine", error=BadRecord))
        if not self.text.strip():
            raise BadRecord("got a medicine without a name; expected its name and dose. Write what he takes.")
        if self.stop is not None and self.stop <= self.start:
            raise BadRecord(
                f"got medicine {self.text!r} from {self.start} to {self.stop}; expected an end after the start. "
                "Leave the stop out if he still takes it."
            )

    def on(self, day: dt.date) -> bool:
        """Return whether it is taken on a day."""
        return self.start <= day and (self.stop is None or day < self.stop)
