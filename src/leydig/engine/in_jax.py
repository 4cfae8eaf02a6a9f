"""The same men solved in JAX, on a fixed grid of steps, so that gradients and other transformations flow through."""

import operator
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from leydig.drug import Drug
from leydig.engine.equations import readings, readings_by_name
from leydig.engine.plan import Plan
from leydig.engine.solve import assemble_system
from leydig.engine.step import scan
from leydig.man import Man

__all__ = ["solve_in_jax"]


def solve_in_jax(men: Man, drugs: dict[str, Drug], plans: Sequence[Plan]) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return analytes in their inside units and symptom hazards [1/month], by name.

    Parameters
    ----------
    men : Man
        One man, or many.
    drugs : dict of str to Drug
        The drugs of all plans.
    plans : sequence of Plan
        The plan of each man.
    """
    if men.count is None:
        return readings_by_name(_solve_man(men, drugs, plans[0]))
    everyone = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (men.count,)), drugs)
    if all(plan is plans[0] for plan in plans):
        return readings_by_name(jax.vmap(lambda man, own: _solve_man(man, own, plans[0]))(men, everyone))
    rows = range(len(plans))
    picked: list[tuple[Man, dict[str, Drug]]] = [jax.tree.map(operator.itemgetter(i), (men, everyone)) for i in rows]
    each = [_solve_man(man, own, plan) for (man, own), plan in zip(picked, plans, strict=True)]
    return readings_by_name(jnp.stack(each))


def _solve_man(man: Man, drugs: dict[str, Drug], plan: Plan) -> Float[Array, "out reading"]:
    """Return every reading of one man at the kept times."""
    system, state, own, decay = assemble_system(man, drugs)
    states, amounts = scan(system, state, own, decay, plan)
    shape = ravel_pytree(state)[1]
    moment = jax.vmap(lambda y, level, g: jnp.stack(readings(system, shape(y), tuple(level), tuple(g))))
    return moment(states, amounts, plan.output_givens())
