"""Every code block runs, every example in a docstring is true, and every public name is documented."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import leydig as ly

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(ly.__path__, "leydig.")
    if not module.name.startswith(("leydig.drugs.", "leydig.analytes."))
    and not module.name.endswith("__main__")
    and not module.name.endswith("migrations.env")  # run by Alembic alone
)


def blocks():
    for page in PAGES:
        for number, code in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S)):
            yield pytest.param(code, id=f"{page.name}-{number}")


@pytest.mark.parametrize("code", list(blocks()))
def test_python_block_runs(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "block", "exec"), {})


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_are_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_some_docstrings_hold_examples():
    found = [test for name in MODULES for test in doctest.DocTestFinder().find(importlib.import_module(name))]
    assert sum(len(test.examples) for test in found) >= 5


def test_every_public_name_is_documented():
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    missing = [name for name in ly.__all__ if name not in text]
    assert not missing


@pytest.mark.parametrize("name", list(ly.drugs))
def test_the_page_of_a_drug_is_made_from_its_file(name):
    """`leydig show drug` is that page: what it is, what it does, what assays make of it, its numbers with sources."""
    from leydig.cli.commands.catalogs import _drug

    page, drug = _drug(name), ly.drugs[name]
    assert page["title"] == drug.title and list(drug.mechanism) == page["mechanism"] and page["file"]
    assert all(one["source"] for one in page["parameters"])


def test_the_page_of_drugs_and_every_command():
    from typer.main import get_command

    from leydig.cli.main import app

    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert not [name for name in get_command(app).commands if f"leydig {name}" not in text]


def test_every_decision_has_one_page_and_a_number():
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04d}" for number in range(1, len(pages) + 1)]
