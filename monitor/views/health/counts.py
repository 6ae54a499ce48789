"""The counts that `status` shows and `doctor` judges: feeds, items, stories and deliveries, and work that is late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from storage.database import Ledger
    from storage.model import DeliveryState, FeedState


@value
class StatusCounts:
    """Counts at one time: feeds and deliveries by state, late work, and new items and stories of the last day.

    `dead_letters` leaves out discarded deliveries. `unpolled_feeds` were never polled yet.
    """

    feeds: Mapping[str, int]
    unpolled_feeds: int
    late_feeds: int
    last_poll: datetime | None
    next_poll: datetime | None
    saved_bytes: int
    items: int
    items_today: int
    unmatched: int
    stories_today: int
    deliveries: Mapping[str, int]
    dead_letters: int
    oldest_unsent: datetime | None
    next_digest: datetime | None
    network_down_since: datetime | None


@value
class TroubledFeed:
    """A feed that is failing, gone or silent, with its last error."""

    id: int
    url: str
    title: str
    state: FeedState
    last_error: str | None


@value
class UndeliveredView:
    """Undelivered deliveries of a channel in one state: how many, since when, and the last error."""

    channel: str
    state: DeliveryState
    count: int
    oldest: datetime
    error: str


def read_troubled(ledger: Ledger) -> tuple[TroubledFeed, ...]:
    """Return the subscribed feeds in trouble."""
    return tuple(
        TroubledFeed(id=one.id, url=one.url, title=one.title, state=one.state, last_error=one.error or None)
        for one in ledger.feed_controls.troubled()
    )


def read_counts(ledger: Ledger, *, now: datetime) -> StatusCounts:
    """Return the counts of the whole database at a time."""
    seen = ledger.feed_controls.overview(now=now)
    return StatusCounts(
        feeds=seen.feeds,
        unpolled_feeds=seen.unpolled_feeds,
        late_feeds=seen.late_feeds,
        last_poll=seen.last_poll,
        next_poll=seen.next_poll,
        saved_bytes=seen.saved_bytes,
        items=seen.items,
        items_today=seen.items_today,
        unmatched=seen.unmatched,
        stories_today=seen.stories_today,
        deliveries=seen.deliveries,
        dead_letters=seen.dead_letters,
        oldest_unsent=seen.oldest_unsent,
        next_digest=seen.next_digest,
        network_down_since=seen.network_down_since,
    )


def read_undelivered(ledger: Ledger) -> tuple[UndeliveredView, ...]:
    """Return deliveries that are dead, held, of unknown result or failed at least once, by channel and state."""
    return tuple(
        UndeliveredView(
            channel=one.channel, state=one.state, count=one.count, oldest=one.oldest, error=one.error
        )
        for one in ledger.feed_controls.undelivered()
    )
