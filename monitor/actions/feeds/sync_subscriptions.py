"""Synchronises the database's subscriptions with the configuration."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from monitor.actions.feeds.follow_intervals import follow_intervals
from monitor.actions.feeds.in_sync import FOLLOWED
from monitor.config.subscriptions_hash import edited_at, subscriptions_hash
from monitor.polling.http.address import Target, parse_target
from monitor.polling.http.outcome import FailureKind
from storage.stores.feeds import Subscription

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config.settings import FeedConfig, Settings
    from storage.database import Database

# Failures that an edit of `[polling]` may resolve: allow_networks and allow_ports, max_bytes, timeout.
OF_THE_CONFIGURATION = (
    FailureKind.ADDRESS,
    FailureKind.REDIRECT,
    FailureKind.TOO_LARGE,
    FailureKind.TIMEOUT,
)


def sync_subscriptions(database: Database, settings: Settings, *, now: datetime) -> None:
    """Subscribe the configured feeds and no others, and hold deliveries of channels and topics that are removed.

    Feeds that failed because of the configuration are due at once if its file has changed since they were polled; feeds whose
    interval was lowered are polled within the new one.
    """
    edited = edited_at(settings.path)
    with database.write() as ledger:
        ledger.feeds.subscribe([_subscription(feed, settings) for feed in settings.feeds], now=now)
        if edited is not None and edited <= now:
            kinds = [str(kind) for kind in OF_THE_CONFIGURATION]
            ledger.feed_controls.retry_failed(kinds, polled_before=edited, now=now)
        ledger.outbox.hold_removed(
            [channel.name for channel in settings.channels],
            [topic.name for topic in settings.topics],
            now=now,
        )
        ledger.keys.replace(FOLLOWED, subscriptions_hash(settings), now=now)
    follow_intervals(database, settings, now=now)


def _subscription(feed: FeedConfig, settings: Settings) -> Subscription:
    target = parse_target(feed.url)
    secret = repr((feed.headers, feed.username, feed.password)) if feed.headers or feed.username else ""
    return Subscription(
        url=feed.url,
        title=feed.title,
        host=target.host_key if isinstance(target, Target) else "",
        access_hash=hashlib.sha256(secret.encode()).hexdigest() if secret else None,
        interval=feed.interval or settings.polling.interval,
        control=feed.control,
    )
