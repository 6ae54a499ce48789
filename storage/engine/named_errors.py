"""Translates errors of the database drivers into `DatabaseUnavailable` (temporary) and `DatabaseRefused`."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from storage.engine.errors import DatabaseRefused, DatabaseUnavailable
from storage.engine.urls import shown

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from sqlalchemy import URL

SQLITE_ERROR = 1  # the schema does not fit the statement: no such table, no such column
SQLITE_BUSY = 5
SQLITE_READONLY = 8
SQLITE_PASSING = frozenset({5, 6, 7, 10, 13})  # busy, locked, no memory, input or output error, full
UNDEFINED = frozenset({"42P01", "42703", "3F000"})  # PostgreSQL: no such table, column or schema
# Texts that are not UTF-8, and compressed ones that `unpacked` cannot read in a statement of SQLite.
UNREADABLE = ("Could not decode", "user-defined function raised exception")
CORRUPTED = frozenset({"XX001", "XX002"})  # PostgreSQL: damaged data, damaged index
# PostgreSQL's texts for a URL that will never work; a failed connection carries no SQLSTATE.
WRONG_URL = ("authentication failed", "does not exist", "no password supplied")
PASSING = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EINTR}
)


@contextmanager
def errors_named(url: URL) -> Iterator[None]:
    """Translate the errors of one transaction.

    Raises:
        DatabaseRefused: the database is damaged, or its tables are not those of this storywatch.
        DatabaseUnavailable: it cannot be used at the moment.
    """
    try:
        yield
    except DatabaseError as error:
        if _is_damage(error):
            raise DatabaseRefused(
                f"database {shown(url)} is damaged: {first_line(error)}; "
                "check it with `storywatch db check` and restore a backup with `storywatch db restore FILE`"
            ) from error
        if _is_foreign_schema(error):
            raise DatabaseRefused(_foreign_schema(url, error)) from error
        if not isinstance(error, OperationalError):
            raise
        words = f"database {shown(url)} cannot be used now: {first_line(error)}; {_fix(url, error)}"
        raise DatabaseUnavailable(words) from error


@contextmanager
def refusals(url: URL) -> Iterator[None]:
    """Translate the errors of opening a database, each with its fix.

    Raises:
        DatabaseRefused: it cannot be used.
        DatabaseUnavailable: it cannot be used at the moment.
    """
    try:
        yield
    except DatabaseRefused as refusal:
        raise DatabaseRefused(f"database {shown(url)} {refusal}") from None
    except DatabaseError as error:
        if _is_foreign_schema(error):
            raise DatabaseRefused(_foreign_schema(url, error)) from None
        words = f"database {shown(url)} cannot be used: {first_line(error)}; {_fix(url, error)}"
        if isinstance(error, OperationalError) and not _is_damage(error) and not _is_lasting(error):
            raise DatabaseUnavailable(words) from None
        raise DatabaseRefused(words) from None


def first_line(error: SQLAlchemyError) -> str:
    """Return the cause of a database error in one line."""
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().splitlines()[0]


def is_busy(error: DatabaseError) -> bool:
    """Return whether SQLite gave up waiting for another program's transaction."""
    return _sqlite_code(error) == SQLITE_BUSY


def is_passing(error: sqlite3.DatabaseError) -> bool:
    """Return whether a SQLite error is temporary: full disk, a lock, a failed read or write."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in SQLITE_PASSING


def _sqlite_code(error: DatabaseError) -> int | None:
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF  # the low byte is the error; the rest is detail


def _sqlstate(error: DatabaseError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _is_damage(error: DatabaseError) -> bool:
    """Return whether SQLite reports a malformed file or an unreadable text, or PostgreSQL reports corrupted data."""
    is_unreadable = isinstance(error, OperationalError) and any(
        words in first_line(error) for words in UNREADABLE
    )
    return type(error) is DatabaseError or is_unreadable or _sqlstate(error) in CORRUPTED


def _is_foreign_schema(error: DatabaseError) -> bool:
    return _sqlite_code(error) == SQLITE_ERROR or _sqlstate(error) in UNDEFINED


def _foreign_schema(url: URL, error: DatabaseError) -> str:
    return (
        f"database {shown(url)} does not have the tables of this storywatch: {first_line(error)}; "
        "restore a backup with `storywatch db restore FILE`, or move the database away to start with a new one"
    )


def _is_lasting(error: OperationalError) -> bool:
    return _sqlite_code(error) == SQLITE_READONLY or any(words in str(error.orig) for words in WRONG_URL)


def _fix(url: URL, error: DatabaseError) -> str:
    if url.get_backend_name() != "sqlite":
        return "check that the server runs, and that its address, user, password and database name are right"
    if isinstance(error, OperationalError):
        return (
            "check whether its disk is full or read-only, or another program keeps it locked; no data is lost"
        )
    return "restore a backup with `storywatch db restore FILE`, or move the file away to start with a new one"
