"""Delivery leases: who sends a delivery, when its receiver may have it, and the recorded attempts.

A lease is named by a token. Everything said under a token that the delivery no longer bears changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update

from storage import schema
from storage.engine.sql import insert
from storage.model import DeliveryState, Phase
from storage.stores.delivery_rows import delivery_of, delivery_rows, message_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.engine.sql import AnyRow
    from storage.model import Delivery, Message

_deliveries = schema.deliveries.c
WAITING = (DeliveryState.PENDING, DeliveryState.UNKNOWN)
_LEASED = _deliveries.state == DeliveryState.LEASED
_FREE = {"lease_owner": None, "lease_token": None, "lease_until": None}
RETRIED_SHARE = 4  # a quarter of what is leased at once may be tries again
CUT_SHORT = "storywatch ended while it was sending; the receiver may have the message"
UNSENT = "storywatch ended before anything was sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to send some deliveries until then, by the real clock; `owner` says whose it is, for people."""

    owner: str
    token: str
    until: datetime


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


class DeliveryLeases:
    """The leases of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def has_due(self, channel: str, *, now: datetime, clock: datetime) -> bool:
        """Return whether there is something to claim for a channel."""
        of_channel = _deliveries.channel == channel
        due = select(exists().where(of_channel, or_(_due(now), _run_out(clock))))
        return self._connection.execute(due).scalar_one()

    def claim(
        self, channel: str, *, now: datetime, clock: datetime, lease: Lease, limit: int
    ) -> list[tuple[Delivery, Message]]:
        """Lease a channel's due deliveries, and return them with their messages.

        `now` decides what is due; `clock`, real time, decides whether another's lease has run out.
        """
        self._end((_deliveries.channel == channel) & _run_out(clock), now=now)
        chosen = self._choose(channel, now=now, limit=limit)
        self._connection.execute(
            update(schema.deliveries)
            .where(_deliveries.id.in_(chosen))
            .values(
                state=DeliveryState.LEASED,
                lease_owner=lease.owner,
                lease_token=lease.token,
                lease_until=lease.until,
                announced_at=None,
                attempts=_deliveries.attempts + 1,
                first_try=func.coalesce(_deliveries.first_try, clock),
            )
        )
        leased = delivery_rows().where(_deliveries.lease_token == lease.token, _LEASED)
        ordered = leased.order_by(_deliveries.attempts, _deliveries.next_at, _deliveries.id)
        rows = self._connection.execute(ordered)
        return [(delivery_of(row), message_of(row)) for row in rows]

    def _choose(self, channel: str, *, now: datetime, limit: int) -> list[str]:
        """Return what to lease: the least tried first, but a part of it those tried before that are due the longest.

        A message that breaks its receiver must not go before all others; and in a flood of new ones none may wait for ever.
        """
        due = (
            select(_deliveries.id)
            .where(_deliveries.channel == channel, _due(now))
            .with_for_update(skip_locked=True)
        )
        oldest = due.where(_deliveries.attempts > 0).order_by(_deliveries.next_at, _deliveries.id)
        again = list(self._connection.execute(oldest.limit(limit // RETRIED_SHARE)).scalars())
        least = due.where(_deliveries.id.not_in(again)).order_by(
            _deliveries.attempts, _deliveries.next_at, _deliveries.id
        )
        return [*self._connection.execute(least.limit(limit - len(again))).scalars(), *again]

    def announce(self, delivery: Delivery, *, clock: datetime) -> bool:
        """Note that from now on the receiver may have it; False if the lease has ended, and nothing may be sent."""
        announced = self._connection.execute(
            update(schema.deliveries)
            .where(_held_by(delivery), _deliveries.lease_until > clock)
            .values(announced_at=clock)
        )
        return bool(announced.rowcount)

    def record(self, attempt: Attempt, *, now: datetime) -> bool:
        """Store what a try came to; False, and nothing is changed, if the lease has passed to another."""
        delivery = attempt.delivery
        finished = attempt.state in {DeliveryState.SENT, DeliveryState.DEAD}
        changed = self._connection.execute(
            update(schema.deliveries)
            .where(_held_by(delivery))
            .values(
                state=attempt.state,
                attempts=delivery.attempts if attempt.counts else delivery.attempts - 1,
                next_at=attempt.next_at,
                last_error=None if attempt.state == DeliveryState.SENT else attempt.text,
                finished_at=now if finished else None,
                **_FREE,
            )
            .returning(_deliveries.id, _deliveries.announced_at)
        ).one_or_none()
        if changed is None:
            return False
        self._note(
            changed,
            number=delivery.attempts,
            outcome=attempt.outcome,
            code=attempt.code,
            text=attempt.text,
            reply=attempt.reply,
            now=now,
        )
        return True

    def retract(self, deliveries: Sequence[Delivery]) -> None:
        """Note that the receiver has nothing of these, though they were announced."""
        for delivery in deliveries:
            self._connection.execute(
                update(schema.deliveries).where(_held_by(delivery)).values(announced_at=None)
            )

    def put_off(
        self, deliveries: Sequence[Delivery], *, until: datetime | None, reason: str | None, now: datetime
    ) -> None:
        """Give leases back untried, to be claimed from then on; None: held until the owner resumes the channel.

        What was announced may have arrived: it is noted as a try of unknown outcome, to be tried again.
        """
        state = DeliveryState.HELD if until is None else DeliveryState.PENDING
        for delivery in deliveries:
            self._end(_held_by(delivery) & _deliveries.announced_at.is_not(None), now=now)
            untouched = delivery.attempts == 1
            self._connection.execute(
                update(schema.deliveries)
                .where(_held_by(delivery))
                .values(
                    state=state,
                    attempts=delivery.attempts - 1,
                    first_try=None if untouched else _deliveries.first_try,
                    next_at=until,
                    last_error=reason or _deliveries.last_error,
                    **_FREE,
                )
            )

    def take_over(self, role: str, *, now: datetime) -> int:
        """End every lease whose owner begins with `role`, and return how many: their holders are known to be gone."""
        return self._end(_LEASED & _deliveries.lease_owner.startswith(role, autoescape=True), now=now)

    def end_run_out(self, *, channels: Sequence[str], now: datetime) -> None:
        """End the leases that have run out on channels other than these: nobody claims there any more."""
        self._end(_run_out(now) & _deliveries.channel.not_in(channels), now=now)

    def _end(self, which: ColumnElement[bool], *, now: datetime) -> int:
        """Note what is known of tries whose holder said no more; all of them wait again."""
        abandoned = self._connection.execute(
            select(_deliveries.id, _deliveries.attempts, _deliveries.announced_at)
            .where(which)
            .with_for_update(skip_locked=True)
        ).all()
        for row in abandoned:
            sent = row.announced_at is not None
            values = {
                "state": DeliveryState.UNKNOWN if sent else DeliveryState.PENDING,
                "attempts": row.attempts if sent else row.attempts - 1,
                "last_error": CUT_SHORT if sent else UNSENT,
                **_FREE,
            }
            if not sent and row.attempts == 1:
                values["first_try"] = None
            self._connection.execute(update(schema.deliveries).where(_deliveries.id == row.id).values(values))
            outcome, text = ("unknown", CUT_SHORT) if sent else ("unsent", UNSENT)
            self._note(row, number=row.attempts, outcome=outcome, text=text, now=now)
        return len(abandoned)

    def _note(
        self,
        row: AnyRow,
        *,
        number: int,
        outcome: str,
        text: str,
        now: datetime,
        code: int | None = None,
        reply: str = "",
    ) -> None:
        phase = Phase.PREPARING if row.announced_at is None else Phase.SENDING
        self._connection.execute(
            insert(self._connection, schema.attempts).values(
                delivery_id=row.id,
                number=number,
                at=now,
                phase=phase,
                outcome=outcome,
                code=code,
                text=text,
                reply=reply or None,
            )
        )


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(_deliveries.state.in_(WAITING), _deliveries.next_at <= now)


def _run_out(clock: datetime) -> ColumnElement[bool]:
    return and_(_LEASED, _deliveries.lease_until <= clock)


def _held_by(delivery: Delivery) -> ColumnElement[bool]:
    return and_(_deliveries.id == delivery.id, _deliveries.lease_token == delivery.lease_token, _LEASED)
