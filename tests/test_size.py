"""How long files and functions are: a file stops at 400 lines, a function at 40, its docstring and signature apart."""

import ast
from pathlib import Path

import pytest

import leydig

SOURCE = Path(leydig.__file__).parent
LINES_OF_A_FILE, LINES_OF_A_FUNCTION = 400, 40
ARGUED = {
    "body/axis.py:signals": "one table of what the organs tell one another at a moment; a part of it means nothing",
    "engine/march.py:march": "the inner loop: Numba inlines nothing that a call would not slow",
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
    counts = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCE.rglob("*.py")}
    long = {str(path.relative_to(SOURCE)): count for path, count in counts.items() if count > LINES_OF_A_FILE}
    assert len(counts) > 100
    assert not long, f"split along a seam: {long}"


def test_no_function_is_longer_than_40_lines_without_an_argument():
    assert set(long_functions()) == set(ARGUED), f"split, or argue in ARGUED: {long_functions()}"


@pytest.mark.parametrize("lines", [40, 41])
def test_a_function_is_measured_without_signature_and_docstring(lines):
    text = 'def a(\n    x,\n):\n    """Long.\n\n    Notes.\n    """\n' + "    x += 1\n" * lines
    assert list(lengths(text)) == [("a", lines)]
