"""What laboratories call a result and its unit: names in any order of their words, units in capitals or by other signs.

``Testosterone, Total, LC/MS/MS`` is testosterone by mass spectrometry, ``Testosterone, Free`` another quantity, and
``Hemoglobin A1c`` none that is read here: a word that may change what was measured is never left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

from leydig.errors import WrongUnit
from leydig.exchange.laboratory_days import laboratory_words, plain_words
from leydig.record.quantity import QUANTITIES, Quantity, quantity, quantity_name, synonyms
from leydig.units import MILLIONS_PER_ML, factor

__all__ = ["LaboratoryName", "laboratory_name", "laboratory_unit", "unit_scale"]

LONGEST_NAME, MOST_WORDS = 200, 9  # characters and words; longer ones are no name of a result
_SPECTROMETRY = re.compile(
    r"\b(?P<before>id[-/ ]?)?(?P<column>lc|gc)[-/ ]?ms(?P<twice>[-/ ]?ms)?\b|\b(?:tandem )?mass spec\w*|\bms\b"
)
_SPECIMEN = re.compile(r"(?:^|(?<=[\s(]))[spb]-(?=[a-z])|[,(]\s*[spb]\s*\)?$|\bi\.? ?s\.?$")
_UNIT = re.compile(r"[(\[]([^()\[\]]+)[)\]]")
_PLAIN_UNITS = ("%", "ml", "million", "millions", "x10^6", "10^6")  # those without a slash
_PART = re.compile(r"[^\s,;()\[\]]+")


@dataclass(frozen=True)
class LaboratoryName:
    """What the name of a result says.

    Attributes
    ----------
    quantity : str
        The quantity; empty where none is called so.
    unit : str
        The unit that stands in brackets behind it, as in ``Volume (mL)``.
    assay : str
        The method, where the name has one.
    doubt : str
        What may be meant otherwise; empty where nothing may.
    """

    quantity: str = ""
    unit: str = ""
    assay: str = ""
    doubt: str = ""


@lru_cache(maxsize=1024)
def laboratory_name(text: str, unit: str = "") -> LaboratoryName:
    """Return what a laboratory means by a name.

    Parameters
    ----------
    text : str
    unit : str, optional
        Of the result: it tells a count per millilitre from one of the whole sample.

    Examples
    --------
    >>> laboratory_name("Testosterone, Total, LC/MS/MS")
    LaboratoryName(quantity='testosterone', unit='', assay='LC-MS/MS', doubt='')
    >>> laboratory_name("Motility (PR)", "%").quantity, laboratory_name("Hemoglobin A1c").quantity
    ('progressive_motility', '')
    >>> laboratory_name("Sperm count", "million/mL").quantity, laboratory_name("Sperm count", "million").quantity
    ('sperm_concentration', 'total_sperm_count')
    """
    if len(text) > LONGEST_NAME:
        return LaboratoryName()
    text, own_unit = _without_unit(text)
    assay, plain = _assay(plain_words(text))
    words = _words(_SPECIMEN.sub(" ", plain))
    by_unit = _by_unit().get(tuple(sorted(words)))
    if by_unit is not None:
        found = LaboratoryName(by_unit.get(_plain_unit(unit or own_unit), ""))
    elif quantity_name(text):
        found = LaboratoryName(quantity_name(text))
    else:
        found = _find_longest_name(words) if len(words) <= MOST_WORDS else LaboratoryName()
    return replace(found, unit=own_unit, assay=assay) if found.quantity else found


def _without_unit(text: str) -> tuple[str, str]:
    """Return a name without the unit that stands in brackets, and that unit; empty where none does."""
    for found in _UNIT.finditer(text):
        inner = found[1].strip()
        is_unit = _plain_unit(inner) in (*_PLAIN_UNITS, *MILLIONS_PER_ML)
        if is_unit or ("/" in inner and _is_unit(inner)):
            return f"{text[: found.start()]} {text[found.end() :]}".strip(), inner
    return text, ""


def _is_unit(text: str) -> bool:
    try:
        factor(text, text)
    except WrongUnit:
        return False
    return True


def _plain_unit(unit: str) -> str:
    """Return a unit in small letters without blanks, millions per millilitre in one way."""
    plain = unit.lower().replace(" ", "")
    return "million/ml" if plain in MILLIONS_PER_ML else plain


def _assay(plain: str) -> tuple[str, str]:
    """Return the mass spectrometry that a name tells, and the name without it."""
    found = _SPECTROMETRY.search(plain)
    if found is None:
        return "", plain
    if found["column"]:
        assay = f"{'ID-' if found['before'] else ''}{found['column'].upper()}-MS{'/MS' if found['twice'] else ''}"
    else:
        assay = "MS"
    return assay, f"{plain[: found.start()]} {plain[found.end() :]}"


def _words(plain: str) -> list[str]:
    """Return the words of a name; hyphens part words, slashes and plus signs do not."""
    return [word for part in _PART.findall(plain) for word in part.strip(".:").replace("_", "-").split("-") if word]


@lru_cache(maxsize=1)
def _known_names() -> dict[tuple[str, ...], str]:
    """Return every name of a quantity by its sorted words."""
    names = {name.replace("_", " "): name for name in QUANTITIES} | {
        words.replace("_", " "): name for words, name in synonyms().items()
    }
    return {tuple(sorted(_words(words))): name for words, name in names.items()}


@lru_cache(maxsize=1)
def _by_unit() -> dict[tuple[str, ...], dict[str, str]]:
    """Return the names that mean one thing in one unit and another in another, by their sorted words."""
    return {tuple(sorted(words.split())): found for words, found in laboratory_words()["by_unit"].items()}


def _find_longest_name(words: list[str]) -> LaboratoryName:
    """Return the quantity that the most words of a name say, where the others change nothing."""
    for count in range(len(words), 0, -1):
        found: dict[str, tuple[int, ...]] = {}
        for places in combinations(range(len(words)), count):
            name = _known_names().get(tuple(sorted(words[place] for place in places)), "")
            if name:
                found.setdefault(name, places)
        if len(found) > 1:
            return LaboratoryName()
        if found:
            name, places = next(iter(found.items()))
            rest = [word for place, word in enumerate(words) if place not in places]
            return _with_rest(name, rest)
    return LaboratoryName()


def _with_rest(name: str, rest: list[str]) -> LaboratoryName:
    """Return a quantity unless one of the other words may change it; what tells when it was drawn is a doubt."""
    if rest and _known_names().get(tuple(sorted(rest))) == name:  # said twice, as with its abbreviation in brackets
        return LaboratoryName(name)
    moments = [word for word in rest if word in laboratory_words()["moments"]]
    if set(rest) - set(moments) - set(_harmless(name)):
        return LaboratoryName()
    doubt = f"its name says {' '.join(moments)!r} of when it was drawn, which is not kept" if moments else ""
    return LaboratoryName(name, doubt=doubt)


def _harmless(name: str) -> Iterator[str]:
    """Yield the words that may stand beside the name of a quantity and change nothing."""
    found = laboratory_words()
    yield from found["extra"]
    yield from found["extra_of"].get(name, ())


@lru_cache(maxsize=4096)
def laboratory_unit(name: str, unit: str) -> str:
    """Return a unit as it is read here; itself where that is how it came, or where nothing of the kind is known.

    Parameters
    ----------
    name : str
        The quantity.
    unit : str
        As printed: a spelling goes before the law, to which ML is a million liters.

    Examples
    --------
    >>> laboratory_unit("testosterone", "NG/DL"), laboratory_unit("lh", "mIU/ML")
    ('ng/dL', 'mIU/mL')
    """
    one = quantity(name)
    if not unit or unit in one.units:
        return unit
    own = _look_up_unit(one, unit)
    same = own is not None and " " not in unit and unit_scale(name, own) == unit_scale(name, unit)
    return unit if own is None or same else own


def _look_up_unit(one: Quantity, unit: str) -> str | None:
    """Return the unit of a quantity that is spelled so; None where none is."""
    plain = _plain_unit(re.sub(r"\(.*?\)", "", unit)).replace("µ", "u").replace("μ", "u")
    aliases = laboratory_words()["units"]
    parted = plain
    for part, other in aliases["parts"].items():
        parted = parted.replace(part, other)
    known = {_plain_unit(each): each for each in reversed(one.units)}
    for written in (plain, aliases["whole"].get(plain, plain), parted):
        if written in known:
            return known[written]
        if written != plain and unit_scale(one.name, written) is not None:
            return written
    return None


@lru_cache(maxsize=4096)
def unit_scale(name: str, unit: str) -> float | None:
    """Return the factor from a unit into that of a quantity; None where it is no unit of it."""
    try:
        return quantity(name).factor_from(unit)
    except WrongUnit:
        return None
