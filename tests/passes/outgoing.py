"""Shared parts of the delivery tests: waiting messages, runs of the pass, and the resulting states."""

from __future__ import annotations

import asyncio
from datetime import datetime

from fakes import NOW, FakeSender
from sqlalchemy import select

from alerts.deliver import LEASE, Delivered, SendContext, deliver
from storage import schema
from storage.database import Database
from storage.model import Channel, Delivery, Message
from storage.stores.delivery_leases import Lease

EMAIL = Channel(name="desk", type="email", to=("a@b.example", "c@d.example"), sender="s@b.example")
HOOK = Channel(name="hook", type="webhook", url="http://x.example")


def post(
    database: Database, channel: Channel = HOOK, *, recipients: int = 1, ident: str = "1", at: datetime = NOW
) -> None:
    """Seal a message with deliveries `d<ident>-1` and so on."""
    message = Message(
        id=f"m{ident}", channel=channel.name, kind="story.new", subject="S", body=b"body", created_at=at
    )
    with database.write() as ledger:
        ledger.outbox.enqueue(
            message, recipients={f"d{ident}-{number}": f"to{number}" for number in range(1, recipients + 1)}
        )


def run(
    database: Database,
    *senders: FakeSender,
    channels: tuple[Channel, ...] = (HOOK,),
    now: datetime = NOW,
    clock: datetime | None = None,
) -> Delivered:
    """Run the pass once; the real clock is at `now` unless given."""
    context = SendContext(
        senders={channel.name: sender for channel, sender in zip(channels, senders, strict=True)},
        channels={channel.name: channel for channel in channels},
        clock=lambda: clock or now,
        owner="run: a test",
    )
    return asyncio.run(deliver(database, context, now=now))


def deliveries(database: Database) -> dict[str, Delivery]:
    with database.read() as ledger:
        return {posting.delivery.id: posting.delivery for posting in ledger.outbox.postings()}


def only(database: Database) -> Delivery:
    [delivery] = deliveries(database).values()
    return delivery


def attempts(database: Database) -> list[tuple[str, int, str]]:
    with database.read() as ledger:
        rows = ledger.outbox._connection.execute(select(schema.attempts).order_by(schema.attempts.c.id)).all()
    return [(row.delivery_id, row.number, row.outcome) for row in rows]


def a_lease(token: str, until: datetime = NOW + LEASE) -> Lease:
    return Lease(owner=f"run: a test ({token})", token=token, until=until)


def lease(database: Database, *, clock: datetime = NOW) -> None:
    """Claim everything due and stop, like a process killed while sending."""
    with database.write() as ledger:
        for channel in ("hook", "desk"):
            ledger.delivery_leases.claim(
                channel, now=NOW, clock=clock, lease=a_lease("dead", clock + LEASE), limit=99
            )
