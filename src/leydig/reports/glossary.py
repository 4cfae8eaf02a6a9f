"""The glossary: sixteen terms, each in words for the man himself, the clinician and the scholar."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from leydig.errors import UnknownName

__all__ = ["GLOSSARY", "Term", "term"]


@dataclass(frozen=True)
class Term:
    """One term.

    Attributes
    ----------
    name : str
    plain, clinical, academic : str
        What it means, in words for the man, the clinician and the scholar.
    """

    name: str
    plain: str
    clinical: str
    academic: str


def _read() -> tuple[Term, ...]:
    text = Path(__file__).with_name("glossary.toml").read_text(encoding="utf-8")
    return tuple(Term(**one) for one in tomllib.loads(text)["term"])


GLOSSARY: tuple[Term, ...] = _read()


def term(name: str) -> Term:
    """Return the term of a name; case, hyphens and underscores do not matter.

    Raises
    ------
    UnknownName
        When the glossary has no such term.

    Examples
    --------
    >>> term("hpg_axis").name
    'HPG axis'
    """
    found = next((one for one in GLOSSARY if _key(one.name) == _key(name)), None)
    if found is None:
        raise UnknownName.among("glossary term", name, [one.name for one in GLOSSARY])
    return found


def _key(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())
