"""The state of an interrupted attempt, and who may still report on it (docs/delivery.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from builders import DAY, HOUR, MINUTE, SECOND
from fakes import NOW, FakeSender, a_desk
from newsroom import FEEDS, a_route, arrive
from outgoing import HOOK, a_lease, attempts, deliveries, only, post, run
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from alerts.alert import alert
from alerts.channels.interface import Accepted, Announce, Answer, unannounced
from alerts.deliver import LEASE, Delivered, SendContext, deliver
from storage import schema
from storage.database import Database, Ledger
from storage.engine.errors import DatabaseUnavailable
from storage.model import Delivery, DeliveryState, Message
from storage.stores.delivery_leases import CUT_SHORT, UNSENT
from storage.stores.outbox import REMOVED


def claim(database: Database, *, clock: datetime = NOW) -> Delivery:
    with database.write() as ledger:
        lease = a_lease("mine", clock + LEASE)
        [(delivery, _)] = ledger.delivery_leases.claim("hook", now=NOW, clock=clock, lease=lease, limit=9)
    return delivery


def phases(database: Database) -> list[tuple[str, str | None]]:
    with database.read() as ledger:
        rows = ledger.outbox._connection.execute(select(schema.attempts).order_by(schema.attempts.c.id))
        return [(row.outcome, row.phase) for row in rows]


def test_a_crash_before_sending_is_no_attempt(database: Database) -> None:
    """A delivery claimed but not announced is provably unsent: the attempt does not count, and nothing is in doubt."""
    post(database)
    claim(database)
    sender = FakeSender()
    run(database, sender, clock=NOW + LEASE)
    assert phases(database) == [("unsent", "preparing"), ("accepted", "sending")]
    assert [delivery.attempts for _, delivery in sender.sent] == [1]


def test_a_crash_after_the_announcement_is_an_unknown_outcome(database: Database) -> None:
    """The receiver may have it, so it counts as an attempt and is retried under the same id."""
    post(database)
    mine = claim(database)
    with database.write() as ledger:
        assert ledger.delivery_leases.announce(mine, clock=NOW)
        assert ledger.delivery_leases.take_over("run: a", now=NOW) == 1
    assert (only(database).state, only(database).last_error) == (DeliveryState.UNKNOWN, CUT_SHORT)
    sender = FakeSender()
    run(database, sender)
    assert [(delivery.id, delivery.attempts) for _, delivery in sender.sent] == [("d1-1", 2)]
    assert phases(database) == [("unknown", "sending"), ("accepted", "sending")]


def test_the_holder_of_the_database_takes_over_at_once(database: Database) -> None:
    """It does not wait for leases of a dead process, but leases of others are kept."""
    post(database)
    claim(database)
    with database.write() as ledger:
        assert ledger.delivery_leases.take_over("worker ", now=NOW) == 0
        assert ledger.delivery_leases.take_over("run: a", now=NOW) == 1
    assert (only(database).state, only(database).last_error) == (DeliveryState.PENDING, UNSENT)
    assert run(database, FakeSender()).sent == 1


def test_nothing_is_sent_under_an_expired_lease(database: Database) -> None:
    """A process stalled beyond its lease notices before the first byte, whether or not another took over."""
    post(database)
    mine = claim(database)
    with database.write() as ledger:
        assert not ledger.delivery_leases.announce(mine, clock=NOW + LEASE)
    run(database, FakeSender(), clock=NOW + LEASE)
    with database.write() as ledger:
        assert not ledger.delivery_leases.announce(mine, clock=NOW + MINUTE)
    assert only(database).state is DeliveryState.SENT


def test_a_stalled_sender_whose_lease_ended_sends_nothing(sqlite_database: Database) -> None:
    """If the clock passed the lease between claim and send, the delivery is given back without an attempt."""
    post(sqlite_database)
    clock = iter([NOW, *[NOW + LEASE] * 9])
    sender = FakeSender()
    context = SendContext(
        senders={"hook": sender}, channels={"hook": HOOK}, clock=lambda: next(clock), owner="run: a test"
    )
    assert asyncio.run(deliver(sqlite_database, context, now=NOW)) == Delivered()
    assert sender.sent == []
    assert (only(sqlite_database).state, only(sqlite_database).attempts) == (DeliveryState.PENDING, 0)


@pytest.mark.parametrize(
    "change", ["UPDATE messages SET body = 'other'", "UPDATE attempts SET outcome = 'accepted'"]
)
def test_messages_and_attempts_are_never_changed(database: Database, change: str) -> None:
    """The database refuses it: bytes are fixed when sealed, attempts are only added."""
    post(database)
    run(database, FakeSender(Accepted()))
    with pytest.raises(DBAPIError, match="are never changed"), database.write() as ledger:
        ledger.outbox._connection.execute(text(change))


class Hanging(FakeSender):
    """Announces, sends, and then waits until it is cancelled."""

    async def send(
        self, message: Message, delivery: Delivery, *, now: datetime, announce: Announce = unannounced
    ) -> Answer:
        await super().send(message, delivery, now=now, announce=announce)
        self.hangs.set()
        await asyncio.Event().wait()
        raise AssertionError

    def __init__(self) -> None:
        super().__init__()
        self.hangs = asyncio.Event()


def test_the_end_of_a_drain_leaves_no_lease(
    sqlite_database: Database,
) -> None:
    """An interrupted send is unknown and one not begun is given back; none that may have arrived is unsent (S8)."""

    async def cut_off() -> None:
        running = asyncio.create_task(deliver(sqlite_database, context, now=NOW))
        await sender.hangs.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    post(sqlite_database, ident="1")
    post(sqlite_database, ident="2")
    sender = Hanging()
    context = SendContext(
        senders={"hook": sender}, channels={"hook": HOOK}, clock=lambda: NOW, owner="run: a test"
    )
    asyncio.run(cut_off())
    states = sorted(one.state for one in deliveries(sqlite_database).values())
    assert states == [DeliveryState.PENDING, DeliveryState.UNKNOWN]
    [(sent, _)] = [(delivery.id, message) for message, delivery in sender.sent]
    assert deliveries(sqlite_database)[sent].state is DeliveryState.UNKNOWN
    assert run(sqlite_database, FakeSender()).sent == 2


def test_nothing_is_begun_after_the_stop_request(sqlite_database: Database) -> None:
    """Claimed deliveries are given back unchanged."""
    for number in range(3):
        post(sqlite_database, ident=str(number))
    told = iter([False, False, True, True, True])
    sender = FakeSender()
    context = SendContext(
        senders={"hook": sender},
        channels={"hook": HOOK},
        clock=lambda: NOW,
        owner="run: a test",
        closing=told.__next__,
    )
    assert asyncio.run(deliver(sqlite_database, context, now=NOW)).sent == 1
    left = [one for one in deliveries(sqlite_database).values() if one.state is not DeliveryState.SENT]
    assert [(one.state, one.attempts, one.next_at) for one in left] == [(DeliveryState.PENDING, 0, NOW)] * 2
    assert run(sqlite_database, FakeSender()).sent == 2


class Filling:
    """A ledger on a disk that is full for the writes with these numbers, counted from 1."""

    def __init__(self, database: Database, *refused: int) -> None:
        self.read = database.read
        self._database = database
        self._refused = set(refused)
        self._writes = 0

    @contextmanager
    def write(self) -> Iterator[Ledger]:
        self._writes += 1
        if self._writes in self._refused:
            raise DatabaseUnavailable("database or disk is full")
        with self._database.write() as ledger:
            yield ledger


def on_full_disk(database: Database, sender: FakeSender, *refused: int, monkeypatch: Any) -> Delivered:
    monkeypatch.setattr("alerts.deliver.WRITE_AGAIN", 0)
    context = SendContext(
        senders={"hook": sender}, channels={"hook": HOOK}, clock=lambda: NOW, owner="run: a test"
    )
    return asyncio.run(deliver(Filling(database, *refused), context, now=NOW))  # type: ignore[arg-type]


def test_a_result_is_kept_until_it_can_be_written(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full at three writes after sending causes no second message (S2, S3)."""
    post(sqlite_database)
    sender = FakeSender()
    assert on_full_disk(sqlite_database, sender, 3, 4, 5, monkeypatch=monkeypatch).sent == 1
    assert only(sqlite_database).state is DeliveryState.SENT
    assert attempts(sqlite_database) == [("d1-1", 1, "accepted")]


def test_nothing_is_sent_that_cannot_be_announced(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sending stops while the disk is full, and claimed deliveries are given back once it is not (S2)."""
    post(sqlite_database)
    sender = FakeSender()
    assert on_full_disk(sqlite_database, sender, 2, 3, monkeypatch=monkeypatch) == Delivered()
    assert sender.sent == []
    assert (only(sqlite_database).state, only(sqlite_database).attempts) == (DeliveryState.PENDING, 0)
    assert run(sqlite_database, sender).sent == 1


def test_a_single_round_gives_up_writing_in_the_end(sqlite_database: Database) -> None:
    """The message is retried with its id when the lease has expired."""
    post(sqlite_database)
    clock = iter([NOW + number * 9 * SECOND for number in range(99)])
    context = SendContext(
        senders={"hook": FakeSender()},
        channels={"hook": HOOK},
        clock=lambda: next(clock),
        owner="run: a test",
        patience=SECOND,
    )
    full = Filling(sqlite_database, *range(3, 99))
    with pytest.raises(DatabaseUnavailable):
        asyncio.run(deliver(full, context, now=NOW))  # type: ignore[arg-type]
    assert only(sqlite_database).state is DeliveryState.LEASED
    sender = FakeSender()
    run(sqlite_database, sender, clock=NOW + DAY)
    assert [delivery.id for _, delivery in sender.sent] == ["d1-1"]


@pytest.mark.parametrize(
    ("channels", "topics", "feeds"),
    [([], ["police"], FEEDS), (["hook"], ["harbour"], FEEDS), (["hook"], ["police"], FEEDS[1:])],
    ids=["channel", "topic", "feed"],
)
def test_deliveries_without_a_target_are_held(
    both: Database, channels: list[str], topics: list[str], feeds: list[str]
) -> None:
    """A channel, topic or only feed that leaves the configuration holds its deliveries as removed (S11)."""
    arrive(both, "police close the old bridge")
    alert(both, a_desk(a_route()), now=NOW)
    with both.write() as ledger:
        subscribed = ledger.feeds.subscribed()
        ledger.outbox.hold_removed(channels, topics, now=NOW)
        for feed in subscribed:
            if feed.url not in feeds:
                ledger.feeds._drop([feed.id], NOW)
        ledger.outbox.hold_removed(channels, topics, now=NOW)
    assert (only(both).state, only(both).last_error) == (DeliveryState.HELD, REMOVED)
    with both.write() as ledger:
        ledger.outbox._connection.execute(schema.feeds.update().values(subscribed=True))
        ledger.outbox.hold_removed(["hook"], ["police"], now=NOW + HOUR)
    assert (only(both).state, only(both).next_at) == (DeliveryState.PENDING, NOW + HOUR)


def test_a_flood_of_new_deliveries_does_not_starve_retries(both: Database) -> None:
    """A quarter of each lease is for due retries, and the first delivery is one never tried."""
    for number in range(40):
        post(both, ident=str(number))
    with both.write() as ledger:
        ledger.outbox._connection.execute(
            schema.deliveries.update()
            .where(schema.deliveries.c.id.in_(["d5-1", "d6-1", "d7-1"]))
            .values(state=DeliveryState.UNKNOWN, attempts=3)
        )
        lease = a_lease("mine", NOW + LEASE)
        claimed = ledger.delivery_leases.claim("hook", now=NOW, clock=NOW, lease=lease, limit=8)
    assert [delivery.attempts for delivery, _ in claimed] == [1, 1, 1, 1, 1, 1, 4, 4]
