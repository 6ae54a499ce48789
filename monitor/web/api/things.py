"""Finds the configured topic or channel, or the subscribed feed, that an address names."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from monitor.config.errors import suggestion
from monitor.views.find_feed import find_feed
from monitor.views.refused import ViewRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.config.settings import Settings, TopicConfig
    from storage.database import Ledger
    from storage.model import Channel, Feed

T = TypeVar("T")


def named_topic(settings: Settings, name: str) -> TopicConfig:
    """Return the configured topic of this name.

    Raises:
        ViewRefused: there is none.
    """
    return _named("topic", {topic.name: topic for topic in settings.topics}, name)


def named_channel(settings: Settings, name: str) -> Channel:
    """Return the configured channel of this name.

    Raises:
        ViewRefused: there is none.
    """
    return _named("channel", {channel.name: channel for channel in settings.channels}, name)


def _named(kind: str, known: Mapping[str, T], name: str) -> T:
    if name not in known:
        raise ViewRefused(f"no {kind} {name!r}; {suggestion(name, known)}")
    return known[name]


def named_feed(ledger: Ledger, words: str) -> Feed:
    """Return the subscribed feed with this number, or else with this address or title.

    Raises:
        ViewRefused: no feed, or more than one, is meant.
    """
    numbered = [feed for feed in ledger.feeds.subscribed() if str(feed.id) == words]
    return numbered[0] if numbered else find_feed(ledger, words)
