"""What every drug must be able to say of itself: kinetics from dose to level, and action from level to the body.

The drugs themselves are the files of `leydig.drugs`.
"""

from abc import abstractmethod
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, ClassVar, Literal

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float

from leydig.body.effects import Action
from leydig.errors import WrongUnit
from leydig.kinetics import Chain, per_day
from leydig.product import Label
from leydig.units import HOURS_PER_DAY, TESTOSTERONE_MOLAR_MASS, factor

__all__ = ["CrossReaction", "Delivery", "Depot", "Drug", "Measure", "Mixture", "Preparation", "Reads", "Sample"]


@dataclass(frozen=True)
class Sample:
    """A published level or effect that the drug's own kinetics must reproduce.

    Attributes
    ----------
    what : str
        The level that is compared, a name of `Drug.chains`, or a field of `Action`.
    regimen : str
        Readable regimen text.
    day : float
        The day on which it was taken.
    statistic : {"average", "peak", "trough"}
        Over that day.
    value : float
        The published level, in `unit`.
    unit : str
        Unit of the level.
    tolerance : float
        Allowed relative difference, from the published spread.
    source : str
        A source line.
    """

    what: str
    regimen: str
    day: float
    value: float
    unit: str
    tolerance: float
    source: str
    statistic: Literal["average", "peak", "trough"] = "average"


class Reads(Enum):
    """How an assay of an analyte takes a drug."""

    ITSELF = "is the hormone itself, in the blood that is drawn"
    BESIDE = "counts in full beside his own"
    NOT_SEEN = "not seen"
    DISTORTS = "distorts some assays; not modeled"
    NONE_KNOWN = "none known"


@dataclass(frozen=True)
class CrossReaction:
    """What an assay makes of a drug.

    Attributes
    ----------
    reads : Reads
    why : str
        In words.
    source : str
        A source line; an assumption says that it is one.
    action : str
        The field of `leydig.body.effects.Action` by which the reading rises, in the analyte's unit; only for
        `Reads.BESIDE`.
    """

    reads: Reads
    why: str
    source: str
    action: str = ""


NO_REPORT = CrossReaction(
    Reads.NONE_KNOWN, "no report of a cross-reaction was seen", "assumed: the drug is no relative of what is measured"
)


@dataclass(frozen=True)
class Measure:
    """What one level of a drug is, and the units in which it is given.

    Attributes
    ----------
    title : str
        What it is, in words.
    unit : str
        The unit in which `Drug.chains` and `Drug.concentrations` hold it.
    us, si : str
        Units in which it is shown; `unit` when left empty.
    molar_mass : float or None
        [g/mol], where mass and amount of substance are both in use.
    """

    title: str
    unit: str
    us: str = ""
    si: str = ""
    molar_mass: float | None = None
    loinc: ClassVar[str] = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "us", self.us or self.unit)
        object.__setattr__(self, "si", self.si or self.unit)

    def factor_to(self, unit: str) -> float:
        """Return the number by which a level in `Measure.unit` is multiplied to be in `unit`.

        Raises
        ------
        WrongUnit
            When `unit` does not measure this level.
        """
        return factor(self.unit, unit, self.molar_mass)


@dataclass(frozen=True)
class Delivery:
    """What is being given at one moment beside single doses.

    Attributes
    ----------
    rate : Float[Array, ""]
        Continuous infusion [dose unit/d].
    pulse, interval : Float[Array, ""]
        Dose of one pulse [dose unit] and time between pulses [d]; the pulse is 0 when none are given.
    """

    rate: Float[Array, ""]
    pulse: Float[Array, ""]
    interval: Float[Array, ""]


class Preparation(eqx.Module):
    """What a regimen can name: its names, units, routes and label.

    Class attributes
    ----------------
    title, kind : str
        Name in words and class of drug.
    unit : str
        Unit in which doses enter the equations.
    units : dict of str to float
        Other dose units and their size in `unit`.
    routes : tuple of str
        Routes of administration, the usual one first.
    label : Label
    mechanism : tuple of str
        Plain sentences, one per site of action, for `leydig.explain`.
    codes : dict of str to str
        RxNorm, ATC and SNOMED codes where one is confirmed.
    tablets : dict of str to float
        RxNorm codes of one tablet, and how much of the drug it holds, in `unit`.
    brands, synonyms : tuple of str
        Names under which the drug is sold, and its other generic names; a regimen text may say either.
    stand_ins : dict of str to str
        By route that is allowed but has no kinetics of its own: what stands in for them; said wherever it is given so.
    samples : tuple of Sample
    pulsatile : bool
        Whether frequent doses are summarised as pulses rather than followed one by one.
    infusible : bool
        Whether it may be given continuously.
    """

    title: ClassVar[str]
    kind: ClassVar[str]
    label: ClassVar[Label]
    mechanism: ClassVar[tuple[str, ...]]
    unit: ClassVar[str] = "mg"
    units: ClassVar[dict[str, float]] = {"ug": 0.001, "g": 1000.0}
    routes: ClassVar[tuple[str, ...]] = ("oral",)
    codes: ClassVar[dict[str, str]] = {}
    tablets: ClassVar[dict[str, float]] = {}
    brands: ClassVar[tuple[str, ...]] = ()
    synonyms: ClassVar[tuple[str, ...]] = ()
    stand_ins: ClassVar[dict[str, str]] = {}
    samples: ClassVar[tuple[Sample, ...]] = ()
    pulsatile: ClassVar[bool] = False
    infusible: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """The catalogue name: the name of its file."""
        return type(self).__module__.rsplit(".", 1)[-1]

    @abstractmethod
    def parts(self) -> dict[str, Any]:
        """Return the amount of each catalogue drug in one unit of it."""


class Drug(Preparation):
    """A drug: kinetics from dose to level, and action from level to the body.

    Class attributes
    ----------------
    measures : dict of str to Measure
        What each level of `chains` is, and its units.
    unseen : str
        Why the drug has no level of its own, where it has none, and what to read instead.
    cross_reactions : dict of str to CrossReaction
        By analyte, where more is known than `NO_REPORT`.
    """

    measures: ClassVar[dict[str, Measure]] = {}
    unseen: ClassVar[str] = ""
    cross_reactions: ClassVar[dict[str, CrossReaction]] = {}

    def parts(self) -> dict[str, Any]:
        """Return the amount of each catalogue drug in one unit: itself, once."""
        return {self.name: 1.0}

    def cross_reaction(self, analyte: str) -> CrossReaction:
        """Return what an assay of this analyte makes of the drug."""
        return self.cross_reactions.get(analyte, NO_REPORT)

    @abstractmethod
    def chains(self) -> dict[str, Chain]:
        """Return the kinetics of every level this drug has, by name."""

    def measure(self, name: str) -> Measure:
        """Return what a level of `chains` is, with the drug's own molar mass where it declares one.

        Raises
        ------
        WrongUnit
            When the drug's file declares no unit for the level.
        """
        if name not in self.measures:
            raise WrongUnit(
                f"got the level {name!r} of {self.title} without a unit; expected one. Declare it in `measures` of the "
                "drug's file."
            )
        mass = getattr(self, "molar_mass", None)
        return self.measures[name] if mass is None else replace(self.measures[name], molar_mass=float(np.mean(mass)))

    def concentrations(self, levels: dict[str, Float[Array, "..."]]) -> dict[str, Float[Array, "..."]]:
        """Return this drug's own levels as they are with everything else that is given.

        Parameters
        ----------
        levels : dict of str to Float[Array, ""]
            Levels of every drug of the regimen, each as if it were given alone.
        """
        return {name: levels[name] for name in self.chains()}

    def receptor_time(self, days: Float[np.ndarray, " pulse"], doses: Float[np.ndarray, " pulse"]) -> Any:
        """Return for how long [d] each of these pulses keeps receptors busy; 0 for a drug that has no pulses.

        Parameters
        ----------
        days : Float[np.ndarray, " pulse"]
            Ascending times [d].
        doses : Float[np.ndarray, " pulse"]
            [dose unit]
        """
        return np.zeros_like(days)

    @abstractmethod
    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return what the drug does to the body at these levels.

        Parameters
        ----------
        levels : dict of str to Float[Array, ""]
            Levels of every drug of the regimen, each as if it were given alone; an interaction lives with the drug
            it changes.
        delivery : Delivery
            Infusions and pulses of this drug.
        """


class Depot(Drug):
    """Testosterone from a store that empties at one rate; what happens in blood is the body's own kinetics.

    Attributes
    ----------
    testosterone_share : Float[Array, ""]
        Share of testosterone in the product.
    fraction_absorbed : Float[Array, ""]
        Share that reaches the blood.
    half_life_days : Float[Array, ""]
        Half-life of the store [d].
    """

    kind = "testosterone"
    mechanism = (
        "adds testosterone from outside: testosterone in blood rises, and estradiol with it",
        "both brake the brain: GnRH, LH and FSH fall, within weeks almost to nothing",
        "without LH the testis empties of testosterone, and without FSH and testosterone sperm disappear",
    )
    cross_reactions: ClassVar[dict[str, CrossReaction]] = {
        "testosterone": CrossReaction(
            Reads.ITSELF, "what leaves the store is testosterone; an ester that is still whole in the sample is not "
            "modeled, though blood cells can split it in the tube",
            "Wang 2008, pmc:PMC2588550; enanthate added to blood raised serum testosterone"),
    }  # fmt: skip
    testosterone_share: eqx.AbstractVar[Float[Array, ""]]
    fraction_absorbed: eqx.AbstractVar[Float[Array, ""]]
    half_life_days: eqx.AbstractVar[Float[Array, ""]]

    def chains(self) -> dict[str, Chain]:
        """Return the input of testosterone [nmol/d per mg]."""
        rate = per_day(self.half_life_days * HOURS_PER_DAY)
        per_mg = 1e6 / TESTOSTERONE_MOLAR_MASS * self.testosterone_share * self.fraction_absorbed
        return {self.name: Chain((rate,), per_mg * rate)}

    @property
    def measures(self) -> dict[str, Measure]:  # type: ignore[override]
        """What the store releases; the testosterone in blood is an analyte."""
        return {self.name: Measure(f"testosterone released by {self.title}", "nmol/d")}

    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return the testosterone that enters the blood."""
        return Action(testosterone_input=levels[self.name])


class Mixture(Preparation):
    """One product that is a fixed mixture of other catalogue entries, such as two isomers: `parts` says of which."""
