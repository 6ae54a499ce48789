"""The outbox: immutable messages with one delivery per recipient."""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update

from storage import schema
from storage.engine.sql import AnyRow, execute_many, insert_for
from storage.model import Delivery, DeliveryState, Message
from storage.model.delivery_state import WAITING
from storage.model.value import value
from storage.stores.delivery_leases import DeliveryLeases
from storage.stores.delivery_rows import delivery_of, delivery_rows, message_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Insert, Table

_deliveries = schema.deliveries.c
_messages = schema.messages.c
RESTORED = "restored"  # how the last error of a delivery begins that a restored backup held
NO_LINKS: Mapping[str, str] = MappingProxyType({})
REMOVED = "removed: its channel, topic or feed left the configuration"


@lru_cache
def _storing(dialect: str, table: Table) -> Insert:
    return insert_for(dialect, table)


@value
class Posting:
    """A delivery with its message and the message's subject."""

    delivery: Delivery
    message: Message
    topic: str | None
    story_id: int | None


class Outbox:
    """The messages and deliveries of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def enqueue(self, message: Message, *, recipients: Mapping[str, str]) -> None:
        """Store a message for good, with a delivery due at once per recipient: {delivery id: recipient}."""
        self.enqueue_all([(message, recipients)])

    def enqueue_all(
        self,
        messages: Sequence[tuple[Message, Mapping[str, str]]],
        *,
        unsubscribe: Mapping[str, str] = NO_LINKS,
    ) -> None:
        """Store messages for good, each with its deliveries, as `enqueue` does; `unsubscribe` is {delivery id: link}."""
        if not messages:
            return
        values = [_message_values(message) for message, _ in messages]
        execute_many(self._connection, _storing(self._connection.dialect.name, schema.messages), values)
        deliveries = [
            {
                "id": delivery_id,
                "message_id": message.id,
                "channel": message.channel,
                "recipient": recipient,
                "state": DeliveryState.PENDING,
                "next_at": message.created_at,
                "created_at": message.created_at,
                "unsubscribe": unsubscribe.get(delivery_id),
            }
            for message, recipients in messages
            for delivery_id, recipient in recipients.items()
        ]
        if deliveries:  # every recipient may have muted the topics of a message
            execute_many(
                self._connection, _storing(self._connection.dialect.name, schema.deliveries), deliveries
            )

    def topics_of(self, message_id: str) -> list[str]:
        """Return the topics of the alerts that a message tells, in the order of their names."""
        alerts = schema.alerts.c
        links = select(alerts.topic).where(alerts.message_id == message_id).distinct()
        return list(self._connection.execute(links.order_by(alerts.topic)).scalars())

    def next_due(self) -> datetime | None:
        """Return when the next delivery is due; None if none waits."""
        waiting = _deliveries.state.in_(WAITING)
        return self._connection.execute(select(func.min(_deliveries.next_at)).where(waiting)).scalar()

    def hold_removed(self, channels: Sequence[str], topics: Sequence[str], *, now: datetime) -> None:
        """Hold deliveries whose channel, topic or feed left the configuration; release those that are configured again."""
        DeliveryLeases(self._connection).end_run_out(channels=channels, now=now)
        wanted = _wanted(channels, topics)
        self._connection.execute(
            update(schema.deliveries)
            .where(_deliveries.state.in_(WAITING), ~wanted)
            .values(state=DeliveryState.HELD, last_error=REMOVED, next_at=None)
        )
        self._connection.execute(
            update(schema.deliveries)
            .where(_deliveries.state == DeliveryState.HELD, _deliveries.last_error == REMOVED, wanted)
            .values(state=DeliveryState.PENDING, last_error=None, next_at=now)
        )

    def hold_restored(self, *, last_poll: datetime | None) -> int:
        """Hold every unsent delivery of a restored backup, since it may have been sent later; return how many."""
        as_of = "" if last_poll is None else f" as of {last_poll:%Y-%m-%d %H:%M} UTC"
        return self._connection.execute(
            update(schema.deliveries)
            .where(_deliveries.state.in_([*WAITING, DeliveryState.LEASED]))
            .values(
                state=DeliveryState.HELD,
                last_error=f"{RESTORED}: unsent in the backup{as_of}; replay or discard it",
                next_at=None,
                lease_owner=None,
                lease_token=None,
                lease_until=None,
            )
        ).rowcount

    def postings(
        self,
        *,
        starting: str = "",
        states: Sequence[DeliveryState] | None = None,
        channel: str | None = None,
        behind: str | None = None,
        limit: int | None = None,
    ) -> list[Posting]:
        """Return deliveries with their messages and, where one tells a single story, that story; newest first.

        `starting` selects by the beginning of the id; `states`, `channel`, `limit` and `behind`, another delivery's id, select
        further.
        """
        about = (
            select(
                schema.alerts.c.message_id,
                func.min(schema.alerts.c.story_id).label("story_id"),
                func.min(schema.alerts.c.topic).label("topic"),
                func.count().label("alerts"),
            )
            .where(schema.alerts.c.message_id.is_not(None))
            .group_by(schema.alerts.c.message_id)
            .subquery()
        )
        rows = delivery_rows().add_columns(about.c.story_id, about.c.topic, about.c.alerts)
        rows = rows.outerjoin(about, about.c.message_id == _messages.id)
        if starting:
            rows = rows.where(_deliveries.id.startswith(starting, autoescape=True))
        if states is not None:
            rows = rows.where(_deliveries.state.in_(states))
        if channel is not None:
            rows = rows.where(_deliveries.channel == channel)
        if behind is not None:
            rows = rows.where(_behind(behind))
        ordered = rows.order_by(_deliveries.created_at.desc(), _deliveries.id).limit(limit)
        return [_posting(row) for row in self._connection.execute(ordered)]


def _behind(ident: str) -> ColumnElement[bool]:
    """Return the condition for the deliveries after one in their order; none if that is no longer stored."""
    created = select(_deliveries.created_at).where(_deliveries.id == ident).scalar_subquery()
    return or_(
        _deliveries.created_at < created,
        and_(_deliveries.created_at == created, _deliveries.id > ident),
    )


def _message_values(message: Message) -> dict[str, object]:
    return {
        "id": message.id,
        "channel": message.channel,
        "kind": message.kind,
        "subject": message.subject,
        "body": message.body,
        "html": message.html,
        "thread": message.thread,
        "buttons": [asdict(one) for one in message.buttons] or None,
        "created_at": message.created_at,
    }


def _wanted(channels: Sequence[str], topics: Sequence[str]) -> ColumnElement[bool]:
    """Say which deliveries go to a configured channel and tell, if they tell of stories, of one that is still watched."""
    alerts, links, matches = schema.alerts.c, schema.alert_matches.c, schema.matches.c
    items, feeds = schema.items.c, schema.feeds.c
    of_message = alerts.message_id == _deliveries.message_id
    from_subscribed_feed = exists(
        select(links.match_id)
        .join(schema.matches, matches.id == links.match_id)
        .join(schema.items, or_(items.id == matches.item_id, items.same_as == matches.article_id))
        .join(schema.feeds, feeds.id == items.feed_id)
        .where(links.alert_id == alerts.id, feeds.subscribed)
    )
    watched = exists(select(alerts.id).where(of_message, alerts.topic.in_(topics), from_subscribed_feed))
    without_story = ~exists(select(alerts.id).where(of_message))
    return _deliveries.channel.in_(channels) & or_(without_story, watched)


def _posting(row: AnyRow) -> Posting:
    single = row.alerts == 1
    return Posting(
        delivery=delivery_of(row),
        message=message_of(row),
        topic=row.topic if single else None,
        story_id=row.story_id if single else None,
    )
