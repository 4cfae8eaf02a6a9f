"""The engine: men and plans in, readings out, each man with an error that was looked at.

Men march in groups of eight lanes through their plans (`leydig.engine.kernel.march`), groups on every core.
The step carries a lesser step inside; where the two differ too much the step is taken again, shorter, for
that man alone. A man for whom it would become too short is solved by the adaptive reference, and what
still fails is NaN with a reason. No man's numbers depend on who is solved beside him.
"""

import os
import time
from collections import Counter
from collections.abc import Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jaxtyping import Array, Float, Int, Shaped

from leydig.analytes import analyte_order
from leydig.blocks import in_blocks, take_rows
from leydig.body import State
from leydig.checks import Limits
from leydig.drug import Drug
from leydig.engine.equations import read_states, readings_by_name
from leydig.engine.kernel.kernel import Kernel, kernel_text, read_kernel
from leydig.engine.kernel.march import march as march_groups
from leydig.engine.kernel.organs import cell_length
from leydig.engine.kernel.simd import FEW_LANES, LANES
from leydig.engine.plan import Plan, Stack, stack_plans
from leydig.engine.reference import Beginning, reference_path
from leydig.engine.system import System, fast_rates, flatten, kinetics
from leydig.errors import NotSolved, OutOfRange
from leydig.log import logger
from leydig.man import Man
from leydig.man.drug_variability import take_drugs
from leydig.regimen import Regimen
from leydig.text_enum import TextEnum
from leydig.ticks import days_of, tick_of

__all__ = ["FINE", "MarchOutput", "Numbers", "Solution", "SolvePath", "assemble_system", "drugs_per_man",
           "flat_numbers", "kernel_numbers", "march", "numbers_with_drugs", "rows_kinetics", "solve_men"]  # fmt: skip

LOG = logger(__name__)
TOLERANCE = 1e-4
TOLERANCES: Limits = (1e-8, 1e-2)  # below, the arithmetic itself does not carry so far
TRUSTED = 0.32  # largest difference from the lesser step that is allowed, in units of the tolerance
RESCUE = 1e-8  # relative error of the reference at the ordinary tolerance
FINE, TOO_SHORT = -1, -2  # what the march says of a man, beside the row at which a level is wrong
PORTIONS = 4  # pieces of work for each core
TRIED_FROM = 20.0  # [d] length from which a day's trial of the steps pays: an eighth to a third of a march

Begin = tuple[Float[np.ndarray, "man state"], Float[np.ndarray, "man compartment"]]  # where each man begins
_Rescue = tuple[Float[np.ndarray, "time reading"], Float[np.ndarray, " state"], Float[np.ndarray, " compartment"]]
_Vectors = tuple[  # of one man, as `Numbers` holds them
    Float[Array, "*man parameter"], Float[Array, "*man state"], Float[Array, "*man fast"],
    Float[Array, "*man compartment"],
]  # fmt: skip


class SolvePath(TextEnum):
    """How a man was solved, or that he was not."""

    KERNEL = "kernel"
    REFERENCE = "reference"
    FAILED = "failed"


class Numbers(NamedTuple):
    """What the kernel needs to know of each man, one row per man.

    Attributes
    ----------
    theta, start, own, decay : Float[np.ndarray, "man ..."]
        Parameters, resting states, own decay rates of the fast states and emptying rates of the compartments [1/d].
    """

    theta: Float[np.ndarray, "man parameter"]
    start: Float[np.ndarray, "man state"]
    own: Float[np.ndarray, "man fast"]
    decay: Float[np.ndarray, "man compartment"]


class MarchOutput(NamedTuple):
    """What the kernel fills.

    Attributes
    ----------
    values : Float[np.ndarray, "man row reading"]
        What is read at every kept time.
    states, amounts : Float[np.ndarray, "man ..."]
        Where each man ends.
    steps : Int[np.ndarray, " man"]
        Steps tried.
    bad : Int[np.ndarray, " man"]
        `FINE`; `TOO_SHORT` when steps became too short; else the first row at which a state is wrong.
    """

    values: Float[np.ndarray, "man row reading"]
    states: Float[np.ndarray, "man state"]
    amounts: Float[np.ndarray, "man compartment"]
    steps: Int[np.ndarray, " man"]
    bad: Int[np.ndarray, " man"]


class Solution(NamedTuple):
    """What the engine returns.

    Attributes
    ----------
    values : Float[np.ndarray, "man time reading"]
        Every analyte and hazard, in the order of `leydig.engine.equations.readings`.
    states, amounts : Float[np.ndarray, "man ..."]
        Where each man ends.
    failed : dict of int to str
        The men who were not solved, and why; their values are NaN.
    paths : tuple of SolvePath
        How each man was solved.
    """

    values: Float[np.ndarray, "man time reading"]
    states: Float[np.ndarray, "man state"]
    amounts: Float[np.ndarray, "man compartment"]
    failed: dict[int, str]
    paths: tuple[SolvePath, ...]

    @property
    def analytes(self) -> dict[str, Float[np.ndarray, "man time"]]:
        """Every analyte in its inside unit."""
        return readings_by_name(self.values)[0]

    @property
    def hazards(self) -> dict[str, Float[np.ndarray, "man time"]]:
        """Every symptom hazard [1/month]."""
        return readings_by_name(self.values)[1]


def assemble_system(
    man: Man, drugs: dict[str, Drug]
) -> tuple[System, State, Float[Array, " fast"], Float[Array, " compartment"]]:
    """Return system, resting state, own decay rates, and how fast the compartments of one man empty."""
    system, state, decay = _parts(man, drugs)
    own = jnp.stack([jnp.asarray(rate) for rate in fast_rates(man.body, man.state)])
    return system, state, own, decay


def _parts(man: Man, drugs: dict[str, Drug]) -> tuple[System, State, Float[Array, " compartment"]]:
    names, sizes, scales, decay = kinetics(drugs)
    return System(man.body, man.body.frame(man.bmi), drugs, names, sizes, scales), man.state, decay


def flat_numbers(man: Man, drugs: dict[str, Drug]) -> _Vectors:
    """Return the numbers of one man as four vectors."""
    system, state, own, decay = assemble_system(man, drugs)
    return flatten(system), flatten(state), own, decay


@jax.jit
def _numbers_without_drugs(men: Man) -> _Vectors:
    return jax.vmap(lambda man: flat_numbers(man, {}))(men)


@jax.jit
def rows_kinetics(drugs: dict[str, Drug]) -> tuple[tuple[Float[Array, " row"], ...], Float[Array, "row compartment"]]:
    """Return scales and emptying rates [1/d] of drugs with one number for each row (`leydig.engine.system`)."""
    scales, rates = jax.vmap(lambda own: kinetics(own)[2:])(drugs)
    return scales, rates


def kernel_numbers(men: Man, drugs: dict[str, Drug]) -> Numbers:
    """Return what the kernel needs to know of men with a leading axis; a drug's numbers may have it too.

    Notes
    -----
    The numbers of `flat_numbers`, in its order. What JAX works out of the men is compiled once for all sets of drugs.
    """
    return numbers_with_drugs(Numbers(*in_blocks(_numbers_without_drugs, men)), drugs)


def numbers_with_drugs(drug_free: Numbers, drugs: dict[str, Drug]) -> Numbers:
    """Return what the kernel needs to know of men on drugs, from what it needs to know of them without."""
    theta, start, own, decay = drug_free
    spread = drugs_per_man(drugs, len(start))
    leaves = jax.tree.leaves(spread)
    if leaves:
        alike = all(np.ndim(leaf) == 0 for leaf in jax.tree.leaves(drugs))  # for all men, so one is asked for
        asked = in_blocks(rows_kinetics, drugs_per_man(drugs, 1) if alike else spread)
        scales, decay = jax.tree.map(lambda rows: np.repeat(rows, len(start) // len(rows), axis=0), asked)
        theta = np.column_stack([theta, *leaves, *scales])
    return Numbers(theta, start, own, decay)


def drugs_per_man(drugs: dict[str, Drug], count: int) -> dict[str, Drug]:
    """Return drugs with one number for each man, those that are the same for all repeated.

    Raises
    ------
    OutOfRange
        When a drug has numbers for other than `count` men.
    """
    for name, drug in drugs.items():
        sizes = {np.shape(leaf) for leaf in jax.tree.leaves(drug)} - {(), (count,)}
        if sizes:
            raise OutOfRange(
                f"got {name} with numbers of shape {', '.join(map(str, sizes))} for {count} men; expected one number "
                "for all men, or one for each. Change the parameters of the drug."
            )
    spread: dict[str, Drug] = jax.tree.map(lambda leaf: np.broadcast_to(np.asarray(leaf), (count,)), drugs)
    return spread


_TEXTS: dict[tuple[Hashable, ...], str] = {}


def kernel(men: Man, drugs: dict[str, Drug], derivative: bool = False) -> Kernel:
    """Return the compiled kernel for these drugs, traced once."""
    key = (jax.tree.structure((men, drugs)), analyte_order(), derivative)
    if key not in _TEXTS:
        system, state, _ = jax.eval_shape(_parts, take_rows(men, 0), take_drugs(drugs, 0))
        _TEXTS[key] = kernel_text(system, state, derivative)
    return read_kernel(_TEXTS[key])


def march(
    kernel: Kernel, who: Numbers, begin: Begin, which: Int[np.ndarray, " man"], plans: Stack, tolerance: float,
    cores: int | None = None,
) -> MarchOutput:  # fmt: skip
    """March men through plans on every core.

    Parameters
    ----------
    kernel : Kernel
    who : Numbers
    begin : (states, amounts)
        Where each man begins.
    which : Int[np.ndarray, " man"]
        The plan of each man.
    plans : Stack
    tolerance : float
        Relative error allowed in every level.
    cores : int, optional
        Every core when left out.

    Returns
    -------
    MarchOutput
    """
    workers = cores or os.cpu_count() or 1
    order = np.argsort(which, kind="stable")
    if len(order) > LANES and int(np.min(_lengths(plans))) >= tick_of(TRIED_FROM):
        steps = _march_in_order(kernel, who, begin, which, _first_day(plans), tolerance, order, workers).steps
        order = order[np.argsort(steps[order], kind="stable")]
    return _march_in_order(kernel, who, begin, which, plans, tolerance, order, workers)


def _march_in_order(
    kernel: Kernel, who: Numbers, begin: Begin, which: Int[np.ndarray, " man"], plans: Stack, tolerance: float,
    order: Int[np.ndarray, " man"], workers: int,
) -> MarchOutput:  # fmt: skip
    """March men in this order, eight side by side, or four; no man's numbers depend on it."""
    lanes = FEW_LANES if len(order) <= FEW_LANES else LANES
    count, rows = len(which), int(plans.row.max()) + 1
    found = MarchOutput(
        np.empty((count, rows, kernel.layout.readings)), np.empty((count, kernel.layout.states)),
        np.empty((count, kernel.layout.compartments)), np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64),
    )  # fmt: skip
    groups = np.append(order, np.repeat(-1 - order[-1:], -count % lanes)).reshape(-1, lanes)
    pieces = min(len(groups), PORTIONS * workers)
    portions = [_lay_out(groups[first::pieces], np.int64) for first in range(pieces)]
    men = [_lay_out(part, np.float64) for part in (who.theta, *begin, who.own, who.decay)]
    days = [_lay_out(part, np.result_type(part, np.int64)) for part in (which, *plans)]
    rest = (*men, *days, float(TRUSTED * tolerance), cell_length(tolerance), *found)

    code = kernel.code(lanes)

    def march_portion(groups: Int[np.ndarray, "group lane"]) -> None:
        march_groups(kernel.layout, code, groups, *rest)

    if pieces == 1:
        march_portion(portions[0])
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(march_portion, portions))
    return found


def _lay_out(part: npt.ArrayLike, kind: npt.DTypeLike) -> Shaped[np.ndarray, "..."]:
    """Return an array as the kernel reads it, itself where it is so already.

    Numba compiles anew for a layout that it has not seen, and for what is read-only.
    """
    return np.require(part, kind, ("C", "ALIGNED", "WRITEABLE"))


def _lengths(plans: Stack) -> Int[np.ndarray, " plan"]:
    """Return how long each plan goes on, in ticks."""
    found: Int[np.ndarray, " plan"] = plans.ends[np.arange(len(plans.counts)), plans.counts - 1] - plans.ends[:, 0]
    return found


def _first_day(plans: Stack) -> Stack:
    """Return plans that end after a day, in which men show how short their steps are: the alike march side by side."""
    stop = plans.ends[:, :1] + tick_of(1.0)
    inside = np.arange(plans.ends.shape[1]) < plans.counts[:, None]
    counts = np.sum(inside & (plans.ends < stop), axis=1) + 1
    row = np.where(np.arange(plans.ends.shape[1]) < counts[:, None], plans.row, -1)
    return plans._replace(counts=counts, ends=np.minimum(plans.ends, stop), row=row)


def solve_men(
    men: Man,
    drugs: dict[str, Drug],
    regimens: Sequence[Regimen],
    plans: Sequence[Plan],
    which: Int[np.ndarray, " man"],
    begin: Begin | None = None,
    tolerance: float = TOLERANCE,
    cores: int | None = None,
    *,
    rescue: bool = True,
    numbers: Numbers | None = None,
) -> Solution:
    """Solve men on their plans.

    Parameters
    ----------
    men : Man
        With a leading axis.
    drugs : dict of str to Drug
        The drugs of all plans.
    regimens, plans : sequence of Regimen, sequence of Plan
        Each regimen and its plan.
    which : Int[np.ndarray, " man"]
        The plan of each man.
    begin : (states, amounts), optional
        Where the men begin; at rest when left out.
    tolerance : float, optional
        Relative error allowed in every level.
    cores : int, optional
        Every core when left out.
    rescue : bool, optional
        Whether a man whom the kernel cannot solve is solved by the reference.
    numbers : Numbers, optional
        `kernel_numbers` of these men and drugs, where they are known already.
    """
    begun, who = time.perf_counter(), kernel_numbers(men, drugs) if numbers is None else numbers
    level = (who.start, np.zeros_like(who.decay)) if begin is None else begin
    values, states, amounts, _, bad = march(kernel(men, drugs), who, level, which, stack_plans(plans), tolerance, cores)
    paths, failed = [SolvePath.KERNEL] * len(which), {}
    for man in np.flatnonzero(bad != FINE).tolist():
        plan, regimen = plans[which[man]], regimens[which[man]]
        try:
            if not (rescue and np.isfinite(level[0][man]).all()):
                raise NotSolved("he was not solved before" if rescue else "nobody was rescued")
            values[man], states[man], amounts[man] = _rescue(
                take_rows(men, man), take_drugs(drugs, man), regimen, plan, tolerance, _start_point(begin, man, plan)
            )
            paths[man] = SolvePath.REFERENCE
            LOG.info("man %d was solved by the reference: %s", man, _reason(int(bad[man]), plan))
        except NotSolved as error:
            values[man], states[man], amounts[man] = np.nan, np.nan, np.nan
            paths[man], failed[man] = SolvePath.FAILED, f"{_reason(int(bad[man]), plan)}; {error}"
            LOG.info("man %d was not solved: %s", man, failed[man])
    ways = ", ".join(f"{count} {way}" for way, count in Counter(paths).items())
    LOG.debug("solved %d men on %d plans in %.2f s: %s", len(which), len(plans), time.perf_counter() - begun, ways)
    return Solution(values, states, amounts, failed, tuple(paths))


def _start_point(begin: Begin | None, man: int, plan: Plan) -> Beginning | None:
    """Return from when and where the reference solves a man; from his rest on day 0 when None."""
    return None if begin is None else (float(days_of(plan.ends[0])), begin[0][man], begin[1][man])


def _rescue(
    man: Man,
    drugs: dict[str, Drug],
    regimen: Regimen,
    plan: Plan,
    tolerance: float,
    begin: Beginning | None = None,
) -> _Rescue:
    """Solve one man by the adaptive reference, from where he begins, and return his readings and where he ends."""
    fine = min(RESCUE, RESCUE * tolerance / TOLERANCE)
    states, amounts = reference_path(man, regimen, plan.times, drugs=drugs, tolerance=fine, begin=begin)
    if not (states >= 0.0).all():
        raise NotSolved("a level falls below 0 in the reference solver too")
    system, _, _ = _parts(man, drugs)
    act = jax.vmap(lambda amounts, given: system.action(tuple(amounts), tuple(given)))
    actions = in_blocks(act, amounts, np.asarray(plan.output_givens()))
    return read_states(man, states, actions), states[-1], amounts[-1]


def _reason(bad: int, plan: Plan) -> str:
    """Return in words why the kernel did not solve a man."""
    if bad == TOO_SHORT:
        return "steps became too short to go on"
    return f"a level stopped being a positive number by day {plan.times[bad]:g}"
