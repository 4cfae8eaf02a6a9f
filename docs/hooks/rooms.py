"""Pages of the rooms of `leydig`: their docstrings, read from the text without importing it."""

from pathlib import Path

import griffe
from text import table

__all__ = ["room_pages"]

SOURCE = Path(__file__).parents[2] / "src"
CATALOGUES = ("drugs", "analytes")  # their files are entries, with pages of their own


def room_pages() -> dict[str, str]:
    """Return the page of public names and one for each room, by address."""
    package = griffe.load("leydig", search_paths=[SOURCE], docstring_parser="numpy")
    rooms = {one.name: one for one in _modules(package) if one.is_init_module and one.name not in CATALOGUES}
    single = [one for one in _modules(package) if not one.is_init_module and not one.name.startswith("_")]
    pages = {f"rooms/{name}.md": _room(one) for name, one in rooms.items()}
    beside = "\n".join(f"::: {one.path}\n" for one in single)
    return (
        {"rooms/index.md": _public(package, list(rooms.values()))}
        | pages
        | {"rooms/single_files.md": f"# Files beside the rooms\n\n{beside}"}
    )


def _public(package: griffe.Module, rooms: list[griffe.Module]) -> str:
    names = table(_name(package, name) for name in package.exports or ())
    listed = table({"room": f"[`{one.name}`]({one.name}.md)", "what it holds": _first(one)} for one in rooms)
    return f"# Python\n\n## Public names\n\n`import leydig as ly`, then `ly.NAME`.\n\n{names}\n## Rooms\n\n{listed}"


def _name(package: griffe.Module, name: str) -> dict[str, str]:
    if name in CATALOGUES:
        return {"name": f"[`{name}`](../{name}/index.md)", "what it is": f"The catalogue of {name}."}
    found = package[name].final_target
    return {"name": f"[`{name}`][{found.path}]", "what it is": _first(found)}


def _room(room: griffe.Module) -> str:
    modules = [one for one in _inside(room) if one.exports]
    parts = "\n".join(f"::: {one.path}\n" for one in modules)
    return f"# {room.name}\n\n{room.docstring.value if room.docstring else ''}\n\n{parts}"


def _modules(room: griffe.Module) -> list[griffe.Module]:
    """Return what stands in a folder, by name; not what it imports."""
    return [one for _, one in sorted(room.members.items()) if not one.is_alias and one.is_module]


def _inside(room: griffe.Module) -> list[griffe.Module]:
    """Return the files of a room and of the rooms inside it, those that only gather names left out."""
    found = []
    for one in _modules(room):
        found += _inside(one) if one.is_init_module else [one]
    return found


def _first(one: griffe.Object) -> str:
    """Return the first sentence of a docstring, whose marks of code stay as they are."""
    return " ".join(one.docstring.value.split("\n\n")[0].split()).replace("|", "\\|") if one.docstring else ""
