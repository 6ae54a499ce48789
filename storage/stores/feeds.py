"""Feeds: the subscribed ones, their state from polls, and the due ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, select, update

from storage import schema
from storage.engine.sql import AnyRow, execute_many, in_lists, insert
from storage.model import FeedKind, FeedState
from storage.model.value import value
from storage.stores.feed_rows import INDEX_URL, feeds_in, row_of, saving
from storage.stores.polled_feeds import is_polled, longest_overdue, may_be_asked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection, Select

    from storage.model import Feed

_feeds = schema.feeds.c
_AS_SUBSCRIBED = select(
    _feeds.id,
    _feeds.url,
    _feeds.title,
    _feeds.subscribed,
    _feeds.access_hash,
    _feeds.control,
    _feeds.parent_id,
)
_IDS = select(_feeds.id, _feeds.url).where(
    _feeds.subscribed, _feeds.url.in_(bindparam("urls", expanding=True))
)
# Reset for a feed that becomes a child of another feed, or stops being one: its items belong to another feed.
UNREAD: dict[str, Any] = {
    "state": FeedState.OK,
    "etag": None,
    "last_modified": None,
    "body_hash": None,
    "last_poll": None,
    "last_success": None,
    "first_success": None,
    "failures": 0,
    "error_kind": None,
    "last_error": None,
    "failing_since": None,
    "merged_into": None,
}


@value
class Subscription:
    """A feed as the configuration asks for it; `access_hash` changes with its credentials and headers."""

    url: str
    title: str
    host: str
    access_hash: str | None
    interval: timedelta
    control: bool = False


class Feeds:
    """The feeds of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def subscribe(self, subscriptions: Sequence[Subscription], *, now: datetime) -> None:
        """Make the subscribed feeds exactly these: add, take up again, or stop polling; items stay."""
        known = {row.url: row for row in self._connection.execute(_AS_SUBSCRIBED)}
        wanted = {subscription.url for subscription in subscriptions}
        self._add([one for one in subscriptions if one.url not in known], now)
        for subscription in subscriptions:
            row = known.get(subscription.url)
            if row is not None and _differs(row, subscription):
                self._update(row, subscription, now)
        # A feed that was never polled is due, whatever the clock was when it was added.
        never = and_(_feeds.subscribed, _feeds.last_poll.is_(None), _feeds.next_poll > now)
        self._connection.execute(update(schema.feeds).where(never).values(next_poll=now))
        dropped = [row.id for url, row in known.items() if row.subscribed and url not in wanted]
        if dropped:
            self._drop(dropped, now)

    def _drop(self, ids: Sequence[int], now: datetime) -> None:
        """Stop polling these feeds; feeds that were merged into them are polled again."""
        rows = [{"dropped": feed_id} for feed_id in ids]
        self._connection.execute(
            update(schema.feeds).where(_feeds.id == bindparam("dropped")).values(subscribed=False), rows
        )
        # One by one past the index: few feeds were ever merged into another.
        merged = select(_feeds.merged_into).where(_feeds.merged_into.is_not(None)).distinct()
        targets = set(self._connection.execute(merged).scalars()).intersection(ids)
        for target in targets:
            self._connection.execute(
                update(schema.feeds)
                .where(_feeds.merged_into == target)
                .values(state=FeedState.OK, merged_into=None, last_error=None, error_kind=None, next_poll=now)
            )

    def _add(self, subscriptions: Sequence[Subscription], now: datetime) -> None:
        rows = [
            {
                "url": one.url,
                "title": one.title,
                "current_url": one.url,
                "host": one.host,
                "access_hash": one.access_hash,
                "control": one.control,
                "state": FeedState.OK,
                "interval_seconds": int(one.interval.total_seconds()),
                "next_poll": now,
            }
            for one in subscriptions
        ]
        if rows:
            self._connection.execute(insert(self._connection, schema.feeds).on_conflict_do_nothing(), rows)

    def _update(self, row: AnyRow, subscription: Subscription, now: datetime) -> None:
        values: dict[str, Any] = {
            "subscribed": True,
            "title": subscription.title or row.title,
            "control": subscription.control,
        }
        if row.parent_id is not None:
            values |= UNREAD | {"parent_id": None, "changed_at": None, "next_poll": now}
        if row.access_hash != subscription.access_hash:
            # Other credentials may get another document, so the validators of the body are invalid (P2).
            values |= {
                "access_hash": subscription.access_hash,
                "current_url": subscription.url,
                "host": subscription.host,
                "etag": None,
                "last_modified": None,
                "body_hash": None,
                "next_poll": now,
            }
        self._connection.execute(update(schema.feeds).where(_feeds.id == row.id).values(values))

    def due(
        self, *, now: datetime, limit: int, under_way: Collection[int] = (), full: Sequence[str] = ()
    ) -> list[Feed]:
        """Return subscribed feeds whose time has come, longest overdue first, except those of a quiet or `full` host.

        Those `under_way` are left out; there may be thousands, so only their ids are read. If more than `limit` are due,
        feeds that were never polled leave half of the places to the others.
        """
        due = select(_feeds.id, _feeds.last_poll).where(may_be_asked(now))
        if full:
            due = due.where(_feeds.host.not_in(full))
        rows = longest_overdue(self._connection, due, limit=limit + len(under_way))
        ids = [row.id for row in rows if row.id not in under_way]
        feeds = {feed.id: feed for some in in_lists(ids) for feed in self.with_ids(some)}
        return [feeds[feed_id] for feed_id in ids if feed_id in feeds]

    def count_due(self, *, now: datetime) -> int:
        """Return how many feeds `due` would return without a limit."""
        return self._connection.execute(select(func.count(_feeds.id)).where(may_be_asked(now))).scalar_one()

    def due_of(self, hosts: Sequence[str], *, now: datetime, each: int) -> list[Feed]:
        """Return the subscribed feeds of these hosts whose time has come, so many of each, longest overdue first."""
        turn = func.row_number().over(partition_by=_feeds.host, order_by=(_feeds.next_poll, _feeds.id))
        due = (
            select(_feeds.id, turn.label("turn"))
            .where(
                is_polled(),
                _feeds.next_poll <= now,
                _feeds.host.in_(hosts),
            )
            .subquery()
        )
        # First the ids, then the rows: PostgreSQL would walk all feeds for a join of the two.
        ids = self._connection.execute(select(due.c.id).where(due.c.turn <= each)).scalars().all()
        return self._load(
            select(schema.feeds, INDEX_URL).where(_feeds.id.in_(ids)).order_by(_feeds.next_poll, _feeds.id)
        )

    def next_due(self) -> datetime | None:
        """Return when the next feed is due; None when nothing is polled."""
        statement = select(func.min(_feeds.next_poll)).where(is_polled())
        return self._connection.execute(statement).scalar()

    def subscribed(self, *, only: int | None = None) -> list[Feed]:
        """Return every subscribed feed with its number of items, in the order they were added; `only` one by its id."""
        count = (
            select(func.count())
            .select_from(schema.items)
            .where(schema.items.c.feed_id == _feeds.id)
            .scalar_subquery()
            .label("items")
        )
        chosen = _feeds.subscribed if only is None else _feeds.subscribed & (_feeds.id == only)
        return self._load(select(schema.feeds, count).where(chosen).order_by(_feeds.id))

    def ids_of(self, urls: Iterable[str]) -> dict[str, int]:
        """Return the ids of the subscribed feeds with these URLs."""
        found: dict[str, int] = {}
        for some in in_lists(sorted(set(urls))):
            rows = self._connection.execute(_IDS, {"urls": some})
            found |= {row.url: row.id for row in rows}
        return found

    def named(self, urls: Sequence[str]) -> list[Feed]:
        """Return the feeds with these configured URLs."""
        named = select(schema.feeds, INDEX_URL).where(_feeds.url.in_(urls))
        return self._load(named.order_by(_feeds.id))

    def with_ids(self, ids: Sequence[int]) -> list[Feed]:
        """Return the feeds with these ids."""
        return self._load(select(schema.feeds, INDEX_URL).where(_feeds.id.in_(ids)).order_by(_feeds.id))

    def _load(self, statement: Select[Any]) -> list[Feed]:
        return feeds_in(self._connection, statement)

    def expect(self, kinds: Mapping[str, FeedKind]) -> None:
        """Note the kinds of feeds that were not read yet, by URL, as a subscription list tells them."""
        for url, kind in kinds.items():
            unread = update(schema.feeds).where(_feeds.url == url, _feeds.kind.is_(None))
            self._connection.execute(unread.values(kind=kind))

    def sitemaps(self) -> dict[str, FeedKind]:
        """Return the kinds of the subscribed feeds that are sitemaps, by URL."""
        kinds = (FeedKind.SITEMAP, FeedKind.SITEMAP_INDEX)
        statement = select(_feeds.url, _feeds.kind).where(_feeds.subscribed, _feeds.kind.in_(kinds))
        return {row.url: FeedKind(row.kind) for row in self._connection.execute(statement)}

    def save(self, feeds: Iterable[Feed]) -> None:
        """Store the state of these feeds after a poll; a feed that was paused meanwhile is not changed."""
        rows = [row_of(feed) for feed in feeds]
        if rows:
            execute_many(self._connection, saving(tuple(rows[0])), rows)

    def is_quiet(self, host: str, *, now: datetime) -> bool:
        """Whether a host asked to be left alone for longer than until now."""
        hosts = schema.hosts.c
        quiet = select(hosts.host).where(hosts.host == host, hosts.quiet_until > now)
        return self._connection.execute(quiet).first() is not None

    def quiet_hosts(self, *, now: datetime) -> dict[str, datetime]:
        """Return the hosts that asked to be left alone for longer than until now, and until when."""
        quiet = select(schema.hosts).where(schema.hosts.c.quiet_until > now)
        return {row.host: row.quiet_until for row in self._connection.execute(quiet)}

    def quiet_host(self, host: str, *, until: datetime) -> None:
        """Send no requests to `host` before `until`, or before a later time that is set already."""
        statement = insert(self._connection, schema.hosts).values(host=host, quiet_until=until)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["host"],
                set_={"quiet_until": until},
                where=schema.hosts.c.quiet_until < until,
            )
        )


def _differs(row: AnyRow, subscription: Subscription) -> bool:
    titled = not subscription.title or row.title == subscription.title
    alike = row.access_hash == subscription.access_hash and row.control == subscription.control
    return not (row.subscribed and titled and alike)
