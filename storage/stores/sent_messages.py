"""The messages with alerts that were written of late, as the caps of channels and routes count them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import schema
from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

ALERT_KINDS = ("story.new", "story.grew", "stories")


@value
class SentMessage:
    """A message with alerts, as caps count it: when it was written, by which route, and the topics it tells."""

    at: datetime
    route: str | None
    topics: frozenset[str] = frozenset()


def sent_since(connection: Connection, channel: str, moment: datetime) -> list[SentMessage]:
    """Return a channel's alert messages that were written since then, oldest first."""
    messages, alerts = schema.messages.c, schema.alerts.c
    statement = (
        select(messages.id, messages.created_at, alerts.route, alerts.topic)
        .select_from(schema.messages.outerjoin(schema.alerts, alerts.message_id == messages.id))
        .where(messages.channel == channel, messages.created_at > moment, messages.kind.in_(ALERT_KINDS))
        .distinct()
        .order_by(messages.created_at, messages.id)
    )
    found = []
    for _, rows in groupby(connection.execute(statement), key=lambda row: row.id):
        first, *rest = rows
        topics = frozenset(row.topic for row in (first, *rest) if row.topic is not None)
        found.append(SentMessage(at=first.created_at, route=first.route, topics=topics))
    return found
