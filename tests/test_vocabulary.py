"""One word, one meaning: no public name in two modules, and no participle as the name of a class, function or method."""

import ast
import re
from collections import defaultdict
from pathlib import Path

SOURCES = Path(__file__).parents[1] / "src" / "leydig"
COMMANDS = "cli"  # a command is called as the function behind it
SHARED = {
    "march": "the engine's door to the inner loop, whose text is printed into every kernel",
    "app": "the program, handed on by the file that adds the commands",
    "main": "the demonstration is a program of its own",
    "reference": "the adaptive solution, and the table of reference ranges: both are called so in their field",
}
FROM_OTHER_FILES = {
    "CONTINUOUS",
    "DAILY",
    "ONCE",
    "Repeat",
    "SEVERITIES",
    "bars",
}  # handed on, not made again
PARTICIPLE = re.compile(
    r"^(made|kept|found|grown|known|held|seen|shown|taken|drawn|brought|felt|sent|told|written|meant|begun|done|met|lost|some"
    r"|under|place|luck|\w{3,}ed)$"
)
TERMS = {
    "need", "needed", "seed", "speed", "embed", "feed",  # no participles
    "NotSolved", "Stored", "Compensated", "Place",  # the field's words, and public ones
}  # fmt: skip


def _trees():
    for path in SOURCES.rglob("*.py"):
        yield path.relative_to(SOURCES).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def test_no_public_name_stands_in_two_modules():
    where = defaultdict(set)
    for name, tree in _trees():
        room = name.split("/")[0]
        if name.endswith("__init__.py") or room == COMMANDS:
            continue
        defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        for node in tree.body:
            if isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                defined |= {one.id for one in targets if isinstance(one, ast.Name)}
        for node in tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                for one in ast.literal_eval(node.value):
                    if one in defined:
                        where[one].add(name)
    twice = {one: sorted(files) for one, files in where.items() if len(files) > 1 and one not in SHARED}
    assert not twice


def test_classes_and_functions_are_nouns_or_imperatives():
    wrong = [
        f"{name}: {node.name}"
        for name, tree in _trees()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if PARTICIPLE.match(node.name.lower()) and node.name not in TERMS and not node.name.startswith("is_")
    ]
    assert not wrong


METHOD_TERMS = {"compounding"}  # what a pharmacy does, a noun


def test_methods_and_properties_are_nouns_or_imperatives():
    """The last word of a name says what it is: `fsh_release`, not `fsh_released`."""
    wrong = [
        f"{name}: {owner.name}.{node.name}"
        for name, tree in _trees()
        for owner in ast.walk(tree)
        if isinstance(owner, ast.ClassDef)
        for node in owner.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith(("_", "is_"))
        if (word := node.name.rsplit("_", 1)[-1]) not in TERMS | METHOD_TERMS
        if PARTICIPLE.match(word) or re.fullmatch(r"given|built|bound|\w{3,}ing", word)
    ]
    assert not wrong
