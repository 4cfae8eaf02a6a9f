"""Exemestane destroys aromatase: the enzyme must be made anew, so the effect outlasts the drug.

::

    level C [ug/L]           gut → blood → out
    enzyme destruction       k_in·C                   [1/d]
"""

from typing import ClassVar

from jaxtyping import Array, Float

from leydig.body.effects import Action
from leydig.drug import CrossReaction, Delivery, Drug, Measure, Reads, Sample
from leydig.kinetics import Chain, oral
from leydig.parameter import parameter
from leydig.product import Label


class Exemestane(Drug):
    """Exemestane, a steroidal, irreversible aromatase inhibitor."""

    title = "exemestane"
    kind = "aromatase inhibitor"
    codes = {"rxnorm": "258494"}
    brands = ("Aromasin",)
    synonyms = ("exemestan",)
    label = Label(
        indication="breast cancer after menopause; off label in men",
        daily_maximum=25.0, strengths=(25.0,), halves=False,
        source="Aromasin undated, label:Aromasin")
    measures = {"exemestane": Measure("exemestane in serum", "ug/L", us="ng/mL")}
    mechanism = (
        "destroys aromatase in fat, liver and testis: estradiol falls until new enzyme is made",
        "with less estradiol the brake on hypothalamus and pituitary eases: LH and FSH rise",
        "more LH drives the Leydig cells: testosterone rises",
    )
    samples = (
        Sample("exemestane", "exemestane 25 mg daily", 9.0, 1.04, "ug/L", 0.2,
               "Valle 2005, url:https://github.com/nlmixr2/nlmixr2lib; average from clearance 1004 L/h"),
    )
    cross_reactions: ClassVar[dict[str, CrossReaction]] = {
        "estradiol": CrossReaction(
            Reads.DISTORTS, "a steroid itself: one immunoassay read estradiol too high in a fifth of patients, others "
            "did not; mass spectrometry is safe",
            "Giralt 2025, doi:10.3343/alm.2024.0362; 15 women on 25 mg daily"),
        "testosterone": CrossReaction(
            Reads.NONE_KNOWN, "measured with immunoassays and mass spectrometry together; only androstenedione and "
            "estradiol were named as false",
            "Giralt 2025, doi:10.3343/alm.2024.0362"),
    }  # fmt: skip

    absorption: Float[Array, ""] = parameter(
        2.35, "1/h", "absorption rate constant", within=(0.7, 8.0), cv=0.5, basis="measured",
        source="Valle 2005, url:https://github.com/nlmixr2/nlmixr2lib; women, fasting")
    clearance: Float[Array, ""] = parameter(
        1004.0, "L/h", "apparent oral clearance", within=(300.0, 2500.0), cv=0.4, basis="derived",
        source="Valle 2005, url:https://github.com/nlmixr2/nlmixr2lib; 0.738 1/h times 1360 L, women")
    half_life: Float[Array, ""] = parameter(
        8.9, "h", "half-life in young men", within=(5.0, 30.0), cv=0.3, basis="measured",
        source="Mauras 2003, doi:10.1210/jc.2003-031279; 8.9 h in 10 men")
    inactivation: Float[Array, ""] = parameter(
        7.88, "L/ug/d", "rate of enzyme destruction per level (k_in)", within=(0.1, 50.0), cv=0.4,
        basis="fitted", source="Leydig 2026, calibration:fourth")

    def chains(self) -> dict[str, Chain]:
        """Return the kinetics of exemestane [ug/L per mg]."""
        return {"exemestane": oral(self.absorption, self.clearance, self.half_life, 1e3)}

    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return the destruction of aromatase at these levels."""
        return Action(aromatase_loss=self.inactivation * levels["exemestane"])


entry = Exemestane()
