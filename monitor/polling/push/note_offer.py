"""Stores the hub that a polled feed names, and whether the poll found items that the hub had not pushed."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from monitor.polling.push.offer import offer_of

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.polling.http.outcome import Fetched
    from monitor.polling.parsing.parsed_feed import FeedFacts
    from storage.database import Ledger
    from storage.model import Feed

PUSH_DELAY = timedelta(minutes=10)  # a hub that has pushed within this time is considered active


def note_offer(
    ledger: Ledger, feed: Feed, fetched: Fetched, facts: FeedFacts, *, brought_news: bool, now: datetime
) -> None:
    """Store the hub of a complete document. A hub that did not push the feed's news is not relied on."""
    if feed.entry is not None or fetched.status != HTTPStatus.OK:
        return  # a sitemap of an index, or a document that contains only changes
    ledger.hubs.offer(feed.id, offer_of(url=fetched.url, headers=fetched.headers, facts=facts))
    if brought_news:
        ledger.hubs.distrust(feed.id, pushed_before=now - PUSH_DELAY)
