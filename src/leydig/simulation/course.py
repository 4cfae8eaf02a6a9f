"""The course: every analyte over time, with units, as `simulate` returns it.

Values are at the kept days, at the hour of the morning dose and before it; between kept days they are
interpolated. Pulses and the rhythm of the day are averaged out: this is the day clock.
"""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES, Analyte
from leydig.errors import OutOfRange, UnknownName
from leydig.man import Man
from leydig.regimen import Regimen

if TYPE_CHECKING:
    from pathlib import Path

    import pandas
    import xarray

__all__ = ["Course", "Level", "Series", "finite"]


@dataclass(frozen=True)
class Level:
    """One value of one analyte, or one per man, with its unit."""

    analyte: Analyte
    value: Any
    unit: str

    def to(self, unit: str) -> "Level":
        """Return the level in another unit.

        Raises
        ------
        WrongUnit
            When `unit` does not measure this analyte.
        """
        scale = self.analyte.factor_to(unit) / self.analyte.factor_to(self.unit)
        return Level(self.analyte, self.value * scale, unit)

    def __float__(self) -> float:
        return float(self.value)

    def __format__(self, form: str) -> str:
        return format(float(self.value), form)

    def __repr__(self) -> str:
        return f"{np.array2string(np.asarray(self.value), precision=4)} {self.unit}"


@dataclass(frozen=True)
class Series:
    """One analyte over time.

    Attributes
    ----------
    name : str
        Catalogue name.
    analyte : Analyte
    days : Float[np.ndarray, " time"]
    values : Float[np.ndarray, "*man time"]
        In `unit`; with a ``draw`` axis before ``time`` when `draws` is not 0.
    unit : str
    draws : int
        How many posterior draws there are.
    """

    name: str
    analyte: Analyte
    days: Float[np.ndarray, " time"]
    values: Any
    unit: str
    draws: int = 0

    def to(self, unit: str) -> "Series":
        """Return the series in another unit; raises `WrongUnit` when it measures something else."""
        scale = self.analyte.factor_to(unit) / self.analyte.factor_to(self.unit)
        return Series(self.name, self.analyte, self.days, self.values * scale, unit, self.draws)

    def interval(self, level: float = 0.9) -> tuple["Series", "Series"]:
        """Return the lower and the upper end of an interval over posterior draws.

        Parameters
        ----------
        level : float, optional
            Share of the draws inside, above 0 and below 1.

        Raises
        ------
        OutOfRange
            When the course has no draws, or the share is impossible.
        """
        if not self.draws:
            raise OutOfRange("this course has no draws. Allowed: a course with them. Simulate with uncertainty=True.")
        if not 0.0 < level < 1.0:
            raise OutOfRange(f"an interval of {level:g} came. Allowed: above 0, below 1. Give 0.9, for one.")
        ends = np.nanquantile(self.values, [0.5 - level / 2.0, 0.5 + level / 2.0], axis=-2)
        low, high = (Series(self.name, self.analyte, self.days, end, self.unit) for end in ends)
        return low, high

    def at(self, *, week: float | None = None, day: float | None = None) -> Level:
        """Return the level at one time.

        Parameters
        ----------
        week, day : float
            One of the two, counted from the start; between kept days the value is interpolated.

        Raises
        ------
        OutOfRange
            When the time is outside the course, or neither or both are given.
        """
        if (week is None) == (day is None):
            raise OutOfRange("neither or both of week and day came. Allowed is one. Write .at(week=4).")
        when = 7.0 * week if week is not None else float(day or 0.0)
        if not self.days[0] <= when <= self.days[-1]:
            raise OutOfRange(
                f"day {when:g} is outside the course, day {self.days[0]:g} to {self.days[-1]:g}. "
                "Simulate longer, or ask for a day inside."
            )
        after = int(np.clip(np.searchsorted(self.days, when), 1, len(self.days) - 1))
        share = (when - self.days[after - 1]) / (self.days[after] - self.days[after - 1])
        value = self.values[..., after - 1] * (1.0 - share) + self.values[..., after] * share
        return Level(self.analyte, value, self.unit)


@dataclass(frozen=True)
class Course:
    """What `simulate` returns.

    Attributes
    ----------
    man : Man
    regimen : Regimen or tuple of Regimen
        One for all, or one for each man.
    days : Float[np.ndarray, " time"]
    inside : dict of str to Float[np.ndarray, "*man time"]
        Every analyte in its inside unit.
    hazards : dict of str to Float[np.ndarray, "*man time"]
        Symptom hazards per month; assumed, never validated.
    notes : tuple of str
        Remarks that belong to the result.
    failed : dict of int to str
        Men who were not solved, and why; their values are NaN.
    ending : (states, modes)
        Where the course ends, for a later course that goes on from it.
    paths : tuple of str
        How each man was solved: ``"kernel"``, ``"reference"`` or ``"failed"``.
    draws : int
        How many posterior draws the values hold, on the axis before ``time``; 0 when they have none.
    """

    man: Man
    regimen: Regimen | tuple[Regimen, ...]
    days: Float[np.ndarray, " time"]
    inside: dict[str, Any]
    hazards: dict[str, Any]
    notes: tuple[str, ...]
    failed: dict[int, str] = field(default_factory=dict)
    ending: tuple[Any, Any] | None = None
    paths: tuple[str, ...] = ()
    draws: int = 0

    def __getitem__(self, name: str) -> Series:
        if name not in self.inside:
            raise UnknownName.among("analyte of this course", name, self.inside)
        analyte = ANALYTES[name]
        values = self.inside[name] * analyte.factor_to(analyte.us)
        return Series(name, analyte, self.days, values, analyte.us, self.draws)

    def __iter__(self) -> Any:
        return iter(self.inside)

    def __repr__(self) -> str:
        men = f"{self.man.count} men" if self.man.count is not None else "one man"
        failed = f", {len(self.failed)} not solved" if self.failed else ""
        return f"Course of {men} over {self.days[-1]:g} days on {str(self.regimen)!r}{failed}"

    def shown(self, name: str, units: str = "us") -> Series:
        """Return an analyte in its US or SI unit.

        Raises
        ------
        OutOfRange
            When `units` is neither ``"us"`` nor ``"si"``.
        """
        if units not in ("us", "si"):
            raise OutOfRange(f"units {units!r} came. Allowed: us, si. Choose one.")
        return self[name].to(getattr(ANALYTES[name], units))

    def record(self, units: str = "us", days: Float[np.ndarray, " time"] | None = None) -> dict[str, Any]:
        """Return the course as plain lists and texts, the content of the command line's ``--json``.

        Parameters
        ----------
        units : {"us", "si"}
        days : Float[np.ndarray, " time"], optional
            Days to show; every kept day when left out.
        """
        wanted = self.days if days is None else days
        analytes = {}
        for name in self.inside:
            series = self.shown(name, units)
            values = np.stack([np.asarray(series.at(day=float(day)).value) for day in wanted], axis=-1)
            analytes[name] = {"unit": series.unit, "values": finite(values.tolist())}
        return {
            "days": [float(day) for day in wanted],
            "analytes": analytes,
            "man": self.man.summary(),
            "regimen": str(self.regimen),
            "notes": list(self.notes),
            "failed": {str(man): reason for man, reason in self.failed.items()},
        }

    def table(self, every: str = "4 weeks", units: str = "us") -> "pandas.DataFrame":
        """Return a table, one row per time, one column per analyte with its unit."""
        from leydig.interfaces.tables import course_table

        return course_table(self, every, units)

    def plot(self, path: "str | Path | None" = None, units: str = "us") -> Any:
        """Return the clinician's figure; with a path ending in .png or .html it is written there too."""
        from leydig.interfaces.plots import course_figure

        return course_figure(self, path, units)

    def to_xarray(self, units: str = "us") -> "xarray.Dataset":
        """Return the course as a labelled dataset with units in the attributes."""
        from leydig.interfaces.tables import course_dataset

        return course_dataset(self, units)


def finite(content: Any) -> Any:
    """Return nested dicts and lists with None in place of NaN and infinity, which JSON cannot carry."""
    if isinstance(content, dict):
        return {key: finite(value) for key, value in content.items()}
    if isinstance(content, list):
        return [finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
