"""The system that is solved: one man's body with the drugs of his regimen, as one function of numbers.

A drug's level is in proportion to the amount in the last compartment of its chain (`leydig.kinetics`), which is
known in closed form, so only the body is integrated. `System.rate` is the one text of the equations; the
production kernel, the differentiable reader and the reference of the tests all read it.
"""

import dataclasses
from itertools import accumulate
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from leydig.body import Body, State
from leydig.body.axis import ReferenceState
from leydig.body.effects import Action
from leydig.drug import Delivery, Drug

__all__ = ["FAST", "GIVEN", "Compartment", "Kinetics", "System", "compartments", "fast_rates", "flatten", "kinetics"]

FAST_NAMES = ("lh", "fsh", "effective_lh", "testosterone", "estradiol")
FAST = tuple([field.name for field in dataclasses.fields(State)].index(name) for name in FAST_NAMES)
GIVEN = len(dataclasses.fields(Delivery))  # numbers that say what is given of each drug
Amounts = tuple[Float[Array, ""], ...]


class Compartment(NamedTuple):
    """One compartment of one level: the drug, the level, and its place in the chain; doses enter place 0."""

    drug: str
    level: str
    place: int


class System(eqx.Module):
    """A body and the drugs given to it.

    Attributes
    ----------
    body : Body
    frame : Frame
        What stays fixed for this man.
    drugs : dict of str to Drug
        The drugs of the regimen, mixtures resolved into their parts.
    names : tuple of str
        The levels, in the order of `compartments`.
    sizes : tuple of int
        How many compartments the chain of each level has.
    scales : tuple of Float[Array, ""]
        Level per unit in the last compartment, for every level.
    """

    body: Body
    frame: ReferenceState
    drugs: dict[str, Drug]
    names: tuple[str, ...] = eqx.field(static=True)
    sizes: tuple[int, ...] = eqx.field(static=True)
    scales: tuple[Float[Array, ""], ...]

    def levels(self, amounts: Amounts) -> dict[str, Float[Array, ""]]:
        """Return every drug level from the amounts, in the order of `compartments`."""
        last = (amounts[end - 1] for end in accumulate(self.sizes))
        return {name: scale * amount for name, scale, amount in zip(self.names, self.scales, last, strict=True)}

    def action(self, amounts: Amounts, deliveries: tuple[Float[Array, ""], ...]) -> Action:
        """Return the joint action of the drugs.

        Parameters
        ----------
        amounts : tuple of Float[Array, ""]
            What is in the compartments of every level.
        deliveries : tuple of Float[Array, ""]
            Infusion rate, pulse and interval of each drug in turn.
        """
        levels = self.levels(amounts)
        joint = Action()
        for place, drug in enumerate(self.drugs.values()):
            joint = joint + drug.action(levels, Delivery(*deliveries[GIVEN * place : GIVEN * (place + 1)]))
        return joint

    def rate(self, state: State, amounts: Amounts, deliveries: tuple[Float[Array, ""], ...]) -> State:
        """Return the derivative of the body's state, per day; parameters as `action`."""
        return self.body.rate(state, self.action(amounts, deliveries), self.frame)


def compartments(drugs: dict[str, Drug]) -> list[Compartment]:
    """Return the compartments of these drugs in the order in which every array holds them."""
    return [
        Compartment(name, level, place)
        for name, drug in drugs.items()
        for level, chain in drug.chains().items()
        for place in range(len(chain.rates))
    ]


class Kinetics(NamedTuple):
    """The chains of some drugs, one after the other.

    Attributes
    ----------
    names : tuple of str
        Their levels.
    sizes : tuple of int
        How many compartments each has.
    scales : tuple of Float[Array, ""]
        Level per unit in the last compartment of each.
    rates : Float[Array, " compartment"]
        How fast every compartment empties [1/d].
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    scales: tuple[Float[Array, ""], ...]
    rates: Float[Array, " compartment"]


def kinetics(drugs: dict[str, Drug]) -> Kinetics:
    """Return the chains of these drugs."""
    chains = {level: chain for drug in drugs.values() for level, chain in drug.chains().items()}
    rates = [jnp.asarray(rate, dtype=float) for chain in chains.values() for rate in chain.rates]
    return Kinetics(
        tuple(chains),
        tuple(len(chain.rates) for chain in chains.values()),
        tuple(jnp.asarray(chain.scale) for chain in chains.values()),
        jnp.stack(rates) if rates else jnp.zeros(0),
    )


def flatten(tree: PyTree) -> Float[Array, " leaf"]:
    """Return the leaves of a tree as one vector."""
    return jnp.stack([jnp.asarray(leaf, dtype=float) for leaf in jax.tree.leaves(tree)])


def fast_rates(body: Body, state: State) -> tuple[Float[Array, ""], ...]:
    """Return how fast the states of `FAST_NAMES` decay on their own [1/d].

    Notes
    -----
    An exponential step takes this part of the equations exactly; it needs no more than a fair
    estimate, since the rest is integrated.
    """
    blood, nothing = body.blood, jnp.zeros_like(state.lh)
    testosterone = jax.grad(lambda total: blood.free(total, state.estradiol, state.shbg).testosterone)
    estradiol = jax.grad(lambda total: blood.free(state.testosterone, total, state.shbg).estradiol)
    return (
        -body.pituitary.lh_rate(jnp.ones_like(nothing), nothing),
        -body.pituitary.fsh_rate(jnp.ones_like(nothing), nothing),
        -body.testis.effective_lh_rate(jnp.ones_like(nothing), nothing),
        blood.testosterone_clearance * testosterone(jnp.asarray(state.testosterone)) / blood.testosterone_volume,
        blood.estradiol_clearance * estradiol(jnp.asarray(state.estradiol)) / blood.estradiol_volume,
    )
