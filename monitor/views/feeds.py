"""The subscribed feeds: a row of the list, and one feed in detail."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from monitor.polling.feed_state.habits import has_unstable_ids
from monitor.views.iso import iso
from storage.model import POLLED_STATES
from storage.model.pushed import HubState
from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Ledger
    from storage.model import Feed, FeedKind, FeedState

RATE_WINDOW = timedelta(days=28)  # the period over which items a week are counted
WEEK = timedelta(days=7)
DAY = timedelta(days=1)


@value
class FeedRow:
    """One subscribed feed. `next_poll` is None while it is not polled; `is_due` says that its time has come."""

    id: int
    url: str
    title: str
    state: FeedState
    last_poll: datetime | None
    next_poll: datetime | None
    is_due: bool
    interval: timedelta
    interval_reason: str
    last_error: str | None
    items: int
    current_url: str
    last_success: datetime | None
    failing_since: datetime | None
    failures: int
    last_new: datetime | None
    missed_items_at: datetime | None
    unstable_ids: bool
    saved_bytes: int
    kind: FeedKind | None

    @property
    def interval_words(self) -> str:
        """The reason for the interval, also where no poll has given one."""
        return self.interval_reason or (
            "not polled yet" if self.last_poll is None else "no poll has succeeded yet"
        )


@value
class FeedPush:
    """The hub that a feed offers, and the subscription there; `state` is None while there is none."""

    hub: str
    state: HubState | None
    until: datetime | None
    last_push: datetime | None
    error: str | None


@value
class FeedDetail:
    """One feed with the details that its row lacks.

    `items_a_week` is None until the feed has been watched for a day. `move_target` is the target of a permanent
    redirect that is not followed yet, and `move_polls` the number of polls in a row that answered with it. `sitemaps`
    are the sitemaps that are polled, or were, for a sitemap index. `push` is None for a feed that offers no hub.
    """

    row: FeedRow
    items_a_week: float | None
    move_target: str | None
    move_polls: int
    sitemaps: tuple[FeedRow, ...] = ()
    push: FeedPush | None = None


def read_feeds(ledger: Ledger, *, now: datetime) -> tuple[FeedRow, ...]:
    """Return every subscribed feed in the order in which they were added."""
    return tuple(_row(feed, now) for feed in ledger.feeds.subscribed())


def read_feed(ledger: Ledger, feed: Feed, *, now: datetime) -> FeedDetail:
    """Return a subscribed feed in detail; `feed` carries its number of items (see `find_feed`)."""
    new = ledger.items.new_since([feed.id], now - RATE_WINDOW).get(feed.id, 0)
    return FeedDetail(
        row=_row(feed, now),
        items_a_week=_weekly(feed, new, now),
        move_target=feed.move.target if feed.move else None,
        move_polls=feed.move.polls if feed.move else 0,
        sitemaps=tuple(_row(child, now) for child in ledger.sitemap_children.of(feed.id)),
        push=_push(ledger, feed.id, now),
    )


def read_sitemap_kinds(ledger: Ledger) -> dict[str, FeedKind]:
    """Return the kinds of the subscribed feeds that are sitemaps, by URL."""
    return ledger.feeds.sitemaps()


def feed_row_json(row: FeedRow) -> dict[str, Any]:
    """Return an entry of the output of `feeds list --format json`."""
    return {
        "url": row.url,
        "title": row.title,
        "state": str(row.state),
        "last_poll": iso(row.last_poll),
        "next_poll": iso(row.next_poll),
        "interval": int(row.interval.total_seconds()),
        "interval_reason": row.interval_reason,
        "last_error": row.last_error,
        "items": row.items,
        "current_url": row.current_url,
        "last_success": iso(row.last_success),
        "failing_since": iso(row.failing_since),
        "failures": row.failures,
        "last_new": iso(row.last_new),
        "unstable_ids": row.unstable_ids,
        "saved_bytes": row.saved_bytes,
        "due": row.is_due,
        "missed_items_at": iso(row.missed_items_at),
        "kind": row.kind,
    }


def feed_detail_json(detail: FeedDetail) -> dict[str, Any]:
    """Return the output of `feeds show --format json`."""
    sitemaps = [
        {
            "url": one.url,
            "state": str(one.state),
            "last_poll": iso(one.last_poll),
            "next_poll": iso(one.next_poll),
            "last_error": one.last_error,
        }
        for one in detail.sitemaps
    ]
    rest = {"items_a_week": detail.items_a_week, "sitemaps": sitemaps, "push": _push_json(detail.push)}
    return feed_row_json(detail.row) | rest


def _push_json(push: FeedPush | None) -> dict[str, Any] | None:
    if push is None:
        return None
    return {
        "hub": push.hub,
        "state": push.state and str(push.state),
        "until": iso(push.until),
        "last_push": iso(push.last_push),
        "error": push.error,
    }


def _push(ledger: Ledger, feed_id: int, now: datetime) -> FeedPush | None:
    one = ledger.hubs.of(feed_id)
    if one is None:
        offer = ledger.hubs.offered(feed_id)
        if offer is None:
            return None
        return FeedPush(hub=offer.hub, state=None, until=None, last_push=None, error=None)
    is_over = one.state is HubState.ACTIVE and not one.is_live(now)
    return FeedPush(
        hub=one.offer.hub,
        state=HubState.ASKED if is_over else one.state,
        until=None if is_over else one.lease_until,
        last_push=one.last_push,
        error=one.error,
    )


def _row(feed: Feed, now: datetime) -> FeedRow:
    is_polled = feed.state in POLLED_STATES
    return FeedRow(
        id=feed.id,
        url=feed.url,
        title=feed.title,
        state=feed.state,
        last_poll=feed.last_poll,
        next_poll=feed.next_poll if is_polled else None,
        is_due=is_polled and feed.next_poll <= now,
        interval=feed.interval,
        interval_reason=feed.interval_reason,
        last_error=feed.last_error,
        items=feed.items,
        current_url=feed.current_url,
        last_success=feed.last_success,
        failing_since=feed.failing_since,
        failures=feed.failures,
        last_new=feed.habit.last_new,
        missed_items_at=feed.habit.missed_at,
        unstable_ids=has_unstable_ids(feed.habit),
        saved_bytes=feed.traffic.saved_bytes,
        kind=feed.kind,
    )


def _weekly(feed: Feed, new: int, now: datetime) -> float | None:
    """Return the number of items a week in a feed, once it has been watched for a day."""
    if feed.first_success is None or now - feed.first_success < DAY:
        return None
    return round(new / (min(now - feed.first_success, RATE_WINDOW) / WEEK), 1)
