"""Putting the secrets of a database under its master key: people's keys, and those of second factors."""

from leydig.extras import extra
from leydig.service.storage.act import Act
from leydig.service.storage.database import Database, ring_of
from leydig.service.storage.keys import KeyRing
from leydig.service.storage.tables import SCHEMA

with extra("web"):
    import sqlalchemy as sa

__all__ = ["seal_secrets"]

_SECRETS = (("person_key", "person", "key"), ("second_factor", "account", "secret"))  # table, whose, column


def seal_secrets(database: Database, former: KeyRing | None = None) -> int:
    """Put every secret under the master key of a database; return how many were not.

    Parameters
    ----------
    database : Database
    former : KeyRing, optional
        What they are under; the same or nothing when left out.

    Raises
    ------
    BadRecord
        When one is under another master key.
    """
    count = 0
    with database.touch() as connection:
        ring = ring_of(connection)
        for name, owner, column in _SECRETS:
            table = SCHEMA.tables[name]
            for row in connection.execute(sa.select(table)).mappings().all():
                place = f"{name}/{row[owner]}"
                secret = (former or ring).open(row[column], place)
                if former is not None or (ring.is_master and secret == row[column]):
                    mine = table.c[owner] == row[owner]
                    connection.execute(sa.update(table).where(mine).values({column: ring.seal(secret, place)}))
                    count += 1
    if count:
        with database.enter(Act("database.seal")):
            pass
        database.forget_pages()
    return count
