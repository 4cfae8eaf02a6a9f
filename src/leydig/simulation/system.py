"""The system that is solved: one man's body with the drugs of his regimen, as one function of numbers.

A drug's level is the weighted sum of its modes (`leydig.kinetics`), which are known in closed form, so
only the body is integrated. `System.rate` is the one text of the equations; the production kernel, the
differentiable reader and the reference of the tests all read it.
"""

import dataclasses
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from leydig.body import Body, State
from leydig.body.action import Action
from leydig.body.axis import Frame
from leydig.drugs import DRUGS, Drug, Given, Mixture

__all__ = ["FAST", "Mode", "System", "drugs_of", "fast_rates", "flat", "kinetics", "mode_layout"]

FAST_NAMES = ("lh", "fsh", "felt_lh", "testosterone", "estradiol")
FAST = tuple([field.name for field in dataclasses.fields(State)].index(name) for name in FAST_NAMES)
Modes = tuple[Float[Array, ""], ...]


class Mode(NamedTuple):
    """One mode of one level: the drug whose doses feed it, the level, and its place in the chain."""

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
        The levels, in the order of `mode_layout`.
    weights : tuple of tuple
        Level added by one unit in each mode, for every level.
    """

    body: Body
    frame: Frame
    drugs: dict[str, Drug]
    names: tuple[str, ...] = eqx.field(static=True)
    weights: tuple[Modes, ...]

    def levels(self, modes: Modes) -> dict[str, Float[Array, ""]]:
        """Return every drug level from the modes, in the order of `mode_layout`."""
        found, here = {}, 0
        for name, weights in zip(self.names, self.weights, strict=True):
            terms = zip(weights, modes[here : here + len(weights)], strict=True)
            found[name] = sum((weight * mode for weight, mode in terms), start=jnp.zeros(()))
            here += len(weights)
        return found

    def action(self, modes: Modes, given: tuple[Float[Array, ""], ...]) -> Action:
        """Return the joint action of the drugs.

        Parameters
        ----------
        modes : tuple of Float[Array, ""]
            The modes of every level.
        given : tuple of Float[Array, ""]
            Infusion rate, pulse and interval of each drug in turn.
        """
        levels = self.levels(modes)
        joint = Action()
        for place, drug in enumerate(self.drugs.values()):
            joint = joint + drug.action(levels, Given(*given[3 * place : 3 * place + 3]))
        return joint

    def rate(self, state: State, modes: Modes, given: tuple[Float[Array, ""], ...]) -> State:
        """Return the derivative of the body's state, per day; parameters as `action`."""
        return self.body.rate(state, self.action(modes, given), self.frame)


def drugs_of(names: list[str]) -> dict[str, Drug]:
    """Return the catalogue drugs behind these names, mixtures resolved, in a fixed order."""
    found: dict[str, Drug] = {}
    for name in names:
        for part in (DRUGS[part] for part in DRUGS[name].parts()):
            if isinstance(part, Mixture):
                raise TypeError(f"{name} is a mixture of mixtures; name plain drugs in its parts.")
            found[part.name] = part
    return dict(sorted(found.items()))


def mode_layout(drugs: dict[str, Drug]) -> list[Mode]:
    """Return the modes of these drugs in the order in which every array holds them."""
    return [
        Mode(name, level, place)
        for name, drug in drugs.items()
        for level, chain in drug.chains().items()
        for place in range(len(chain.rates))
    ]


def kinetics(drugs: dict[str, Drug]) -> tuple[tuple[str, ...], tuple[Modes, ...], list[Float[Array, ""]]]:
    """Return the names of all levels, their weights, and the decay rate [1/d] of every mode."""
    chains = [(level, chain) for drug in drugs.values() for level, chain in drug.chains().items()]
    weights = tuple(tuple(chain.weights()) for _, chain in chains)
    decay = [rate for _, chain in chains for rate in chain.decay()]
    return tuple(level for level, _ in chains), weights, decay


def flat(tree: Any) -> Float[Array, " leaf"]:
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
        -body.testis.felt_rate(jnp.ones_like(nothing), nothing),
        blood.testosterone_clearance * testosterone(jnp.asarray(state.testosterone)) / blood.testosterone_volume,
        blood.estradiol_clearance * estradiol(jnp.asarray(state.estradiol)) / blood.estradiol_volume,
    )
