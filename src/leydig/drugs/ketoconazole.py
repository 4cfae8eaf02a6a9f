"""Ketoconazole in high doses stops steroid synthesis within a day: a reversible castration.

::

    level C [mg/L]           gut → blood → out
    steroid block            C/IC50
    aromatase block          C/IC50_a       (castration and aromatase block in one)
"""

from jaxtyping import Array, Float

from leydig.body.effects import Action
from leydig.drug import Delivery, Drug, Measure
from leydig.kinetics import Chain, oral
from leydig.parameter import parameter
from leydig.product import Label


class Ketoconazole(Drug):
    """Ketoconazole, used as an experiment on feedback."""

    title = "ketoconazole"
    kind = "steroid synthesis inhibitor"
    brands = ("Nizoral",)
    synonyms = ("ketoconazol",)
    label = Label(
        indication="fungal infection; an experiment in men",
        daily_maximum=400.0, strengths=(200.0,), halves=True,
        source="Nizoral undated, label:Nizoral")
    measures = {"ketoconazole": Measure("ketoconazole in serum", "mg/L", us="ug/mL")}
    mechanism = (
        "blocks steroid synthesis in testis and adrenal: testosterone and estradiol fall",
        "both brakes ease: LH rises two- to threefold within days",
    )

    absorption: Float[Array, ""] = parameter(
        0.8, "1/h", "absorption rate constant", within=(0.3, 3.0), basis="assumed",
        source="assumed: tablets peak at 1 to 2 h")
    clearance: Float[Array, ""] = parameter(
        12.5, "L/h", "apparent oral clearance", within=(4.0, 40.0), basis="assumed",
        source="assumed: the usual textbook value; only the product with the potency matters")
    half_life: Float[Array, ""] = parameter(
        5.0, "h", "half-life", within=(2.0, 10.0), basis="assumed",
        source="assumed: between the fast and the slow phase of textbook values")
    inhibition: Float[Array, ""] = parameter(
        0.12, "mg/L", "level that halves steroid synthesis (IC50)", within=(0.03, 2.0), basis="derived",
        source="Hayes 2001, doi:10.1210/jcem.86.11.8031; 451 to 38 ng/dL on 400 mg four times daily")

    aromatase_inhibition: Float[Array, ""] = parameter(
        1.0, "mg/L", "level that halves aromatization (IC50_a)", within=(0.1, 20.0), basis="assumed",
        source="assumed: the add-back trials call it an aromatase block; its depth was not seen")

    def chains(self) -> dict[str, Chain]:
        """Return the kinetics of ketoconazole [mg/L per mg]."""
        return {"ketoconazole": oral(self.absorption, self.clearance, self.half_life, 1.0)}

    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return the blocks of steroid synthesis and of aromatase at these levels."""
        level = levels["ketoconazole"]
        return Action(
            steroid_block=level / self.inhibition, aromatase_block=level / self.aromatase_inhibition
        )


entry = Ketoconazole()
