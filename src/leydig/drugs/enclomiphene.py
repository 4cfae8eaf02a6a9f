"""Enclomiphene hides estradiol from the brain, so that the brain asks the testes for more.

One compartment after absorption; it occupies the estrogen receptor without activating it::

    level C [ug/L of base]   gut → blood → out
    receptor block           C/K
"""

from typing import ClassVar

from jaxtyping import Array, Float

from leydig.body.effects import Action
from leydig.drug import CrossReaction, Delivery, Drug, Measure, Reads, Sample
from leydig.kinetics import Chain, oral
from leydig.parameter import parameter
from leydig.product import Label


class Enclomiphene(Drug):
    """Enclomiphene citrate, the antagonist isomer of clomiphene."""

    title = "enclomiphene citrate"
    kind = "estrogen receptor modulator"
    brands = ("Androxal",)
    synonyms = ("enclomifene", "enclomifen", "enclomiphene citrate", "enclomifene citrate")
    label = Label(
        indication="none approved; studied in secondary hypogonadism at 12.5 to 25 mg",
        daily_maximum=25.0, strengths=(), halves=False,
        source="Enclomiphene14d undated, unresolved:enclomiphene-14-day-trial")
    measures = {"enclomiphene": Measure("enclomiphene base in serum", "ug/L", us="ng/mL")}
    mechanism = (
        "occupies the estrogen receptors of hypothalamus and pituitary: the brain no longer sees estradiol, "
        "and GnRH, LH and FSH rise",
        "more LH drives the Leydig cells: testosterone rises, and estradiol with it, since aromatase is free",
    )
    samples = (
        Sample("enclomiphene", "clomiphene 25 mg daily", 400.0, 2.2, "ug/L", 0.25,
               "Helo 2017, url:https://www.doping.nl/filter/doc:7889; median of 15 men, time of draw unknown"),
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
        199.0, "L/h", "apparent oral clearance of the base", within=(60.0, 500.0), cv=0.5, basis="derived",
        source="Helo 2017, url:https://www.doping.nl/filter/doc:7889; 10.5 mg of base a day over 2.2 ug/L")
    half_life: Float[Array, ""] = parameter(
        10.0, "h", "half-life", within=(6.0, 20.0), cv=0.3, basis="measured",
        source="Enclomiphene14d undated, unresolved:enclomiphene-14-day-trial; "
        "10 h, 52 men")
    affinity: Float[Array, ""] = parameter(
        0.209, "ug/L", "level that competes as much as the receptor holds (K)", within=(0.05, 10.0), cv=0.4,
        basis="fitted", source="Leydig 2026, calibration:fourth")

    def chains(self) -> dict[str, Chain]:
        """Return the kinetics of enclomiphene [ug/L per mg of citrate]."""
        return {"enclomiphene": oral(self.absorption, self.clearance, self.half_life, 1e3 * self.base)}

    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return the receptor occupancy at these levels."""
        return Action(receptor_block=levels["enclomiphene"] / self.affinity)


entry = Enclomiphene()
