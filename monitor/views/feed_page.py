"""A feed in full: its health and pace, its items per week, and how often it had a story first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.views.feeds import WEEK, FeedDetail, FeedRow, read_feed, read_feeds
from monitor.views.refused import ViewRefused
from storage.model import FeedState, MuteKind

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Ledger

WEEKS = 26  # weeks for which items are counted
SHARE_WINDOW = timedelta(days=90)  # in which it is counted how often the feed was first
LATEST = 10  # items named
MAX_ROWS = 200  # feeds on one page of the list
ORDER = (FeedState.FAILING, FeedState.GONE, FeedState.SILENT, FeedState.PAUSED, FeedState.OK)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """An item of a feed in short."""

    id: str
    title: str
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedShare:
    """The stories of several outlets in which a feed had a part, and how many of them it had first."""

    stories: int
    first: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """A feed with its activity: `weeks` counts its items a week, the present week last."""

    detail: FeedDetail
    weeks: tuple[int, ...]
    share: FeedShare
    latest: tuple[FeedItem, ...]
    muted_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedList:
    """The feeds that fit, those in trouble first; `more` were left out for room. `states` counts all that are subscribed."""

    rows: tuple[FeedRow, ...]
    more: int
    states: tuple[tuple[FeedState, int], ...]


def read_feed_list(
    ledger: Ledger, *, words: str = "", state: FeedState | None = None, now: datetime
) -> FeedList:
    """Return the subscribed feeds whose title or address contains the words, in this state or in any."""
    feeds = read_feeds(ledger, now=now)
    folded = words.strip().casefold()
    fitting = [
        one
        for one in feeds
        if state in {None, one.state} and (not folded or folded in f"{one.title} {one.url}".casefold())
    ]
    fitting.sort(key=lambda one: (ORDER.index(one.state), (one.title or one.url).casefold()))
    counts = Counter(one.state for one in feeds)
    return FeedList(
        rows=tuple(fitting[:MAX_ROWS]),
        more=max(len(fitting) - MAX_ROWS, 0),
        states=tuple((one, counts[one]) for one in ORDER if counts[one]),
    )


def read_feed_page(ledger: Ledger, number: int, *, now: datetime) -> FeedPage:
    """Return a subscribed feed by its number.

    Raises:
        ViewRefused: no feed has this number, or it is no longer subscribed.
    """
    feed = next(iter(ledger.feeds.subscribed(only=number)), None)
    if feed is None:
        raise ViewRefused("this feed is not subscribed; the list of feeds has those that are")
    seen = ledger.feed_history.seen_since(number, now - WEEKS * WEEK)
    weeks = Counter(min((now - one) // WEEK, WEEKS - 1) for one in seen)
    share = ledger.feed_history.story_share(number, since=now - SHARE_WINDOW)
    mutes = {(one.kind, one.target): one.until for one in ledger.mutes.active(now=now)}
    return FeedPage(
        detail=read_feed(ledger, feed, now=now),
        weeks=tuple(weeks[back] for back in reversed(range(WEEKS))),
        share=FeedShare(stories=share.stories, first=share.first),
        latest=tuple(
            FeedItem(id=f"i{item_id}", title=title, first_seen=first_seen)
            for item_id, title, first_seen in ledger.feed_history.latest(number, limit=LATEST)
        ),
        muted_until=mutes.get((MuteKind.FEED, str(number))),
    )
