"""The outcome of an attempt: the delivery is sent, due for another try, held or dead. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from alerts.channels.interface import Accepted, Answer, Blocked, Deferred, Refused, Unknown
from alerts.channels.registry import kind_of
from alerts.sending.retry import REFUSED_TRIES, next_try
from storage.model import DeliveryState
from storage.stores.channels import POSTPONED
from storage.stores.delivery_leases import Attempt

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model import Channel, Delivery


def attempt_of(
    channel: Channel, delivery: Delivery, answer: Answer, *, jitter: float, now: datetime
) -> Attempt:
    """Return the outcome of a try; `jitter` in [0, 1) spreads the next tries."""
    state, next_at = _next_state(channel, delivery, answer, jitter=jitter, now=now)
    return Attempt(
        delivery=delivery,
        outcome=type(answer).__name__.lower(),
        code=answer.code,
        text=f"{POSTPONED}: {answer.text}" if state is DeliveryState.HELD else answer.text,
        reply="" if isinstance(answer, Unknown) else answer.reply,
        state=state,
        next_at=next_at,
        counts=not isinstance(answer, Blocked),  # the channel's trouble, not the message's
    )


def _next_state(
    channel: Channel, delivery: Delivery, answer: Answer, *, jitter: float, now: datetime
) -> tuple[DeliveryState, datetime | None]:
    retry_after = None
    match answer:
        case Accepted():
            return DeliveryState.SENT, None
        case Blocked():
            pause = answer.probe_after
            return (DeliveryState.HELD, None) if pause is None else (DeliveryState.PENDING, now + pause)
        case Refused() if delivery.attempts >= (REFUSED_TRIES if answer.retryable else 1):
            return DeliveryState.DEAD, None
        case Deferred():
            retry_after = answer.retry_after
        case Refused() | Unknown():
            pass
        case _:
            assert_never(answer)
    due = next_try(
        kind_of(channel.type).retries,
        created_at=delivery.created_at,
        attempts=delivery.attempts,
        retry_after=retry_after,
        jitter=jitter,
        now=now,
    )
    if due is None:
        return DeliveryState.DEAD, None
    return DeliveryState.UNKNOWN if isinstance(answer, Unknown) else DeliveryState.PENDING, due
