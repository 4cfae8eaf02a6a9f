"""A ledger held line by line against the lines that are made again; what differs is named."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

from leydig.errors import BadTrial
from leydig.json_file import LARGEST, json_content
from leydig.trial.design.design import Design, Trial
from leydig.trial.ledger.ledger import HashChain, head, seal
from leydig.trial.ledger.read import trial_of_head

__all__ = ["MOST", "LedgerLines"]

ROUNDED = 1e-6  # by which a level may differ on another processor
MOST = 1000  # differences after which nobody reads on
NAMED = 5  # differences of one line that are named


class LedgerLines:
    """The lines of a ledger, held against those that are made again.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    trial : Trial
        Of the first line.
    expected : int
        How many lines there should be between head and seal.
    differing : list of str
        What does not agree so far.

    Raises
    ------
    BadTrial
        When the file is no ledger.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._chain, self._number, self._count = path, HashChain(), 0, 0
        self.differing: list[str] = []
        self._short = False
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise BadTrial(
                f"got {path}: {error.strerror}; expected a ledger of leydig trial run. Check the path."
            ) from error
        try:
            self.trial = self._head()
        except BaseException:
            self._file.close()
            raise
        self.expected = self.trial.n * (len(self.trial.arms) if self.trial.design == Design.PAIRED else 1)
        self._arms = [arm.name for arm in self.trial.arms]
        self._next = self._line()

    def __enter__(self) -> "LedgerLines":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def over(self) -> bool:
        """Whether nothing is left that could be held."""
        return self._short or len(self.differing) >= MOST

    def _line(self) -> bytes | None:
        """Return the next line of the file without its end; None at the end of the file."""
        line = self._file.readline(LARGEST)
        self._number += bool(line)
        return line.removesuffix(b"\n") if line else None

    def _advance(self) -> None:
        """Leave a line behind."""
        assert self._next is not None  # it was looked at
        self._chain.add(self._next)
        self._next = self._line()

    def _head(self) -> Trial:
        line = self._line() or b""
        trial = trial_of_head(line, self._path)
        self._compare("head", line.decode("utf-8"), head(trial))
        self._chain.add(line)
        return trial

    def hold(self, again: str) -> None:
        """Hold the next line of the file against the one that belongs there."""
        own = json.loads(again)
        place = own["man"], self._arms.index(own["arm"])
        while not (self.over or self._next is None or self._is_sealed()):
            if self._next == again.encode("utf-8"):
                self._count += 1
                self._advance()
                return
            there = self._man_and_arm()
            if there is not None and there > place:
                self.differing.append(f"man {place[0]}, {own['arm']}: the line is missing")
                return
            if there == place:
                self._compare(f"man {place[0]}, {own['arm']}", self._text(), again)
                self._count += 1
                self._advance()
                return
            self.differing.append(f"line {self._number}: {self._complaint()}")
            self._advance()
        if not self.over:
            self._short = True
            ending = "is cut" if self._next is None else "ends"
            self.differing.append(
                f"the ledger {ending} before man {place[0]}, {own['arm']}: {self._count} of {self.expected} lines there"
            )

    def end(self, screened: int) -> None:
        """Hold the rest of the file, and the seal; `screened` men were looked at."""
        while not (self._next is None or self._is_sealed()):
            if len(self.differing) >= MOST:
                return
            self.differing.append(f"line {self._number}: {self._complaint()}")
            self._advance()
        if self._next is None:
            self.differing.append("the ledger has no seal: it is cut")
            return
        self._compare("seal", self._text(), seal(self.trial, screened, self._chain))
        self._next = self._line()
        if self._next is not None:
            self.differing.append(f"line {self._number}: there are lines after the seal")

    def _is_sealed(self) -> bool:
        return self._next is not None and self._next.startswith(b'{"seal"')

    def _text(self) -> str:
        return (self._next or b"").decode("utf-8", "replace")

    def _man_and_arm(self) -> tuple[int, int] | None:
        """Return man and arm of the line that comes next; None where it names none."""
        try:
            content = json_content(self._text(), BadTrial)
            return int(content["man"]), self._arms.index(content["arm"])
        except (KeyError, TypeError, ValueError):
            return None

    def _complaint(self) -> str:
        """Say what is wrong with a line that does not belong where it stands."""
        try:
            content = json_content(self._text(), BadTrial)
            if self._man_and_arm() is None:
                return "it names no man and arm of the trial"
            return f"man {content['man']}, {content['arm']} comes twice or in another order"
        except BadTrial as error:
            return str(error)

    def _compare(self, what: str, line: str, again: str) -> None:
        """Name what differs between a line and the one made again."""
        if line == again:
            return
        try:
            content = json_content(line, BadTrial)
        except BadTrial as error:
            self.differing.append(f"{what}: {error}")
            return
        apart = list(_differences(content, json.loads(again), ""))
        ascii_only = what in ("head", "seal")
        if not apart and json.dumps(content, ensure_ascii=ascii_only, sort_keys=True) != line:
            apart = ["the same content is written in another way"]
        self.differing += [f"{what}: {one}" for one in apart[:NAMED]]


def _differences(got: object, expected: object, path: str) -> Iterator[str]:
    """Yield where two contents differ, in words."""
    if isinstance(got, dict) and isinstance(expected, dict):
        for key in sorted(got.keys() | expected.keys()):
            at = f"{path}.{key}".lstrip(".")
            if key not in got or key not in expected:
                yield f"{at}: got {'a key' if key in got else 'nothing'}; expected {'none' if key in got else 'it'}"
            else:
                yield from _differences(got[key], expected[key], at)
    elif isinstance(got, list) and isinstance(expected, list) and len(got) == len(expected):
        for place, (one, other) in enumerate(zip(got, expected, strict=True)):
            yield from _differences(one, other, f"{path}[{place}]")
    elif (type(got) is not type(expected) or got != expected) and not _is_same_to_rounding_error(got, expected, path):
        yield f"{path}: got {_value_text(got)}; expected {_value_text(expected)}"


def _is_same_to_rounding_error(got: object, expected: object, path: str) -> bool:
    """Return whether two levels differ by no more than processors do."""
    if ".levels[" not in path or not isinstance(got, float) or not isinstance(expected, int | float):
        return False
    return math.isclose(got, expected, rel_tol=ROUNDED)


def _value_text(value: object) -> str:
    text = f"{len(value)} entries" if isinstance(value, list) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
