"""Which tests hold which row of the brief, read from their names; ``python tests/brief_rows.py`` prints the list.

A name such as ``test_brief_S22_S23_...`` holds both rows, ``test_brief_S107_to_S111_...`` every row from one to the other.
"""

import re
from pathlib import Path

ROWS = tuple(f"S{number}" for number in range(1, 118))
_NAME = re.compile(r"^ *def (test_brief((?:_to)?_S\d+)+(?:_\w+)?)\(", re.M)
_ROW = re.compile(r"_(to_)?S(\d+)(?=_|$)")


def rows_of(name: str) -> list[str]:
    """Return the rows that the name of a test holds.

    Examples
    --------
    >>> rows_of("test_brief_S1_S3_to_S5_it_holds")
    ['S1', 'S3', 'S4', 'S5']
    """
    numbers: list[int] = []
    at = len("test_brief")
    while (found := _ROW.match(name, at)) is not None:
        number = int(found[2])
        numbers += range(numbers[-1] + 1 if found[1] else number, number + 1)
        at = found.end()
    return [f"S{number}" for number in numbers]


def held_by_row() -> dict[str, list[str]]:
    """Return, for every row, the tests that hold it."""
    held: dict[str, list[str]] = {row: [] for row in ROWS}
    folder = Path(__file__).parent
    for path in sorted(folder.rglob("test_*.py")):
        for found in _NAME.finditer(path.read_text(encoding="utf-8")):
            for row in rows_of(found[1]):
                held.setdefault(row, []).append(f"{path.relative_to(folder)}::{found[1]}")
    return held


if __name__ == "__main__":
    for row, tests in held_by_row().items():
        print(row, *(tests or ["NO TEST"]), sep="\n  ")
