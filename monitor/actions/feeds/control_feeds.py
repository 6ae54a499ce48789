"""Pauses, resumes and polls feeds at the owner's request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from monitor.actions.refused import ActionRefused
from storage.model import POLLED_STATES, SITEMAPS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.database import Database, Ledger
    from storage.model import Feed


class FeedNotSubscribed(ActionRefused):
    """No subscribed feed has this address."""


class FeedNotPolled(ActionRefused):
    """The feed is paused or gone, so that it is not polled until it is resumed."""


class ServerAsksToWait(ActionRefused):
    """The feed's server asks not to be asked before a time (Retry-After)."""

    def __init__(self, waiting: PostponedPoll) -> None:
        named = waiting.feed.title or waiting.feed.url
        until = f"{waiting.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        super().__init__(f"the server of {named} asks to wait until {until} (Retry-After); it is polled then")
        self.waiting = waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class PostponedPoll:
    """A feed that is not polled before `until`, as its server or host asks (Retry-After)."""

    feed: Feed
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedPolls:
    """The feeds that are due now at the owner's request, and those that wait because their servers ask for it."""

    due: tuple[Feed, ...] = ()
    waiting: tuple[PostponedPoll, ...] = ()


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
    """Make a feed due that was paused, is gone (410) or was merged into another; return it with the time of its next poll.

    Raises:
        FeedNotSubscribed: no subscribed feed has this URL.
    """
    with database.write() as ledger:
        feed = _subscribed(ledger, url)
        ledger.feed_controls.resume(feed.id, now=now)
        [resumed] = ledger.feeds.with_ids([feed.id])
    return resumed


def poll_now(database: Database, url: str, *, now: datetime) -> Feed:
    """Make a feed due regardless of its interval, and return it; the poll pass polls it next.

    Raises:
        FeedNotSubscribed: no subscribed feed has this URL.
        FeedNotPolled: the feed is paused or gone.
        ServerAsksToWait: its server asks not to be asked yet; the feed is due when the wait is over.
    """
    with database.write() as ledger:
        feed = _subscribed(ledger, url)
        if feed.state not in POLLED_STATES:
            named = feed.title or feed.url
            raise FeedNotPolled(
                f"{named} is {feed.state}; fix: resume it first",
                f"`storywatch feeds resume {feed.url}` does that",
            )
        requested = _request(ledger, [feed], now=now)
    if requested.waiting:
        raise ServerAsksToWait(requested.waiting[0])
    return feed


def poll_all_now(database: Database, *, only_failing: bool, now: datetime) -> RequestedPolls:
    """Make every feed due that is neither paused nor gone, or only those that fail.

    A feed whose server asks to wait is due when the wait is over.
    """
    with database.write() as ledger:
        feeds = [
            feed
            for feed in ledger.feeds.subscribed()
            if feed.state in POLLED_STATES and (feed.failures or not only_failing)
        ]
        return _request(ledger, feeds, now=now)


def _request(ledger: Ledger, feeds: Sequence[Feed], *, now: datetime) -> RequestedPolls:
    ledger.feed_controls.make_due([feed.id for feed in feeds], now=now)
    ledger.sitemap_children.make_due([feed.id for feed in feeds if feed.kind in SITEMAPS], now=now)
    free_at = ledger.feed_controls.asked_to_wait(now=now)
    return RequestedPolls(
        due=tuple(feed for feed in feeds if feed.id not in free_at),
        waiting=tuple(
            PostponedPoll(feed=feed, until=free_at[feed.id]) for feed in feeds if feed.id in free_at
        ),
    )


def _subscribed(ledger: Ledger, url: str) -> Feed:
    feed_id = ledger.feeds.ids_of([url]).get(url)
    if feed_id is None:
        raise FeedNotSubscribed(f"no feed {url!r} is subscribed", "`storywatch feeds list` shows the feeds")
    return ledger.feeds.subscribed(only=feed_id)[0]
