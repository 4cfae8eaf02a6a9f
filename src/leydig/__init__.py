"""Leydig: the male reproductive hormone axis and the fertility protocols that act on it."""

import jax

jax.config.update("jax_enable_x64", True)

from leydig.analytes import ANALYTES as analytes  # noqa: E402
from leydig.drugs import DRUGS as drugs  # noqa: E402
from leydig.man import Man  # noqa: E402
from leydig.regimen import Dose, Regimen, Repeat  # noqa: E402
from leydig.simulation import Course, Level, Series, simulate  # noqa: E402

__version__ = "0.1.0"
__all__ = ["Course", "Dose", "Level", "Man", "Regimen", "Repeat", "Series", "analytes", "drugs", "simulate"]
