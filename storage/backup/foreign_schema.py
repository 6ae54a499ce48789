"""Compares the schema of a backup with the one that storywatch creates at the same revision.

Triggers and views contain code: one added to a backup file would run inside storywatch at the next write.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from storage.engine.engines import engine_of
from storage.engine.errors import DatabaseRefused
from storage.engine.migrate import refuse_newer, upgrade
from storage.engine.urls import parsed

PROGRAMS = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')"
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"


def refuse_foreign(backup: Path) -> None:
    """Refuse a backup that has a trigger or view of its own, or lacks one of storywatch's tables.

    Raises:
        DatabaseRefused: names the foreign or missing object.
    """
    with tempfile.TemporaryDirectory(prefix="storywatch-schema-") as folder:
        ours = Path(folder) / "ours.db"
        _create(ours, _revision(backup))
        foreign = _rows(backup, PROGRAMS) - _rows(ours, PROGRAMS)
        missing = _rows(ours, TABLES) - _rows(backup, TABLES)
    for kind, name, _ in sorted(foreign):
        raise DatabaseRefused(
            f"{backup}: its {kind} {name!r} was not created by storywatch; nothing was changed. "
            "Restore a file that `storywatch db backup` has written"
        )
    for (name,) in sorted(missing):
        raise DatabaseRefused(
            f"{backup}: the table {name!r} is missing; nothing was changed. Try an older backup"
        )


def _revision(backup: Path) -> str:
    with closing(_reading(backup)) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None:
        raise DatabaseRefused(f"{backup} is not a storywatch database; nothing was changed")
    try:
        refuse_newer(row[0])
    except DatabaseRefused as refusal:
        raise DatabaseRefused(f"{backup} {refusal}; nothing was changed") from None
    return str(row[0])


def _create(path: Path, revision: str) -> None:
    engine = engine_of(parsed(f"sqlite:///{path}"))
    try:
        upgrade(engine, to=revision)
    finally:
        engine.dispose()


def _rows(path: Path, query: str) -> set[tuple[str, ...]]:
    with closing(_reading(path)) as connection:
        return set(connection.execute(query).fetchall())


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
