"""The list of files in `conftest` names files that are there: a renamed one would run last without a word."""

from collections import Counter
from pathlib import Path

import conftest

FILES = Counter(path.stem for path in Path(__file__).parent.rglob("test_*.py"))


def test_every_file_of_the_list_is_there_once():
    assert {one: FILES[one] for one in conftest.LONG} == dict.fromkeys(conftest.LONG, 1)
    assert len(set(conftest.LONG)) == len(conftest.LONG)
