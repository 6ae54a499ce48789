"""One daemon at a time on a ledger: a lock that the operating system or the server drops with its holder."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text

from storage.errors import AlreadyRunning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

ADVISORY_KEY = 0x73746F7279  # "story": our number among a server's advisory locks


@contextmanager
def file_lock(database: Path) -> Iterator[None]:
    """Hold the ledger file for this process; a kill of any kind lets it go at once.

    Raises:
        AlreadyRunning: another process holds it.
    """
    path = database.with_name(f"{database.name}.lock")
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
            raise AlreadyRunning(
                f"database {database} is held by another storywatch (process {holder}); "
                "stop that one first, or give this one a database of its own",
            ) from None
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def server_lock(engine: Engine) -> Iterator[None]:
    """Hold the ledger on PostgreSQL for this session.

    Raises:
        AlreadyRunning: another session holds it.
    """
    with engine.connect() as connection:
        connection.detach()  # back in the pool it would keep the lock
        if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}).scalar():
            raise AlreadyRunning("the database is held by another storywatch; stop that one first")
        connection.commit()
        yield
