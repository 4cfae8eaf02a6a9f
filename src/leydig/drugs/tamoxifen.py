"""Tamoxifen hides estradiol from the brain through its active metabolites, which last for weeks.

The parent and its active metabolite (endoxifen stands for all)::

    level C [ug/L]           gut → blood → out
    metabolite M [ug/L]      blood → metabolite → out
    receptor block           M/K           receptor activity   i·M/K
    SHBG production          + h·M/(M + K)                     (in the liver it is an estrogen)

It lowers the levels of anastrozole and letrozole; that interaction lives in their files.
"""

from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float

from leydig.body.effects import Action, modulator
from leydig.drug import CrossReaction, Delivery, Drug, Measure, Reads, Sample
from leydig.kinetics import Chain, oral
from leydig.parameter import parameter
from leydig.product import Label
from leydig.units import HOURS_PER_DAY


class Tamoxifen(Drug):
    """Tamoxifen citrate, a selective estrogen receptor modulator."""

    title = "tamoxifen"
    kind = "estrogen receptor modulator"
    codes = {"rxnorm": "10324", "snomed": "373345002", "atc": "L02BA01"}
    tablets = {"198240": 10.0, "313195": 20.0}
    brands = ("Nolvadex", "Soltamox")
    synonyms = ("tamoxifene", "tamoxifen citrate")
    label = Label(
        indication="breast cancer; off label in men's infertility",
        daily_maximum=40.0, strengths=(10.0, 20.0), halves=True,
        source="Nolvadex undated, label:Nolvadex")
    measures = {
        "tamoxifen": Measure("tamoxifen in serum", "ug/L", us="ng/mL"),
        "endoxifen": Measure("active metabolites in serum, as endoxifen", "ug/L", us="ng/mL"),
    }
    mechanism = (
        "occupies the estrogen receptors of hypothalamus and pituitary: the brain no longer sees estradiol, "
        "and GnRH, LH and FSH rise",
        "more LH drives the Leydig cells: testosterone rises, and estradiol with it, since aromatase is free",
        "lowers the level of anastrozole by about a quarter when both are given",
    )
    samples = (
        Sample("tamoxifen", "tamoxifen 20 mg daily", 120.0, 100.0, "ug/L", 0.3,
               "Nolvadex undated, label:Nolvadex; 122 ug/L | "
               "Ter Heine 2014, url:https://github.com/nlmixr2/nlmixr2lib; 86 ug/L from the clearance"),
    )

    cross_reactions: ClassVar[dict[str, CrossReaction]] = {
        "estradiol": CrossReaction(
            Reads.NONE_KNOWN, "a triphenylethylene like its metabolites, no steroid; no report was seen",
            "assumed: an antibody against a steroid does not bind it"),
    }  # fmt: skip

    absorption: Float[Array, ""] = parameter(
        1.9, "1/h", "absorption rate constant", within=(0.5, 4.0), cv=0.5, basis="measured",
        source="Ter Heine 2014, url:https://github.com/nlmixr2/nlmixr2lib; 40 women")
    clearance: Float[Array, ""] = parameter(
        9.34, "L/h", "apparent oral clearance", within=(3.0, 25.0), cv=0.38, basis="measured",
        source="Ter Heine 2014, url:https://github.com/nlmixr2/nlmixr2lib; 40 women")
    half_life_days: Float[Array, ""] = parameter(
        5.0, "d", "half-life of tamoxifen", within=(2.0, 14.0), cv=0.3, basis="derived",
        source="Nolvadex undated, label:Nolvadex; 5 to 7 d, 2.3 d in a one-compartment fit")
    formation: Float[Array, ""] = parameter(
        0.324, "L/h", "clearance of tamoxifen to the active metabolite", within=(0.05, 1.5), cv=0.5,
        basis="measured", source="Ter Heine 2014, url:https://github.com/nlmixr2/nlmixr2lib; 40 women")
    metabolite_clearance: Float[Array, ""] = parameter(
        5.1, "L/h", "clearance of the active metabolite", within=(1.0, 20.0), cv=0.3, basis="measured",
        source="Ter Heine 2014, url:https://github.com/nlmixr2/nlmixr2lib; 40 women")
    metabolite_volume: Float[Array, ""] = parameter(
        400.0, "L", "volume of the active metabolite", within=(100.0, 1500.0), basis="measured",
        source="Ter Heine 2014, url:https://github.com/nlmixr2/nlmixr2lib; fixed there")
    affinity: Float[Array, ""] = parameter(
        0.571, "ug/L", "metabolite level that competes as much as the receptor holds (K)",
        within=(0.1, 30.0), cv=0.4, basis="fitted", source="Leydig 2026, calibration:fourth")
    activity: Float[Array, ""] = parameter(
        0.05, "1", "intrinsic activity against estradiol (i)", within=(0.0, 0.3), basis="assumed",
        source="assumed: small in men, in whom gonadotropins rise")

    liver: Float[Array, ""] = parameter(
        0.3, "1", "largest rise of SHBG production (h)", within=(0.0, 1.0), basis="assumed",
        source="assumed: an estrogen in the liver as its sister clomiphene is; no value in men was seen")

    def chains(self) -> dict[str, Chain]:
        """Return the kinetics of tamoxifen and its active metabolite [ug/L per mg]."""
        parent = oral(self.absorption, self.clearance, self.half_life_days * HOURS_PER_DAY, 1e3)
        formed = self.formation / self.clearance
        leaving = self.metabolite_clearance * HOURS_PER_DAY / self.metabolite_volume
        metabolite = Chain((*parent.rates, leaving), jnp.asarray(1e3 * formed / self.metabolite_volume))
        return {"tamoxifen": parent, "endoxifen": metabolite}

    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return receptor occupancy and activity at these levels."""
        occupancy = levels["endoxifen"] / self.affinity
        return modulator(occupancy, self.activity, self.liver)


entry = Tamoxifen()
