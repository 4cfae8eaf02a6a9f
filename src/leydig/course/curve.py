"""A curve: one level of a course as a function of time, from which every reading of it comes.

Levels of the body are solved, levels of drugs are closed forms: amounts move exactly along the compartments of a chain
(`leydig.kinetics`), and what has left the last one is what has entered the first, less what is still inside::

    level = scale·A_n          area from the start = scale·(entered − A_1 − … − A_n)/λ_n
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jaxtyping import Float

from leydig.blocks import in_blocks
from leydig.drug import Drug
from leydig.engine.origin import Origin
from leydig.engine.plan import Plan
from leydig.engine.solve import drugs_per_man
from leydig.engine.system import Kinetics, kinetics
from leydig.errors import NotSolved
from leydig.ticks import days_of, ticks_of

if TYPE_CHECKING:
    from leydig.course.course import Course

__all__ = ["AnalyteCurve", "Curve", "DerivedCurve", "DrugCurve"]


class Curve(ABC):
    """One level as a function of time."""

    @property
    @abstractmethod
    def start(self) -> float:
        """The first day on which it can be read."""

    @abstractmethod
    def read(self, days: Float[np.ndarray, " time"], after: bool = False, remember: bool = True) -> Any:
        """Return values of shape (*man, time), before or after what is given at these moments."""

    @abstractmethod
    def breaks(self, start: float, stop: float) -> Float[np.ndarray, " edge"]:
        """Return both ends and the days between them on which something is given or ends."""

    def area(self, start: float, stop: float) -> Any:
        """Return the integral [d] in closed form; None where there is none."""
        return None

    @property
    def fine(self) -> bool:
        """Whether reading at thousands of moments costs little."""
        return False


@dataclass(frozen=True)
class AnalyteCurve(Curve):
    """An analyte of a course, in its inside unit."""

    course: "Course"
    name: str

    @property
    def start(self) -> float:
        """The first day of the course."""
        return float(self.course.days[0]) if self.course.origin is None else self.course.origin.start

    def read(self, days: Float[np.ndarray, " time"], after: bool = False, remember: bool = True) -> Any:
        """Return values that are solved for these days."""
        return self.course.solve(days, after, remember)[self.name]

    def breaks(self, start: float, stop: float) -> Float[np.ndarray, " edge"]:
        """Return the ends and every dose between them, of all regimens."""
        return _breaks(self.course, start, stop)


@dataclass(frozen=True)
class DrugCurve(Curve):
    """A level of a drug of a course, in the unit that the drug declares."""

    course: "Course"
    drug: str
    name: str

    @property
    def start(self) -> float:
        """The first day of the course."""
        return _origin(self.course, self.course.days).start

    @property
    def fine(self) -> bool:
        """True: it is a closed form."""
        return True

    def read(self, days: Float[np.ndarray, " time"], after: bool = False, remember: bool = True) -> Any:
        """Return the level on these days, of everyone who was solved."""
        origin = _origin(self.course, days)
        moments, place = np.unique(ticks_of(days) + int(after), return_inverse=True)
        levels, _, drugs = _levels(self.course, days_of(moments))
        own = drugs[self.drug].concentrations(levels)[self.name]
        return origin.shaped(np.asarray(own))[..., place]

    def breaks(self, start: float, stop: float) -> Float[np.ndarray, " edge"]:
        """Return the ends and every dose between them, of all regimens."""
        return _breaks(self.course, start, stop)

    def area(self, start: float, stop: float) -> Any:
        """Return the integral [d]; None where another drug changes the level."""
        origin = _origin(self.course, np.array([start]))
        _, areas, drugs = _levels(self.course, np.array([start, stop]))
        if len(drugs) > 1 and type(drugs[self.drug]).concentrations is not Drug.concentrations:
            return None
        return origin.shaped(np.diff(areas[self.name], axis=-1))[..., 0]


@dataclass(frozen=True)
class DerivedCurve(Curve):
    """A function of a curve's values: another unit, or a quantile over draws."""

    curve: Curve
    function: Callable[[Any], Any]
    linear: bool

    @property
    def start(self) -> float:
        """The first day of the curve."""
        return self.curve.start

    @property
    def fine(self) -> bool:
        """As the curve itself."""
        return self.curve.fine

    def read(self, days: Float[np.ndarray, " time"], after: bool = False, remember: bool = True) -> Any:
        """Return the function of the curve's values."""
        return self.function(self.curve.read(days, after, remember))

    def breaks(self, start: float, stop: float) -> Float[np.ndarray, " edge"]:
        """Return those of the curve."""
        return self.curve.breaks(start, stop)

    def area(self, start: float, stop: float) -> Any:
        """Return the function of the integral; None where the two cannot be exchanged."""
        area = self.curve.area(start, stop) if self.linear else None
        return None if area is None else self.function(area)


def _origin(course: "Course", days: Any) -> Origin:
    if course.origin is None:
        raise NotSolved(
            f"got day {float(days[0]):g} of a drug level under a JAX transformation; expected a course outside it. "
            "Simulate without the transformation to read drug levels."
        )
    return course.origin


def _breaks(course: "Course", start: float, stop: float) -> Float[np.ndarray, " edge"]:
    if course.origin is None:
        return np.array([start, stop])
    plans = course.origin.work(np.array([course.origin.start, stop])).plans
    first, last = ticks_of([start, stop])
    ends = np.unique(np.concatenate([[first, last], *(plan.ends for plan in plans)]))
    edges: Float[np.ndarray, " edge"] = days_of(ends[(ends >= first) & (ends <= last)])
    return edges


def _levels(course: "Course", days: Float[np.ndarray, " time"]) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """Return every drug level, and its integral from the start, of everyone; and the drugs, ready for both.

    Shapes are (row, time); who was not solved is NaN. A drug that differs between rows has numbers of shape (row, 1).
    """
    origin = _origin(course, days)
    whole = days if days[-1] > origin.start else np.append(days, origin.start + 1.0)
    work = origin.work(whole)
    _, drugs, which = origin.rows(work.drugs)
    names, sizes, scales, rates = _kinetics(drugs, len(which))
    begin = np.zeros_like(rates) if origin.begin is None else np.asarray(origin.begin[1])
    amounts, entered = np.empty((2, len(which), len(whole), rates.shape[1]))
    for number, plan in enumerate(work.plans):
        rows = np.flatnonzero(which == number)
        amounts[rows] = plan.amounts(begin[rows], rates[rows], sizes)
        entered[rows] = begin[rows, None] + _entered(plan)
    spread = jax.tree.map(lambda leaf: np.asarray(leaf)[:, None] if np.ndim(leaf) else leaf, drugs)
    levels, areas = {}, {}
    for name, scale, size, end in zip(names, scales, sizes, np.cumsum(sizes), strict=True):
        left = (entered - amounts)[:, : len(days), end - size : end].sum(axis=-1)
        levels[name] = np.array(scale[:, None] * amounts[:, : len(days), end - 1])
        areas[name] = np.array(scale[:, None] / rates[:, None, end - 1] * left)
        levels[name][list(course.failed)] = areas[name][list(course.failed)] = np.nan
    return levels, areas, spread


def _kinetics(drugs: dict[str, Drug], count: int) -> Kinetics:
    """Return the chains of the drugs, scales of shape (row,) and rates [1/d] of shape (row, compartment)."""
    if not jax.tree.leaves(drugs):
        return Kinetics((), (), (), jax.numpy.zeros((count, 0)))
    one = not any(np.ndim(leaf) for leaf in jax.tree.leaves(drugs))
    names, sizes, *_ = kinetics(drugs)
    scales, rates = in_blocks(_rows_kinetics, drugs_per_man(drugs, 1 if one else count))
    shaped: Any = jax.tree.map(
        lambda part: np.broadcast_to(np.asarray(part), (count, *part.shape[1:])), (scales, rates)
    )
    return Kinetics(names, sizes, *shaped)


@jax.jit
def _rows_kinetics(rows: dict[str, Drug]) -> tuple[Any, Any]:
    scales, rates = jax.vmap(lambda own: kinetics(own)[2:])(rows)
    return scales, rates


def _entered(plan: Plan) -> Float[np.ndarray, "time compartment"]:
    """Return what was dosed into the compartments before each kept time."""
    doses, dosed = np.asarray(plan.doses), plan.dose >= 0
    added = np.zeros((len(plan.ends), doses.shape[1]))
    added[dosed] = doses[plan.dose[dosed]]
    return (np.cumsum(added, axis=0) - added)[plan.row >= 0]
