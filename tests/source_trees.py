"""The sources as syntax trees, parsed once for all tests of a process that read them all."""

import ast
from functools import lru_cache
from pathlib import Path

SOURCES = Path(__file__).parents[1] / "src" / "leydig"


@lru_cache(maxsize=1)
def source_trees():
    """Return the path of each file of the source, from its root on, and its tree."""
    return [(path.relative_to(SOURCES).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
            for path in sorted(SOURCES.rglob("*.py"))]  # fmt: skip
