"""The kinds of events that are reported to the operators."""

from __future__ import annotations

from enum import StrEnum


class EventKind(StrEnum):
    """The events of feeds, channels and the network; the values are webhook event types."""

    FEED_FAILING = "feed.failing"
    FEED_RECOVERED = "feed.recovered"
    FEED_GONE = "feed.gone"
    FEED_MOVED = "feed.moved"
    FEED_SILENT = "feed.silent"
    FEED_GAP = "feed.gap"
    FEED_UNSTABLE = "feed.unstable"
    NETWORK_DOWN = "network.down"
    NETWORK_UP = "network.up"
    CHANNEL_FAILING = "channel.failing"
    CHANNEL_RECOVERED = "channel.recovered"
    DELIVERY_DEAD = "delivery.dead"
    TEST = "test"


OF_FEEDS = frozenset(kind for kind in EventKind if kind.startswith("feed."))
