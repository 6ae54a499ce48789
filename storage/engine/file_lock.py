"""The lock on a database file that allows one daemon at a time; the operating system releases it when its holder ends.

Imported without SQLAlchemy, so that a second daemon is refused before anything that takes long.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from storage.engine.errors import AlreadyRunning

if TYPE_CHECKING:
    from collections.abc import Iterator

SQLITE = "sqlite:///"


class FileHold:
    """A lock on a database file, which lasts as long as the process."""

    def renew(self) -> None:
        """Do nothing: a file lock cannot be lost."""


@contextmanager
def file_hold(database: Path) -> Iterator[FileHold]:
    """Lock the database file for this process; the lock ends with the process, however that ends.

    Raises:
        AlreadyRunning: another process holds it.
    """
    path = _lock_of(database)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
            raise AlreadyRunning(
                f"database {database} is held by another storywatch (process {holder}); "
                "stop that one first, or set `database` to another file",
            ) from None
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield FileHold()
    finally:
        os.close(descriptor)


def _lock_of(database: Path) -> Path:
    return database.with_name(f"{database.name}.lock")


def is_file_held(database: Path) -> bool:
    """Return whether a daemon or `once` holds the database file, even if the file was deleted."""
    if not _lock_of(database).exists():
        return False
    try:
        with file_hold(database):
            return False
    except AlreadyRunning:
        return True


def refuse_held(url: str) -> None:
    """Refuse a database URL that names a file which a daemon or `once` holds; a server is checked by `Database.hold`.

    Raises:
        AlreadyRunning: it is held.
    """
    path = Path(url.removeprefix(SQLITE).partition("?")[0])
    if url.startswith(SQLITE) and path.exists():
        with file_hold(path):
            pass
