"""Pauses, resumes and polls feeds at the owner's request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.actions.refused import ActionRefused
from storage.model import POLLED_STATES, SITEMAPS

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database, Ledger
    from storage.model import Feed


class FeedNotSubscribed(ActionRefused):
    """No subscribed feed has this address."""


class FeedNotPolled(ActionRefused):
    """The feed is paused or gone, so that it is not polled until it is resumed."""


def pause_feed(database: Database, url: str) -> Feed:
    """Stop polling a feed until it is resumed; return it as it was.

    Raises:
        FeedNotSubscribed: no subscribed feed has this URL.
    """
    with database.write() as ledger:
        feed = _subscribed(ledger, url)
        ledger.feed_controls.pause(feed.id)
    return feed


def resume_feed(database: Database, url: str, *, now: datetime) -> Feed:
    """Make a feed due that was paused, is gone (410) or was merged into another; return it as it was.

    Raises:
        FeedNotSubscribed: no subscribed feed has this URL.
    """
    with database.write() as ledger:
        feed = _subscribed(ledger, url)
        ledger.feed_controls.resume(feed.id, now=now)
    return feed


def poll_now(database: Database, url: str, *, now: datetime) -> Feed:
    """Make a feed due regardless of its interval, and return it; the poll pass polls it next.

    Raises:
        FeedNotSubscribed: no subscribed feed has this URL.
        FeedNotPolled: the feed is paused or gone.
    """
    with database.write() as ledger:
        feed = _subscribed(ledger, url)
        if feed.state not in POLLED_STATES:
            named = feed.title or feed.url
            raise FeedNotPolled(
                f"{named} is {feed.state}; fix: resume it first",
                f"`storywatch feeds resume {feed.url}` does that",
            )
        ledger.feed_controls.make_due([feed.id], now=now)
        ledger.sitemap_children.make_due([feed.id], now=now)
    return feed


def poll_all_now(database: Database, *, only_failing: bool, now: datetime) -> tuple[Feed, ...]:
    """Make every feed due that is neither paused nor gone, or only those that fail; return them."""
    with database.write() as ledger:
        feeds = tuple(
            feed
            for feed in ledger.feeds.subscribed()
            if feed.state in POLLED_STATES and (feed.failures or not only_failing)
        )
        ledger.feed_controls.make_due([feed.id for feed in feeds], now=now)
        ledger.sitemap_children.make_due([feed.id for feed in feeds if feed.kind in SITEMAPS], now=now)
    return feeds


def _subscribed(ledger: Ledger, url: str) -> Feed:
    feed_id = ledger.feeds.ids_of([url]).get(url)
    if feed_id is None:
        raise FeedNotSubscribed(f"no feed {url!r} is subscribed", "`storywatch feeds list` shows the feeds")
    return ledger.feeds.subscribed(only=feed_id)[0]
