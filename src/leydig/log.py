"""Log lines, by Python's `logging`: one logger for each module, below ``leydig``, quiet until somebody listens.

A program that uses the library listens as it always does (``logging.getLogger("leydig")``). Without a program of one's
own, ``LEYDIG_LOG=INFO`` or ``leydig --verbose`` writes the lines to standard error, never among results.

=========  ===============================================================================================
level      what is said
=========  ===============================================================================================
DEBUG      each solve with its counts, each entry of the cache that was found, missing or kept
INFO       compilation, simulations, men whom the reference solved, files read and written, batches of trials
WARNING    why compiled programs are not kept
=========  ===============================================================================================
"""

import logging
import sys

from leydig.characters import visible_text
from leydig.settings import log_level

__all__ = ["listen", "logger"]

_ROOT = logging.getLogger("leydig")
_FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _StandardError(logging.Handler):
    """Writes to what is standard error at that moment, so that a progress bar moves out of the way."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            print(visible_text(self.format(record)), file=sys.stderr)
        except Exception:
            self.handleError(record)


_HANDLER = _StandardError()
_HANDLER.setFormatter(logging.Formatter(_FORM, datefmt="%H:%M:%S"))


def logger(name: str) -> logging.Logger:
    """Return the logger of a module; the first call lets ``LEYDIG_LOG`` be heard.

    Parameters
    ----------
    name : str
        ``__name__`` of the module.

    Raises
    ------
    OutOfRange
        When ``LEYDIG_LOG`` is no level.
    """
    if not _ROOT.handlers:
        level = log_level()
        _ROOT.addHandler(logging.NullHandler())  # else Python prints warnings of libraries by itself
        if level is not None:
            listen(level)
    return logging.getLogger(name)


def listen(level: str) -> None:
    """Write log lines to standard error.

    Parameters
    ----------
    level : str
        From which of `leydig.settings.LEVELS` on.
    """
    _ROOT.setLevel(level)
    if _HANDLER not in _ROOT.handlers:
        _ROOT.addHandler(_HANDLER)
