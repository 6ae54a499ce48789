"""Mutes of single recipients: who of a channel gets no more alerts on a topic, or no more digests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from storage import schema
from storage.engine.sql import AnyRow, insert
from storage.model import RecipientMute

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

_mutes = schema.recipient_mutes.c


class RecipientMutes:
    """The mutes of recipients of one open transaction. An undone mute is kept to explain the past."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, mute: RecipientMute) -> bool:
        """Store a mute, unless it is in force already; return whether it was stored."""
        if self._load(_same(mute.channel, mute.recipient, mute.topic), _mutes.until.is_(None)):
            return False
        self._connection.execute(
            insert(self._connection, schema.recipient_mutes).values(
                channel=mute.channel,
                recipient=mute.recipient,
                topic=mute.topic,
                since=mute.since,
                until=mute.until,
            )
        )
        return True

    def lift(self, channel: str, recipient: str, topic: str | None, *, now: datetime) -> bool:
        """End the mute of a recipient; return whether there was one."""
        in_force = update(schema.recipient_mutes).where(
            _same(channel, recipient, topic), _mutes.until.is_(None)
        )
        return bool(self._connection.execute(in_force.values(until=now)).rowcount)

    def active(self, channel: str | None = None) -> list[RecipientMute]:
        """Return the mutes in force, on one channel or on all, in the order in which they were made."""
        of_channel = () if channel is None else (_mutes.channel == channel,)
        return self._load(_mutes.until.is_(None), *of_channel)

    def all(self) -> list[RecipientMute]:
        """Return every mute, including undone ones."""
        return self._load()

    def _load(self, *conditions: ColumnElement[bool]) -> list[RecipientMute]:
        ordered = select(schema.recipient_mutes).where(*conditions).order_by(_mutes.id)
        return [_mute(row) for row in self._connection.execute(ordered)]


def _same(channel: str, recipient: str, topic: str | None) -> ColumnElement[bool]:
    return (
        (_mutes.channel == channel)
        & (_mutes.recipient == recipient)
        & _mutes.topic.is_not_distinct_from(topic)
    )


def _mute(row: AnyRow) -> RecipientMute:
    return RecipientMute(
        channel=row.channel, recipient=row.recipient, topic=row.topic, since=row.since, until=row.until
    )
