"""The lists of files in `conftest` name files that are there: a renamed one would run last, or unseen, without a word."""

from collections import Counter
from pathlib import Path

import conftest
import pytest

FILES = Counter(path.stem for path in Path(__file__).parent.rglob("test_*.py"))


@pytest.mark.parametrize("name", ["LONG", "UNSEEN"])
def test_every_file_of_a_list_is_there_once(name):
    listed = getattr(conftest, name)
    assert {one: FILES[one] for one in listed} == dict.fromkeys(listed, 1)
    assert len(set(listed)) == len(listed)
