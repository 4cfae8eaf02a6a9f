"""`store`: courses of more men than memory holds, streamed into one file."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from leydig.analytes import ANALYTES, analyte_order
from leydig.blocks import take_rows
from leydig.checks import text_of, whole_number
from leydig.engine import TOLERANCE, Work, plan_work
from leydig.errors import OutOfRange, UnknownName
from leydig.man import Man
from leydig.moments import output_times
from leydig.progress import progress
from leydig.regimen import Regimen
from leydig.simulation.arguments import regimens_of, several_men, solver_options
from leydig.whole_file import whole_file

if TYPE_CHECKING:
    from dask.distributed import Client, Future

__all__ = ["Stored", "store"]

_Batch = tuple[dict[str, Float[np.ndarray, "man time"]], dict[int, str]]  # levels, and who was not solved
AHEAD = 2  # batches that wait for each worker of a cluster


@dataclass(frozen=True)
class Stored:
    """What `store` returns.

    Attributes
    ----------
    path : Path
        The file: one row per man and time, columns ``man``, ``day`` and the analytes.
    men : int
    failed : dict of int to str
        Men who were not solved, and why; their levels are missing in the file.
    """

    path: Path
    men: int
    failed: dict[int, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"{self.men} men in {self.path}, {len(self.failed)} not solved"


def store(
    path: str | Path,
    men: Man | Sequence[Man] | Callable[[int, int], Man],
    regimen: Regimen | str | Sequence[Regimen | str] = "",
    *,
    count: int | None = None,
    weeks: float | None = None,
    days: float | None = None,
    every: str | None = None,
    analytes: Sequence[str] | None = None,
    batch: int = 1000,
    client: "Client | None" = None,
    tolerance: float = TOLERANCE,
    about: Mapping[str, object] | None = None,
) -> Stored:
    """Simulate many men and stream their courses into a Parquet file, batch by batch.

    Parameters
    ----------
    path : str or Path
        Ends in ``.parquet``; an existing file is replaced when the last man is written, and stays until then.
    men : Man, or callable
        Many men, or a function of first number and count that makes them when they are needed, such as
        ``lambda first, n: population(n, seed=1, first=first)``.
    regimen : Regimen or str, or a sequence of them, optional
        What is given to all, or to each man; then a column ``regimen`` numbers the texts of the file's metadata.
    count : int, optional
        How many men a function is asked for; for a function only.
    weeks, days, every, tolerance
        As for `simulate`; a week apart when `every` is left out.
    analytes : sequence of str, optional
        Which to keep, in US units; all when left out.
    batch : int, optional
        Men in memory at once, and rows of the file that are read together.
    client : dask.distributed.Client, optional
        A cluster whose workers make and solve the batches, one core each; this process writes.
    about : mapping of str to str, optional
        Further metadata of the file, such as the seed of the men; version, regimens, how many men were expected
        and are there, and who was not solved are always there.

    Returns
    -------
    Stored

    Raises
    ------
    OutOfRange
        When the path, the count or the length is impossible, there is not one regimen for each man, a function makes
        other than it is asked for, or the disk refuses.
    UnknownName
        When an analyte is not in the catalogue.
    BadRegimen
        When a regimen cannot be read.
    """
    target = Path(path)
    if target.suffix != ".parquet":
        raise OutOfRange(f"got a path ending in {target.suffix or 'nothing'}; expected .parquet. Change the ending.")
    source, many = _count_men(men, count)
    tolerance, batch, *_ = solver_options(tolerance, batch)
    names = tuple(analyte_order() if analytes is None else [analytes] if isinstance(analytes, str) else analytes)
    for name in names:
        if name not in ANALYTES:
            raise UnknownName.among("analyte", name, ANALYTES)
    times = output_times(weeks, days, every, usual=7.0)
    regimens = regimens_of(regimen, many)
    kinds = list({id(one): one for one in regimens}.values())
    places = {id(one): place for place, one in enumerate(kinds)}
    which = np.array([places[id(one)] for one in regimens])
    task = _Task(source, plan_work(kinds, times, tolerance), which, names)
    firsts = range(0, many, batch)
    failed: dict[int, str] = {}
    from leydig.course.tables.table import CourseFile

    metadata = {str(key): str(value) for key, value in (about or {}).items()}
    metadata |= {"expected_men": str(many), **_read_regimens(kinds)}
    column = None if len(kinds) == 1 else which
    with whole_file(target) as beside, CourseFile(beside, names, times, metadata, column, target) as file:
        parts = (
            _run_here(task, firsts, batch, many)
            if client is None
            else _run_on_cluster(client, task, firsts, batch, many)
        )
        for first, (levels, lost) in zip(progress(firsts, "men", many * times[-1]), parts, strict=True):
            file.write(first, levels)
            failed |= {first + man: why for man, why in lost.items()}
        file.close(failed)
    return Stored(target, many, failed)


def _read_regimens(regimens: Sequence[Regimen]) -> dict[str, str]:
    """Return the regimens of a file: one as its text, many as a JSON list in the order of the column."""
    texts = list(map(str, regimens))
    return {"regimen": texts[0]} if len(texts) == 1 else {"regimens": json.dumps(texts, ensure_ascii=False)}


def _count_men(men: object, count: int | None) -> tuple[Man | Callable[[int, int], Man], int]:
    """Return many men, or the function that makes them, and how many they are."""
    if callable(men) and not isinstance(men, Man):
        if count is None:
            raise OutOfRange("got a function of men without a count; expected both. Add count=, the number of men.")
        return men, whole_number(count, "count", unit="men")
    if count is not None:
        raise OutOfRange(
            f"got count {text_of(count)} beside the men themselves; expected it beside a function only. Leave it out."
        )
    men = several_men(men)
    if not men.count:
        raise OutOfRange("got one man; expected many. Put him into a list, or simulate him: simulate(man).")
    return men, men.count


@dataclass(frozen=True)
class _Task:
    """One batch of men, solved: what a worker does."""

    men: Man | Callable[[int, int], Man]
    work: Work
    which: Int[np.ndarray, " man"]
    names: tuple[str, ...]

    def __call__(self, first: int, count: int, cores: int | None) -> _Batch:
        """Return levels in US units, and who was not solved."""
        if isinstance(self.men, Man):
            men: Man = take_rows(self.men, slice(first, first + count))
        else:
            men = self.men(first, count)
            if not isinstance(men, Man) or men.count != count:
                raise OutOfRange(
                    f"got {text_of(men)} from the function of men; expected {count} men from number {first} on. "
                    "Use both arguments, such as population(n, seed=1, first=first)."
                )
        found = self.work.solve(men, self.which[first : first + count], None, cores)
        levels = found.analytes
        return {name: levels[name] * ANALYTES[name].factor_to(ANALYTES[name].us) for name in self.names}, found.failed


def _run_here(task: _Task, firsts: Sequence[int], batch: int, many: int) -> Iterator[_Batch]:
    for first in firsts:
        yield task(first, min(batch, many - first), None)


def _run_on_cluster(client: "Client", task: _Task, firsts: Sequence[int], batch: int, many: int) -> Iterator[_Batch]:
    """Yield the batches in order, with few of them waiting at any time."""
    sent, waiting = client.scatter(task, broadcast=True), deque["Future[_Batch]"]()
    room = AHEAD * max(len(client.scheduler_info()["workers"]), 1)
    for first in firsts:
        waiting.append(client.submit(_call, sent, first, min(batch, many - first), pure=False))
        if len(waiting) >= room:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _call(task: _Task, first: int, count: int) -> _Batch:
    return task(first, count, 1)
