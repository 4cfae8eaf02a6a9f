"""Gradients: how every level at every time moves with any number behind a man or a regimen.

The numbers of man and plan and their derivatives come from JAX, once; the course and its exact
derivatives then march together through the compiled kernel, one direction per lane.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from leydig.analytes import ANALYTES
from leydig.blocks import take_rows
from leydig.checks import number, option, vector
from leydig.drugs import drugs_of
from leydig.engine import solve
from leydig.engine.equations import readings_by_name
from leydig.engine.kernel.kernel import Kernel
from leydig.engine.plan import Plan, plan_schedule, stack_plans
from leydig.errors import NotSolved, OutOfRange
from leydig.kinetics import depletion_rate
from leydig.man import Man
from leydig.moments import output_times
from leydig.regimen import Regimen

__all__ = ["Gradient", "gradient"]

REMEMBERED = 64  # builds that are kept traced
Build = Callable[[Float[Array, " value"]], tuple[Man, Regimen]]


@dataclass(frozen=True)
class Gradient:
    """Levels and their derivatives.

    Attributes
    ----------
    days : Float[np.ndarray, " time"]
    levels : dict of str to Float[np.ndarray, " time"]
        Every analyte in the unit in which `Course` shows it; `shown` gives the other one.
    slopes : dict of str to Float[np.ndarray, "value time"]
        Derivative of each analyte with respect to each value, per one of that value, in the same unit.
    units : dict of str to str
        The unit of each analyte.
    """

    days: Float[np.ndarray, " time"]
    levels: dict[str, Float[np.ndarray, " time"]]
    slopes: dict[str, Float[np.ndarray, "value time"]]
    units: dict[str, str]

    def in_units(self, units: str = "us") -> "Gradient":
        """Return the same in US or SI units.

        Raises
        ------
        OutOfRange
            When `units` is neither ``"us"`` nor ``"si"``.
        """
        option(units, "units", ("us", "si"))
        into = {name: getattr(ANALYTES[name], units) for name in self.levels}
        scale = {
            name: ANALYTES[name].factor_to(unit) / ANALYTES[name].factor_to(self.units[name])
            for name, unit in into.items()
        }
        levels, slopes = (
            {name: values * scale[name] for name, values in part.items()} for part in (self.levels, self.slopes)
        )
        return Gradient(self.days, levels, slopes, into)


def gradient(
    build: Build,
    values: Sequence[float] | Float[np.ndarray, " value"],
    *,
    weeks: float | None = None,
    days: float | None = None,
    every: str | None = None,
    tolerance: float = solve.TOLERANCE,
) -> Gradient:
    """Return every level and its exact derivative with respect to some values.

    Parameters
    ----------
    build : callable
        Takes the values as a JAX vector and returns one man and his regimen. Give the same function
        again for other values, so that it is traced once.
    values : Float[np.ndarray, " value"]
        Where to take the derivatives: parameters, baseline levels, dose sizes, `Dose.shift` at 0.
    weeks, days : float, optional
        Length; one of the two, 26 weeks when both are left out.
    every : str, optional
        Distance of kept times; a day when left out, or the length where that is less.
    tolerance : float, optional
        Relative error allowed in every level.

    Raises
    ------
    NotSolved
        When the man cannot be solved.
    OutOfRange
        When no value came or the length is impossible.

    Examples
    --------
    >>> from leydig import Dose
    >>> man = Man(age=34, testosterone="271 ng/dL", estradiol="32 pg/mL")
    >>> found = gradient(lambda dose: (man, Regimen(Dose("anastrozole", dose[0]))), [0.5], weeks=4)
    >>> bool(found.slopes["testosterone"][0, -1] > 0)
    True
    """
    at = vector(values, "value")
    tolerance = number(tolerance, "tolerance", solve.TOLERANCES)
    times = output_times(weeks, days, every)
    plan, kernel, numbers = _prepare(build, tuple(times.tolist()), at)
    parts = ([np.asarray(part) for part in half] for half in numbers(at))
    who, plans = _directions(plan, kernel.sizes, *parts)
    begin = (who.start, np.zeros((len(at), kernel.layout.compartments)))
    found = solve.march(kernel, who, begin, np.arange(len(at)), stack_plans(plans), tolerance)
    if (found.bad != solve.FINE).any() or not np.isfinite(found.values).all():
        raise NotSolved("this man's derivatives were not solved. Check his baseline, or simulate fewer days.")
    levels, slopes = np.split(found.values, 2, axis=-1)
    inside = readings_by_name(levels[0])[0]
    return Gradient(
        times, inside, readings_by_name(slopes)[0], {name: ANALYTES[name].unit for name in inside}
    ).in_units("us")


def _zero_shifts(regimen: Regimen) -> Regimen:
    """Return the regimen with shifts that count as moved, at 0."""
    return Regimen(replace(dose, shift=jnp.asarray(dose.shift)) for dose in regimen.doses)


_Parts = tuple[Array, ...]  # the numbers of a man, then doses, what is given and shifts of his plan
_Slopes = Callable[[Float[np.ndarray, " value"]], tuple[_Parts, _Parts]]
_KNOWN: dict[tuple[Build, tuple[float, ...]], tuple[Plan, Kernel, _Slopes]] = {}


def _prepare(build: Build, times: tuple[float, ...], at: Float[np.ndarray, " value"]) -> tuple[Plan, Kernel, _Slopes]:
    """Return plan, kernel, and the function that gives the kernel's numbers and slopes; traced once for each build."""
    if (build, times) not in _KNOWN:
        man, regimen = build(jnp.asarray(at))
        if man.count is not None:
            raise OutOfRange(f"got {man.count} men; expected one man. Take the gradient of each of them.")
        drugs = drugs_of(list(regimen.drugs))

        def numbers(values: Float[Array, " value"]) -> _Parts:
            man, regimen = build(values)
            plan = plan_schedule(_zero_shifts(regimen).schedule(times[-1]), drugs, np.array(times))
            parts = (*solve.flat_numbers(man, drugs), plan.doses, plan.givens, plan.shifts)
            return tuple(jnp.asarray(part, dtype=float) for part in parts)

        plan = plan_schedule(_zero_shifts(regimen).schedule(times[-1]), drugs, np.array(times))
        kernel = solve.kernel(take_rows(man, None), drugs, derivative=True)
        both = jax.jit(lambda values: (numbers(values), jax.jacfwd(numbers)(values)))
        if len(_KNOWN) >= REMEMBERED:
            _KNOWN.pop(next(iter(_KNOWN)))
        _KNOWN[build, times] = (plan, kernel, both)
    return _KNOWN[build, times]


def _directions(
    plan: Plan, sizes: tuple[int, ...], numbers: list[np.ndarray], slopes: list[np.ndarray]
) -> tuple[solve.Numbers, list[Plan]]:
    """Return numbers followed by their derivatives, one row per value, and the plan of each value."""
    theta, start, own, decay, doses, givens, _ = numbers
    count = slopes[0].shape[-1]

    def rows(
        part: Float[np.ndarray, " number"], slope: Float[np.ndarray, "number value"]
    ) -> Float[np.ndarray, "value twice"]:
        return np.ascontiguousarray(np.concatenate([np.tile(part, (count, 1)), np.moveaxis(slope, -1, 0)], axis=1))

    who = solve.Numbers(
        rows(theta, slopes[0]), rows(start, slopes[1]), np.tile(own, (count, 2)), rows(decay, slopes[3])
    )
    given = plan.dose >= 0
    plans = []
    for value in range(count):
        shifts = slopes[6][:, value]
        more = slopes[4][..., value].copy()
        more[plan.dose[given]] += depletion_rate(decay, doses[plan.dose[given]], sizes) * shifts[given][:, None]
        plans.append(
            replace(
                plan,
                doses=np.concatenate([doses, more], axis=1),
                givens=np.concatenate([givens, slopes[5][..., value]], axis=1),
                shifts=shifts,
            )
        )
    return who, plans
