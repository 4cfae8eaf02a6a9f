"""Honesty: no bare numbers in equations, no assumption without a reason, no peeking at held-out studies."""

import ast
import tomllib
from pathlib import Path

import pytest

import leydig
from leydig.body import Body
from leydig.drugs import DRUGS
from leydig.man.imputation import Expectation
from leydig.man.phenotypes import KINDS
from leydig.parameter import parameters
from leydig.source import read_sources

SOURCES = Path(leydig.__file__).parent
EQUATIONS = [
    *sorted((SOURCES / "body").glob("*.py")),
    *sorted((SOURCES / "drugs").glob("*.py")),
    SOURCES / "man" / "healthy.py",
    SOURCES / "man" / "imputation.py",
    SOURCES / "man" / "phenotypes.py",
    SOURCES / "man" / "deviates.py",
]
DECLARES = {"parameter", "Label", "Sample"}  # calls whose numbers carry a source
STRUCTURAL = {0.0, 0.5, 1.0, 2.0}
ALL_PARAMETERS = [
    (path, declaration)
    for root, part in (
        ("body", Body()),
        ("expect", Expectation()),
        *((f"drugs.{n}", d) for n, d in DRUGS.items()),
        *((f"kinds.{n}", kind()) for n, kind in KINDS.items()),
    )
    for path, declaration, _ in parameters(part, root)
]
STUDIES = sorted((SOURCES / "evidence" / "studies").glob("*.toml"))


def is_power_of_ten(number):
    return number > 0 and f"{float(number):e}".startswith("1.000000e") and float(f"{number:.0e}") == number


class BareNumbers(ast.NodeVisitor):
    """Collects the numbers that stand in code without a declaration."""

    def __init__(self):
        self.found = []
        self.in_function = False

    def visit_Call(self, node):
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in DECLARES:
            self.generic_visit(node)

    def visit_Subscript(self, node):
        self.visit(node.value)  # an index is structure

    def visit_FunctionDef(self, node):
        before, self.in_function = self.in_function, True
        self.generic_visit(node)
        self.in_function = before

    def visit_Assign(self, node):
        if self.in_function:
            self.generic_visit(node)  # constants of a module or a class are named

    visit_AnnAssign = visit_Assign

    def visit_Constant(self, node):
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            if node.value not in STRUCTURAL and not is_power_of_ten(node.value):
                self.found.append((node.lineno, node.value))


def bare_numbers(text):
    visitor = BareNumbers()
    visitor.visit(ast.parse(text))
    return visitor.found


@pytest.mark.parametrize("path", EQUATIONS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_bare_number_in_an_equation(path):
    found = [f"{path.name}:{line}: {value}" for line, value in bare_numbers(path.read_text(encoding="utf-8"))]
    assert not found, "declare these with parameter(...):\n" + "\n".join(found)


def test_the_search_sees_a_bare_number_and_spares_the_rest():
    text = (
        "SIZE = 7\n"
        "class Organ:\n"
        "    speed: float = parameter(3.3, within=(1.7, 9.9))\n"
        "    def rate(self, x=1.7):\n"
        "        y = 42.0 * x[3] + 2 * 1000.0 * 1e-6\n"
        "        return y ** 3\n"
    )
    assert bare_numbers(text) == [(4, 1.7), (5, 42.0), (6, 3)]


def test_every_assumed_number_says_why():
    assumed = [(path, one.source) for path, one in ALL_PARAMETERS if one.basis == "assumed"]
    assert assumed
    wrong = [path for path, source in assumed if not source.startswith("assumed: ") or len(source.split()) < 5]
    assert not wrong


def test_every_fitted_number_names_its_calibration():
    fitted = [(path, one.source) for path, one in ALL_PARAMETERS if one.basis == "fitted"]
    assert fitted
    assert not [path for path, source in fitted if "calibration:" not in source]


def test_no_number_calls_an_assumption_measured():
    for path, one in ALL_PARAMETERS:
        kinds = {source.kind for source in read_sources(one.source)}
        assert ("assumed" in kinds) == (one.basis == "assumed"), path


def identities(line):
    """Return what identifies each source of a line, apart from its note."""
    return {(one.kind, one.locator.lower()) for one in read_sources(line) if one.kind not in ("assumed", "calibration")}


def held_out():
    studies = [tomllib.loads(path.read_text(encoding="utf-8")) for path in STUDIES]
    return {study["id"]: study["source"] for study in studies if study["role"] == "held-out"}


@pytest.mark.skipif(not STUDIES, reason="no studies are shipped")
def test_no_held_out_study_is_the_source_of_a_parameter():
    used = {}
    for path, one in ALL_PARAMETERS:
        for identity in identities(one.source):
            used.setdefault(identity, []).append(path)
    clashes = {
        study: [path for identity in identities(line) for path in used.get(identity, [])]
        for study, line in held_out().items()
    }
    clashes = {study: paths for study, paths in clashes.items() if paths}
    assert not clashes, f"held-out studies that set parameters: {clashes}"


@pytest.mark.skipif(not STUDIES, reason="no studies are shipped")
def test_some_studies_are_held_out():
    assert held_out()
