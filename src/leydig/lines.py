"""Where a key stands in a TOML file, so that a message can name the line.

A place is the way to a table: ``("rule", 3)`` is the fourth ``[[rule]]``, ``("component", "anastrozole")``
is ``[component.anastrozole]``, ``("arm", 0, "observed", 2)`` the third ``[[arm.observed]]`` of the first arm.
"""

import re
from typing import Any

__all__ = ["line_of"]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")


def line_of(text: str, place: tuple[str | int, ...], key: str = "") -> int:
    """Return the line of a key of a table, counted from 1; the table's header where no key is given; 0 if none.

    Parameters
    ----------
    text : str
        The whole file.
    place : tuple of str or int
        The way to the table; empty for the top of the file.
    key : str, optional
        The key, possibly the last part of a dotted one.

    Examples
    --------
    >>> line_of("id = 1\\n[[arm]]\\nname = 'a'\\n[[arm]]\\nname = 'b'", ("arm", 1), "name")
    5
    """
    wanted = re.compile(rf"\s*(?:[\w-]+\s*\.\s*)*{re.escape(key)}\s*[.=]") if key else None
    counts: dict[tuple[Any, ...], int] = {}
    here: tuple[Any, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            here = _opened(header[2], header[1] == "[[", counts)
            if here == place and wanted is None:
                return number
        elif here == place and wanted is not None and wanted.match(line):
            return number
    return 0


def _opened(name: str, repeated: bool, counts: dict[tuple[Any, ...], int]) -> tuple[Any, ...]:
    """Return the place that a header opens, counting repeated tables."""
    place: tuple[Any, ...] = ()
    parts = [part.strip() for part in name.split(".")]
    for depth, part in enumerate(parts, 1):
        place = (*place, part)
        if repeated and depth == len(parts):
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = (*place, counts[place])
    return place
