"""The minute clock: pulses of LH and FSH over hours to days, and what testosterone and estradiol make of them.

Every pulse of his own releases at once what the gonadotropes have made since the last, and a given dose of
GnRH frees a part of their store (`leydig.pulses.generator`); between pulses LH, FSH and felt LH follow exact
exponentials, and all else follows the one text of the equations (`leydig.body`) by the midpoint rule. Own
pulses come by a renewal process, given doses at their own times, and a constant infusion makes no pulses. What
is made is what the day clock secretes, so the long-run mean is the day clock's level; what the bends of the
equations leave between the two is measured by `leydig.pulses.detect.means`. Brain and pituitary hear
testosterone and estradiol at once, as on the day clock. His own bursts are sudden. The rhythm of the day is
left out.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from leydig.analyte import Reading
from leydig.analytes import ANALYTES
from leydig.arrays import AnyArray, Scalar, same_fields
from leydig.body import Body, State
from leydig.body.axis import ReferenceState
from leydig.body.effects import Action
from leydig.checks import plain_number, seed_number
from leydig.drugs import drugs_of
from leydig.errors import NotSolved, OutOfRange
from leydig.man import Man
from leydig.man.surgery.organs import SurgicalBody
from leydig.pulses.doses import StepDoses, fullness, step_doses, train, train_steps
from leydig.pulses.generator import MINUTES_PER_DAY, PulseDemand, Pulses, after_bursts, after_release, follow_rates
from leydig.regimen import Regimen
from leydig.regimen.regimen import regimen_of
from leydig.simulation.arguments import one_man
from leydig.simulation.simulate import simulate
from leydig.ticks import LONGEST_DAYS, TICKS_PER_DAY, days_of, tick_of
from leydig.units import convert, read_quantity

__all__ = ["DRAWN", "MinuteSeries", "Paths", "paths", "resting_state", "simulate_pulses"]

DRAWN = ("lh", "fsh", "testosterone", "estradiol")  # analytes of a series
RUN_IN = 1  # [d] before the window, in which the pulses forget how they began
CHUNK, LANES = 360, 16  # steps and keys in one compiled march
PULSE_DRAWS, ASSAY_DRAWS = 1, 2  # purposes of random numbers


@dataclass(frozen=True)
class MinuteSeries:
    """What a nurse draws every few minutes, and the pulses behind it.

    Attributes
    ----------
    minutes : Float[np.ndarray, " sample"]
        Since the start of the window [min].
    lh, fsh, testosterone, estradiol : Float[np.ndarray, " sample"]
        [IU/L, IU/L, nmol/L, pmol/L]
    pulse_minutes, pulse_mass : Float[np.ndarray, " pulse"]
        When pulses truly came [min], and by how much each raised LH [IU/L].
    """

    minutes: Float[np.ndarray, " sample"]
    lh: Float[np.ndarray, " sample"]
    fsh: Float[np.ndarray, " sample"]
    testosterone: Float[np.ndarray, " sample"]
    estradiol: Float[np.ndarray, " sample"]
    pulse_minutes: Float[np.ndarray, " pulse"]
    pulse_mass: Float[np.ndarray, " pulse"]

    __eq__ = same_fields


class Paths(NamedTuple):
    """The true levels at every step, one row per key.

    Attributes
    ----------
    minutes : Float[np.ndarray, " step"]
        Since the start of the window, which is the first.
    levels : dict of str to Float[np.ndarray, "key step"]
        By the names of `DRAWN`, in inside units.
    pulse_minutes, pulse_mass : Float[np.ndarray, "key pulse"]
        Times [min] and rises of LH [IU/L]; NaN where there are fewer.
    """

    minutes: Float[np.ndarray, " step"]
    levels: dict[str, Float[np.ndarray, "key step"]]
    pulse_minutes: Float[np.ndarray, "key pulse"]
    pulse_mass: Float[np.ndarray, "key pulse"]


class _World(NamedTuple):
    """What does not change during one simulation."""

    body: Body
    frame: ReferenceState
    pulses: Pulses
    step: Scalar  # [d]


class _Draws(NamedTuple):
    """Random numbers of one key: own intervals and bursts, and the pump's bursts, against their means."""

    intervals: Float[AnyArray, "*key pulse"]
    own: Float[AnyArray, "*key pulse"]
    pump: Float[AnyArray, "*key pulse"]


class _Now(NamedTuple):
    """Where one path is: state, what waits to be released, and the next pulses."""

    state: State
    waiting: Float[Array, "*key 2"]  # LH and FSH that the next own pulse releases
    full: Float[Array, "*key 2"]  # how full the stores of LH and FSH are
    pace: Float[Array, "*key 2"]  # secretion of LH and FSH that the stores go by [IU/L/d]
    leaving: Float[Array, "*key 2"]  # LH and FSH that given doses have freed and that are still to enter the blood
    waited: Float[Array, "*key"]  # since the last own pulse, in mean intervals
    own: Int[Array, "*key"]  # number of the next own pulse
    pump: Int[Array, "*key"]


_Row = tuple[Float[Array, "*step level"], Float[Array, "*step 2"], Float[Array, "*step 2"]]  # levels, times, rises


def _bursts(
    now: _Now, world: _World, draws: _Draws, asked: PulseDemand, given: StepDoses
) -> tuple[Float[Array, "2"], Float[Array, "2 2"], _Now]:
    """Return when in this step the two pulses come [d], what each releases (own, given), and what waits after them."""
    until, step = (draws.intervals[now.own] - now.waited) * asked.interval, world.step
    at = jnp.stack([jnp.maximum(until, 0.0), given.pump])
    comes = at < step
    rate = asked.shares[0] * asked.secretion * jnp.minimum(now.full, 1.0)
    own = jnp.where(comes[0], draws.own[now.own] * (now.waiting + rate * at[0]), 0.0)
    waiting = jnp.where(comes[0], rate * (step - at[0]), now.waiting + rate * step)
    filling = world.pulses.filling_rate(now.full, now.pace, asked)
    fraction = jnp.where(comes[1], jnp.minimum(draws.pump[now.pump] * given.freed, 1.0), 0.0)
    left = fraction * (now.full + filling * jnp.where(comes[1], at[1], 0.0))
    pace = now.pace + step * world.pulses.pace_rate(now.pace, asked)
    waited = jnp.where(comes[0], (step - at[0]) / asked.interval, now.waited + step / asked.interval)
    after = now._replace(waiting=waiting, full=now.full + filling * step - left, pace=pace, waited=waited,
                         own=now.own + comes[0], pump=now.pump + comes[1])  # fmt: skip
    return at, jnp.stack([own, left * world.pulses.stores() * now.pace]), after


def _step(world: _World, draws: _Draws, now: _Now, given: StepDoses) -> tuple[_Now, _Row]:
    """Return the path one step on, and its levels, the times of pulses in the step and their rises of LH."""
    body, h, action = world.body, world.step, Action(*given.action)
    asked = world.pulses.demand(body, now.state, action, world.frame, given.infused)
    at, released, after = _bursts(now, world, draws, asked, given)
    leaked = asked.secretion * (1.0 - asked.shares.sum())
    if isinstance(body, SurgicalBody):  # what is held leaks as it fades, and no pulse raises it
        free = jnp.stack([body.free["lh"], body.free["fsh"]])
        leaked, released = free * leaked + (1.0 - free) * asked.secretion, free * released

    def advance(rate: State, later: Scalar) -> tuple[State, Float[Array, "2"]]:
        lh, fsh, felt = after_bursts(body, now.state, action.lh_activity, leaked, at[:1], released[:1], later)
        *more, leaving = after_release(body, world.pulses.release_rate(), now.leaving, at[1], released[1], later)
        state: State = jax.tree.map(lambda level, slope: level + later * slope, now.state, rate)
        felt = _lh_at_leydig_cells(body, felt + more[2], now.state.effective_lh, later)
        return replace(state, lh=lh + more[0], fsh=fsh + more[1], effective_lh=felt), leaving

    middle, _ = advance(body.rate(now.state, action, world.frame), h / 2.0)
    state, leaving = advance(body.rate(middle, action, world.frame), h)
    tube = Reading(body, state, body.signals(state, action, world.frame), action)
    levels = jnp.stack([ANALYTES[name].read(tube) for name in DRAWN])
    return after._replace(state=state, leaving=leaving), (levels, jnp.where(at < h, at, jnp.nan), released[:, 0])


def _lh_at_leydig_cells(body: Body, felt: Scalar, before: Scalar, later: Scalar) -> Scalar:
    """Return felt LH [1] some time after `before`, of which the arrow to the Leydig cells may carry a part only."""
    if not isinstance(body, SurgicalBody):
        return felt
    arrow, away = body.lh_arrow, -jnp.expm1(-follow_rates(body)[2] * later)
    faded = before * (1.0 - away)
    return faded + arrow.share * (felt - faded) + (1.0 - arrow.share) * arrow.rest * away


@jax.jit
def _march(world: _World, draws: _Draws, now: _Now, given: StepDoses) -> tuple[_Now, _Row]:
    """March the paths of all keys through one chunk of steps."""

    def march_course(draws: _Draws, now: _Now) -> tuple[_Now, _Row]:
        return jax.lax.scan(lambda now, given: _step(world, draws, now, given), now, given)

    return jax.vmap(march_course)(draws, now)


@jax.jit
def _demand(world: _World, state: State, given: StepDoses) -> PulseDemand:
    """Return what is asked of the gonadotropes where the paths begin."""
    return world.pulses.demand(world.body, state, Action(*given.action), world.frame, given.infused)


def _begin(state: State, asked: PulseDemand, full: Float[AnyArray, "2"], waited: Float[AnyArray, " key"]) -> _Now:
    """Return where the paths begin: at the day clock's state, somewhere between two pulses; one row per key."""
    keys, none = len(waited), jnp.zeros(len(waited), dtype=int)
    rows = jax.tree.map(lambda leaf: jnp.broadcast_to(jnp.asarray(leaf), (keys, *jnp.shape(leaf))), state)
    since = jnp.asarray(waited)[:, None] * asked.interval
    own = asked.shares[0] * asked.secretion * jnp.minimum(jnp.asarray(full), 1.0)
    stores, pace = (jnp.tile(jnp.asarray(part), (keys, 1)) for part in (full, asked.secretion))
    return _Now(rows, own * since, stores, pace, jnp.zeros((keys, 2)), jnp.asarray(waited), none, none)


def _draw(pulses: Pulses, keys: Sequence[int], days: float, pumped: int) -> tuple[_Draws, Float[np.ndarray, " key"]]:
    """Return the random numbers of every key, and how long ago the last own pulse was, in mean intervals.

    A window opens at no special moment, so inside an interval that was drawn in proportion to its length.
    """
    shape, spread = float(pulses.regularity), math.sqrt(math.log1p(float(pulses.burst_spread) ** 2))
    mean, most = math.gamma(1.0 + 1.0 / shape), 1.5 * days * MINUTES_PER_DAY / float(pulses.shortest_interval) + 50.0
    size = max(1024, 1 << math.ceil(math.log2(max(most, pumped + 1))))  # few sizes, so that few are compiled
    rows, waited = [], []
    for key in keys:
        own, burst, pump = (np.random.default_rng((key, PULSE_DRAWS, part)) for part in range(3))
        open_now = own.gamma(1.0 + 1.0 / shape) ** (1.0 / shape)
        waited.append(own.uniform() * open_now / mean)
        factors = (np.exp(spread * one.standard_normal(size) - spread**2 / 2.0) for one in (burst, pump))
        rows.append(_Draws(np.append(open_now, own.weibull(shape, size - 1)) / mean, *factors))
    return jax.tree.map(lambda *parts: np.stack(parts), *rows), np.array(waited)


def resting_state(man: Man, regimen: Regimen, day: float) -> tuple[State, Float[np.ndarray, " compartment"]]:
    """Return the state and the amounts of the day clock on a day, before any dose of that moment."""
    chains = [chain for drug in drugs_of(list(regimen.drugs)).values() for chain in drug.chains().values()]
    ending = simulate(man, regimen, days=day, every=f"{day!r} day").ending if day > 0.0 else None
    begin, amounts = ending or (jax.tree.leaves(man.state), np.zeros(sum(len(chain.rates) for chain in chains)))
    leaves = [jnp.asarray(leaf, dtype=float) for leaf in begin]
    return jax.tree.unflatten(jax.tree.structure(man.state), leaves), amounts


def simulate_pulses(
    man: Man,
    regimen: Regimen | str = "",
    *,
    hours: float = 24.0,
    key: int = 1,
    day: float = 0.0,
    every: str = "10 minutes",
    noise: bool = True,
) -> MinuteSeries:
    """Simulate one man with his pulses, as a nurse would draw his blood.

    Parameters
    ----------
    man : Man
        Scalar man.
    regimen : Regimen or str, optional
        What is given from day 0; nothing when left out.
    hours : float, optional
        Length of the window, up to 2400.
    key : int, optional
        Another key draws other pulses and other noise; the same key the same.
    day : float, optional
        Day of the regimen on which the window opens; pulses begin a day before, at the day clock's state.
    every : str, optional
        Distance of samples, such as ``"10 minutes"``; 1 minute to 4 hours.
    noise : bool, optional
        Whether each sample carries the noise of its assay (`Analyte.assay_cv`).

    Returns
    -------
    MinuteSeries

    Raises
    ------
    OutOfRange, NotSolved
        When many men came, or a number is impossible; when a level stops being a positive number.

    Examples
    --------
    >>> series = simulate_pulses(Man(age=30), hours=12, key=4)
    >>> len(series.lh), bool(series.lh.max() > 1.5 * series.lh.min())
    (73, True)
    """
    number, unit = read_quantity(every, "every", ("minutes", "hours"))
    every_minutes = plain_number(convert(number, unit, "minute"), "every", (1.0, 240.0), "minutes")
    parts = -(-tick_of(every_minutes / MINUTES_PER_DAY) // tick_of(1.0 / MINUTES_PER_DAY))
    true = paths(man, regimen, hours=hours, keys=[key], day=day, step_minutes=every_minutes / parts)
    draw = np.random.default_rng((key, ASSAY_DRAWS))
    drawn = {}
    for name, levels in true.levels.items():
        level = levels[0, ::parts]
        drawn[name] = level * (1.0 + noise * ANALYTES[name].assay_cv * draw.standard_normal(len(level)))
    moments, rises = (part[0][np.isfinite(part[0])] for part in (true.pulse_minutes, true.pulse_mass))
    return MinuteSeries(true.minutes[::parts], **drawn, pulse_minutes=moments, pulse_mass=rises)


def paths(
    man: Man,
    regimen: Regimen | str = "",
    *,
    hours: float = 24.0,
    keys: Sequence[int] = (0,),
    day: float = 0.0,
    step_minutes: float = 1.0,
    pulses: Pulses | None = None,
) -> Paths:
    """Simulate many fates of one man, without the noise of an assay.

    Parameters
    ----------
    man, regimen, hours, day
        As `simulate_pulses`.
    keys : sequence of int, optional
        Every key draws its own pulses, whatever the others are.
    step_minutes : float, optional
        Step of testosterone, estradiol and everything slower [min]; pulses fall between steps.
    pulses : Pulses, optional
        With changed parameters.

    Returns
    -------
    Paths

    Raises
    ------
    OutOfRange, NotSolved
        When many men came, or a number is impossible; when a level stops being a positive number.
    """
    regimen = regimen_of(regimen)
    man, keys = one_man(man), [seed_number(key, "key") for key in keys]
    if not keys:
        raise OutOfRange("got no key; expected one for each path. Give keys=[0], or range(20).")
    hours = plain_number(hours, "hours", (0.01, 2400.0))
    day = plain_number(day, "day", (0.0, LONGEST_DAYS))
    step_minutes = plain_number(step_minutes, "step_minutes", (0.1, 5.0))
    pulses = (Pulses() if pulses is None else pulses).at_age(man.age)
    ticks = tick_of(step_minutes / MINUTES_PER_DAY)
    early, wanted = -(-TICKS_PER_DAY * RUN_IN // ticks), -(-tick_of(hours / 24.0) // ticks)
    count = CHUNK * math.ceil((early + wanted) / CHUNK)
    start, step = tick_of(day) - early * ticks, float(days_of(ticks))
    opened = float(days_of(max(start, 0)))
    state, amounts = resting_state(man, regimen, opened)
    given = step_doses(man, regimen, amounts, opened, days_of(start) + step * (np.arange(count) + 0.5))
    doses = train(regimen, start + ticks * count + TICKS_PER_DAY)
    pump, freed = train_steps(doses, pulses, start, ticks, count)
    given = given._replace(pump=pump, freed=freed)
    world = _World(man.body, man.body.frame(man.bmi), pulses, jnp.asarray(step))
    first = jax.tree.map(lambda part: part[0], given)
    asked = _demand(*jax.tree.map(jnp.asarray, (world, state, first)))
    full = fullness(doses, pulses, np.asarray(asked.shares), start)
    padded = [*keys, *[keys[-1]] * (-len(keys) % LANES)]
    draws, waited = _draw(pulses, padded, step * count, int(np.isfinite(given.pump).sum()))
    parts = []
    for i in range(0, len(padded), LANES):
        begin = _begin(state, asked, full, waited[i : i + LANES])
        parts.append(_follow(world, begin, given, jax.tree.map(lambda part: part[i : i + LANES], draws)))  # noqa: B023
    levels, at, released = (np.concatenate(part)[: len(keys)] for part in zip(*parts, strict=True))
    if not (levels > 0.0).all():
        raise NotSolved("a level fell to 0 or was lost under pulses. Check the baseline, or use the day clock.")
    return _window(levels, at, released, early, wanted, step_minutes)


def _follow(world: _World, now: _Now, given: StepDoses, draws: _Draws) -> list[Float[np.ndarray, "key step *each"]]:
    """Return the levels, the times of pulses in each step and their rises of LH, one row per key."""
    world, draws = jax.tree.map(jnp.asarray, (world, draws))
    kept = []
    for i in range(0, len(given.pump), CHUNK):
        now, rows = _march(world, draws, now, jax.tree.map(lambda part: part[i : i + CHUNK], given))  # noqa: B023
        kept.append(jax.tree.map(np.asarray, rows))
    return [np.concatenate(parts, axis=1) for parts in zip(*kept, strict=True)]


def _window(
    levels: Float[np.ndarray, "key step level"],
    at: Float[np.ndarray, "key step 2"],
    released: Float[np.ndarray, "key step 2"],
    early: int,
    wanted: int,
    step_minutes: float,
) -> Paths:
    """Return the window of what was marched, its first level being that at its opening."""
    shown = levels[:, early - 1 : early + wanted]
    minutes = step_minutes * np.arange(wanted + 1)
    moments = minutes[:-1, None] + MINUTES_PER_DAY * at[:, early : early + wanted]
    moments = moments.reshape(len(at), -1)
    rises = released[:, early : early + wanted].reshape(len(at), -1)
    most = int(np.isfinite(moments).sum(axis=1).max(initial=0))
    order = np.argsort(moments, axis=1)[:, :most]  # NaN come last
    found = np.take_along_axis(moments, order, 1)
    rises = np.where(np.isfinite(found), np.take_along_axis(rises, order, 1), np.nan)
    return Paths(minutes, {name: shown[..., place] for place, name in enumerate(DRAWN)}, found, rises)
