"""The clinic's scanner of malware: every file that is sent is handed to it before anything reads it."""

import shlex
import shutil
import subprocess

from leydig.errors import OutOfRange
from leydig.log import logger
from leydig.service.problems import ServiceProblem

__all__ = ["read_scanner", "scan_file"]

LOG = logger(__name__)
LONGEST = 60  # [s] that it may take
CLEAN, FOUND = 0, 1  # how it ends, as clamdscan and others do; anything else is a failure


def read_scanner(command: str) -> tuple[str, ...]:
    """Return the words of a command that reads a file from its standard input.

    Raises
    ------
    OutOfRange
        When it is no command of this machine.
    """
    try:
        words = tuple(shlex.split(command))
    except ValueError:
        words = ("",)
    if words and shutil.which(words[0]) is None:
        raise OutOfRange(
            f"got --scanner {command!r}; expected a command of this machine that reads a file from its standard input. "
            "Write such as 'clamdscan --no-summary -'."
        )
    return words


def scan_file(command: tuple[str, ...], plain: bytes) -> None:
    """Refuse a file that the scanner refuses, or that it did not look at; without a command none is looked at.

    Raises
    ------
    ServiceProblem
        Status 422 where something was found, 503 where the scanner failed.
    """
    if not command:
        return
    try:
        end = subprocess.run(command, input=plain, capture_output=True, timeout=LONGEST, check=False).returncode
    except (OSError, subprocess.TimeoutExpired) as error:
        LOG.warning("the scanner of files failed: %s", type(error).__name__)
        end = -1
    if end == FOUND:
        raise ServiceProblem(
            "RefusedFile", 422, "got a file that the clinic's scanner of malware refuses; expected one that it passes. "
            "Do not open it; tell who looks after this service.", pointer="/file",
        )  # fmt: skip
    if end != CLEAN:
        raise ServiceProblem(
            "ScannerFailed", 503, "got no answer of the clinic's scanner of malware; expected one before a file is "
            "read. Send it again in a minute; nothing is stored.", pointer="/file", wait=LONGEST,
        )  # fmt: skip
