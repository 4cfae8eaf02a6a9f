"""Testosterone enanthate, an oil depot in muscle: it replaces the testis and silences it.

A depot empties at one rate into the blood; what happens there is the body's own kinetics::

    dA/dt = −λ·A            testosterone given = F·(share of testosterone)·λ·A        [nmol/d]
"""

from jaxtyping import Array, Float

from leydig.drug import Depot
from leydig.parameter import parameter
from leydig.product import Label


class TestosteroneEnanthate(Depot):
    """Testosterone enanthate."""

    title = "testosterone enanthate"
    routes = ("im",)
    brands = ("Delatestryl", "Testoviron")
    synonyms = ("testosterone enantate", "testosterone heptanoate", "testosteron enantat")
    label = Label(
        indication="hypogonadism; suppresses sperm, so not for men who want children",
        daily_maximum=30.0, single_maximum=400.0, strengths=(), halves=False,
        source="Testosterone undated, label:Testosterone-enanthate; 50 to 400 mg every 2 to 4 weeks")

    testosterone_share: Float[Array, ""] = parameter(
        0.72, "1", "share of testosterone in the product", within=(0.5, 1.0), basis="measured",
        source="IUPAC 2021, textbook:molar-masses")
    fraction_absorbed: Float[Array, ""] = parameter(
        1.0, "1", "share that reaches the blood (F)", within=(0.3, 1.0), basis="assumed",
        source="assumed: an ester in oil is absorbed whole; fits put it there too")
    half_life_days: Float[Array, ""] = parameter(
        7.12, "d", "half-life of the depot", within=(2.5, 8.0), cv=0.3, basis="fitted",
        source="Leydig 2026, calibration:fourth")


entry = TestosteroneEnanthate()
