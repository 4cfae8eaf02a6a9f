"""Where an annotation may say `Any`: in argued places, and no oftener than now."""

import ast
from collections import Counter

from source_trees import source_trees

CONTENT = ("dict[str, Any]", "Mapping[str, Any]")  # of a file or of a page: what a JSON or TOML reader gives
ARGUED = {  # room: how often at most, and why
    "engine": (2, "what indexes rows of NumPy, and what JAX takes for an array"),
    "plots": (1, "axes in an array of NumPy, which knows no type of them"),
    "cli": (1, "what rich hands on"),
    "evidence": (4, "SciPy and a tree of JAX say no types; equations written for JAX, read with plain arrays"),
    "checks": (26, "a door takes whatever comes and says what it is"),
    "file_model": (20, "pydantic hands on what a file holds, before it is checked"),
    "record": (17, "what a record file holds, before it is checked"),
    "exchange": (15, "libsbml's objects and jaxprs of JAX, which have no types"),
    "man": (14, "text or number, as a caller measured it"),
    "kinetics": (7, "what else a number, an array or a lane adds to itself; rows that hold None for 0"),
    "parameter": (10, "equinox's fields stand for their values"),
    "json_file": (9, "what a JSON reader gives"),
    "service": (30, "rows of SQLAlchemy, messages of ASGI, and bodies before they are checked"),
    "assessment": (7, "values of a page as JSON writes them"),
    "toml_file": (5, "what a TOML reader gives"),
    "units": (5, "pint says no types; text or number"),
    "__init__": (3, "names that are loaded when first asked for"),
    "ticks": (1, "one number of days or many, as ticks were"),
    "moments": (2, "times as a caller may write them"),
    "analyte": (1, "text or number, as a caller measured it"),
    "body": (1, "a field stands for its value"),
    "drug": (1, "a tree of parameters"),
    "drugs": (1, "a tree of parameters"),
    "entry_file": (1, "a module that is loaded by name"),
}


def times(annotation):
    """Return how often an annotation says Any, beside the contents of files."""
    text = ast.unparse(annotation)
    for content in CONTENT:
        text = text.replace(content, "dict")
    return sum(isinstance(node, ast.Name) and node.id == "Any" for node in ast.walk(ast.parse(text)))


def annotations(tree):
    """Yield every annotation of a source, and every type that is named."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
            yield from (one.annotation for one in every if one is not None and one.annotation is not None)
            yield from filter(None, [node.returns])
        elif isinstance(node, ast.AnnAssign):
            yield node.annotation
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript | ast.BinOp):
            yield node.value


def by_room():
    """Return how often each room says Any."""
    found = Counter()
    for name, tree in source_trees():
        room = name.partition("/")[0].removesuffix(".py")
        found[room] += sum(map(times, annotations(tree)))
    return +found


def test_any_stands_in_argued_places_alone():
    found = by_room()
    assert not {room: count for room, count in found.items() if count > ARGUED.get(room, (0, ""))[0]}


def test_an_any_is_seen_wherever_an_annotation_holds_it():
    text = "def f(a: Any, *b: list[Any], c: dict[str, Any] = {}, **d: int) -> tuple[Any, Any]:\n    e: Any = 1\nG = list[Any]\n"
    assert sum(map(times, annotations(ast.parse(text)))) == 6
