"""Clomiphene is two isomers in one tablet: enclomiphene acts for hours, zuclomiphene stays for weeks.

One milligram of the tablet's citrate is 0.62 mg of enclomiphene and 0.38 mg of zuclomiphene citrate;
each isomer is a catalogue entry of its own with its own kinetics and action.
"""

from jaxtyping import Array, Float

from leydig.drug import Mixture
from leydig.parameter import parameter
from leydig.product import Label


class Clomiphene(Mixture):
    """Clomiphene citrate, a selective estrogen receptor modulator."""

    title = "clomiphene citrate"
    kind = "estrogen receptor modulator"
    codes = {"rxnorm": "2596", "atc": "G03GB02"}
    tablets = {"1093060": 50.0, "1093073": 50.0}
    brands = ("Clomid", "Serophene", "Milophene")
    synonyms = ("clomifene", "clomifen", "clomiphen", "clomiphene citrate", "clomifene citrate")
    label = Label(
        indication="anovulation in women; off label in men",
        daily_maximum=100.0, strengths=(50.0,), halves=True,
        source="Clomid undated, label:Clomid")
    mechanism = (
        "occupies the estrogen receptors of hypothalamus and pituitary: the brain no longer sees estradiol, "
        "and GnRH, LH and FSH rise",
        "more LH drives the Leydig cells: testosterone rises, and estradiol with it, since aromatase is free",
        "zuclomiphene, a weak estrogen, accumulates over months",
    )

    zuclomiphene_share: Float[Array, ""] = parameter(
        0.38, "1", "share of zuclomiphene in the product", within=(0.30, 0.50), basis="measured",
        source="Clomid undated, label:Clomid; 30 to 50 %, 38 % in most products")

    def parts(self) -> dict[str, Float[Array, ""]]:
        """Return the milligrams of each isomer's citrate in one milligram."""
        return {"enclomiphene": 1.0 - self.zuclomiphene_share, "zuclomiphene": self.zuclomiphene_share}


entry = Clomiphene()
