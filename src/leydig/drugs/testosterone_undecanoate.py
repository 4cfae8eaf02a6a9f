"""Testosterone undecanoate, an oil depot in muscle that lasts for months.

A depot empties at one rate into the blood; what happens there is the body's own kinetics::

    dA/dt = −λ·A            testosterone given = F·(share of testosterone)·λ·A        [nmol/d]
"""

from jaxtyping import Array, Float

from leydig.body.action import Action
from leydig.drugs import Drug, Given, Label
from leydig.kinetics import Chain, per_day
from leydig.parameter import parameter
from leydig.units import HOURS_PER_DAY, TESTOSTERONE_MOLAR_MASS


class TestosteroneUndecanoate(Drug):
    """Testosterone undecanoate, intramuscular."""

    title = "testosterone undecanoate"
    kind = "testosterone"
    routes = ("im",)
    label = Label(
        indication="hypogonadism; suppresses sperm, so not for men who want children",
        daily_maximum=30.0, strengths=(), halves=False,
        source="Aveed undated, label:Aveed; 750 mg, again at 4 weeks, then every 10 weeks")
    mechanism = (
        "adds testosterone from outside: testosterone in blood rises, and estradiol with it",
        "both brake the brain: GnRH, LH and FSH fall, within weeks almost to nothing",
        "without LH the testis empties of testosterone, and without FSH and testosterone sperm disappear",
    )

    testosterone_share: Float[Array, ""] = parameter(
        0.632, "1", "share of testosterone in the product", within=(0.5, 1.0), basis="measured",
        source="IUPAC 2021, textbook:molar-masses")
    absorbed: Float[Array, ""] = parameter(
        0.35, "1", "share that reaches the blood (F)", within=(0.15, 1.0), cv=0.3, basis="derived",
        source="Pastuszak 2021, url:https://github.com/nlmixr2/nlmixr2lib; 197 L/h of ester against 950 L/d isotopic")
    half_life_days: Float[Array, ""] = parameter(
        29.0, "d", "half-life of the depot", within=(15.0, 40.0), cv=0.47, basis="measured",
        source="Pastuszak 2021, url:https://github.com/nlmixr2/nlmixr2lib; 0.001 1/h | "
        "Behre 1999, unresolved:Behre1999; 33.9 and 20.9 d")

    def chains(self) -> dict[str, Chain]:
        """Return the input of testosterone [nmol/d per mg]."""
        rate = per_day(self.half_life_days * HOURS_PER_DAY)
        per_mg = 1e6 / TESTOSTERONE_MOLAR_MASS * self.testosterone_share * self.absorbed
        return {self.name: Chain((rate,), per_mg * rate)}

    def action(self, levels: dict[str, Float[Array, ""]], given: Given) -> Action:
        """Return the testosterone that enters the blood."""
        return Action(testosterone_given=levels[self.name])


entry = TestosteroneUndecanoate()
