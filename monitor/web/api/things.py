"""Finds the configured topic or channel, or the subscribed feed, that an address names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.config.errors import suggestion
from monitor.views.find_feed import find_feed
from monitor.views.refused import ViewRefused

if TYPE_CHECKING:
    from monitor.config.settings import Settings, TopicConfig
    from storage.database import Ledger
    from storage.model import Channel, Feed


def named_topic(settings: Settings, name: str) -> TopicConfig:
    """Return the configured topic of this name.

    Raises:
        ViewRefused: there is none.
    """
    known = {topic.name: topic for topic in settings.topics}
    if name not in known:
        raise ViewRefused(f"no topic {name!r}; {suggestion(name, known)}")
    return known[name]


def named_channel(settings: Settings, name: str) -> Channel:
    """Return the configured channel of this name.

    Raises:
        ViewRefused: there is none.
    """
    known = {channel.name: channel for channel in settings.channels}
    if name not in known:
        raise ViewRefused(f"no channel {name!r}; {suggestion(name, known)}")
    return known[name]


def named_feed(ledger: Ledger, words: str) -> Feed:
    """Return the subscribed feed with this number, or else with this address or title.

    Raises:
        ViewRefused: no feed, or more than one, is meant.
    """
    numbered = [feed for feed in ledger.feeds.subscribed() if str(feed.id) == words]
    return numbered[0] if numbered else find_feed(ledger, words)
