"""A drawing that was drawn is not drawn again for another test of the same man: drawing is most of the time of a page."""

from functools import lru_cache

import pytest

from leydig.reports.pages import html, pdf

_drawn = lru_cache(maxsize=64)(html.picture_bytes)


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    """Return what remembers the drawings; ``cache_clear`` has the next one drawn anew."""
    for module in (html, pdf):
        monkeypatch.setattr(module, "picture_bytes", _drawn)
    return _drawn
