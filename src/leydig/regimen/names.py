"""Names of drugs in a regimen text: catalogue names, other generic names, and brands."""

import re
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from leydig.errors import UnknownName
from leydig.product import PRODUCTS, Product
from leydig.regimen.words import LONGEST_WORD, Reader

__all__ = ["drug", "drug_comes", "find_drug"]

_LONGEST_NAME = 4  # words
_NEAREST = 3


class Name(NamedTuple):
    """A name that a text may say: the drug that it means, and the brand in its own letters."""

    drug: str
    brand: str = ""


def drug(reader: Reader) -> Product:
    """Read the name of a drug, one to four words; a brand is noted with its generic.

    Raises
    ------
    UnknownName
        When no drug, brand or synonym is called so.
    BadRegimen
        When no word comes.
    """
    words = _name_words(reader)
    if not words:
        raise reader.refusal("the name of a drug", f"Choose one of {', '.join(PRODUCTS)}.")
    name, count = _longest_name(words, reader.numeric(len(words)))
    if name is None:
        raise _unknown_drug(reader, words)
    reader.here += count
    entry = PRODUCTS[name.drug]
    if name.brand:
        reader.note(f"{name.brand} is {entry.title}")
    return entry


def drug_comes(reader: Reader) -> bool:
    """Return whether a name that is known comes next."""
    return _longest_name(_name_words(reader), False)[0] is not None


def find_drug(name: str) -> str:
    """Return the drug that is called exactly so, by its name, another generic name or a brand; empty where none is.

    Examples
    --------
    >>> find_drug("Arimidex"), find_drug("clomifene citrate"), find_drug("aspirin")
    ('anastrozole', 'clomiphene', '')
    """
    found = _names(tuple(PRODUCTS)).get(_key(" ".join(name.split())))
    return found.drug if found is not None else ""


def _name_words(reader: Reader) -> list[str]:
    words: list[str] = []
    while len(words) < _LONGEST_NAME and re.fullmatch(r"[a-zµμ_-]+", reader.peek(len(words))):
        words.append(reader.peek(len(words)))
    return words


def _longest_name(words: list[str], alone: bool) -> tuple[Name | None, int]:
    """Return what the longest name at the front means and its words; files are opened only where they must be."""
    whole = _key(" ".join(words))
    if alone and whole in PRODUCTS:
        return Name(whole), len(words)
    names = _names(tuple(PRODUCTS))
    for count in range(len(words), 0, -1):
        name = names.get(_key(" ".join(words[:count])))
        if name is not None:
            return name, count
    return None, 0


def _key(name: str) -> str:
    return name.lower().replace(" ", "_").replace("-", "_")


@lru_cache(maxsize=8)
def _names(drugs: tuple[str, ...]) -> dict[str, Name]:
    """Return every name of these drugs, as it is compared."""
    found: dict[str, Name] = {}
    for name in drugs:
        entry = PRODUCTS[name]
        found |= {_key(synonym): Name(name) for synonym in entry.synonyms}
        found |= {_key(brand): Name(name, brand) for brand in entry.brands}
    return found | {name: Name(name) for name in drugs}


def _unknown_drug(reader: Reader, words: list[str]) -> UnknownName:
    names = _names(tuple(PRODUCTS))
    known, first = sorted(PRODUCTS), words[0]
    near = [name for name in known if name.startswith(f"{first}_")]
    near = near or get_close_matches("_".join(words[:2]), names, n=_NEAREST, cutoff=0.75)
    near = near or get_close_matches(first, names, n=_NEAREST, cutoff=0.75)
    shown = dict.fromkeys(
        f"{names[name].brand} ({names[name].drug})" if names[name].brand else names[name].drug for name in near
    )
    advice = f"Did you mean {' or '.join(shown)}?" if shown else "Choose one of these."
    at = reader.words[reader.here].at
    word = reader.text[at:].split()[0][:LONGEST_WORD]
    return UnknownName(f"got drug {word!r}; expected one of {', '.join(known)}. {advice}\n{reader.excerpt(at)}")
