"""How long files and functions are, and how full rooms: 400 lines, 40 lines without docstring and signature, 12 files."""

import ast
from pathlib import Path

import pytest

import leydig

SOURCE = Path(leydig.__file__).parent
LINES_OF_A_FILE, LINES_OF_A_FUNCTION, FILES_OF_A_ROOM = 400, 40, 12
CATALOGUES = ("drugs", "analytes", "evidence/studies", "protocol/protocols", "protocol/regions", "man/posterior")
ARGUED = {
    "body/axis.py:signals": "one table of what the organs tell one another at a moment; a part of it means nothing",
    "engine/kernel/march.py:march": "the inner loop: Numba inlines nothing that a call would not slow",
    "engine/step.py:lane_steps": "the body of the inner loop, written once for every lane",
    "engine/step.py:scan": "the same arithmetic in JAX, kept beside it line by line",
}


def lengths(text):
    """Yield name and number of lines of every function of a source, without its signature and docstring."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[ast.get_docstring(node) is not None :]
            yield node.name, body[-1].end_lineno - body[0].lineno + 1 if body else 0


def long_functions(most=LINES_OF_A_FUNCTION):
    return {
        f"{path.relative_to(SOURCE)}:{name}": lines
        for path in sorted(SOURCE.rglob("*.py"))
        for name, lines in lengths(path.read_text(encoding="utf-8"))
        if lines > most
    }


def test_no_file_is_longer_than_400_lines():
    paths = [*SOURCE.rglob("*.py"), *Path(__file__).parent.rglob("*.py")]
    counts = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    long = {"/".join(path.parts[-3:]): count for path, count in counts.items() if count > LINES_OF_A_FILE}
    assert len(counts) > 300
    assert not long, f"split along a seam: {long}"


def test_no_function_is_longer_than_40_lines_without_an_argument():
    assert set(long_functions()) == set(ARGUED), f"split, or argue in ARGUED: {long_functions()}"


@pytest.mark.parametrize("lines", [40, 41])
def test_a_function_is_measured_without_signature_and_docstring(lines):
    text = 'def a(\n    x,\n):\n    """Long.\n\n    Notes.\n    """\n' + "    x += 1\n" * lines
    assert list(lengths(text)) == [("a", lines)]


def files_of_rooms():
    """Return how many files each room holds beside its door, rooms inside it and entries of catalogues apart."""
    rooms = [path.parent for path in sorted(SOURCE.rglob("__init__.py")) if path.parent != SOURCE]
    return {
        name: sum(path.is_file() and path.name != "__init__.py" for path in room.iterdir())
        for room in rooms
        if (name := room.relative_to(SOURCE).as_posix()) not in CATALOGUES
    }


def test_no_room_holds_more_than_12_files():
    counts = files_of_rooms()
    assert len(counts) > 20
    full = {room: count for room, count in counts.items() if count > FILES_OF_A_ROOM}
    assert not full, f"group by what a newcomer looks for: {full}"


def test_catalogues_are_folders_and_hold_entries_alone():
    for name in CATALOGUES:
        assert not [path for path in (SOURCE / name).iterdir() if path.is_dir() and path.name != "__pycache__"], name
