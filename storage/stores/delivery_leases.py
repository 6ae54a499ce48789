"""Delivery leases: which process sends a delivery, when the receiver may have it, and the recorded attempts.

A lease is named by a token. A call with a token that the delivery no longer has changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update

from storage import schema
from storage.engine.sql import insert
from storage.model import DeliveryState, Phase
from storage.model.delivery_state import WAITING
from storage.model.value import value
from storage.stores.delivery_rows import delivery_of, delivery_rows, message_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.engine.sql import AnyRow
    from storage.model import Delivery, Message

_deliveries = schema.deliveries.c
_LEASED = _deliveries.state == DeliveryState.LEASED
_FREE = {"lease_owner": None, "lease_token": None, "lease_until": None}
RETRIED_SHARE = 4  # up to a quarter of a batch may be repeated attempts
CUT_SHORT = "storywatch ended while it was sending; the receiver may have the message"
UNSENT = "storywatch ended before anything was sent"


@value
class Lease:
    """The right to send some deliveries until a time by the real clock; `owner` names the holder to people."""

    owner: str
    token: str
    until: datetime


@value
class Attempt:
    """The result of one attempt and the delivery's new state; `counts` unless the failure was not about the message."""

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
        """Return whether a delivery of a channel is due."""
        of_channel = _deliveries.channel == channel
        due = select(exists().where(of_channel, or_(_due(now), _run_out(clock))))
        return self._connection.execute(due).scalar_one()

    def claim(
        self, channel: str, *, now: datetime, clock: datetime, lease: Lease, limit: int
    ) -> list[tuple[Delivery, Message]]:
        """Lease a channel's due deliveries and return them with their messages.

        `now` decides what is due; `clock`, the real time, decides whether another lease has expired.
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
        """Return the deliveries to lease: those with the fewest attempts first, and a share for those due the longest.

        A message that breaks its receiver must not precede all others, and no delivery may wait for ever behind new ones.
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
        """Record that sending begins; False if the lease has ended, in which case nothing may be sent."""
        announced = self._connection.execute(
            update(schema.deliveries)
            .where(_held_by(delivery), _deliveries.lease_until > clock)
            .values(announced_at=clock)
        )
        return bool(announced.rowcount)

    def record(self, attempt: Attempt, *, now: datetime) -> bool:
        """Store the result of an attempt; False, without a change, if another process holds the lease now."""
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

    def postpone(
        self, deliveries: Sequence[Delivery], *, until: datetime | None, reason: str | None, now: datetime
    ) -> None:
        """Return leased deliveries to the queue, due at a time; None: held until the owner resumes the channel.

        Deliveries already announced may have arrived: for each an attempt of unknown result is recorded.
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
        """End every lease whose owner begins with `role`, since these processes have ended; return how many."""
        return self._end(_LEASED & _deliveries.lease_owner.startswith(role, autoescape=True), now=now)

    def end_run_out(self, *, channels: Sequence[str], now: datetime) -> None:
        """End expired leases on channels other than these, on which no process claims deliveries any more."""
        self._end(_run_out(now) & _deliveries.channel.not_in(channels), now=now)

    def _end(self, which: ColumnElement[bool], *, now: datetime) -> int:
        """Record attempts whose process did not report a result; all of these deliveries wait again."""
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
