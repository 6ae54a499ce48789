"""The database URL: an SQLite file or a PostgreSQL database."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import tomli

from monitor.config.errors import BadValueError
from monitor.config.secrets import SecretSource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SQLITE = "sqlite:///"
POSTGRESQL = "postgresql+psycopg://"
DEFAULT_DATABASE = "sqlite:///storywatch.db"
REMEDY = f"write '{DEFAULT_DATABASE}' or '{POSTGRESQL}user@host/name'"


def database_url(text: str, *, base: Path) -> str:
    """Return the URL with an SQLite file's path made absolute from `base`.

    Raises `BadValueError`, which shows only the scheme, since a URL may contain a password.
    """
    if text.startswith(SQLITE):
        return _sqlite(text.removeprefix(SQLITE), base)
    if not text.startswith(POSTGRESQL):
        scheme, found, _ = text.partition("://")
        raise BadValueError(
            f"the scheme {scheme!r} is not supported" if found else "is not a database URL", REMEDY
        )
    try:
        _ = urlsplit(text).port
    except ValueError:
        raise BadValueError("the URL's host or port cannot be read", REMEDY) from None
    return text


def _sqlite(written: str, base: Path) -> str:
    name, question, options = written.partition("?")
    if not name or name == ":memory:":
        raise BadValueError(
            "the URL names no file", f"write '{DEFAULT_DATABASE}'; a database in memory is lost at a restart"
        )
    return f"{SQLITE}{base / name}{question}{options}"


def database_of(path: Path, *, environ: Mapping[str, str]) -> str | None:
    """Return the URL of the database that a configuration file names, without reading the rest of the configuration.

    Returns None where the file has an error that prevents this; only `load_settings` reports errors.
    """
    secrets = SecretSource(environ=environ, base=path.absolute().parent)
    try:
        written = tomli.loads(path.read_bytes().decode("utf-8-sig")).get("database", DEFAULT_DATABASE)
        return database_url(str(secrets.reveal(written)), base=secrets.base)
    except (OSError, ValueError, RecursionError):
        return None
