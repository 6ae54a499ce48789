"""Counts of the whole database: its contents, and the work that waits or is late."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from storage import schema
from storage.model import DISCARDED, DeliveryState, FeedState
from storage.model.value import value
from storage.stores.polled_feeds import is_polled

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select


DAY = timedelta(days=1)
LATE = timedelta(minutes=5)  # a poll queued behind others of its host is not late yet
_POLLED = (FeedState.OK, FeedState.FAILING, FeedState.SILENT)
_UNDELIVERED = (DeliveryState.DEAD, DeliveryState.HELD, DeliveryState.UNKNOWN)
_UNSENT = (DeliveryState.PENDING, DeliveryState.LEASED, DeliveryState.UNKNOWN)


@value
class Overview:
    """Counts at one time: feeds and deliveries by state, late work, and new items of the last day."""

    feeds: dict[str, int]
    late_feeds: int
    last_poll: datetime | None
    next_poll: datetime | None
    saved_bytes: int
    items: int
    items_today: int
    unmatched: int
    stories_today: int
    deliveries: dict[str, int]
    dead_letters: int  # without discarded ones
    oldest_unsent: datetime | None
    next_digest: datetime | None
    network_down_since: datetime | None
    unpolled_feeds: int = 0  # subscribed and never polled yet


@value
class UndeliveredCount:
    """Undelivered deliveries of a channel in one state: how many, since when, and the last error."""

    channel: str
    state: DeliveryState
    count: int
    oldest: datetime
    error: str


def undelivered(connection: Connection) -> list[UndeliveredCount]:
    """Return deliveries that are dead, held, of unknown result or failed at least once, by channel and state."""
    row = schema.deliveries.c
    tried = (row.state == DeliveryState.PENDING) & (row.attempts > 0)
    statement = (
        select(row.channel, row.state, func.count(), func.min(row.created_at), func.max(row.last_error))
        .where(row.state.in_(_UNDELIVERED) | tried, func.coalesce(row.last_error, "") != DISCARDED)
        .group_by(row.channel, row.state)
        .order_by(row.channel, row.state)
    )
    return [
        UndeliveredCount(
            channel=found[0],
            state=DeliveryState(found[1]),
            count=found[2],
            oldest=found[3],
            error=found[4] or "",
        )
        for found in connection.execute(statement)
    ]


def overview(connection: Connection, *, now: datetime) -> Overview:
    """Return the counts of the whole database."""
    found = connection.execute(_counts(now)).one()
    return Overview(
        feeds=_by(connection, schema.feeds.c.state, schema.feeds.c.subscribed),
        late_feeds=found.late,
        last_poll=found.last,
        next_poll=found.next,
        saved_bytes=int(found.saved),
        items=found.items,
        items_today=found.items_today,
        unmatched=found.unmatched,
        stories_today=found.stories_today,
        deliveries=_by(connection, schema.deliveries.c.state),
        dead_letters=found.dead_letters,
        oldest_unsent=found.oldest_unsent,
        next_digest=found.next_digest,
        network_down_since=found.network_down_since,
        unpolled_feeds=found.never,
    )


def _counts(now: datetime) -> Select[Any]:
    """Return one statement for all counts: each statement takes half a millisecond to compile and execute."""
    feeds, items, stories = schema.feeds.c, schema.items.c, schema.stories.c
    deliveries, reports = schema.deliveries.c, schema.reports.c
    is_polled = feeds.state.in_(_POLLED)

    def one(name: str, value: Any, *conditions: ColumnElement[bool]) -> Any:
        return select(value).where(*conditions).scalar_subquery().label(name)

    return select(
        func.count().filter(is_polled, feeds.next_poll < now - LATE).label("late"),
        func.max(feeds.last_poll).label("last"),
        func.min(feeds.next_poll).filter(is_polled).label("next"),
        func.coalesce(func.sum(feeds.saved_bytes), 0).label("saved"),
        func.count().filter(is_polled, feeds.last_poll.is_(None)).label("never"),
        one("items", func.count(items.id)),
        one("items_today", func.count(items.id), items.first_seen > now - DAY),
        one("unmatched", func.count(schema.to_match.c.item_id)),
        one("stories_today", func.count(stories.id), stories.first_seen > now - DAY),
        one(
            "dead_letters",
            func.count(),
            deliveries.state == DeliveryState.DEAD,
            deliveries.last_error != DISCARDED,
        ),
        one("oldest_unsent", func.min(deliveries.created_at), deliveries.state.in_(_UNSENT)),
        one("next_digest", func.min(schema.digests.c.next_at)),
        one(
            "network_down_since",
            func.min(reports.since),
            reports.kind == "network.down",
            reports.ended_at.is_(None),
        ),
    ).where(feeds.subscribed)


def _by(
    connection: Connection, column: ColumnElement[Any], *conditions: ColumnElement[bool]
) -> dict[str, int]:
    rows = connection.execute(select(column, func.count()).where(*conditions).group_by(column))
    return {str(row[0]): int(row[1]) for row in rows}


@value
class Lag:
    """The waiting time of the oldest due work of each pass."""

    poll: timedelta
    match: timedelta
    deliver: timedelta


def lag(connection: Connection, *, now: datetime) -> Lag:
    """Return how far the passes are behind."""
    feeds, deliveries, waiting = schema.feeds.c, schema.deliveries.c, schema.to_match.c
    quiet = select(schema.hosts.c.host).where(schema.hosts.c.quiet_until > now)
    polled = (is_polled(), feeds.host.not_in(quiet))

    def behind(value: Any, *conditions: ColumnElement[bool]) -> timedelta:
        first = connection.execute(select(func.min(value)).where(*conditions)).scalar()
        return timedelta(0) if first is None else max(now - first, timedelta(0))

    unsent = deliveries.state.in_((DeliveryState.PENDING, DeliveryState.UNKNOWN))
    return Lag(
        poll=behind(feeds.next_poll, *polled),
        match=behind(waiting.since),
        deliver=behind(deliveries.next_at, unsent),
    )
