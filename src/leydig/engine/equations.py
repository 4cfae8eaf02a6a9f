"""The equations of a system as functions of lists of numbers: what the engine traces, and printers are given.

Every printed function takes the same four lists, by one letter each: ``t`` the parameters, which stay the same for one
man, ``y`` the states, ``m`` the amounts in the compartments of every drug level, and ``g`` what is being given.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from leydig.analyte import Reading
from leydig.analytes import ANALYTES, analyte_order
from leydig.blocks import in_blocks
from leydig.body import Body, State
from leydig.body.axis import ReferenceState
from leydig.body.effects import Action
from leydig.engine.system import GIVEN, System
from leydig.engine.trace.tracer import leaf_ids
from leydig.man import Man

__all__ = ["HAZARDS", "FlatEquations", "Function", "flatten_equations", "read_states", "readings", "readings_by_name"]

_A = TypeVar("_A", Array, npt.NDArray[np.float64])
HAZARDS = ("joint_pain", "low_libido")
Function = Callable[..., list[Array]]


class FlatEquations(NamedTuple):
    """Equations on lists of scalars.

    Attributes
    ----------
    rate : callable
        Takes parameters, states, amounts and what is given; returns the derivatives of the states [1/d].
    read : callable
        Takes the same; returns every reading.
    sizes : dict of str to int
        The lengths of the lists, by the letters ``t``, ``y``, ``m`` and ``g``. Parameters and states are the leaves of
        the system and of the state (`jax.tree.leaves`).
    states, readings : tuple of str
        What the numbers of `rate` and of `read` belong to: state variables; analytes in their inside units and
        symptom hazards [1/month].
    """

    rate: Function
    read: Function
    sizes: dict[str, int]
    states: tuple[str, ...]
    readings: tuple[str, ...]


def flatten_equations(system: System, state: State) -> FlatEquations:
    """Return the equations of a system on lists of scalars.

    Parameters
    ----------
    system : System
        Any man's system with the drugs in question; only its structure matters.
    state : State
        Any state of his.
    """
    theta, system_shape = jax.tree.flatten(system)
    leaves, state_shape = jax.tree.flatten(state)

    def rebuild(t: list[Array], y: list[Array]) -> tuple[System, State]:
        return jax.tree.unflatten(system_shape, t), jax.tree.unflatten(state_shape, y)

    def rate(t: list[Array], y: list[Array], m: list[Array], g: list[Array]) -> list[Array]:
        now, at = rebuild(t, y)
        return [jnp.asarray(leaf) for leaf in jax.tree.leaves(now.rate(at, tuple(m), tuple(g)))]

    def read(t: list[Array], y: list[Array], m: list[Array], g: list[Array]) -> list[Array]:
        now, at = rebuild(t, y)
        return [jnp.asarray(value) for value in readings(now, at, m, g)]

    sizes = {"t": len(theta), "y": len(leaves), "m": sum(system.sizes), "g": GIVEN * len(system.drugs)}
    return FlatEquations(rate, read, sizes, tuple(leaf_ids(state)), (*analyte_order(), *HAZARDS))


def readings(system: System, state: State, amounts: Sequence[Array], deliveries: Sequence[Array]) -> list[Array]:
    """Return every analyte, in the order of `analyte_order`, and every symptom hazard at one moment."""
    return _readings(system.body, system.frame, state, system.action(tuple(amounts), tuple(deliveries)))


def _readings(body: Body, frame: ReferenceState, state: State, action: Action) -> list[Array]:
    at = Reading(body, state, body.signals(state, action, frame), action)
    symptoms = body.symptoms
    lack = symptoms.lack(body.blood.measured_estradiol(state.estradiol))
    levels = [ANALYTES[name].read(at) for name in analyte_order()]
    return [*levels, symptoms.joint_pain_background * lack, symptoms.low_libido_background * lack]


def read_states(
    man: Man, states: Float[np.ndarray, "time state"], actions: Action
) -> Float[np.ndarray, "time reading"]:
    """Return every reading of one man, as `readings`, from his states and what drugs do then.

    Parameters
    ----------
    man : Man
    states : Float[np.ndarray, "time state"]
        In the order of ``ravel_pytree(man.state)``.
    actions : Action
        With a number for each time.

    Notes
    -----
    The catalogue alone reads: nothing of the kernel is used, and one compilation serves all men and sets of drugs.
    """
    found: Float[np.ndarray, "time reading"] = in_blocks(partial(_read_states, man), states, actions)
    return found


@jax.jit
def _read_states(man: Man, states: Float[Array, "time state"], actions: Action) -> Float[Array, "time reading"]:
    shape, frame = ravel_pytree(man.state)[1], man.body.frame(man.bmi)
    moment = lambda state, action: jnp.stack(_readings(man.body, frame, shape(state), action))  # noqa: E731
    return jax.vmap(moment)(states, actions)


def readings_by_name(values: Float[_A, "*row reading"]) -> tuple[dict[str, _A], dict[str, _A]]:
    """Return analytes and hazards by name from values whose last axis is that of `readings`."""
    names = analyte_order()
    analytes = {name: values[..., place] for place, name in enumerate(names)}
    return analytes, {name: values[..., len(names) + place] for place, name in enumerate(HAZARDS)}
