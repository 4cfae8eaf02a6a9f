"""Testosterone gel: a tenth of what is rubbed in reaches the blood, from a store in the skin.

What is on the skin enters the horny layer, and that empties into the blood, both at one rate, so that a daily
dose is released nearly evenly over the day and little is left after four; the rest is the body's own kinetics::

    dA/dt = −λ·A        dB/dt = λ·A − λ·B        testosterone given = F·(share of testosterone)·λ·B        [nmol/d]
"""

from jaxtyping import Array, Float

from leydig.drug import Depot
from leydig.kinetics import Chain
from leydig.parameter import parameter
from leydig.product import Label


class TestosteroneGel(Depot):
    """Testosterone gel."""

    title = "testosterone gel"
    routes = ("transdermal",)
    brands = ("AndroGel", "Testim", "Testogel", "Tostran", "Fortesta", "Vogelxo")
    synonyms = ("testosteron gel",)
    label = Label(
        indication="hypogonadism; suppresses sperm, so not for men who want children",
        daily_maximum=100.0, strengths=(), halves=False,
        source="AndroGel undated, label:AndroGel; 50 to 100 mg of testosterone a day")

    testosterone_share: Float[Array, ""] = parameter(
        1.0, "1", "share of testosterone in the product", within=(0.5, 1.0), basis="measured",
        source="IUPAC 2021, textbook:molar-masses")
    fraction_absorbed: Float[Array, ""] = parameter(
        0.10, "1", "share that reaches the blood (F)", within=(0.05, 0.2), cv=0.3, basis="measured",
        source="AndroGel undated, label:AndroGel; 10 % in 24 h, 8 to 14")
    half_life_days: Float[Array, ""] = parameter(
        0.6, "d", "half-life of the dose on the skin, and of what is in the skin", within=(0.2, 2.0), cv=0.3,
        basis="assumed", source="assumed: the skin releases nearly evenly over the day and is empty in a few")

    def chains(self) -> dict[str, Chain]:
        """Return the input of testosterone [nmol/d per mg]."""
        ((name, chain),) = super().chains().items()
        return {name: Chain(chain.rates * 2, chain.scale)}


entry = TestosteroneGel()
