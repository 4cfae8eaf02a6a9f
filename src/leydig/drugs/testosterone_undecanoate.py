"""Testosterone undecanoate, an oil depot in muscle that lasts for months.

A depot empties at one rate into the blood; what happens there is the body's own kinetics::

    dA/dt = −λ·A            testosterone given = F·(share of testosterone)·λ·A        [nmol/d]
"""

from jaxtyping import Array, Float

from leydig.drug import Depot
from leydig.parameter import parameter
from leydig.product import Label


class TestosteroneUndecanoate(Depot):
    """Testosterone undecanoate, intramuscular."""

    title = "testosterone undecanoate"
    routes = ("im",)
    brands = ("Nebido", "Aveed", "Reandron")
    synonyms = ("testosterone undecylate", "testosteron undecanoat")
    label = Label(
        indication="hypogonadism; suppresses sperm, so not for men who want children",
        daily_maximum=30.0, single_maximum=1000.0, strengths=(), halves=False,
        source="Aveed undated, label:Aveed; 750 mg, again at 4 weeks, then every 10 weeks | "
               "Nebido undated, label:Nebido; 1000 mg every 10 to 14 weeks")

    testosterone_share: Float[Array, ""] = parameter(
        0.632, "1", "share of testosterone in the product", within=(0.5, 1.0), basis="measured",
        source="IUPAC 2021, textbook:molar-masses")
    fraction_absorbed: Float[Array, ""] = parameter(
        1.0, "1", "share that reaches the blood (F)", within=(0.3, 1.0), basis="assumed",
        source="assumed: an ester in oil is absorbed whole; a fit left no room below 0.93 (Gu 2009 among its values)")
    half_life_days: Float[Array, ""] = parameter(
        29.0, "d", "half-life of the depot", within=(15.0, 40.0), cv=0.47, basis="measured",
        source="Pastuszak 2021, url:https://github.com/nlmixr2/nlmixr2lib; 0.001 1/h | "
        "Behre 1999, unresolved:Behre1999; 33.9 and 20.9 d")


entry = TestosteroneUndecanoate()
