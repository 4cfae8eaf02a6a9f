"""How many small changes of protocols, regions and the code that reads them pass the tests: ``make mutate``.

    python -m tests.assessment.mutate --n 200 --seed 1

Half of the changes are drawn from the files of protocols and regions, where no kept tool knows what a limit, a verb or a
window is; the other half from the Python of `leydig.protocol` and `leydig.assessment`. ``--rooms regimen record`` draws from the
Python of those rooms instead. Mutmut and cosmic-ray start a new interpreter for every change
and know nothing of TOML; here each change is written into a copy of the source, a forked process reads it, and the tests that
speak of the changed rule run first. A change that no test notices is listed; docs/mutation.md says of those that change
nothing a man or a clinician could see why that is so. The same number and seed draw the same changes.
"""

import argparse
import ast
import copy
import importlib
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path("src/leydig")
ROOMS = ("protocol", "assessment")  # whose tests are QUICK and REST
OTHERS = {
    "regimen": ["tests/regimen"],
    "record": ["tests/record", "tests/assessment/test_quantities.py"],
}  # what tests a room
BROKEN = 99  # exit code where the tests could not be run at all
SECONDS = 150  # of processor time, after which a change that no test ends counts as noticed: it hangs
PROTOCOLS = (SOURCE / "protocol/protocols", SOURCE / "protocol/regions")
QUICK = ["tests/assessment/test_limit_table.py", "tests/protocol/test_plans.py", "tests/assessment/test_cases.py"]
REST = ["tests/assessment", "tests/protocol", "tests/cli/test_schema.py", *(f"--ignore={path}" for path in QUICK)]
SLOW = ("test_brief", "test_assess", "test_lint", "test_ladders")  # last, in this order
HEAVY = ("numpy", "jax", "jax.numpy", "pint")  # read once, before any change
VERBS = ("step up", "step down", "hold", "restart", "start", "stop")


@dataclass(frozen=True)
class Change:
    """One change: the file, its new text, what it is in words, and the word that its tests mention."""

    path: Path
    text: str
    words: str
    hint: str


# Protocols and regions ------------------------------------------------------------------------------------------------


def _moved(number: str, rng: random.Random) -> str:
    """Return a number a little up or down: a whole one in a score or a day by one, any other by 2 to 10 %."""
    value = float(number)
    if value == int(value) and abs(value) < 10 and "." not in number:
        return f"{int(value) + rng.choice((-1, 1))}"
    moved = value * rng.choice((0.9, 0.98, 1.02, 1.1))
    return f"{moved:.6g}" if "." in number or abs(value) < 50 else f"{round(moved)}"


def _swap(table: dict[str, tuple[str, ...]]) -> Callable[[re.Match[str], random.Random], str]:
    return lambda match, rng: match[0].replace(match[1], rng.choice(table[match[1]]), 1)


def _number(match: re.Match[str], rng: random.Random) -> str:
    return match[0][: match.start(1) - match.start()] + _moved(match[1], rng) + match[0][match.end(1) - match.start() :]


def _verb(match: re.Match[str], rng: random.Random) -> str:
    verb = max((verb for verb in VERBS if match[1].startswith(f"{verb} ")), key=len, default="")
    if verb:
        return match[0].replace(verb, rng.choice([other for other in VERBS if other != verb]), 1)
    others = [one for one in ("continue", "refer", "request labs", "stop all") if one != match[1]]
    return match[0].replace(match[1], rng.choice(others), 1)


def _without_one(match: re.Match[str], rng: random.Random) -> str:
    """Return a list without one of its texts."""
    texts = re.findall(r'"[^"]*"', match[1])
    texts.remove(rng.choice(texts))
    return match[0].replace(match[1], ", ".join(texts), 1)


def _constant(text: str) -> Callable[[re.Match[str], random.Random], str]:
    return lambda match, rng: text


BOUNDS = {"below": ("at_most", "above"), "above": ("at_least", "below"), "at_least": ("above", "at_most"),
          "at_most": ("below", "at_least")}  # fmt: skip
OTHER = {"true": ("false",), "false": ("true",), "info": ("warning",), "warning": ("critical", "info"),
         "critical": ("warning",), "up": ("down",), "down": ("up",), "start": ("change",), "change": ("start",)}  # fmt: skip
KINDS: tuple[tuple[str, str, Callable[[re.Match[str], random.Random], str]], ...] = (
    ("limit", r"(?:below|above|at_least|at_most) = (-?[\d.]+)", _number),
    ("direction", r"\b(below|above|at_least|at_most) = ", _swap(BOUNDS)),
    ("action", r'^then = "([^"]+)"', _verb),
    ("blocks", r'^(?:blocks|implies|drop) = \[("[^\]]*)\]', _without_one),
    ("answer", r"\b(?:is|known|required|morning) = (true|false)", _swap(OTHER)),
    ("severity", r'^severity = "(\w+)"', _swap(OTHER)),
    ("baseline", r', at = "baseline"', _constant("")),
    ("laboratory", r", laboratory = \d", _constant("")),
    ("times", r"\b(?:times|laboratory|apart|within) = (\d+)", _number),
    ("window", r"^(?:day|opens|closes|overdue|valid_after|stale_after|minimum|begin|ceiling|reduce) = ([\d.]+)", _number),
    ("one rung", r"(?:estradiol|testosterone) = ([\d.]+)", _number),
    ("dose", r'"\w+ ([\d.]+) (?:mg|ug) [^"]*"', _number),
    ("goes", r'^(?:goes|after) = "(\w+)"', _swap(OTHER)),
    ("condition", r"\{ of = [^{}]* \}, (?=\{)|, \{ of = [^{}]* \}(?= ?\])", _constant("")),
)  # fmt: skip


def blocks(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Yield first line, end and name of every table of a file."""
    starts = [place for place, line in enumerate(lines) if line.startswith("[")]
    for first, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        name = re.search(r'^(?:id|of|name) = "([^"]+)"', "\n".join(lines[first:end]), re.MULTILINE)
        yield first, end, name[1] if name else lines[first].strip("[]")


def of_files(root: Path) -> list[tuple[Path, str, int, int, Any, str]]:
    """Return every place of protocols and regions that can be changed: file, kind, lines, match and name."""
    sites: list[tuple[Path, str, int, int, Any, str]] = []
    for path in sorted(path for folder in PROTOCOLS for path in (root / folder).glob("*.toml")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for first, end, name in blocks(lines):
            if lines[first] == "[[rule]]":
                sites += [(path, "rule removed", first, end, None, name)] * 3
            for number in range(first, end):
                if not re.match(r"(plain|clinical|academic|title|source|certainty|why) = ", lines[number]):
                    sites += [(path, kind, number, end, (found, change), name) for kind, pattern, change in KINDS
                              for found in re.finditer(pattern, lines[number])]  # fmt: skip
    return sites


def file_change(site: tuple[Path, str, int, int, Any, str], rng: random.Random) -> Change:
    """Return a change of a protocol or region at one place."""
    path, kind, first, end, what, name = site
    lines = path.read_text(encoding="utf-8").splitlines()
    where = f"{path.name}, {name}: "
    if what is None:
        return Change(path, "\n".join(lines[:first] + lines[end:]) + "\n", where + "rule removed", name)
    found, change = what
    new = change(found, rng)
    lines[first] = lines[first][: found.start()] + new + lines[first][found.end() :]
    return Change(path, "\n".join(lines) + "\n", f"{where}{kind}, {found[0].strip(', ')} -> {new or 'nothing'}", name)


# Python ---------------------------------------------------------------------------------------------------------------

COMPARED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
            ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}  # fmt: skip


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield nodes in order, without decorators (a cache changes no answer), annotations and what is exported."""
    for name, value in ast.iter_fields(tree):
        if name in ("decorator_list", "annotation", "returns"):
            continue
        for one in value if isinstance(value, list) else [value]:
            exported = isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "__all__"
            if isinstance(one, ast.AST) and not exported:
                yield one
                yield from _nodes(one)


def _changed(node: ast.AST, rng: random.Random) -> bool:
    """Change one node in place; False where there is nothing to change."""
    if isinstance(node, ast.Compare):
        node.ops[0] = COMPARED[type(node.ops[0])]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        node.value = not node.value
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        node.value = (
            node.value + rng.choice((-1, 1))
            if isinstance(node.value, int)
            else node.value * rng.choice((0.9, 1.1)) or 0.1
        )
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)
    elif isinstance(node, ast.Return) and node.value is not None and ast.unparse(node.value) != "None":
        node.value = ast.Constant(None)
    else:
        return False
    return True


def of_python(root: Path, rooms: tuple[str, ...]) -> list[tuple[Path, int]]:
    """Return every place of the Python of some rooms that can be changed: the file, and which of its nodes."""
    return [(path, place) for path in sorted(file for room in rooms for file in (root / SOURCE / room).rglob("*.py"))
            for place, node in enumerate(_nodes(ast.parse(path.read_text(encoding="utf-8"))))
            if _changed(copy.deepcopy(node), random.Random(0))]  # fmt: skip


def python_change(site: tuple[Path, int], rng: random.Random) -> Change:
    """Return a change of the Python at one place."""
    path, place = site
    tree = ast.parse(path.read_text(encoding="utf-8"))
    node: Any = list(_nodes(tree))[place]
    before = ast.unparse(node)
    _changed(node, rng)
    words = f"{path.name}, line {node.lineno}: {before[:70]} -> {ast.unparse(node)[:70]}"
    hint = "lint" if path.parent.name == "lint" else path.stem
    return Change(path, ast.unparse(tree), " ".join(words.split()), hint)


def drawn(root: Path, n: int, seed: int, rooms: tuple[str, ...]) -> list[Change]:
    """Return changes by number and seed, none twice: half of files where rooms have some that protocols are, else Python."""
    rng = random.Random(seed)
    files, code = of_files(root) if "protocol" in rooms else [], of_python(root, rooms)
    found: dict[str, Change] = {}
    while len(found) < n:
        of_file = bool(files) and len(found) % 2 == 0
        one = file_change(rng.choice(files), rng) if of_file else python_change(rng.choice(code), rng)
        if one.text != one.path.read_text(encoding="utf-8"):
            found.setdefault(one.words, one)
    return list(found.values())


# Running --------------------------------------------------------------------------------------------------------------


class _Order:
    """The tests that speak of the changed rule or module first, or alone; the slow ones last."""

    def __init__(self, hint: str, alone: bool) -> None:
        self.hint, self.alone = hint.lower(), alone

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Sort what was collected."""
        items.sort(key=lambda one: (self.hint not in one.nodeid.lower(), [name in one.nodeid for name in SLOW]))
        if self.alone:
            items[:] = [one for one in items if self.hint in one.nodeid.lower()]


def _child(copied: Path, change: Change, log: Path) -> None:
    """Run the tests against a changed copy, the quickest first, and end this process with their exit code."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    with log.open("w") as stream:
        os.dup2(stream.fileno(), 1), os.dup2(stream.fileno(), 2)
        sys.path.insert(0, str(copied / "src"))
        os.chdir(ROOT)
        room = change.path.relative_to(ROOT / SOURCE).parts[0]
        named = REST if change.path.suffix == ".py" else QUICK[:2]
        rounds = ((named, True), (QUICK, False), (REST, False)) if room in ROOMS else ((OTHERS[room], False),)
        for tests, alone in rounds:
            code = pytest.main(["-x", "-q", "--no-header", "--tb=line", *tests], plugins=[_Order(change.hint, alone)])
            assert Path(importlib.import_module("leydig").__file__ or "").is_relative_to(copied)
            if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
                break
    os._exit(int(code))


def _guarded(copied: Path, change: Change, log: Path) -> None:
    """Run the tests in a forked process; it never comes back."""
    try:
        _child(copied, change, log)
    finally:
        traceback.print_exc(file=log.open("a"))
        os._exit(BROKEN)


def run(changes: list[Change], jobs: int, said: Callable[[str], None]) -> list[Change]:
    """Return the changes that no test noticed."""
    waiting, running, survived = list(changes)[::-1], {}, []  # type: ignore[var-annotated]
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder, str(number)) for number in range(jobs)]
        for place in places:
            shutil.copytree(ROOT / "src", place / "src")
        while waiting or running:
            while waiting and places:
                place, one = places.pop(), waiting.pop()
                (place / one.path.relative_to(ROOT)).write_text(one.text, encoding="utf-8")
                pid = os.fork()
                if not pid:
                    _guarded(place, one, place / "log")
                running[pid] = (place, one, time.monotonic())
            pid, status, used = os.wait4(-1, 0)
            place, one, _ = running.pop(pid)
            shutil.copy2(one.path, place / one.path.relative_to(ROOT))
            places.append(place)
            code = os.waitstatus_to_exitcode(status)
            if code == BROKEN:
                raise SystemExit((place / "log").read_text())
            verdict = "SURVIVED" if code == 0 else "timed out" if code == -signal.SIGXCPU else "noticed"
            survived += [one] if code == 0 else []
            by = re.search(r"FAILED \S+::(\S+)|ERROR (\S+)", (place / "log").read_text(errors="replace"))
            said(f"{verdict:9} {used.ru_utime + used.ru_stime:4.0f} s  {one.words}  {by[0][:90] if by else code}")
    return survived


def main() -> None:
    """Draw, run and list."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.assessment.mutate", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, choices=(1, 2), default=2)
    parser.add_argument(
        "--rooms",
        nargs="+",
        default=list(ROOMS),
        choices=(*ROOMS, *OTHERS),
        help="rooms of the package that are changed",
    )
    parser.add_argument("--grep", default="", help="only changes whose words hold this text")
    given = parser.parse_args()
    changes = [one for one in drawn(ROOT, given.n, given.seed, tuple(given.rooms)) if given.grep in one.words]
    for name in HEAVY:
        importlib.import_module(name)
    nothing = Change(changes[0].path, changes[0].path.read_text(encoding="utf-8"), "nothing is changed", "")
    if not run([nothing], 1, lambda text: print(text, flush=True)):
        raise SystemExit(
            "got a failing test without any change; expected that all tests of the rooms pass. Mend them first."
        )
    survived = run(changes, given.jobs, lambda text: print(text, flush=True))
    print(f"\n{len(survived)} of {len(changes)} survived (seed {given.seed}):")
    for one in survived:
        print(f"  {one.words}")


if __name__ == "__main__":
    main()
