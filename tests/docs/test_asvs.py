"""The list of OWASP ASVS: every chapter is there, every line is held by tests that exist, or says why it does not apply."""

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "asvs.md"
SECTIONS = (5, 4, 7, 4, 4, 8, 6, 4, 2, 7, 7, 3, 4, 3, 4, 5, 3)  # of each chapter of version 5.0
LINES = [
    [cell.strip() for cell in line.strip("|\n").split(" | ")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| V")
]
TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")


@lru_cache
def names_in(file):
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_a_line_is_held_by_tests_that_exist_or_says_why_not(line):
    _, asked, _, held = line
    tests = TEST.findall(held)
    assert asked and bool(tests) != held.startswith("does not apply"), line
    for file, name in tests:
        assert name in names_in(file), f"{file} has no {name}"


def sections_of(words):
    """Return the sections that the first cell of a line names: some, or from one to another."""
    found = [tuple(map(int, one)) for one in re.findall(r"V(\d+)\.(\d+)", words)]
    if " to " in words:
        (chapter, first), (_, last) = found
        return [(chapter, section) for section in range(first, last + 1)]
    return found


def test_every_section_is_there_once():
    found = [one for line in LINES for one in sections_of(line[0])]
    asked = [(chapter, section) for chapter, many in enumerate(SECTIONS, 1) for section in range(1, many + 1)]
    assert found == asked


def test_a_test_that_is_gone_is_found():
    assert (
        "test_that_nobody_wrote" not in names_in("service/test_access.py")
        and len(names_in("service/test_access.py")) > 20
    )
