"""docs/nomenclature.md: every public name and every room, with one meaning each."""

import re
from pathlib import Path

import leydig as ly

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "nomenclature.md").read_text(encoding="utf-8")


def rows(title):
    part = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.S | re.M)[1]
    return [tuple(cell.strip() for cell in line.strip("| ").split(" | ")) for line in part.splitlines()
            if line.startswith("| ") and not line.startswith(("| name", "| room", "| word"))]  # fmt: skip


def test_public_names_are_complete_and_each_stands_once():
    assert sorted(name.strip("`") for name, _ in rows("Public names")) == sorted(ly.__all__)


def test_rooms_are_complete_and_each_stands_once():
    folders = (ROOT / "src" / "leydig").iterdir()
    rooms = sorted(folder.name for folder in folders if (folder / "__init__.py").exists())
    assert sorted(room.strip("`") for room, _ in rows("Rooms")) == rooms


def test_no_two_words_mean_the_same():
    meanings = [meaning for title in ("Public names", "Rooms", "Words of the field") for _, meaning in rows(title)]
    assert all(meanings) and len(set(meanings)) == len(meanings)
