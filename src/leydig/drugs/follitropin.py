"""Follitropin is FSH: it drives the Sertoli cells, which carry the germ cells.

::

    level C [IU/L]           depot → blood → out
    FSH activity             C                       [IU/L]
"""

from typing import ClassVar

from jaxtyping import Array, Float

from leydig.body.effects import Action
from leydig.drug import CrossReaction, Delivery, Drug, Measure, Reads, Sample
from leydig.kinetics import Chain, oral
from leydig.parameter import parameter
from leydig.product import Label


class Follitropin(Drug):
    """Follitropin alfa, recombinant FSH."""

    title = "follitropin (FSH)"
    kind = "gonadotropin"
    unit = "IU"
    units: ClassVar[dict[str, float]] = {}
    routes = ("sc", "im")
    codes = {"atc": "G03GA05"}
    brands = ("Gonal-f", "Follistim", "Puregon", "Bemfola", "Ovaleap", "Bravelle", "Fostimon")
    synonyms = (
        "fsh", "rfsh", "recombinant fsh", "follitropin alfa", "follitropin alpha", "follitropin beta",
        "urofollitropin", "follicle stimulating hormone",
    )
    label = Label(
        indication="spermatogenesis in hypogonadotropic hypogonadism, with hCG",
        daily_maximum=300.0, strengths=(), halves=False,
        source="Gonal-f undated, label:Gonal-f; 150 to 300 IU three times weekly in men")
    measures = {"follitropin": Measure("FSH from follitropin in serum", "IU/L")}
    mechanism = (
        "acts on the Sertoli cells: support of germ cells and inhibin B rise",
        "more inhibin B brakes his own FSH",
    )
    samples = (
        Sample("follitropin", "follitropin 150 IU once", 0.0, 3.8, "IU/L", 0.35,
               "uFSH undated, url:https://scilit.com/publications/31a3243ed2b516e6fca3e95bd6065bdf; "
               "peak rise at 9.7 h", "peak"),
    )

    cross_reactions: ClassVar[dict[str, CrossReaction]] = {
        "fsh": CrossReaction(
            Reads.BESIDE, "its protein is that of FSH, and the assay cannot tell them apart",
            "uFSH undated, url:https://scilit.com/publications/31a3243ed2b516e6fca3e95bd6065bdf; FSH rose by 3.8 IU/L "
            "after 150 IU | Lammerich 2015, doi:10.2147/IJWH.S83418; same amino acids, measured as FSH in serum",
            "fsh_activity"),
        "lh": CrossReaction(
            Reads.NOT_SEEN, "another beta subunit; recombinant, so without LH beside it",
            "Gonal-f undated, label:Gonal-f"),
    }  # fmt: skip

    absorption: Float[Array, ""] = parameter(
        0.23, "1/h", "absorption rate constant (half-life 3 h)", within=(0.1, 0.5), cv=0.3, basis="measured",
        source="le Cotonnec 1993, url:https://www.scilit.net/publications/8cc1bde5905fd4e514ae61fa378af5b2")
    clearance: Float[Array, ""] = parameter(
        0.71, "L/h", "apparent clearance", within=(0.4, 1.5), cv=0.28, basis="derived",
        source="le Cotonnec 1993, url:https://www.scilit.net/publications/8cc1bde5905fd4e514ae61fa378af5b2; "
        "0.5 L/h over 0.70 absorbed")
    half_life: Float[Array, ""] = parameter(
        36.0, "h", "half-life in men", within=(24.0, 48.0), cv=0.2, basis="measured",
        source="le Cotonnec 1993, url:https://www.scilit.net/publications/8cc1bde5905fd4e514ae61fa378af5b2; "
        "12 men")

    def chains(self) -> dict[str, Chain]:
        """Return the kinetics of follitropin [IU/L per IU]."""
        return {"follitropin": oral(self.absorption, self.clearance, self.half_life, 1.0)}

    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return the FSH activity at these levels."""
        return Action(fsh_activity=levels["follitropin"])


entry = Follitropin()
