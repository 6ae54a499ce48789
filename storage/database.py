"""The database: open it, migrate it, and read or write in one transaction.

    with database.write() as ledger:      # BEGIN IMMEDIATE on SQLite: waits first, never fails half-way
        ledger.feeds.save_poll(...)
    with database.read() as ledger:
        ledger.stories.get(...)

Everything done on one `Ledger` is one transaction: it is committed whole or not at all.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy import text

from storage.engine.copies import copy_whole, rewrite, shrink, shrinks_in_steps
from storage.engine.copies import faults as damages
from storage.engine.engines import engine_of, take_turns
from storage.engine.errors import AlreadyRunning, DatabaseRefused, DatabaseUnavailable
from storage.engine.file_identity import FileIdentity, refuse_vanished
from storage.engine.file_lock import file_hold, is_file_held
from storage.engine.lock import EXCLUSIVE, SHARED, Hold, is_server_held, server_hold
from storage.engine.migrate import HEAD, current_revision, found, refuse_newer, upgrade
from storage.engine.named_errors import errors_named, refusals
from storage.engine.urls import parsed, sqlite_path
from storage.engine.writer_queue import WriterQueue
from storage.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection, Engine

__all__ = ["AlreadyRunning", "Database", "DatabaseRefused", "DatabaseUnavailable", "Hold", "Ledger"]

PROVEN_SECONDS = 60.0  # how long a commit is taken as proof that the next will succeed too


class Database:
    """A database on SQLite (WAL, `synchronous=FULL`) or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_server = engine.dialect.name == "postgresql"
        self._queue = WriterQueue()
        self._written_at: float | None = (
            None  # time of the last commit on the monotonic clock, None after a failure
        )
        path = sqlite_path(engine.url)
        self._file = None if path is None else FileIdentity.of(path)

    @classmethod
    def open(cls, url: str) -> Database:
        """Open the database at `url`, creating or upgrading its tables.

        Raises:
            DatabaseRefused: the URL is wrong, the folder is not writable, the file is damaged, is not a database, or
                comes from a newer storywatch; or it was deleted while storywatch was running.
            DatabaseUnavailable: it cannot be opened at the moment.
            AlreadyRunning: it needs an upgrade while a daemon of the former version holds it.
        """
        path = sqlite_path(parsed(url))
        if path is not None:
            refuse_vanished(path)
        engine = engine_of(parsed(url))
        try:
            with refusals(engine.url):
                _create_or_upgrade(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    @staticmethod
    def is_there(url: str) -> bool:
        """Return whether opening `url` would find a file rather than create one; always true for a server.

        Raises:
            DatabaseRefused: the URL is wrong.
        """
        path = sqlite_path(parsed(url))
        return path is None or path.exists()

    @staticmethod
    def is_current(url: str) -> bool:
        """Return whether opening `url` would neither create nor upgrade tables.

        Raises:
            DatabaseRefused, DatabaseUnavailable: as for `open`.
        """
        if not Database.is_there(url):
            return False
        engine = engine_of(parsed(url))
        try:
            with refusals(engine.url):
                return found(engine) == HEAD
        finally:
            engine.dispose()

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database; None for a server."""
        return sqlite_path(self._engine.url)

    @property
    def revision(self) -> str | None:
        """The schema revision of the database."""
        with self._engine.connect() as connection:
            return current_revision(connection)

    @contextmanager
    def write(self, *turns: str) -> Iterator[Ledger]:
        """Yield the stores of one write transaction; it is rolled back if the block raises.

        SQLite has one writer at a time. PostgreSQL has many; writers that ask for the same turn wait for each other.

        Raises:
            DatabaseUnavailable: the disk is full, another program locks the database for too long, or its server is down.
            DatabaseRefused: the file was deleted or replaced, is damaged, or lacks tables.
        """
        with self._transaction(*turns) as connection:
            yield Ledger(connection)

    @contextmanager
    def _transaction(self, *turns: str) -> Iterator[Connection]:
        self.check_file()
        try:
            with self._turn(), errors_named(self._engine.url), self._writing().begin() as connection:
                if self._is_server:
                    take_turns(connection, turns)
                yield connection
        except (DatabaseUnavailable, DatabaseRefused):
            self._written_at = None
            raise
        self._written_at = monotonic()

    def _turn(self) -> AbstractContextManager[None]:
        """Wait for this process's other writers on SQLite; a server lets many write at once."""
        return nullcontext() if self._is_server else self._queue.turn()

    def prove_writable(self) -> None:
        """Commit a small change unless a commit succeeded lately: without that, a fetch's result could not be stored.

        Raises:
            DatabaseUnavailable, DatabaseRefused: as for `write`.
        """
        if self._written_at is None or monotonic() - self._written_at > PROVEN_SECONDS:
            with self._transaction() as connection:
                connection.exec_driver_sql(
                    "UPDATE alembic_version SET version_num = version_num"
                    if self._is_server
                    # SQLite skips an update that changes nothing; user_version is a number in the file's header.
                    else f"PRAGMA user_version = {int(monotonic())}"
                )

    def _writing(self) -> Engine:
        if self._is_server:
            return self._engine
        return self._engine.execution_options(
            storywatch_begin="BEGIN IMMEDIATE", storywatch_given_up=self._queue.given_up
        )

    def check_file(self) -> None:
        """Check that the file that was opened is still in place; does nothing for a server.

        Raises:
            DatabaseRefused: the file was deleted or replaced.
        """
        if self._file is not None:
            self._file.check()

    def stop_waiting(self) -> None:
        """End every wait for SQLite's lock in this process, now and in future: the process is about to end."""
        self._queue.give_up()

    @contextmanager
    def read(self) -> Iterator[Ledger]:
        """Yield the stores of one read transaction: a single consistent moment.

        Raises:
            DatabaseUnavailable: as for `write`.
        """
        # By default each statement on PostgreSQL sees a newer snapshot; on SQLite a transaction is one snapshot.
        options = {"isolation_level": "REPEATABLE READ"} if self._is_server else {}
        with errors_named(self._engine.url), self._engine.execution_options(**options).begin() as connection:
            yield Ledger(connection)

    def hold(self) -> AbstractContextManager[Hold]:
        """Return a lock that excludes every other daemon, `once` and worker from this database.

        Raises:
            AlreadyRunning: on entering, if another process holds it.
        """
        return _lock(self._engine)

    def join(self) -> AbstractContextManager[Hold]:
        """Return a lock that excludes every daemon and `once` from this database, but not other workers.

        Raises:
            AlreadyRunning: on entering, if a daemon or `once` holds it.
            DatabaseRefused: the database is a file, which only one process may use at a time.
        """
        if self.path is not None:
            raise DatabaseRefused(
                f"database {self.path} is a file, which several workers cannot share; run `storywatch run`, "
                "or move it with `storywatch db move --to postgresql+psycopg://…`"
            )
        return server_hold(self._engine, SHARED)

    def is_held(self) -> bool:
        """Return whether a daemon, `once` or a worker holds this database."""
        path = self.path
        return is_server_held(self._engine) if path is None else is_file_held(path)

    @property
    def conninfo(self) -> str:
        """The address of a database on PostgreSQL in libpq's form, with the password: only for passing to other clients."""
        url = self._engine.url.set(drivername="postgresql")
        return url.render_as_string(hide_password=False)

    def clock(self) -> datetime:
        """Return the time of the server's clock, which all processes on a database share; for a file, this machine's."""
        if not self._is_server:
            return datetime.now(UTC)
        with errors_named(self._engine.url), self._engine.connect() as connection:
            moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return moment.astimezone(UTC)

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy of a SQLite database to a new file, while others write to the database.

        Raises:
            DatabaseRefused: the database is on a server, which has its own tools for this.
        """
        if self.path is None:
            raise DatabaseRefused("storywatch does not copy a database on PostgreSQL; use pg_dump")
        copy_whole(self.path, path)

    @staticmethod
    def faults(url: str) -> list[str]:
        """Return damage and broken rules as sentences; an empty list for an intact database.

        Raises:
            DatabaseRefused: it cannot be opened for a reason other than damage.
        """
        path = sqlite_path(parsed(url))
        damaged = list(damages(path)) if path is not None and path.exists() else []
        if damaged:
            return damaged
        with closing(Database.open(url)) as database, database.read() as ledger:
            return list(ledger.integrity.faults())

    def give_back_space(self) -> None:
        """Return the pages that pruning freed to the file system, a few at a time, where the SQLite file supports it."""
        if self.path is not None:
            shrink(self.path)

    def shrinks_in_steps(self) -> bool:
        """Return whether `give_back_space` has an effect; a server manages its own space."""
        return self.path is None or shrinks_in_steps(self.path)

    def rewrite(self) -> None:
        """Rewrite the file of a SQLite database without free pages; the caller holds the lock, since writers must wait."""
        if self.path is not None:
            rewrite(self.path)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _lock(engine: Engine) -> AbstractContextManager[Hold]:
    path = sqlite_path(engine.url)
    return server_hold(engine, EXCLUSIVE) if path is None else file_hold(path)


def _create_or_upgrade(engine: Engine) -> None:
    """Create or upgrade the tables; an existing file is copied first, and no other process may be using it."""
    revision = found(engine)
    if revision == HEAD:
        return
    refuse_newer(revision)
    path = sqlite_path(engine.url)
    with nullcontext() if revision is None else _lock(engine):
        if revision is not None and path is not None:
            copy_whole(path, path.with_name(f"{path.name}.schema-{revision}"))
        upgrade(engine)
