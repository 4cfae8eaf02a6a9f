"""Docstrings as Markdown: ``::`` before a block of equations is a colon there."""

from typing import Any

import griffe

__all__ = ["LiteralBlocks"]


class LiteralBlocks(griffe.Extension):
    """What docstrings write as a literal block stays an indented block, without the mark before it."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Change the docstring of one object."""
        if obj.docstring:
            obj.docstring.value = obj.docstring.value.replace("::\n\n", ":\n\n")
