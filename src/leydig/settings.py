"""Settings: what the environment says of this machine, read here and nowhere else.

==============  ======================================================================================
``LEYDIG_CACHE``  folder for compiled programs; the user's cache folder when it is not set (`leydig.cache`)
``LEYDIG_LOG``    from which level on log lines go to standard error; none when it is not set (`leydig.log`)
==============  ======================================================================================

No setting changes a number. What does (tolerances, seeds, regions) is an argument of the function that uses it.
"""

import os
from pathlib import Path

from leydig.errors import OutOfRange

__all__ = ["CACHE", "LEVELS", "LOG", "cache_root", "log_level", "set_log_level"]

CACHE, LOG = "LEYDIG_CACHE", "LEYDIG_LOG"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def cache_root() -> Path | None:
    """Return the folder that was chosen for compiled programs; None where none was."""
    chosen = os.environ.get(CACHE)
    return Path(chosen).absolute() if chosen else None


def log_level() -> str | None:
    """Return the level that was chosen for log lines, in capitals; None where none was.

    Raises
    ------
    OutOfRange
        When it is none of `LEVELS`.
    """
    chosen = os.environ.get(LOG)
    if not chosen:
        return None
    if chosen.upper() not in LEVELS:
        raise OutOfRange(
            f"got {LOG}={chosen!r}; expected {', '.join(LEVELS[:-1])} or {LEVELS[-1]}. Set one of them, or unset it."
        )
    return chosen.upper()


def set_log_level(level: str) -> None:
    """Choose the level of log lines for this process and those that it starts."""
    os.environ[LOG] = level
