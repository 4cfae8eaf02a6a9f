"""Letrozole blocks aromatase more deeply than anastrozole, in the brain as well.

One compartment after absorption; competitive block::

    level C [nmol/L]         gut → blood → out
    aromatase block          C/IC50          in the brain: C/IC50_brain
    with tamoxifen           C·(1 − δ·C_tam/(C_tam + K))
"""

from jaxtyping import Array, Float

from leydig.body.effects import Action
from leydig.drug import Delivery, Drug, Measure, Sample
from leydig.kinetics import Chain, oral
from leydig.parameter import parameter
from leydig.product import Label


class Letrozole(Drug):
    """Letrozole, a non-steroidal aromatase inhibitor."""

    title = "letrozole"
    kind = "aromatase inhibitor"
    codes = {"rxnorm": "72965", "snomed": "386911004", "atc": "L02BG04"}
    tablets = {"200064": 2.5}
    brands = ("Femara",)
    synonyms = ("letrozol",)
    label = Label(
        indication="breast cancer after menopause; off label in men",
        daily_maximum=2.5, strengths=(2.5,), halves=True,
        source="Femara undated, label:Femara")
    measures = {"letrozole": Measure("letrozole in serum", "nmol/L", us="ng/mL")}
    mechanism = (
        "blocks aromatase in fat and liver almost completely and in the testis largely: estradiol falls far",
        "blocks the brain's own aromatase too: the brake eases most of all inhibitors, LH and FSH rise two- "
        "to fourfold",
        "more LH drives the Leydig cells: testosterone rises two- to threefold",
    )
    samples = (
        Sample("letrozole", "letrozole 2.5 mg daily", 59.0, 354.0, "nmol/L", 0.25,
               "Tanii 2011, url:https://oak.novartis.com/4165; average from clearance 1.03 L/h"),
    )

    molar_mass: Float[Array, ""] = parameter(
        285.3, "g/mol", "molar mass", within=(285.0, 286.0), basis="measured",
        source="Femara undated, label:Femara")
    absorption: Float[Array, ""] = parameter(
        1.0, "1/h", "absorption rate constant", within=(0.3, 3.0), cv=0.5, basis="assumed",
        source="assumed: oral tablets peak within hours; the slow half-life makes it immaterial")
    clearance: Float[Array, ""] = parameter(
        1.03, "L/h", "apparent oral clearance at steady state", within=(0.4, 3.0), cv=0.4, basis="measured",
        source="Tanii 2011, url:https://oak.novartis.com/4165; 2.21 after one dose, lower at steady state")
    half_life: Float[Array, ""] = parameter(
        72.0, "h", "half-life", within=(48.0, 120.0), cv=0.3, basis="measured",
        source="Buzdar 2002, pmid:12404296; 2 to 4 d")
    inhibition: Float[Array, ""] = parameter(
        0.47, "nmol/L", "total level that halves whole-body aromatization (IC50)",
        within=(0.02, 3.0), cv=0.3, basis="fitted",
        source="Leydig 2026, calibration:fourth | Geisler 2002, pmid:11821457; more than 99.1 % in women")
    brain_inhibition: Float[Array, ""] = parameter(
        31.6, "nmol/L", "total level that halves the brain's aromatase",
        within=(1.0, 1000.0), basis="fitted", source="Leydig 2026, calibration:fourth")
    tamoxifen_loss: Float[Array, ""] = parameter(
        0.40, "1", "largest share of the level lost with tamoxifen (δ)", within=(0.0, 0.6), basis="derived",
        source="Dowsett 1999, pmid:10731107; 35 to 40 % lower with tamoxifen 20 mg daily")
    tamoxifen_half: Float[Array, ""] = parameter(
        10.0, "ug/L", "tamoxifen level of half that loss (K)", within=(1.0, 100.0), basis="assumed",
        source="assumed: well below the steady level of 20 mg daily, where the loss was measured")

    def chains(self) -> dict[str, Chain]:
        """Return the kinetics of letrozole [nmol/L per mg]."""
        return {"letrozole": oral(self.absorption, self.clearance, self.half_life, 1e6 / self.molar_mass)}

    def concentrations(self, levels: dict[str, Float[Array, "..."]]) -> dict[str, Float[Array, "..."]]:
        """Return the level of letrozole, lower with tamoxifen."""
        tamoxifen = levels.get("tamoxifen", 0.0)
        kept = 1.0 - self.tamoxifen_loss * tamoxifen / (tamoxifen + self.tamoxifen_half)
        return {"letrozole": levels["letrozole"] * kept}

    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return the aromatase blocks at these levels."""
        level = self.concentrations(levels)["letrozole"]
        return Action(
            aromatase_block=level / self.inhibition, brain_aromatase_block=level / self.brain_inhibition
        )


entry = Letrozole()
