"""Anastrozole blocks aromatase: less testosterone becomes estradiol, and the brake on the brain eases.

One compartment after absorption; the block is competitive and reversible::

    level C [nmol/L]         gut → blood → out
    aromatase block          C/IC50
    with tamoxifen           C·(1 − δ·C_tam/(C_tam + K))   (the label: 27 % lower levels)

It hardly reaches the brain, so it has no block there. At 1 mg daily the block outside the testis is
nearly complete, which is why half the dose does almost as much.
"""

from jaxtyping import Array, Float

from leydig.body.effects import Action
from leydig.drug import Delivery, Drug, Measure, Sample
from leydig.kinetics import Chain, oral
from leydig.parameter import parameter
from leydig.product import Label


class Anastrozole(Drug):
    """Anastrozole, a non-steroidal aromatase inhibitor."""

    title = "anastrozole"
    kind = "aromatase inhibitor"
    codes = {"rxnorm": "84857", "snomed": "386910003", "atc": "L02BG03"}
    tablets = {"199224": 1.0, "315382": 1.0, "151124": 1.0}
    brands = ("Arimidex", "Anastraze")
    synonyms = ("anastrozol",)
    label = Label(
        indication="breast cancer after menopause; off label in men",
        daily_maximum=1.0, strengths=(1.0,), halves=True,
        source="Arimidex undated, label:Arimidex")
    measures = {"anastrozole": Measure("anastrozole in serum", "nmol/L", us="ng/mL")}
    mechanism = (
        "blocks aromatase in fat, liver and, less, in the testis: estradiol falls",
        "with less estradiol the brake on hypothalamus and pituitary eases: GnRH, LH and FSH rise",
        "more LH drives the Leydig cells: testosterone rises",
    )
    samples = (
        Sample("anastrozole", "anastrozole 1 mg once", 0.0, 34.1, "nmol/L", 0.35,
               "Chinaphar undated, url:http://www.chinaphar.com/article/view/7502; peak 10 ug/L in 20 men", "peak"),
        Sample("anastrozole", "anastrozole 1 mg daily", 27.0, 75.0, "nmol/L", 0.20,
               "Mauras 2009, doi:10.1210/jc.2008-2527; average from clearance 1.54 to 2.29 L/h, 62 to 92"),
        Sample("aromatase_block", "anastrozole 1 mg daily", 27.0, 36.0, "1", 0.35,
               "Geisler 2002, pmid:11821457; 97.3 % whole-body inhibition in women"),
    )

    molar_mass: Float[Array, ""] = parameter(
        293.4, "g/mol", "molar mass", within=(293.0, 294.0), basis="measured",
        source="Arimidex undated, label:Arimidex")
    absorption: Float[Array, ""] = parameter(
        1.5, "1/h", "absorption rate constant", within=(0.7, 3.0), cv=0.5, basis="derived",
        source="Arimidex undated, label:Arimidex; peak at 1 to 2 h")
    clearance: Float[Array, ""] = parameter(
        1.9, "L/h", "apparent oral clearance", within=(0.8, 5.0), cv=0.35, basis="derived",
        source="Mauras 2009, doi:10.1210/jc.2008-2527; 1.54 L/h in boys | "
        "Chinaphar undated, url:http://www.chinaphar.com/article/view/7502; 2.31 L/h in men")
    half_life: Float[Array, ""] = parameter(
        46.8, "h", "half-life", within=(30.0, 70.0), cv=0.2, basis="measured",
        source="Mauras 2009, doi:10.1210/jc.2008-2527; 46.8 h, 41 to 50 h elsewhere")
    inhibition: Float[Array, ""] = parameter(
        2.1, "nmol/L", "total level that halves whole-body aromatization (IC50)",
        within=(0.5, 8.0), cv=0.3, basis="derived",
        source="Geisler 2002, pmid:11821457; 97.3 % at about 75 nmol/L")
    tamoxifen_loss: Float[Array, ""] = parameter(
        0.29, "1", "largest share of the level lost with tamoxifen (δ)", within=(0.0, 0.6), basis="derived",
        source="Arimidex undated, label:Arimidex; 27 % lower with tamoxifen 20 mg daily")
    tamoxifen_half: Float[Array, ""] = parameter(
        10.0, "ug/L", "tamoxifen level of half that loss (K)", within=(1.0, 100.0), basis="assumed",
        source="assumed: well below the steady level of 20 mg daily, where the label's value was measured")

    def chains(self) -> dict[str, Chain]:
        """Return the kinetics of anastrozole [nmol/L per mg]."""
        return {"anastrozole": oral(self.absorption, self.clearance, self.half_life, 1e6 / self.molar_mass)}

    def concentrations(self, levels: dict[str, Float[Array, "..."]]) -> dict[str, Float[Array, "..."]]:
        """Return the level of anastrozole, lower with tamoxifen."""
        tamoxifen = levels.get("tamoxifen", 0.0)
        kept = 1.0 - self.tamoxifen_loss * tamoxifen / (tamoxifen + self.tamoxifen_half)
        return {"anastrozole": levels["anastrozole"] * kept}

    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return the aromatase block at these levels."""
        return Action(aromatase_block=self.concentrations(levels)["anastrozole"] / self.inhibition)


entry = Anastrozole()
