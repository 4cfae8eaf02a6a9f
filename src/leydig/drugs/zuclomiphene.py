"""Zuclomiphene, the slow isomer of clomiphene, accumulates for months and is itself a weak estrogen.

::

    level C [ug/L of base]   gut → blood → out      (half-life of a month)
    receptor block           C/K
    receptor activity        i·C/K                  (i: intrinsic activity against estradiol)
    SHBG production          + h·C/(C + K)          (in the liver it is an estrogen)
"""

from typing import ClassVar

from jaxtyping import Array, Float

from leydig.body.effects import Action, modulator
from leydig.drug import CrossReaction, Delivery, Drug, Measure, Reads, Sample
from leydig.kinetics import Chain, oral
from leydig.parameter import parameter
from leydig.product import Label
from leydig.units import HOURS_PER_DAY


class Zuclomiphene(Drug):
    """Zuclomiphene citrate, the agonist isomer of clomiphene; not sold alone."""

    title = "zuclomiphene citrate"
    kind = "estrogen receptor modulator"
    synonyms = ("zuclomifene", "zuclomifen", "zuclomiphene citrate", "zuclomifene citrate")
    label = Label(
        indication="none: a part of clomiphene, not sold alone",
        daily_maximum=50.0, strengths=(), halves=False,
        source="Clomid undated, label:Clomid; half of 100 mg at most")
    measures = {"zuclomiphene": Measure("zuclomiphene base in serum", "ug/L", us="ng/mL")}
    mechanism = (
        "occupies the estrogen receptors of hypothalamus and pituitary and activates them weakly",
        "accumulates over months and washes out over months",
        "is an estrogen in the liver: SHBG rises, and total testosterone more than free testosterone",
    )
    samples = (
        Sample("zuclomiphene", "clomiphene 25 mg daily", 400.0, 44.0, "ug/L", 0.25,
               "Helo 2017, url:https://www.doping.nl/filter/doc:7889; median of 15 men, 26 months"),
    )

    cross_reactions: ClassVar[dict[str, CrossReaction]] = {
        "estradiol": CrossReaction(
            Reads.NONE_KNOWN, "a triphenylethylene, no steroid; no report of a cross-reaction was seen",
            "assumed: an antibody against a steroid does not bind it"),
    }  # fmt: skip

    base: Float[Array, ""] = parameter(
        0.679, "1", "share of base in the citrate (405.97 of 598.09 g/mol)", within=(0.67, 0.69),
        basis="measured", source="Clomid undated, label:Clomid; 34 mg of base in 50 mg")
    absorption: Float[Array, ""] = parameter(
        1.0, "1/h", "absorption rate constant", within=(0.3, 3.0), cv=0.5, basis="assumed",
        source="assumed: oral tablets peak within hours")
    clearance: Float[Array, ""] = parameter(
        6.1, "L/h", "apparent oral clearance of the base", within=(2.0, 20.0), cv=0.5, basis="derived",
        source="Helo 2017, url:https://www.doping.nl/filter/doc:7889; 6.45 mg of base a day over 44 ug/L")
    half_life_days: Float[Array, ""] = parameter(
        30.0, "d", "half-life", within=(10.0, 60.0), cv=0.3, basis="assumed",
        source="assumed: detectable for more than a month after treatment; no half-life in men was seen")
    affinity: Float[Array, ""] = parameter(
        81.0, "ug/L", "level that competes as much as the receptor holds (K)", within=(5.0, 500.0), cv=0.4,
        basis="assumed", source="assumed: about a ninetieth of enclomiphene's affinity on total levels")
    activity: Float[Array, ""] = parameter(
        0.25, "1", "intrinsic activity against estradiol (i)", within=(0.05, 0.7), basis="assumed",
        source="assumed: a weak agonist at the pituitary; animal text only")

    liver: Float[Array, ""] = parameter(
        1.27, "1", "largest rise of SHBG production (h)", within=(0.02, 2.0), basis="fitted",
        source="Leydig 2026, calibration:fourth")

    def chains(self) -> dict[str, Chain]:
        """Return the kinetics of zuclomiphene [ug/L per mg of citrate]."""
        half_life = self.half_life_days * HOURS_PER_DAY
        return {"zuclomiphene": oral(self.absorption, self.clearance, half_life, 1e3 * self.base)}

    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return receptor occupancy and activity at these levels."""
        occupancy = levels["zuclomiphene"] / self.affinity
        return modulator(occupancy, self.activity, self.liver)


entry = Zuclomiphene()
