"""`simulate`: one call for one man or many, from a regimen to a course."""

import os
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from leydig.analytes import ANALYTES, Reading, ranked
from leydig.drugs import DRUGS, Drug
from leydig.errors import BadRegimen, LeydigWarning, NotSolved, OutOfRange, UnknownName
from leydig.man import Man
from leydig.regimen import Regimen
from leydig.simulation.course import Course
from leydig.simulation.kernel import cache_folder, compiled, printed
from leydig.simulation.plan import Plan, planned
from leydig.simulation.step import scan, step_weights
from leydig.simulation.system import System, drugs_of, fast_rates, kinetics
from leydig.units import convert, read_quantity

__all__ = ["simulate"]

jax.config.update("jax_compilation_cache_dir", str(cache_folder() / "xla"))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)

LONGEST_DAYS = 40000.0
BATCH = 32  # men marched together; bounds memory and feeds every core
UNVALIDATED = (
    "semen, hematocrit and bone are not validated yet; symptom hazards are assumed",
    "for professionals and research: this simulates, it prescribes nothing",
)


def simulate(
    man: Man | Sequence[Man],
    regimen: Regimen | str = "",
    *,
    weeks: float | None = None,
    days: float | None = None,
    every: str = "1 day",
    drugs: dict[str, Drug] | None = None,
    after: Course | None = None,
) -> Course:
    """Simulate a man, or many, on a regimen.

    Parameters
    ----------
    man : Man or sequence of Man
        One man, many in a list, or many stacked in one `Man`.
    regimen : Regimen or str, optional
        What is given; nothing when left out.
    weeks, days : float, optional
        Length; one of the two, 26 weeks when both are left out.
    every : str, optional
        Distance of kept times, such as ``"1 day"`` or ``"6 hours"``.
    drugs : dict of str to Drug, optional
        Drugs with changed parameters, by name; the catalogue's when left out.
    after : Course, optional
        A course of the same men on the same regimen to go on from.

    Returns
    -------
    Course
        With shapes ``(time,)`` for one man and ``(man, time)`` for many.

    Raises
    ------
    NotSolved
        When the one man cannot be solved; of many, those who cannot are NaN and named in `failed`.
    OutOfRange
        When the length or the distance is impossible, or `after` is of other men.
    BadRegimen
        When `after` is on another regimen.
    UnknownName
        When `drugs` names one that the regimen does not hold.

    Warns
    -----
    LeydigWarning
        When a level rises above what any man has, where the model extrapolates.

    Notes
    -----
    Deterministic, in double precision, the same for any number of men. Under `jax.grad` or any other
    transformation the same step runs in JAX, so gradients flow through parameters and dose sizes.

    Examples
    --------
    >>> man = Man(age=34, bmi=28.7, testosterone="271 ng/dL", estradiol="32 pg/mL", lh="3.4 IU/L")
    >>> course = simulate(man, "anastrozole 1 mg daily", weeks=4)
    >>> bool(course["testosterone"].at(week=4).value > 350)
    True
    """
    men = man if isinstance(man, Man) else Man.stacked(list(man))
    plan_text = Regimen(regimen) if isinstance(regimen, str) else regimen
    start = float(after.days[-1]) if after is not None else 0.0
    times = start + _times(weeks, days, every)
    found = _used(drugs_of(list(plan_text.drugs)), drugs or {})
    plan = planned(plan_text.schedule(float(times[-1])), found, times, start)
    solve = _traced if _is_traced((men, found, plan.doses, plan.givens)) else _solved
    begin = None
    if after is not None:
        begin = _ending(after, men, plan_text, solve is _traced)
    states, modes, read, hazards = solve(men, found, plan, begin)
    failed = {} if solve is _traced else _failures(states, men.count, times)
    if failed and men.count is None:
        raise NotSolved(f"this man was not solved: {failed[0]}. Check his baseline, or simulate fewer days.")
    for one in failed:
        for values in (*read.values(), *hazards.values()):
            values[one] = np.nan
    beyond = () if solve is _traced else _beyond(read)
    for note in beyond:
        warnings.warn(note, LeydigWarning, stacklevel=2)
    notes = (*beyond, *_notes(plan_text))
    return Course(men, plan_text, times, read, hazards, notes, failed, (states[..., -1, :], modes[..., -1, :]))


def _times(weeks: float | None, days: float | None, every: str) -> Float[np.ndarray, " out"]:
    """Return the kept days from 0."""
    if weeks is not None and days is not None:
        raise OutOfRange("both weeks and days came. Allowed is one. Leave one out.")
    length = (
        26.0 * 7.0 if weeks is None and days is None else (7.0 * weeks if weeks is not None else float(days or 0.0))
    )
    if not 0.0 < length <= LONGEST_DAYS:
        raise OutOfRange(f"a length of {length:g} days came. Allowed: more than 0, up to {LONGEST_DAYS:g}. Correct it.")
    number, unit = read_quantity(every)
    step = convert(number, unit, "day")
    if not 1e-3 <= step <= length:
        raise OutOfRange(f"every {every!r} came. Allowed: 2 minutes up to the length of the course. Correct it.")
    times = step * np.arange(int(np.floor(length / step + 1e-9)) + 1)
    return times if abs(times[-1] - length) < 1e-9 else np.append(times, length)


def _used(found: dict[str, Drug], changed: dict[str, Drug]) -> dict[str, Drug]:
    """Return the drugs of the regimen, changed ones in place of the catalogue's."""
    for name, drug in changed.items():
        if name not in found:
            raise UnknownName.among("drug of this regimen (isomers apart)", name, found)
        if not isinstance(drug, type(found[name])):
            raise UnknownName.among(f"kind of {name}", type(drug).__name__, [type(found[name]).__name__])
    return found | changed


def _ending(after: Course, men: Man, regimen: Regimen, traced: bool) -> Any:
    """Return where a course ends, refusing one of other men or of another regimen."""
    if traced:
        raise NotSolved("a course cannot be resumed under a JAX transformation. Simulate it in one piece.")
    before, now = jax.tree.leaves(after.man), jax.tree.leaves(men)
    if after.man.count != men.count or not all(np.array_equal(a, b) for a, b in zip(before, now, strict=True)):
        raise OutOfRange("the course to go on from is of other men. Allowed are the same men. Give the same `man`.")
    if after.regimen != regimen:
        raise BadRegimen(
            f"the course to go on from is on {str(after.regimen)!r}, not on {str(regimen)!r}. Allowed is the same "
            "regimen. Write the whole regimen with 'from' and 'for', and give it to both calls."
        )
    return after.ending


def _is_traced(tree: Any) -> bool:
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(tree))


def _assembled(man: Man, drugs: dict[str, Drug]) -> tuple[System, Any, Any, Any]:
    """Return system, resting state, own decay rates and mode decay of one man."""
    names, weights, decay = kinetics(drugs)
    system = System(man.body, man.body.frame(man.bmi), drugs, names, weights)
    return system, man.state, fast_rates(man.body, man.state), jnp.stack(decay) if decay else jnp.zeros(0)


def _flat(tree: Any) -> Float[Array, " leaf"]:
    return jnp.stack([jnp.asarray(leaf, dtype=float) for leaf in jax.tree.leaves(tree)])


@jax.jit
def _prepared(men: Man, drugs: dict[str, Drug]) -> tuple[Any, Any, Any, Any]:
    """Return parameters, resting states, own decay rates and mode decays, one row per man."""

    def one(man: Man) -> tuple[Any, Any, Any, Any]:
        system, state, rates, decay = _assembled(man, drugs)
        return _flat(system), _flat(state), _flat(rates), decay

    return jax.vmap(one)(men)


def _solved(men: Man, drugs: dict[str, Drug], plan: Plan, begin: Any) -> tuple[Any, Any, Any, Any]:
    """Solve with the compiled kernel."""
    rows = men if men.count is not None else jax.tree.map(lambda leaf: np.asarray(leaf)[None], men)
    padded, count = _padded(rows)
    theta, start, rates, decay = (np.asarray(part)[:count] for part in _prepared(padded, drugs))
    source = _source(rows, drugs, decay.shape[1], plan.givens.shape[1])
    states = np.empty((count, len(plan.times), start.shape[1]))
    modes = np.empty((count, len(plan.times), decay.shape[1]))
    level = np.zeros_like(decay) if begin is None else np.reshape(begin[1], decay.shape)
    y = start if begin is None else np.reshape(begin[0], start.shape)
    kernel, kept = compiled(source), plan.rows()
    doses, givens = np.asarray(plan.doses), np.asarray(plan.givens)

    def march(some: slice) -> None:
        weights = step_weights(rates[some], plan.lengths, np)
        fades = np.exp(-decay[some, None, :] * plan.lengths[None, :, None] / 2.0)
        kernel(
            theta[some], np.ascontiguousarray(y[some]), level[some], weights, fades, plan.lengths, plan.length,
            doses, plan.dose, givens, plan.given, kept, states[some], modes[some],
        )  # fmt: skip

    batches = [slice(first, min(first + BATCH, count)) for first in range(0, count, BATCH)]
    march(batches[0])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(march, batches[1:]))
    read, hazards = _read(padded, drugs, plan, states, modes, count)
    if men.count is None:
        states, modes = states[0], modes[0]
        read, hazards = ({name: values[0] for name, values in group.items()} for group in (read, hazards))
    return states, modes, read, hazards


_SOURCES: dict[Any, str] = {}


def _source(rows: Man, drugs: dict[str, Drug], modes: int, givens: int) -> str:
    """Return the kernel's text, traced once per set of drugs."""
    key = jax.tree.structure((rows, drugs))
    if key not in _SOURCES:
        first = jax.tree.map(lambda leaf: np.asarray(leaf)[0], rows)
        system, state, _, _ = _assembled(first, drugs)
        _SOURCES[key] = printed(system, state, modes, givens)
    return _SOURCES[key]


def _padded(rows: Man) -> tuple[Man, int]:
    """Return the men with the last one repeated up to a power of two, so that few shapes compile."""
    count = int(rows.count or 1)
    size = 1 << (count - 1).bit_length()
    if size == count:
        return rows, count
    return jax.tree.map(lambda leaf: np.concatenate([leaf, np.repeat(leaf[-1:], size - count, 0)]), rows), count


def _traced(men: Man, drugs: dict[str, Drug], plan: Plan, _: Any) -> tuple[Any, Any, Any, Any]:
    """Solve in JAX, so that gradients flow."""

    def one(man: Man) -> tuple[Any, Any, Any, Any]:
        system, state, rates, decay = _assembled(man, drugs)
        states, modes = scan(system, state, ravel_pytree(rates)[0], decay, plan)
        shape = ravel_pytree(state)[1]
        read, hazards = _reader(ranked())(system, shape, states, modes, plan.givens[plan.kept_given])
        return states, modes, read, hazards

    return one(men) if men.count is None else jax.vmap(one)(men)


@lru_cache(maxsize=8)
def _reader(names: tuple[str, ...]) -> Any:
    """Return the function that reads these analytes and the hazards from one man's states."""
    entries = {name: ANALYTES[name] for name in names}

    def read(system: System, shape: Any, states: Any, modes: Any, givens: Any) -> tuple[Any, Any]:
        def moment(y: Any, level: Any, given: Any) -> tuple[Any, Any]:
            state = shape(y)
            signals = system.body.signals(state, system.action(tuple(level), tuple(given)), system.frame)
            at = Reading(system.body, state, signals)
            lack = system.body.symptoms.lack(state.estradiol)
            hazards = {
                "joint_pain": system.body.symptoms.joint_pain_background * lack,
                "low_libido": system.body.symptoms.low_libido_background * lack,
            }
            return {name: entry.read(at) for name, entry in entries.items()}, hazards

        return jax.vmap(moment)(states, modes, givens)

    return read


@eqx.filter_jit
def _read_all(men: Man, drugs: Any, states: Any, modes: Any, givens: Any, names: tuple[str, ...]) -> Any:
    def one(man: Man, states: Any, modes: Any) -> Any:
        system, state, _, _ = _assembled(man, drugs)
        return _reader(names)(system, ravel_pytree(state)[1], states, modes, givens)

    return jax.vmap(one)(men, states, modes)


def _read(men: Man, drugs: Any, plan: Plan, states: Any, modes: Any, count: int) -> tuple[Any, Any]:
    """Return analytes and hazards by name, shape (man, time), with few compiled shapes."""
    out = len(plan.times)
    grow = ((0, jax.tree.leaves(men)[0].shape[0] - count), (0, (1 << (out - 1).bit_length()) - out), (0, 0))
    givens = np.pad(np.asarray(plan.givens)[plan.kept_given], grow[1:], mode="edge")
    order = (ranked(), ("joint_pain", "low_libido"))
    groups = _read_all(
        men, drugs, np.pad(states, grow, mode="edge"), np.pad(modes, grow, mode="edge"), givens, ranked()
    )
    return tuple(  # type: ignore[return-value]
        {name: np.array(group[name])[:count, :out] for name in names}
        for group, names in zip(groups, order, strict=True)
    )


def _failures(states: Any, count: int | None, times: Any) -> dict[int, str]:
    """Return the men whose solution is not finite or not positive, and since when."""
    rows = states if count is not None else states[None]
    bad = ~(np.isfinite(rows) & (rows >= 0.0)).all(axis=-1)
    return {
        int(man): f"a level stopped being a positive number by day {times[int(np.argmax(bad[man]))]:g}"
        for man in np.flatnonzero(bad.any(axis=-1))
    }


def _beyond(read: dict[str, Any]) -> tuple[str, ...]:
    """Return a warning for each analyte that leaves what any man has: the model extrapolates there."""
    found = []
    for name, values in read.items():
        analyte, top = ANALYTES[name], float(np.nanmax(values, initial=0.0))
        if top > analyte.possible[1]:
            found.append(
                f"{analyte.title} reaches {analyte.shown(top, analyte.us)} {analyte.us}, above the "
                f"{analyte.shown(analyte.possible[1], analyte.us)} that any man has: the model extrapolates beyond "
                "its data here, so do not use this course. Check the baseline and the regimen"
            )
    return tuple(found)


def _notes(regimen: Regimen) -> tuple[str, ...]:
    labels = [f"{DRUGS[name].title}: {DRUGS[name].label.indication}" for name in regimen.drugs]
    given = [dose.drug for dose in regimen.doses if dose.repeat.kind != "once"]
    totals = [
        f"{DRUGS[name].title}: {total:.4g} {unit} a week while given"
        for name, (total, unit) in regimen.weekly_total().items()
        if given.count(name) == 1 and isinstance(total, float)
    ]
    return (*regimen.notes, *totals, *labels, *UNVALIDATED)
