"""The deliver pass: due deliveries → claim → send → record what it came to.

A claim is committed before anything is sent and names its holder by a token; the answer is recorded only while
that lease holds. A crash between the two leaves a lease that runs out, and the delivery is tried again with the
same id: a duplicate rather than a miss.
"""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, assert_never
from uuid import uuid4

from alerts import health
from alerts.channels.protocol import Accepted, Answer, Blocked, Deferred, Refused, Unknown
from alerts.retry import REFUSED_TRIES, next_try
from storage.channels import PUT_OFF
from storage.model import DeliveryState
from storage.outbox import Attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from alerts.channels.protocol import Sender
    from storage.database import Database
    from storage.model import Channel, ChannelTrouble, Delivery, Message

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

    def __add__(self, later: Delivered) -> Delivered:
        """Return what two runs came to together."""
        return Delivered(sent=self.sent + later.sent, failed=self.failed + later.failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriers:
    """What sends: a sender and a channel by name, and the real clock, which leases are measured by."""

    senders: Mapping[str, Sender]
    channels: Mapping[str, Channel]
    clock: Callable[[], datetime]


async def deliver(
    database: Database, carriers: Carriers, *, now: datetime, channel: str | None = None
) -> Delivered:
    """Try every due delivery once, those of each channel beside the others, or of one channel alone.

    A channel that takes nothing costs one try: what else waits for it is put off to the next.
    """
    names = list(carriers.channels) if channel is None else [channel]
    runs = [_Run(database, carriers, carriers.channels[name], now=now) for name in names]
    attempts = [
        attempt for done in await asyncio.gather(*(run.all_due() for run in runs)) for attempt in done
    ]
    failed = [attempt for attempt in attempts if attempt.state is not DeliveryState.SENT]
    return Delivered(sent=len(attempts) - len(failed), failed=tuple(_named(attempt) for attempt in failed))


def _named(attempt: Attempt) -> str:
    return f"{attempt.delivery.channel} to {attempt.delivery.recipient}: {attempt.text}"


class _Run:
    """One channel's due deliveries, tried until they are done or the channel turns out to take nothing."""

    def __init__(self, database: Database, carriers: Carriers, channel: Channel, *, now: datetime) -> None:
        self._database = database
        self._channel = channel
        self._sender = carriers.senders[channel.name]
        self._clock = carriers.clock
        self._now = now
        self._room = asyncio.Semaphore(PER_CHANNEL)
        self._untried: dict[str, Delivery] = {}
        self._before: ChannelTrouble | None = None  # what was known of the channel when the batch was claimed
        self._trouble: ChannelTrouble | None = None

    async def all_due(self) -> list[Attempt]:
        """Try what is due, and return what each try came to."""
        attempts: list[Attempt] = []
        while batch := await asyncio.to_thread(self._claim):
            attempts += await self._send_batch(batch)
        return attempts

    def _claim(self) -> list[Posted]:
        """Claim what is due; of a channel in trouble the one message that may probe it, if it is time."""
        clock, name = self._clock(), self._channel.name
        with self._database.read() as ledger:
            self._before = self._trouble = ledger.channels.trouble(name)
            is_open = health.may_try(self._before, now=self._now)
            if not is_open or not ledger.outbox.has_due(name, now=self._now, clock=clock):
                return []
        limit = BATCH if self._before is None else 1
        with self._database.write() as ledger:
            return ledger.outbox.claim(
                name, now=self._now, clock=clock, until=clock + LEASE, token=uuid4().hex, limit=limit
            )

    async def _send_batch(self, batch: Sequence[Posted]) -> list[Attempt]:
        """Try one delivery, and if the channel takes anything the others; whatever happens, no lease is kept."""
        self._untried = {delivery.id: delivery for delivery, _ in batch}
        probe, *others = batch
        try:
            attempts = [
                await self._try(*probe, probe=True),
                *await asyncio.gather(*(self._try(*one) for one in others)),
            ]
        finally:
            if self._untried:
                self._put_off()
        return [attempt for attempt in attempts if attempt is not None]

    async def _try(self, delivery: Delivery, message: Message, *, probe: bool = False) -> Attempt | None:
        async with self._room:
            if self._trouble is not None and not probe:
                return None
            # What is signed and dated needs the real time, whatever time decides.
            answer = await _send(self._sender, message, delivery, now=self._clock())
        attempt = _attempt(self._channel, delivery, answer, now=self._now)
        verdict = health.judge(self._channel, answer, self._before, now=self._now)
        said = verdict if self._trouble is not None or verdict.trouble is not None else None
        self._trouble = verdict.trouble
        del self._untried[delivery.id]
        await asyncio.shield(asyncio.to_thread(_record, self._database, attempt, message, said, self._now))
        return attempt

    def _put_off(self) -> None:
        """Give back what was not tried: until the channel's next probe, or at once if we are told to end."""
        until: datetime | None = self._now
        reason = None
        if self._trouble is not None:
            until, reason = self._trouble.probe_at, f"{PUT_OFF}: {self._trouble.error}"
        with self._database.write() as ledger:
            ledger.outbox.put_off(list(self._untried.values()), until=until, reason=reason)
        self._untried = {}


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
        text=f"{PUT_OFF}: {answer.text}" if state is DeliveryState.HELD else answer.text,
        reply="" if isinstance(answer, Unknown) else answer.reply,
        state=state,
        next_at=next_at,
        counts=not isinstance(answer, Blocked),  # the channel's trouble, not the message's
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


def _record(
    database: Database, attempt: Attempt, message: Message, verdict: health.Verdict | None, now: datetime
) -> None:
    delivery = attempt.delivery
    with database.write() as ledger:
        if not ledger.outbox.record(attempt, now=now):
            return  # the lease has passed to another, whose answer stands
        if verdict is not None:
            health.note(ledger, delivery.channel, verdict, now=now)
        if attempt.state is DeliveryState.DEAD:
            health.note_dead(ledger, delivery, message, attempt.text, now=now)
    log.info(
        "deliver delivery=%s channel=%s attempt=%d outcome=%s state=%s",
        delivery.id,
        delivery.channel,
        delivery.attempts,
        attempt.outcome,
        attempt.state,
    )
