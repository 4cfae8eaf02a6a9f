"""The journal: a ledger while it is written, and what a run that was interrupted needs to go on.

Beside the ledger ``F`` stand ``F.part``, its lines so far, and ``F.batches``, one line for each batch: what is kept of
its men, and how long the ledger was after it. When the last man is written the seal follows, and ``F.part``
becomes ``F`` in one step. So ``F`` is whole or not there, and an earlier ``F`` stays until then.
"""

import base64
import fcntl
import json
import os
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from leydig.errors import BadTrial
from leydig.log import logger
from leydig.trial.conduct.outcome import ArmResult, BatchResult
from leydig.trial.design.design import Trial
from leydig.trial.ledger.ledger import HashChain, head, seal

__all__ = ["Journal"]

LOG = logger(__name__)


class Journal:
    """A ledger while it is written; a context that leaves what is needed to go on, whatever ends it.

    Parameters
    ----------
    path : Path
        Of the ledger.
    trial : Trial

    Attributes
    ----------
    batches : list of Kept
        What an interrupted run of the same trial had finished.

    Raises
    ------
    BadTrial
        When the place cannot be written, another run writes the same ledger, or a run of another trial was
        interrupted here.
    """

    def __init__(self, path: Path, trial: Trial) -> None:
        self._path, self._trial, self._chain = path, trial, HashChain()
        self._part, self._state = (path.with_name(path.name + ending) for ending in (".part", ".batches"))
        self.batches: list[BatchResult] = []
        with self._refuse_disk_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lines, self._ends = self._part.open("ab+"), self._state.open("ab+")
        try:
            self._lock()
            with self._refuse_disk_errors():
                self._resume()
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        for file in (self._lines, self._ends):
            with suppress(OSError):  # what could not be written was said already
                file.close()

    def append(self, batch: BatchResult, room: int) -> None:
        """Write one batch: the lines of at most `room` men, and what is kept of all."""
        with self._refuse_disk_errors():
            for man in list(batch.lines.values())[:room]:
                for line in man:
                    self._write(line)
            self._lines.flush()
            content = {"end": self._lines.tell(), "chain": str(self._chain), "batch": _content(batch)}
            self._ends.write(json.dumps(content).encode("utf-8") + b"\n")
            self._ends.flush()

    def close(self, screened: int) -> None:
        """Seal the ledger and put it in its place."""
        with self._refuse_disk_errors():
            self._write(seal(self._trial, screened, self._chain))
            self._lines.flush()
            os.fsync(self._lines.fileno())
            self._part.replace(self._path)
            self._state.unlink(missing_ok=True)
        LOG.info("wrote %s: %d lines", self._path, self._chain.lines)

    def _write(self, line: str) -> None:
        text = line.encode("utf-8")
        self._lines.write(text + b"\n")
        self._chain.add(text)

    @contextmanager
    def _refuse_disk_errors(self) -> Iterator[None]:
        """Turn what the disk refuses into one line."""
        try:
            yield
        except OSError as error:
            raise BadTrial(
                f"got {error.strerror or error} while writing {self._path}; expected a place with room. The finished "
                f"batches are in {self._part.name}: make room and run the same trial again."
            ) from error

    def _lock(self) -> None:
        """Hold the ledger until this run ends, however it ends."""
        try:
            fcntl.flock(self._lines, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BadTrial(f"got {self._path}, which another run is writing; expected one run. Wait for it.") from error

    def _resume(self) -> None:
        """Begin the ledger, or go on after the last batch that is whole."""
        first = head(self._trial).encode("utf-8")
        self._lines.seek(0)
        self._ends.seek(0)
        before = self._lines.readline()
        if before.endswith(b"\n") and before[:-1] != first:
            raise BadTrial(
                f"got {self._part.name}, left by an interrupted run of another trial or version; expected the same. "
                f"Run that one to its end, name another ledger, or delete {self._part.name} and {self._state.name}."
            )
        if before.endswith(b"\n"):
            self._chain.add(first)
            end, whole = deque(self._whole_batches(self._lines.tell()), maxlen=1).pop()
            self._lines.truncate(end)
            self._ends.truncate(whole)
        else:
            self._lines.truncate(0)
            self._ends.truncate(0)
            self._write(first.decode("utf-8"))

    def _whole_batches(self, end: int) -> Iterator[tuple[int, int]]:
        """Take in batches that are whole; yield how long ledger and batches are after each."""
        yield end, 0
        chain = copy(self._chain)
        while (text := self._ends.readline()).endswith(b"\n"):
            try:
                content = json.loads(text)
                while self._lines.tell() < content["end"] and (line := self._lines.readline()):
                    chain.add(line[:-1])
                if (self._lines.tell(), str(chain)) != (content["end"], content["chain"]):
                    return
                self.batches.append(_batch(content["batch"]))
            except (ValueError, KeyError, TypeError):
                return
            self._chain = copy(chain)
            yield content["end"], self._ends.tell()


def _content(batch: BatchResult) -> dict[str, Any]:
    """Return a batch as plain JSON content, without its lines."""
    arms = {name: {one.name: _json_value(getattr(arm, one.name)) for one in fields(ArmResult)}
            for name, arm in batch.arms.items()}  # fmt: skip
    return {"first": batch.first, "screened": batch.screened, "excluded": batch.excluded, "arms": arms}


def _batch(content: Mapping[str, Any]) -> BatchResult:
    """Return the batch of a JSON content."""
    arms = {name: _arm(arm) for name, arm in content["arms"].items()}
    excluded = {int(number): reason for number, reason in content["excluded"].items()}
    return BatchResult(content["first"], content["screened"], excluded, arms, {})


def _arm(content: Mapping[str, Any]) -> ArmResult:
    columns: dict[str, Any] = {one.name: _value(content[one.name]) for one in fields(ArmResult)}
    return ArmResult(**columns)


def _json_value(value: object) -> object:
    """Return an array as its bytes, to the last of them; a dict of them as one; a list as it is."""
    if isinstance(value, dict):
        return {"parts": {key: _json_value(part) for key, part in value.items()}}
    if not isinstance(value, np.ndarray):
        return value
    text = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode("ascii")
    return {"type": value.dtype.str, "shape": value.shape, "bytes": text}


def _value(content: dict[str, Any] | list[object]) -> object:
    """Return the array, dict or list of a JSON content; the entries of a list are tuples again."""
    if isinstance(content, dict) and "parts" in content:
        return {key: _value(part) for key, part in content["parts"].items()}
    if isinstance(content, dict):
        values = np.frombuffer(base64.b64decode(content["bytes"]), np.dtype(content["type"]))
        return values.reshape(content["shape"]).copy()
    return [_tuple(entry) for entry in content]


def _tuple(entry: object) -> object:
    return tuple(_tuple(part) for part in entry) if isinstance(entry, list) else entry
