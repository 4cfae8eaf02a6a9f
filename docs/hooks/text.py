"""Markdown from plain values: cells, tables, lists and sources with their links."""

from collections.abc import Iterable, Mapping
from typing import Any

from leydig.source import read_sources

__all__ = ["bullets", "cell", "docstring", "sources", "table"]

_ADDRESS = {
    "doi": "https://doi.org/{}",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/{}/",
    "pmc": "https://pmc.ncbi.nlm.nih.gov/articles/{}/",
    "url": "{}",
}


def cell(value: Any) -> str:
    """Return a value as text that a cell of a table may hold."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    for sign in "|*_[]":
        text = text.replace(sign, "\\" + sign)
    return " ".join(text.replace("<", "&lt;").split())


def table(rows: Iterable[Mapping[str, str]]) -> str:
    """Return rows of ready cells as a table; nothing where there is no row."""
    rows = list(rows)
    if not rows:
        return ""
    head = list(rows[0])
    lines = [head, ["---"] * len(head), *([row[key] for key in head] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def bullets(lines: Iterable[str]) -> str:
    """Return ready lines as a list."""
    return "\n".join(f"- {line}" for line in lines) + "\n"


def docstring(text: str) -> str:
    """Return the docstring of a file: ``::`` before a block of equations is a colon."""
    return text.replace("::\n", ":\n").replace("``", "`")


def sources(line: str) -> str:
    """Return a line of sources, each with a link where its locator is an address."""
    return "; ".join(_linked(one) for one in read_sources(line))


def _linked(source: Any) -> str:
    if source.kind not in _ADDRESS:
        return cell(source)
    shown = f"[{cell(source.who)} {source.year}]({_ADDRESS[source.kind].format(source.locator)})"
    return shown + "".join(f" ({cell(part)})" for part in (source.place, source.note) if part)
