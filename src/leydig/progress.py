"""Progress: a bar on a terminal for work that lasts; silence anywhere else."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["Progress", "bars", "no_progress", "progress"]

Item = TypeVar("Item")
Progress = Callable[[str, int, int], None]  # told what is being done, how far it is and how far it goes
LASTING = 500_000.0  # man-days that take about two seconds


def progress(items: Sequence[Item], what: str, size: float) -> Iterator[Item]:
    """Yield the items, with a bar on a terminal's standard error when the work is long.

    Parameters
    ----------
    items : sequence
    what : str
        What is counted, in words.
    size : float
        The size of the work in man-days; a small one shows no bar.
    """
    if size < LASTING or len(items) < 2 or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=len(items))
        for item in items:
            yield item
            bar.advance(task)


def no_progress(what: str, count: int, total: int) -> None:
    """Tell nobody: a watcher for work that nobody watches."""
    del what, count, total


@contextmanager
def bars(totals: Mapping[str, int]) -> Iterator[Progress]:
    """Give a watcher that draws one bar for each task on a terminal's standard error, and nothing anywhere else.

    Parameters
    ----------
    totals : mapping of str to int
        Tasks whose size is known before they begin; their bars stand there from the start.
    """
    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        tasks = {what: bar.add_task(what, total=total) for what, total in totals.items()}

        def watch(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done)

        yield watch
