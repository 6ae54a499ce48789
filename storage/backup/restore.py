"""Restores a backup: stages it, migrates it, holds its unsent deliveries, and puts it in place of the database."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.backup.foreign_schema import refuse_foreign
from storage.database import Database
from storage.engine import copies
from storage.engine.errors import DatabaseRefused
from storage.engine.file_lock import file_hold
from storage.engine.urls import parsed, sqlite_path

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """The result of a restore: last poll, items and held deliveries of the database, and the path of the former one."""

    last_poll: datetime | None
    items: int
    held: int
    former: Path | None


def restore(url: str, backup: Path, *, now: datetime) -> Restored:
    """Replace the database at `url` by `backup`; its unsent deliveries are held for `alerts replay` or `alerts discard`.

    Raises:
        AlreadyRunning: a daemon holds the database.
        DatabaseRefused: the backup is damaged, is not a database, or is newer than this storywatch; nothing was changed.
    """
    live = sqlite_path(parsed(url))
    if live is None:
        raise DatabaseRefused("storywatch does not restore a database on PostgreSQL; use pg_restore or psql")
    if not copies.is_database(backup):
        raise DatabaseRefused(f"{backup} is not a storywatch database; nothing was changed")
    for fault in copies.faults(backup):
        raise DatabaseRefused(f"{backup}: {fault}; nothing was changed. Try an older backup")
    refuse_foreign(backup)
    with file_hold(live):
        staged = live.with_name(f".{live.name}.restoring")
        try:
            restored = _stage(backup, staged, now=now)
            former = _keep(live)
            copies.put_back(staged, live)
        finally:
            for ending in ("", *copies.BESIDE):
                staged.with_name(staged.name + ending).unlink(missing_ok=True)
    return Restored(last_poll=restored[0], items=restored[1], held=restored[2], former=former)


def _stage(backup: Path, staged: Path, *, now: datetime) -> tuple[datetime | None, int, int]:
    staged.unlink(missing_ok=True)
    copies.copy_whole(backup, staged)
    database = Database.open(f"sqlite:///{staged}")
    try:
        with database.write() as ledger:
            seen = ledger.feed_controls.overview(now=now)
            return seen.last_poll, seen.items, ledger.outbox.hold_restored(last_poll=seen.last_poll)
    finally:
        database.close()


def _keep(live: Path) -> Path | None:
    """Copy the present database to a file beside it, unless it is too damaged to copy."""
    former = live.with_name(f"{live.name}.before-restore")
    try:
        copies.copy_whole(live, former)
    except (DatabaseRefused, sqlite3.Error):
        return None
    return former
