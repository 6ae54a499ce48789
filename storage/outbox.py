"""The outbox: sealed messages, one delivery per recipient, and every attempt made at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update

from storage import schema
from storage.model import Delivery, DeliveryState, Message
from storage.sql import AnyRow, insert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

_deliveries = schema.deliveries.c
_messages = schema.messages.c
WAITING = (DeliveryState.PENDING, DeliveryState.UNKNOWN)
REMOVED = "removed: its channel left the configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What one try at a delivery came to, and where that leaves it; `counts` unless it said nothing of the message."""

    delivery: Delivery
    outcome: str
    code: int | None
    text: str
    state: DeliveryState
    next_at: datetime | None
    reply: str = ""
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A delivery with the message it carries and what that is about, for people."""

    delivery: Delivery
    message: Message
    topic: str | None
    story_id: int | None


class Outbox:
    """The messages and deliveries of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def seal(self, message: Message, *, recipients: Mapping[str, str]) -> None:
        """Store a message for good, with a delivery due at once per recipient: {delivery id: recipient}."""
        self._connection.execute(
            insert(self._connection, schema.messages).values(
                id=message.id,
                channel=message.channel,
                kind=message.kind,
                subject=message.subject,
                body=message.body,
                html=message.html,
                thread=message.thread,
                created_at=message.created_at,
            )
        )
        self._connection.execute(
            insert(self._connection, schema.deliveries),
            [
                {
                    "id": delivery_id,
                    "message_id": message.id,
                    "channel": message.channel,
                    "recipient": recipient,
                    "state": DeliveryState.PENDING,
                    "next_at": message.created_at,
                    "created_at": message.created_at,
                }
                for delivery_id, recipient in recipients.items()
            ],
        )

    def has_due(self, channel: str, *, now: datetime, clock: datetime) -> bool:
        """Return whether there is something to claim for a channel."""
        return self._connection.execute(select(exists().where(_due(channel, now, clock)))).scalar_one()

    def claim(
        self, channel: str, *, now: datetime, clock: datetime, until: datetime, token: str, limit: int
    ) -> list[tuple[Delivery, Message]]:
        """Lease a channel's due deliveries to the holder of `token` until then, and return them with their messages.

        `now` decides what is due; `clock`, real time, decides whether another's lease has run out.
        """
        chosen = (
            select(_deliveries.id)
            .where(_due(channel, now, clock))
            # The least tried first: a message that breaks its receiver must not stand before all others.
            .order_by(_deliveries.attempts, _deliveries.next_at, _deliveries.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        self._connection.execute(
            update(schema.deliveries)
            .where(_deliveries.id.in_(chosen.scalar_subquery()))
            .values(
                state=DeliveryState.LEASED,
                lease_token=token,
                lease_until=until,
                attempts=_deliveries.attempts + 1,
                first_try=func.coalesce(_deliveries.first_try, clock),
            )
        )
        leased = _delivery_rows().where(
            _deliveries.lease_token == token, _deliveries.state == DeliveryState.LEASED
        )
        rows = self._connection.execute(
            leased.order_by(_deliveries.attempts, _deliveries.next_at, _deliveries.id)
        )
        return [(_delivery(row), _message(row)) for row in rows]

    def record(self, attempt: Attempt, *, now: datetime) -> bool:
        """Store what a try came to; False, and nothing is changed, if the lease has passed to another."""
        delivery = attempt.delivery
        finished = attempt.state in {DeliveryState.SENT, DeliveryState.DEAD}
        changed = self._connection.execute(
            update(schema.deliveries)
            .where(
                _deliveries.id == delivery.id,
                _deliveries.lease_token == delivery.lease_token,
                _deliveries.state == DeliveryState.LEASED,
            )
            .values(
                state=attempt.state,
                attempts=delivery.attempts if attempt.counts else delivery.attempts - 1,
                next_at=attempt.next_at,
                last_error=None if attempt.state == DeliveryState.SENT else attempt.text,
                lease_token=None,
                lease_until=None,
                finished_at=now if finished else None,
            )
        ).rowcount
        if changed:
            self._connection.execute(
                insert(self._connection, schema.attempts).values(
                    delivery_id=delivery.id,
                    number=delivery.attempts,
                    at=now,
                    outcome=attempt.outcome,
                    code=attempt.code,
                    text=attempt.text,
                    reply=attempt.reply or None,
                )
            )
        return bool(changed)

    def put_off(self, deliveries: Sequence[Delivery], *, until: datetime | None, reason: str | None) -> None:
        """Give leases back untried, to be claimed from then on; None: held until the owner resumes the channel."""
        state = DeliveryState.HELD if until is None else DeliveryState.PENDING
        for delivery in deliveries:
            untouched = delivery.attempts == 1
            self._connection.execute(
                update(schema.deliveries)
                .where(
                    _deliveries.id == delivery.id,
                    _deliveries.lease_token == delivery.lease_token,
                    _deliveries.state == DeliveryState.LEASED,
                )
                .values(
                    state=state,
                    attempts=delivery.attempts - 1,
                    first_try=None if untouched else _deliveries.first_try,
                    next_at=until,
                    last_error=reason or _deliveries.last_error,
                    lease_token=None,
                    lease_until=None,
                )
            )

    def next_due(self) -> datetime | None:
        """Return when the next delivery is due; None when nothing waits."""
        waiting = _deliveries.state.in_(WAITING)
        return self._connection.execute(select(func.min(_deliveries.next_at)).where(waiting)).scalar()

    def hold_removed(self, channels: Sequence[str], *, now: datetime) -> None:
        """Hold what waits for channels other than these, and set free what was held for their absence."""
        abandoned = (_deliveries.state == DeliveryState.LEASED) & (_deliveries.lease_until <= now)
        self._connection.execute(
            update(schema.deliveries)
            .where(_deliveries.state.in_(WAITING) | abandoned, _deliveries.channel.not_in(channels))
            .values(state=DeliveryState.HELD, last_error=REMOVED, next_at=None, lease_token=None)
        )
        self._connection.execute(
            update(schema.deliveries)
            .where(
                _deliveries.state == DeliveryState.HELD,
                _deliveries.last_error == REMOVED,
                _deliveries.channel.in_(channels),
            )
            .values(state=DeliveryState.PENDING, last_error=None, next_at=now)
        )

    def postings(self, *, starting: str = "") -> list[Posting]:
        """Return every delivery with its message and, where it tells a single story, that story; newest first.

        With `starting` only those whose id begins so.
        """
        about = (
            select(
                schema.alerts.c.message_id,
                func.min(schema.alerts.c.story_id).label("story_id"),
                func.min(schema.alerts.c.topic).label("topic"),
                func.count().label("alerts"),
            )
            .group_by(schema.alerts.c.message_id)
            .subquery()
        )
        rows = _delivery_rows().add_columns(about.c.story_id, about.c.topic, about.c.alerts)
        rows = rows.outerjoin(about, about.c.message_id == _messages.id)
        if starting:
            rows = rows.where(_deliveries.id.startswith(starting, autoescape=True))
        ordered = rows.order_by(_deliveries.created_at.desc(), _deliveries.id)
        return [_posting(row) for row in self._connection.execute(ordered)]


def _due(channel: str, now: datetime, clock: datetime) -> ColumnElement[bool]:
    """Say which deliveries may be claimed: those whose time has come, and those whose lease has run out."""
    return (_deliveries.channel == channel) & or_(
        and_(_deliveries.state.in_(WAITING), _deliveries.next_at <= now),
        and_(_deliveries.state == DeliveryState.LEASED, _deliveries.lease_until <= clock),
    )


def _delivery_rows() -> Select[Any]:
    return select(
        schema.deliveries,
        _messages.kind,
        _messages.subject,
        _messages.body,
        _messages.html,
        _messages.thread,
        _messages.created_at.label("sealed_at"),
    ).join_from(schema.deliveries, schema.messages, _messages.id == _deliveries.message_id)


def _delivery(row: AnyRow) -> Delivery:
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
    )


def _message(row: AnyRow) -> Message:
    return Message(
        id=row.message_id,
        channel=row.channel,
        kind=row.kind,
        subject=row.subject,
        body=row.body,
        html=row.html,
        thread=row.thread,
        created_at=row.sealed_at,
    )


def _posting(row: AnyRow) -> Posting:
    single = row.alerts == 1
    return Posting(
        delivery=_delivery(row),
        message=_message(row),
        topic=row.topic if single else None,
        story_id=row.story_id if single else None,
    )
