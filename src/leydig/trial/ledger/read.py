"""A ledger as it was written: the trial, and what every man in every arm went through.

Nothing is made again (`leydig.trial.ledger.check` does that): the seal alone is held, so that a ledger that was cut or
changed by accident is never exported.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leydig.errors import BadTrial, LeydigError
from leydig.json_file import LARGEST, json_content
from leydig.record.files import from_json
from leydig.record.record import Record
from leydig.regimen import Regimen
from leydig.trial.design.design import Trial, TrialArm
from leydig.trial.design.trial_file import trial_from
from leydig.trial.ledger.ledger import LEDGER_VERSION, HashChain, seal

__all__ = ["Ledger", "LedgerEntry", "read_ledger", "schedule_of_record", "trial_of_head"]


@dataclass(frozen=True)
class LedgerEntry:
    """One man in one arm.

    Attributes
    ----------
    man : int
        His number in the population.
    arm : TrialArm
    ended, withheld : str
        Why he was not followed to the end, and why nothing was started; empty where he was and it was.
    record : Record
        As it stood at the end.
    missed : tuple of int
        Days on which he took nothing.
    visits : tuple of dict
        ``day``, ``decided``, ``action``, ``rule``, ``regimen``, ``alerts`` and ``levels`` of each.
    """

    man: int
    arm: TrialArm
    ended: str
    withheld: str
    record: Record
    missed: tuple[int, ...]
    visits: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Ledger:
    """A whole ledger.

    Attributes
    ----------
    trial : Trial
    screened : int
        Men who were looked at until the last one was enrolled.
    entries : tuple of LedgerEntry
    """

    trial: Trial
    screened: int
    entries: tuple[LedgerEntry, ...]


def read_ledger(path: Path | str) -> Ledger:
    """Read a ledger of a trial.

    Parameters
    ----------
    path : Path or str

    Raises
    ------
    BadTrial
        When the file is no ledger, or its seal does not hold.
    """
    path, chain = Path(path), HashChain()
    lines = _lines(path)
    line = next(lines, b"")
    trial = trial_of_head(line, path)
    arms, entries = {arm.name: arm for arm in trial.arms}, []
    for following in lines:
        chain.add(line)
        line = following
        if not line.startswith(b'{"seal"'):
            entries.append(_entry(arms, line, f"{path}: line {chain.lines + 1}"))
    return Ledger(trial, _check_seal(trial, line, chain, path), tuple(entries))


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file without their ends."""
    try:
        with path.open("rb") as file:
            while line := file.readline(LARGEST):
                yield line.removesuffix(b"\n")
    except OSError as error:
        raise BadTrial(
            f"got {path}: {error.strerror}; expected a ledger of leydig trial run. Check the path."
        ) from error


def trial_of_head(line: bytes, path: Path) -> Trial:
    """Return the trial of the first line of a ledger.

    Raises
    ------
    BadTrial
        When it is no head, or that of another version.
    """
    try:
        content = json_content(line.decode("utf-8"), BadTrial)
        if content["ledger"] != LEDGER_VERSION:
            raise BadTrial(
                f"got a ledger of version {content['ledger']}; expected {LEDGER_VERSION}. Run its trial again."
            )
        about = dict(content["trial"])
        return trial_from(about | {"start": dt.date.fromisoformat(about["start"])}, "its trial")
    except (UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, BadTrial):
            raise BadTrial(f"{path}: {error}") from error
        raise BadTrial(
            f"{path}: got no head in its first line; expected that of leydig trial run. Is it another file?"
        ) from error


def _entry(arms: dict[str, TrialArm], line: bytes, where: str) -> LedgerEntry:
    """Return what a line holds."""
    try:
        content = json_content(line.decode("utf-8"), BadTrial)
        return LedgerEntry(
            int(content["man"]), arms[content["arm"]], str(content["ended"]), str(content["withheld"]),
            from_json(content["record"]), tuple(content["missed"]), tuple(content["visits"]),
        )  # fmt: skip
    except (UnicodeDecodeError, KeyError, TypeError, ValueError, LeydigError) as error:
        raise BadTrial(
            f"{where}: got no man of this trial ({error}); expected a line as leydig trial run writes it. "
            "Run leydig trial check on it."
        ) from error


def _check_seal(trial: Trial, line: bytes, chain: HashChain, path: Path) -> int:
    """Return how many men were screened, by a seal that holds every line before it."""
    try:
        screened = int(json_content(line.decode("utf-8"), BadTrial)["seal"]["screened"])
        whole = line.decode("utf-8") == seal(trial, screened, chain)
    except (UnicodeDecodeError, KeyError, TypeError, ValueError, BadTrial):
        whole = False
    if not whole:
        raise BadTrial(
            f"{path}: got a last line that does not seal those before it; expected a whole ledger, this one was cut "
            "or changed. leydig trial check names where; or run its trial again."
        )
    return screened


def schedule_of_record(trial: Trial, record: Record, missed_days: tuple[int, ...]) -> Regimen:
    """Return what a man was given in a trial as one fixed schedule, day 0 the first day of the trial.

    Parameters
    ----------
    trial : Trial
    record : Record
        His, with what was prescribed as treatments.
    missed_days : tuple of int
        Days of the trial on which he took nothing.
    """
    doses = []
    for one in record.treatments:
        start = (one.start - trial.start).days
        stop = None if one.stop is None else float((one.stop - trial.start).days)
        for dose in one.regimen.delay(float(start)).doses:
            doses.append(replace(dose, stop=stop if dose.stop is None else dose.stop, missed=missed_days))
    return Regimen(doses)
