"""Deliveries and their messages as rows, read into values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage import schema
from storage.model import Button, Delivery, DeliveryState, Message

if TYPE_CHECKING:
    from sqlalchemy import Select

    from storage.engine.sql import AnyRow

_messages = schema.messages.c


def delivery_rows() -> Select[Any]:
    """Return the SELECT whose rows `delivery_of` and `message_of` read."""
    return select(
        schema.deliveries,
        _messages.kind,
        _messages.subject,
        _messages.body,
        _messages.html,
        _messages.thread,
        _messages.buttons,
        _messages.created_at.label("sealed_at"),
    ).join_from(schema.deliveries, schema.messages, _messages.id == schema.deliveries.c.message_id)


def delivery_of(row: AnyRow) -> Delivery:
    """Return the delivery in a row."""
    return Delivery(
        id=row.id,
        message_id=row.message_id,
        channel=row.channel,
        recipient=row.recipient,
        state=DeliveryState(row.state),
        created_at=row.created_at,
        attempts=row.attempts,
        next_at=row.next_at,
        first_try=row.first_try,
        last_error=row.last_error,
        lease_token=row.lease_token,
        unsubscribe=row.unsubscribe,
    )


def message_of(row: AnyRow) -> Message:
    """Return the message in a row."""
    return Message(
        id=row.message_id,
        channel=row.channel,
        kind=row.kind,
        subject=row.subject,
        body=row.body,
        html=row.html,
        thread=row.thread,
        buttons=tuple(Button(**one) for one in row.buttons or ()),
        created_at=row.sealed_at,
    )
