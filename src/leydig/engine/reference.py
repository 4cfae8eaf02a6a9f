"""The reference: an adaptive solver of SciPy on the same right-hand side, for one man at a time.

Nothing of the production engine is used. Kinetics are integrated as compartments beside the body
instead of being known in closed form, a dose stops the solver and starts it again, and LSODA chooses its
own steps and order from its own error estimate. It is slow, and it is what the engine is held against
(`leydig.verification.verify`) and what solves the men whom the engine cannot.
"""

import warnings
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import PyTreeDef
from jaxtyping import Array, Float, Int

from leydig.arrays import AnyArray, Number, Scalar
from leydig.body import Body, State
from leydig.body.axis import ReferenceState
from leydig.body.effects import Action
from leydig.drug import Delivery, Drug
from leydig.drugs import DRUGS, drugs_of
from leydig.engine.system import GIVEN, flatten
from leydig.errors import NotSolved, OutOfRange
from leydig.kinetics import Chain
from leydig.man import Man
from leydig.regimen import Regimen, Schedule
from leydig.ticks import days_of, tick_of, ticks_of

__all__ = ["Beginning", "reference", "reference_path"]

ABSOLUTE = 1e-13  # error allowed in a level that is almost nothing
STEPS = 50_000  # most steps between two kept times

Beginning = tuple[float, Float[np.ndarray, " state"], Float[np.ndarray, " compartment"]]  # day [d], where he is then


class _Parts(NamedTuple):
    """All numbers of one solution: the body, what stays fixed, the drugs and their chains."""

    body: Body
    frame: ReferenceState
    drugs: dict[str, Drug]
    chains: dict[str, tuple[Chain, ...]]  # by drug, in the order of its levels, which a dictionary would lose in JAX


class _Equations(NamedTuple):
    """The compiled equations of one set of drugs: parameters in, derivatives out."""

    rate: Callable[..., Array]  # (parameters, given, levels and compartments) -> derivative
    slopes: Callable[..., Float[np.ndarray, "level level"]]  # the same -> matrix of its derivatives
    first: dict[str, Int[np.ndarray, " level"]]  # compartments that a dose of each drug enters
    size: int  # number of compartments


def reference(
    man: Man,
    regimen: Regimen,
    times: Float[np.ndarray, " time"],
    *,
    drugs: dict[str, Drug] | None = None,
    tolerance: float = 1e-10,
) -> Float[np.ndarray, "time state"]:
    """Return the states of one man, solved by LSODA from his rest on day 0.

    Parameters
    ----------
    man : Man
        One man.
    regimen : Regimen
    times : Float[np.ndarray, " time"]
        Days to keep, ascending, none before 0.
    drugs : dict of str to Drug, optional
        Drugs with changed parameters, by name; the catalogue's when left out.
    tolerance : float, optional
        Relative error allowed in one step.

    Returns
    -------
    Float[np.ndarray, "time state"]
        States in the order of ``ravel_pytree(man.state)``, before any dose of that moment.

    Raises
    ------
    NotSolved
        When the solver gives up or a level is no number; the message gives reason and day.
    OutOfRange
        When many men came, or times that do not ascend from 0.

    Notes
    -----
    A call depends on nothing that was called before: the same bytes come out every time.
    """
    return reference_path(man, regimen, times, drugs=drugs, tolerance=tolerance)[0]


def reference_path(
    man: Man, regimen: Regimen, times: Float[np.ndarray, " time"], *, drugs: dict[str, Drug] | None = None,
    tolerance: float = 1e-10, begin: Beginning | None = None,
) -> tuple[Float[np.ndarray, "time state"], Float[np.ndarray, "time compartment"]]:  # fmt: skip
    """Return states, and what is in every compartment of the drugs, in the order of `compartments`; as `reference`.

    With `begin` he begins elsewhere than at rest on day 0: on a day, in a state, with so much in the compartments; what
    is given before that day is in them.
    """
    _check(man, times)
    used = dict(sorted((drugs_of(list(regimen.drugs)) | (drugs or {})).items()))
    equations = _equations(jax.tree.structure((man, used)))
    own, start = (np.asarray(part) for part in _body_numbers(man))
    theta = np.append(own, [float(leaf) for leaf in jax.tree.leaves((used, _chains(used)))])
    day, state, amounts = begin or (0.0, start, np.zeros(equations.size))
    levels = np.concatenate([state, amounts])
    if not np.isfinite(levels).all():
        raise NotSolved(f"there is no state on day {day:g} that he could begin from")
    schedule, ticks = regimen.schedule(float(times[-1])), ticks_of(times)
    stops, added = _stops(schedule, equations, tick_of(day), tick_of(times[-1]))
    kept = np.empty((len(times), len(levels)))
    rows = np.searchsorted(ticks, stops, side="right")
    kept[: rows[0]] = levels
    numbers = jax.device_put(theta)
    found = [part for name in used for part in schedule.rates_at(name, stops[:-1])]
    spans = np.ascontiguousarray(np.reshape(found, (GIVEN * len(used), len(stops) - 1)).T)
    for i, (here, there) in enumerate(pairwise(stops.tolist())):
        levels[len(start) :] += added[i]
        given = jax.device_put(spans[i])
        offsets = days_of(np.append(ticks[rows[i] : rows[i + 1]], there) - here)
        try:
            solved = _solve_part(equations, numbers, given, levels, offsets, tolerance)
        except NotSolved as error:
            raise NotSolved(f"{error} between day {days_of(here):g} and {days_of(there):g}.") from None
        kept[rows[i] : rows[i + 1]] = solved[:-1]
        levels = solved[-1].copy()
    return kept[:, : len(start)], kept[:, len(start) :]


def _check(man: Man, times: Float[np.ndarray, " time"]) -> None:
    if man.count is not None:
        raise OutOfRange(f"got {man.count} men; expected one man at a time. Solve each of them.")
    if not (len(times) and times[0] >= 0.0 and np.all(np.diff(times) > 0.0) and np.isfinite(times[-1])):
        raise OutOfRange(
            "got times that do not ascend from day 0; expected ascending days. Sort them, and keep each once."
        )


@jax.jit
def _body_numbers(man: Man) -> tuple[Float[Array, " number"], Float[Array, " state"]]:
    """Return the numbers of his body, the first of `_Parts`, and his state at rest: compiled once for all drugs."""
    return flatten((man.body, man.body.frame(man.bmi))), flatten(man.state)


def _chains(drugs: dict[str, Drug]) -> dict[str, tuple[Chain, ...]]:
    return {name: tuple(drug.chains().values()) for name, drug in drugs.items()}


def _parts(man: Man, drugs: dict[str, Drug]) -> _Parts:
    return _Parts(man.body, man.body.frame(man.bmi), drugs, _chains(drugs))


@lru_cache(maxsize=128)
def _equations(shape: PyTreeDef) -> _Equations:
    """Return the equations of men and drugs of this tree structure, compiled once."""
    man, drugs = jax.tree.unflatten(shape, [jax.ShapeDtypeStruct((), float)] * int(shape.num_leaves))
    parts = jax.eval_shape(_parts, man, drugs)
    outline, state, fields = jax.tree.structure(parts), jax.tree.structure(man.state), len(jax.tree.leaves(man.state))
    first, size = {}, 0
    for name, chains in parts.chains.items():
        ends = np.cumsum([0, *(len(chain.rates) for chain in chains)])
        first[name] = size + ends[:-1]
        size += int(ends[-1])

    def rate(
        theta: Float[Array, " number"], given: Float[Array, " given"], levels: Float[Array, " level"]
    ) -> Float[Array, " level"]:
        now = list(levels)
        body, amounts = jax.tree.unflatten(state, now[:fields]), now[fields:]
        return _rate(jax.tree.unflatten(outline, list(theta)), body, amounts, list(given))

    return _Equations(
        rate=jax.jit(rate),
        slopes=_slopes(outline, state, parts),
        first=first,
        size=size,
    )


def _slopes(outline: PyTreeDef, state: PyTreeDef, parts: _Parts) -> Callable[..., Float[np.ndarray, "level level"]]:
    """Return the matrix of derivatives of `_rate` by the chain rule.

    Three quarters of what a set of drugs compiled were the slopes of the body, which are the same for all: they are
    compiled apart, by state and by action, and only what the drugs do with their levels belongs to the set.
    """
    body = (parts.body, parts.frame)
    numbers, fields = len(jax.tree.leaves(body)), state.num_leaves
    own = _body_slopes(jax.tree.structure(body), state)

    def act(
        theta: Float[Array, " number"], given: Float[Array, " given"], amounts: Float[Array, " compartment"]
    ) -> tuple[Float[Array, " action"], Float[Array, " compartment"]]:
        joint, moving = _act(jax.tree.unflatten(outline, list(theta)), list(amounts), list(given))
        return flatten(joint), jnp.asarray(moving)

    @jax.jit
    def drugs(
        theta: Float[Array, " number"], given: Float[Array, " given"], levels: Float[Array, " level"]
    ) -> tuple[tuple[Array, Array, Array], tuple[Array, Array]]:
        amounts = levels[fields:]
        action, _ = act(theta, given, amounts)
        return (theta[:numbers], levels[:fields], action), jax.jacfwd(act, argnums=2)(theta, given, amounts)

    def slopes(
        theta: Float[Array, " number"], given: Float[Array, " given"], levels: Float[AnyArray, " level"]
    ) -> Float[np.ndarray, "level level"]:
        now, (acting, moving) = drugs(theta, given, levels)
        by_state, by_action = own(*now)
        found = np.zeros((len(levels), len(levels)))
        found[:fields, :fields] = by_state
        found[:fields, fields:] = np.asarray(by_action) @ np.asarray(acting)
        found[fields:, fields:] = moving
        return found

    return slopes


@lru_cache(maxsize=8)
def _body_slopes(outline: PyTreeDef, state: PyTreeDef) -> Callable[..., tuple[Array, Array]]:
    """Return how the body's derivative changes with its state and with the action of drugs, compiled once for all."""
    acting = jax.tree.structure(Action())

    def rate(
        theta: Float[Array, " number"], now: Float[Array, " state"], action: Float[Array, " action"]
    ) -> Float[Array, " state"]:
        body, frame = jax.tree.unflatten(outline, list(theta))
        return flatten(body.rate(jax.tree.unflatten(state, list(now)), jax.tree.unflatten(acting, list(action)), frame))

    return jax.jit(jax.jacfwd(rate, argnums=(1, 2)))


def _rate(parts: _Parts, state: State, amounts: list[Scalar], given: list[Scalar]) -> Float[Array, " level"]:
    """Return the derivative of the body's state and of every compartment, per day."""
    joint, moving = _act(parts, amounts, given)
    return flatten((parts.body.rate(state, joint, parts.frame), moving))


def _act(parts: _Parts, amounts: list[Scalar], given: list[Scalar]) -> tuple[Action, list[Scalar]]:
    """Return what the drugs do to the body, and the derivative of every compartment, per day."""
    levels: dict[str, Scalar] = {}
    moving: list[Scalar] = []
    for drug, chains in zip(parts.drugs.values(), parts.chains.values(), strict=True):
        for level, chain in zip(drug.chains(), chains, strict=True):
            own = [amounts[len(moving) + place] for place in range(len(chain.rates))]
            leaving = [rate * amount for rate, amount in zip(chain.rates, own, strict=True)]
            coming: list[Number] = [0.0, *leaving[:-1]]
            moving += [came - left for came, left in zip(coming, leaving, strict=True)]
            levels[level] = chain.scale * own[-1]
    joint = Action()
    for place, drug in enumerate(parts.drugs.values()):
        joint = joint + drug.action(levels, Delivery(*given[GIVEN * place : GIVEN * (place + 1)]))
    return joint, moving


def _stops(
    schedule: Schedule, equations: _Equations, first: int, end: int
) -> tuple[Int[np.ndarray, " stop"], Float[np.ndarray, "stop compartment"]]:
    """Return the ticks at which the solver stops, and the amounts that enter each compartment then."""
    changes = [tick for found in schedule.spans for span in found for tick in span]
    doses = [(name, ticks, amounts) for name, (ticks, amounts) in schedule.doses.items()]
    stops = np.unique(np.concatenate([np.array([first, end, *changes]), *(ticks for _, ticks, _ in doses)]))
    stops = stops[(stops >= first) & (stops <= end)]
    added = np.zeros((len(stops), equations.size))
    for name, ticks, amounts in doses:
        coming = ticks >= first
        where, given = np.searchsorted(stops, ticks[coming]), np.asarray(amounts, dtype=float)[coming]
        for part, share in DRUGS[name].parts().items():
            for entered in equations.first[part]:
                np.add.at(added, (where, entered), given * float(share))
    return stops, added


def _solve_part(
    equations: _Equations,
    theta: Float[AnyArray, " number"],
    given: Float[AnyArray, " given"],
    levels: Float[AnyArray, " level"],
    offsets: Float[np.ndarray, " time"],
    tolerance: float,
) -> Float[np.ndarray, "time level"]:
    """Return levels and compartments at days after now, between two stops."""
    from scipy.integrate import ODEintWarning, odeint  # late: it is large, and few men need it

    rate, slopes = equations.rate, equations.slopes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ODEintWarning)
        rows, report = odeint(
            lambda y, _: rate(theta, given, y), levels, np.concatenate([[0.0], offsets]),
            Dfun=lambda y, _: slopes(theta, given, y), rtol=tolerance, atol=ABSOLUTE, mxstep=STEPS, full_output=True,
        )  # fmt: skip
    if report["message"] != "Integration successful.":
        raise NotSolved(f"the reference solver gave up ({report['message'].rstrip('.')})")
    if not np.isfinite(rows).all():
        raise NotSolved("a level stopped being a number in the reference solver")
    return rows[1:]
