"""The sitemaps that a sitemap index lists: rows of `feeds` that are polled and are not subscribed.

The items of a child are items of its index. A child that is not to be polled for now is paused.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, or_, select, update

from storage import schema
from storage.engine.sql import in_lists, insert
from storage.model import POLLED_STATES, SITEMAPS, FeedState
from storage.model.value import value
from storage.stores.feed_rows import INDEX_URL, feeds_in
from storage.stores.feeds import UNREAD
from storage.stores.polled_feeds import may_be_asked, soonest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.model import Feed

_feeds = schema.feeds.c
# A feed with rows in one of these tables is kept: it was subscribed once, or had reported events.
KEEPING = (schema.reports, schema.items, schema.identities, schema.hub_offers, schema.hub_subscriptions)
KEPT = timedelta(days=1)  # a row that was forgotten; no poll lasts that long


@value
class NewChild:
    """A child to follow from now on; `news_since` is set if its items are news, as its index was read before."""

    url: str
    host: str
    changed_at: datetime | None
    next_poll: datetime
    news_since: datetime | None


class SitemapChildren:
    """The children of sitemap indexes in one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, index_id: int) -> list[Feed]:
        """Return the children of an index that were ever followed, in the order they were found."""
        children = select(schema.feeds, INDEX_URL).where(_feeds.parent_id == index_id)
        return feeds_in(self._connection, children.order_by(_feeds.id))

    def hold_indexes(self, index_ids: Collection[int]) -> None:
        """Let no other transaction that does so store items of these indexes before this one ends."""
        if index_ids:
            rows = select(_feeds.id).where(_feeds.id.in_(sorted(index_ids))).order_by(_feeds.id)
            self._connection.execute(rows.with_for_update())

    def due(self, index_ids: Sequence[int], *, now: datetime) -> list[Feed]:
        """Return the children of these indexes whose time has come, except those of a quiet host."""
        found: list[Feed] = []
        for some in in_lists(index_ids):
            due = select(schema.feeds, INDEX_URL).where(_feeds.parent_id.in_(some), may_be_asked(now))
            found += feeds_in(self._connection, due.order_by(_feeds.id))
        return found

    def make_due(self, index_ids: Sequence[int], *, now: datetime) -> None:
        """Make the children of these indexes due that are polled, each as soon as its server allows."""
        for some in in_lists(index_ids):
            polled = (_feeds.parent_id.in_(some), _feeds.state.in_(POLLED_STATES))
            self._connection.execute(update(schema.feeds).where(*polled).values(next_poll=soonest(now)))

    def add(self, index: Feed, children: Sequence[NewChild]) -> None:
        """Follow these sitemaps, except those that are subscribed themselves or children of another index."""
        for child in children:
            values: dict[str, Any] = {
                "title": index.title,
                "current_url": child.url,
                "host": child.host,
                "subscribed": False,
                "interval_seconds": int(index.interval.total_seconds()),
                "next_poll": child.next_poll,
                "parent_id": index.id,
                "changed_at": child.changed_at,
            } | UNREAD
            values["first_success"] = child.news_since
            statement = insert(self._connection, schema.feeds).values(url=child.url, **values)
            self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["url"],
                    set_=values,
                    where=~_feeds.subscribed & _feeds.parent_id.is_(None),
                )
            )

    def change(self, children: Sequence[Feed]) -> None:
        """Store of these children whether they are polled, when, and when their index says they changed."""
        rows = [
            {
                "child": child.id,
                "state": child.state,
                "next_poll": child.next_poll,
                "changed_at": child.entry.changed_at if child.entry else None,
            }
            for child in children
        ]
        if rows:
            columns: dict[str, Any] = {name: bindparam(name) for name in ("state", "next_poll", "changed_at")}
            statement = update(schema.feeds).where(_feeds.id == bindparam("child")).values(columns)
            self._connection.execute(statement, rows)

    def forget(self, children: Sequence[Feed], *, now: datetime) -> None:
        """Poll these no more: their index lists them no longer.

        Their rows are deleted when others of their hosts are forgotten a day later: one may be in the middle of a poll.
        """
        ids = [child.id for child in children]
        if not ids:
            return
        statement = update(schema.feeds).where(_feeds.id.in_(ids))
        self._connection.execute(statement.values(state=FeedState.PAUSED, parent_id=None))
        self._delete_forgotten({child.host for child in children}, before=now - KEPT)

    def _delete_forgotten(self, hosts: Collection[str], *, before: datetime) -> None:
        """Delete forgotten sitemaps, unless something refers to them, such as a reported event."""
        referring = [exists(select(table.c.feed_id).where(table.c.feed_id == _feeds.id)) for table in KEEPING]
        forgotten = select(_feeds.id).where(
            _feeds.host.in_(sorted(hosts)),
            ~_feeds.subscribed,
            _feeds.parent_id.is_(None),
            _feeds.kind.in_(SITEMAPS),
            _feeds.state == FeedState.PAUSED,
            _feeds.last_poll < before,
            ~or_(*referring),
        )
        ids = self._connection.execute(forgotten).scalars().all()
        self._connection.execute(delete(schema.readings).where(schema.readings.c.feed_id.in_(ids)))
        self._connection.execute(delete(schema.feeds).where(_feeds.id.in_(ids)))
