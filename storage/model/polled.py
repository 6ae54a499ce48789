"""Feeds and their publications."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from storage.model.feed_state import FeedState
from storage.model.habit import ByteCounts, Habit, PermanentRedirect
from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from storage.model.feed_state import FeedKind


@value
class Validators:
    """`ETag` and `Last-Modified` exactly as a server sent them (RFC 9110, 8.8); never parsed."""

    etag: str | None = None
    last_modified: str | None = None


@value
class Publication:
    """One item as a feed gave it: decoded and free of control characters; summary and content may hold HTML.

    `publisher_id` is the publisher's own id as given. `url` is absolute http(s) or None. `published_at` is the time in
    the feed, at most the time of the poll; None if the feed gives none. `source` and `source_url` name the publisher
    from whom an aggregator has the item.
    """

    publisher_id: str | None = None
    title: str = ""
    summary: str = ""
    content: str = ""
    url: str | None = None
    author: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    source: str | None = None
    source_url: str | None = None


@value
class IndexEntry:
    """The entry of a feed in a sitemap index: the index, and when the feed last changed according to the index.

    Its items are items of the index. `index_url` is the configured one.
    """

    index_id: int
    index_url: str
    changed_at: datetime | None = None


@value
class Feed:
    """A subscribed URL, or a sitemap that a subscribed index lists, and what polling it has taught us.

    `url` is the configured one, normalised. `home` is the id of the outlet whose feed it is, None for one that brings the
    items of others. `kind` is None until it was read. A `control`
    feed only shows what the others miss. `bounds` names the owner's intervals by which `next_poll` was computed;
    `fresh_until` and `retry_at` are the times until which its last response asked not to poll (Cache-Control, Retry-After).
    """

    id: int
    url: str
    title: str
    current_url: str
    host: str
    state: FeedState = FeedState.OK
    validators: Validators = field(default_factory=Validators)
    body_hash: str | None = None
    interval: timedelta
    interval_reason: str = ""
    hints: str | None = None
    next_poll: datetime
    bounds: str | None = None
    fresh_until: datetime | None = None
    retry_at: datetime | None = None
    last_poll: datetime | None = None
    last_success: datetime | None = None
    first_success: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    error_kind: str | None = None
    last_error: str | None = None
    merged_into: int | None = None
    move: PermanentRedirect | None = None
    habit: Habit = field(default_factory=Habit)
    traffic: ByteCounts = field(default_factory=ByteCounts)
    items: int = 0
    home: str | None = None
    control: bool = False
    kind: FeedKind | None = None
    entry: IndexEntry | None = None

    @property
    def owner_id(self) -> int:
        """The id of the feed that its items belong to: its own, or that of its index."""
        return self.entry.index_id if self.entry else self.id

    @property
    def configured_url(self) -> str:
        """The URL in the configuration: its own, or that of its index."""
        return self.entry.index_url if self.entry else self.url


@value
class Item:
    """One entry of a feed as stored. `feed` is the feed's title.

    `outlet` is the id of the outlet whose article it is, `outlet_name` its name for people. `same_as` is the first item
    with the same article if that came by another feed. `gap_since` is set if the item appeared during a long outage of
    storywatch or of the feed: it is the last successful poll before the outage. `page` is the text of its page, which
    is read for matched items of some topics. `of_sitemap` says that its feed gives titles alone.
    """

    id: int
    feed_id: int
    feed: str
    publisher_id: str | None
    title: str
    summary: str
    content: str
    url: str | None
    author: str | None = None
    language: str | None = None
    published_at: datetime | None
    first_seen: datetime
    at_first_poll: bool = False
    gap_since: datetime | None = None
    page: str = ""
    of_sitemap: bool = False
    outlet: str = ""
    outlet_name: str = ""
    same_as: int | None = None

    @property
    def article(self) -> int:
        """The id of the first item with the same article."""
        return self.same_as or self.id
