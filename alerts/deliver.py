"""The deliver pass: due deliveries → claim → send → record what it came to.

A claim is committed before anything is sent and names its holder by a token; the answer is recorded only while
that lease holds. A crash between the two leaves a lease that runs out, and the delivery is tried again with the
same id: a duplicate rather than a miss.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, assert_never
from uuid import uuid4

from alerts.channels.protocol import Accepted, Answer, Blocked, Deferred, Refused, Unknown
from alerts.retry import REFUSED_TRIES, next_try
from storage.model import DeliveryState
from storage.outbox import Attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from alerts.channels.protocol import Sender
    from storage.database import Database
    from storage.model import Channel, Delivery, Message

log = logging.getLogger(__name__)

BATCH = 100  # deliveries claimed at once; each is committed alone when its answer is known
LEASE = timedelta(minutes=10)  # longer than any send with its deadline
PER_CHANNEL = 8  # sends to one channel at once: kind to a small mail server

Posted = tuple["Delivery", "Message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What a run of the pass came to; `failed` names deliveries that were tried and did not arrive."""

    sent: int = 0
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriers:
    """What sends: a sender and a channel by name, and the real clock, which leases are measured by."""

    senders: Mapping[str, Sender]
    channels: Mapping[str, Channel]
    clock: Callable[[], datetime]


async def deliver(database: Database, carriers: Carriers, *, now: datetime) -> Delivered:
    """Try every due delivery once."""
    sent, failed = 0, []
    while batch := await asyncio.to_thread(_claim, database, carriers.clock(), now):
        for attempt in await _send_all(database, carriers, batch, now=now):
            if attempt.state is DeliveryState.SENT:
                sent += 1
            else:
                failed.append(f"{attempt.delivery.channel} to {attempt.delivery.recipient}: {attempt.text}")
    return Delivered(sent=sent, failed=tuple(failed))


def _claim(database: Database, clock: datetime, now: datetime) -> list[Posted]:
    with database.read() as ledger:
        if not ledger.outbox.has_due(now=now, clock=clock):
            return []
    with database.write() as ledger:
        return ledger.outbox.claim(now=now, clock=clock, until=clock + LEASE, token=uuid4().hex, limit=BATCH)


async def _send_all(
    database: Database, carriers: Carriers, batch: Sequence[Posted], *, now: datetime
) -> list[Attempt]:
    room: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(PER_CHANNEL))

    async def one(delivery: Delivery, message: Message) -> Attempt:
        async with room[delivery.channel]:
            # What is signed and dated needs the real time, whatever time decides.
            answer = await _send(carriers.senders[delivery.channel], message, delivery, now=carriers.clock())
        attempt = _attempt(carriers.channels[delivery.channel], delivery, answer, now=now)
        await asyncio.to_thread(_record, database, attempt, now)
        return attempt

    return await asyncio.gather(*(one(delivery, message) for delivery, message in batch))


async def _send(sender: Sender, message: Message, delivery: Delivery, *, now: datetime) -> Answer:
    """Send one message; this is the loop over deliveries, where a fault of one must not touch the others."""
    try:
        return await sender.send(message, delivery, now=now)
    except Exception as error:
        log.exception("delivery=%s channel=%s outcome=fault", delivery.id, delivery.channel)
        return Unknown(text=f"storywatch failed while sending: {type(error).__name__}")


def _attempt(channel: Channel, delivery: Delivery, answer: Answer, *, now: datetime) -> Attempt:
    """Return what an answer makes of a delivery: sent, to be tried again then, or dead."""
    state, next_at = _consequence(channel, delivery, answer, now=now)
    return Attempt(
        delivery=delivery,
        outcome=type(answer).__name__.lower(),
        code=answer.code,
        text=answer.text,
        state=state,
        next_at=next_at,
    )


def _consequence(
    channel: Channel, delivery: Delivery, answer: Answer, *, now: datetime
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
        channel.type,
        created_at=delivery.created_at,
        attempts=delivery.attempts,
        retry_after=retry_after,
        jitter=random.random(),  # noqa: S311  # spreads retries, guards nothing
        now=now,
    )
    if due is None:
        return DeliveryState.DEAD, None
    return DeliveryState.UNKNOWN if isinstance(answer, Unknown) else DeliveryState.PENDING, due


def _record(database: Database, attempt: Attempt, now: datetime) -> None:
    with database.write() as ledger:
        ledger.outbox.record(attempt, now=now)
    log.info(
        "deliver delivery=%s channel=%s attempt=%d outcome=%s state=%s",
        attempt.delivery.id,
        attempt.delivery.channel,
        attempt.delivery.attempts,
        attempt.outcome,
        attempt.state,
    )
