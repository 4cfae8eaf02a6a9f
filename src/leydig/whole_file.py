"""A file that is whole or not there: written beside its place, and put there in one step.

An interrupted or failed run leaves what stood there before.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leydig.errors import LeydigError, OutOfRange
from leydig.log import logger

__all__ = ["disk", "whole_file", "write_text"]

LOG = logger(__name__)


@contextmanager
def disk(path: Path | str, error: type[LeydigError] = OutOfRange) -> Iterator[None]:
    """Turn what a disk refuses while `path` is written into one line.

    Raises
    ------
    OutOfRange
        Or `error`: no room, no permission, no such folder.
    """
    try:
        yield
    except OSError as why:
        raise error(
            f"got {os.strerror(why.errno) if why.errno else why} while writing {path}; expected a place with room that "
            "may be written. What stood there before is untouched."
        ) from why


@contextmanager
def whole_file(path: Path | str, error: type[LeydigError] = OutOfRange) -> Iterator[Path]:
    """Give a path beside a file to write to; it takes the file's place when nothing went wrong.

    Parameters
    ----------
    path : Path or str
        Of the file.
    error : type of LeydigError, optional
        What is raised where it cannot take its place.

    Raises
    ------
    OutOfRange
        Or `error`: `path` is a folder, or the disk refuses.

    Yields
    ------
    Path
        Of the same ending.
    """
    target = Path(path)
    if target.is_dir():
        raise error(f"got {target}, a folder; expected the path of a file. Write a name after it.")
    beside = target.with_name(f".{target.stem}.{os.getpid()}.part{target.suffix}")
    try:
        yield beside
        with disk(target, error):
            with beside.open("rb") as file:
                os.fsync(file.fileno())
            beside.replace(target)
        LOG.info("wrote %s", target)
    finally:
        with disk(target, error):
            beside.unlink(missing_ok=True)


def write_text(path: Path | str, text: str) -> None:
    """Write a file of text in UTF-8, whole or not at all; raises as `whole_file`."""
    with whole_file(path) as beside, disk(path):
        beside.write_text(text, encoding="utf-8")
