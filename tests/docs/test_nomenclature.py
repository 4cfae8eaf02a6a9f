"""docs/nomenclature.md: every public name and every room, with one meaning each."""

import ast
import re
from pathlib import Path

import leydig as ly

ROOT = Path(__file__).parents[2]
TITLES = ("Public names", "Rooms", "Names at the doors of the rooms", "Words of the field")
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


def test_what_the_rooms_hand_out_is_complete_and_each_stands_once():
    handed = []
    for door in (ROOT / "src" / "leydig").glob("*/__init__.py"):
        for node in ast.parse(door.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                handed += [(f"`{name}`", f"`{door.parent.name}`") for name in ast.literal_eval(node.value)]
    listed = [(name, room) for name, room, _ in rows("Names at the doors of the rooms")]
    assert sorted(listed) == sorted(one for one in handed if one[0].strip("`") not in ly.__all__)


def test_no_two_words_mean_the_same():
    meanings = [row[-1] for title in TITLES for row in rows(title)]
    assert all(meanings) and len(set(meanings)) == len(meanings)


def test_no_word_stands_twice():
    """A room may be called as what it hands out (`drugs`, `analytes`), a function as its deed (replay)."""
    names = [row[0] for title in TITLES if title != "Rooms" for row in rows(title)]
    assert len(set(names)) == len(names), [one for one in names if names.count(one) > 1]
