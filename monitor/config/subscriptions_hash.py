"""A hash of the part of the configuration that the database follows: feeds, channels and topics."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.config.settings import Settings


def subscriptions_hash(settings: Settings) -> str:
    """Return a hash that differs after any change to the configured feeds, channels or topics, or to the file."""
    feeds = [
        (feed.url, feed.title, feed.interval, feed.control, feed.headers, feed.username, feed.password)
        for feed in settings.feeds
    ]
    names = [channel.name for channel in settings.channels], [topic.name for topic in settings.topics]
    followed = (feeds, settings.polling.interval, names, edited_at(settings.path))
    return sha256(repr(followed).encode(errors="surrogatepass")).hexdigest()


def edited_at(path: Path) -> datetime | None:
    """Return when a file was last written; None if that cannot be read."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    except (OSError, OverflowError, ValueError):
        return None
