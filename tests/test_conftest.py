"""The list of files in `conftest` names files that are there: a renamed one would run last without a word."""

import ast
from collections import Counter
from pathlib import Path

LONG = next(
    ast.literal_eval(node.value)
    for node in ast.parse(Path(__file__).with_name("conftest.py").read_text(encoding="utf-8")).body
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "LONG"
)  # read, for a room's own conftest has the same name
FILES = Counter(path.stem for path in Path(__file__).parent.rglob("test_*.py"))


def test_every_file_of_the_list_is_there_once():
    assert {one: FILES[one] for one in LONG} == dict.fromkeys(LONG, 1)
    assert len(set(LONG)) == len(LONG)


def test_no_two_files_of_tests_have_one_name():
    assert {name for name, count in FILES.items() if count > 1} == set()
