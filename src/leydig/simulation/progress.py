"""Progress: a bar on a terminal for work that lasts; silence anywhere else."""

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

__all__ = ["progress"]

Item = TypeVar("Item")
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
