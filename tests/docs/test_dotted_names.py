"""A place in the source that a text names is there (`leydig.engine.trace.printer`), in docstrings, pages and tests."""

import ast
import re
from pathlib import Path

import pytest

import leydig

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "leydig"
FOLDERS = ("src", "docs", "tests", "benchmarks")
PAST = "decisions"  # pages that say what was, and are never edited


def texts():
    """Yield every text that names places, by its path."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.*")):
            if path.suffix in (".py", ".md") and PAST not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    for page in ("CONTRIBUTING.md", "README.md"):
        yield page, (ROOT / page).read_text(encoding="utf-8")


def names_in(body):
    """Return what a module or a class defines or imports, by name."""
    found = {}
    for node in body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {one.id: node for one in targets if isinstance(one, ast.Name)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {one.asname or one.name: node for one in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
    return found


def is_there(name):
    """Return whether a dotted name is a folder or file of the source, or something in a file or in its classes."""
    place, parts = SOURCE, name.split(".")[1:]
    while parts and (place / parts[0]).is_dir():
        place /= parts.pop(0)
    file = place / f"{parts[0]}.py" if parts else place
    if parts and file.exists():
        parts.pop(0)
    elif parts:
        file = place / "__init__.py"
    if parts and file == SOURCE / "__init__.py":
        return parts[0] in leydig.__all__
    body = ast.parse(file.read_text(encoding="utf-8")).body if parts else []
    for part in parts:
        node = names_in(body).get(part)
        if node is None:
            return False
        body = getattr(node, "body", [])
    return True


def test_every_dotted_name_is_there():
    named = {(path, name) for path, text in texts() for name in re.findall(r"`(leydig(?:\.\w+)+)`", text)}
    there = {name: is_there(name) for name in {name for _, name in named}}
    assert len(there) > 50
    assert sorted(one for one in named if not there[one[1]]) == []


@pytest.mark.parametrize(
    ("name", "there"),
    [("leydig.engine.trace.printer", True), ("leydig.drug.Delivery.rate", True), ("leydig.engine.trace.printers", False),
     ("leydig.drug.Delivery.speed", False), ("leydig.simulate", True), ("leydig.imitate", False),
     ("leydig.engine", True), ("leydig.engine.Cohort", True), ("leydig.engine.Crowd", False)],
)  # fmt: skip
def test_a_name_is_there_or_not(name, there):
    assert is_there(name) is there
