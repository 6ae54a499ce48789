"""Opens the configured database and synchronises its subscriptions with the configuration."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from monitor.actions.feeds.in_sync import is_in_sync
from storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from monitor.config.settings import Settings


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
