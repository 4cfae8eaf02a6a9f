"""A curve: one level of a course as a function of time, from which every reading of it comes.

Levels of the body are solved, levels of drugs are closed forms: amounts move exactly along the compartments of a chain
(`leydig.engine.closed_form`).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from leydig.arrays import AnyArray
from leydig.drug import Drug
from leydig.engine import DrugLevels, Origin, drug_levels
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
    def read(
        self, days: Float[np.ndarray, " time"], after: bool = False, remember: bool = True
    ) -> Float[AnyArray, "*man time"]:
        """Return the values, before or after what is given at these moments."""

    @abstractmethod
    def breaks(self, start: float, stop: float) -> Float[np.ndarray, " edge"]:
        """Return both ends and the days between them on which something is given or ends."""

    def area(self, start: float, stop: float) -> Float[AnyArray, "*man"] | None:
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

    def read(
        self, days: Float[np.ndarray, " time"], after: bool = False, remember: bool = True
    ) -> Float[AnyArray, "*man time"]:
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

    def read(
        self, days: Float[np.ndarray, " time"], after: bool = False, remember: bool = True
    ) -> Float[AnyArray, "*man time"]:
        """Return the level on these days, of everyone who was solved."""
        origin = _origin(self.course, days)
        moments, place = np.unique(ticks_of(days) + int(after), return_inverse=True)
        found = _levels(self.course, days_of(moments))
        own = found.drugs[self.drug].concentrations(found.levels)[self.name]
        return origin.reshape(np.asarray(own))[..., place]

    def breaks(self, start: float, stop: float) -> Float[np.ndarray, " edge"]:
        """Return the ends and every dose between them, of all regimens."""
        return _breaks(self.course, start, stop)

    def area(self, start: float, stop: float) -> Float[AnyArray, "*man"] | None:
        """Return the integral [d]; None where another drug changes the level."""
        origin = _origin(self.course, np.array([start]))
        found = _levels(self.course, np.array([start, stop]))
        if len(found.drugs) > 1 and type(found.drugs[self.drug]).concentrations is not Drug.concentrations:
            return None
        return origin.reshape(np.diff(found.areas[self.name], axis=-1))[..., 0]


@dataclass(frozen=True)
class DerivedCurve(Curve):
    """A function of a curve's values: another unit, or a quantile over draws."""

    curve: Curve
    function: Callable[[AnyArray], AnyArray]
    linear: bool

    @property
    def start(self) -> float:
        """The first day of the curve."""
        return self.curve.start

    @property
    def fine(self) -> bool:
        """As the curve itself."""
        return self.curve.fine

    def read(
        self, days: Float[np.ndarray, " time"], after: bool = False, remember: bool = True
    ) -> Float[AnyArray, "*man time"]:
        """Return the function of the curve's values."""
        return self.function(self.curve.read(days, after, remember))

    def breaks(self, start: float, stop: float) -> Float[np.ndarray, " edge"]:
        """Return those of the curve."""
        return self.curve.breaks(start, stop)

    def area(self, start: float, stop: float) -> Float[AnyArray, "*man"] | None:
        """Return the function of the integral; None where the two cannot be exchanged."""
        area = self.curve.area(start, stop) if self.linear else None
        return None if area is None else self.function(area)


def _origin(course: "Course", days: Float[np.ndarray, " time"]) -> Origin:
    if course.origin is None:
        raise NotSolved(
            f"got day {float(days[0]):g} of a drug level under a JAX transformation; expected a course outside it. "
            "Simulate without the transformation to read drug levels."
        )
    return course.origin


def _breaks(course: "Course", start: float, stop: float) -> Float[np.ndarray, " edge"]:
    if course.origin is None:
        return np.array([start, stop])
    return course.origin.breaks(start, stop)


def _levels(course: "Course", days: Float[np.ndarray, " time"]) -> DrugLevels:
    """Return the drug levels of everyone; who was not solved is NaN."""
    found, failed = drug_levels(_origin(course, days), days), list(course.failed)
    for name in found.levels:
        found.levels[name][failed] = found.areas[name][failed] = np.nan
    return found
