"""A table whose columns say what they are: written as CSV, or as Parquet with a label on each column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from leydig.extras import extra
from leydig.target import TABLE, target_file
from leydig.version import VERSION
from leydig.whole_file import disk, whole_file

if TYPE_CHECKING:
    import pandas

__all__ = ["TableColumn", "table_frame", "write_table"]

_DTYPES = {"text": "string", "number": "Float64", "whole": "Int64", "date": "object"}


@dataclass(frozen=True)
class TableColumn:
    """One column of a table.

    Attributes
    ----------
    name, label : str
        Its head, and what it is.
    type : {"text", "number", "whole", "date"}
    unit : str
        Of its values, or the column that holds it; empty where there is none.
    codes : str
        What its values mean, where they are codes.
    """

    name: str
    label: str
    type: Literal["text", "number", "whole", "date"] = "text"
    unit: str = ""
    codes: str = ""


def table_frame(rows: Sequence[Mapping[str, object]], columns: Sequence[TableColumn]) -> "pandas.DataFrame":
    """Return rows as a frame of declared columns; what a row leaves out, None and NaN are missing."""
    import pandas

    return pandas.DataFrame(
        {
            one.name: pandas.Series([_cell(row.get(one.name)) for row in rows], dtype=_DTYPES[one.type])
            for one in columns
        }
    )


def _cell(value: object) -> object:
    """Return a value, None where it is NaN."""
    return None if value != value else value


def write_table(
    rows: Sequence[Mapping[str, object]], columns: Sequence[TableColumn], path: Path | str, make: bool = False
) -> Path:
    """Write a table.

    Parameters
    ----------
    rows : sequence of mapping
    columns : sequence of TableColumn
    path : Path or str
        Ending in .csv or .parquet. CSV leaves missing cells empty and writes dates as YYYY-MM-DD.
    make : bool, optional
        Whether a folder that does not exist is made.

    Raises
    ------
    OutOfRange, MissingExtra
        When nothing can be written there, or the library for it is not installed.
    """
    target = target_file(path, TABLE, make)
    frame = table_frame(rows, columns)
    if target.suffix == ".csv":
        with whole_file(target) as beside, disk(target):
            frame.to_csv(beside, index=False)
        return target
    with extra("tables"):
        import pyarrow
        from pyarrow import parquet

    types = {"text": pyarrow.string(), "number": pyarrow.float64(), "whole": pyarrow.int64(), "date": pyarrow.date32()}
    fields = [pyarrow.field(one.name, types[one.type], metadata={"label": one.label, "unit": one.unit})
              for one in columns]  # fmt: skip
    schema = pyarrow.schema(fields, metadata={"leydig": VERSION})
    with whole_file(target) as beside, disk(target):
        parquet.write_table(pyarrow.Table.from_pandas(frame, schema=schema, preserve_index=False), beside)
    return target
