"""A clinic in memory of the test, with cheap passwords, and somebody signed in."""

import pytest
from browser import Browser

from leydig.service.access.passwords import PasswordCost
from leydig.service.application import application, rooms_of
from leydig.service.options import ServiceOptions
from leydig.service.storage.database import Database, sqlite_address


@pytest.fixture
def database(tmp_path):
    found = Database(sqlite_address(tmp_path / "leydig.db"))
    found.upgrade()
    yield found
    found.close()


@pytest.fixture
def options():
    return ServiceOptions(hosts=("testserver",), cost=PasswordCost(1, 8, 1))


@pytest.fixture
def rooms(database, options):
    return rooms_of(database, options)


@pytest.fixture
def app(rooms):
    return application(rooms)


@pytest.fixture
def browser(app, rooms):
    return Browser(app, rooms)


@pytest.fixture
def sign_up(app, rooms):
    return lambda role: Browser(app, rooms, role, f"Somebody {role}")
