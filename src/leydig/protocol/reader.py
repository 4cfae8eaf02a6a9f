"""Reading protocol files: TOML, each table checked as a model; what is wrong is named with file and line.

A protocol may extend another (``extends = "base"``): tables of the same name are merged key by key, rules, needs,
targets and visits of the same id replace each other field by field, ``drop`` leaves some out, and a rule may say
``before`` which other one it is read. A region file is laid over in the same way.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from leydig.errors import BadProtocol, UnknownName
from leydig.file_model import validate_file
from leydig.log import logger
from leydig.protocol.parts import build_protocol
from leydig.protocol.protocol import Protocol
from leydig.protocol.protocol_file import ProtocolFile
from leydig.toml_file import Tables

__all__ = ["PROTOCOLS_FOLDER", "REGIONS", "load_protocol", "names", "read_protocol", "regions"]

LOG = logger(__name__)
PROTOCOLS_FOLDER = Path(__file__).with_name("protocols")
REGIONS = Path(__file__).with_name("regions")

_KEYS = {"rule": "id", "need": "of", "target": "of", "visit": "name", "expected": "of"}


def names() -> list[str]:
    """Return the names of the protocols that can be used."""
    return [path.stem for path, changed, size in _stamps(PROTOCOLS_FOLDER) if not _is_abstract(path, changed, size)]


@lru_cache(maxsize=256)
def _is_abstract(path: Path, changed: int, size: int) -> bool:
    """Return whether a file is there to be extended only; it is read again when it has changed."""
    del changed, size
    return bool(_read(path).content.get("abstract"))


def regions() -> list[str]:
    """Return the names of the regions whose differences are shipped."""
    return [path.stem for path in sorted(REGIONS.glob("*.toml"))]


def read_protocol(name: str | Path, region: str = "") -> Protocol:
    """Return a protocol of the catalogue, or of a file, as it holds in a region.

    Parameters
    ----------
    name : str or Path
        A name of the catalogue, or the path of a ``.toml`` file, read again when it or a file beside it has changed.
    region : str, optional
        A name of `regions`; none when left out.

    Raises
    ------
    UnknownName
        When there is no such protocol or region.
    BadProtocol
        When a file cannot be used.

    Examples
    --------
    >>> read_protocol("anastrozole").components["anastrozole"].weekly_amounts
    (1.0, 1.75, 2.0, 3.5, 7.0)
    """
    if not isinstance(name, str | Path):
        raise BadProtocol(f"got {name!r} as a protocol; expected one of {', '.join(names())}, "
                          "or the path of a .toml file. Give one.")  # fmt: skip
    if str(name).endswith(".toml"):
        path = Path(name)
    else:
        key = str(name).strip().lower().replace(" ", "_").replace("-", "_")
        if key not in names():
            raise UnknownName.among("protocol", str(name), names())
        path = PROTOCOLS_FOLDER / f"{key}.toml"
    return _read_version(path, region, _stamps(path.parent))


def _stamps(folder: Path) -> tuple[tuple[Path, int, int], ...]:
    """Return when every protocol file of a folder was changed, and its size."""
    found = ((path, path.stat()) for path in sorted(folder.glob("*.toml")))
    return tuple((path, now.st_mtime_ns, now.st_size) for path, now in found)


@lru_cache(maxsize=64)
def _read_version(path: Path, region: str, stamps: tuple[tuple[Path, int, int], ...]) -> Protocol:
    """Read a protocol file, once for every state of its folder."""
    del stamps
    return load_protocol(path, region)


def load_protocol(path: Path | str, region: str = "") -> Protocol:
    """Read one protocol file with what it extends, and lay a region over it; raises as `read_protocol`."""
    if region and region not in regions():
        raise UnknownName.among("region", region, regions())
    layers = _layers(Path(path))
    merged: dict[str, Any] = {}
    for file in layers:
        merged = _merge(merged, file)
    if region:
        above = _read(REGIONS / f"{region}.toml")
        title = {"title": merged["title"]} if "title" in merged else {}
        merged = _merge(merged, above) | title | {"region_title": above.content["title"]}
    read = [str(file.path) for file in layers] + ([f"region {region}"] if region else [])
    LOG.info("read a protocol: %s", ", then ".join(read))
    return build_protocol(layers[-1], merged | {"name": Path(path).stem})


def _check_name(file: Tables) -> None:
    """Refuse a name in the file: its file's name is its name, so that no copy speaks as its original."""
    if "name" in file.content:
        raise file.refusal(
            (), "name", f"got name = {file.content['name']!r}; expected no name, for a protocol is named by its file: "
            f"{Path(file.path).stem}. Leave it out."
        )  # fmt: skip


def _read(path: Path) -> Tables:
    return Tables(path, BadProtocol, "a protocol")


def _layers(path: Path) -> list[Tables]:
    """Return what a file extends, oldest first, and the file itself."""
    found, seen = [_read(path)], {path.resolve()}
    while parent := found[0].content.get("extends"):
        file = next(
            (p for p in (path.parent / f"{parent}.toml", PROTOCOLS_FOLDER / f"{parent}.toml") if p.exists()), None
        )
        if file is None or file.resolve() in seen:
            raise found[0].refusal((), "extends", f"got extends {parent!r}; expected {' or '.join(names())}, "
                                   "or a file beside this one, and no circle. Name one.")  # fmt: skip
        seen.add(file.resolve())
        found.insert(0, _read(file))
    return found


def _merge(below: dict[str, Any], file: Tables) -> dict[str, Any]:
    """Return a protocol with a file laid over it; every table remembers its file and place."""
    _check_name(file)
    validate_file(ProtocolFile, file)
    found = dict(below)
    for key, value in file.content.items():
        if key in _KEYS:
            found[key] = _join(file, key, below.get(key, []), value)
        elif key == "insemination":
            found[key] = below.get(key, {}) | value | {"_at": (file, (key,))}
        elif key in ("component", "titration"):
            old = below.get(key, {})
            found[key] = old | {
                name: (old.get(name, {}) | one | {"_at": (file, (key, name))}) if key == "component" else one
                for name, one in value.items()
            }
        else:
            found[key] = value
    dropped = file.content.get("drop", [])
    for key, name in _KEYS.items():
        found[key] = [one for one in found.get(key, []) if one[name] not in dropped]
    found["component"] = {name: one for name, one in found.get("component", {}).items() if name not in dropped}
    return found


def _join(
    file: Tables, key: str, below: Sequence[dict[str, Any]], above: Sequence[object]
) -> list[dict[str, Any]]:  # fmt: skip
    """Return two lists of tables as one; those of the same id become one."""
    name, found = _KEYS[key], {one[_KEYS[key]]: one for one in below}
    own: dict[str, dict[str, Any]] = {}
    for number, one in enumerate(above):
        place = (key, number)
        if not isinstance(one, dict) or name not in one:
            raise file.refusal(place, "", f"got a {key} without {name!r}; expected one. Add {name} = ...")
        if one[name] in own:
            raise file.refusal(place, name, f"got {name} {one[name]!r} of two {key}s; expected each once. Rename one.")
        own[one[name]] = one
        found[one[name]] = found.get(one[name], {}) | one | {"_at": (file, place)}
    for number, one in enumerate(own.values()):
        if "before" in one:
            if one["before"] not in found:
                raise file.refusal(
                    (key, number), "before", str(UnknownName.among(f"{name} as before", one["before"], found))
                )
            found = _order(found, one[name], one["before"])
    return list(found.values())


def _order(found: dict[str, Any], moved: str, before: str) -> dict[str, Any]:
    """Return tables in order, one of them moved before another."""
    order = [name for name in found if name != moved]
    order.insert(order.index(before), moved)
    return {name: found[name] for name in order}
