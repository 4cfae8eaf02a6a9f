"""TOML files that people write, and the lines of what is wrong in them (`leydig.file_model` checks them).

A place is the way to a table: ``("rule", 3)`` is the fourth ``[[rule]]``, ``("component", "anastrozole")``
is ``[component.anastrozole]``, ``("arm", 0, "observed", 2)`` the third ``[[arm.observed]]`` of the first arm.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

from leydig.errors import LeydigError
from leydig.json_file import file_text

__all__ = ["FilePlace", "Tables", "line_of"]

FilePlace = tuple[str | int, ...]
_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")


def line_of(text: str, place: FilePlace, key: str = "") -> int:
    r"""Return the line of a key of a table, counted from 1; the table's header where no key is given; 0 if none.

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
    >>> line_of("id = 1\n[[arm]]\nname = 'a'\n[[arm]]\nname = 'b'", ("arm", 1), "name")
    5
    """
    wanted = re.compile(rf"\s*(?:[\w-]+\s*\.\s*)*{_key_pattern(key)}\s*[.=]") if key else None
    counts: dict[tuple[Any, ...], int] = {}
    here: tuple[Any, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            here = _open_header(header[2], header[1] == "[[", counts)
            if here == place and wanted is None:
                return number
        elif here == place and wanted is not None and wanted.match(line):
            return number
    return 0


def _key_pattern(key: str) -> str:
    """Return the pattern of a key, with spaces around its dots and quotes around its parts or without."""
    return r"\s*\.\s*".join(rf"[\"']?{re.escape(part)}[\"']?" for part in key.split("."))


def _open_header(name: str, repeated: bool, counts: dict[tuple[Any, ...], int]) -> tuple[Any, ...]:
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


class Tables:
    """A TOML file while it is read.

    Parameters
    ----------
    path : Path or str
        Named in messages.
    error : type of LeydigError
        What a wrong file raises.
    kind : str
        What the file holds, in messages, such as ``"a protocol"``.
    content : mapping, optional
        What was read elsewhere; the file is read when left out.
    text : str, optional
        Of the file, where it came by another way.

    Attributes
    ----------
    content : mapping
    text : str
        Empty where the content came from elsewhere.

    Raises
    ------
    LeydigError
        `error`, when the file is not there or is not TOML.
    """

    def __init__(
        self, path: Path | str, error: type[LeydigError], kind: str, content: Mapping[str, Any] | None = None,
        text: str | None = None,
    ) -> None:  # fmt: skip
        self.path, self.error, self.text = path, error, ""
        if content is not None:
            self.content: Mapping[str, Any] = content
            return
        self.text = file_text(Path(path), error, f"a TOML file of {kind}") if text is None else text
        try:
            self.content = tomllib.loads(self.text)
        except RecursionError as why:
            raise error(
                f"{path}: got lists within lists without end; expected a TOML file of {kind}. Is it another file?"
            ) from why
        except ValueError as why:  # TOML of another form, or a whole number without end
            raise error(f"{path}: got no TOML ({why}); expected a TOML file of {kind}. Correct that line.") from why

    def refusal(self, place: FilePlace, key: str, message: str) -> LeydigError:
        """Return the error that names file and line."""
        return self._at(line_of(self.text, place, key) or line_of(self.text, place), message)

    def refusal_at(
        self, loc: FilePlace, message: str, error: type[LeydigError] | None = None, key: FilePlace = ()
    ) -> LeydigError:
        """Return the error that names file and line of a value, however deep; of the table that holds it else.

        It is the error of the file, whatever `error` was refused; `key` is one that no such table has.
        """
        loc = (*loc, *key)
        for depth in range(len(loc), -1, -1):
            place, keys = loc[:depth], list(takewhile(lambda part: isinstance(part, str), loc[depth:]))
            for least in range(len(keys), 0, -1):
                line = line_of(self.text, place, ".".join(map(str, keys[:least])))
                if line:
                    return self._at(line, message)
            line = line_of(self.text, place) if place else 0
            if line:
                return self._at(line, message)
        return self._at(0, message)

    def _at(self, line: int, message: str) -> LeydigError:
        return self.error(f"{self.path}, line {line}: {message}" if line else f"{self.path}: {message}")

    def refusal_of_word(self, place: FilePlace, key: str, value: object, options: Collection[str]) -> LeydigError:
        """Return the error for a word that is none of a list."""
        return self.refusal(
            place, key, f"got {key} {value!r}; expected {' or '.join(filter(None, options))}. Choose one."
        )
