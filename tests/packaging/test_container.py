"""The container file and the compose file, read as they stand: whom they run as, what they pin, and what they say to the program."""

import re
import tomllib
from pathlib import Path

import typer.main
import yaml

from leydig.cli.main import app
from leydig.service.access.roles import AccountRole

ROOT = Path(__file__).parents[2]
LINES = [line for line in (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def options():
    serve = typer.main.get_command(app).commands["serve"]
    return {one for parameter in serve.params for one in parameter.opts}


def test_the_image_installs_what_is_pinned():
    install = next(line for line in LINES if "pip install" in line)
    assert "--constraint requirements.lock" in install and ".[web,postgres]" in install
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!-]+", line) for line in lock)
    words = [line.split() for line in LINES]
    assert all(re.search(r":[\w.-]*\d", one[1]) for one in words if one[0] == "FROM")
    for source in next(one for one in words if one[0] == "COPY")[1:-1]:
        assert (ROOT / source).exists(), source


def test_nobody_is_root_and_nothing_is_secret_in_it():
    user = next(number for number, line in enumerate(LINES) if line.startswith("USER "))
    entry = next(number for number, line in enumerate(LINES) if line.startswith("ENTRYPOINT"))
    assert LINES[user] != "USER root" and user < entry
    text = "".join(LINES) + (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert not re.search(r"(?i)(password|secret|key):\s*['\"]?[\w-]{6,}['\"]?\s*$", text, re.MULTILINE)


def test_what_they_say_to_the_program_it_knows():
    entry = next(line for line in LINES if line.startswith("ENTRYPOINT"))
    said = re.findall(r'"(--[\w-]+)"', entry) + [
        one for one in COMPOSE["services"]["leydig"]["command"] if one.startswith("--")
    ]
    assert len(said) > 6 and set(said) <= options()


def test_the_database_is_reached_from_inside_alone():
    database, leydig = COMPOSE["services"]["database"], COMPOSE["services"]["leydig"]
    assert "ports" not in database and database["networks"] == ["inside"] and COMPOSE["networks"]["inside"]["internal"]
    assert set(leydig["secrets"]) == set(COMPOSE["secrets"]) and leydig["cap_drop"] == ["ALL"] and leydig["read_only"]
    assert set(COMPOSE["volumes"]) == {
        one.partition(":")[0] for part in COMPOSE["services"].values() for one in part["volumes"]
    }


def test_the_extra_web_brings_what_a_twin_needs():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert "leydig[fit,reports]" in extras["web"] and "leydig[web]" in extras["postgres"]


def test_the_folder_of_data_is_his_who_serves():
    """A volume on a folder that the image does not have is root's: the service could not make its database."""
    volume = next(line.split()[1] for line in LINES if line.startswith("VOLUME"))
    made = next(line for line in LINES if line.startswith("RUN") and "useradd" in line)
    assert f"install --directory --owner leydig --mode 0700 {volume}" in made


def test_everybody_has_a_second_factor_there():
    said = COMPOSE["services"]["leydig"]["command"]
    demanded = {said[place + 1] for place, one in enumerate(said) if one == "--second-factor"}
    assert demanded == set(map(str, AccountRole)) - {AccountRole.CLOSED}
