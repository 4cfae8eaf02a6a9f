"""Bone of the spine follows estradiol above all, and testosterone a little, over months to years.

``e`` and ``a`` are free estradiol and testosterone against the reference man::

    dBMD/dt = [own·e^γ·a^δ − BMD]/τ

``density_formation`` (own) is the man's own number.
"""

import equinox as eqx
from jaxtyping import Array, Float

from leydig.parameter import parameter

__all__ = ["Bone"]


class Bone(eqx.Module):
    """Bone mineral density of the lumbar spine."""

    density_formation: Float[Array, ""] = parameter(
        1.12, "g/cm2", "his own spine density at reference steroids, set from his baseline",
        within=(0.3, 2.5), cv=0.12, basis="measured",
        source="Burnett-Bowie 2009, doi:10.1210/jc.2009-0739; 1.121 g/cm2 at baseline in men of 60 and more")
    estrogen: Float[Array, ""] = parameter(
        0.025, "1", "exponent γ of free estradiol",
        within=(0.0, 0.3), basis="derived",
        source="Burnett-Bowie 2009, doi:10.1210/jc.2009-0739; -1.7 % against +0.8 % in a year of anastrozole, which "
        "leaves about a third of the estradiol")
    androgen: Float[Array, ""] = parameter(
        0.005, "1", "exponent δ of free testosterone",
        within=(0.0, 0.1), basis="assumed",
        source="assumed: a tenth of estradiol's, since estradiol dominates resorption in men")
    delay: Float[Array, ""] = parameter(
        105.0, "d", "time over which spine density follows (τ)",
        within=(60.0, 400.0), basis="measured",
        source="OpenBoneMin undated, url:https://github.com/metrumresearchgroup/OpenBoneMin; 0.000397 1/h")

    def target(self, estrogen: Float[Array, ""], androgen: Float[Array, ""]) -> Float[Array, ""]:
        """Return the settled density per unit of `density_formation`."""
        return estrogen**self.estrogen * androgen**self.androgen

    def rate(
        self, density: Float[Array, ""], estrogen: Float[Array, ""], androgen: Float[Array, ""]
    ) -> Float[Array, ""]:
        """Return dBMD/dt [g/cm2/d]."""
        return (self.density_formation * self.target(estrogen, androgen) - density) / self.delay
