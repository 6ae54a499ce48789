"""The lock on a database file that allows one daemon at a time; the operating system releases it when its holder ends.

Imported without SQLAlchemy, so that a second daemon is refused before anything that takes long.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from storage.engine.errors import AlreadyRunning

if TYPE_CHECKING:
    from collections.abc import Iterator

SQLITE = "sqlite:///"
ATTEMPTS = 100
PAUSE = 0.005  # seconds between attempts, while other processes ask whether the lock is held


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
    descriptor = os.open(_lock_of(database), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        if not _take(descriptor):
            raise _refusal(database, descriptor)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield FileHold()
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    """Take the lock, unless another process holds it for long; those that only ask have it shared for an instant."""
    for _ in range(ATTEMPTS):
        if _lock(descriptor, fcntl.LOCK_EX):
            return True
        if not _lock(descriptor, fcntl.LOCK_SH):
            return False
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        time.sleep(PAUSE)
    return False


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _refusal(database: Path, descriptor: int) -> AlreadyRunning:
    holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
    return AlreadyRunning(
        f"database {database} is held by another storywatch (process {holder}); "
        "stop that one first, or set `database` to another file",
    )


def _lock_of(database: Path) -> Path:
    return database.with_name(f"{database.name}.lock")


def is_file_held(database: Path) -> bool:
    """Return whether a daemon or `once` holds the database file, even if the file was deleted."""
    try:
        _ask(database)
    except AlreadyRunning:
        return True
    return False


def refuse_held(url: str) -> None:
    """Refuse a database URL that names a file which a daemon or `once` holds; a server is checked by `Database.hold`.

    Raises:
        AlreadyRunning: it is held.
    """
    path = Path(url.removeprefix(SQLITE).partition("?")[0])
    if url.startswith(SQLITE) and path.exists():
        _ask(path)


def _ask(database: Path) -> None:
    """Raise AlreadyRunning if the database file is held; nothing is changed, and a process that starts now is not refused."""
    if not _lock_of(database).exists():
        return
    descriptor = os.open(_lock_of(database), os.O_RDONLY)
    try:
        if not _lock(descriptor, fcntl.LOCK_SH):
            raise _refusal(database, descriptor)
    finally:
        os.close(descriptor)
