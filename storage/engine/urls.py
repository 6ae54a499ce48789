"""Database URLs: checks them, finds the file they name, and shows them without a password."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from storage.engine.errors import DatabaseRefused

if TYPE_CHECKING:
    from sqlalchemy import URL


def parsed(url: str) -> URL:
    """Return the URL of a database that storywatch can use.

    Raises:
        DatabaseRefused: it is not a URL, or names another kind of database.
    """
    try:
        found = make_url(url)
    except ArgumentError:
        raise DatabaseRefused(
            f"database {url!r} is not a URL; write sqlite:///storywatch.db or postgresql+psycopg://user@host/name",
        ) from None
    if found.get_backend_name() not in {"sqlite", "postgresql"}:
        raise DatabaseRefused(
            f"database {shown(found)}: '{found.get_backend_name()}' is not supported; "
            "use sqlite:///FILE or postgresql+psycopg://…",
        )
    return found


def sqlite_path(url: URL) -> Path | None:
    """Return the file of a SQLite database; None for a server."""
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return None
    return Path(str(url.database))


def shown(url: URL) -> str:
    """Return the URL of a database without its password."""
    path = sqlite_path(url)
    return str(path) if path else url.render_as_string(hide_password=True)
