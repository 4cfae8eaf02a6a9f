"""CITATION.cff names what it must, and the version that everything else names."""

import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from leydig.version import VERSION

ROOT = Path(__file__).parents[2]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize(
    "named", [CITATION["version"], PROJECT["version"], version("leydig")], ids=["citation", "pyproject", "installed"]
)
def test_versions_agree(named):
    assert str(named) == VERSION


def test_what_the_format_demands_is_there():
    assert CITATION["cff-version"] == "1.2.0"
    assert CITATION["message"] and CITATION["title"]
    assert CITATION["type"] == "software"


def test_authors_and_licence_are_those_of_the_package():
    assert [one["name"] for one in CITATION["authors"]] == [one["name"] for one in PROJECT["authors"]]
    assert CITATION["license"] == PROJECT["license"]
