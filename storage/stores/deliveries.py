"""Actions on single deliveries: list the attempts, send again, discard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, literal, select, update

from storage import schema
from storage.model import DISCARDED, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_deliveries = schema.deliveries.c
_messages = schema.messages.c
_attempts = schema.attempts.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One attempt at a delivery as it was recorded."""

    number: int
    at: datetime
    outcome: str
    code: int | None
    text: str
    reply: str | None


class Deliveries:
    """The owner's actions on deliveries, within one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def tries(self, delivery_id: str) -> list[Try]:
        """Return every attempt at a delivery, oldest first."""
        statement = select(schema.attempts).where(_attempts.delivery_id == delivery_id).order_by(_attempts.id)
        return [
            Try(
                number=row.number,
                at=row.at,
                outcome=row.outcome,
                code=row.code,
                text=row.text,
                reply=row.reply,
            )
            for row in self._connection.execute(statement)
        ]

    def replay(self, delivery_id: str, *, now: datetime) -> bool:
        """Make a delivery due again under its own id, with its attempts counted from 0; False while it is being sent."""
        return self._settle(
            delivery_id,
            state=DeliveryState.PENDING,
            next_at=now,
            last_error=None,
            attempts=0,
            finished_at=None,
        )

    def replay_as_new(self, delivery_id: str, *, message_id: str, new_id: str, now: datetime) -> None:
        """Store a copy of the message, with a new id, for the same recipient."""
        old = select(_deliveries.message_id).where(_deliveries.id == delivery_id).scalar_subquery()
        copied = ["channel", "kind", "subject", "body", "html", "thread", "buttons"]
        self._connection.execute(
            insert(schema.messages).from_select(
                ["id", *copied, "created_at"],
                select(
                    literal(message_id),
                    *(_messages[name] for name in copied),
                    literal(now, _messages.created_at.type),
                ).where(_messages.id == old),
            )
        )
        row = self._connection.execute(select(schema.deliveries).where(_deliveries.id == delivery_id)).one()
        self._connection.execute(
            insert(schema.deliveries).values(
                id=new_id,
                message_id=message_id,
                channel=row.channel,
                recipient=row.recipient,
                state=DeliveryState.PENDING,
                next_at=now,
                created_at=now,
                unsubscribe=row.unsubscribe,
            )
        )

    def discard(self, delivery_id: str, *, now: datetime) -> bool:
        """Discard a delivery, which stays in the database. False if it was sent or is being sent."""
        return self._settle(
            delivery_id,
            state=DeliveryState.DEAD,
            next_at=None,
            last_error=DISCARDED,
            finished_at=now,
            unless=(DeliveryState.SENT,),
        )

    def _settle(self, delivery_id: str, *, unless: Sequence[DeliveryState] = (), **values: object) -> bool:
        return bool(
            self._connection.execute(
                update(schema.deliveries)
                .where(
                    _deliveries.id == delivery_id, _deliveries.state.not_in([DeliveryState.LEASED, *unless])
                )
                .values(**values)
            ).rowcount
        )
