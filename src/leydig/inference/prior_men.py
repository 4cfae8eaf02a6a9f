"""Men at places of the prior, and all that the kernel needs to know of them, from one compiled function.

What `leydig.man.deviates` makes of a man's standard normal numbers and `leydig.man.uncertainty` of the constants that
all men share is worked out together: numbers go in as three tables and come out as one for the man and four for the
kernel, so that a fit does not pay for carrying some hundred small arrays to and fro.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int

from leydig.blocks import in_blocks, take_rows
from leydig.body import Body
from leydig.drug import Drug
from leydig.engine import Cohort, Numbers, flat_numbers
from leydig.man import Man
from leydig.man.deviates import PopulationTraits, man_of_deviates, state_after_testosterone
from leydig.man.drug_variability import take_drugs
from leydig.man.uncertainty import Draws, move_constants

__all__ = ["PriorMen", "men_of_numbers"]


@dataclass(frozen=True)
class PriorMen:
    """Men at some places, with what their drugs do in them and how they take them.

    Attributes
    ----------
    man : Man
        With a leading axis.
    drug_free : Numbers
        What the kernel needs to know of them without drugs.
    drugs : dict of str to Drug
        Varying parameters have the same leading axis.
    taken : Float[np.ndarray, " draw"]
        Share of his doses that each takes.
    standing : Cohort, optional
        The same men where his results left them; None where nobody was marched yet.
    """

    man: Man
    drug_free: Numbers
    drugs: dict[str, Drug]
    taken: Float[np.ndarray, " draw"]
    standing: Cohort | None = None

    def take(self, which: Int[np.ndarray, " place"]) -> "PriorMen":
        """Return some of them."""
        drug_free = Numbers(*take_rows(self.drug_free, which))
        standing = None if self.standing is None else self.standing.take(which)
        return PriorMen(self.man.take(which), drug_free, take_drugs(self.drugs, which), self.taken[which], standing)

    def with_drugs(self, drugs: dict[str, Drug], share: Float[np.ndarray, " draw"]) -> "PriorMen":
        """Return them with other drugs, those that they have in them among these, of whose doses they take a share."""
        standing = self.standing
        if standing is not None and drugs is not self.drugs:
            standing = standing.with_drugs(drugs)
        return replace(self, drugs=drugs, taken=share, standing=standing)


def men_of_numbers(
    normal: Mapping[str, Float[np.ndarray, " man"]], draws: Draws, traits: PopulationTraits
) -> tuple[Man, Numbers]:
    """Return men from their standard normal numbers and the constants that all share, with the kernel's numbers.

    Parameters
    ----------
    normal : mapping of str to Float[np.ndarray, " man"]
        By `leydig.man.deviates.deviate_names`.
    draws : Draws
        One for each man.
    traits : PopulationTraits
    """
    body = {path: values for path, values in draws.values.items() if path.startswith("body.")}
    function = partial(_of_block, tuple(normal), tuple(body), traits)
    packed, drug_free = in_blocks(function, *(np.column_stack(list(part.values())) for part in (normal, body)))
    leaves = list(np.ascontiguousarray(packed.T))
    man: Man = jax.tree.unflatten(_structure_of_man(), leaves)
    return man, Numbers(*drug_free)


@lru_cache(maxsize=1)
def _structure_of_man() -> jax.tree_util.PyTreeDef:
    return jax.tree.structure(Man(age=30))


@partial(jax.jit, static_argnums=(0, 1))
def _of_block(
    names: tuple[str, ...], paths: tuple[str, ...], traits: PopulationTraits,
    normal: Float[Array, "man deviate"], drawn: Float[Array, "man constant"],
) -> tuple[Array, tuple[Array, ...]]:  # fmt: skip
    """Return the numbers of one block of men as tables."""
    middle = Body()

    def one_man(own: Float[Array, " deviate"], constants: Float[Array, " constant"]) -> tuple[Array, tuple[Array, ...]]:
        man = man_of_deviates(traits.known, middle, dict(zip(names, own, strict=True)))
        body = move_constants(man.body, "body", dict(zip(paths, constants, strict=True)))
        man = man.with_body(body)
        if traits.testosterone_input is not None:
            state = state_after_testosterone(jnp.asarray(traits.testosterone_input), man)
            man = eqx.tree_at(lambda he: he.state, man, state)
        return ravel_pytree(man)[0], flat_numbers(man, {})

    return jax.vmap(one_man)(normal, drawn)
