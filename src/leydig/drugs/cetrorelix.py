"""Cetrorelix blocks the GnRH receptor at once: LH, FSH and testosterone fall within hours.

::

    level C [ug/L]           depot → blood → out
    GnRH block               C/IC50
"""

from jaxtyping import Array, Float

from leydig.body.effects import Action
from leydig.drug import Delivery, Drug, Measure
from leydig.kinetics import Chain, oral
from leydig.parameter import parameter
from leydig.product import Label


class Cetrorelix(Drug):
    """Cetrorelix, a GnRH antagonist, used as an experiment on feedback."""

    title = "cetrorelix"
    kind = "GnRH antagonist"
    routes = ("sc",)
    brands = ("Cetrotide",)
    synonyms = ("cetrorelix acetate", "cetrorelix acetat")
    label = Label(
        indication="ovarian stimulation; an experiment in men",
        daily_maximum=3.0, strengths=(0.25, 3.0), halves=False,
        source="Cetrotide undated, label:Cetrotide")
    measures = {"cetrorelix": Measure("cetrorelix in serum", "ug/L", us="ng/mL")}
    mechanism = (
        "blocks the GnRH receptor of the pituitary: LH and FSH fall within hours, testosterone after them",
    )

    absorption: Float[Array, ""] = parameter(
        2.5, "1/h", "absorption rate constant", within=(0.5, 6.0), basis="assumed",
        source="assumed: with a half-life of 30 h the level then peaks two hours after injection, the usual value")
    clearance: Float[Array, ""] = parameter(
        6.0, "L/h", "apparent clearance", within=(2.0, 15.0), basis="assumed",
        source="assumed: the usual label value of about 1.2 mL/min/kg over 85 % absorbed")
    half_life: Float[Array, ""] = parameter(
        30.0, "h", "half-life", within=(5.0, 70.0), basis="assumed",
        source="assumed: label values run from 5 h after small to 60 h after large doses")
    inhibition: Float[Array, ""] = parameter(
        0.4, "ug/L", "level that halves the GnRH effect (IC50)", within=(0.05, 10.0), basis="derived",
        source="CetrorelixSD undated, unresolved:CetrorelixSD; testosterone -25 to -72 % at 8 h of 0.25 to 3 mg")

    def chains(self) -> dict[str, Chain]:
        """Return the kinetics of cetrorelix [ug/L per mg]."""
        return {"cetrorelix": oral(self.absorption, self.clearance, self.half_life, 1e3)}

    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return the block of the GnRH receptor at these levels."""
        return Action(gnrh_block=levels["cetrorelix"] / self.inhibition)


entry = Cetrorelix()
