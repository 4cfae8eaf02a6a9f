"""What `leydig list` lists: read from the files, and loaded only where a file does not say it plainly."""

import datetime as dt
import tomllib
from collections.abc import Callable
from functools import reduce
from importlib import import_module
from operator import attrgetter, getitem
from pathlib import Path
from typing import Any

from leydig.entry_file import declarations, entry_class, entry_facts, entry_names
from leydig.errors import UnknownName

__all__ = ["parameter_rows", "rows_of"]

Rows = list[dict[str, Any]]
_PROTOCOL = Path(__file__).parents[2] / "protocol"


def rows_of(kind: str) -> Rows:
    """Return the rows of one listing.

    Raises
    ------
    UnknownName
        When there is no such listing.
    """
    if kind not in _LISTINGS:
        raise UnknownName.among("listing", kind, _LISTINGS)
    return _LISTINGS[kind]()


def parameter_rows(path: str, part: object) -> Rows:
    """Return one row for each parameter of an organ, a drug or a body that is loaded."""
    from leydig.parameter import parameters

    return [
        {"path": name, "value": one.value, "unit": one.unit, "meaning": one.meaning, "within": list(one.within),
         "cv": one.cv, "basis": one.basis, "source": one.source}
        for name, one, _ in parameters(part, path)
    ]  # fmt: skip


def _catalog(package: str, **fields: str) -> Rows:
    """Return one row for each entry, with fields by the path of an attribute."""
    return [{"name": name} | _entry(package, name, fields) for name in entry_names(package)]


def _entry(package: str, name: str, fields: dict[str, str]) -> dict[str, Any]:
    facts = entry_facts(package, name)
    try:
        return {key: reduce(getitem, path.split("."), facts) for key, path in fields.items()}
    except KeyError:  # computed: not in the text of the file
        entry = import_module(f"{package}.{name}").entry
        return {key: attrgetter(path)(entry) for key, path in fields.items()}


def _parameters() -> Rows:
    drugs = [(*entry_class("leydig.drugs", name), f"drugs.{name}") for name in entry_names("leydig.drugs")]
    body = (("leydig.body.axis", "Body", "body"), ("leydig.pulses.generator", "Pulses", "pulses"))
    return [row for part in (*body, *drugs) for row in _declarations(*part)]


def _declarations(module: str, name: str, path: str) -> Rows:
    """Return the parameters of one class."""
    keys = ("value", "unit", "meaning", "within", "cv", "basis", "source")
    try:
        found = [(inside, one | {"within": list(one["within"])}) for inside, one in declarations(module, name, path)]
    except ValueError:  # computed: not in the text of the file
        return parameter_rows(path, getattr(import_module(module), name)())
    return [{"path": inside} | {key: one[key] for key in keys} for inside, one in found]


def _protocols() -> Rows:
    files = (_PROTOCOL / "protocols").glob("*.toml")
    contents = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(files)}
    return [
        {"name": name, "version": one["version"], "drugs": ", ".join(_components(one, contents)), "title": one["title"]}
        for name, one in contents.items()
        if not one.get("abstract")
    ]


def _components(protocol: dict[str, Any], contents: dict[str, Any]) -> list[str]:
    """Return the drugs of a protocol: those of what it extends and its own, without what it drops."""
    below = _components(contents[protocol["extends"]], contents) if "extends" in protocol else []
    names = dict.fromkeys([*below, *protocol.get("component", {})])
    return [name for name in names if name not in protocol.get("drop", [])]


def _regions() -> Rows:
    return [{"name": path.stem} for path in sorted((_PROTOCOL / "regions").glob("*.toml"))]


def _terms() -> Rows:
    return [
        dict(one)
        for one in tomllib.loads((_PROTOCOL.parent / "reports" / "glossary.toml").read_text(encoding="utf-8"))["term"]
    ]


def _works() -> Rows:
    """Return the registry of works, what is overdue on this day marked."""
    read = tomllib.loads((_PROTOCOL / "works.toml").read_text(encoding="utf-8"))["work"]
    return [
        {"name": one["cite"], "status": one["status"], "where": one.get("where", ""), "brief": one.get("row", ""),
         "checked": one["checked"].isoformat(), "review": one["review"].isoformat(),
         "overdue": "overdue" if dt.date.today() > one["review"] else "", "note": one.get("note", "")}
        for one in read
    ]  # fmt: skip


_LISTINGS: dict[str, Callable[[], Rows]] = {
    "drugs": lambda: _catalog("leydig.drugs", kind="kind", unit="unit", label="label.indication"),
    "analytes": lambda: _catalog("leydig.analytes", us="us", si="si", loinc="loinc", title="title"),
    "parameters": _parameters,
    "protocols": _protocols,
    "regions": _regions,
    "terms": _terms,
    "works": _works,
}
