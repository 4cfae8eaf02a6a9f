"""What a file of a catalogue says of itself, read without running it.

A listing needs titles, units and declared numbers. To load the equations for them would take longer than all the rest,
so the file is parsed and its plain values are read: those of the entry's class, of what the class extends, and of the
call that makes the entry. What is computed is not plain; whoever needs it loads the entry.
"""

import ast
import sys
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["as_paths", "declarations", "entry_class", "entry_facts", "entry_key", "entry_names", "entry_paths"]


def entry_key(name: object) -> str:
    """Return the name of an entry's file for a name as it is written; what is no text names none."""
    return str(name).strip().lower().replace(" ", "_").replace("-", "_")


def entry_names(package: str) -> list[str]:
    """Return the names of a catalogue's entries, as `Catalog.names` does."""
    return sorted(entry_paths(package))


def entry_paths(package: str) -> dict[str, Path]:
    """Return the files of a catalogue's entries, by name."""
    return _entry_paths(tuple((folder, folder.stat().st_mtime_ns) for folder in _folders(package)))


@lru_cache(maxsize=64)
def _entry_paths(folders: tuple[tuple[Path, int], ...]) -> dict[str, Path]:
    """Return the entries of these folders, the first folder first; looked up again when one has changed."""
    return {path.stem: path for folder, _ in reversed(folders) for path in folder.glob("[!_]*.py")}


def entry_facts(package: str, name: str) -> dict[str, Any]:
    """Return the plain values of an entry, by attribute; the arguments of a call inside are a dict of their own.

    Parameters
    ----------
    package, name : str
        Such as ``leydig.drugs`` and ``anastrozole``.
    """
    call = _entry(package, name)
    found = {}
    for part in _ancestors(*entry_class(package, name)):
        for statement in part.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
                target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
                found[ast.unparse(target)] = statement.value
    found |= {one.arg: one.value for one in call.keywords if one.arg}
    return {key: value for key, node in found.items() if (value := _literal(node)) is not None}


def entry_class(package: str, name: str) -> tuple[str, str]:
    """Return module and name of the class of which an entry is the one instance."""
    return f"{package}.{name}", ast.unparse(_entry(package, name).func)


def declarations(module: str, name: str, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every parameter of a class and of the parts that it holds, with its path and declaration.

    Parameters
    ----------
    module, name : str
        Where the class is.
    path : str
        The path of the class itself.

    Raises
    ------
    ValueError
        When a declaration is computed.
    """
    ancestors = _ancestors(module, name)
    if not ancestors:
        raise ValueError(name)
    for part in ancestors:
        for field in part.body:
            if not isinstance(field, ast.AnnAssign) or not isinstance(field.value, ast.Call):
                continue
            made_by, inside = ast.unparse(field.value.func), f"{path}.{ast.unparse(field.target)}"
            if made_by == "parameter":
                value, unit, meaning = map(ast.literal_eval, field.value.args)
                named = {one.arg: ast.literal_eval(one.value) for one in field.value.keywords if one.arg}
                yield inside, {"value": value, "unit": unit, "meaning": meaning, "cv": 0.0} | named
            elif made_by != "eqx.field":
                yield from declarations(_imports(_tree(_source(module))).get(made_by, module), made_by, inside)


def _folders(package: str) -> tuple[Path, ...]:
    """Return the folders of a catalogue; those that were appended too, once it is loaded."""
    loaded = sys.modules.get(package)
    return as_paths(tuple(loaded.__path__ if loaded else _locations(package)))


@lru_cache(maxsize=64)
def as_paths(folders: tuple[str, ...]) -> tuple[Path, ...]:
    """Return folders as paths, parsed once."""
    return tuple(map(Path, folders))


@cache
def _locations(package: str) -> tuple[str, ...]:
    """Return the folders of a catalogue that is not loaded."""
    spec = find_spec(package)
    return tuple((spec and spec.submodule_search_locations) or ())


def _source(module: str) -> Path:
    package, _, name = module.rpartition(".")
    for folder in _folders(package):
        for path in (folder / f"{name}.py", folder / name / "__init__.py"):
            if path.exists():
                return path
    raise ValueError(module)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _entry(package: str, name: str) -> ast.Call:
    """Return the call that makes an entry."""
    for statement in reversed(_tree(_source(f"{package}.{name}")).body):
        match statement:
            case ast.Assign(targets=[ast.Name(id="entry")], value=ast.Call() as call):
                return call
    raise ValueError(name)


def _ancestors(module: str, name: str) -> list[ast.ClassDef]:
    """Return a class and what it extends in this package, the furthest first."""
    tree = _tree(_source(module))
    own = next((one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == name), None)
    if own is None:
        imported = _imports(tree)
        return _ancestors(imported[name], name) if name in imported else []
    return [*(part for base in own.bases for part in _ancestors(module, ast.unparse(base))), own]


def _imports(tree: ast.Module) -> dict[str, str]:
    """Return where the names come from that a file imports from this package."""
    found = [one for one in tree.body if isinstance(one, ast.ImportFrom) and (one.module or "").startswith("leydig.")]
    return {alias.asname or alias.name: str(one.module) for one in found for alias in one.names}


def _literal(node: ast.expr) -> Any:
    """Return a value that is written out, or the plain arguments of a class's call; None of anything else."""
    if isinstance(node, ast.Call):
        if node.args or not isinstance(node.func, ast.Name):
            return None
        return {one.arg: value for one in node.keywords if (value := _literal(one.value)) is not None}
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None
