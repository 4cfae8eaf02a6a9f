"""Backups: every row of a database in one file, the same from SQLite and from PostgreSQL, for either of them.

A backup holds the keys of people; sessions, refused sign-ins, links, answers of the last day, and what gives the same
when it is done again (long work, lines of the list) are left out.
"""

import base64
import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leydig.errors import BadRecord
from leydig.extras import extra
from leydig.service.storage.act import Act
from leydig.service.storage.audit import verify_chain
from leydig.service.storage.database import Database
from leydig.service.storage.person_file import all_person_files
from leydig.service.storage.tables import SCHEMA
from leydig.version import VERSION
from leydig.whole_file import whole_file

with extra("web"):
    import sqlalchemy as sa

__all__ = ["check_database", "read_backup", "write_backup"]

MANIFEST = "manifest.json"
_LEFT_OUT = ("session", "attempt", "invitation", "token_use", "launch", "answer", "job", "job_file", "person_line")
_BATCH = 500  # rows


def write_backup(database: Database, path: Path) -> int:
    """Write every row to a file for its owner alone; return how many.

    Parameters
    ----------
    database : Database
    path : Path
        Ending in .zip.
    """
    with database.enter(Act("database.backup")):
        pass
    counts: dict[str, int] = {}
    hashes: dict[str, str] = {}
    with whole_file(path) as part, database.snapshot() as connection:
        part.touch(0o600)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as packed:
            for table in _tables():
                lines = [json.dumps(_as_text(row)) for row in connection.execute(_rows_query(table)).mappings()]
                text = "".join(f"{line}\n" for line in lines)
                counts[table.name], hashes[table.name] = len(lines), hashlib.sha256(text.encode()).hexdigest()
                packed.writestr(f"{table.name}.jsonl", text)
            about = {"leydig": VERSION, "revision": database.revision, "rows": counts, "sha256": hashes}
            packed.writestr(MANIFEST, json.dumps(about, indent=1))
    return sum(counts.values())


def read_backup(database: Database, path: Path) -> int:
    """Write the rows of a backup into an empty database; return how many.

    Raises
    ------
    BadRecord
        When the file is no backup, was changed, is of another form of tables, or the database holds something.
    """
    found = 0
    with _refuse_damage(path), _open_zip(path) as packed, database.touch() as connection:
        about = json.loads(packed.read(MANIFEST))
        _refuse_other_form(about, database, path)
        _refuse_full(connection)
        connection.execute(sa.delete(SCHEMA.tables["chain"]))
        for table in _tables():
            plain = packed.read(f"{table.name}.jsonl")
            if hashlib.sha256(plain).hexdigest() != about["sha256"][table.name]:
                raise BadRecord(
                    f"{path}: got a {table.name} that was changed; expected it as it was written. Take another backup."
                )
            rows = [_as_row(json.loads(line), table) for line in plain.decode().splitlines()]
            for first in range(0, len(rows), _BATCH):
                connection.execute(sa.insert(table), rows[first : first + _BATCH])
            found += len(rows)
    with database.enter(Act("database.restore")):
        pass
    return found


def check_database(database: Database) -> list[str]:
    """Return everything that is wrong with a database; nothing where it is sound."""
    found: list[str] = []
    if database.revision != database.newest_revision:
        found.append(
            f"got tables of form {database.revision}; expected {database.newest_revision}. Run: leydig database upgrade"
        )
        return found
    with database.look() as connection:
        if database.is_sqlite:
            found += [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
            found += [f"a row without the row that it names: {row}" for row in
                      connection.exec_driver_sql("PRAGMA foreign_key_check")]  # fmt: skip
        fault = verify_chain(connection)
        found += [] if fault is None else [str(fault)]
        for file in all_person_files(connection):
            try:
                file.entries()
                for table in ("assessment", "forecast", "decision"):
                    file.notes(table)
                for bundle in file.bundles():
                    file.bundle(bundle)
            except ValueError as error:
                found.append(str(error))
    return found


_DAMAGE = (
    KeyError, TypeError, ValueError, AttributeError, EOFError, NotImplementedError, zlib.error, zipfile.BadZipFile,
    sa.exc.IntegrityError, sa.exc.DataError, sa.exc.CompileError,
)  # fmt: skip


@contextmanager
def _refuse_damage(path: Path) -> Iterator[None]:
    """Say of a file whose bytes were changed or cut that it is damaged, whatever breaks on it."""
    try:
        yield
    except BadRecord:
        raise
    except _DAMAGE as error:
        raise BadRecord(
            f"{path}: got a backup that is damaged ({type(error).__name__}); expected it as it was written. Nothing "
            "was written; take another backup."
        ) from error


def _tables() -> Iterator[sa.Table]:
    """Yield the tables of a backup, each after those that it names."""
    yield from (table for table in SCHEMA.sorted_tables if table.name not in _LEFT_OUT)


def _rows_query(table: sa.Table) -> sa.Select[Any]:
    return sa.select(table).order_by(*table.primary_key.columns)


def _as_text(row: Any) -> dict[str, Any]:
    return {key: base64.b64encode(value).decode() if isinstance(value, bytes) else value for key, value in row.items()}


def _as_row(content: dict[str, Any], table: sa.Table) -> dict[str, Any]:
    is_bytes = {one.name for one in table.columns if isinstance(one.type, sa.LargeBinary)}
    return {key: base64.b64decode(value) if key in is_bytes else value for key, value in content.items()}


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        found = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise BadRecord(
            f"{path}: got no backup ({error}); expected a file that leydig database backup wrote. Check the path."
        ) from error
    if MANIFEST not in found.namelist():
        found.close()
        raise BadRecord(
            f"{path}: got another archive; expected a backup. Name a file that leydig database backup wrote."
        )
    return found


def _refuse_other_form(about: dict[str, Any], database: Database, path: Path) -> None:
    if about["revision"] != database.revision:
        raise BadRecord(
            f"{path}: got tables of form {about['revision']}; expected {database.revision}. Restore it with Leydig "
            f"{about['leydig']}, then upgrade."
        )


def _refuse_full(connection: sa.Connection) -> None:
    for name in ("person", "account", "audit"):
        if connection.execute(sa.select(sa.func.count()).select_from(SCHEMA.tables[name])).scalar_one():
            raise BadRecord(
                f"got a database that holds a {name} already; expected an empty one. Name another --data or --database."
            )
