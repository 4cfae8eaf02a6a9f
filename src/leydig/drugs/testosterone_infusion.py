"""Testosterone run into a vein at an even rate; used to hold testosterone up in experiments.

::

    testosterone given = rate·10^6/M         [nmol/d]
"""

from typing import ClassVar

from jaxtyping import Array, Float

from leydig.body.effects import Action
from leydig.drug import CrossReaction, Delivery, Drug, Reads
from leydig.kinetics import Chain
from leydig.product import Label
from leydig.units import TESTOSTERONE_MOLAR_MASS


class TestosteroneInfusion(Drug):
    """Testosterone, intravenous; an experiment on feedback."""

    title = "testosterone infusion"
    kind = "testosterone"
    routes = ("iv",)
    infusible = True
    label = Label(
        indication="none: an experiment",
        daily_maximum=15.0, strengths=(), halves=False,
        source="Winters 1979, unresolved:Winters1979b; 7.5 mg a day, and 15 mg a day elsewhere")
    unseen = "it runs in evenly. Read 'testosterone', which holds what it gives."
    mechanism = (
        "adds testosterone at an even rate: both brakes on the brain deepen, and LH and FSH fall within days",
    )

    cross_reactions: ClassVar[dict[str, CrossReaction]] = {
        "testosterone": CrossReaction(
            Reads.ITSELF, "what is infused is testosterone", "Winters 1979, unresolved:Winters1979b"),
    }  # fmt: skip

    def chains(self) -> dict[str, Chain]:
        """Return no chain: the infusion enters at an even rate."""
        return {}

    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return the testosterone that enters the blood."""
        return Action(testosterone_input=delivery.rate * (1e6 / TESTOSTERONE_MOLAR_MASS))


entry = TestosteroneInfusion()
