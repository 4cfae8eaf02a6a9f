"""`simulate`: one call for one man or many, from a regimen to a course."""

import time
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float, Int

from leydig.analytes import ANALYTES
from leydig.course.course import Course
from leydig.course.display import bmi_text
from leydig.drug import Drug
from leydig.drugs import DRUGS
from leydig.engine import TOLERANCE, Origin, SolvePath, solve_in_jax
from leydig.errors import LeydigWarning, NotSolved, OutOfRange
from leydig.log import logger
from leydig.man import Man
from leydig.man.surgery.surgery import Surgery, operate
from leydig.man.uncertainty import shipped_draws
from leydig.man.weight.series import BmiSeries
from leydig.moments import moments, output_times
from leydig.regimen import Dose, Regimen
from leydig.regimen.repeat import RepeatKind
from leydig.regimen.steady import SteadyRegimen
from leydig.simulation.arguments import (
    REST,
    bmi_changes,
    refuse_options,
    regimens_of,
    several_men,
    solver_options,
    steady_regimens,
)
from leydig.ticks import days_of, tick_of, ticks_of

if TYPE_CHECKING:
    from dask.distributed import Client

__all__ = ["simulate"]

LOG = logger(__name__)

USUAL_PART = 10  # with uncertainty=True, one in so many of the shipped draws
BATCH = 1000
UNVALIDATED = (
    "semen, hematocrit and bone are not validated yet; symptom hazards are assumed",
    "for professionals and research: this simulates, it prescribes nothing",
)


def simulate(
    man: Man | Sequence[Man],
    regimen: Regimen | str | Sequence[Regimen | str] = "",
    *,
    weeks: float | None = None,
    days: float | None = None,
    every: str | None = None,
    at: Iterable[float | str] | None = None,
    bmi: BmiSeries | Sequence[BmiSeries | None] | None = None,
    drugs: dict[str, Drug] | None = None,
    hold: Mapping[str, str] | None = None,
    after: Course | None = None,
    start: str | SteadyRegimen | Sequence[SteadyRegimen | None] = REST,
    tolerance: float = TOLERANCE,
    cores: int | None = None,
    batch: int = BATCH,
    client: "Client | None" = None,
    uncertainty: bool | int = False,
    seed: int | None = None,
) -> Course:
    """Simulate a man, or many, on a regimen, or each on his own; `simulate_pulses` shows single pulses.

    Parameters
    ----------
    man : Man or sequence of Man
        One man, many in a list, or many stacked in one `Man`.
    regimen : Regimen or str, or a sequence of them, optional
        What is given; nothing when left out. A sequence gives each man his own, and so his own start
        (`Regimen.delay`).
    weeks, days : float, optional
        Length; one of the two, 26 weeks when both are left out.
    every : str, optional
        Distance of kept times, such as ``"1 day"`` or ``"6 hours"``; when left out a day, or the whole length
        where that is less.
    at : iterable of float or str, optional
        The times to keep, in place of a length and a distance: days as numbers, or texts with a unit, in any order,
        such as ``[0.25, "4 weeks"]``. The course holds them ascending, and may be read from its start.
    bmi : BmiSeries, or a sequence of them, optional
        How the BMI changes on the way, from that of the man, to which his baseline belongs: fat's aromatase and the
        SHBG that he makes follow it (`leydig.man.weight`). A sequence gives each man his own, None for whom it
        stays. After a course it holds from where that one ends; when left out that course's own goes on.
    drugs : dict of str to Drug, optional
        Drugs with changed parameters, by name; the catalogue's when left out. A parameter may be an array
        with one number for each man (`leydig.man.drug_variability`).
    hold : mapping of str to str, optional
        Levels that are held from day 0 on, such as ``{"estradiol": "32 pg/mL"}``: the `Surgery` that teaching asks for
        most. Nothing else of the loop is touched (`leydig.man.surgery.surgery.operate`).
    after : Course, optional
        A course of the same men to go on from, on its regimen or on another. Days of both are counted from day 0 of
        that course; what the other regimen gives before is not given, what its own gave before is in the body and wears
        off (`Regimen.switch`). Changed drugs are those of that course when `drugs` is left out.
    start : {"rest", "steady state"} or SteadyRegimen, or a sequence of them, optional
        Where the men are on day 0: untreated, which is usual; or where they come to whom what is in force on day 0 had
        been given for ever, missed days apart; or a `SteadyRegimen`, for ever until then. A sequence gives each man his
        own, None for rest.
    tolerance : float, optional
        Relative error allowed in every level, 1e-8 to 1e-2.
    cores : int, optional
        How many cores share the men; every core when left out.
    batch : int, optional
        Men who are solved at once; bounds the memory, never the numbers.
    client : dask.distributed.Client, optional
        A cluster whose workers share the batches, one core for each batch.
    uncertainty : bool or int, optional
        Simulate under posterior draws of the fitted parameters (`leydig.man.uncertainty`): with ``True`` every
        tenth of them, with a number that many. The course then has a ``draw`` axis before ``time``; see
        `Series.interval`.
    seed : int, optional
        With `uncertainty`: draws by chance; evenly spaced ones when left out.

    Returns
    -------
    Course
        With shapes ``(time,)`` for one man and ``(man, time)`` for many, or ``(draw, time)`` and
        ``(man, draw, time)`` with `uncertainty`.

    Raises
    ------
    NotSolved
        When the one man cannot be solved; of many, those who cannot are NaN and named in `failed`.
    OutOfRange
        When the length, the distance or the tolerance is impossible, there is not one regimen for each
        man, or `after` is of other men or of drugs with other parameters, or comes with draws, another start or a JAX
        transformation, or `start` or `bmi` with a JAX transformation, or `bmi` says of day 0 what the man does not.
    BadRegimen
        When another regimen is amid a cycle where it begins after a course, or nothing that is repeated is in force at
        the steady state.
    UnknownName
        When `drugs` names one that the regimen does not hold.

    Warns
    -----
    LeydigWarning
        When a level rises above what any man has, where the model extrapolates.

    Notes
    -----
    Deterministic, in double precision, to the byte the same for any number of men, batches and cores.
    Under `jax.grad` or any other transformation the same step runs in JAX, so gradients flow through
    parameters, dose sizes and dose times (`Dose.shift`).

    Examples
    --------
    >>> man = Man(age=34, bmi=28.7, testosterone="271 ng/dL", estradiol="32 pg/mL", lh="3.4 IU/L")
    >>> course = simulate(man, "anastrozole 1 mg daily", weeks=4)
    >>> bool(course["testosterone"].at(week=4).value > 350)
    True
    """
    tolerance, batch, cores, uncertainty = solver_options(tolerance, batch, cores, uncertainty)
    _refuse_what_has_no_use(client, cores, uncertainty, seed)
    men = several_men(man)
    given = regimens_of(regimen, men.count)
    many = not isinstance(regimen, str | Regimen | Dose)
    day = float(after.days[-1]) if after is not None else 0.0
    times = _days_to_keep(day, weeks, days, every, at)
    before = steady_regimens(start, given)
    begun = start if before else None
    if holds_tracer((men, drugs, [(dose.amount, dose.shift) for one in given for dose in one.doses])):
        beside = {
            "hold": hold,
            "after": after,
            "start": begun,
            "bmi": bmi,
            "uncertainty": uncertainty,
            "client": client,
        }
        refuse_options("a JAX transformation", beside, "Leave them out.")
        return _jax_course(_origin(men, given, drugs, tolerance, day, batch, cores), tuple(given) if many else given[0],
                           times)  # fmt: skip
    men = men if hold is None else operate(men, Surgery(hold=hold))
    if uncertainty:
        refuse_options("a course under draws", {"after": after}, "Simulate the whole length in one piece.")
    if after is not None:
        refuse_options("a course that goes on", {"start": begun}, "Leave it out: it begins where the other one ends.")
        origin, ending = _ending(after, men)
        given, many = _switch_regimens(origin, given, day), many or isinstance(after.regimen, tuple)
    found = _origin(men, given, _changed_drugs(after, drugs), tolerance, day, batch, cores)
    if after is not None:
        found = found.go_on_from(origin, ending)
    if uncertainty:
        found = replace(found, draws=_draws(uncertainty, seed))
    begin_bmi = () if after is None else origin.bmi
    found = replace(found, bmi=bmi_changes(bmi, men, day, begin_bmi))
    if before:
        kinds = list(dict.fromkeys(before))
        found = found.at_steady_state(kinds, np.array([kinds.index(one) for one in before]))
    said = (*_start_notes(before), *_bmi_notes(found.bmi))
    return _course(found, tuple(given) if many else given[0], times, client, said)


def _refuse_what_has_no_use(
    client: "Client | None", cores: int | None, uncertainty: bool | int, seed: int | None
) -> None:
    if client is not None:
        refuse_options("a cluster", {"cores": cores}, "Leave it out: each of its workers uses one core for a batch.")
    if uncertainty is False:
        refuse_options("a course without draws", {"seed": seed}, "Leave it out, or add uncertainty=True.")


def _jax_course(origin: Origin, own: Regimen | tuple[Regimen, ...], times: Float[np.ndarray, " time"]) -> Course:
    """Return the course of a JAX transformation."""
    work = origin.work(times)
    inside, hazards = solve_in_jax(origin.men, work.drugs, [work.plans[place] for place in origin.which])
    return Course(origin.men, own, times, inside, hazards, _notes(work.regimens))


def _origin(
    men: Man, given: list[Regimen], drugs: dict[str, Drug] | None, tolerance: float, day: float, batch: int,
    cores: int | None,
) -> Origin:  # fmt: skip
    """Return what men at rest are solved from, every regimen once."""
    kinds = {id(one): one for one in given}
    places = {kind: place for place, kind in enumerate(kinds)}
    which = np.array([places[id(one)] for one in given])
    return Origin(men, tuple(kinds.values()), which, drugs, tolerance, day, batch=batch, cores=cores)


def _days_to_keep(
    start: float, weeks: float | None, days: float | None, every: str | None, at: object
) -> Float[np.ndarray, " time"]:
    """Return the days to keep, from a start: evenly over a length, or those that are asked for."""
    if at is None:
        return days_of(tick_of(start) + ticks_of(output_times(weeks, days, every)))
    for name, value in {"weeks": weeks, "days": days, "every": every}.items():
        if value is not None:
            raise OutOfRange(f"got at= and {name}={value!r}; expected one of the two. Leave one out.")
    times = moments(at)
    if times[0] < start:
        raise OutOfRange(
            f"got day {times[0]:g} in at=; expected day {start:g} or later, where the course to go on from ends. "
            "Read earlier days from that course."
        )
    return times


def _draws(asked: bool | int, seed: int | None) -> Int[np.ndarray, " draw"]:
    """Return the numbers of the posterior draws: one in `USUAL_PART`, or as many as are asked for."""
    drawn = shipped_draws()
    return drawn.sample(drawn.count // USUAL_PART if isinstance(asked, bool | np.bool_) else int(asked), seed)


def _course(
    origin: Origin, own: Regimen | tuple[Regimen, ...], times: Float[np.ndarray, " time"], client: "Client | None",
    said: tuple[str, ...] = (),
) -> Course:  # fmt: skip
    """Solve with the engine and return the course."""
    begun = time.perf_counter()
    found = origin.solve(times, client)
    failed, paths = found.failed, found.paths
    rescued = paths.count(SolvePath.REFERENCE)
    LOG.info(
        "simulated %d courses to day %g in %.2f s: %d solved by the reference, %d not solved",
        len(paths), times[-1], time.perf_counter() - begun, rescued, len(failed),
    )  # fmt: skip
    if failed and not origin.shape:
        raise NotSolved(f"this man was not solved: {failed[0]}. Check his baseline, or simulate fewer days.")
    inside, hazards = origin.reshape(found.analytes), origin.reshape(found.hazards)
    tops = found._replace(values=np.fmax.reduce(found.values, axis=(0, 1), keepdims=True))  # of those who were solved
    beyond = _extrapolation_warnings(tops.analytes)
    for note in beyond:
        warnings.warn(note, LeydigWarning, stacklevel=3)
    draws = 0 if origin.draws is None else len(origin.draws)
    ending = None if draws else origin.reshape((found.states, found.amounts))
    notes = (*beyond, *said, *_notes(origin.regimens))
    return Course(origin.men, own, times, inside, hazards, notes, failed, ending, paths, draws, origin)


def _ending(after: Course, men: Man) -> tuple[Origin, tuple[np.ndarray, np.ndarray]]:
    """Return what a course was solved from and where it ends, refusing one of other men."""
    before, now = jax.tree.leaves(after.man), jax.tree.leaves(men)
    if after.man.count != men.count or not all(np.array_equal(a, b) for a, b in zip(before, now, strict=True)):
        raise OutOfRange("got a course of other men to go on from; expected the same men. Give the same `man`.")
    if after.ending is None or after.origin is None:
        raise OutOfRange(
            "got a course under draws or a JAX transformation to go on from; expected one that keeps where it ends. "
            "Simulate the whole length in one piece."
        )
    states, amounts = (np.reshape(part, (men.count or 1, -1)) for part in after.ending)
    return after.origin, (states, amounts)


def _switch_regimens(origin: Origin, given: list[Regimen], day: float) -> list[Regimen]:
    """Return the whole regimen of each man: his regimen of an origin until a day, and another from then on."""
    known: dict[tuple[int, int], Regimen] = {}
    for place, now in zip(origin.which.tolist(), given, strict=True):
        before = origin.regimens[place]
        if (place, id(now)) not in known:
            known[place, id(now)] = before if before == now else before.switch(now, day)
    return [known[place, id(now)] for place, now in zip(origin.which.tolist(), given, strict=True)]


def _changed_drugs(after: Course | None, drugs: dict[str, Drug] | None) -> dict[str, Drug] | None:
    """Return the changed drugs of a course, refusing to go on with others than it began with."""
    if after is None or after.origin is None:
        return drugs
    begun = after.origin.drugs or {}
    if drugs is None:
        return begun
    for name in sorted({*drugs, *begun} & {*after.origin.drugs_in_use()}):
        before, now = (found.get(name, DRUGS[name]) for found in (begun, drugs))
        if not eqx.tree_equal(*(jax.tree.map(np.asarray, drug) for drug in (before, now))):
            raise OutOfRange(
                f"got other parameters of {name} than the course to go on from; expected the same. "
                "Leave drugs out to go on with them, or simulate anew from day 0."
            )
    return drugs


def holds_tracer(tree: object) -> bool:
    """Return whether JAX is transforming any number in this tree, refusing one of single precision."""
    traced = [leaf for leaf in jax.tree.leaves(tree) if isinstance(leaf, jax.core.Tracer)]
    if any(leaf.dtype == np.float32 for leaf in traced):
        raise OutOfRange(
            "got a number of single precision under a JAX transformation; expected double. Say "
            "jax.config.update('jax_enable_x64', True), or make a man, before the first number."
        )
    return bool(traced)


def _extrapolation_warnings(read: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """Return a warning for each analyte that leaves what any man has: the model extrapolates there."""
    found = []
    for name, values in read.items():
        analyte, top = ANALYTES[name], float(np.nanmax(values, initial=0.0))
        if top > analyte.possible[1]:
            found.append(
                f"{analyte.title} reaches {analyte.format(top, analyte.us)} {analyte.us}, above the "
                f"{analyte.format(analyte.possible[1], analyte.us)} that any man has: the model extrapolates beyond "
                "its data here, so do not use this course. Check the baseline and the regimen"
            )
    return tuple(found)


def _start_notes(before: Sequence[SteadyRegimen]) -> tuple[str, ...]:
    """Return what must be said of a beginning at steady state."""
    given = dict.fromkeys(str(one) for one in before if one.events)
    return tuple(f"begins at the steady state of {text}, as if given for ever" for text in given)


def _bmi_notes(series: Sequence[BmiSeries | None]) -> tuple[str, ...]:
    """Return what must be said of a BMI that changes."""
    if not series:
        return ()
    return (
        f"{bmi_text(series)}: fat's aromatase and SHBG follow it, between men's slopes taken for one man's; "
        "weight loss itself is held against no study yet",
    )


def _notes(given: Iterable[Regimen]) -> tuple[str, ...]:
    """Return the remarks that belong to these regimens."""
    regimens = list(given)
    found: list[str] = []
    for regimen in regimens:
        repeated = [dose.drug for dose in regimen.doses if dose.repeat.kind != RepeatKind.ONCE]
        totals = [
            f"{DRUGS[name].title}: {total:.4g} {unit} a week while given"
            for name, (total, unit) in regimen.weekly_total().items()
            if repeated.count(name) == 1 and isinstance(total, float)
        ]
        labels = [f"{DRUGS[name].title}: {DRUGS[name].label.indication}" for name in regimen.drugs]
        found += [*regimen.notes, *(totals if len(regimens) == 1 else []), *labels]
    return (*dict.fromkeys(found), *UNVALIDATED)
