"""What a laboratory measures: units, codes, limits, noise, and how the value is read from the body.

The analytes themselves are the files of `leydig.analytes`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from leydig.errors import OutOfRange, WrongUnit
from leydig.text_enum import TextEnum
from leydig.units import convert, distinct_units, factor, read_quantity

if TYPE_CHECKING:  # what a laboratory says needs no equations
    from jaxtyping import Array, Float

    from leydig.body import Body, State
    from leydig.body.axis import Signals
    from leydig.body.effects import Action

    Scalar = Float[Array, ""]
else:
    Scalar = Any  # a catalogue of words is read where no JAX is

__all__ = ["PRINTED", "Analyte", "PanelName", "Reading", "Scalar", "SpreadScale"]

PRINTED = {"U/L": "IU/L", "mU/mL": "mIU/mL"}  # how laboratories print international units of a gonadotropin

PanelName = Literal[
    "man", "men", "course", "card", "explanation", "endpoints", "trial", "ledger", "visit", "screening", "score"
]


class SpreadScale(TextEnum):
    """What is normal between men and between draws: a logarithm, or of a share the logarithm of its odds."""

    LOG = "log"
    ODDS = "odds"


class Reading(NamedTuple):
    """What an analyte is read from: the body, its state, its signals and what is given, at one moment.

    An assay reads what is in the tube, whoever made it: a given hormone that the state does not hold, such as
    follitropin, is in the action. `leydig.drug.Drug.cross_reactions` says of every drug what reads it.
    """

    body: "Body"
    state: "State"
    signals: "Signals"
    action: "Action"


@dataclass(frozen=True)
class Analyte:
    """One laboratory quantity.

    Attributes
    ----------
    title : str
        Name in words.
    unit : str
        The one unit inside the model.
    us, si : str
        Units in which it is shown; nothing is compared or rounded in them.
    specimen : str
        What the laboratory looks at: ``"blood"``, ``"semen"`` or another.
    clinical : str
        The unit in which laboratories report and rules of protocols compare it; `unit` when left out.
    other_units : tuple of str
        Further units in which it may be given.
    ucum : str
        UCUM text of the `us` unit.
    loinc : str
        LOINC code, empty where none is confirmed.
    other_loinc : mapping of str to str
        Further LOINC codes under which laboratories report it, such as that of its molar level, each with its unit.
    possible : (float, float)
        Outside, in `unit`, no man's value lies: refused.
    usual : (float, float)
        Outside, in `unit`, a value is warned of: most often a unit was mistaken.
    reference : (float, float)
        Reference interval of healthy adult men, in `unit`.
    within_man_cv, assay_cv : float
        Day-to-day and assay coefficients of variation, as fractions.
    quantified : float
        Lower limit of quantification, in `unit`; 0 where there is none.
    source : str
        Source line of the reference interval and the variation.
    read : callable
        Reads the value in `unit` from a `Reading`.
    molar_mass : float or None
        [g/mol], where mass and amount of substance are both in use.
    target : (float, float) or None
        Band that a protocol of the brief aims at, in `unit`.
    afternoon : float
        Value at 16:00 against 08:00 in men of 30 to 40, as a ratio.
    rank : int
        Place in tables; analytes of one rank follow their names.
    anchors : str
        The field of `leydig.body.baseline.Baseline` that a man's untreated level sets, from which his own numbers
        follow; empty where it sets none.
    spread : SpreadScale
        What is normal of it between men and between draws: its logarithm, or of a share the logarithm of its odds.
    reported : bool
        Whether laboratories report it, so that a record may hold it; a rule of every protocol has to read it then
        (`leydig.protocol.lint`).
    worked_out_from : tuple of str
        Quantities of a record from which it is worked out where it was not reported.
    chebi : str
        Its number in ChEBI, empty where none is confirmed.
    panels : mapping of str to int
        Where it is shown, and its place there: in the one line of a ``"man"``, the table of many ``"men"``, the figure
        of a ``"course"``, the ``"card"`` of a report, an ``"explanation"``, the ``"endpoints"`` and the figure of a
        ``"trial"``, and its ``"ledger"``; whether every ``"visit"`` and each ``"screening"`` of a trial measures it;
        and whether the goals of the evidence's ``"score"`` are laid down for it.
    symbol : str
        How one line calls it; `title` when left out.
    state : str
        The state of `leydig.body.State` that it is, in the same unit; empty where it is none by itself.
    part_of : str
        The analyte of which it is a part, so that it cannot exceed it.
    ratio_units : mapping of str to float
        Of a ratio: the units in which it may be given, as factors into `clinical`; a bare number says none of them.
    case_median : float or None
        Median of the men of random cases (`leydig.verification.cases`), in `unit`; None where it is left to the rest.
    """

    title: str
    unit: str
    us: str
    si: str
    ucum: str
    possible: tuple[float, float]
    usual: tuple[float, float]
    reference: tuple[float, float]
    within_man_cv: float
    assay_cv: float
    quantified: float
    source: str
    read: Callable[[Reading], Scalar]
    loinc: str = ""
    other_loinc: Mapping[str, str] = field(default_factory=dict, hash=False)
    specimen: str = "blood"
    clinical: str = ""
    other_units: tuple[str, ...] = ()
    molar_mass: float | None = None
    target: tuple[float, float] | None = None
    afternoon: float = 1.0
    rank: int = 100
    anchors: str = ""
    spread: SpreadScale | str = SpreadScale.LOG
    reported: bool = False
    worked_out_from: tuple[str, ...] = ()
    chebi: str = ""
    panels: Mapping[PanelName, int] = field(default_factory=dict, hash=False)
    symbol: str = ""
    state: str = ""
    part_of: str = ""
    ratio_units: Mapping[str, float] = field(default_factory=dict, hash=False)
    case_median: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "clinical", self.clinical or self.unit)
        object.__setattr__(self, "symbol", self.symbol or self.title)

    @property
    def in_international_units(self) -> bool:
        """Whether it is measured in international units, which laboratories print without the I, too."""
        return self.clinical == "IU/L"

    def units(self) -> tuple[str, ...]:
        """Return every unit in which a value may be given or asked for, the shown ones first."""
        return tuple(dict.fromkeys((self.us, self.si, self.clinical, self.unit, *self.other_units)))

    def plain_unit(self, unit: str) -> str:
        """Return a unit as it is read: what laboratories print for international units of a gonadotropin is that."""
        return PRINTED.get(str(unit).strip(), unit) if self.in_international_units else unit

    def factor_to(self, unit: str) -> float:
        """Return the number by which an inside value is multiplied to be in `unit`.

        Raises
        ------
        WrongUnit
            When `unit` does not measure this analyte.
        """
        try:
            return factor(self.unit, self.plain_unit(unit), self.molar_mass)
        except WrongUnit as error:
            raise WrongUnit(
                f"got {self.title} in {unit!r}; expected {', '.join(self.units())}. Give it in one of these."
            ) from error

    def parse(self, text: Any) -> float:
        """Read text such as ``"271 ng/dL"`` into the inside unit, refusing what no man has.

        Raises
        ------
        WrongUnit
            When the unit is missing or measures something else.
        OutOfRange
            When the value is impossible; a unit that would make it usual is offered.
        """
        value, unit = read_quantity(text, self.title, self.units(), self.usual_units)
        inside = value / self.factor_to(unit)
        low, high = self.possible
        if not low <= inside <= high:
            raise OutOfRange(
                f"got {self.title} {text.strip()}; expected {self.format(low, unit)} to "
                f"{self.format(high, unit)} {unit}.{self.advice(value, unit) or ' Check the value and its unit.'}"
            )
        return inside

    def format(self, inside: float, unit: str) -> str:
        """Return an inside value as short text in `unit`."""
        return f"{convert(inside, self.unit, unit, self.molar_mass):.4g}"

    def advice(self, value: float, unit: str) -> str:
        """Return the question whether another unit was meant, empty when none makes it usual."""
        others = [other for other in self.usual_units(value) if other != unit]
        return f" Did you mean {value:g} {others[0]}?" if others else ""

    def usual_units(self, value: float) -> tuple[str, ...]:
        """Return the units in which a number would be usual, of those of one size the first that is shown.

        Examples
        --------
        >>> from leydig.analytes import ANALYTES
        >>> ANALYTES["estradiol"].usual_units(32), ANALYTES["testosterone"].usual_units(271)
        (('pg/mL', 'pmol/L'), ('ng/dL',))
        """
        low, high = self.usual
        sizes = {unit: self.factor_to(unit) for unit in self.units()}
        return tuple(unit for unit in distinct_units(sizes) if low <= value / sizes[unit] <= high)
