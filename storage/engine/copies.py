"""Copies of a SQLite database: taken while others write, restored in one transaction or not at all."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from storage.engine.engines import BUSY_TIMEOUT_MS, OWNER_ONLY
from storage.engine.errors import DatabaseRefused, DatabaseUnavailable
from storage.engine.named_errors import is_passing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARK = "alembic_version"  # a file with this table is a storywatch database
PAGES = 500  # released per transaction: some milliseconds
BESIDE = ("-wal", "-shm")  # SQLite's own files of a database in use


def copy_whole(source: Path, target: Path) -> None:
    """Write a consistent copy to `target`, which is replaced atomically and synced to disk.

    Raises:
        DatabaseRefused: `source` is damaged or not a database, or `target` exists and is not a storywatch database.
        DatabaseUnavailable: the disk is full, or another program keeps `source` locked.
        OSError: the copy cannot be written.
    """
    if target.exists() and not is_database(target):
        raise DatabaseRefused(f"{target} exists and is not a storywatch database; choose another name")
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)  # left by a copy that was killed
    # VACUUM INTO fills an empty file, whose permissions hold from the first byte.
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
    try:
        with _reading(source) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
    except sqlite3.DatabaseError as error:
        part.unlink(missing_ok=True)
        kind = DatabaseUnavailable if is_passing(error) else DatabaseRefused
        raise kind(f"{source} cannot be copied to {target}: {error}") from error
    _sync(part)
    part.replace(target)
    _sync(target.parent)


def is_database(path: Path) -> bool:
    """Return whether a file has the table that every storywatch database has."""
    try:
        with _reading(path) as connection:
            return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (MARK,)).fetchone())
    except sqlite3.DatabaseError:
        return False


def faults(path: Path) -> Iterator[str]:
    """Yield the damage that SQLite's own checks report about a file."""
    try:
        with _reading(path) as connection:
            said = [
                line
                for row in connection.execute("PRAGMA integrity_check(20)")
                for line in row[0].splitlines()
            ]
            yield from (f"damaged: {line}" for line in said if line != "ok" and not line.startswith("***"))
            for table, rowid, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(20):
                yield f"damaged: row {rowid} of {table} points to no row of {parent}"
    except sqlite3.DatabaseError as error:
        yield f"damaged: {error}"


def shrinks_in_steps(path: Path) -> bool:
    """Return whether the file was created so that free pages can be given back a few at a time."""
    with _reading(path) as connection:
        return bool(connection.execute("PRAGMA auto_vacuum").fetchone()[0])


def rewrite(path: Path) -> None:
    """Rewrite the whole file so that it has no free pages and can shrink in steps; no other process may be using it."""
    with closing(_connected(path)) as connection:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("VACUUM")


def shrink(path: Path) -> None:
    """Release the file's free pages in steps, between which other writers get the lock; see `shrinks_in_steps`."""
    if not shrinks_in_steps(path):
        return  # SQLite reuses the free pages; rewriting the file would stop every writer for seconds
    with closing(_connected(path)) as connection:
        while connection.execute("PRAGMA freelist_count").fetchone()[0]:
            connection.execute(f"PRAGMA incremental_vacuum({PAGES})").fetchall()
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def put_back(copy: Path, live: Path) -> None:
    """Replace the content of `live` by that of `copy` in one transaction, so that readers see it whole or not at all.

    A live file too damaged to be written to is kept beside it as `….broken`.
    """
    try:
        with closing(sqlite3.connect(copy)) as source, closing(_connected(live)) as target:
            source.backup(target)
    except sqlite3.DatabaseError:
        broken = live.with_name(f"{live.name}.broken")
        broken.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            broken.hardlink_to(live)  # a file exists under the live name at every moment
        for ending in BESIDE:
            live.with_name(live.name + ending).unlink(missing_ok=True)
        copy.replace(live)
        _sync(live.parent)


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)


def _reading(path: Path) -> closing[sqlite3.Connection]:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    return closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
