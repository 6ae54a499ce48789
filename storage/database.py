"""The ledger's door: open it, migrate it, and read or write in one transaction.

    with database.write() as ledger:      # BEGIN IMMEDIATE on SQLite: waits its turn, never fails half-way
        ledger.feeds.save_poll(...)
    with database.read() as ledger:
        ledger.stories.told_since(...)

Everything done on one `Ledger` is one transaction: it stands whole or not at all.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)

from storage.alerts import Alerts
from storage.channels import Channels
from storage.controls import Controls
from storage.corrections import Corrections
from storage.digests import Digests
from storage.errors import DatabaseRefused, LedgerAway
from storage.feeds import Feeds
from storage.items import Items
from storage.leases import Leases
from storage.letters import Letters
from storage.links import Links
from storage.lock import file_lock, server_lock
from storage.marks import Marks
from storage.matches import Matches
from storage.mutes import Mutes
from storage.outbox import Outbox
from storage.reports import Reports
from storage.search import Search
from storage.stories import Stories
from storage.trail import Trail
from storage.versions import current_revision, upgrade

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

BUSY_TIMEOUT_MS = 30_000  # a write transaction lasts under 100 ms; this is three hundred of them in the queue
OWNER_ONLY = 0o600  # items and recipients are nobody else's business


@dataclass(frozen=True, slots=True)
class Ledger:
    """The stores of one open transaction."""

    feeds: Feeds
    items: Items
    matches: Matches
    stories: Stories
    alerts: Alerts
    outbox: Outbox
    leases: Leases
    digests: Digests
    reports: Reports
    controls: Controls
    corrections: Corrections
    links: Links
    channels: Channels
    letters: Letters
    search: Search
    mutes: Mutes
    trail: Trail
    marks: Marks

    @classmethod
    def over(cls, connection: Connection) -> Ledger:
        """Return the stores that speak over `connection`."""
        return cls(
            feeds=Feeds(connection),
            items=Items(connection),
            matches=Matches(connection),
            stories=Stories(connection),
            alerts=Alerts(connection),
            outbox=Outbox(connection),
            leases=Leases(connection),
            digests=Digests(connection),
            reports=Reports(connection),
            controls=Controls(connection),
            corrections=Corrections(connection),
            links=Links(connection),
            channels=Channels(connection),
            letters=Letters(connection),
            search=Search(connection),
            mutes=Mutes(connection),
            trail=Trail(connection),
            marks=Marks(connection),
        )


class Database:
    """A ledger on SQLite (WAL, `synchronous=FULL`) or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Database:
        """Open the ledger at `url`, creating or upgrading its tables.

        Raises:
            DatabaseRefused: the URL is wrong, the folder cannot be written, or what is there is corrupt,
                no ledger, or from a newer storywatch.
        """
        engine = _engine(_parsed(url))
        try:
            with _refusals(engine.url):
                upgrade(engine)
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
        path = _sqlite_path(_parsed(url))
        return path is None or path.exists()

    @property
    def path(self) -> Path | None:
        """The file of a SQLite ledger; None for a server."""
        return _sqlite_path(self._engine.url)

    @property
    def revision(self) -> str | None:
        """The schema revision the ledger stands at."""
        with self._engine.connect() as connection:
            return current_revision(connection)

    @contextmanager
    def write(self) -> Iterator[Ledger]:
        """Yield the stores of one write transaction; it is rolled back if the block raises.

        Raises:
            LedgerAway: the disk is full, another holds the ledger for too long, or its server is away.
        """
        writing = self._engine.execution_options(storywatch_begin="BEGIN IMMEDIATE")
        with self._away_named(), writing.begin() as connection:
            yield Ledger.over(connection)

    @contextmanager
    def read(self) -> Iterator[Ledger]:
        """Yield the stores of one read transaction: a single consistent moment.

        Raises:
            LedgerAway: as for `write`.
        """
        with self._away_named(), self._engine.begin() as connection:
            yield Ledger.over(connection)

    @contextmanager
    def _away_named(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            raise LedgerAway(
                f"database {_shown(self._engine.url)} cannot be used now: {_first_line(error)}"
            ) from error

    def hold(self) -> AbstractContextManager[None]:
        """Return a lock that keeps every other daemon and `once` away from this ledger.

        Raises:
            AlreadyRunning: on entering, when another holds it.
        """
        path = self.path
        return server_lock(self._engine) if path is None else file_lock(path)

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy of a SQLite ledger to a new file, while others write to the ledger.

        Raises:
            DatabaseRefused: the ledger stands on a server, which has tools of its own for this.
        """
        if self.path is None:
            raise DatabaseRefused("a ledger on PostgreSQL is not copied by storywatch; use pg_dump")
        connection = self._engine.raw_connection()  # VACUUM runs outside every transaction
        try:
            connection.cursor().execute("VACUUM INTO ?", (str(path),))
        finally:
            connection.close()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseRefused(
            f"database {url!r} is no URL; write sqlite:///storywatch.db or postgresql+psycopg://user@host/name",
        ) from None
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise DatabaseRefused(
            f"database {_shown(parsed)}: '{parsed.get_backend_name()}' is not supported; "
            "use sqlite:///FILE or postgresql+psycopg://…",
        )
    return parsed


def _sqlite_path(url: URL) -> Path | None:
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return None
    return Path(str(url.database))


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return _postgresql_engine(url)
    path = _sqlite_path(url)
    if path is None:
        raise DatabaseRefused("database sqlite:// names no file; write sqlite:///storywatch.db")
    _create_file(path)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql_engine(url: URL) -> Engine:
    try:
        return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except (NoSuchModuleError, ModuleNotFoundError):
        raise DatabaseRefused(
            f"database {_shown(url)} needs the PostgreSQL driver; install it with: pip install 'storywatch[scale]'",
        ) from None


def _create_file(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, OWNER_ONLY))
    except OSError as error:
        raise DatabaseRefused(
            f"database {path} cannot be opened for writing ({error.strerror}); "
            "check that its folder exists and is yours, or set `database` to another place",
        ) from None


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    del record
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    for pragma in (
        f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",  # NORMAL may forget the last commits when the power fails
        "PRAGMA foreign_keys = ON",
    ):
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns from reading to writing fails at once whatever busy_timeout says.
    connection.exec_driver_sql(connection.get_execution_options().get("storywatch_begin", "BEGIN"))


@contextmanager
def _refusals(url: URL) -> Iterator[None]:
    try:
        yield
    except DatabaseRefused as refusal:
        raise DatabaseRefused(f"database {_shown(url)} {refusal}") from None
    except DatabaseError as error:
        raise DatabaseRefused(
            f"database {_shown(url)} cannot be used: {_first_line(error)}; {_remedy(url)}"
        ) from None


def _first_line(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().splitlines()[0]


def _remedy(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return "restore a backup, or move the file away to begin anew"
    return "check that the server runs and that user, password and database name are right"


def _shown(url: URL) -> str:
    path = _sqlite_path(url)
    return str(path) if path else url.render_as_string(hide_password=True)
