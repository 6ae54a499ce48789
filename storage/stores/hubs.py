"""Hubs of feeds (WebSub): which feed offers one, and the subscriptions there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, func, select, update

from storage import schema
from storage.engine.sql import AnyRow, execute_many, in_lists, insert, replacing
from storage.model.pushed import HubOffer, HubState, HubSubscription
from storage.stores.polled_feeds import is_polled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Exists

_offers, _subscriptions = schema.hub_offers.c, schema.hub_subscriptions.c
_feeds = schema.feeds.c

# Built once, as they run with every batch of polls: building a statement takes SQLAlchemy longer than running it.
_WITHOUT_HUB = delete(schema.hub_offers).where(_offers.feed_id.in_(bindparam("feeds", expanding=True)))
_TRUSTED = select(_subscriptions.feed_id).where(
    _subscriptions.feed_id.in_(bindparam("feeds", expanding=True)),
    _subscriptions.state == HubState.ACTIVE,
    _subscriptions.trusted,
    _subscriptions.lease_until > bindparam("now"),
)
_DISTRUST = (
    update(schema.hub_subscriptions)
    .where(
        _subscriptions.feed_id.in_(bindparam("feeds", expanding=True)),
        _subscriptions.trusted,
        _subscriptions.last_push < bindparam("since"),
    )
    .values(trusted=False)
)


class Hubs:
    """The offers and subscriptions of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def offer(self, offers: Mapping[int, HubOffer | None]) -> None:
        """Note the hubs that feeds name now, by the feeds' ids; None for a feed that names none."""
        without = [feed_id for feed_id, offer in offers.items() if offer is None]
        for some in in_lists(without):
            self._connection.execute(_WITHOUT_HUB, {"feeds": some})
        statement = replacing(self._connection.dialect.name, schema.hub_offers, "feed_id", "hub", "topic")
        rows = [
            {"feed_id": feed_id, "hub": offer.hub, "topic": offer.topic}
            for feed_id, offer in offers.items()
            if offer is not None
        ]
        execute_many(self._connection, statement, rows)

    def offers(self) -> int:
        """Return how many feeds name a hub."""
        return self._connection.execute(select(func.count()).select_from(schema.hub_offers)).scalar_one()

    def wanted(self, pages: str, *, limit: int) -> list[tuple[int, HubOffer]]:
        """Return (feed id, offer) of the first polled feeds whose hub has not been asked for a callback below `pages`.

        Reads all offers, as `unwanted` reads all subscriptions.
        """
        asked = exists(select(_subscriptions.path).where(*_fits(), _subscriptions.pages == pages))
        statement = (
            select(schema.hub_offers)
            .join(schema.feeds, _feeds.id == _offers.feed_id)
            .where(is_polled(), ~asked)
            .order_by(_offers.feed_id)
            .limit(limit)
        )
        rows = self._connection.execute(statement)
        return [(row.feed_id, HubOffer(hub=row.hub, topic=row.topic)) for row in rows]

    def unwanted(self, pages: str | None, *, limit: int) -> list[HubSubscription]:
        """Return subscriptions to end: their feed is polled no longer, offers another hub, or `pages` is another."""
        statement = select(schema.hub_subscriptions).where(_subscriptions.state != HubState.ENDING)
        if pages is not None:
            statement = statement.where(~(_is_offered() & (_subscriptions.pages == pages)))
        return [_subscription(row) for row in self._connection.execute(statement.limit(limit))]

    def due(self, *, now: datetime, limit: int) -> list[HubSubscription]:
        """Return subscriptions whose hub is to be asked now, longest due first."""
        statement = select(schema.hub_subscriptions).where(_subscriptions.next_at <= now)
        rows = self._connection.execute(
            statement.order_by(_subscriptions.next_at, _subscriptions.path).limit(limit)
        )
        return [_subscription(row) for row in rows]

    def has_work(self, pages: str | None, *, now: datetime) -> bool:
        """Return whether a subscription is to be begun, ended or renewed, with callbacks below `pages`."""
        has_due = bool(self.due(now=now, limit=1))
        return has_due or bool((pages and self.wanted(pages, limit=1)) or self.unwanted(pages, limit=1))

    def named(self, path: str) -> HubSubscription | None:
        """Return the subscription whose callback ends so."""
        row = self._connection.execute(
            select(schema.hub_subscriptions).where(_subscriptions.path == path)
        ).first()
        return None if row is None else _subscription(row)

    def of(self, feed_id: int) -> HubSubscription | None:
        """Return the subscription of a feed that is not ending."""
        statement = select(schema.hub_subscriptions).where(
            _subscriptions.feed_id == feed_id, _subscriptions.state != HubState.ENDING
        )
        row = self._connection.execute(statement).first()
        return None if row is None else _subscription(row)

    def offered(self, feed_id: int) -> HubOffer | None:
        """Return the hub that a feed names."""
        row = self._connection.execute(select(schema.hub_offers).where(_offers.feed_id == feed_id)).first()
        return None if row is None else HubOffer(hub=row.hub, topic=row.topic)

    def save(self, subscription: HubSubscription) -> None:
        """Store a subscription, new or changed."""
        values = _values(subscription)
        statement = insert(self._connection, schema.hub_subscriptions).values(
            path=subscription.path, **values
        )
        self._connection.execute(statement.on_conflict_do_update(index_elements=["path"], set_=values))

    def forget(self, path: str) -> None:
        """Delete a subscription that has ended."""
        self._connection.execute(delete(schema.hub_subscriptions).where(_subscriptions.path == path))

    def trusted(self, feed_ids: Sequence[int], *, now: datetime) -> set[int]:
        """Return which of these feeds a hub pushes that may be relied on."""
        found: set[int] = set()
        for some in in_lists(feed_ids):
            found.update(self._connection.execute(_TRUSTED, {"feeds": some, "now": now}).scalars())
        return found

    def distrust(self, feed_ids: Sequence[int], *, pushed_before: datetime) -> None:
        """Stop relying on the hubs of feeds that have not pushed since then: a poll found items they had not pushed."""
        for some in in_lists(feed_ids):
            self._connection.execute(_DISTRUST, {"feeds": some, "since": pushed_before})


def _fits() -> tuple[Any, ...]:
    return (
        _subscriptions.feed_id == _offers.feed_id,
        _subscriptions.hub == _offers.hub,
        _subscriptions.topic == _offers.topic,
        _subscriptions.state != HubState.ENDING,
    )


def _is_offered() -> Exists:
    offered = (
        select(_offers.feed_id).join(schema.feeds, _feeds.id == _offers.feed_id).where(is_polled(), *_fits())
    )
    return exists(offered.correlate(schema.hub_subscriptions))


def _values(one: HubSubscription) -> dict[str, Any]:
    return {
        "feed_id": one.feed_id,
        "hub": one.offer.hub,
        "topic": one.offer.topic,
        "pages": one.pages,
        "secret": one.secret,
        "state": one.state,
        "lease_until": one.lease_until,
        "next_at": one.next_at,
        "attempts": one.attempts,
        "error": one.error,
        "trusted": one.trusted,
        "last_push": one.last_push,
        "counted_from": one.counted_from,
        "counted": one.counted,
    }


def _subscription(row: AnyRow) -> HubSubscription:
    return HubSubscription(
        path=row.path,
        feed_id=row.feed_id,
        offer=HubOffer(hub=row.hub, topic=row.topic),
        pages=row.pages,
        secret=row.secret,
        state=HubState(row.state),
        lease_until=row.lease_until,
        next_at=row.next_at,
        attempts=row.attempts,
        error=row.error,
        trusted=row.trusted,
        last_push=row.last_push,
        counted_from=row.counted_from,
        counted=row.counted,
    )
