"""A page as plain text: what it says without what one fills in, for a command line."""

from dataclasses import dataclass
from html.parser import HTMLParser

__all__ = ["PlainTable", "plain_blocks"]

_SKIPPED = {"form", "nav", "svg", "script", "style", "datalist"}
_ENDS = {
    "p",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "dt",
    "dd",
    "summary",
    "caption",
    "section",
    "div",
    "ul",
    "ol",
    "figure",
    "dl",
}
_MARKS = {"h1": "# ", "h2": "## ", "h3": "### ", "h4": "#### ", "li": "- "}
_VOID = {"br", "input", "img", "meta", "link", "hr"}


@dataclass(frozen=True)
class PlainTable:
    """A table of a page: the head, and the rows with as many cells."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def plain_blocks(html: str) -> list[str | PlainTable]:
    """Return the content of a page in its order: lines of text and tables.

    Examples
    --------
    >>> plain_blocks("<h1>Men</h1><form>x</form><table><tr><th>Man</th></tr><tr><td><a href='/x'>A</a></td></tr>"
    ...              "</table>")
    ['# Men', PlainTable(head=('Man',), rows=(('A',),)), 'A: /x']
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_line()
    return reader.blocks


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[str | PlainTable] = []
        self._words: list[str] = []
        self._mark, self._skips = "", 0
        self._rows: list[list[str]] | None = None
        self._links: list[tuple[str, int]] = []  # where one leads, and before which word it begins
        self._below: list[str] = []  # where links of a table lead: an address in a narrow cell is copied by nobody

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SKIPPED or self._skips:
            self._skips += tag not in _VOID
            return
        if tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self._words)))
        if tag == "table":
            self.end_line()
            self._rows = []
        elif self._rows is not None and tag == "tr":
            self._rows.append([])
        elif tag in ("br", "li") and self._rows is not None:
            self._words.append("; " if tag == "li" and "".join(self._words).strip() else " ")
        elif tag in _ENDS and tag != "dd" and self._rows is None:
            self.end_line()
            self._mark = _MARKS.get(tag, "")

    def handle_endtag(self, tag: str) -> None:
        if self._skips:
            self._skips -= 1
        elif tag == "a":
            link, first = self._links.pop()
            text = "".join(self._words[first:]).strip()
            if link.startswith("/") and self._rows is not None:
                self._below.append(f"{text}: {link}")
            elif link.startswith("/"):
                self._words.append(f" ({link})")
        elif self._rows is None:
            if tag == "dt":
                self._words.append(": ")
            elif tag in _ENDS:
                self.end_line()
        elif tag in ("td", "th"):
            self._rows[-1].append(self._line())
        elif tag == "caption":
            self.blocks.append(self._line())
        elif tag == "table":
            head, *rows = self._rows or [[]]
            width = len(head)
            full = tuple(tuple((*row, *[""] * width)[:width]) for row in rows)
            self.blocks += [PlainTable(tuple(head), full), *self._below]
            self._rows, self._below = None, []

    def handle_data(self, data: str) -> None:
        if not self._skips:
            self._words.append(data)

    def end_line(self) -> None:
        """Put what was read as a line of its own."""
        mark, self._mark = self._mark, ""
        line = self._line()
        if line:
            self.blocks.append(f"{mark}{line}")

    def _line(self) -> str:
        line = " ".join("".join(self._words).split()).replace(" ;", ";").replace(" :", ":")
        self._words = []
        return line
