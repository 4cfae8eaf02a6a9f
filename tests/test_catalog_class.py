"""The catalogue: a folder is read, names are found as people write them, nothing is registered."""

import sys

import pytest

from leydig.catalog import Catalog
from leydig.errors import UnknownName


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A package of two entries and one private file, as a catalogue."""
    folder = tmp_path / "shelf_for_tests"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "beta_two.py").write_text("entry = 2\n")
    (folder / "alpha.py").write_text("entry = 1\n")
    (folder / "_hidden.py").write_text("entry = 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield Catalog("thing", "shelf_for_tests")
    for name in [name for name in sys.modules if name.startswith("shelf_for_tests")]:
        del sys.modules[name]


def test_it_is_a_mapping_in_alphabetical_order(shelf):
    assert dict(shelf) == {"alpha": 1, "beta_two": 2}
    assert list(shelf) == ["alpha", "beta_two"]
    assert len(shelf) == 2


@pytest.mark.parametrize("name", ["beta_two", "Beta Two", "beta-two", "  BETA_TWO "])
def test_names_are_found_as_people_write_them(shelf, name):
    assert shelf[name] == 2


def test_contains_knows_catalogue_names_only(shelf):
    assert "alpha" in shelf
    assert "_hidden" not in shelf
    assert 1 not in shelf


def test_an_entry_is_loaded_when_first_asked_for(shelf):
    assert list(shelf)
    assert "shelf_for_tests.alpha" not in sys.modules
    assert shelf["alpha"] == 1
    assert "shelf_for_tests.alpha" in sys.modules


@pytest.mark.parametrize("name", ["gamma", "_hidden", ""])
def test_an_unknown_name_is_refused_with_what_is_known(shelf, name):
    with pytest.raises(UnknownName, match="got thing"):
        shelf[name]


def test_a_folder_elsewhere_joins_by_the_package_path(shelf, tmp_path):
    more = tmp_path / "more"
    more.mkdir()
    (more / "gamma.py").write_text("entry = 3\n")
    import shelf_for_tests

    shelf_for_tests.__path__.append(str(more))
    assert list(shelf) == ["alpha", "beta_two", "gamma"]
    assert shelf["gamma"] == 3
