"""Cards: the small pieces of HTML by which a notebook shows a man, a regimen or a course. All text is escaped."""

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["card", "plural"]

_STYLE = "<style>.leydig th,.leydig td{text-align:left;vertical-align:top;padding:1px 10px 1px 0}</style>"
MOST_ROWS = 40  # a longer table is cut, and says so


def card(title: str, head: Sequence[str], rows: Iterable[Sequence[object]], notes: Iterable[str] = ()) -> str:
    """Return a titled table with notes beneath as one piece of HTML.

    Parameters
    ----------
    title : str
    head : sequence of str
        Names of the columns.
    rows : iterable of sequence
        Cells, shown as text.
    notes : iterable of str, optional

    Examples
    --------
    >>> "&lt;b&gt;" in card("<b>", ["a"], [[1]])
    True
    """
    listed = [[str(cell) for cell in row] for row in rows]
    more = len(listed) - MOST_ROWS
    said = [*notes, *([f"and {plural(more, 'row')} more"] if more > 0 else [])]
    lines = [_row("th", head), *(_row("td", row) for row in listed[:MOST_ROWS])] if listed else []
    table = f"<table>{''.join(lines)}</table>" if lines else ""
    beneath = "".join(f"<div><small>{escape(note)}</small></div>" for note in said)
    return f'<div class="leydig">{_STYLE}<strong>{escape(title)}</strong>{table}{beneath}</div>'


def plural(count: int, word: str) -> str:
    """Return a count with its word, such as ``"3 doses"``."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _row(kind: str, cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{kind}>{escape(cell)}</{kind}>' for cell in cells)}</tr>"
