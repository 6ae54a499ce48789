"""The feeds that are polled: the subscribed ones, and the children of subscribed sitemap indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, literal, or_, select

from storage import schema
from storage.model import POLLED_STATES
from storage.schema.columns import Instant

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from storage.engine.sql import AnyRow

_feeds = schema.feeds.c
_hosts = schema.hosts.c


def is_followed() -> ColumnElement[bool]:
    """Return the condition that a feed is subscribed, or is listed by an index that is polled."""
    index = schema.feeds.alias()
    polled = select(index.c.id).where(index.c.subscribed, index.c.state.in_(POLLED_STATES))
    return or_(_feeds.subscribed, and_(_feeds.parent_id.is_not(None), _feeds.parent_id.in_(polled)))


def is_polled() -> ColumnElement[bool]:
    """Return the condition that a feed is followed, and neither paused nor gone."""
    return and_(is_followed(), _feeds.state.in_(POLLED_STATES))


def may_be_asked(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a feed is polled, its time has come, and its host has not asked for a pause."""
    quiet = select(_hosts.host).where(_hosts.quiet_until > now)
    return and_(is_polled(), _feeds.next_poll <= now, _feeds.host.not_in(quiet))


def soonest(now: datetime) -> ColumnElement[datetime]:
    """Return the time from which a feed may be asked again: now, unless its server or host asks to wait (Retry-After)."""
    quiet = select(_hosts.quiet_until).where(_hosts.host == _feeds.host, _hosts.quiet_until > now)
    free = func.coalesce(quiet.scalar_subquery(), literal(now, Instant))
    return case((_feeds.retry_at > free, _feeds.retry_at), else_=free)


def longest_overdue(connection: Connection, due: Select[Any], *, limit: int) -> list[AnyRow]:
    """Return the rows of the feeds longest overdue, of a SELECT with their ids and times of the last poll.

    If there are more, feeds that were never polled leave half of the places to the others: an import of thousands must
    not delay them.
    """
    ordered = due.order_by(_feeds.next_poll, _feeds.id)
    first = connection.execute(ordered.limit(limit)).all()
    if len(first) < limit or all(row.last_poll is not None for row in first):
        return list(first)
    others = connection.execute(ordered.where(_feeds.last_poll.is_not(None)).limit(limit // 2)).all()
    ids = {row.id for row in others}
    return [*others, *(row for row in first if row.id not in ids)][:limit]
