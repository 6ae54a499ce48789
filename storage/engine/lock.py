"""The lock on a server that allows one daemon at a time; the server releases it when its holder ends.

The lock on a database file is in `storage.engine.file_lock`.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from storage.engine.errors import AlreadyRunning, DatabaseUnavailable
from storage.engine.file_lock import FileHold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine, TextClause

ADVISORY_KEY = 0x73746F7279  # "story": storywatch's key among a server's advisory locks


class ServerHold:
    """A lock on a database on PostgreSQL; it is lost when the server restarts or the connection breaks."""

    def __init__(self, engine: Engine, statement: TextClause) -> None:
        self._engine = engine
        self._statement = statement
        self._connection: Connection | None = None

    def take(self) -> None:
        """Take the lock on a separate connection.

        Raises:
            AlreadyRunning: another process holds a lock that excludes this one.
        """
        connection = self._engine.connect()
        connection.detach()  # a pooled connection would keep the lock
        if not connection.execute(self._statement, {"key": ADVISORY_KEY}).scalar():
            connection.close()
            raise AlreadyRunning(
                "the database is held by another storywatch or by its workers; stop those first"
            )
        connection.commit()
        self._connection = connection

    def renew(self) -> None:
        """Take the lock again if its connection broke.

        Raises:
            AlreadyRunning: another process took it meanwhile.
            DatabaseUnavailable: the server cannot be reached.
        """
        try:
            if self._is_alive():
                return
            self.drop()
            self.take()
        except OperationalError as error:
            raise DatabaseUnavailable(f"the database cannot be reached: {error.orig}") from error

    def drop(self) -> None:
        """Release the lock."""
        if self._connection is not None:
            with suppress(SQLAlchemyError):  # a broken connection holds no lock
                self._connection.execute(LET_GO)
            self._connection.close()
        self._connection = None

    def _is_alive(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
            self._connection.commit()
        except DBAPIError:
            self._connection.invalidate()
            return False
        return True


Hold: TypeAlias = ServerHold | FileHold
EXCLUSIVE = text("SELECT pg_try_advisory_lock(:key)")
_HELD = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND classid = :high AND objid = :low"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)
LET_GO = text("SELECT pg_advisory_unlock_all()")
SHARED = text("SELECT pg_try_advisory_lock_shared(:key)")


@contextmanager
def server_hold(engine: Engine, statement: TextClause) -> Iterator[Hold]:
    """Lock the database on PostgreSQL, `EXCLUSIVE` or `SHARED`.

    Raises:
        AlreadyRunning: another process holds a lock that excludes this one.
    """
    hold = ServerHold(engine, statement)
    hold.take()
    try:
        yield hold
    finally:
        hold.drop()


def is_server_held(engine: Engine) -> bool:
    """Return whether a daemon, `once` or a worker holds the database; the check itself takes no lock."""
    with engine.connect() as connection:
        held: bool = connection.execute(
            _HELD, {"high": ADVISORY_KEY >> 32, "low": ADVISORY_KEY & 0xFFFFFFFF}
        ).scalar_one()
    return held
