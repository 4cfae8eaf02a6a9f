"""What another weight does to a man's body.

Two things follow the BMI, from the one at which his baseline was measured: fat's aromatase (`leydig.body.periphery`)
and the SHBG that he makes, by the slope of log SHBG on BMI between men (`leydig.man.imputation`). What else differs
between lean and obese men follows from these in the equations, or does not: his drive and his testes stay his own.
"""

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from leydig.blocks import in_blocks
from leydig.body.axis import Body
from leydig.body.periphery import Periphery
from leydig.man.imputation import Expectation
from leydig.man.man import Man

__all__ = ["change_bmi", "weigh_body"]


def change_bmi(men: Man, bmi: float) -> Man:
    """Return men whose BMI has changed since their baselines were measured.

    Fat's aromatase and the SHBG that they make are those of the new BMI; the state is where it was, and the baseline
    says what it did. The very same numbers where the BMI is the same.

    Parameters
    ----------
    men : Man
        With a leading axis.
    bmi : float
        [kg/m2], of all of them.
    """
    now = np.full(np.shape(men.bmi), float(bmi))
    made, aromatase = in_blocks(_changed_parts, men.body.blood.shbg_production, men.body.periphery, men.bmi, now)
    return eqx.tree_at(
        lambda one: (one.body.blood.shbg_production, one.body.periphery, one.bmi), men, (made, aromatase, now)
    )


def weigh_body(body: Body, before: Float[Array, ""], now: Float[Array, ""]) -> Body:
    """Return the body of one man at another BMI [kg/m2] than the one at which its numbers are his; traceable."""
    changed = _parts(body.blood.shbg_production, body.periphery, before, now)
    return eqx.tree_at(lambda one: (one.blood.shbg_production, one.periphery), body, changed)


def _parts(
    made: Float[Array, ""], aromatase: Periphery, before: Float[Array, ""], now: Float[Array, ""]
) -> tuple[Float[Array, ""], Periphery]:
    return made * Expectation().shbg_ratio(before, now), aromatase.change_fat(before, now)


_changed_parts = jax.jit(jax.vmap(_parts))
