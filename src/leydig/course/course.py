"""The course: every analyte and every drug level over time, with units, as `simulate` returns it.

Values are at the kept days and before any dose of that moment; a moment between is solved when it is asked for
(`leydig.course.series`). Pulses and the rhythm of the day are averaged out: this is the day clock.
"""

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from jaxtyping import Float

from leydig.analytes import ANALYTES, of_symbol
from leydig.arrays import AnyArray, same_fields
from leydig.checks import option, vector
from leydig.course.curve import AnalyteCurve, DrugCurve
from leydig.course.display import course_card, course_line
from leydig.course.failures import failure_record
from leydig.course.series import Series
from leydig.drug import Drug
from leydig.drugs import DRUGS, drugs_of
from leydig.engine import Origin
from leydig.errors import LeydigWarning, NotSolved, UnknownName
from leydig.man import Man
from leydig.man.weight.series import BmiSeries
from leydig.regimen import Regimen
from leydig.ticks import days_of, ticks_of

if TYPE_CHECKING:
    from pathlib import Path

    import pandas
    import plotly.graph_objects
    import polars
    import pyarrow
    import xarray
    from matplotlib.figure import Figure

__all__ = ["Course", "without_nan"]

REMEMBERED = 64  # sets of days between kept ones that stay solved


@dataclass(frozen=True)
class Course:
    """What `simulate` returns.

    Attributes
    ----------
    man : Man
    regimen : Regimen or tuple of Regimen
        One for all, or one for each man.
    days : Float[np.ndarray, " time"]
    inside : dict of str to Float[AnyArray, "*man time"]
        Every analyte in its inside unit.
    hazards : dict of str to Float[AnyArray, "*man time"]
        Symptom hazards per month; assumed, never validated.
    notes : tuple of str
        Remarks that belong to the result.
    failed : dict of int to str
        Men who were not solved, and why; their values are NaN. Under draws the number of man *m* in draw *d* is
        ``m·draws + d``.
    ending : (states, amounts)
        Where the course ends, for a later course that goes on from it.
    paths : tuple of SolvePath
        How each man was solved.
    draws : int
        How many posterior draws the values hold, on the axis before ``time``; 0 when they have none.
    origin : Origin or None
        What the course was solved from, so that moments between kept days can be; None under a transformation.
    """

    man: Man
    regimen: Regimen | tuple[Regimen, ...]
    days: Float[np.ndarray, " time"]
    inside: Mapping[str, Float[AnyArray, "*man time"]]
    hazards: Mapping[str, Float[AnyArray, "*man time"]]
    notes: tuple[str, ...]
    failed: dict[int, str] = field(default_factory=dict)
    ending: tuple[Float[np.ndarray, "*man state"], Float[np.ndarray, "*man compartment"]] | None = None
    paths: tuple[str, ...] = ()
    draws: int = 0
    origin: Origin | None = field(default=None, repr=False, compare=False)
    _solved: dict[tuple[int, ...], dict[str, Float[np.ndarray, "*man time"]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    __eq__ = same_fields

    def __getitem__(self, name: str) -> Series:
        if not isinstance(name, str):
            raise UnknownName.among("level of this course", name, [*self.inside, *self.drug_levels])
        if name in self.inside:
            analyte = ANALYTES[name]
            inside = Series(name, analyte, self.days, self.inside[name], analyte.unit, self.draws,
                            AnalyteCurve(self, name))  # fmt: skip
            return inside.to(analyte.us)
        drug = self._drug_of(name)
        curve = DrugCurve(self, drug.name, name)
        return Series(
            name, drug.measure(name), self.days, curve.read(self.days), drug.measure(name).unit, self.draws, curve
        )

    def _drug_of(self, name: str) -> Drug:
        """Return the drug of this course that has a level of this name."""
        given = self._drug_names()
        drugs = drugs_of(given)
        changed = {} if self.origin is None else self.origin.drugs or {}
        for drug in (drugs | changed).values():
            if name in drug.chains():
                return drug
        reason = getattr(drugs.get(name), "unseen", "")
        if reason:
            raise UnknownName(
                f"got {name!r}; expected a drug with a level of its own: {reason.rstrip('.')}. Ask for what it acts on."
            )
        if name in given:
            parts = " and ".join(map(repr, DRUGS[name].parts()))
            raise UnknownName(f"got {name!r}, a mixture; expected the level of one part. Ask for {parts}.")
        known = [*self.inside, *self.drug_levels]
        raise UnknownName.among("analyte or drug level of this course", name, known, of_symbol(name))

    def _drug_names(self) -> list[str]:
        """Return the drugs that are given, or in the body where it begins."""
        residual = () if self.origin is None else self.origin.residual
        return sorted({*(one for plan in self.regimens for one in plan.drugs), *residual})

    @property
    def regimens(self) -> tuple[Regimen, ...]:
        """Every regimen of the course, once."""
        plans = self.regimen if isinstance(self.regimen, tuple) else (self.regimen,)
        return tuple(dict.fromkeys(plans))

    @property
    def bmi(self) -> tuple[BmiSeries | None, ...]:
        """The BMI of each man over time, None of whose BMI stays that of his baseline; empty where all do."""
        return () if self.origin is None else self.origin.bmi

    @property
    def drug_levels(self) -> tuple[str, ...]:
        """Names of the drug levels that declare a unit; ``course[name]`` is one as ``course["lh"]`` is an analyte."""
        drugs = drugs_of(self._drug_names())
        return tuple(level for drug in drugs.values() for level in drug.chains() if level in drug.measures)

    def __iter__(self) -> Iterator[str]:
        return iter(self.inside)

    def __repr__(self) -> str:
        return course_line(self)

    def _repr_html_(self) -> str:
        return course_card(self)

    def _ipython_key_completions_(self) -> list[str]:
        return [*self, *self.drug_levels]

    @property
    def failed_count(self) -> int:
        """How many men, or men under a draw, were not solved."""
        return len(self.failed)

    def in_units(self, name: str, units: str = "us") -> Series:
        """Return an analyte in its US or SI unit.

        Raises
        ------
        OutOfRange
            When `units` is neither ``"us"`` nor ``"si"``.
        """
        system = option(units, "units", ("us", "si"))
        series = self[name]
        return series.to(getattr(series.analyte, system))

    def record(self, units: str = "us", days: npt.ArrayLike | None = None) -> dict[str, Any]:
        """Return the course as plain lists and texts, the content of the command line's ``--json``.

        Parameters
        ----------
        units : {"us", "si"}
        days : array_like, optional
            Days to show, solved where they are not kept; every kept day when left out.
        """
        wanted = self.days if days is None else vector(days, "days")
        levels = {}
        for name in (*self, *self.drug_levels):
            series = self.in_units(name, units)
            levels[name] = {"unit": series.unit, "values": without_nan(np.asarray(series.read(wanted)).tolist())}
        plan = self.regimen
        return {
            "days": [float(day) for day in wanted],
            "analytes": {name: levels[name] for name in self},
            "drug_levels": {name: levels[name] for name in self.drug_levels},
            "man": self.man.summary(),
            "bmi_over_time": [None if one is None else one.as_json() for one in self.bmi],
            "regimen": [str(one) for one in plan] if isinstance(plan, tuple) else str(plan),
            "notes": list(self.notes),
            **failure_record(self.failed, self.man.count, self.draws),
        }

    def table(self, every: str | None = None, units: str = "us") -> "pandas.DataFrame":
        """Return one row per time, 4 weeks apart or at the ends of a shorter course, unless `every` says otherwise.

        Of many men mean, median, 5th and 95th percentile, and of how many they are.
        """
        from leydig.course.tables.table import course_table

        return course_table(self, every, units)

    def to_pandas(self, long: bool = False, units: str = "us") -> "pandas.DataFrame":
        """Return every value: wide, or long with columns ``man, draw, day, name, value, unit``."""
        from leydig.course.tables.table import course_frame

        return course_frame(self, long, units)

    def to_polars(self, long: bool = True, units: str = "us") -> "polars.DataFrame":
        """Return every value as a table of Polars, long or wide."""
        from leydig.course.tables.table import course_polars

        return course_polars(self, long, units)

    def to_arrow(self, units: str = "us") -> "pyarrow.Table":
        """Return the long table as an Arrow table with metadata."""
        from leydig.course.tables.table import course_arrow

        return course_arrow(self, units)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the long table as an Arrow stream, which any library that reads Arrow opens."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def plot(self, path: "str | Path | None" = None, units: str = "us") -> "Figure | plotly.graph_objects.Figure":
        """Return the clinician's figure; with a path ending in .png or .html it is written there too."""
        from leydig.course.figures.plot import course_figure

        return course_figure(self, path, units)

    def to_xarray(self, units: str = "us", about: Mapping[str, str] | None = None) -> "xarray.Dataset":
        """Return a dataset with dimensions ``chain, draw, man, time``; `about` adds attributes, such as a seed."""
        from leydig.course.tables.table import course_dataset

        return course_dataset(self, units, about)

    def solve(
        self, days: Sequence[float] | Float[np.ndarray, " time"], after: bool = False, remember: bool = True
    ) -> dict[str, Float[np.ndarray, "*man time"]]:
        """Return every analyte in its inside unit on days that are not kept, solved together.

        Parameters
        ----------
        days : sequence of float
            [d]
        after : bool, optional
            Whether to read after what is given at these moments, one tick later.
        remember : bool, optional
            Whether the same days, asked for again, are to be at hand.
        """
        if self.origin is None:
            listed = ", ".join(f"{day:.6g}" for day in days[:4])
            raise NotSolved(
                f"got day {days[0]:.6g} of a course made under a JAX transformation; expected one of its kept days. "
                f"Simulate with at=[{listed}] there, or with an every= that meets it."
            )
        moments, place = np.unique(ticks_of(vector(days, "days")) + int(after), return_inverse=True)
        key = tuple(moments.tolist())
        found = self._solved.get(key) or self._solve(self.origin, days_of(moments))
        if remember:
            self._solved[key] = found
            for old in list(self._solved)[:-REMEMBERED]:
                del self._solved[old]
        return {name: values[..., place] for name, values in found.items()}

    def _solve(self, origin: Origin, days: Float[np.ndarray, " time"]) -> dict[str, Float[np.ndarray, "*man time"]]:
        """Return every analyte at some days; who was not solved for the course is not read either."""
        found = origin.solve(days)
        found.values[list(self.failed)] = np.nan
        new = {row: why for row, why in found.failed.items() if row not in self.failed}
        if new and not origin.shape:
            raise NotSolved(f"this man was not solved up to day {days[-1]:g}: {new[0]}. Ask for a kept day.")
        if new:
            warnings.warn(
                f"{len(new)} more not solved on these days and NaN: {', '.join(map(str, sorted(new)[:8]))}",
                LeydigWarning,
                stacklevel=6,
            )
        levels: dict[str, Float[np.ndarray, "*man time"]] = origin.reshape(found.analytes)
        return levels


def without_nan(content: object) -> object:
    """Return nested dicts and lists with None in place of NaN and infinity, which JSON cannot carry."""
    if isinstance(content, dict):
        return {key: without_nan(value) for key, value in content.items()}
    if isinstance(content, list):
        return [without_nan(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
