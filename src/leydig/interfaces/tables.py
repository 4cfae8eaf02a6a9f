"""Courses as tables, labelled datasets and files."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from leydig.analytes import ANALYTES
from leydig.errors import OutOfRange
from leydig.extras import extra
from leydig.simulation import Course
from leydig.ticks import days_of, evenly, ticks_of
from leydig.units import convert, read_quantity

if TYPE_CHECKING:
    import pandas
    import xarray

__all__ = ["CourseFile", "course_dataset", "course_table", "days_every", "written"]

SUFFIXES = (".csv", ".parquet", ".png", ".html")


def days_every(course: Course, every: str) -> Float[np.ndarray, " time"]:
    """Return the days at multiples of `every` up to the end of the course.

    Raises
    ------
    OutOfRange
        When `every` is not positive or longer than the course.
    """
    number, unit = read_quantity(every)
    step = convert(number, unit, "day")
    length = float(course.days[-1] - course.days[0])
    if not 0.0 < step <= length:
        raise OutOfRange(f"every {every!r} came. Allowed: more than 0, up to the course's {length:g} days. Correct it.")
    first, last = ticks_of(course.days[[0, -1]])
    days: Float[np.ndarray, " time"] = days_of(first + evenly(step, int(last - first)))
    return days


def course_table(course: Course, every: str = "4 weeks", units: str = "us") -> "pandas.DataFrame":
    """Return a course as a table.

    Parameters
    ----------
    course : Course
    every : str
        Distance of the rows, such as ``"4 weeks"``.
    units : {"us", "si"}

    Returns
    -------
    pandas.DataFrame
        One row per time (index ``week``), one column per analyte with its unit. Of many men, or draws, it is
        the mean of those who were solved; ``attrs["failed"]`` counts the others.
    """
    import pandas

    days = days_every(course, every)
    columns = {}
    for name in course:
        series = course.shown(name, units)
        values = np.asarray(series.read(days))
        columns[f"{name} [{series.unit}]"] = (
            values if values.ndim == 1 else np.nanmean(values, axis=tuple(range(values.ndim - 1)))
        )
    table = pandas.DataFrame(columns, index=pandas.Index(days / 7.0, name="week"))
    table.attrs["failed"] = len(course.failed)
    return table


def course_dataset(course: Course, units: str = "us") -> "xarray.Dataset":
    """Return a course as a dataset with dimensions ``man`` (of many men), ``draw`` (under draws) and ``time`` [d]."""
    with extra("tables"):
        import xarray

    dimensions = ("man",) * (course.man.count is not None) + ("draw",) * bool(course.draws) + ("time",)
    variables = {}
    for name in course:
        series = course.shown(name, units)
        about = {"units": series.unit, "long_name": series.analyte.title, "loinc": series.analyte.loinc}
        variables[name] = (dimensions, np.asarray(series.values), about)
    coordinates = {"time": ("time", course.days, {"units": "day"})}
    attributes = {"regimen": str(course.regimen), "notes": "; ".join(course.notes)}
    return xarray.Dataset(variables, coordinates, attributes)


def written(course: Course, path: str | Path, units: str = "us", every: str = "1 day") -> Path:
    """Write a course to a file and return its path.

    Parameters
    ----------
    course : Course
    path : str or Path
        Ending in .csv, .parquet (tables), .png or .html (the figure).
    units : {"us", "si"}
    every : str
        Distance of the rows of a table.

    Raises
    ------
    OutOfRange
        When the ending is another one, or the folder does not exist.
    """
    target = Path(path)
    if target.suffix not in SUFFIXES:
        raise OutOfRange(f"a file ending in {target.suffix!r} came. Allowed: {', '.join(SUFFIXES)}. Choose one.")
    if not target.parent.exists():
        raise OutOfRange(f"the folder {str(target.parent)!r} does not exist. Make it, or write elsewhere.")
    if target.suffix in (".png", ".html"):
        course.plot(target, units)
        return target
    table = course_table(course, every, units).reset_index()
    if target.suffix == ".csv":
        table.to_csv(target, index=False)
    else:
        with extra("tables"):
            import pyarrow  # noqa: F401  (pandas writes with it)
        table.attrs = {}
        table.to_parquet(target, index=False)
    return target


class CourseFile:
    """A Parquet file of courses, written batch by batch: columns ``man``, ``day`` and analytes in US units.

    Parameters
    ----------
    path : Path
    names : tuple of str
        The analytes.
    days : Float[np.ndarray, " time"]
    regimen : str
        Kept in the file's metadata, as are version and, at the end, who was not solved.
    """

    def __init__(self, path: Path, names: tuple[str, ...], days: Float[np.ndarray, " time"], regimen: str) -> None:
        with extra("tables"):
            import pyarrow
            from pyarrow import parquet

        from leydig import __version__

        units = {name: {"unit": ANALYTES[name].us} for name in names}
        fields = [pyarrow.field(name, pyarrow.float64(), metadata=units[name]) for name in names]
        keys = [pyarrow.field("man", pyarrow.int64()), pyarrow.field("day", pyarrow.float64())]
        about = {"leydig": __version__, "regimen": regimen}
        self._schema = pyarrow.schema([*keys, *fields], metadata=about)
        self._writer, self._days = parquet.ParquetWriter(path, self._schema), days

    def __enter__(self) -> "CourseFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def write(self, first: int, levels: dict[str, Any]) -> None:
        """Write some men, the first of whom has this number; levels have shape (man, time)."""
        with extra("tables"):
            import pyarrow

        count = len(next(iter(levels.values())))
        columns = [np.repeat(np.arange(first, first + count), len(self._days)), np.tile(self._days, count)]
        columns += [np.ascontiguousarray(levels[name]).reshape(-1) for name in self._schema.names[2:]]
        table = pyarrow.Table.from_arrays([pyarrow.array(column) for column in columns], schema=self._schema)
        self._writer.write_table(table)

    def close(self, failed: dict[int, str]) -> None:
        """Write who was not solved, and end the file."""
        self._writer.add_key_value_metadata({"failed": json.dumps(failed)})
        self._writer.close()
