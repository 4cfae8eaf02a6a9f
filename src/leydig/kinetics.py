"""Linear pharmacokinetics, exact between doses.

A drug moves along a chain of compartments (gut or depot, blood, metabolite), each emptying at its own
rate ``λ1 … λn`` [1/d]::

    dA1/dt = given − λ1·A1        dAi/dt = λ(i−1)·A(i−1) − λi·Ai        level = scale·An

The chain is solved by its modes: ``level = Σ w_i·m_i`` with ``dm_i/dt = given − λ_i·m_i``, where
``w_i = scale · Π_{j<n} λ_j / Π_{j≠i} (λ_j − λ_i)``. A dose adds its amount to every mode, and a mode
decays by an exact exponential, so doses bring the body neither stiffness nor jumps.
The rates of one chain must differ.
"""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

import leydig.precision  # noqa: F401  (before the first number)
from leydig.units import HOURS_PER_DAY

__all__ = ["Chain", "oral", "per_day"]

_LN2 = float(np.log(2.0))


def per_day(half_life_hours: Float[Array, ""]) -> Float[Array, ""]:
    """Return the rate constant [1/d] of a half-life [h]."""
    return _LN2 * HOURS_PER_DAY / half_life_hours


class Chain(eqx.Module):
    """A catenary chain of compartments from the dose to one measured level.

    Parameters
    ----------
    rates : tuple of Float[Array, ""]
        Rate constants along the chain [1/d], all different.
    scale : Float[Array, ""]
        Level read in the last compartment per unit of amount in it (bioavailability over volume).
    """

    rates: tuple[Float[Array, ""], ...]
    scale: Float[Array, ""]

    def decay(self) -> Float[Array, " mode"]:
        """Return the rate constant of each mode [1/d]."""
        return jnp.stack([jnp.asarray(rate) for rate in self.rates])

    def weights(self) -> Float[Array, " mode"]:
        """Return the level that one unit in each mode adds."""
        rates = [jnp.asarray(rate) for rate in self.rates]
        flow = jnp.asarray(self.scale)
        for rate in rates[:-1]:
            flow = flow * rate
        spread = []
        for one in rates:
            product = flow
            for other in rates:
                if other is not one:
                    product = product / (other - one)
            spread.append(product)
        return jnp.stack(spread)

    def steady(self, per_day: float) -> Float[Array, ""]:
        """Return the average level at steady state under `per_day` units of drug a day."""
        return jnp.asarray(self.scale) * per_day / self.rates[-1]


def oral(
    absorption: Float[Array, ""],
    clearance: Float[Array, ""],
    half_life: Float[Array, ""],
    amount: Float[Array, ""] | float,
) -> Chain:
    """Return the chain gut to blood of a drug with one compartment.

    Parameters
    ----------
    absorption : Float[Array, ""]
        Absorption rate constant [1/h].
    clearance : Float[Array, ""]
        Apparent clearance, CL/F [L/h].
    half_life : Float[Array, ""]
        Half-life in blood [h]; the volume is clearance times half-life over ln 2.
    amount : Float[Array, ""]
        Amount per dose unit, so that the level is in amount per litre.
    """
    elimination = per_day(half_life)
    volume = clearance * HOURS_PER_DAY / elimination
    return Chain((absorption * HOURS_PER_DAY, elimination), amount / volume)
