"""JSON from outside: nothing is read leniently, and what is wrong is named with its path.

The format allows what a file of numbers must not hold: the same key twice, NaN and Infinity, numbers without
bounds, lists in lists without end, characters that nobody sees. Each is refused here, once for every file.
"""

import json
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from leydig.characters import hidden_character
from leydig.errors import LeydigError

__all__ = ["JsonFile", "JsonLimits", "check_json", "file_path", "file_text", "json_content", "json_line"]

LARGEST = 20_000_000  # [byte]
DEEPEST = 20  # lists and objects within one another
DIGITS = 40  # characters of a number
LARGEST_INTEGER = 10**DIGITS
LONGEST = 4000  # characters of a text
FREE_TEXT = "\n\t\u200c\u200d"  # line ends, and the joiners that some scripts are written with
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],\n]|[^\s{}\[\],:"]+')


@dataclass(frozen=True)
class JsonLimits:
    """How much a JSON content may hold.

    Attributes
    ----------
    deepest : int
        Lists and objects within one another.
    longest : int
        Characters of a text.
    hidden : bool
        Whether a text may hold characters that nobody sees, null aside, which no text does.
    decimals : bool
        Whether numbers with a point stay decimal, digit by digit, instead of the nearest float.
    """

    deepest: int = DEEPEST
    longest: int = LONGEST
    hidden: bool = False
    decimals: bool = False


LIMITS = JsonLimits()


@dataclass(frozen=True)
class _Refusal:
    """What stands in the place of something that cannot be read."""

    got: str
    expected: str
    key: str = ""


def file_text(path: Path, error: type[LeydigError], kind: str, largest: int | None = None) -> str:
    """Return the text of a file, UTF-8 with or without a byte order mark.

    Parameters
    ----------
    path : Path
    error : type of LeydigError
        What is raised.
    kind : str
        What the file should be, in messages, such as ``"a .json or .csv file"``.
    largest : int, optional
        How large it may be [byte]; `LARGEST` when left out.

    Raises
    ------
    LeydigError
        `error`, when it cannot be opened, is no UTF-8 or is too large.
    """
    most = LARGEST if largest is None else largest
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise error(f"{path}: got more than {most:,} bytes; expected {kind}. Is it another file?")
        return content.decode("utf-8-sig")
    except OSError as why:
        raise error(f"{path}: got {why.strerror or why}; expected {kind}. Check the path.") from why
    except UnicodeDecodeError as why:
        line = content.count(b"\n", 0, why.start) + 1
        raise error(
            f"{path}, line {line}: got bytes that are no UTF-8; expected {kind} in UTF-8. Save it as UTF-8."
        ) from why


def file_path(path: Path | str, error: type[LeydigError], kind: str) -> Path:
    """Return the path of a file that is to be read; raises `error` where it is neither a text nor a Path."""
    if not isinstance(path, str | Path):
        raise error(f"got {path!r} as a file; expected the path of {kind}, as a text or a Path. Write its name.")
    return Path(path)


def json_content(text: str, error: type[LeydigError], where: str = "", limits: JsonLimits = LIMITS) -> Any:
    """Return what a JSON text holds.

    Parameters
    ----------
    text : str
    error : type of LeydigError
        What is raised.
    where : str, optional
        What the messages begin with, such as the name of the file.
    limits : JsonLimits, optional
        How much it may hold.

    Raises
    ------
    LeydigError
        `error`, when it is no JSON, a key comes twice, or a value is none that a file may hold.

    Examples
    --------
    >>> json_content('{"value": 3.5}', LeydigError)
    {'value': 3.5}
    """
    lead = f"{where}: " if where else ""
    real = _decimal if limits.decimals else _real
    try:
        content = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=real
        )
    except json.JSONDecodeError as why:
        line = f"{where}, line {why.lineno}" if where else f"line {why.lineno}"
        raise error(f"{line}: got no JSON ({why.msg}); expected JSON. See column {why.colno}.") from why
    except RecursionError as why:
        raise error(
            f"{lead}got lists within lists without end; expected at most {limits.deepest}. Is it another file?"
        ) from why
    check_json(content, error, where, limits)
    return content


def check_json(content: Any, error: type[LeydigError], where: str = "", limits: JsonLimits = LIMITS) -> None:
    """Refuse what no JSON file may hold, anywhere in a content that is read already; arguments as `json_content`.

    Raises
    ------
    LeydigError
        `error`; the message names the path.
    """
    found = _first_problem(content, 0, limits)
    if found is None:
        return
    way, problem = found
    path = ""
    for part in (*reversed(way), *([problem.key] if problem.key else [])):
        path += f"[{part}]" if isinstance(part, int) else f".{ascii(part)[1:-1]}"
    path = path.lstrip(".")
    raise error(f"{where}{': ' * bool(where)}{path}{': ' * bool(path)}got {problem.got}; expected {problem.expected}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Refusal:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    keys: set[str] = set()
    for key, _ in pairs:
        if key in keys:
            return _Refusal("the key twice", "each key once. Remove one of the two.", key)
        keys.add(key)
    return found


def _constant(text: str) -> _Refusal:
    return _Refusal(text, "a number. Leave out what is not known.")


def _integer(text: str) -> int | _Refusal:
    return int(text) if len(text) <= DIGITS else _Refusal(f"a number of {len(text)} digits", _SHORTER)


def _real(text: str) -> float | _Refusal:
    if len(text) > DIGITS:
        return _Refusal(f"a number of {len(text)} characters", _SHORTER)
    found = float(text)
    return found if math.isfinite(found) else _Refusal(text, _FINITE)


def _decimal(text: str) -> Decimal | _Refusal:
    """Return a number as it was written, where a float can hold its size."""
    found = _real(text)
    return found if isinstance(found, _Refusal) else Decimal(text)


_SHORTER = f"at most {DIGITS}. Check the number."
_FINITE = "a number that a computer can hold. Check its exponent."
_PLAIN = (bool, int, float, Decimal, type(None))


def _first_problem(value: Any, depth: int, limits: JsonLimits) -> tuple[list[str | int], _Refusal] | None:
    """Return the first thing that a file must not hold, and the way to it from its end; None when there is none."""
    problem = _problem(value, depth, limits)
    if problem is not None:
        return [], problem
    if isinstance(value, dict):
        for key, part in value.items():
            if not isinstance(key, str):
                return [], _Refusal(f"the key {key!r}", "text. Put it in quotes.")
            found = _first_problem(key, depth, limits) or _first_problem(part, depth + 1, limits)
            if found is not None:
                found[0].append(str(key))
                return found
    elif isinstance(value, list):
        for place, part in enumerate(value):
            found = _first_problem(part, depth + 1, limits)
            if found is not None:
                found[0].append(place)
                return found
    return None


def _problem(value: Any, depth: int, limits: JsonLimits) -> _Refusal | None:
    if isinstance(value, str):
        return None if value.isprintable() and len(value) <= limits.longest else _text_problem(value, limits)
    if isinstance(value, dict | list):
        if depth > limits.deepest:
            return _Refusal("lists within lists", f"at most {limits.deepest} of them. Is it another file?")
        return None
    if isinstance(value, _Refusal):
        return value
    if not isinstance(value, _PLAIN):
        return _Refusal(f"a {type(value).__name__}", "what JSON holds. Give texts, numbers, lists and objects.")
    if isinstance(value, int) and abs(value) >= LARGEST_INTEGER:
        return _Refusal(f"a number of more than {DIGITS} digits", _SHORTER)
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        return _Refusal(str(value), "a number. Leave out what is not known.")
    return None


def _text_problem(text: str, limits: JsonLimits) -> _Refusal | None:
    if len(text) > limits.longest:
        return _Refusal(f"a text of {len(text):,} characters", f"at most {limits.longest:,}. Shorten it.")
    hidden = hidden_character(text if not limits.hidden else "\0" * ("\0" in text), FREE_TEXT)
    return _Refusal(hidden, "text that can be seen. Remove the character.") if hidden else None


def json_line(text: str, place: tuple[str | int, ...]) -> int:
    r"""Return the line on which a value begins, counted from 1; that of the nearest thing around it if there is none.

    Parameters
    ----------
    text : str
        JSON.
    place : tuple of str or int
        The way to the value.

    Examples
    --------
    >>> json_line('{"results": [\n {"name": "lh",\n  "value": 3}]}', ("results", 0, "value"))
    3
    """
    line = found = 1
    nearest, naming = -1, False
    here: list[str | int] = []  # the way to what comes next
    for token in _TOKEN.findall(text):
        if token == "\n":
            line += 1
        elif token == ",":
            naming = not isinstance(here[-1], int)
            here[-1] = here[-1] if naming else int(here[-1]) + 1
        elif token in "}]":
            here.pop()
            naming = False
        elif naming:
            here[-1], naming = json.loads(token), False
        else:
            if nearest < len(here) <= len(place) and tuple(here) == place[: len(here)]:
                found, nearest = line, len(here)
            naming = token == "{"
            if naming or token == "[":
                here.append("" if naming else 0)
    return found


@dataclass(frozen=True)
class JsonFile:
    """A JSON content while it is read, which names the place of what is wrong in it.

    Attributes
    ----------
    content : Any
    error : type of LeydigError
        What is raised for what has no error of its own.
    text : str
        For the lines; empty where the content came from elsewhere.
    name : str
        The name of the file.
    """

    content: Any
    error: type[LeydigError]
    text: str = ""
    name: str = ""

    def refusal_at(
        self, loc: tuple[str | int, ...], message: str, error: type[LeydigError] | None = None,
        key: tuple[str | int, ...] = (),
    ) -> LeydigError:  # fmt: skip
        """Return the error that names the path of a value, and its line; arguments as `leydig.file_model.FileText`."""
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
        line = f"{self.name}, line {json_line(self.text, (*loc, *key))}: " if self.text else ""
        return (error or self.error)(f"{line}{path}{': ' * bool(path)}{message}")
