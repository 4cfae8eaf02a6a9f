"""What can be recorded of a man: the analytes, and what the model does not simulate.

`QUANTITIES` joins the analytes with ``quantities.toml``: further laboratory levels, examinations and
scores, questions that are answered with yes or no, and work-up whose result is normal or what was found. Each
level has one unit in which rules read it.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from leydig.analyte import PRINTED
from leydig.analytes import ANALYTES
from leydig.characters import without_accents
from leydig.errors import OutOfRange, UnknownName, WrongUnit
from leydig.record.workup_words import is_awaited, is_normal_result
from leydig.text_enum import TextEnum
from leydig.units import distinct_units, factor, read_quantity, snap

__all__ = [
    "DERIVED",
    "QUANTITIES",
    "Quantity",
    "QuantityKind",
    "convert_level",
    "quantity",
    "quantity_name",
    "synonyms",
]

DERIVED = {name: one.worked_out_from for name, one in ANALYTES.items() if one.worked_out_from}


class QuantityKind(TextEnum):
    """Simulated; measured only; a number without a unit; yes or no; a result in words."""

    ANALYTE = "analyte"
    LEVEL = "level"
    SCORE = "score"
    FACT = "fact"
    WORK_UP = "work-up"


@dataclass(frozen=True)
class Quantity:
    """One thing that can be recorded.

    Attributes
    ----------
    name, title : str
    kind : QuantityKind
    unit : str
        The unit in which rules read it; empty for a fact.
    units : tuple of str
        Units in which it may be given.
    possible : (float, float)
        Outside, in `unit`, no man's value lies.
    molar_mass : float or None
        [g/mol]
    loinc : str
        Empty where none is confirmed.
    other_loinc : tuple of (str, str)
        Further codes under which it is reported, each with its unit.
    factors : tuple of (str, float)
        Units that no law of units converts, with the number that does, such as mIU/L of prolactin.
    normal : tuple of str
        For a work-up: words of a normal result beside those that say so of any, in lower case.
    ratio_of : tuple of str
        Of a ratio that says its units: the two quantities that it is worked out from.
    standard : str
        The standard by which its international units are a mass in `factors`; empty where none is named.
    """

    name: str
    title: str
    kind: QuantityKind
    unit: str = ""
    units: tuple[str, ...] = ()
    possible: tuple[float, float] = (0.0, 1.0)
    molar_mass: float | None = None
    loinc: str = ""
    factors: tuple[tuple[str, float], ...] = ()
    normal: tuple[str, ...] = ()
    ratio_of: tuple[str, ...] = ()
    standard: str = ""
    other_loinc: tuple[tuple[str, str], ...] = ()

    def abnormal(self, result: str) -> bool:
        """Return whether the words of a work-up say anything but normal.

        Examples
        --------
        >>> quantity("karyotype").abnormal("46,XY[20]"), quantity("karyotype").abnormal("47,XXY")
        (False, True)
        """
        return " ".join(result.lower().split()) not in self.normal and not is_normal_result(result)

    def is_outstanding(self, result: str) -> bool:
        """Return whether the words of a work-up say that there is no result yet, or none that can be read.

        Examples
        --------
        >>> quantity("karyotype").is_outstanding("pending"), quantity("karyotype").is_outstanding("47,XXY")
        (True, False)
        """
        return self.abnormal(result) and is_awaited(result)

    def factor_from(self, unit: str) -> float:
        """Return the number by which a value in `unit` is multiplied to be in this quantity's own unit.

        Raises
        ------
        WrongUnit
            When `unit` is missing or measures something else.
        """
        if not unit and self.unit not in ("", "1"):
            raise WrongUnit(
                f"got {self.title} without a unit; expected {', '.join(self.units)}. Write it beside the value."
            )
        plain = unit.strip().replace("µ", "u").replace("μ", "u")
        of_its_own = dict(self.factors).get(unit.strip(), dict(self.factors).get(plain))
        if of_its_own is not None:
            return of_its_own
        try:
            return factor(unit or "1", self.unit or "1", self.molar_mass)
        except WrongUnit as error:
            raise WrongUnit(
                f"got {self.title} in {unit!r}; expected {', '.join(self.units) or 'no unit'}. Give one of these."
            ) from error

    def unit_size(self, unit: str) -> float:
        """Return how much of its own unit one unit is: alike for every spelling of one unit, such as U/L and IU/L.

        Raises
        ------
        WrongUnit
            As `factor_from`.

        Examples
        --------
        >>> quantity("lh").unit_size("U/L") == quantity("lh").unit_size("mIU/mL") == quantity("lh").unit_size("IU/L")
        True
        """
        return snap(self.factor_from(unit))

    def needs_standard(self, unit: str, into: str) -> bool:
        """Return whether one of two units is international and the other a mass, which a standard alone relates."""
        international = dict(self.factors)
        return bool(self.standard) and (unit in international) != (into in international)

    def conversion_words(self, unit: str, into: str) -> str:
        """Return by which standard a value went from one unit into another, in words; empty where none is needed.

        Examples
        --------
        >>> quantity("prolactin").conversion_words("mIU/L", "ng/mL")
        ' by WHO 84/500'
        """
        return f" by {self.standard}" if self.needs_standard(unit, into) else ""

    def possible_units(self, value: float) -> tuple[str, ...]:
        """Return the units in which a man may have this number, of those of one size the first that is shown.

        Examples
        --------
        >>> quantity("testosterone").possible_units(9.4)
        ('ng/dL', 'nmol/L', 'ng/mL')
        """
        low, high = self.possible
        sizes = {unit: self.unit_size(unit) for unit in self.units}
        return tuple(unit for unit in distinct_units(sizes) if low <= value * sizes[unit] <= high)

    def read(self, text: str) -> tuple[float, str]:
        """Return the number and the unit of a text; raises as `leydig.units.read_quantity`."""
        return read_quantity(text, self.title, self.units or ("1",), self.possible_units)

    def convert(self, value: float, unit: str) -> float:
        """Return a value in this quantity's own unit, refusing what no man has.

        Raises
        ------
        WrongUnit, OutOfRange
        """
        own = value * self.factor_from(unit)
        low, high = self.possible
        if not low <= own <= high:
            others = [other for other in self.possible_units(value) if other != unit]
            advice = f"Did you mean {value:g} {others[0]}?" if others else "Check the value and its unit."
            raise OutOfRange(
                f"got {self.title} {value:g} {unit}; expected {low:g} to {high:g} {self.unit or '(a number)'}. {advice}"
            )
        return own


def _simulated_quantity(name: str) -> Quantity:
    one = ANALYTES[name]
    scale = one.factor_to(one.clinical)
    low, high = one.possible
    possible = (low * scale, high * scale)
    printed = (
        {unit: factor(plain, one.clinical) for unit, plain in PRINTED.items()} if one.in_international_units else {}
    )
    more = printed or one.ratio_units
    units = tuple(one.ratio_units) or (*one.units(), *more)
    parts = one.worked_out_from if one.ratio_units else ()
    return Quantity(name, one.title, QuantityKind.ANALYTE, one.clinical, units, possible, one.molar_mass, one.loinc,
                    tuple(more.items()), ratio_of=parts, other_loinc=tuple(one.other_loinc.items()))  # fmt: skip


@lru_cache(maxsize=1)
def synonyms() -> dict[str, str]:
    """Return the names under which laboratories send a quantity, each with the name here."""
    read = tomllib.loads(Path(__file__).with_name("quantities.toml").read_text(encoding="utf-8"))
    return {_key(word): name for name, words in read["synonym"].items() for word in words}


def _key(name: str) -> str:
    """Return a name in lower case, without accents, its words parted alike."""
    return "_".join(without_accents(name.strip().lower()).replace("-", " ").replace("_", " ").split())


@lru_cache(maxsize=1)
def _load_quantities() -> dict[str, Quantity]:
    read = tomllib.loads(Path(__file__).with_name("quantities.toml").read_text(encoding="utf-8"))
    found = {name: _simulated_quantity(name) for name, one in ANALYTES.items() if one.reported}
    for name, one in read["level"].items():
        factors = one.get("factors", {})
        found[name] = Quantity(
            name, one["title"], QuantityKind.LEVEL, one["units"][0], (*one["units"], *factors), tuple(one["possible"]),
            one.get("molar_mass"), one.get("loinc", ""), tuple(factors.items()), standard=one.get("standard", ""),
            other_loinc=tuple(one.get("other_loinc", {}).items()),
        )  # fmt: skip
    for name, one in read["score"].items():
        found[name] = Quantity(
            name, one["title"], QuantityKind.SCORE, "1", ("1",), tuple(one["possible"]), loinc=one.get("loinc", "")
        )
    for name, one in read["work-up"].items():
        found[name] = Quantity(name, one["title"], QuantityKind.WORK_UP, normal=tuple(one.get("normal", ())))
    return found | {name: Quantity(name, title, QuantityKind.FACT) for name, title in read["fact"].items()}


class _Quantities(Mapping[str, Quantity]):
    """Everything that can be recorded, by name."""

    def __getitem__(self, name: str) -> Quantity:
        known = _load_quantities()
        if name in known:  # as nearly always; only what is written otherwise is looked up as words
            return known[name]
        key = quantity_name(str(name))
        if not key:
            raise UnknownName.among("quantity", name, known)
        return known[key]

    def __contains__(self, name: object) -> bool:
        return name in _load_quantities()

    def __iter__(self) -> Iterator[str]:
        return iter(_load_quantities())

    def __len__(self) -> int:
        return len(_load_quantities())


QUANTITIES = _Quantities()


def quantity_name(words: str) -> str:
    """Return the name here of what a laboratory calls so; empty where nothing is, without a look for what is near.

    Examples
    --------
    >>> quantity_name("Hämatokrit"), quantity_name("glucose")
    ('hematocrit', '')
    """
    key = synonyms().get(_key(words), _key(words))
    return key if key in _load_quantities() else ""


def quantity(name: str) -> Quantity:
    """Return what can be recorded under a name.

    Raises
    ------
    UnknownName
        When nothing is called so.

    Examples
    --------
    >>> quantity("prolactin").unit
    'ng/mL'
    >>> quantity("Oestradiol").name
    'estradiol'
    """
    return QUANTITIES[name]


def convert_level(level: str, name: str, unit: str, standard: str = "") -> float:
    """Return a level of one quantity in another unit.

    Parameters
    ----------
    level : str
        With its unit, such as ``"271 ng/dL"``.
    name : str
        What was measured.
    unit : str
        The unit that is wanted.
    standard : str, optional
        The standard of the laboratory's international units, such as ``"WHO 84/500"``, needed between them and a mass.

    Raises
    ------
    UnknownName, OutOfRange
        When nothing is called so, or no man has the level.
    WrongUnit
        When a unit is missing or of something else, or lies between international units and mass without their
        standard.

    Examples
    --------
    >>> round(convert_level("271 ng/dL", "testosterone", "nmol/L"), 2)
    9.4
    >>> round(convert_level("424 mIU/L", "prolactin", "ng/mL", standard="WHO 84/500"), 1)
    20.0
    """
    one = quantity(name)
    if not one.units or one.units == ("1",):
        raise WrongUnit(
            f"got {one.title}, which has no unit; expected a level of the laboratory. See: leydig list analytes"
        )
    number, given = one.read(level)
    inside = one.convert(number, given)
    if one.needs_standard(given, unit) and standard != one.standard:
        by = f"the standard {standard!r}" if standard else "no standard"
        raise WrongUnit(
            f"got {one.title} in {given} for {unit} by {by}; expected {one.standard!r}, because international units "
            f"are a mass by their standard alone. Name it: {one.standard}."
        )
    return inside / one.factor_from(unit)
