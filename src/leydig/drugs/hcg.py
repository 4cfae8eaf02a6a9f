"""hCG acts on the Leydig cell like long-lasting LH: it keeps testosterone inside the testis up.

::

    level C [IU/L]           depot → blood → out
    LH activity              ρ·C                     [IU/L of LH]

Very high activity takes the LH receptors away for days; that is in the testis.
"""

from typing import ClassVar

from jaxtyping import Array, Float

from leydig.body.effects import Action
from leydig.drug import CrossReaction, Delivery, Drug, Measure, Reads, Sample
from leydig.kinetics import Chain, oral
from leydig.parameter import parameter
from leydig.product import Label


class Hcg(Drug):
    """Human chorionic gonadotropin."""

    title = "human chorionic gonadotropin"
    kind = "gonadotropin"
    unit = "IU"
    units: ClassVar[dict[str, float]] = {}
    routes = ("sc", "im")
    codes = {"atc": "G03GA01", "snomed": "412126005"}
    brands = ("Pregnyl", "Novarel", "Ovidrel", "Ovitrelle", "Profasi", "Choragon", "Brevactid")
    synonyms = (
        "human chorionic gonadotropin", "human chorionic gonadotrophin", "chorionic gonadotropin",
        "chorionic gonadotrophin", "choriogonadotropin", "choriogonadotropin alfa", "choriogonadotropin alpha",
    )
    label = Label(
        indication="hypogonadotropic hypogonadism in men",
        daily_maximum=5000.0, strengths=(), halves=False,
        source="Pregnyl undated, label:Pregnyl; up to 4000 to 5000 IU three times weekly")
    measures = {"hcg": Measure("hCG in serum", "IU/L")}
    mechanism = (
        "acts on the LH receptor of the Leydig cells: testosterone rises in the testis and in the blood",
        "more testosterone and estradiol brake the brain: his own LH and FSH fall",
    )
    samples = (
        Sample("hcg", "hCG 250 IU every other day", 21.0, 14.0, "IU/L", 0.35,
               "Coviello 2005, journal:JCEM-90-2595; 10 to 18 IU/L derived from clearance"),
    )

    cross_reactions: ClassVar[dict[str, CrossReaction]] = {
        "lh": CrossReaction(
            Reads.NOT_SEEN, "two-site assays of intact LH leave hCG out, so LH falls while its activity is replaced; "
            "radioimmunoassays before about 1990 read hCG as LH, which is not modeled",
            "Elecsys undated, url:https://ar.scribd.com/document/396861345/Insert-LH-ms-11732234122-V19-en; "
            "two monoclonal antibodies against LH"),
        "fsh": CrossReaction(
            Reads.NOT_SEEN, "another beta subunit",
            "Bremner 1981, doi:10.1172/JCI110327; FSH undetectable on hCG 5000 IU three times weekly"),
    }  # fmt: skip

    absorption: Float[Array, ""] = parameter(
        0.2, "1/h", "absorption rate constant", within=(0.05, 0.6), basis="derived",
        source="Pregnyl undated, label:Pregnyl; peak at 12 to 18 h under the skin")
    clearance: Float[Array, ""] = parameter(
        0.44, "L/h", "apparent clearance", within=(0.2, 1.0), cv=0.3, basis="derived",
        source="Ovitrelle undated, label:Ovitrelle; 0.2 L/h over 0.45 absorbed | Trinchard-Lugan 2002, pmid:12470572")
    half_life: Float[Array, ""] = parameter(
        33.0, "h", "half-life", within=(20.0, 60.0), cv=0.2, basis="measured",
        source="Pregnyl undated, label:Pregnyl; 33 h, 23 to 43")
    potency: Float[Array, ""] = parameter(
        0.3, "IU/IU", "LH activity of one IU/L of hCG (ρ)", within=(0.1, 1.0), basis="derived",
        source="Coviello 2005, journal:JCEM-90-2595; 250 IU every other day replaces about 4 IU/L of LH")

    def chains(self) -> dict[str, Chain]:
        """Return the kinetics of hCG [IU/L per IU]."""
        return {"hcg": oral(self.absorption, self.clearance, self.half_life, 1.0)}

    def action(self, levels: dict[str, Float[Array, ""]], delivery: Delivery) -> Action:
        """Return the LH activity at these levels."""
        return Action(lh_activity=self.potency * levels["hcg"])


entry = Hcg()
