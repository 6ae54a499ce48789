"""Stores the hubs that polled feeds name, and whether polls found items that the hubs had not pushed."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from monitor.polling.push.offer import offer_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.polling.http.outcome import Fetched
    from monitor.polling.parsing.parsed_feed import FeedFacts
    from storage.database import Ledger
    from storage.model import Feed
    from storage.model.pushed import HubOffer

PUSH_DELAY = timedelta(minutes=10)  # a hub that has pushed within this time is considered active


class NotedOffer(NamedTuple):
    """The hub that a feed's document names, None if it names none, and whether the poll found new items."""

    feed_id: int
    offer: HubOffer | None
    brought_news: bool


def noted_offer(feed: Feed, fetched: Fetched, facts: FeedFacts, *, brought_news: bool) -> NotedOffer | None:
    """Return the hub of a complete document; None for a sitemap of an index, or a document with changes only."""
    if feed.entry is not None or fetched.status != HTTPStatus.OK:
        return None
    return NotedOffer(feed.id, offer_of(url=fetched.url, headers=fetched.headers, facts=facts), brought_news)


def store_offers(ledger: Ledger, noted: Sequence[NotedOffer], *, now: datetime) -> None:
    """Store the hubs of several feeds. A hub that did not push its feed's news is not relied on."""
    ledger.hubs.offer({one.feed_id: one.offer for one in noted})
    ledger.hubs.distrust([one.feed_id for one in noted if one.brought_news], pushed_before=now - PUSH_DELAY)
