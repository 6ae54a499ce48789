"""Column types: instants, long texts and row ids."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, DateTime, Integer, Text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.types import TypeDecorator

from storage.model.packed import packed

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Dialect


_WITHOUT_OFFSET = len("2026-11-30 12:00:00.000000")


class Instant(TypeDecorator[datetime]):
    """A time in aware UTC; SQLite, which has no time zones, stores it as naive UTC text that sorts."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """Return a single function from a time to the driver's value: this runs often."""
        return _to_text if dialect.name == "sqlite" else _to_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Return a function from the driver's value to aware UTC."""
        del coltype
        return _from_text if dialect.name == "sqlite" else _to_utc


def _to_utc(moment: datetime | None) -> datetime | None:
    """Convert to naive UTC, and refuse naive times, whose meaning would depend on the machine."""
    if moment is None:
        return None
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"naive time {moment!r} cannot be stored; give it a time zone")
    return moment.astimezone(UTC)


def _to_text(moment: datetime | None) -> str | None:
    # Converted before the cache: of an hour that occurs twice, both passes are equal as local times.
    utc = _to_utc(moment)
    return None if utc is None else _text_of(utc)


@lru_cache(maxsize=64)  # most times of a transaction are that of its round
def _text_of(utc: datetime) -> str:
    return utc.isoformat(" ", "microseconds")[:_WITHOUT_OFFSET]


def _from_text(text: str | None) -> datetime | None:
    # `replace(tzinfo=UTC)` would take five times as long.
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


class LongText(TypeDecorator[str]):
    """A text that SQLite stores compressed, as a BLOB, if it is long; PostgreSQL compresses large rows by itself.

    A text that was packed before (`storage.model.packed`) is stored as it is. It cannot be compared or searched in SQL.
    `unpacked` is also an SQL function on SQLite.
    """

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[str | bytes | None], Any] | None:
        """Return a function from the text to the driver's value."""
        return _packed_once if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], str | None] | None:
        """Return a function from the driver's value to the text."""
        del coltype
        return unpacked if dialect.name == "sqlite" else None


def _packed_once(words: str | bytes | None) -> str | bytes | None:
    return packed(words) if isinstance(words, str) else words


def unpacked(stored: str | bytes | None) -> str | None:
    """Return the text of a stored value.

    Raises:
        DatabaseError: its bytes are damaged.
    """
    if not isinstance(stored, bytes):
        return stored
    try:
        return zlib.decompress(stored).decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise DatabaseError(statement=None, params=None, orig=error) from error


# SQLite numbers rows by itself only if the type is exactly INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")
