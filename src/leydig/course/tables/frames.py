"""Courses as long and wide tables of pandas, Polars and Arrow: every value of every man, draw and time."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from jaxtyping import Float

from leydig.course.display import regimen_text
from leydig.course.failures import failure_attributes, failure_record
from leydig.extras import extra
from leydig.version import VERSION

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from leydig.course.course import Course

__all__ = ["bmi_attributes", "course_arrow", "course_frame", "course_polars", "course_values", "table_metadata"]


def course_values(
    course: "Course", units: str, days: Float[np.ndarray, " time"]
) -> dict[str, tuple[str, str, Float[np.ndarray, "man draw time"]]]:
    """Return title, unit and values of every level, analytes first."""
    found = {}
    for name in (*course, *course.drug_levels):
        series = course.in_units(name, units)
        values = np.asarray(series.read(days), dtype=float)
        shape = (course.man.count or 1, course.draws or 1, len(days))
        found[name] = (series.analyte.title, series.unit, values.reshape(shape))
    return found


def course_frame(
    course: "Course", long: bool = False, units: str = "us", days: Float[np.ndarray, " time"] | None = None
) -> "pandas.DataFrame":
    """Return a course as a table of pandas.

    Parameters
    ----------
    course : Course
    long : bool, optional
        One row per value with columns ``man, draw, day, name, value, unit``; otherwise one row per man, draw and day,
        and one column per level with its unit.
    units : {"us", "si"}, optional
    days : Float[np.ndarray, " time"], optional
        Every kept day when left out.

    Returns
    -------
    pandas.DataFrame
        Values of who was not solved are NaN; ``attrs`` counts and names them.
    """
    import pandas

    when = course.days if days is None else np.asarray(days, dtype=float)
    values = course_values(course, units, when)
    keys = _keys(course, when)
    if long:
        columns: dict[str, Any] = {key: np.tile(column, len(values)) for key, column in keys.items()}
        size = len(keys["day"])
        for place, key in ((0, "name"), (1, "unit")):
            words = [name if place == 0 else unit for name, (_, unit, _) in values.items()]
            known = list(dict.fromkeys(words))
            codes = np.repeat(np.array([known.index(word) for word in words], dtype=np.int16), size)
            columns[key] = pandas.Categorical.from_codes(codes, categories=pandas.Index(known))
        columns["value"] = np.concatenate([found.ravel() for *_, found in values.values()])
        table = pandas.DataFrame({key: columns[key] for key in ("man", "draw", "day", "name", "value", "unit")})
    else:
        wide = {f"{name} [{unit}]": found.ravel() for name, (_, unit, found) in values.items()}
        table = pandas.DataFrame(keys | wide)
    table.attrs |= failure_record(course.failed, course.man.count, course.draws)
    return table


def course_arrow(course: "Course", units: str = "us") -> "pyarrow.Table":
    """Return the long table of a course as an Arrow table; its metadata say what was simulated and who failed."""
    with extra("tables"):
        import pyarrow

    table: pyarrow.Table = pyarrow.Table.from_pandas(course_frame(course, long=True, units=units), preserve_index=False)
    return table.replace_schema_metadata(table_metadata(course))


def course_polars(course: "Course", long: bool = True, units: str = "us") -> "polars.DataFrame":
    """Return a course as a table of Polars, long or wide as `course_frame`."""
    with extra("tables"):
        import polars
        import pyarrow

    frame = course_frame(course, long=long, units=units)
    return polars.DataFrame(pyarrow.Table.from_pandas(frame, preserve_index=False))


def table_metadata(course: "Course") -> dict[str, str]:
    """Return what a file of a course says of itself: version, regimen, and who was not solved."""
    about = {"leydig": VERSION, "regimen": regimen_text(course.regimens)} | bmi_attributes(course)
    return about | failure_attributes(course.failed, course.man.count, course.draws)


def bmi_attributes(course: "Course") -> dict[str, str]:
    """Return how the BMI changes as one attribute of JSON, one entry for each man; nothing where it does not."""
    return {"bmi_over_time": json.dumps([one and one.as_json() for one in course.bmi])} if course.bmi else {}


def _keys(course: "Course", days: Float[np.ndarray, " time"]) -> dict[str, npt.NDArray[np.int64 | np.float64]]:
    """Return man, draw and day of every row."""
    axes = np.meshgrid(np.arange(course.man.count or 1), np.arange(course.draws or 1), days, indexing="ij")
    return {key: axis.ravel() for key, axis in zip(("man", "draw", "day"), axes, strict=True)}
