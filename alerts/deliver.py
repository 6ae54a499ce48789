"""The deliver pass: due deliveries → claim → send → record the outcome.

Three commits protect a delivery: a lease with a token before anything is sent, a note that the receiver may have the
message before the first byte that could have this effect, and the outcome, only while the lease holds. After a crash a
delivery is either known to be unsent or tried again with the same id: a duplicate rather than a loss.
See docs/delivery.md.
"""

from __future__ import annotations

import asyncio
import logging
import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from alerts.channels.interface import Unknown
from alerts.sending import channel_health
from alerts.sending.attempt import attempt_of
from alerts.sending.batch_writer import BatchWriter
from storage.engine.errors import DatabaseRefused, DatabaseUnavailable
from storage.model import DeliveryState
from storage.model.value import value
from storage.shortage import ResourceShortage, resource_shortage
from storage.stores.channels import POSTPONED
from storage.stores.delivery_leases import Lease

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from alerts.channels.interface import Answer, Sender
    from storage.database import Database, Ledger
    from storage.model import Channel, ChannelTrouble, Delivery, Message
    from storage.stores.delivery_leases import Attempt

log = logging.getLogger(__name__)

BATCH = 100  # deliveries claimed at once; each outcome is committed when it is known
LEASE = timedelta(minutes=10)  # longer than the deadline of any send
PER_CHANNEL = 8  # concurrent sends to one channel, so that a small mail server is not overloaded
WRITE_AGAIN = 1.0  # seconds between two attempts to write when the disk is full or the database locked
SHORTAGE_PAUSE = timedelta(minutes=1)  # until the machine may have the resource again
# How long a single round tries to record an answer; a daemon tries as long as it takes.
PATIENCE = timedelta(seconds=15)

ClaimedDelivery = tuple["Delivery", "Message"]


class LeaseEnded(Exception):  # noqa: N818  # a fact about time, not a mistake
    """The lease has ended, so that another process may be sending the message; it was not sent here."""


@value
class Delivered:
    """The result of a run of the pass; `failed` describes deliveries that were tried and did not arrive."""

    sent: int = 0
    failed: tuple[str, ...] = ()

    def __add__(self, later: Delivered) -> Delivered:
        """Return the sum of two results."""
        return Delivered(sent=self.sent + later.sent, failed=self.failed + later.failed)


def _never() -> bool:
    return False


@value
class SendContext:
    """The senders and channels by name, and the real clock, by which leases are measured.

    `owner` is the holder of the leases, and `lease` their duration. No delivery is started once `closing` returns True.
    An outcome that cannot be written is kept for `patience`.
    """

    senders: Mapping[str, Sender]
    channels: Mapping[str, Channel]
    clock: Callable[[], datetime]
    owner: str
    lease: timedelta = LEASE
    patience: timedelta = PATIENCE
    closing: Callable[[], bool] = _never


async def deliver(
    database: Database, context: SendContext, *, now: datetime, channel: str | None = None
) -> Delivered:
    """Try every due delivery once, or those of one channel; channels are served concurrently.

    A channel that accepts nothing costs one try: its other deliveries are postponed to its next probe.
    """
    names = list(context.channels) if channel is None else [channel]
    runs = [_Run(database, context, context.channels[name], now=now) for name in names]
    attempts = [
        attempt for done in await asyncio.gather(*(run.all_due() for run in runs)) for attempt in done
    ]
    failed = [attempt for attempt in attempts if attempt.state is not DeliveryState.SENT]
    short = [run.shortage for run in runs if run.shortage]
    return Delivered(sent=len(attempts) - len(failed), failed=(*map(_described, failed), *short))


def _described(attempt: Attempt) -> str:
    return f"{attempt.delivery.channel} to {attempt.delivery.recipient}: {attempt.text}"


class _Run:
    """The due deliveries of one channel, tried until all are done or the channel turns out to accept nothing."""

    def __init__(self, database: Database, context: SendContext, channel: Channel, *, now: datetime) -> None:
        self._database = database
        self._context = context
        self._channel = channel
        self._sender = context.senders[channel.name]
        self._clock = context.clock
        self._now = now
        self._room = asyncio.Semaphore(PER_CHANNEL)
        self._writer = BatchWriter(database)
        self._untried: dict[str, Delivery] = {}
        self._announced: set[str] = set()
        self._unsent: list[Delivery] = []
        self._shortage: ResourceShortage | None = None
        self._stalled = (
            False  # a lease ended before sending (slow clock or disk): the rest waits for the next run
        )
        self._before: ChannelTrouble | None = None  # the channel's state when the batch was claimed
        self._trouble: ChannelTrouble | None = None

    @property
    def shortage(self) -> str:
        """The reason why this machine could not send, in words; empty if there was none."""
        return f"{self._channel.name}: {self._shortage}" if self._shortage is not None else ""

    async def all_due(self) -> list[Attempt]:
        """Try the due deliveries, and return their attempts."""
        attempts: list[Attempt] = []
        while not (self._context.closing() or self._stalled):
            batch = await asyncio.to_thread(self._claim)
            if not batch:
                break
            attempts += await self._send_batch(batch)
        return attempts

    def _claim(self) -> list[ClaimedDelivery]:
        """Claim the due deliveries; for a channel in trouble, one as a probe if its time has come."""
        clock, name = self._clock(), self._channel.name
        with self._database.read() as ledger:
            self._before = self._trouble = ledger.channels.trouble(name)
            is_open = channel_health.may_try(self._before, now=self._now)
            if not is_open or not ledger.delivery_leases.has_due(name, now=self._now, clock=clock):
                return []
        limit = BATCH if self._before is None else 1
        lease = Lease(owner=self._context.owner, token=uuid4().hex, until=clock + self._context.lease)
        with self._database.write() as ledger:
            return ledger.delivery_leases.claim(name, now=self._now, clock=clock, lease=lease, limit=limit)

    async def _send_batch(self, batch: Sequence[ClaimedDelivery]) -> list[Attempt]:
        """Try one delivery, and the others if the channel accepts messages; always release the leases."""
        self._untried = {delivery.id: delivery for delivery, _ in batch}
        probe, *others = batch
        try:
            attempts = [
                await self._try(*probe, probe=True),
                *await asyncio.gather(*(self._try(*one) for one in others)),
            ]
        finally:
            if self._untried:
                await asyncio.shield(self._write_with_retry(self._postpone_untried))
        return [attempt for attempt in attempts if attempt is not None]

    async def _try(self, delivery: Delivery, message: Message, *, probe: bool = False) -> Attempt | None:
        async with self._room:
            if (self._trouble is not None and not probe) or self._stalled or self._context.closing():
                return None
            try:
                answer = await self._send(delivery, message)
            except ResourceShortage as error:
                log.warning("deliver delivery=%s outcome=unsent (%s)", delivery.id, error)
                self._stalled, self._shortage = True, error
                self._unsent.append(delivery)
                return None
            except (LeaseEnded, DatabaseUnavailable) as error:
                log.warning("deliver delivery=%s outcome=unsent (%s)", delivery.id, error)
                self._stalled = True
                return None
        attempt = attempt_of(
            self._channel,
            delivery,
            answer,
            jitter=random.random(),  # noqa: S311  # spreads retries, guards nothing
            now=self._now,
        )
        verdict = channel_health.judge(self._channel, answer, self._before, now=self._now)
        said = verdict if self._trouble is not None or verdict.trouble is not None else None
        self._trouble = verdict.trouble
        del self._untried[delivery.id]
        await asyncio.shield(self._note(attempt, message, said))
        return attempt

    async def _note(
        self, attempt: Attempt, message: Message, verdict: channel_health.HealthChange | None
    ) -> None:
        """Store an attempt with its effect on the channel; in a damaged database at least the attempt.

        Else each run would send the message again. Raises `DatabaseRefused` all the same.
        """
        try:
            await self._write_with_retry(lambda ledger: self._record(ledger, attempt, message, verdict))
        except DatabaseRefused:
            with self._database.write() as ledger:
                ledger.delivery_leases.record(attempt, now=self._now)
            raise

    async def _send(self, delivery: Delivery, message: Message) -> Answer:
        """Send one message; its faults are caught here, so that they do not affect other deliveries."""
        try:
            # Signatures and dates need the real time, even if `now` is fixed.
            return await self._sender.send(
                message, delivery, now=self._clock(), announce=self._announcement(delivery)
            )
        except (LeaseEnded, DatabaseUnavailable, DatabaseRefused, ResourceShortage):
            raise
        except Exception as error:
            shortage = resource_shortage(error)
            if shortage is not None and delivery.id not in self._announced:
                raise shortage from error
            log.exception("delivery=%s channel=%s outcome=fault", delivery.id, delivery.channel)
            return Unknown(text=f"storywatch failed while sending: {type(error).__name__}")

    def _announcement(self, delivery: Delivery) -> Callable[[], Awaitable[None]]:
        def note(ledger: Ledger) -> bool:
            return ledger.delivery_leases.announce(delivery, clock=self._clock())

        async def announce() -> None:
            if not await self._writer.write(note):
                raise LeaseEnded("its lease has ended")
            self._announced.add(delivery.id)

        return announce

    async def _write_with_retry(self, change: Callable[[Ledger], None]) -> None:
        """Make a change; if the database cannot be written, try again.

        Raises:
            DatabaseUnavailable: `patience` is over or the process is closing. The lease then expires, and the delivery is tried again with the same id.
        """
        until = self._clock() + self._context.patience
        while True:
            try:
                return await self._writer.write(change)
            except (DatabaseUnavailable, ResourceShortage):
                if self._clock() >= until or self._context.closing():
                    raise
            await asyncio.sleep(WRITE_AGAIN)

    def _postpone_untried(self, ledger: Ledger) -> None:
        """Release the untried deliveries: until the channel's next probe, or at once if the process is closing.

        A delivery that this machine could not send counts as untried, although its attempt was announced.
        """
        until: datetime | None = self._now
        reason = None
        if self._shortage is not None:
            until, reason = self._now + SHORTAGE_PAUSE, f"{POSTPONED}: {self._shortage}"
            ledger.delivery_leases.retract(self._unsent)
        if self._trouble is not None:
            until, reason = self._trouble.probe_at, f"{POSTPONED}: {self._trouble.error}"
        untried = list(self._untried.values())
        ledger.delivery_leases.postpone(untried, until=until, reason=reason, now=self._now)

    def _record(
        self, ledger: Ledger, attempt: Attempt, message: Message, verdict: channel_health.HealthChange | None
    ) -> None:
        delivery = attempt.delivery
        is_recorded = ledger.delivery_leases.record(attempt, now=self._now)
        if is_recorded and verdict is not None:
            channel_health.note(ledger, delivery.channel, verdict, now=self._now)
        if is_recorded and attempt.state is DeliveryState.DEAD:
            channel_health.note_dead(ledger, delivery, message, attempt.text, now=self._now)
        log.info(
            "deliver delivery=%s channel=%s attempt=%d outcome=%s state=%s",
            delivery.id,
            delivery.channel,
            delivery.attempts,
            attempt.outcome,
            attempt.state if is_recorded else "late",
        )
