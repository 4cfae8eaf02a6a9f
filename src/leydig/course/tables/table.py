"""Courses as tables, labelled datasets and files."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from jaxtyping import Float, Int

from leydig.analytes import ANALYTES
from leydig.course.course import Course
from leydig.course.failures import failure_attributes, failure_record
from leydig.course.tables.dataset import course_dataset
from leydig.course.tables.frames import course_arrow, course_frame, course_polars, course_values, table_metadata
from leydig.errors import OutOfRange
from leydig.extras import extra
from leydig.target import COURSE, target_file
from leydig.ticks import days_of, even_times, ticks_of
from leydig.units import DAYS_PER_WEEK, convert, read_quantity
from leydig.version import VERSION
from leydig.whole_file import disk, whole_file

if TYPE_CHECKING:
    import pandas

__all__ = ["CourseFile", "course_arrow", "course_dataset", "course_frame", "course_polars", "course_table",
           "days_every", "write_course"]  # fmt: skip


def days_every(course: Course, every: str | None) -> Float[np.ndarray, " time"]:
    """Return the days at multiples of `every` from the start of the course up to its end.

    Where none is given they are 4 weeks apart, or the two ends of a shorter course.

    Raises
    ------
    OutOfRange
        When `every` is not positive or longer than the course.
    """
    first, last = ticks_of([course.days[0] if course.origin is None else course.origin.start, course.days[-1]])
    length = float(days_of(last - first))
    step = min(4.0 * DAYS_PER_WEEK, length) if every is None else convert(*read_quantity(every), "day")
    if not 0.0 < step <= length:
        raise OutOfRange(f"got every={every!r}; expected more than 0, up to the course's {length:g} days. Shorten it.")
    days: Float[np.ndarray, " time"] = days_of(first + even_times(step, int(last - first)))
    return days


STATISTICS = {"mean": None, "median": 0.5, "p5": 0.05, "p95": 0.95}


def course_table(course: Course, every: str | None = None, units: str = "us") -> "pandas.DataFrame":
    """Return a course as a table.

    Parameters
    ----------
    course : Course
    every : str, optional
        Distance of the rows, such as ``"4 weeks"``, as `days_every` has it; solved where no day is kept.
    units : {"us", "si"}

    Returns
    -------
    pandas.DataFrame
        One row per time (index ``week``), one column per analyte and drug level with its unit. Of many men, or draws,
        each has four: mean, median, 5th and 95th percentile (``p5``, ``p95``) of those who were solved, and the first
        column counts them. ``attrs`` counts and names the others.
    """
    import pandas

    days = days_every(course, every)
    values = course_values(course, units, days)
    alone = course.man.count is None and not course.draws
    index = pandas.Index(days / 7.0, name="week")
    if alone:
        columns = {f"{name} [{unit}]": found.ravel() for name, (_, unit, found) in values.items()}
        table = pandas.DataFrame(columns, index=index)
    else:
        total = (course.man.count or 1) * (course.draws or 1)
        summary: dict[tuple[str, str], npt.NDArray[np.int64 | np.float64]] = {
            ("solved", "count"): np.full(len(days), total - course.failed_count)
        }
        for name, (_, unit, found) in values.items():
            summary |= {(f"{name} [{unit}]", word): row for word, row in _statistics(found).items()}
        table = pandas.DataFrame(summary, index=index)
        table.columns.names = ["level", "statistic"]
    table.attrs |= failure_record(course.failed, course.man.count, course.draws)
    return table


def _statistics(values: Float[np.ndarray, "man draw time"]) -> dict[str, Float[np.ndarray, " time"]]:
    """Return each statistic over men and draws; NaN where nobody was solved."""
    rows = values.reshape(-1, values.shape[-1])
    solved = rows[np.isfinite(rows).all(axis=-1)]
    if not len(solved):
        return {word: np.full(rows.shape[-1], np.nan) for word in STATISTICS}
    return {word: solved.mean(axis=0) if share is None else np.quantile(solved, share, axis=0)
            for word, share in STATISTICS.items()}  # fmt: skip


def write_course(course: Course, path: str | Path, units: str = "us", every: str = "1 day") -> Path:
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
        When the ending is another one, the folder does not exist, or the disk refuses.
    MissingExtra
        When a library that writes such a file is not installed.
    """
    target = target_file(path, COURSE)
    if target.suffix in (".png", ".html"):
        course.plot(target, units)
        return target
    table = course_table(course, every, units)
    table.columns = [_column_name(column) for column in table.columns]
    if target.suffix == ".csv":
        with whole_file(target) as beside, disk(target):
            table.to_csv(beside)
        return target
    with extra("tables"):
        import pyarrow
        from pyarrow import parquet
    table.attrs = {}
    found = pyarrow.Table.from_pandas(table.reset_index(), preserve_index=False)
    with whole_file(target) as beside, disk(target):
        parquet.write_table(found.replace_schema_metadata(table_metadata(course)), beside)
    return target


def _column_name(column: str | tuple[str, str]) -> str:
    """Return the name of a column in a file, such as ``testosterone p5 [ng/dL]``."""
    if isinstance(column, str):
        return column
    level, statistic = column
    name, bracket, unit = level.partition(" [")
    return f"{name} {statistic}{bracket}{unit}"


class CourseFile:
    """A Parquet file of courses, written batch by batch: columns ``man``, ``day`` and analytes in US units.

    Parameters
    ----------
    path : Path
    names : tuple of str
        The analytes.
    days : Float[np.ndarray, " time"]
    about : mapping of str to str
        Kept in the file's metadata, as are version and, at the end, how many men there are and who was not solved.
    which : Int[np.ndarray, " man"], optional
        The regimen of each man, for a column ``regimen``; no column when left out.
    place : Path, optional
        What messages call the file, where it is written beside its place.

    Raises
    ------
    OutOfRange
        When the disk refuses.
    """

    def __init__(
        self, path: Path, names: tuple[str, ...], days: Float[np.ndarray, " time"], about: Mapping[str, str],
        which: Int[np.ndarray, " man"] | None = None, place: Path | None = None,
    ) -> None:  # fmt: skip
        with extra("tables"):
            import pyarrow
            from pyarrow import parquet

        units = {name: {"unit": ANALYTES[name].us} for name in names}
        fields = [pyarrow.field(name, pyarrow.float64(), metadata=units[name]) for name in names]
        keys = [pyarrow.field("man", pyarrow.int64()), pyarrow.field("day", pyarrow.float64())]
        keys += [] if which is None else [pyarrow.field("regimen", pyarrow.int64())]
        self._schema = pyarrow.schema([*keys, *fields], metadata={"leydig": VERSION, **about})
        self._place, self._names, self._days, self._which, self._men = place or path, names, days, which, 0
        with disk(self._place):
            self._sink = pyarrow.OSFile(str(path), "wb")
            self._writer = parquet.ParquetWriter(self._sink, self._schema)

    def __enter__(self) -> "CourseFile":
        return self

    def __exit__(self, *_: object) -> None:
        for part in (self._writer, self._sink):
            with suppress(OSError):  # where the disk refused before, it refuses the end as well
                part.close()
        self._writer.is_open = False  # or it would try again when it is forgotten

    def write(self, first: int, levels: Mapping[str, Float[np.ndarray, "man time"]]) -> None:
        """Write some men, the first of whom has this number; levels have shape (man, time)."""
        with extra("tables"):
            import pyarrow

        count = len(next(iter(levels.values())))
        self._men += count
        columns = [np.repeat(np.arange(first, first + count), len(self._days)), np.tile(self._days, count)]
        if self._which is not None:
            columns.append(np.repeat(self._which[first : first + count], len(self._days)))
        columns += [np.ascontiguousarray(levels[name]).reshape(-1) for name in self._names]
        table = pyarrow.Table.from_arrays([pyarrow.array(column) for column in columns], schema=self._schema)
        with disk(self._place):
            self._writer.write_table(table)

    def close(self, failures: dict[int, str]) -> None:
        """Write how many men there are and who was not solved, and end the file."""
        rows = {"rows": str(self._men * len(self._days))}
        with disk(self._place):
            self._writer.add_key_value_metadata(rows | failure_attributes(failures, self._men))
            self._writer.close()
            self._sink.close()
