"""The words of the pages, in one catalogue: `text.toml`. A translation is another file with the same keys."""

import tomllib
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

__all__ = ["catalogue"]


@lru_cache(maxsize=1)
def catalogue() -> SimpleNamespace:
    """Return the words, by page and key: ``catalogue().people.title``."""
    return _names(tomllib.loads(Path(__file__).with_name("text.toml").read_text(encoding="utf-8")))


def _names(content: dict[str, object]) -> SimpleNamespace:
    return SimpleNamespace(**{key: _names(one) if isinstance(one, dict) else one for key, one in content.items()})
