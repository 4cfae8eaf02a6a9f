"""Medicines in words: what was written, from when until when, which drugs they name and which question each answers.

The model does not simulate them. A record shows them beside what is simulated, and rules judge the class that
``medicines.toml`` gives them, and a drug of the catalogue by its name; a medicine of neither is shown and said to be
unjudged.
"""

import datetime as dt
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from leydig import checks
from leydig.characters import without_accents
from leydig.errors import BadRecord
from leydig.product import PRODUCTS

__all__ = ["CLASSES", "Medicine", "classes_of", "drugs_in"]

_STEM = 6  # letters from which on a name may go on as another language ends it, such as letrozol(o)


@lru_cache(maxsize=1)
def _classes() -> dict[str, re.Pattern[str]]:
    """Return, by question, what finds one of its names in words as `_word_text` writes them."""
    read = tomllib.loads(Path(__file__).with_name("medicines.toml").read_text(encoding="utf-8"))
    return {question: re.compile("|".join(f" {name[:-1] if name[-1] == '*' else f'{name} '}" for name in names))
            for question, names in read.items()}  # fmt: skip


CLASSES = tuple(_classes())


@lru_cache(maxsize=1)
def _drug_names() -> tuple[tuple[str, str], ...]:
    """Return every name of every drug of the catalogue in words, with its drug, the longest first."""
    found = {
        _word_text(other): name
        for name, one in PRODUCTS.items()
        for other in (name, one.title, *one.brands, *one.synonyms)
    }
    whole = [(text.rstrip() if len(text) > _STEM + 1 else text, name) for text, name in found.items()]
    return tuple(sorted(whole, key=lambda one: (-len(one[0]), one)))


def _word_text(text: str) -> str:
    """Return the words of a text between blanks, in small letters without accents; numbers are words of their own."""
    words = re.findall(r"[^\W\d_]+|[0-9]+", without_accents(text.lower()))
    return f" {' '.join(words)} "


def _compound_text(text: str) -> str:
    """Return the words that have digits or hyphens, each in one piece: ``RAD-140`` is `` rad140 ``."""
    found = (
        re.sub(r"[\W_]", "", one)
        for one in re.findall(r"\w+(?:-\w+)*", without_accents(text.lower()))
        if not one.isalpha()
    )
    return f" {' '.join(found)} "


def drugs_in(text: str) -> tuple[tuple[str, ...], str]:
    """Return the drugs of the catalogue that a medicine in words names, and what it says beside them.

    Parameters
    ----------
    text : str
        As `classes_of` reads it; brands and other generic names count.

    Examples
    --------
    >>> drugs_in("Nebido 1000 mg")[0], drugs_in("vitamin D")[0]
    (('testosterone_undecanoate',), ())
    """
    rest, found = _word_text(text), []
    for name, drug in _drug_names():
        if name in rest:
            rest = rest.replace(name, "  ")
            found.append(drug)
    return tuple(dict.fromkeys(found)), rest


@lru_cache(maxsize=1024)
def classes_of(text: str) -> tuple[str, ...]:
    """Return the questions that a medicine answers with yes.

    Parameters
    ----------
    text : str
        Its name, with dose or without, as it was written.

    Examples
    --------
    >>> classes_of("Finasteride 1 mg daily"), classes_of("Testogel")
    (('five_alpha_reductase_inhibitor',), ('androgens',))
    """
    words = "".join(
        (_word_text(text), _compound_text(text), *(_word_text(PRODUCTS[drug].title) for drug in drugs_in(text)[0]))
    )
    return tuple(question for question, names in _classes().items() if names.search(words))


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
