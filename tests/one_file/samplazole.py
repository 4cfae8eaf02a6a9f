"""A drug of the tests, which blocks aromatase; it exists in this file only.

One compartment after absorption; competitive block::

    level C [ug/L]           gut → blood → out
    aromatase block          C/IC50
"""

from jaxtyping import Array, Float

from leydig.body.effects import Action
from leydig.drug import Delivery, Drug, Measure
from leydig.kinetics import Chain, oral
from leydig.parameter import parameter
from leydig.product import Label


class Samplazole(Drug):
    """A drug of the tests."""

    title = "samplazole"
    kind = "aromatase inhibitor"
    label = Label(indication="none: a drug of the tests", daily_maximum=2.0, source="Test undated, label:Samplazole")
    mechanism = ("blocks aromatase, as far as the tests can tell: estradiol falls",)
    measures = {"samplazole": Measure("samplazole in serum", "ug/L")}
    half_life: Float[Array, ""] = parameter(
        24.0, "h", "half-life", within=(1.0, 99.0), cv=0.2, basis="assumed", source="assumed: a number for a test"
    )
    absorption: Float[Array, ""] = parameter(
        1.5,
        "1/h",
        "absorption rate constant",
        within=(0.3, 3.0),
        basis="assumed",
        source="assumed: a number for a test",
    )
    clearance: Float[Array, ""] = parameter(
        2.0, "L/h", "apparent oral clearance", within=(0.4, 9.0), basis="assumed", source="assumed: a number for a test"
    )
    inhibition: Float[Array, ""] = parameter(
        5.0,
        "ug/L",
        "level that halves aromatization (IC50)",
        within=(1.0, 99.0),
        basis="assumed",
        source="assumed: a number for a test",
    )

    def chains(self) -> dict[str, Chain]:
        """Return the kinetics of samplazole [ug/L per mg]."""
        return {"samplazole": oral(self.absorption, self.clearance, self.half_life, 1e3)}

    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return the aromatase block at these levels."""
        return Action(aromatase_block=levels["samplazole"] / self.inhibition)


entry = Samplazole()
