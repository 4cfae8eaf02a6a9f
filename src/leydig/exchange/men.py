"""Men as a file: one row per man, one column per number, so that the same `Man` can be rebuilt.

Columns are named by their paths in `Man` (``age``, ``baseline.testosterone``, ``body.testis.capacity``,
``state.lh``). Parquet keeps the unit of each in its metadata, CSV in brackets behind the name.
"""

from pathlib import Path
from typing import Any

import jax
import numpy as np

from leydig.analytes import ANALYTES
from leydig.errors import OutOfRange
from leydig.extras import extra
from leydig.man import Man
from leydig.man.man import MEASURABLE
from leydig.parameter import parameters
from leydig.target import TABLE, path_with_ending, target_file
from leydig.version import VERSION
from leydig.whole_file import disk, whole_file

__all__ = ["read_men", "write_men"]

FIRST = ("age", "bmi", "baseline", "measured", "body", "state")


def write_men(men: Man, path: str | Path, about: dict[str, str] | None = None) -> Path:
    """Write men to a file from which `read_men` rebuilds them, number by number.

    Parameters
    ----------
    men : Man
        Many men, such as a population.
    path : str or Path
        Ending in .parquet or .csv.
    about : dict of str to str, optional
        What to keep in the metadata of a Parquet file, such as kind and seed.

    Raises
    ------
    OutOfRange
        When it is one man, the path ends otherwise, or nothing can be written there.
    """
    target = target_file(path, TABLE)
    if men.count is None:
        raise OutOfRange("got one man; expected many. Write Man.stack([man]).")
    columns, units = dict(_leaves(men)), _units(men)
    ordered = sorted(columns, key=lambda name: FIRST.index(name.split(".")[0]))
    if target.suffix == ".csv":
        import pandas

        frame = pandas.DataFrame({f"{name} [{units[name]}]": columns[name] for name in ordered})
        with whole_file(target) as beside, disk(target):
            frame.to_csv(beside, index=False)
        return target
    with extra("tables"):
        import pyarrow
        from pyarrow import parquet

    fields = [pyarrow.field(name, pyarrow.float64(), metadata={"unit": units[name]}) for name in ordered]
    schema = pyarrow.schema(fields, metadata={"leydig": VERSION, **(about or {})})
    arrays = [pyarrow.array(np.asarray(columns[name], dtype=float)) for name in ordered]
    with whole_file(target) as beside, disk(target):
        parquet.write_table(pyarrow.Table.from_arrays(arrays, schema=schema), beside)
    return target


def read_men(path: str | Path) -> Man:
    """Return the men of a file that `write_men` wrote.

    Parameters
    ----------
    path : str or Path
        Ending in .parquet or .csv.

    Returns
    -------
    Man
        With a leading ``man`` axis.

    Raises
    ------
    OutOfRange
        When the file does not exist, lacks a number of a man, holds one that is not finite, or ends otherwise.
    """
    import pandas

    source = path_with_ending(path, TABLE)
    if not source.exists():
        raise OutOfRange(f"got {str(source)!r}, which does not exist; expected a file of men. Check the path.")
    if source.suffix == ".csv":
        table = pandas.read_csv(source, dtype=str)  # Python reads every digit back, pandas need not
        table.columns = [name.split(" [")[0] for name in table.columns]
    else:
        with extra("tables"):
            import pyarrow  # noqa: F401  (pandas reads with it)
        table = pandas.read_parquet(source)
    one = Man(age=30.0)
    missing = [name for name, _ in _leaves(one) if name not in table]
    if missing:
        raise OutOfRange(f"got {source.name} without {missing[0]!r} ({len(missing)} columns are missing); expected a "
                         "file that this version wrote. Make it again: leydig population make")  # fmt: skip
    leaves = [_numbers(table[name]) for name, _ in _leaves(one)]
    if not len(table) or not all(np.isfinite(leaf).all() for leaf in leaves):
        raise OutOfRange(f"got {source.name} without men, or with numbers that are not finite; expected a finite "
                         "number each. Make it again: leydig population make")  # fmt: skip
    men: Man = jax.tree.unflatten(jax.tree.structure(one), leaves)
    return men


def _numbers(column: Any) -> Any:
    """Return a column as numbers; NaN throughout when one of them is none."""
    try:
        return column.to_numpy(dtype=float, na_value=np.nan)
    except ValueError:
        return np.full(len(column), np.nan)


def _leaves(men: Man) -> list[tuple[str, Any]]:
    """Return every number of a man with its path, in the order of the pytree."""
    found = jax.tree_util.tree_flatten_with_path(men)[0]
    return [(jax.tree_util.keystr(path, simple=True, separator="."), leaf) for path, leaf in found]


def _units(men: Man) -> dict[str, str]:
    """Return the unit of every number of a man, by path."""
    units = {name: "1" for name, _ in _leaves(men)}
    units |= {path: one.unit for path, one, _ in parameters(men.body, "body")}
    units |= {f"baseline.{field}": ANALYTES[name].unit for name, field in MEASURABLE.items()}
    units |= {f"state.{one.state}": one.unit for one in ANALYTES.values() if one.state}
    return units | {"age": "year", "bmi": "kg/m2"}
