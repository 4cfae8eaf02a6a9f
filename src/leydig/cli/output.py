"""The one door of what the command line says: plain text, tables, JSON, warnings, refusals and exit codes.

Nothing that comes from a user, a file or a record is read as markup, and characters that act on a terminal or cannot
be seen are shown by their number.
"""

import json
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import typer

from leydig.characters import visible_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = [
    "console",
    "one_line",
    "print_json",
    "print_json_text",
    "print_rows",
    "refusals",
    "say",
    "spinner",
]

_UNSAFE_JSON = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def say(text: object, *, error: bool = False) -> None:
    """Print a text; on standard error where it is no result."""
    print(visible_text(text), file=sys.stderr if error else sys.stdout, flush=True)  # a server says it while it runs


def print_json(content: object) -> None:
    """Print one JSON document and nothing else."""
    print_json_text(json.dumps(content, ensure_ascii=False, allow_nan=False))


def print_json_text(text: str) -> None:
    """Print a JSON document that is written already; what acts on a terminal is escaped as JSON does."""
    print(_UNSAFE_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def spinner(what: str) -> AbstractContextManager[object]:
    """Return a spinner on a terminal's standard error, and nothing anywhere else."""
    from rich.console import Console

    return Console(stderr=True).status(what) if sys.stderr.isatty() else nullcontext()


def console() -> "Console":
    """Return where tables and notes are printed; every text is shown as it is, without markup."""
    from rich.console import Console

    class PlainConsole(Console):
        def render_str(self, text: str, **options: Any) -> "Text":  # what rich passes
            return super().render_str(visible_text(text), **(options | {"markup": False, "emoji": False}))

    return PlainConsole(width=None if sys.stdout.isatty() else 140, highlight=False, markup=False, emoji=False)


def print_rows(rows: list[dict[str, Any]]) -> None:
    """Print rows as a table with the keys of the first as its head."""
    from rich.table import Table

    table = Table()
    for key in rows[0] if rows else ():
        table.add_column(key, overflow="fold")
    for row in rows:
        table.add_row(*(f"{value:g}" if isinstance(value, float) else str(value) for value in row.values()))
    console().print(table)


@contextmanager
def refusals() -> Iterator[list[str]]:
    """Turn refusals into exit codes and warnings into lines on standard error, each once; collect the warnings."""
    from leydig.errors import LeydigError, LeydigWarning, NotSolved

    said: list[str] = []

    def show(message: Warning | str, *_: object, **__: object) -> None:
        if str(message) not in said:
            said.append(str(message))
            say(f"warning: {message}", error=True)

    with warnings.catch_warnings():
        warnings.simplefilter("always", LeydigWarning)
        warnings.showwarning = show
        try:
            yield said
        except LeydigError as error:
            say(f"{type(error).__name__}: {one_line(error)}", error=True)
            raise typer.Exit(1 if isinstance(error, NotSolved) else 2) from error
        except BrokenPipeError:
            raise
        except OSError as error:
            say(f"OSError: {_disk_line(error)}", error=True)
            raise typer.Exit(2) from error


def one_line(error: Exception) -> str:
    """Return the message without the lines that draw a pointer beneath the text."""
    return (str(error).splitlines() or [""])[0]


def _disk_line(error: OSError) -> str:
    """Return what the system refused, such as a full disk, as one line."""
    where, why = str(error.filename or "a file"), " ".join((error.strerror or str(error)).split())
    return f"got {where!r}: {why}; expected a place with room that may be read and written. Name another one."
