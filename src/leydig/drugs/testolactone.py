"""Testolactone is a weak historical aromatase inhibitor, kept to replay the early trials.

No kinetics in men were seen, so its level is the amount in the body::

    amount A [mg]            gut → body → out
    aromatase block          A/A50
"""

from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float

from leydig.body.effects import Action
from leydig.drug import CrossReaction, Delivery, Drug, Measure, Reads
from leydig.kinetics import Chain, per_day
from leydig.parameter import parameter
from leydig.product import Label
from leydig.units import HOURS_PER_DAY


class Testolactone(Drug):
    """Testolactone, a steroidal aromatase inhibitor of the 1970s."""

    title = "testolactone"
    kind = "aromatase inhibitor"
    brands = ("Teslac",)
    synonyms = ("testolacton",)
    label = Label(
        indication="breast cancer, withdrawn; off label in men",
        daily_maximum=1000.0, strengths=(50.0,), halves=True,
        source="Teslac undated, label:Teslac")
    measures = {"testolactone": Measure("testolactone in the body", "mg")}
    mechanism = (
        "blocks aromatase weakly: estradiol falls by about a third",
        "with less estradiol the brake eases a little: LH and FSH rise slightly, testosterone follows",
    )
    cross_reactions: ClassVar[dict[str, CrossReaction]] = {
        name: CrossReaction(
            Reads.NONE_KNOWN, "a steroid, so a cross-reaction is possible; neither its absence nor its size was seen "
            "in print",
            "assumed: no value was seen")
        for name in ("testosterone", "estradiol")
    }  # fmt: skip

    absorption: Float[Array, ""] = parameter(
        1.0, "1/h", "absorption rate constant", within=(0.3, 3.0), basis="assumed",
        source="assumed: oral tablets peak within hours; no kinetics in men were seen")
    half_life: Float[Array, ""] = parameter(
        12.0, "h", "half-life in the body", within=(2.0, 48.0), basis="assumed",
        source="assumed: given two to four times daily; no kinetics in men were seen")
    inhibition: Float[Array, ""] = parameter(
        252, "mg", "amount in the body that halves aromatization (A50)", within=(20.0, 5000.0), cv=0.4,
        basis="fitted", source="Leydig 2026, calibration:fourth")

    def chains(self) -> dict[str, Chain]:
        """Return the kinetics of testolactone [mg in the body per mg]."""
        return {"testolactone": Chain((self.absorption * HOURS_PER_DAY, per_day(self.half_life)), jnp.ones(()))}

    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return the aromatase block at this amount."""
        return Action(aromatase_block=levels["testolactone"] / self.inhibition)


entry = Testolactone()
