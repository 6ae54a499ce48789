"""Feeds in the ledger: which are subscribed, what polling taught us of each, and which are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from storage import schema
from storage.model import Feed, FeedState, Validators
from storage.sql import AnyRow, insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

_feeds = schema.feeds.c
_POLLED = (FeedState.OK, FeedState.FAILING, FeedState.SILENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A feed as the configuration asks for it; `access_hash` changes with its credentials and headers."""

    url: str
    title: str
    host: str
    access_hash: str | None
    interval: timedelta


class Feeds:
    """The feeds of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def subscribe(self, subscriptions: Sequence[Subscription], *, now: datetime) -> None:
        """Make the subscribed feeds exactly these: add, take up again, or stop polling; items stay."""
        known = {row.url: row for row in self._connection.execute(select(schema.feeds))}
        wanted = {subscription.url for subscription in subscriptions}
        for subscription in subscriptions:
            row = known.get(subscription.url)
            if row is None:
                self._add(subscription, now)
            elif _differs(row, subscription):
                self._update(row, subscription)
        dropped = [row.id for url, row in known.items() if row.subscribed and url not in wanted]
        if dropped:
            self._connection.execute(
                update(schema.feeds).where(_feeds.id.in_(dropped)).values(subscribed=False)
            )

    def _add(self, subscription: Subscription, now: datetime) -> None:
        statement = insert(self._connection, schema.feeds).values(
            url=subscription.url,
            title=subscription.title,
            current_url=subscription.url,
            host=subscription.host,
            access_hash=subscription.access_hash,
            state=FeedState.OK,
            interval_seconds=int(subscription.interval.total_seconds()),
            next_poll=now,
        )
        self._connection.execute(statement.on_conflict_do_nothing())

    def _update(self, row: AnyRow, subscription: Subscription) -> None:
        values: dict[str, Any] = {"subscribed": True, "title": subscription.title or row.title}
        if row.access_hash != subscription.access_hash:
            # Another reader may see another feed: what we know of the body is no longer true (P2).
            values |= {
                "access_hash": subscription.access_hash,
                "etag": None,
                "last_modified": None,
                "body_hash": None,
            }
        self._connection.execute(update(schema.feeds).where(_feeds.id == row.id).values(values))

    def due(self, *, now: datetime, limit: int) -> list[Feed]:
        """Return subscribed feeds whose time has come, longest overdue first, none of a host told to wait."""
        quiet = select(schema.hosts.c.host).where(schema.hosts.c.quiet_until > now)
        statement = (
            select(schema.feeds)
            .where(
                _feeds.subscribed,
                _feeds.state.in_(_POLLED),
                _feeds.next_poll <= now,
                _feeds.host.not_in(quiet),
            )
            .order_by(_feeds.next_poll, _feeds.id)
            .limit(limit)
        )
        return self._load(statement)

    def next_due(self) -> datetime | None:
        """Return when the next feed is due; None when nothing is polled."""
        statement = select(func.min(_feeds.next_poll)).where(_feeds.subscribed, _feeds.state.in_(_POLLED))
        return self._connection.execute(statement).scalar()

    def subscribed(self) -> list[Feed]:
        """Return every subscribed feed with its number of items, in the order they were added."""
        count = (
            select(func.count())
            .select_from(schema.items)
            .where(schema.items.c.feed_id == _feeds.id)
            .scalar_subquery()
            .label("items")
        )
        return self._load(select(schema.feeds, count).where(_feeds.subscribed).order_by(_feeds.id))

    def named(self, urls: Sequence[str]) -> list[Feed]:
        """Return the feeds with these configured URLs."""
        return self._load(select(schema.feeds).where(_feeds.url.in_(urls)).order_by(_feeds.id))

    def _load(self, statement: Select[Any]) -> list[Feed]:
        return [_feed(row) for row in self._connection.execute(statement)]

    def save(self, feeds: Iterable[Feed]) -> None:
        """Store what a poll taught us of these feeds."""
        rows = [_row(feed) for feed in feeds]
        if not rows:
            return
        columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "feed_id"}
        self._connection.execute(
            update(schema.feeds).where(_feeds.id == bindparam("feed_id")).values(columns), rows
        )

    def quiet_host(self, host: str, *, until: datetime) -> None:
        """Ask nothing of `host` before `until`; a later time already set stands."""
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
    return not (row.subscribed and titled and row.access_hash == subscription.access_hash)


def _feed(row: AnyRow) -> Feed:
    return Feed(
        id=row.id,
        url=row.url,
        title=row.title,
        current_url=row.current_url,
        host=row.host,
        state=FeedState(row.state),
        validators=Validators(etag=row.etag, last_modified=row.last_modified),
        body_hash=row.body_hash,
        interval=timedelta(seconds=row.interval_seconds),
        interval_reason=row.interval_reason or "",
        hints=row.hints,
        next_poll=row.next_poll,
        last_poll=row.last_poll,
        last_success=row.last_success,
        first_success=row.first_success,
        failures=row.failures,
        error_kind=row.error_kind,
        last_error=row.last_error,
        items=row._mapping.get("items", 0),  # noqa: SLF001  # a public attribute of Row, so named to spare columns
    )


def _row(feed: Feed) -> dict[str, Any]:
    return {
        "feed_id": feed.id,
        "title": feed.title,
        "current_url": feed.current_url,
        "state": feed.state,
        "etag": feed.validators.etag,
        "last_modified": feed.validators.last_modified,
        "body_hash": feed.body_hash,
        "interval_seconds": int(feed.interval.total_seconds()),
        "interval_reason": feed.interval_reason,
        "hints": feed.hints,
        "next_poll": feed.next_poll,
        "last_poll": feed.last_poll,
        "last_success": feed.last_success,
        "first_success": feed.first_success,
        "failures": feed.failures,
        "error_kind": feed.error_kind,
        "last_error": feed.last_error,
    }
