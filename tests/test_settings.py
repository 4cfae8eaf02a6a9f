"""What the environment says is read in one place."""

import ast
from pathlib import Path

import pytest

import leydig
from leydig import settings
from leydig.errors import OutOfRange

SOURCE = Path(leydig.__file__).parent
READS = {"environ", "getenv", "putenv", "environb"}


def _readers():
    return {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in READS)
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and READS & {one.name for one in node.names})
    }


def test_the_environment_is_read_in_settings_alone():
    assert _readers() == {"settings.py"}


def test_no_other_variable_is_ours():
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    named = {
        word
        for word in text.replace("`", " ").replace('"', " ").replace("=", " ").split()
        if word.startswith("LEYDIG_")
    }
    assert named == {settings.CACHE, settings.LOG}


def test_what_is_not_set_is_none(monkeypatch):
    for name in (settings.CACHE, settings.LOG):
        monkeypatch.setenv(name, "")
    assert settings.cache_root() is None and settings.log_level() is None
    for name in (settings.CACHE, settings.LOG):
        monkeypatch.delenv(name)
    assert settings.cache_root() is None and settings.log_level() is None


def test_a_cache_is_an_absolute_folder(monkeypatch):
    monkeypatch.setenv(settings.CACHE, "beside")
    assert settings.cache_root() == Path.cwd() / "beside"


@pytest.mark.parametrize("level", ["debug", "Info", "WARNING", "error"])
def test_a_level_is_read_in_any_case(monkeypatch, level):
    monkeypatch.setenv(settings.LOG, level)
    assert settings.log_level() == level.upper()


@pytest.mark.parametrize("level", ["loud", "10", "WARN"])
def test_another_level_is_refused(monkeypatch, level):
    monkeypatch.setenv(settings.LOG, level)
    with pytest.raises(OutOfRange, match=f"got LEYDIG_LOG='{level}'; expected DEBUG, INFO, WARNING or ERROR. Set one"):
        settings.log_level()
