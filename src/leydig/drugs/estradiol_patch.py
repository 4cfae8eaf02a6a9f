"""An estradiol patch releases estradiol at an even rate; used to hold estradiol up in experiments.

::

    estradiol given = rate·10^6/M            [pmol/d]
"""

from typing import ClassVar

from jaxtyping import Array, Float

from leydig.body.effects import Action
from leydig.drug import CrossReaction, Delivery, Drug, Reads
from leydig.kinetics import Chain
from leydig.product import Label
from leydig.units import ESTRADIOL_MOLAR_MASS


class EstradiolPatch(Drug):
    """Estradiol, transdermal; the dose is what it releases a day."""

    title = "estradiol patch"
    kind = "estrogen"
    unit = "ug"
    units: ClassVar[dict[str, float]] = {"mg": 1000.0}
    routes = ("transdermal",)
    infusible = True
    brands = ("Estraderm", "Climara", "Vivelle-Dot", "Estradot", "Alora", "Minivelle")
    synonyms = ("oestradiol patch", "estradiol transdermal", "oestradiol transdermal", "transdermal estradiol")
    label = Label(
        indication="menopause; an experiment in men",
        daily_maximum=100.0, strengths=(), halves=False,
        source="Estraderm undated, label:Estraderm")
    unseen = "it is released evenly. Read 'estradiol', which holds what it gives."
    mechanism = ("adds estradiol: the brake on the brain deepens, and LH, FSH, testosterone and sperm fall",)

    cross_reactions: ClassVar[dict[str, CrossReaction]] = {
        "estradiol": CrossReaction(
            Reads.ITSELF, "the patch releases estradiol", "Estraderm undated, label:Estraderm"),
    }  # fmt: skip

    def chains(self) -> dict[str, Chain]:
        """Return no chain: the patch releases at an even rate."""
        return {}

    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return the estradiol that enters the blood."""
        return Action(estradiol_input=delivery.rate * 1e6 / ESTRADIOL_MOLAR_MASS)


entry = EstradiolPatch()
