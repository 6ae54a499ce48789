"""The database: open it, migrate it, and read or write in one transaction.

    with database.write() as ledger:      # BEGIN IMMEDIATE on SQLite: waits its turn, never fails half-way
        ledger.feeds.save_poll(...)
    with database.read() as ledger:
        ledger.stories.told_since(...)

Everything done on one `Ledger` is one transaction: it stands whole or not at all.
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
from storage.engine.errors import AlreadyRunning, DatabaseRefused, LedgerAway
from storage.engine.file_identity import FileIdentity, refuse_vanished
from storage.engine.lock import (
    ALONE,
    AMONG_WORKERS,
    Hold,
    file_hold,
    is_file_held,
    is_server_held,
    server_hold,
)
from storage.engine.migrate import HEAD, current_revision, found, refuse_newer, upgrade
from storage.engine.named_errors import errors_named, refusals
from storage.engine.urls import parsed, sqlite_path
from storage.engine.writer_queue import WriterQueue
from storage.ledger import Ledger, load_every_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection, Engine

__all__ = ["AlreadyRunning", "Database", "DatabaseRefused", "Hold", "Ledger", "LedgerAway"]

PROVEN_SECONDS = 60.0  # for which a commit shows that the next will succeed, too


class Database:
    """A database on SQLite (WAL, `synchronous=FULL`) or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_server = engine.dialect.name == "postgresql"
        self._queue = WriterQueue()
        self._written_at: float | None = (
            None  # by the monotonic clock: the last commit, if nothing failed since
        )
        path = sqlite_path(engine.url)
        self._file = None if path is None else FileIdentity.of(path)

    @classmethod
    def open(cls, url: str) -> Database:
        """Open the database at `url`, creating or upgrading its tables.

        Raises:
            DatabaseRefused: the URL is wrong, the folder cannot be written, or what is there is corrupt,
                no database, or from a newer storywatch; or its file was deleted under a running storywatch.
            LedgerAway: it cannot be opened at the moment.
            AlreadyRunning: it must be upgraded, and a daemon of the former version holds it.
        """
        path = sqlite_path(parsed(url))
        if path is not None:
            refuse_vanished(path)
        engine = engine_of(parsed(url))
        try:
            with refusals(engine.url):
                _bring_up(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    @staticmethod
    def is_there(url: str) -> bool:
        """Return whether opening `url` would find a file rather than create one; a server is always there.

        Raises:
            DatabaseRefused: the URL is wrong.
        """
        path = sqlite_path(parsed(url))
        return path is None or path.exists()

    @staticmethod
    def refuse_held(url: str) -> None:
        """Do nothing, unless `url` is a file that a daemon or `once` holds; a server is asked by `hold` alone.

        Raises:
            AlreadyRunning: it is held.
            DatabaseRefused: the URL is wrong.
        """
        path = sqlite_path(parsed(url))
        if path is not None and path.exists():
            with file_hold(path):
                pass

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database; None for a server."""
        return sqlite_path(self._engine.url)

    @property
    def revision(self) -> str | None:
        """The schema revision the database stands at."""
        with self._engine.connect() as connection:
            return current_revision(connection)

    @contextmanager
    def write(self, *turns: str) -> Iterator[Ledger]:
        """Yield the stores of one write transaction; it is rolled back if the block raises.

        SQLite has one writer at a time. PostgreSQL has many, of whom those of a same turn wait for each other.

        Raises:
            LedgerAway: the disk is full, another holds the database for too long, or its server is away.
            DatabaseRefused: the file was deleted or replaced, is damaged, or lacks tables.
        """
        with self._transaction() as connection:
            if self._is_server:
                take_turns(connection, turns)
            yield Ledger(connection)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        self.check_file()
        try:
            with self._turn(), errors_named(self._engine.url), self._writing().begin() as connection:
                yield connection
        except (LedgerAway, DatabaseRefused):
            self._written_at = None
            raise
        self._written_at = monotonic()

    def _turn(self) -> AbstractContextManager[None]:
        """Return this writer's turn: SQLite has one writer, a server lets many write at once."""
        return nullcontext() if self._is_server else self._queue.turn()

    def prove_writable(self) -> None:
        """Commit a small change, unless a commit succeeded lately: what is fetched could not be stored without.

        Raises:
            LedgerAway, DatabaseRefused: as for `write`.
        """
        if self._written_at is None or monotonic() - self._written_at > PROVEN_SECONDS:
            with self._transaction() as connection:
                connection.exec_driver_sql(
                    "UPDATE alembic_version SET version_num = version_num"
                    if self._is_server
                    # SQLite writes no row that stays the same; this is a number in the file's header.
                    else f"PRAGMA user_version = {int(monotonic())}"
                )

    def _writing(self) -> Engine:
        if self._is_server:
            return self._engine
        return self._engine.execution_options(
            storywatch_begin="BEGIN IMMEDIATE", storywatch_given_up=self._queue.given_up
        )

    def check_file(self) -> None:
        """Do nothing while the file that was opened is still there; of a server this is not asked.

        Raises:
            DatabaseRefused: the file was deleted or replaced.
        """
        if self._file is not None:
            self._file.check()

    def stop_waiting(self) -> None:
        """Let every wait for SQLite's lock end now, in this process and for good: the process is about to end."""
        self._queue.give_up()

    @contextmanager
    def read(self) -> Iterator[Ledger]:
        """Yield the stores of one read transaction: a single consistent moment.

        Raises:
            LedgerAway: as for `write`.
        """
        # What several statements read would else be several moments on PostgreSQL; on SQLite it never is.
        options = {"isolation_level": "REPEATABLE READ"} if self._is_server else {}
        with errors_named(self._engine.url), self._engine.execution_options(**options).begin() as connection:
            yield Ledger(connection)

    def hold(self) -> AbstractContextManager[Hold]:
        """Return a lock that keeps every other daemon, `once` and worker away from this database.

        Raises:
            AlreadyRunning: on entering, when another holds it.
        """
        load_every_store()
        return _lock(self._engine)

    def join(self) -> AbstractContextManager[Hold]:
        """Return a lock that keeps every daemon and `once` away from this database, but no other worker.

        Raises:
            AlreadyRunning: on entering, when a daemon or `once` holds it.
            DatabaseRefused: the database is a file, on which one process works at a time.
        """
        if self.path is not None:
            raise DatabaseRefused(
                f"database {self.path} is a file, on which workers cannot work together; run `storywatch run`, "
                "or carry it over with `storywatch db move --to postgresql+psycopg://…`"
            )
        load_every_store()
        return server_hold(self._engine, AMONG_WORKERS)

    def is_held(self) -> bool:
        """Return whether a daemon, `once` or a worker is at work on this database."""
        path = self.path
        return is_server_held(self._engine) if path is None else is_file_held(path)

    @property
    def conninfo(self) -> str:
        """The address of a database on PostgreSQL as libpq reads it, password and all: for other clients only."""
        url = self._engine.url.set(drivername="postgresql")
        return url.render_as_string(hide_password=False)

    def clock(self) -> datetime:
        """Return the time on the server's clock, which all who share a database go by; for a file, this machine's."""
        if not self._is_server:
            return datetime.now(UTC)
        with errors_named(self._engine.url), self._engine.connect() as connection:
            moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return moment.astimezone(UTC)

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy of a SQLite database to a new file, while others write to the database.

        Raises:
            DatabaseRefused: the database stands on a server, which has tools of its own for this.
        """
        if self.path is None:
            raise DatabaseRefused("a database on PostgreSQL is not copied by storywatch; use pg_dump")
        copy_whole(self.path, path)

    @staticmethod
    def faults(url: str) -> list[str]:
        """Return what is damaged or breaks a promise, in words; an empty list for a sound database.

        Raises:
            DatabaseRefused: it cannot be opened, for another reason than damage.
        """
        path = sqlite_path(parsed(url))
        damaged = list(damages(path)) if path is not None and path.exists() else []
        if damaged:
            return damaged
        with closing(Database.open(url)) as database, database.read() as ledger:
            return list(ledger.integrity.faults())

    def give_back_space(self) -> None:
        """Let the file of a SQLite database shrink by what pruning has freed, a little at a time, if it can."""
        if self.path is not None:
            shrink(self.path)

    def shrinks_in_steps(self) -> bool:
        """Return whether `give_back_space` has an effect; a server looks after its space itself."""
        return self.path is None or shrinks_in_steps(self.path)

    def rewrite(self) -> None:
        """Rewrite the file of a SQLite database without free pages; the caller holds it, since no one can write meanwhile."""
        if self.path is not None:
            rewrite(self.path)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _lock(engine: Engine) -> AbstractContextManager[Hold]:
    path = sqlite_path(engine.url)
    return server_hold(engine, ALONE) if path is None else file_hold(path)


def _bring_up(engine: Engine) -> None:
    """Create or upgrade the tables; a database that is there is copied first, and nobody may be using it."""
    revision = found(engine)
    if revision == HEAD:
        return
    refuse_newer(revision)
    path = sqlite_path(engine.url)
    with nullcontext() if revision is None else _lock(engine):
        if revision is not None and path is not None:
            copy_whole(path, path.with_name(f"{path.name}.schema-{revision}"))
        upgrade(engine)
