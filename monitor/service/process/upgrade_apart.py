"""Creates or upgrades a database in a process of its own.

Alembic and what it imports take 25 MB, which a long-running process would keep until it ends.
"""

from __future__ import annotations

import os

from storage.database import Database


def upgrade_apart(url: str) -> None:
    """Create or upgrade the tables of a database in a child process, if that is necessary.

    A failure is left to the caller, which opens the database next. Call it before starting any thread.

    Raises:
        DatabaseRefused, DatabaseUnavailable: as `Database.open`.
    """
    if not hasattr(os, "fork") or Database.is_current(url):  # Windows cannot fork
        return
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        Database.open(url).close()
    finally:
        os._exit(0)  # the parent's exit handlers and buffers are the parent's
