"""Units of the model as SBML knows them: powers of its base units and a factor, so that units multiply by sums."""

import numpy as np
from jaxtyping import Float

from leydig.errors import WrongUnit
from leydig.units import DAYS_PER_MONTH, DAYS_PER_YEAR, ESTRADIOL_MOLAR_MASS, HOURS_PER_DAY, TESTOSTERONE_MOLAR_MASS

__all__ = ["CONVERSIONS", "PURE", "UNIT_KINDS", "Unit", "sbml_unit"]

Unit = Float[np.ndarray, " kind"]
UNIT_KINDS = ("gram", "mole", "item", "metre", "litre", "second")
PURE = np.zeros(1 + len(UNIT_KINDS))  # the unit of a pure number
_SYMBOLS = {"": ("", 1.0), "mol": ("mole", 1.0), "umol": ("mole", 1e-6), "nmol": ("mole", 1e-9),
            "pmol": ("mole", 1e-12), "kg": ("gram", 1e3), "g": ("gram", 1.0), "mg": ("gram", 1e-3),
            "ug": ("gram", 1e-6), "ng": ("gram", 1e-9), "L": ("litre", 1.0), "mL": ("litre", 1e-3), "m": ("metre", 1.0),
            "cm": ("metre", 1e-2), "d": ("second", 86400.0), "h": ("second", 3600.0),
            "month": ("second", 86400.0 * DAYS_PER_MONTH),
            "year": ("second", 86400.0 * DAYS_PER_YEAR), "IU": ("item", 1.0), "million": ("item", 1e6)}  # fmt: skip
CONVERSIONS = {HOURS_PER_DAY: "h/d", HOURS_PER_DAY * float(np.log(2.0)): "h/d", 1e3: "pmol/nmol", 1e6: "pmol/umol",
                ESTRADIOL_MOLAR_MASS: "g/mol", 1e6 / TESTOSTERONE_MOLAR_MASS: "nmol/mg"}  # fmt: skip


def sbml_unit(text: str) -> Unit:
    """Return a unit as the logarithm of its factor and the powers of `UNIT_KINDS`, so that units multiply by sums."""
    unit = PURE.copy()
    for place, part in enumerate(text.removeprefix("1").split("/")):
        symbol = part.rstrip("0123456789")
        if symbol not in _SYMBOLS:
            raise WrongUnit(f"got unit {text!r}; expected a part of {', '.join(_SYMBOLS)}. Add its SBML form here.")
        power = float(part.removeprefix(symbol) or 1.0) * (-1.0 if place else 1.0)
        unit += power * np.array([np.log(_SYMBOLS[symbol][1]), *(kind == _SYMBOLS[symbol][0] for kind in UNIT_KINDS)])
    return unit
