"""Symptoms of low estradiol: joint pain and loss of libido, as hazards. Assumed, never validated.

With ``E`` estradiol in pmol/L, a hazard per month doubles for each halving of estradiol below a
threshold ``E_1`` and stays at its background above it::

    hazard = background·(E_1/E)^g    where E < E_1, else background
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from leydig.parameter import parameter

__all__ = ["Symptoms"]


class Symptoms(eqx.Module):
    """Hazards of symptoms; shown as assumed wherever they are shown."""

    joint_pain_background: Float[Array, ""] = parameter(
        0.005, "1/month", "hazard of new joint pain with enough estradiol",
        within=(0.0, 0.1), basis="assumed",
        source="assumed: rare in young men; no rate in men on an inhibitor was seen")
    low_libido_background: Float[Array, ""] = parameter(
        0.005, "1/month", "hazard of new loss of libido with enough estradiol",
        within=(0.0, 0.1), basis="assumed",
        source="assumed: rare in young men; no rate in men on an inhibitor was seen")
    threshold: Float[Array, ""] = parameter(
        75.0, "pmol/L", "estradiol below which the hazards rise (20 pg/mL)",
        within=(20.0, 150.0), basis="assumed",
        source="assumed: the reduce-dose line of the clinical rules, 20 pg/mL")
    steepness: Float[Array, ""] = parameter(
        1.0, "1", "exponent g of the hazards on lack of estradiol",
        within=(0.0, 4.0), basis="assumed",
        source="assumed: doubling per halving; no dose response in men was seen")

    def lack(self, estradiol: Float[Array, ""]) -> Float[Array, ""]:
        """Return the factor by which low estradiol [pmol/L] raises the hazards."""
        return jnp.maximum(self.threshold / estradiol, 1.0) ** self.steepness
