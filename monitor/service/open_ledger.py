"""The configured ledger, with its subscriptions brought up to the configuration."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from monitor.polling.http.address import Target, parse_target
from storage.database import Database
from storage.stores.feeds import Subscription

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from monitor.config.settings import FeedConfig, Settings


@contextmanager
def open_ledger(settings: Settings, *, now: datetime) -> Iterator[Database]:
    """Open the ledger for a block; new feeds are due `now`, deliveries of channels, topics and feeds that are gone are held.

    Raises:
        DatabaseRefused: the ledger cannot be used.
    """
    database = Database.open(settings.database)
    try:
        sync_subscriptions(database, settings, now=now)
        yield database
    finally:
        database.close()


def sync_subscriptions(database: Database, settings: Settings, *, now: datetime) -> None:
    """Bring a ledger's subscriptions and deliveries up to a configuration."""
    with database.write() as ledger:
        ledger.feeds.subscribe([_subscription(feed, settings) for feed in settings.feeds], now=now)
        ledger.outbox.hold_removed(
            [channel.name for channel in settings.channels],
            [topic.name for topic in settings.topics],
            now=now,
        )


def _subscription(feed: FeedConfig, settings: Settings) -> Subscription:
    target = parse_target(feed.url)
    secret = repr((feed.headers, feed.username, feed.password)) if feed.headers or feed.username else ""
    return Subscription(
        url=feed.url,
        title=feed.title,
        host=target.host_key if isinstance(target, Target) else "",
        access_hash=hashlib.sha256(secret.encode()).hexdigest() if secret else None,
        interval=feed.interval or settings.polling.interval,
    )
