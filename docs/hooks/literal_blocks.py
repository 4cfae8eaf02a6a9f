"""Docstrings as Markdown: literal blocks and tables of plain text become indented blocks."""

from textwrap import indent
from typing import Any

import griffe

__all__ = ["LiteralBlocks"]


class LiteralBlocks(griffe.Extension):
    """Blocks that docstrings lay out by hand stay as they are laid out."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Change the docstring of one object."""
        if obj.docstring:
            parts = obj.docstring.value.replace("::\n\n", ":\n\n").split("\n\n")
            obj.docstring.value = "\n\n".join(
                indent(part, "    ") if part.startswith("===") else part for part in parts
            )
