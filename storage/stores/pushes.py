"""Pushed bodies that wait to be read, at most one a feed, and feeds that a push makes due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select, update

from storage import schema
from storage.engine.sql import insert
from storage.model.pushed import PushedBody
from storage.stores.polled_feeds import is_polled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_pushes, _feeds = schema.pushes.c, schema.feeds.c


class Pushes:
    """The waiting pushes of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, push: PushedBody) -> bool:
        """Let a body wait; return False if an earlier one of its feed still waits, and this one was not stored."""
        statement = insert(self._connection, schema.pushes).values(
            feed_id=push.feed_id,
            topic=push.topic,
            body=push.body,
            content_type=push.content_type,
            received_at=push.received_at,
        )
        stored = statement.on_conflict_do_nothing().returning(_pushes.feed_id)
        return self._connection.execute(stored).first() is not None

    def waiting(self, *, limit: int) -> list[int]:
        """Return the ids of the subscribed feeds whose body waits, longest first."""
        waiting = (
            select(_pushes.feed_id).join(schema.feeds, _feeds.id == _pushes.feed_id).where(_feeds.subscribed)
        )
        ordered = waiting.order_by(_pushes.received_at, _pushes.feed_id).limit(limit)
        return list(self._connection.execute(ordered).scalars())

    def of(self, feed_ids: Sequence[int]) -> list[PushedBody]:
        """Return the waiting bodies of these feeds."""
        rows = self._connection.execute(select(schema.pushes).where(_pushes.feed_id.in_(feed_ids)))
        return [
            PushedBody(
                feed_id=row.feed_id,
                topic=row.topic,
                body=row.body,
                content_type=row.content_type,
                received_at=row.received_at,
            )
            for row in rows
        ]

    def forget(self, feed_ids: Sequence[int]) -> None:
        """Delete the waiting bodies of these feeds."""
        self._connection.execute(delete(schema.pushes).where(_pushes.feed_id.in_(feed_ids)))

    def hasten(self, feed_id: int, *, at: datetime, polled_before: datetime) -> None:
        """Poll a feed at `at` at the latest, unless it was polled since or fails: then it keeps its own time."""
        self._connection.execute(
            update(schema.feeds)
            .where(
                _feeds.id == feed_id,
                is_polled(),
                _feeds.failures == 0,
                _feeds.next_poll > at,
                or_(_feeds.last_poll.is_(None), _feeds.last_poll <= polled_before),
            )
            .values(next_poll=at)
        )
