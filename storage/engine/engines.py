"""Engines: connections to SQLite and PostgreSQL, prepared for storywatch."""

from __future__ import annotations

import os
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import NoSuchModuleError, OperationalError

from storage.engine.errors import DatabaseRefused, DatabaseUnavailable
from storage.engine.named_errors import PASSING, is_busy
from storage.engine.urls import shown, sqlite_path
from storage.schema.columns import unpacked

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection

BUSY_TIMEOUT_MS = 30_000  # a write transaction lasts under 100 ms; this is a queue of three hundred
BUSY_SLICE_MS = 200  # how often a waiting writer checks whether it should stop waiting
PAGE_BYTES = 8_192  # of new files: an item of 2 kB leaves a third of a default page of 4 kB empty
OWNER_ONLY = 0o600  # only the owner of the file may read items and recipients
# Keepalive settings in seconds: by default the kernel takes two hours to notice that a server vanished.
GIVE_UP = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # ms
}
# The same for the server, if a client vanishes: a connection cut off within a message is not idle to keepalive, and
# would keep its locks for two hours.
GIVE_UP_CLIENT = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20s",
}
STOPPED_WRITER_SECONDS = 15  # idle time within a write transaction after which the server ends it
TURNS = 0x73746F72  # "stor": storywatch's class of advisory locks on a server
_TAKE_TURN = text("SELECT pg_advisory_xact_lock(:turns, hashtext(:turn))").bindparams(turns=TURNS)
_NO_STOPPED_WRITERS = text(f"SET LOCAL idle_in_transaction_session_timeout = '{STOPPED_WRITER_SECONDS}s'")


def take_turns(connection: Connection, turns: Sequence[str]) -> None:
    """Begin a write on PostgreSQL: wait for other writers of the same turns; the server ends the write if it goes idle."""
    connection.execute(_NO_STOPPED_WRITERS)
    for turn in turns:
        connection.execute(_TAKE_TURN, {"turn": turn})


def engine_of(url: URL) -> Engine:
    """Return the engine of a database; a missing file is created.

    Raises:
        DatabaseRefused: the file or the driver cannot be used.
        DatabaseUnavailable: the file cannot be opened at the moment.
    """
    if url.get_backend_name() == "postgresql":
        return _postgresql_engine(url)
    path = sqlite_path(url)
    if path is None:
        raise DatabaseRefused("database sqlite:// names no file; write sqlite:///storywatch.db")
    _create_file(path)
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000},
        hide_parameters=True,
        pool_use_lifo=True,  # each connection has a cache of 2 MB: one that is warm goes first
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql_engine(url: URL) -> Engine:
    try:
        server = url.set(drivername="postgresql+psycopg")
        engine = create_engine(server, pool_pre_ping=True, connect_args=GIVE_UP, hide_parameters=True)
    except (NoSuchModuleError, ModuleNotFoundError):
        raise DatabaseRefused(
            f"database {shown(url)} needs the PostgreSQL driver; install it with: pip install 'storywatch[scale]'",
        ) from None
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: DBAPIConnection, record: Any) -> None:
    del record
    settings = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in GIVE_UP_CLIENT.items())
    connection.cursor().execute(f"SELECT {settings}")  # constants, not input
    connection.commit()


def _create_file(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, OWNER_ONLY))
    except OSError as error:
        if error.errno in PASSING:
            raise DatabaseUnavailable(f"database {path} cannot be opened now: {error.strerror}") from None
        raise DatabaseRefused(
            f"database {path} cannot be opened for writing ({error.strerror}); "
            "check that its folder exists and belongs to you, or set `database` to another place",
        ) from None


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    del record
    connection.isolation_level = None  # _begin_sqlite issues BEGIN itself
    # The triggers of the full-text index call it, since migration 0025.
    connection.create_function("unpacked", 1, unpacked, deterministic=True)
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    if connection.execute("PRAGMA page_count").fetchone()[0] == 0:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        # Lets pruning release space in small steps. On a file in use this would need the write lock.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    for pragma in (
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",  # NORMAL may lose the last commits at a power failure
        "PRAGMA foreign_keys = ON",
    ):
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that goes from reading to writing fails at once, whatever busy_timeout is.
    options = connection.get_execution_options()
    begin = options.get("storywatch_begin", "BEGIN")
    given_up: Callable[[], bool] | None = options.get("storywatch_given_up")
    if given_up is None:
        connection.exec_driver_sql(begin)
    else:
        _begin_in_slices(connection, begin, given_up)


def _begin_in_slices(connection: Connection, begin: str, given_up: Callable[[], bool]) -> None:
    """Wait up to `BUSY_TIMEOUT_MS` for other programs' writers, or until this process has to stop."""
    until = monotonic() + BUSY_TIMEOUT_MS / 1000
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {min(BUSY_SLICE_MS, BUSY_TIMEOUT_MS)}")
    try:
        while True:
            try:
                connection.exec_driver_sql(begin)
            except OperationalError as error:
                if not is_busy(error) or given_up() or monotonic() >= until:
                    raise
            else:
                return
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
