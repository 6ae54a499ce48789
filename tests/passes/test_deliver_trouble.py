"""Trouble with a channel, a sender or this machine causes a pause, loses no message and stops no other channel."""

from __future__ import annotations

import asyncio
import errno
from datetime import datetime
from typing import Any

import pytest
from builders import DAY, HOUR, MINUTE
from fakes import NOW, FakeSender
from outgoing import EMAIL, HOOK, a_lease, attempts, deliveries, lease, only, post, run

from alerts.channels.interface import Answer, Blocked, Deferred, Refused
from alerts.deliver import LEASE, Delivered, SendContext, deliver
from storage.database import Database
from storage.engine.errors import DatabaseRefused
from storage.model import Channel, Delivery, DeliveryState, Message
from storage.shortage import ResourceShortage
from storage.stores.delivery_leases import Attempt


def test_a_blocked_channel_is_probed_after_its_pause_and_drops_nothing(sqlite_database: Database) -> None:
    """With wrong credentials a delivery waits an hour between probes, and is sent once they work (D2)."""
    post(sqlite_database, EMAIL)
    sender, now = FakeSender(*[Blocked(text="535 wrong password", code=535)] * 14), NOW
    for _ in range(14):
        run(sqlite_database, sender, channels=(EMAIL,), now=now)
        assert only(sqlite_database).next_at == now + HOUR
        now += 12 * HOUR
    run(sqlite_database, sender, channels=(EMAIL,), now=now)
    assert only(sqlite_database).state is DeliveryState.SENT


@pytest.mark.parametrize("channel", [EMAIL, HOOK])
def test_attempts_on_a_blocked_channel_do_not_count(sqlite_database: Database, channel: Channel) -> None:
    """A transient failure right after a long block makes no delivery dead (D2)."""
    post(sqlite_database, channel)
    blocked = [Blocked(text="535 wrong password", code=535)] * 14
    sender, now = FakeSender(*blocked, Deferred(text="451 busy", code=451)), NOW
    for _ in range(15):
        run(sqlite_database, sender, channels=(channel,), now=now)
        now += 12 * HOUR
    assert only(sqlite_database).state is DeliveryState.PENDING
    run(sqlite_database, sender, channels=(channel,), now=now)
    assert only(sqlite_database).state is DeliveryState.SENT


def test_a_gone_endpoint_holds_its_deliveries(sqlite_database: Database) -> None:
    """After HTTP 410 nothing is retried automatically and nothing is dropped (D5)."""
    post(sqlite_database)
    run(sqlite_database, FakeSender(Blocked(text="HTTP 410", code=410, probe_after=None)))
    assert (only(sqlite_database).state, only(sqlite_database).next_at) == (DeliveryState.HELD, None)
    assert run(sqlite_database, FakeSender(), now=NOW + 9 * DAY) == Delivered()


def test_a_blocked_channel_gets_one_attempt_for_all_messages(sqlite_database: Database) -> None:
    """The rest of the queue waits for the probe (D2, D8)."""
    for number in range(30):
        post(sqlite_database, ident=str(number))
    sender = FakeSender(*[Blocked(text="535", code=535)] * 60)
    run(sqlite_database, sender)
    assert len(sender.sent) <= 8  # those that were in progress at the same time
    tried = len(sender.sent)
    run(sqlite_database, sender, now=NOW + 30 * MINUTE)
    assert len(sender.sent) == tried
    sender.answers.clear()
    run(sqlite_database, sender, now=NOW + 2 * HOUR)
    assert {one.state for one in deliveries(sqlite_database).values()} == {DeliveryState.SENT}
    assert {one.attempts for one in deliveries(sqlite_database).values()} <= {1, 2}


def test_a_sender_that_raises_affects_no_other_delivery(sqlite_database: Database) -> None:
    """The exception is recorded on that delivery, which is retried; the others arrive."""
    post(sqlite_database, HOOK, ident="1")
    post(sqlite_database, EMAIL, recipients=2, ident="2")
    faulty, sound = FakeSender(RuntimeError("a bug")), FakeSender()
    result = run(sqlite_database, faulty, sound, channels=(HOOK, EMAIL))
    assert result.sent == 2
    assert len(result.failed) == 1
    assert deliveries(sqlite_database)["d1-1"].state is DeliveryState.UNKNOWN
    assert "RuntimeError" in str(deliveries(sqlite_database)["d1-1"].last_error)
    run(sqlite_database, faulty, sound, channels=(HOOK, EMAIL), now=NOW + MINUTE)
    assert {one.state for one in deliveries(sqlite_database).values()} == {DeliveryState.SENT}


def test_an_answer_is_recorded_though_its_report_cannot_be(sqlite_database: Database) -> None:
    """A damaged table beside it ends the run, but does not let each further run send the message again."""
    post(sqlite_database)
    with sqlite_database.write() as ledger:
        connection = ledger.outbox._connection
        connection.exec_driver_sql("ALTER TABLE reports RENAME COLUMN detail TO damaged")
    with pytest.raises(DatabaseRefused):
        run(sqlite_database, FakeSender(Refused(text="550 nobody", code=550)))
    assert attempts(sqlite_database) == [("d1-1", 1, "refused")]


@pytest.mark.parametrize(
    "error",
    [ResourceShortage("no descriptor"), OSError(errno.EMFILE, "x"), RuntimeError("can't start new thread")],
)
def test_a_local_shortage_counts_as_no_attempt(database: Database, error: Exception) -> None:
    """The channel stays healthy, nothing is reported, and everything is sent a minute later (C3)."""
    for ident in ("1", "2", "3"):
        post(database, ident=ident)
    sender = FakeSender(ResourceShortage("no descriptor") if isinstance(error, ResourceShortage) else error)
    sender.announces = isinstance(error, ResourceShortage)
    result = run(database, sender)
    assert (result.sent, len(result.failed)) == (0, 1)
    waiting = deliveries(database)
    assert {(one.state, one.attempts) for one in waiting.values()} == {(DeliveryState.PENDING, 0)}
    assert attempts(database) == []
    with database.read() as ledger:
        assert ledger.channels.troubles() == {}
    assert run(database, sender, now=NOW + MINUTE).sent == 3
    assert [delivery.attempts for delivery in deliveries(database).values()] == [1, 1, 1]


def test_a_lease_keeps_others_away_until_it_runs_out(database: Database) -> None:
    """A killed process causes a pause and at most a duplicate with the same id, never a loss (S1)."""
    post(database)
    lease(database)
    sender = FakeSender()
    assert run(database, sender, now=NOW + MINUTE) == Delivered()
    assert run(database, sender, now=NOW + MINUTE, clock=NOW + LEASE).sent == 1
    assert [delivery.id for _, delivery in sender.sent] == ["d1-1"]


def test_leases_use_the_real_clock(sqlite_database: Database) -> None:
    """`--now` in the far future does not take over another process's delivery."""
    post(sqlite_database)
    lease(sqlite_database)
    assert run(sqlite_database, FakeSender(), now=NOW + 300 * DAY, clock=NOW + MINUTE) == Delivered()


def test_a_late_answer_of_a_lost_lease_changes_nothing(database: Database) -> None:
    """If a process stalls beyond its lease, the new holder's record is kept."""
    post(database)
    with database.write() as ledger:
        [(mine, _)] = ledger.delivery_leases.claim("hook", now=NOW, clock=NOW, lease=a_lease("mine"), limit=9)
    run(database, FakeSender(), now=NOW, clock=NOW + LEASE)
    late = Attempt(
        delivery=mine, outcome="refused", code=550, text="no", state=DeliveryState.DEAD, next_at=None
    )
    with database.write() as ledger:
        assert not ledger.delivery_leases.record(late, now=NOW)
    assert only(database).state is DeliveryState.SENT
    assert attempts(database) == [("d1-1", 1, "unsent"), ("d1-1", 1, "accepted")]


def test_a_lease_on_a_removed_channel_is_held(sqlite_database: Database) -> None:
    """Other channels go on after a crash and the removal of the channel (S11)."""
    post(sqlite_database, EMAIL, ident="1")
    lease(sqlite_database)
    post(sqlite_database, HOOK, ident="2")
    sender = FakeSender()
    assert run(sqlite_database, sender, now=NOW + HOUR).sent == 1
    left = deliveries(sqlite_database)["d1-1"]
    assert left.state is not DeliveryState.DEAD
    assert not any(delivery.channel == "desk" for _, delivery in sender.sent)


def test_deliveries_of_a_removed_channel_wait_for_its_return(sqlite_database: Database) -> None:
    """Removing a line of the configuration drops nothing (S11)."""
    post(sqlite_database, EMAIL)
    with sqlite_database.write() as ledger:
        ledger.outbox.hold_removed(["hook"], [], now=NOW)
    assert only(sqlite_database).state is DeliveryState.HELD
    assert "removed" in str(only(sqlite_database).last_error)
    with sqlite_database.write() as ledger:
        ledger.outbox.hold_removed(["hook", "desk"], [], now=NOW + DAY)
    assert run(sqlite_database, FakeSender(), channels=(EMAIL,), now=NOW + DAY).sent == 1


def test_a_hanging_channel_does_not_delay_another(sqlite_database: Database) -> None:
    """Messages of other channels are sent while one endpoint never answers (D8)."""

    class Hanging(FakeSender):
        async def send(self, message: Message, delivery: Delivery, *, now: datetime, **given: Any) -> Answer:
            await super().send(message, delivery, now=now, **given)
            post(sqlite_database, EMAIL, ident="2")  # it arrives while this one hangs
            hanging.set()
            await asyncio.wait_for(arrived.wait(), timeout=60)
            return Deferred(text="no answer within 30 seconds")

    class Noting(FakeSender):
        async def send(self, message: Message, delivery: Delivery, *, now: datetime, **given: Any) -> Answer:
            arrived.set()
            return await super().send(message, delivery, now=now, **given)

    async def both() -> None:
        wake = asyncio.create_task(deliver(sqlite_database, context, now=NOW, channel="hook"))
        await hanging.wait()
        assert (await deliver(sqlite_database, context, now=NOW, channel="desk")).sent == 1
        await wake

    arrived, hanging = asyncio.Event(), asyncio.Event()
    post(sqlite_database, HOOK, ident="1")
    context = SendContext(
        senders={"hook": Hanging(), "desk": Noting()},
        channels={"hook": HOOK, "desk": EMAIL},
        clock=lambda: NOW,
        owner="run: a test",
    )
    asyncio.run(both())
