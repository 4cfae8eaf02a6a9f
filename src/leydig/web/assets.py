"""What pages load: style sheets, scripts and a picture, all from here, under names that hold their hash.

`uplot.js` and `uplot.css` are uPlot 1.6.32 as its maker gives it out (MIT, `uplot.txt`), byte by byte.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

from leydig.errors import UnknownName

__all__ = ["asset", "asset_address"]

MEDIA = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
         ".txt": "text/plain; charset=utf-8"}  # fmt: skip
DIGITS = 12  # of the hash: enough that another content has another address


@lru_cache(maxsize=1)
def _files() -> dict[str, tuple[bytes, str]]:
    """Return what there is, by the name under which it is served."""
    found = {}
    for path in sorted((Path(__file__).parent / "static").iterdir()):
        content = path.read_bytes()
        name = f"{path.stem}.{hashlib.sha256(content).hexdigest()[:DIGITS]}{path.suffix}"
        found[name] = (content, MEDIA[path.suffix])
    return found


def asset(name: str) -> tuple[bytes, str]:
    """Return the bytes and media type of what pages load; its name holds the hash, so it never changes.

    Raises
    ------
    UnknownName
        When there is no such file.
    """
    if name not in _files():
        raise UnknownName.among("asset", name, _files())
    return _files()[name]


def asset_address(file: str) -> str:
    """Return the address of a file of the folder `static`, by its name."""
    stem, _, ending = file.rpartition(".")
    name = next(one for one in _files() if one.startswith(f"{stem}.") and one.endswith(f".{ending}"))
    return f"/assets/{name}"
