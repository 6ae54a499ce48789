"""Opens the configured database and synchronises its subscriptions with the configuration."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from monitor.actions.feeds.in_sync import is_in_sync
from storage.database import Database
from storage.engine.errors import DatabaseRefused, DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from monitor.config.settings import Settings
    from storage.database import Ledger

T = TypeVar("T")


@contextmanager
def open_present(settings: Settings) -> Iterator[Database | None]:
    """Open the database for reading as it is, for a block; None if there is none yet, and none is created.

    Raises:
        DatabaseRefused: the database cannot be used.
    """
    if not Database.is_there(settings.database):
        yield None
        return
    database = Database.open(settings.database)
    try:
        yield database
    finally:
        database.close()


def read_if_there(settings: Settings, read: Callable[[Ledger], T], *, otherwise: T) -> T:
    """Return what `read` finds in the database; `otherwise` if there is none yet, or it cannot be read now."""
    try:
        with open_present(settings) as database:
            if database is None:
                return otherwise
            with database.read() as ledger:
                return read(ledger)
    except (DatabaseRefused, DatabaseUnavailable):
        return otherwise


@contextmanager
def open_ledger(settings: Settings, *, now: datetime) -> Iterator[Database]:
    """Open the database for a block; new feeds are due `now`, deliveries of removed channels, topics and feeds are held.

    Raises:
        DatabaseRefused: the database cannot be used.
    """
    database = Database.open(settings.database)
    try:
        _sync(database, settings, now=now)
        yield database
    finally:
        database.close()


@contextmanager
def open_to_read(settings: Settings, *, now: datetime) -> Iterator[Database]:
    """Open the database for a block that reads: it is changed as by `open_ledger` only if the configuration was.

    Raises:
        DatabaseRefused: the database cannot be used.
    """
    database = Database.open(settings.database)
    try:
        if not is_in_sync(database, settings):
            _sync(database, settings, now=now)
        yield database
    finally:
        database.close()


def _sync(database: Database, settings: Settings, *, now: datetime) -> None:
    from monitor.actions.feeds.sync_subscriptions import sync_subscriptions  # noqa: PLC0415  # not to read

    sync_subscriptions(database, settings, now=now)
