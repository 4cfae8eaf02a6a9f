"""Optional libraries are imported in one way, under the extra that installs them, and a missing one is one line."""

import ast
import re
import tomllib
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

from leydig.errors import MissingExtra
from leydig.extras import extra

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "leydig"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NOT_IN_THE_WHEEL = {"dev", "bench"}  # extras that no code of the package needs


def _plain(requirement: str) -> str:
    """Return the normalized name of what a requirement asks for."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def _distributions(name: str) -> set[str]:
    """Return what an extra installs by name, and what the extras do that it holds."""
    found = set()
    for requirement in PROJECT["optional-dependencies"][name]:
        inner = re.match(r"leydig\[(.+)\]", requirement)
        for part in inner[1].split(",") if inner else []:
            found |= _distributions(part)
        found |= set() if inner else {_plain(requirement)}
    return found


EXTRAS = {name: _distributions(name) for name in PROJECT["optional-dependencies"] if name not in NOT_IN_THE_WHEEL}


@cache
def _installed() -> dict[str, set[str]]:
    """Return what each library that is here was installed by."""
    return {library: {_plain(one) for one in names} for library, names in packages_distributions().items()}


@cache
def _base() -> frozenset[str]:
    """Return what the base installs: its dependencies and theirs."""
    installed = set().union(*_installed().values())
    found, rest = set(), {_plain(one) for one in PROJECT["dependencies"]}
    while rest:
        name = rest.pop()
        found.add(name)
        plain = [one for one in requires(name) or [] if "extra ==" not in one] if name in installed else []
        rest |= {_plain(one) for one in plain} - found
    return frozenset(found)


class _Imports(ast.NodeVisitor):
    """Every import that runs, with the extra around it."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str, str | None]] = []
        self.around: str | None = None

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self.generic_visit(node)

    def visit_With(self, node: ast.With) -> None:
        call = ast.unparse(node.items[0].context_expr)
        before, match = self.around, re.fullmatch(r"extra\('(\w+)'\)", call)
        self.around = match[1] if match else before
        self.generic_visit(node)
        self.around = before

    def visit_Import(self, node: ast.Import) -> None:
        self.found += [(node.lineno, one.name.split(".")[0], self.around) for one in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        assert node.module is not None
        self.found.append((node.lineno, node.module.split(".")[0], self.around))

    def visit_Call(self, node: ast.Call) -> None:
        if ast.unparse(node.func).endswith("import_module") and isinstance(node.args[0], ast.Constant):
            self.found.append((node.lineno, str(node.args[0].value).split(".")[0], self.around))
        self.generic_visit(node)


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_what_an_extra_installs_is_imported_under_its_name(path):
    imports, base = _Imports(), _base() | {"leydig"}
    imports.visit(ast.parse(path.read_text()))
    for line, library, around in imports.found:
        distributions = _installed().get(library, set())
        if distributions and not distributions & base:
            assert around in EXTRAS, f"{path.name}:{line} imports {library} outside of `with extra(...)`"
            closure = EXTRAS[around] | ({"markupsafe"} if "jinja2" in EXTRAS[around] else set())
            assert distributions & closure, f"{path.name}:{line}: {library} is not in the extra {around}"


def test_the_rule_sees_an_import_outside():
    imports = _Imports()
    imports.visit(ast.parse("def f():\n    import plotly\n    with extra('plots'):\n        import matplotlib.figure"))
    assert imports.found == [(2, "plotly", None), (4, "matplotlib", "plots")]
    assert _installed()["plotly"] == {"plotly"} and "plotly" not in _base()


def test_a_missing_library_is_one_line_with_the_command():
    with pytest.raises(MissingExtra) as caught, extra("plots"):
        import a_library_that_nobody_has.at_all  # noqa: F401
    assert str(caught.value) == (
        "got no library 'a_library_that_nobody_has' here; expected the extra 'plots'. "
        'Install it: pip install "leydig[plots]"'
    )
    assert caught.value.name == "a_library_that_nobody_has"


def test_another_error_inside_stays_itself():
    with pytest.raises(ZeroDivisionError), extra("plots"):
        raise ZeroDivisionError
